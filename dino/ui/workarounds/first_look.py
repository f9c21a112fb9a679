"""The app's styles in the page that Streamlit serves, so that they are there before its parts.

Streamlit draws a page part by part, and styles that the script sends are among the last: until
then all parts lie elsewhere, and then they move.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from dino.ui.workarounds.wrapping import Receive, Scope, Send

Headers = list[tuple[bytes, bytes]]
END = b"</head>"


class FirstLook:
    """Middleware for `st.App`: it adds the styles to the page, and to nothing else."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], css: str) -> None:
        """css: the rules; they go before Streamlit's own parts, into the head."""
        self.app, self._style = app, f"<style>{css}</style>".encode()
        self._mark = hashlib.sha256(self._style).hexdigest()[:12].encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        last = scope["path"].rpartition("/")[2] if scope["type"] == "http" else "."
        if "." in last or not _page():
            return await self.app(scope, receive, send)
        asked = dict(scope["headers"])
        asked.pop(b"accept-encoding", None)  # the page is changed first, then compressed outside
        if b"if-none-match" in asked:  # Streamlit knows its own page by its own mark
            asked[b"if-none-match"] = asked[b"if-none-match"].replace(b"-" + self._mark, b"")
        is_page = False

        async def styled(message: MutableMapping[str, Any]) -> None:
            nonlocal is_page
            if message["type"] == "http.response.start":
                is_page = _is_page(message["status"], dict(message["headers"]))
                if is_page or message["status"] == 304:
                    message = {**message, "headers": self._changed(message["headers"])}
            elif is_page and message.get("body"):
                message = {**message, "body": self._styled(message["body"])}
            await send(message)

        # Without extensions no server sends the file itself, past this.
        plain = {**scope, "headers": list(asked.items()), "extensions": {}}
        await self.app(plain, receive, styled)

    def _styled(self, page: bytes) -> bytes:
        return page.replace(END, self._style + END, 1)

    def _changed(self, headers: Headers) -> Headers:
        """The headers of the page with the styles: another length, another mark."""
        found = []
        for name, value in headers:
            if name == b"content-length":
                value = str(len(self._styled(_page()))).encode()
            elif name == b"etag":
                value = value[:-1] + b"-" + self._mark + b'"'
            if name != b"accept-ranges":
                found.append((name, value))
        return found


def _is_page(status: int, headers: dict[bytes, bytes]) -> bool:
    return (
        status == 200
        and headers.get(b"content-type", b"").startswith(b"text/html")
        and headers.get(b"content-length") == str(len(_page())).encode()
    )


@cache
def _page() -> bytes:
    """Streamlit's page; empty where it has another place or form, and stays as it is."""
    try:
        page = (Path(st.__file__).parent / "static" / "index.html").read_bytes()
    except OSError:
        page = b""
    if page.count(END) != 1 or len(page) > 60_000:  # one message has all of it
        logging.getLogger(__name__).warning("Streamlit's page has another form: it stays unstyled")
        return b""
    return page
