"""Streamlit's own files, compressed: middleware around its server.

Streamlit sends its page, its JavaScript and its styles uncompressed, 2.9 MB of them. Here each file
is compressed at its first request, in a thread, and kept. Streamlit still decides what is served,
to whom, and for how long a browser may keep it: every request is first put to it, without the body.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import re
from collections import OrderedDict
from collections.abc import MutableMapping
from typing import Any, NamedTuple

import anyio
import anyio.to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger(__name__)

LEVEL = 6  # 9 makes the files of a page 0.15 % smaller, and takes 30 % longer
SMALLEST = 1000  # bytes; smaller files are not worth it
LARGEST = 8_000_000  # bytes; larger files are not read whole
HELD = 16_000_000  # bytes kept; all of Streamlit's files together are some 7 million
AT_ONCE = 2  # files, so that a first visitor leaves cores for the others

# One spelling for each file; requests with another one pass unchanged.
_FILE = re.compile(r"/static(/(?!\.\.?(/|$))[\w.@-]+)+")
_PAGE = re.compile(r"/[\w-]*")
_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
_TYPES = re.compile(r"text/|application/(javascript|json|manifest\+json|wasm)|image/svg|font/ttf")


def accepts_gzip(header: str) -> bool:
    """Whether a request with this Accept-Encoding gets gzip: it accepts gzip, and does not prefer
    the plain bytes.
    """
    given: dict[str, float] = {}
    for part in header.lower().split(","):
        name, _, weight = (word.strip() for word in part.partition(";"))
        found = _WEIGHT.fullmatch(weight or "q=1")
        given[name] = float(found[1]) if found else 0.0  # what cannot be read is not accepted
    wanted = given.get("gzip", given.get("*", 0.0))
    return wanted > 0 and wanted >= given.get("identity", 0.0)


class CompressedFiles:
    """Compressed files, within a bound: those that were requested last."""

    def __init__(self, most: int = HELD) -> None:
        """most: bytes of everything that is kept."""
        self._most, self.size = most, 0
        self._found: OrderedDict[str, tuple[str, bytes]] = OrderedDict()

    def get(self, path: str, etag: str) -> bytes | None:
        """What is kept of this path, if its file is still the same."""
        kept, data = self._found.get(path, ("", b""))
        if kept != etag:
            return None
        self._found.move_to_end(path)
        return data

    def put(self, path: str, etag: str, data: bytes) -> None:
        """Keep it instead of the previous version, and drop what was not requested for longest."""
        self.size += len(data) - len(self._found.pop(path, ("", b""))[1])
        self._found[path] = (etag, data)
        while self.size > self._most:
            self.size -= len(self._found.popitem(last=False)[1][1])

    def __len__(self) -> int:
        return len(self._found)


class _Answer(NamedTuple):
    """Streamlit's answer."""

    status: int
    headers: MutableHeaders
    body: bytes


