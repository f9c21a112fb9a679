"""Server-sent events, read as a browser's EventSource reads them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

from .web import HOST, read_head, request_bytes


class NotAStream(Exception):
    """The address answered something else."""


class Event(NamedTuple):
    """One event: its raw id and data, and its name, which is usually empty."""

    id: str
    data: str
    name: str = ""


class Stream:
    """A stream that is open; `await stream.next_event()` until it gives None.

    Plain coroutines, no asynchronous generators: a tab is closed while it waits here, and such a
    generator cannot be closed while it runs.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, chunked: bool
    ) -> None:
        self._reader, self._writer, self._chunked = reader, writer, chunked
        self.bytes = 0
        self._blocks: deque[str] = deque()  # received, but not yet read
        self._rest = b""  # the beginning of the next one

    def close(self, abruptly: bool = False) -> None:
        """Close it; abruptly: like a machine that is switched off."""
        if abruptly:
            self._writer.transport.abort()
        else:
            self._writer.close()

    async def _piece(self) -> bytes:
        """The next bytes of the body; none at its end."""
        if not self._chunked:
            piece = await self._reader.read(65_536)
        else:
            head = await self._reader.readline()
            size = int(head.split(b";")[0] or b"0", 16) if head.strip() else 0
            piece = (await self._reader.readexactly(size + 2))[:-2] if size else b""
        self.bytes += len(piece)
        return piece

    async def next_event(self) -> Event | None:
        """The next event; None once the server has ended the stream. Comments are left out."""
        while True:
            while self._blocks:
                event = parse(self._blocks.popleft())
                if event.data:
                    return event
            piece = await self._piece()
            if not piece:
                return None
            *blocks, self._rest = (self._rest + piece).replace(b"\r\n", b"\n").split(b"\n\n")
            self._blocks.extend(block.decode("utf-8", "replace") for block in blocks)


def parse(block: str) -> Event:
    """One block of lines as an event; a comment has no data."""
    found, kind, data = "", "", []
    for line in block.split("\n"):
        name, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if name == "data":
            data.append(value)
        elif name == "id":
            found = value
        elif name == "event":
            kind = value
    return Event(found, "\n".join(data), kind)


async def connect(port: int, path: str, headers: Mapping[str, str], wait: float = 2.0) -> Stream:
    """Open a stream. NotAStream where `wait` seconds bring no text/event-stream."""
    try:
        reader, writer = await asyncio.open_connection(HOST, port, limit=4_000_000)
    except OSError as error:
        raise NotAStream(f"{type(error).__name__}: {error}") from error
    late = asyncio.get_running_loop().call_later(wait, writer.transport.abort)
    try:
        writer.write(
            request_bytes(
                port,
                "GET",
                path,
                {"Accept": "text/event-stream", "Cache-Control": "no-cache", **headers},
            )
        )
        await writer.drain()
        status, found = await read_head(reader)
    except (OSError, ValueError, EOFError, IndexError, asyncio.LimitOverrunError) as error:
        writer.transport.abort()
        raise NotAStream(f"no answer: {type(error).__name__}") from error
    except asyncio.CancelledError:
        writer.transport.abort()
        raise
    finally:
        late.cancel()
    fields = dict(found)
    if status != 200 or not fields.get("content-type", "").startswith("text/event-stream"):
        writer.transport.abort()
        raise NotAStream(f"{status} {fields.get('content-type', '')}")
    return Stream(reader, writer, "chunked" in fields.get("transfer-encoding", ""))
