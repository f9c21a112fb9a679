"""Scenario 4: hundreds come, train for a second and disconnect; what remains of them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from .browser_tab import Tab
from .measures import Clicks, listed, quantiles
from .server import Site, vitals
from .stage import Stage
from .visitors import clicking, come, ordinary, recipe, some_at_a_time, warm

TOGETHER = 10  # visitors that come at a time
KEPT_MB = 40  # for runs that no page shows
FILES, THREADS = 5, 3  # an increase up to this is no leak


async def play_droppers(stage: Stage) -> None:
    """4: the present visitors click before, while and after they come and drop."""
    report, clicks = stage.report, Clicks()
    async with stage.server() as site:
        report["warm"] = await warm(site)
        async with ordinary(stage, site, watch_every=1.0) as present:
            await _phases(stage, site, present, clicks)
        report.must("every click answered", not report["opening_errors"] and not clicks.errors)


async def _phases(stage: Stage, site: Site, present: list[Tab], clicks: Clicks) -> None:
    form, report = stage.form, stage.report
    calm, storm = 20.0 * form.share, max(form.seconds, 5.0)
    report["click_errors"] = lambda: listed(clicks.errors)
    began = time.perf_counter()
    report["calm_ms"] = lambda: quantiles(clicks.ms(until=began + calm))
    await _all_click(present, clicks, calm, form.every)
    before = report["before"] = await asyncio.to_thread(vitals, site.pid)
    gone = _Gone()
    report["droppers"] = gone.figures
    storming = time.perf_counter()
    report["storm_ms"] = lambda: quantiles(clicks.ms(since=storming))
    stop = asyncio.create_task(_all_click(present, clicks, storm * 4, form.every))
    await gone.come_and_drop(site, form.visitors, storm * 4)
    stop.cancel()
    await asyncio.gather(stop, return_exceptions=True)
    report["right_after"] = await asyncio.to_thread(vitals, site.pid)
    report.must("all of them came", lambda: gone.dropped == form.visitors)
    await _all_click(present, clicks, 120.0 * form.share, form.every)
    after = report["after"] = await asyncio.to_thread(vitals, site.pid)
    _judge(stage, before, after)


async def _all_click(tabs: list[Tab], clicks: Clicks, seconds: float, every: float) -> None:
    until = time.perf_counter() + seconds
    await asyncio.gather(*(clicking(tab, clicks, until, i, every) for i, tab in enumerate(tabs)))


def _judge(stage: Stage, before: dict[str, float], after: dict[str, float]) -> None:
    report = stage.report
    report.want(
        f"memory within 10 % of its start, {KEPT_MB} MB apart",
        after["rss"] <= 1.1 * before["rss"] + KEPT_MB,
    )
    report.want("open files as before", after["files"] <= before["files"] + FILES)
    report.want("threads as before", after["threads"] <= before["threads"] + THREADS)
    report.want(
        "the present visitors' p95 unharmed",
        lambda: report["storm_ms"]["p95"] <= max(100.0, 1.5 * report["calm_ms"]["p95"]),
    )


class _Gone:
    """The visitors who come, train for a second and disconnect."""

    def __init__(self) -> None:
        self.clicks, self.dropped, self.trained = Clicks(), 0, 0

    def figures(self) -> dict[str, Any]:
        """How far it is."""
        return {
            "dropped": self.dropped,
            "trained": self.trained,
            "page_ms": quantiles(self.clicks.ms("page")),
            "errors": listed(self.clicks.errors),
        }

    async def come_and_drop(self, site: Site, count: int, seconds: float) -> None:
        """Let `count` of them come, some at a time."""
        await some_at_a_time(
            [lambda seed=seed: self._one(site, seed) for seed in range(count)],
            TOGETHER,
            time.perf_counter() + seconds,
        )

    async def _one(self, site: Site, seed: int) -> None:
        tab = Tab(site.port, recipe(seed, units=64), base=site.base)
        try:
            began = time.perf_counter()
            if await come(tab, self.clicks, wait=30):
                await self.clicks.time("train", tab.press("play"))
                await asyncio.sleep(1.0)
            self.trained += tab.trains(began)
        finally:
            tab.drop()
            self.dropped += 1
