"""What is measured: clicks by kind, percentiles, steps and frames by visitor, the machine."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Awaitable, Iterable
from typing import Any, NamedTuple

from .browser_tab import Frame, Tab
from .clicks import Took
from .server import machine_busy, vitals

WAYS = ("events", "code", "websocket")
ASIDE = ("unit",)  # clicks that are told by kind only, as those before them had none


def quantiles(values: Iterable[float]) -> dict[str, float]:
    """p50, p95, p99, the maximum, and the count."""
    it = sorted(values)
    if not it:
        return {"n": 0}
    at = {f"p{q}": round(it[min(len(it) - 1, q * len(it) // 100)], 1) for q in (50, 95, 99)}
    return {"n": len(it), **at, "max": round(it[-1], 1)}


class Done(NamedTuple):
    """A click that was answered."""

    kind: str
    began: float
    took: Took


class Clicks:
    """Clicks as they come, and those that went wrong."""

    def __init__(self) -> None:
        self.done: list[Done] = []
        self.errors: list[str] = []

    async def time(self, kind: str, click: Awaitable[Took]) -> bool:
        """Wait for a click and note it. Whether it was answered."""
        began = time.perf_counter()
        try:
            self.done.append(Done(kind, began, await click))
            return True
        except (KeyError, TimeoutError, OSError) as error:
            self.errors.append(f"{kind}: {type(error).__name__} {error}"[:200])
            return False

    def ms(self, kind: str = "", since: float = 0.0, until: float = float("inf")) -> list[float]:
        """Milliseconds to the end, of one kind or of all that are not aside."""
        return [
            it.took.done
            for it in self.done
            if (it.kind == kind if kind else it.kind not in ASIDE) and since <= it.began < until
        ]

    def figures(self) -> dict[str, Any]:
        """All together, and by kind."""
        return {
            "done_ms": quantiles(self.ms()),
            "first_ms": quantiles(it.took.first for it in self.done if it.kind not in ASIDE),
            "by_kind_ms": {
                kind: quantiles(self.ms(kind)) for kind in sorted({it.kind for it in self.done})
            },
            "over_2_s": sum(ms > 2000 for ms in self.ms()),
            "errors": listed(self.errors),
        }


def listed(errors: list[str]) -> dict[str, int]:
    """How often each was seen; the first twenty kinds of them."""
    found: dict[str, int] = {}
    for error in errors:
        found[error] = found.get(error, 0) + 1
    return dict(list(found.items())[:20])


def between(frames: list[Frame], since: float, until: float) -> list[Frame]:
    """The frames of a time."""
    return [frame for frame in frames if since <= frame.at <= until]


def pace(tab: Tab, since: float, until: float, field: str = "names_seen") -> float | None:
    """How fast the tab's run went by its own frames, in names (or steps) a second."""
    seen = between(tab.frames, since, until)
    if len(seen) < 2 or seen[-1].at - seen[0].at < 0.2:
        return None
    return (getattr(seen[-1], field) - getattr(seen[0], field)) / (seen[-1].at - seen[0].at)


def frames_per_second(tab: Tab, since: float, until: float) -> float:
    """Frames a second while the tab was on the Lab."""
    seconds, count = 0.0, 0
    ends = [at for at, _ in tab.visits[1:]] + [until]
    for (begin, page), end in zip(tab.visits, ends, strict=True):
        begin, end = max(begin, since), min(end, until)
        if page in ("", "lab") and end > begin:
            seconds += end - begin
            count += len(between(tab.frames, begin, end))
    return round(count / seconds, 2) if seconds else 0.0


def shares(tabs: list[Tab], since: float, until: float) -> dict[str, Any]:
    """How the pool was shared: names a second of all; least and largest share over the mean."""
    rates = [rate for tab in tabs if (rate := pace(tab, since, until)) is not None]
    mean = sum(rates) / len(rates) if rates else 0.0
    found: dict[str, Any] = {
        "learners": len(rates),
        "unseen": len(tabs) - len(rates),
        "names_per_second": round(sum(rates)),
    }
    if mean:
        found |= {"least": round(min(rates) / mean, 3), "most": round(max(rates) / mean, 3)}
    return found


