"""Plain HTTP to a server of this machine, without a library that would add to the measured time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

HOST = "127.0.0.1"
MOST = 4_000_000  # bytes of a body that are read


class Answer(NamedTuple):
    """The answer to a request; status 0 if there was none."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """The first header of this name, in small letters; empty if there is none."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that it sets."""
        pairs = (
            value.partition(";")[0].partition("=")
            for key, value in self.headers
            if key == "set-cookie"
        )
        return {name.strip(): value for name, _, value in pairs}


def request_bytes(
    port: int, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
) -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}:{port}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body or method in ("PUT", "POST"):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode("utf-8", "replace") + body


async def read_head(reader: asyncio.StreamReader) -> tuple[int, list[tuple[str, str]]]:
    """Status and headers of an answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in head[1:] if line)
    return int(head[0].split()[1]), [(n.strip().lower(), v.strip()) for n, _, v in pairs]


async def ask(
    port: int,
    path: str,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    wait: float = 15.0,
) -> Answer:
    """Ask and have the whole answer. A connection that breaks answers with status 0."""

    async def exchange() -> Answer:
        reader, writer = await asyncio.open_connection(HOST, port)
        try:
            writer.write(
                request_bytes(port, method, path, {"Connection": "close", **(headers or {})}, body)
            )
            await writer.drain()
            status, found = await read_head(reader)
            return Answer(status, found, await _body(reader))
        finally:
            writer.close()

    try:
        return await asyncio.wait_for(exchange(), wait)
    except (
        OSError,
        ValueError,
        EOFError,
        IndexError,
        asyncio.LimitOverrunError,
        asyncio.TimeoutError,
    ) as error:
        return Answer(0, [("error", f"{type(error).__name__}: {error}")], b"")


async def _body(reader: asyncio.StreamReader) -> bytes:
    """What follows until the server closes, up to a bound."""
    parts: list[bytes] = []
    size = 0
    while size < MOST and (part := await reader.read(65_536)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


async def new_cookies(port: int, base: str = "") -> dict[str, str]:
    """The cookies that a browser has before it opens the websocket."""
    return (await ask(port, f"{base}/_stcore/health", wait=30)).cookies


def cookie_header(cookies: Mapping[str, str]) -> dict[str, str]:
    """Cookies as a request carries them; nothing for none."""
    return {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())} if cookies else {}
