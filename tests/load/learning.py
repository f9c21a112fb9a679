"""A class in the lesson on learning rates: each trains its experiments, and clicks meanwhile."""

from __future__ import annotations

import asyncio
import random
import re
import time

from .browser_tab import Tab
from .measures import Clicks, Watch, quantiles
from .server import Site
from .stage import Stage
from .visitors import arrive, leave, warm

LESSON = "how-fast"
DONE = re.compile(r"([\d,]+) of ([\d,]+) members are done")
RATE, LADDER, OPTIMIZER, PAIR = 2, 3, 5, 6  # the numbers of the lesson's steps
FIRST_RESULT = 10.0  # seconds


async def play_learning(stage: Stage) -> None:
    """Learning: thirty in the lesson on learning rates, each with its own experiments."""
    report, clicks, opening = stage.report, Clicks(), Clicks()
    async with stage.server() as site:
        report["warm"] = await warm(site)
        tabs = _people(site, stage.form.visitors)
        stage.judge_pages(tabs)
        stage.judge_clicks(clicks, p95=250)
        watch = Watch(site.pid)
        report["server"] = watch.figures
        first: list[float] = []
        report["first_result_s"] = lambda: quantiles(first)
        report.must("every lesson has a result", lambda: len(first) == len(tabs))
        report.want(
            "the first result within 10 s", lambda: bool(first) and max(first) <= FIRST_RESULT
        )
        try:
            await arrive(tabs, opening, 3.0 * min(1.0, len(tabs) / 30))
            until = time.perf_counter() + stage.form.seconds
            learners = (
                _learn(tab, clicks, until, i, stage.form.every) for i, tab in enumerate(tabs)
            )
            first += [it for it in await asyncio.gather(*learners) if it is not None]
        finally:
            watch.stop()
            await leave(tabs)


def _people(site: Site, count: int) -> list[Tab]:
    return [Tab(site.port, f"seed={i}", base=site.base) for i in range(count)]


def _key(step: int, what: str) -> str:
    return f"learn_{LESSON}_{step}_{what}"


async def _learn(tab: Tab, clicks: Clicks, until: float, seed: int, every: float) -> float | None:
    """Open the lesson, skip its bets, train its experiments, and write a sentence now and then.

    Returns the seconds until its first member was done; None where none was. Before each click a
    visitor reads for up to twice `every`.
    """
    rng = random.Random(seed)

    async def read() -> None:
        await asyncio.sleep(2 * every * rng.random())

    await read()
    if not await clicks.time("page learn", tab.go("learn")):
        return None
    await read()
    await clicks.time("lesson", tab.press(f"open_{LESSON}"))
    await read()
    await clicks.time("skip", tab.press(_key(RATE, "skip")))
    await read()
    began = time.perf_counter()
    await clicks.time("start", tab.press(_key(LADDER, "start")))
    has_result = await tab.until(lambda: _has_result(tab), 60)
    first = time.perf_counter() - began
    await read()
    await clicks.time("skip", tab.press(_key(OPTIMIZER, "skip")))
    await read()
    await clicks.time("start", tab.press(_key(PAIR, "start")))
    number = 0
    while time.perf_counter() < until and not tab.closed:
        await read()
        number += 1
        await clicks.time("words", tab.set(f"own_words_{LESSON}_fair", f"sentence {number}"))
    return first if has_result else None


def _has_result(tab: Tab) -> bool:
    """Whether a member of the first experiment is done: the page says so, or all are."""
    found = [DONE.search(text) for text in tab.texts()]
    counts = [int(it[1].replace(",", "")) for it in found if it]
    is_over = not tab.shows(_key(LADDER, "start")) and not tab.shows(_key(LADDER, "stop"))
    return any(counts) or is_over
