"""Our own routes: events for a live page, files that browsers keep, and the server's health.

    dino/events   server-sent events of the run that a page shows; needs the page's key in a header
    dino/here     answers that the routes exist; a page uses it to find their path prefix
    dino/plotly-… plotly.js, compressed once; browsers keep it for good
    dino/code-…   the code of our components; kept in the same way
    dino/health   'ok'; the operator's figures for the server's own machine, or with a key

Pages use paths relative to their own, so every route exists with and without `server.baseUrlPath`.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
import logging
import os
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from dino.live.frames import Frame, FrameView, Sender
from dino.live.packed_file import PackedFile

_log = logging.getLogger(__name__)

KEY_HEADER = "x-dino-key"
HEALTH_VARIABLE = "DINO_HEALTH_KEY"
FASTEST, SLOWEST = 0.08, 0.35  # seconds between two frames of a page: the only one, one of many
QUIET = 15.0  # seconds of silence, after which a comment is sent so that no proxy ends it
SILENT = b": \n\n"  # that comment
STUCK = 20.0  # seconds that a browser may take to accept data
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Listener(Protocol):
    """A page that listens. It says what it shows; the frames are made here."""

    def is_alive(self) -> bool:
        """Whether its session still exists."""

    def view(self) -> FrameView | None:
        """The run that it draws from frames; None if it draws none."""

    def next_turn(self) -> tuple[str, Frame] | None:
        """That its script has something new to draw; None if it has not."""


def next_frame(listener: Listener, sender: Sender) -> tuple[str, Frame] | None:
    """What a page is sent next, with the id; None if nothing changed."""
    view = listener.view()
    found = sender.next(view.seen, view.put) if view is not None else None
    return found or listener.next_turn()


class Events:
    """The open streams, one for each page. A page's new stream ends its old one."""

    def __init__(self, find: Callable[[str], Listener | None]) -> None:
        """find: the page with a key; None if no page has it."""
        self._find = find
        self._open: dict[str, object] = {}
        self.frames, self._closed = 0, False

    def close(self) -> None:
        """End all streams, because a server waits for them before it stops."""
        self._closed = True

    def listens(self, key: str) -> bool:
        """Whether a page's stream is open."""
        return key in self._open

    def __len__(self) -> int:
        return len(self._open)

    def pace(self) -> float:
        """Seconds between two frames of a page: more if there are many pages."""
        # From 6 to 23 pages, all of them together get 1 / 0.015 = 67 frames a second.
        return min(SLOWEST, max(FASTEST, 0.015 * len(self._open)))

    async def endpoint(self, request: Request) -> Response:
        """The stream of the page whose key is in the request; 404 for any other key."""
        key = request.headers.get(KEY_HEADER, "")
        listener = self._find(key) if 0 < len(key) < 100 else None
        if listener is None:
            return PlainTextResponse(
                "No page has this key; reload the page.", 404, headers={"Cache-Control": "no-store"}
            )
        return _Stream(self, key, listener, request.headers.get("last-event-id", "")[:100])

    async def run(self, key: str, listener: Listener, last_id: str, send: Send) -> None:
        """Send frames until the page's session ends, a newer stream opens, or nobody reads."""
        mine = self._open[key] = object()
        try:
            await _write(send, SILENT)  # at once: a browser gives up a stream that says nothing
            sender, wrote_at = Sender(last_id), time.monotonic()
            while not self._closed and self._open.get(key) is mine and listener.is_alive():
                found = next_frame(listener, sender)
                if found is not None:
                    self.frames += 1
                    await _write(send, _event(*found))
                    wrote_at = time.monotonic()
                elif time.monotonic() - wrote_at > QUIET:
                    await _write(send, SILENT)
                    wrote_at = time.monotonic()
                await asyncio.sleep(self.pace())
            await _write(send, b"event: end\ndata: {}\n\n")
        finally:
            # A newer stream of this page has replaced the entry; it must stay.
            if self._open.get(key) is mine:
                del self._open[key]


class _Stream(Response):
    """One open stream. It writes only as fast as its browser reads, so nothing piles up."""

    def __init__(self, events: Events, key: str, listener: Listener, last_id: str) -> None:
        super().__init__(media_type="text/event-stream", headers=HEADERS)
        # `Response` has set it to 0 for an empty body; a stream has no length.
        del self.headers["content-length"]
        self._run = (key, listener, last_id)
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        writing = asyncio.create_task(self._events.run(*self._run, send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if writing.done() and not leaving.done() and writing.exception() is None:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            for task in (writing, leaving):
                task.cancel()
            found = await asyncio.gather(writing, leaving, return_exceptions=True)
        for error in found:
            if isinstance(error, Exception) and not isinstance(error, OSError | TimeoutError):
                _log.error("a stream broke off", exc_info=error)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(send: Send, data: bytes) -> None:
    """Raises TimeoutError if a browser does not accept it in time."""
    with anyio.fail_after(STUCK):  # asyncio.wait_for may lose a cancellation before Python 3.12
        await send({"type": "http.response.body", "body": data, "more_body": True})


def _event(number: str, frame: Frame) -> bytes:
    return f"id: {number}\ndata: {json.dumps(frame, separators=(',', ':'))}\n\n".encode()


def make_health_endpoint(figures: Callable[[], Mapping[str, Any]]) -> Callable[[Request], Response]:
    """The endpoint with the operator's figures, for those who may see them."""

    def endpoint(request: Request) -> Response:
        if not _is_operator(request):
            return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})
        return JSONResponse(dict(figures()), headers={"Cache-Control": "no-store"})

    return endpoint


def _is_operator(request: Request) -> bool:
    """Whether the request has the right key, or comes from this machine and not through a proxy."""
    key = os.environ.get(HEALTH_VARIABLE, "")
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    # In constant time: the duration must not tell how much of a key is right.
    if key and hmac.compare_digest(given.encode(), key.encode()):
        return True
    # Through a proxy on this machine, everybody seems to come from this machine.
    if any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip")):
        return False
    try:
        # The host counts too: a foreign page's own name may resolve to this machine.
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return False
    return _is_loopback(request.client.host if request.client else "") and (
        host == "localhost" or _is_loopback(host)
    )


def _is_loopback(host: str) -> bool:
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return False
    # A server that listens at all addresses sees 127.0.0.1 as ::ffff:127.0.0.1.
    inner = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (inner or found).is_loopback


def routes(
    events: Events,
    files: Collection[PackedFile],
    figures: Callable[[], Mapping[str, Any]],
    base: str = "",
) -> list[Route]:
    """All routes, at the root and under the base path. files: what browsers keep."""

    def here(request: Request) -> Response:
        return Response("", media_type="text/event-stream", headers=HEADERS)

    prefixes = {"", base.strip("/")}
    found = []
    for prefix in sorted(f"/{p}" if p else "" for p in prefixes):
        found += [
            Route(f"{prefix}/dino/events", events.endpoint, methods=["GET"]),
            Route(f"{prefix}/dino/here", here, methods=["GET"]),
            Route(f"{prefix}/dino/health", make_health_endpoint(figures), methods=["GET"]),
            *(Route(f"{prefix}/dino/{it.name}", it.endpoint, methods=["GET"]) for it in files),
        ]
    return found
