"""What visitors do: come, train, click, look around, leave."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TypeVar

from .browser_tab import Tab
from .measures import Clicks, Watch, listed
from .server import Site
from .stage import Stage

POINTING = 3  # clicks, after each of which a visitor points at a unit
MIX = ("hidden_size", "temperature", "write", "write", "temperature", "pause")
TOGETHER, OFF_TOGETHER = "&mix=sixes:0.5", "off_mix"  # in an address; a button while that is on
T = TypeVar("T")


def recipe(seed: int, units: int = 128, steps: int = 100_000, more: str = "") -> str:
    """The address of a run that lasts long."""
    return f"hidden_size={units}&max_steps={steps}&seed={seed}{more}"


def people(site: Site, count: int, units: int = 128, mixed: int = 0) -> list[Tab]:
    """Visitors who have not arrived yet, each with a different recipe; the first `mixed` of them
    write names together with counting.
    """
    return [
        Tab(site.port, recipe(seed, units, more=TOGETHER * (seed < mixed)), base=site.base)
        for seed in range(count)
    ]


async def come(tab: Tab, clicks: Clicks, after: float = 0.0, wait: float = 60.0) -> bool:
    """Open the Lab; a click of kind 'page' that lasts until it is whole. Whether it came."""
    await asyncio.sleep(after)

    async def whole():
        began = time.perf_counter()
        took = await tab.open(wait=wait)
        if not await tab.until(lambda: tab.whole, wait - (time.perf_counter() - began)):
            raise TimeoutError(tab.closed or f"the page was not whole in {wait:g} s")
        return took._replace(done=1000 * (time.perf_counter() - began))

    return await clicks.time("page", whole())


async def arrive(tabs: list[Tab], clicks: Clicks, spread: float, wait: float = 60.0) -> None:
    """All open the Lab within `spread` seconds."""
    step = spread / max(1, len(tabs) - 1)
    await asyncio.gather(*(come(tab, clicks, step * i, wait) for i, tab in enumerate(tabs)))


async def train(tab: Tab, clicks: Clicks, wait: float = 60.0) -> float | None:
    """Press Train. Milliseconds until a frame shows a step; None if none did."""
    began = time.perf_counter()
    if not await clicks.time("train", tab.press("play")):
        return None
    if not await tab.until(lambda: tab.trains(began), wait - (time.perf_counter() - began)):
        return None
    return 1000 * (next(f.at for f in tab.frames if f.at >= began and f.step > 0) - began)


async def all_train(tabs: list[Tab], clicks: Clicks, wait: float = 60.0) -> list[float | None]:
    """All press Train at once."""
    return list(await asyncio.gather(*(train(tab, clicks, wait) for tab in tabs)))


async def warm(site: Site, wait: float = 120.0) -> bool:
    """Somebody trains on the kernels and leaves: then the server has all that it loads."""
    tab, clicks = Tab(site.port, recipe(999), base=site.base), Clicks()
    try:
        if not await come(tab, clicks, wait=wait):
            return False
        await train(tab, clicks, wait)
        return await tab.until(lambda: tab.trains(engine="compiled"), wait)
    finally:
        await tab.close()


async def click_once(tab: Tab, kind: str, clicks: Clicks, rng: random.Random) -> None:
    """One click of the mix; Pause is followed by Train on."""
    if kind == "pause":
        await tab.until(lambda: any(map(tab.shows, ("pause", "play", "extend"))), 2)
    if kind == "pause" and tab.has("pause"):
        if await clicks.time("pause", tab.press("pause")):
            await tab.until(lambda: tab.has("play"), 5)
            # with other settings on the controls, an offer continues the run
            await clicks.time("train on", tab.press("last" if tab.has("last") else "play"))
    elif kind == "hidden_size":
        await clicks.time(kind, tab.set(kind, str(rng.randint(1, 512))))
    elif kind == "temperature":
        await clicks.time(kind, tab.set(kind, rng.randint(2, 40) / 20))
    else:
        await clicks.time("write", tab.press("write"))


async def clicking(tab: Tab, clicks: Clicks, until: float, seed: int, every: float = 5.0) -> None:
    """Click every few seconds until the time is up."""
    rng = random.Random(seed)
    await asyncio.sleep(rng.random() * min(every, max(0.0, until - time.perf_counter())))
    for number in itertools.count(seed):
        began = time.perf_counter()
        if began > until or tab.closed:
            return
        await click_once(tab, MIX[number % len(MIX)], clicks, rng)
        if number % POINTING == 0 and tab.shows_units:
            await clicks.time("unit", tab.point(rng.random()))
        spent = time.perf_counter() - began
        await asyncio.sleep(max(0.05, every * rng.uniform(0.8, 1.2) - spent))


async def looking_around(tab: Tab, clicks: Clicks, stay: float) -> None:
    """Once to each of the other pages and back."""
    for page in ("inside", "data"):
        if not tab.closed and await clicks.time(page, tab.go(page)):
            await asyncio.sleep(stay)
            await clicks.time("back", tab.go(""))
            await tab.until(lambda: tab.whole, 30)


async def lesson(
    tab: Tab, clicks: Clicks, until: float, seed: int, every: float = 5.0, looks: bool = True
) -> None:
    """Click, and once, somewhere in the middle, look at the other pages."""
    total = until - time.perf_counter()
    if looks:
        middle = time.perf_counter() + total * random.Random(1000 + seed).uniform(0.2, 0.7)
        await clicking(tab, clicks, middle, seed, every)
        await looking_around(tab, clicks, min(every / 2, total / 10))
    await clicking(tab, clicks, until, seed + 1, every)


async def leave(tabs: Iterable[Tab]) -> None:
    """All close their tabs."""
    await asyncio.gather(*(tab.close() for tab in tabs), return_exceptions=True)


@asynccontextmanager
async def ordinary(stage: Stage, site: Site, watch_every: float) -> AsyncIterator[list[Tab]]:
    """Visitors who have come and train, until they leave; the server is watched meanwhile."""
    report, tabs, opening = stage.report, people(site, stage.form.training), Clicks()
    stage.judge_pages(tabs)
    watch = Watch(site.pid, every=watch_every)
    report["server"] = watch.figures
    try:
        await arrive(tabs, opening, 1.0)
        await all_train(tabs, opening)
        report["opening_errors"] = listed(opening.errors)
        yield tabs
    finally:
        watch.stop()
        await leave(tabs)


async def some_at_a_time(
    work: Iterable[Callable[[], Awaitable[T]]], together: int, until: float
) -> list[T | BaseException]:
    """Do all work, `together` pieces at the same time, as far as possible until `until`."""
    left, results = iter(list(work)), []

    async def hand() -> None:
        for make in left:
            seconds = until - time.perf_counter()
            if seconds <= 0:
                return
            try:
                results.append(await asyncio.wait_for(make(), seconds))
            except asyncio.TimeoutError as error:
                results.append(error if str(error) else TimeoutError("the time was over"))
            except Exception as error:  # told by its type; the others go on
                results.append(error)

    await asyncio.gather(*(hand() for _ in range(together)))
    return results
