"""A class that experiments: each trains 18 small members, and clicks on the page meanwhile."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import time
from functools import partial

from .browser_tab import Tab
from .measures import Clicks, Watch
from .server import Site
from .stage import Stage
from .visitors import arrive, leave, warm

UNITS, STEPS, ALL = 16, 4000, 18  # ALL: the members of an experiment
MEMBERS = re.compile(r"([\d,]+) of ([\d,]+) members are done")
PHASES = {"pause_experiment": "pause", "continue_experiment": "continue"}


async def play_experiments(stage: Stage) -> None:
    """Experiments: thirty, each of two learning rates, three seeds and splits; pause, continue."""
    report, clicks, opening = stage.report, Clicks(), Clicks()
    async with stage.server() as site:
        report["warm"] = await warm(site)
        tabs = _people(site, stage.form.visitors)
        stage.judge_pages(tabs)
        stage.judge_clicks(clicks, p95=250)
        watch = Watch(site.pid)
        report["server"] = watch.figures
        before = [0] * len(tabs)  # what each had done when the last one began
        at_work = [0.0] * len(tabs)  # seconds in which its experiment was not paused
        report["members_done"] = lambda: sorted(_done_since(before, tabs))
        report["seconds_at_work"] = lambda: sorted(round(it, 1) for it in at_work)
        report.must("members are trained", lambda: any(_done(tab) for tab in tabs))
        report.want(
            "members in a second at work within 20 % of the mean, and one member",
            lambda: _are_fair(_done_since(before, tabs), at_work),
        )
        try:
            await arrive(tabs, opening, 3.0 * min(1.0, len(tabs) / 30))
            plans = (_begin(tab, clicks, i, stage.form.every) for i, tab in enumerate(tabs))
            begun = await asyncio.gather(*plans)
            before[:] = map(_done, tabs)
            report["begun"] = f"{sum(begun)} of {len(tabs)}"
            report.must("every experiment begins", lambda: all(begun))
            until = time.perf_counter() + stage.form.seconds
            each = (_work(tab, clicks, until, i, stage.form.every) for i, tab in enumerate(tabs))
            at_work[:] = await asyncio.gather(*each)
        finally:
            watch.stop()
            await leave(tabs)


def _people(site: Site, count: int) -> list[Tab]:
    """Visitors whose experiments last: short members, one after another."""
    recipe = f"hidden_size={UNITS}&max_steps={STEPS}"
    return [Tab(site.port, f"{recipe}&seed={100 * i}", base=site.base) for i in range(count)]


async def _begin(tab: Tab, clicks: Clicks, seed: int, every: float) -> bool:
    """Plan an experiment, skip the bet, start it. Whether it is at work.

    Before each click a visitor reads for up to twice `every`, as long as that on the average.
    """
    rng = random.Random(seed)

    async def read() -> None:
        await asyncio.sleep(2 * every * rng.random())

    await read()
    if not await clicks.time("page compare", tab.go("compare")):
        return False
    await read()
    if not await clicks.time("vary", tab.set("experiment_factor", "Learning rate")):
        return False
    await read()
    await clicks.time("skip", tab.press("skip_bet"))
    if not await tab.until(lambda: tab.has("start_experiment"), 60):
        return False
    await read()
    await clicks.time("start", tab.press("start_experiment"))
    return await tab.until(lambda: tab.shows("stop_experiment"), 30)


async def _work(tab: Tab, clicks: Clicks, until: float, seed: int, every: float) -> float:
    """Pause and continue it in turn, a click every few seconds, until the time is up.

    Returns the seconds in which it was not paused.
    """
    rng, at_work, since = random.Random(seed), 0.0, time.perf_counter()
    await asyncio.sleep(rng.random() * every)
    for key, kind in itertools.cycle(PHASES.items()):
        if time.perf_counter() >= until or tab.closed:
            break
        began = time.perf_counter()
        if await tab.until(partial(tab.shows, key), 3):
            await clicks.time(kind, tab.press(key))
        now = time.perf_counter()
        at_work += now - since if kind == "pause" else 0.0
        since = now
        await asyncio.sleep(max(0.05, every * rng.uniform(0.8, 1.2) - now + began))
    return at_work + (time.perf_counter() - since if tab.shows("pause_experiment") else 0.0)


def _done(tab: Tab) -> int:
    """How many members of a visitor's experiment are done, as its page shows."""
    found = [MEMBERS.search(text) for text in tab.texts()]
    counts = [int(it[1].replace(",", "")) for it in found if it]
    return counts[0] if counts else ALL if tab.shows("delete_experiment") else 0


def _done_since(before: list[int], tabs: list[Tab]) -> list[int]:
    return [_done(tab) - count for tab, count in zip(tabs, before, strict=True)]


def _are_fair(counts: list[int], at_work: list[float]) -> bool:
    """Whether each has as many members as its time at work is worth. Only members that are done
    count, so a count is up to one too low at either end.
    """
    rate = sum(counts) / max(1.0, sum(at_work))
    due = [rate * seconds for seconds in at_work]
    return all(abs(count - it) <= 1.0 + 0.2 * it for count, it in zip(counts, due, strict=True))
