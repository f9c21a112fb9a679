"""The cookie by which a browser is recognised: Streamlit's own, against forged requests."""

COOKIE = "_streamlit_xsrf"


def browser_secret(cookie: object) -> bytes:
    """The secret of a browser in the value of its cookie; empty where it cannot be read.

    The value is '2|mask|masked secret|time', both in hexadecimal. The mask of four bytes
    differs for every page, so the value itself does not identify a browser.
    """
    _, *fields = str(cookie).split("|")
    try:
        mask, masked = (bytes.fromhex(field) for field in fields[:2])
        return bytes(byte ^ mask[i % 4] for i, byte in enumerate(masked))
    except (ValueError, IndexError):
        return b""
