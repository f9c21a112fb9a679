"""Large uploads: how many come at once, who waits, and what is refused before it is read."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
from waiting import run_async

from dino.ui.workarounds import UploadGate, uploads

LARGE = b"24000000"


class App:
    """What lies behind the gate: it holds each upload until the test lets it end."""

    def __init__(self) -> None:
        self.now: list[str] = []
        self.seen: list[str] = []
        self.most = 0
        self.end = asyncio.Event()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        session = scope["path"].split("/")[-2]
        self.now.append(session)
        self.seen.append(session)
        self.most = max(self.most, len(self.now))
        assert len(set(self.now)) == len(self.now), "one of a browser"
        try:
            await self.end.wait()
        finally:
            self.now.remove(session)


def request(session: str, length: bytes | None = LARGE, method: str = "PUT") -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": f"/base/_stcore/upload_file/{session}/file",
        "headers": [] if length is None else [(b"Content-Length", length)],
    }


async def sent(gate: UploadGate, scope: dict[str, Any]) -> list[int]:
    """The status that the gate itself answers with, if it does."""
    answers: list[int] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        answers.extend([message["status"]] if "status" in message else [])

    async def receive() -> dict[str, Any]:
        raise AssertionError("the gate reads nothing")

    await gate(scope, receive, send)
    return answers


async def until(condition: Any) -> None:
    while not condition():
        await asyncio.sleep(0.001)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PAUSE", 0.001)


def test_only_a_few_large_ones_come_at_once_and_one_of_a_browser() -> None:
    async def play() -> None:
        app = App()
        gate = UploadGate(app)
        names = ["a", "a", "b", "b", "c", "d"]
        tasks = [asyncio.create_task(sent(gate, request(name))) for name in names]
        await until(lambda: len(app.now) == uploads.AT_ONCE)
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(app.now) == uploads.AT_ONCE
        app.end.set()
        assert await asyncio.gather(*tasks) == [[]] * len(names)
        assert sorted(app.seen) == names and app.most == uploads.AT_ONCE

    run_async(play())


@pytest.mark.parametrize("length", [None, b"", b"-1", b"nonsense", LARGE])
def test_what_tells_no_size_counts_as_large(length: bytes | None) -> None:
    async def play() -> None:
        app = App()
        gate = UploadGate(app)
        tasks = [asyncio.create_task(sent(gate, request(name, length))) for name in "abc"]
        await until(lambda: len(app.now) == uploads.AT_ONCE)
        small = [asyncio.create_task(sent(gate, request(f"small {i}", b"1000000"))) for i in "123"]
        await until(lambda: len(app.now) == uploads.AT_ONCE + 3)  # a list waits for nobody
        assert "c" not in app.now
        app.end.set()
        await asyncio.gather(*tasks, *small)

    run_async(play())


def test_beyond_a_number_of_waiting_ones_they_are_refused_unread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uploads, "WAITING", 2)

    async def play() -> None:
        app = App()
        gate = UploadGate(app)
        names = "abcd"
        tasks = [asyncio.create_task(sent(gate, request(name))) for name in names]
        await until(lambda: len(app.now) == uploads.AT_ONCE)
        assert await sent(gate, request("late")) == [503] and "late" not in app.seen
        app.end.set()
        assert await asyncio.gather(*tasks) == [[]] * len(names)

    run_async(play())


def test_one_that_does_not_end_loses_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "SLOWEST", 0.01)

    async def play() -> None:
        app = App()
        gate = UploadGate(app)
        found = await asyncio.gather(*(sent(gate, request(name)) for name in "abcdef"))
        assert found == [[503]] * 6 and sorted(app.seen) == [*"abcdef"] and not app.now

    run_async(play())


def test_an_answer_that_has_begun_is_not_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "SLOWEST", 0.01)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await asyncio.Event().wait()  # its end is never sent

    assert run_async(sent(UploadGate(app), request("a"))) == [204]
