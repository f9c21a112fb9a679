"""A class that experiments: each trains 18 small members, and clicks on the page meanwhile."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import time
from collections.abc import Sequence
from typing import NamedTuple

from dino.jobs import limits
from dino.machine import threads

from .browser_tab import Tab
from .measures import Clicks, Watch
from .server import Site
from .stage import Stage
from .visitors import arrive, leave, warm

UNITS, STEPS, ALL = 16, 4000, 18  # ALL: the members of an experiment
Span = tuple[float, float]  # from when to when, in seconds
MEMBERS = re.compile(r"([\d,]+) of ([\d,]+) members are done")
PAUSE, CONTINUE = "pause_experiment", "continue_experiment"  # keys of a button: it has one of them


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
        spans: list[list[Span]] = [[] for _ in tabs]  # when its experiment was not paused
        lost: list[int] = []
        report["clicks_without_effect"] = lambda: sum(lost)
        report["members_done_and_due"] = lambda: sorted(
            [count, round(due, 1)] for count, due in _shares(_done_since(before, tabs), spans)
        )
        report.must("members are trained", lambda: any(_done(tab) for tab in tabs))
        report.want(
            "members within 20 % of an equal share of the time at work, and one member",
            lambda: _are_fair(_done_since(before, tabs), spans),
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
            for i, spell in enumerate(await asyncio.gather(*each)):
                spans[i] = spell.at_work
                lost.append(spell.lost_clicks)
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


class Spell(NamedTuple):
    """When an experiment was not paused, and how many clicks changed nothing within 2 s."""

    at_work: list[Span]
    lost_clicks: int


async def _work(tab: Tab, clicks: Clicks, until: float, seed: int, every: float) -> Spell:
    """Press the button that pauses or continues it, every few seconds, until the time is up."""
    rng, at_work, lost, since = random.Random(seed), list[Span](), 0, time.perf_counter()
    await asyncio.sleep(rng.random() * every)
    while time.perf_counter() < until and not tab.closed:
        began = time.perf_counter()
        if await tab.until(lambda: tab.shows(PAUSE) or tab.shows(CONTINUE), 3):
            pauses = tab.shows(PAUSE)
            key, kind, other = (
                (PAUSE, "pause", CONTINUE) if pauses else (CONTINUE, "continue", PAUSE)
            )
            await clicks.time(kind, tab.press(key))
            now = time.perf_counter()
            if await tab.until(lambda shown=other: tab.shows(shown), 2):
                at_work += [(since, now)] if pauses else []
                since = now
            else:
                lost += 1
        pause = every * rng.uniform(0.8, 1.2) - (time.perf_counter() - began)
        await asyncio.sleep(max(0.05, pause))
    return Spell(at_work + ([(since, time.perf_counter())] if tab.shows(PAUSE) else []), lost)


def _done(tab: Tab) -> int:
    """How many members of a visitor's experiment are done, as its page shows."""
    found = [MEMBERS.search(text) for text in tab.texts()]
    counts = [int(it[1].replace(",", "")) for it in found if it]
    return counts[0] if counts else ALL if tab.shows("delete_experiment") else 0


def _done_since(before: list[int], tabs: list[Tab]) -> list[int]:
    return [_done(tab) - count for tab, count in zip(tabs, before, strict=True)]


def time_due(spans: Sequence[Sequence[Span]], workers: int) -> list[float]:
    """The seconds of a worker that are due to each, from the spans in which it was at work: at any
    moment those at work share the workers equally, and nobody has more than one.

    Clicks come in waves, so at one moment thirty share the workers and at another three.
    """
    due = [0.0] * len(spans)
    edges = sorted({edge for each in spans for span in each for edge in span})
    for begin, end in itertools.pairwise(edges):
        present = [
            i for i, each in enumerate(spans) if any(a <= begin and end <= b for a, b in each)
        ]
        for i in present:
            due[i] += (end - begin) * min(1.0, workers / len(present))
    return due


def _shares(counts: list[int], spans: list[list[Span]]) -> list[tuple[int, float]]:
    """The members that each has, and those that are due to it."""
    due = time_due(spans, min(limits.MOST_WORKERS, threads()))
    rate = sum(counts) / max(1.0, sum(due))
    return [(count, rate * seconds) for count, seconds in zip(counts, due, strict=True)]


def _are_fair(counts: list[int], spans: list[list[Span]]) -> bool:
    """Whether each has as many members as are due. Only members that are done count, so a count is
    up to one too low at either end.
    """
    return all(abs(count - due) <= 1.0 + 0.2 * due for count, due in _shares(counts, spans))
