"""The app's styles in the page that Streamlit serves, so that they are there before its parts.

Streamlit draws a page part by part, and styles that the script sends are among the last: until
then all parts lie elsewhere, and then they move.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
END = b"</head>"


class FirstLook:
    """Middleware for `st.App`: it adds the styles to the page, and to nothing else."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], css: str) -> None:
        """css: the rules; they go before Streamlit's own parts, into the head."""
        self.app, self._style = app, f"<style>{css}</style>".encode()
        self._mark = hashlib.sha256(self._style).hexdigest()[:12].encode()
        self._packed = b""  # the page in gzip, once somebody has asked for it

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        last = scope["path"].rpartition("/")[2] if scope["type"] == "http" else "."
        if "." in last or not _page_size():
            return await self.app(scope, receive, send)
        asked = dict(scope["headers"])
        packs = scope["method"] == "GET" and b"gzip" in asked.pop(b"accept-encoding", b"")
        if b"if-none-match" in asked:  # Streamlit knows its own page by its own mark
            asked[b"if-none-match"] = asked[b"if-none-match"].replace(b"-" + self._mark, b"")
        is_page = False

        async def styled(message: MutableMapping[str, Any]) -> None:
            nonlocal is_page
            if message["type"] == "http.response.start":
                is_page = _is_page(message["status"], dict(message["headers"]))
                if is_page or message["status"] == 304:
                    message = {**message, "headers": self._changed(message["headers"])}
                if is_page and packs:
                    held.append(message)
                    return
            elif is_page and message.get("body"):
                body = message["body"].replace(END, self._style + END, 1)
                if packs:
                    body = self._packed = self._packed or gzip.compress(body, mtime=0)
                    await send(_packed_start(held.pop(), len(body)))
                message = {**message, "body": body}
            await send(message)

        held: list[MutableMapping[str, Any]] = []  # its start, until its length is known
        # Without extensions no server sends the file itself, past this.
        plain = {**scope, "headers": list(asked.items()), "extensions": {}}
        await self.app(plain, receive, styled)

    def _changed(self, headers: Headers) -> Headers:
        """The headers of the page with the styles: another length, another mark."""
        found = []
        for name, value in headers:
            if name == b"content-length":
                value = str(int(value) + len(self._style)).encode()
            elif name == b"etag":
                value = value[:-1] + b"-" + self._mark + b'"'
            if name != b"accept-ranges":
                found.append((name, value))
        return found


def _packed_start(message: MutableMapping[str, Any], size: int) -> MutableMapping[str, Any]:
    """How the answer starts whose body is compressed. size: its bytes."""
    headers = [(name, value) for name, value in message["headers"] if name != b"content-length"]
    more = [(b"content-length", str(size).encode()), (b"content-encoding", b"gzip")]
    return {**message, "headers": [*headers, *more]}


def _is_page(status: int, headers: dict[bytes, bytes]) -> bool:
    return (
        status == 200
        and headers.get(b"content-type", b"").startswith(b"text/html")
        and headers.get(b"content-length") == str(_page_size()).encode()
    )


@cache
def _page_size() -> int:
    """The bytes of Streamlit's page; 0 where it has another place or form, and stays as it is."""
    try:
        page = (Path(st.__file__).parent / "static" / "index.html").read_bytes()
    except OSError:
        page = b""
    if page.count(END) != 1 or len(page) > 60_000:  # one message has all of it
        logging.getLogger(__name__).warning("Streamlit's page has another form: it stays unstyled")
        return 0
    return len(page)
