"""A class in two lessons, one after the other: each learner trains networks, and clicks meanwhile.

A lesson's buttons are found by its key and by what they do; which step has them does not matter.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from .browser_tab import Tab
from .clicks import Took
from .measures import Clicks, Watch, quantiles
from .server import Site
from .stage import Stage
from .visitors import arrive, leave, warm

FAST, BACK = "how-fast", "how-far-back"  # the lessons' keys
DONE = re.compile(r"([\d,]+) of ([\d,]+) members are done")
SAID = re.compile(r"takes about ([\d,.]+) (second|minute)")
SEEDS = 3  # that the lesson on memory has
SOON = 10.0  # seconds within which there is a result, or a line that moves
PATIENCE = 60.0  # seconds to wait for either
LOOK = 0.2  # seconds between two looks at the page
LONGEST = 180.0  # seconds that a training may take once the learners no longer click
TIMES = 2.0  # a training may take this many times as long as the page said beforehand


class Seen(NamedTuple):
    """When a learner saw something, in seconds after the click; None for what never came.

    first: the first result, or a line that moves; whole: all of it; said: how long the page said
    that it takes.
    """

    first: float | None = None
    whole: float | None = None
    said: float | None = None


async def play_learning(stage: Stage) -> None:
    """Learning: thirty in the lesson on learning rates, then thirty in the one on memory."""
    async with stage.server() as site:
        stage.report["warm"] = await warm(site)
        classes = {key: _people(site, stage.form.visitors) for key in (FAST, BACK)}
        stage.judge_pages([tab for tabs in classes.values() for tab in tabs])
        watch = Watch(site.pid)
        stage.report["server"] = watch.figures
        try:
            await _play(stage, FAST, classes[FAST], _train_members)
            await _play(stage, BACK, classes[BACK], _train_with_seed)
        finally:
            watch.stop()


def _people(site: Site, count: int) -> list[Tab]:
    return [Tab(site.port, f"seed={i}", base=site.base) for i in range(count)]


async def _play(
    stage: Stage, lesson: str, tabs: list[Tab], learn: Callable[[Learner], Awaitable[Seen]]
) -> None:
    """A class comes to a lesson, works there for the form's time, and leaves."""
    clicks, opening, seen = Clicks(), Clicks(), list[Seen]()
    stage.judge_clicks(clicks, p95=250, name=lesson)
    _judge(stage, lesson, seen, len(tabs))
    try:
        await arrive(tabs, opening, 3.0 * min(1.0, len(tabs) / 30))
        until = time.perf_counter() + stage.form.seconds
        waits = until + (0.0 if stage.report.short else LONGEST)
        learners = [
            Learner(tab, clicks, lesson, i, (until, waits), stage.form.every)
            for i, tab in enumerate(tabs)
        ]
        seen += await asyncio.gather(*map(learn, learners))
    finally:
        await leave(tabs)


def _judge(stage: Stage, lesson: str, seen: list[Seen], count: int) -> None:
    """What learners must see, and within which time."""
    report = stage.report

    def of(name: str) -> list[float]:
        return [value for it in seen if (value := getattr(it, name)) is not None]

    report[f"{lesson} first_s"] = lambda: quantiles(of("first"))
    report.must(f"{lesson}: everyone sees something new", lambda: len(of("first")) == count)
    report.want(f"{lesson}: it is seen within {SOON:g} s", lambda: max(of("first")) <= SOON)
    if lesson != BACK:
        return
    report[f"{lesson} result_s"] = lambda: quantiles(of("whole"))
    report[f"{lesson} said_s"] = lambda: quantiles(of("said"))
    report[f"{lesson} took_of_said"] = lambda: quantiles(_ratios(seen))
    report.must(f"{lesson}: everyone is told how long it takes", lambda: len(of("said")) == count)
    report.want(f"{lesson}: everyone has the result", lambda: len(of("whole")) == count)
    report.want(
        f"{lesson}: it takes at most {TIMES:g} times as long as was said",
        lambda: max(_ratios(seen)) <= TIMES,
    )


def _ratios(seen: list[Seen]) -> list[float]:
    """How many times as long as was said it took."""
    return [it.whole / it.said for it in seen if it.whole is not None and it.said]


