"""Add the app's styles to the page that Streamlit serves, so that they come before its parts. The
page also names the files that its parts will need.

Streamlit draws a page part by part, and the styles that a script sends are among the last. Until
they arrive, all parts are in other places; then they jump.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from dino.ui.workarounds.wrapping import Receive, Scope, Send

Headers = list[tuple[bytes, bytes]]
END = b"</head>"


class FirstLook:
    """Middleware for `st.App`: adds to the page's head and changes nothing else."""

    def __init__(
        self,
        app: Callable[[Scope, Receive, Send], Awaitable[None]],
        css: str,
        early: Sequence[str] = (),
    ) -> None:
        """css: the rules. They go at the end of the page's head. early: addresses of files that
        the page will fetch, relative to it; the browser fetches them at once.
        """
        # Such a tag is used for a later `fetch` only if it says `crossorigin`.
        tags = (f'<link rel="preload" as="fetch" href="./{it}" crossorigin>' for it in early)
        self.app, self._style = app, "".join((*tags, f"<style>{css}</style>")).encode()
        self._mark = hashlib.sha256(self._style).hexdigest()[:12].encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        last = scope["path"].rpartition("/")[2] if scope["type"] == "http" else "."
        if "." in last or not _page():
            return await self.app(scope, receive, send)
        asked = dict(scope["headers"])
        asked.pop(b"accept-encoding", None)  # plain, to change it; compressed later
        if b"if-none-match" in asked:  # Streamlit knows the etag without our part
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

        # Without extensions, no server sends the file past this middleware.
        plain = {**scope, "headers": list(asked.items()), "extensions": {}}
        await self.app(plain, receive, styled)

    def _styled(self, page: bytes) -> bytes:
        return page.replace(END, self._style + END, 1)

    def _changed(self, headers: Headers) -> Headers:
        """Change the headers for the page with the styles: its length and its etag."""
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
    """Read Streamlit's page; empty if it is elsewhere or has another form, so that it is not
    changed.
    """
    try:
        page = (Path(st.__file__).parent / "static" / "index.html").read_bytes()
    except OSError:
        page = b""
    if page.count(END) != 1 or len(page) > 60_000:  # up to this size, it arrives as one message
        logging.getLogger(__name__).warning("Streamlit's page has another form: it stays unstyled")
        return b""
    return page