class Traffic:
    """What the visitors receive from now on, until it is stopped, by the way it comes: events of
    the stream; code of components, over the websocket; all else over it.

    Bytes of contents, without the frames and headers around them. They fetch no static files:
    a browser keeps those, and `tests.cold_start` counts them.
    """

    def __init__(self, tabs: list[Tab]) -> None:
        self._tabs, self._began, self._ended = tabs, time.perf_counter(), 0.0
        self._before, self._after = self._received(), Counter[str]()

    def _received(self) -> Counter[str]:
        found = Counter[str]()
        for tab in self._tabs:
            found["events"] += tab.stream_bytes
            found["code"] += tab.code_bytes
            found["websocket"] += tab.bytes - tab.code_bytes
        return found

    def stop(self) -> None:
        """End the counting."""
        self._after, self._ended = self._received(), time.perf_counter()

    def figures(self) -> dict[str, float]:
        """Kilobytes a visitor has received before, and in each minute since."""
        after = self._after if self._ended else self._received()
        minutes = ((self._ended or time.perf_counter()) - self._began) / 60
        each = 1000 * len(self._tabs)
        rates = {way: (after[way] - self._before[way]) / each / minutes for way in WAYS}
        found = {"before": self._before.total() / each, **rates, "all": sum(rates.values())}
        return {name: round(kilobytes, 1) for name, kilobytes in found.items()}


class Watch:
    """Measures the server and the load test itself, several times a second, until it is stopped."""

    def __init__(self, pid: int, every: float = 0.5) -> None:
        self.pid, self.every = pid, every
        self.marks: list[tuple[float, dict[str, float]]] = []
        self.lag: list[float] = []
        self._began = time.perf_counter()
        self._own, self._busy = time.process_time(), machine_busy()
        self._tasks = [asyncio.create_task(self._look()), asyncio.create_task(self._feel())]

    async def _look(self) -> None:
        for _ in range(20_000):
            self.marks.append((time.perf_counter() - self._began, vitals(self.pid)))
            await asyncio.sleep(self.every)

    async def _feel(self) -> None:
        """How late this event loop is: every measured time may be too long by that."""
        for _ in range(200_000):
            began = time.perf_counter()
            await asyncio.sleep(0.05)
            self.lag.append(1000 * (time.perf_counter() - began - 0.05))

    def stop(self) -> None:
        """End the measuring."""
        for task in self._tasks:
            task.cancel()

    def at(self, second: float) -> dict[str, float]:
        """The measurement at about that second; the last one if there was none so late."""
        return next(
            (mark for at, mark in self.marks if at >= second),
            self.marks[-1][1] if self.marks else {},
        )

    def most(self, what: str) -> float:
        """The highest value of all measurements."""
        return max((mark[what] for _, mark in self.marks), default=0.0)

    def figures(self) -> dict[str, Any]:
        """Memory, threads, files, cores."""
        if not self.marks:
            return {}
        (_, first), (took, last) = self.marks[0], self.marks[-1]
        took = max(took, 0.001)
        server = (last["cpu"] - first["cpu"]) / took
        own = (time.process_time() - self._own) / (time.perf_counter() - self._began)
        busy = (machine_busy() - self._busy) / (time.perf_counter() - self._began)
        return {
            "memory_mb": {
                "start": first["rss"],
                "minute": self.at(60)["rss"],
                "end": last["rss"],
                "most": self.most("rss"),
                "peak_of_server": last["peak"],
            },
            "threads": {"start": first["threads"], "end": last["threads"]},
            "files": {"start": first["files"], "end": last["files"], "most": self.most("files")},
            "server_cores": round(server, 2),
            "generator_cores": round(own, 2),
            "foreign_cores": round(busy - server - own, 2),
            "generator_late_ms": quantiles(self.lag),
            "load": round(os.getloadavg()[0], 2),
        }