class Learner:
    """Somebody in a lesson. Before each click a learner reads for up to twice `every` seconds.

    until: until when it clicks; waits: until when it waits for what it trains.
    """

    def __init__(
        self,
        tab: Tab,
        clicks: Clicks,
        lesson: str,
        number: int,
        ends: tuple[float, float],
        every: float,
    ) -> None:
        self.tab, self.clicks, self.lesson, self.number = tab, clicks, lesson, number
        self.until, self.waits = ends
        self._every, self._rng = every, random.Random(number)

    async def read(self) -> None:
        """Read before the next click."""
        await asyncio.sleep(2 * self._every * self._rng.random())

    async def open(self) -> bool:
        """Go to the page Learn and open the lesson; return whether that was answered."""
        await self.read()
        if not await self.clicks.time("page learn", self.tab.go("learn")):
            return False
        await self.read()
        return await self.clicks.time("lesson", self.tab.press(f"open_{self.lesson}"))

    async def press(self, what: str) -> float:
        """Read, then press the lesson's first button that does this; return when."""
        await self.read()
        began = time.perf_counter()
        await self.clicks.time(what, self._with(what, self.tab.press))
        return began

    async def choose(self, what: str, value: float) -> float:
        """Read, then give the lesson's first control of this name a value; return when."""
        await self.read()
        began = time.perf_counter()
        await self.clicks.time(what, self._with(what, self.tab.set, value))
        return began

    async def write(self) -> None:
        """Write sentences until the time is up."""
        number = 0
        while time.perf_counter() < self.until and not self.tab.closed:
            await self.read()
            number += 1
            box = next(iter(keys(self.tab, f"own_words_{self.lesson}_")), "own_words")
            await self.clicks.time("words", self.tab.set(box, f"sentence {number}"))

    async def sees(self, condition: Callable[[], object], until: float) -> float | None:
        """When a condition holds; None if it does not until then."""
        while not (met := bool(condition())) and time.perf_counter() < until:
            if self.tab.closed:
                break
            await asyncio.sleep(LOOK)
        return time.perf_counter() if met else None

    async def _with(self, what: str, act: Callable[..., Awaitable[Took]], *values: float) -> Took:
        """Do this with the lesson's first control of a name. KeyError if there is none."""
        await self.tab.until(lambda: self.key(what), 2.0)
        return await act(self.key(what) or f"{self.lesson} {what}", *values)

    def key(self, what: str) -> str:
        """The key of the lesson's first control, picture or table of this name, or ''."""
        found = keys(self.tab, f"learn_{self.lesson}_")
        return next((key for key in found if re.fullmatch(rf".*_\d+_{what}", key)), "")


def keys(tab: Tab, start: str) -> list[str]:
    """The keys that begin so, of all that the page shows, in its order."""
    places = ((widget.id, widget.id.find(f"-{start}")) for widget in tab.widgets())
    return [name[at + 1 :] for name, at in places if at >= 0]


def after(began: float, seen: float | None) -> float | None:
    """Seconds from one moment to another that may not have come."""
    return None if seen is None else seen - began


# The lesson on learning rates


async def _train_members(learner: Learner) -> Seen:
    """Train the first experiment until a member is done, then the second one; write sentences."""
    if not await learner.open():
        return Seen()
    await learner.press("skip")
    began = await learner.press("start")
    first = await learner.sees(lambda: _has_result(learner), began + PATIENCE)
    await learner.press("skip")
    await learner.press("start")
    await learner.write()
    return Seen(after(began, first))


def _has_result(learner: Learner) -> bool:
    """Whether a member of the first experiment is done: the page says so, or shows the table."""
    found = [DONE.search(text) for text in learner.tab.texts()]
    return any(int(it[1].replace(",", "")) for it in found if it) or bool(learner.key("levels"))


# The lesson on memory


async def _train_with_seed(learner: Learner) -> Seen:
    """Train with one of the seeds, so that a class has all of them at work; write sentences."""
    if not await learner.open():
        return Seen()
    began = await learner.press("skip")
    if seed := learner.number % SEEDS:
        began = await learner.choose("seed", seed)
    watching = asyncio.create_task(_watch(learner, began))
    for _ in range(2):
        await learner.press("skip")
    await learner.write()
    return await watching


async def _watch(learner: Learner, began: float) -> Seen:
    """Watch the lines move until the networks are trained."""
    said, counts = list[float](), set[int]()

    def moves() -> bool:
        said.extend(_said(learner.tab)[: not said])
        counts.update(filter(None, [_points(learner)]))
        return len(counts) > 1 or bool(learner.key("echo_table"))

    first = await learner.sees(moves, began + PATIENCE)
    whole = await learner.sees(lambda: learner.key("echo_table"), learner.waits)
    return Seen(after(began, first), after(began, whole), *said)


def _said(tab: Tab) -> list[float]:
    """How long the page says that the networks take, in seconds."""
    found = [SAID.search(text) for text in tab.texts()]
    return [float(it[1].replace(",", "")) * (60 if it[2] == "minute" else 1) for it in found if it]


def _points(learner: Learner) -> int:
    """How many points the lines of the learner's picture have."""
    key = learner.key("echo")
    if not key:
        return 0
    component: Any = learner.tab.find(key).element
    figure = json.loads(component.json or component.mixed.json or "[{}]")[0].get("figure", {})
    return sum(len(line["x"]) for line in figure.get("data", ()))