class Compression:
    """Middleware for `st.App`: sends its static files in gzip to browsers that accept it."""

    def __init__(self, app: ASGIApp, base: str = "", held: CompressedFiles | None = None) -> None:
        """base: the path of the pages; held: where compressed files are kept."""
        self.app, self._held = app, CompressedFiles() if held is None else held
        self._base = f"/{base.strip('/')}" if base.strip("/") else ""
        self._under_way: dict[tuple[str, str], asyncio.Task[bytes | None]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if not self._is_file(scope):
            return await self.app(scope, receive, send)
        asked = Headers(scope=scope)
        if "range" in asked or not accepts_gzip(",".join(asked.getlist("accept-encoding"))):
            return await self.app(scope, receive, _varying(send))
        answer = await self._ask(scope, "HEAD")
        packed = await self._packed(scope, answer)
        if packed is None:
            return await self.app(scope, receive, _varying(send))
        await _send_packed(answer, packed, scope["method"] == "GET", send)

    def _is_file(self, scope: Scope) -> bool:
        """Whether a request is for a page or for a file, spelt as the page spells it."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return False
        if not scope["path"].startswith(f"{self._base}/"):
            return False
        inner = scope["path"].removeprefix(self._base)
        return bool(_PAGE.fullmatch(inner) or _FILE.fullmatch(inner))

    async def _packed(self, scope: Scope, answer: _Answer) -> bytes | None:
        """The compressed file for this answer; None if it is sent as it is."""
        if not _is_worth_it(answer):
            return None
        # All pages are the same file. Streamlit also sends it for every file that does not exist.
        is_page = answer.headers["content-type"].startswith("text/html")
        key = ("" if is_page else scope["path"], answer.headers["etag"])
        held = self._held.get(*key)
        if held is None:  # others who come while it is compressed wait for the same result
            if key not in self._under_way:
                self._under_way[key] = asyncio.create_task(self._pack(scope, key))
                self._under_way[key].add_done_callback(lambda _: self._under_way.pop(key))
            # Shielded: a visitor who leaves must not cancel it for the others.
            held = await asyncio.shield(self._under_way[key])
        return held or None

    async def _pack(self, scope: Scope, key: tuple[str, str]) -> bytes | None:
        """Read a file and compress it; None if that fails, or if the file has changed meanwhile."""
        try:
            async with self._turns:
                # As anybody: what is kept is sent to everyone.
                answer = await self._ask(scope, "GET", anonymous=True)
                if answer.status != 200 or answer.headers.get("etag") != key[1]:
                    return None
                packed = await anyio.to_thread.run_sync(compress, answer.body)
        except Exception:  # it is sent as it is
            _log.exception("a file could not be compressed")
            return None
        self._held.put(*key, packed)
        return packed

    async def _ask(self, scope: Scope, method: str, anonymous: bool = False) -> _Answer:
        """Streamlit's answer to this request with this method. anonymous: as to anybody."""
        headers = [it for it in scope["headers"] if it[0] == b"host" or not anonymous]
        asked = {**scope, "method": method, "headers": headers, "extensions": {}}
        found: list[Message] = []

        async def send(message: MutableMapping[str, Any]) -> None:
            found.append(message)

        await self.app(asked, _nothing, send)
        body = b"".join(message.get("body", b"") for message in found[1:])
        return _Answer(found[0]["status"], MutableHeaders(raw=list(found[0]["headers"])), body)


def compress(body: bytes) -> bytes:
    """The file in gzip; empty if that is longer."""
    # mtime=0: equal files give equal bytes.
    packed = gzip.compress(body, LEVEL, mtime=0)
    return packed if len(packed) < len(body) else b""


def _is_worth_it(answer: _Answer) -> bool:
    """Whether a file should be compressed."""
    headers = answer.headers
    kind, length = headers.get("content-type", ""), headers.get("content-length", "")
    return (
        answer.status == 200
        and headers.get("etag", "") != ""
        and "content-encoding" not in headers
        and _TYPES.match(kind) is not None
        and length.isdigit()
        and SMALLEST <= int(length) <= LARGEST
    )


async def _send_packed(answer: _Answer, packed: bytes, whole: bool, send: Send) -> None:
    """whole: with the body."""
    headers = answer.headers
    headers.add_vary_header("Accept-Encoding")
    headers["Content-Encoding"], headers["Content-Length"] = "gzip", str(len(packed))
    # Weak, because it is the same file but not the same bytes: nobody may join parts of both.
    headers["ETag"] = f"W/{headers['etag'].removeprefix('W/')}"
    if "accept-ranges" in headers:
        del headers["accept-ranges"]
    await send({"type": "http.response.start", "status": 200, "headers": headers.raw})
    await send({"type": "http.response.body", "body": packed if whole else b""})


def _varying(send: Send) -> Send:
    """For an answer that is sent as it is: caches keep it apart from the compressed one."""

    async def varied(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": list(message["headers"])}
            MutableHeaders(raw=message["headers"]).add_vary_header("Accept-Encoding")
        await send(message)

    return varied


async def _nothing() -> Message:
    """The receiver of a request that is made here: its sender says no more and does not leave."""
    await asyncio.Event().wait()
    raise AssertionError
