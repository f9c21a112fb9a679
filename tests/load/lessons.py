"""Scenarios of a class: it arrives, warm and cold; it works; a crowd looks on; one is alone."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from typing import Any

from .browser_tab import Tab
from .headless import headless
from .measures import Clicks, Traffic, Watch, frames_per_second, listed, pace, quantiles, shares
from .server import Site
from .stage import Stage
from .visitors import OFF_TOGETHER, all_train, arrive, leave, lesson, people, recipe, warm

SPREAD = 3.0  # seconds within which a class arrives
SETTLE = 10.0  # seconds before shares are counted


async def play_arrive(stage: Stage) -> None:
    """1, warm: thirty within 3 s, then all press Train at once."""
    async with stage.server() as site:
        stage.report["warm"] = await warm(site)
        await _arrival(stage, site, page=2000, trained=3000)


async def play_cold(stage: Stage) -> None:
    """1, cold: the same on a server that has just started, with no kernels on disk."""
    with tempfile.TemporaryDirectory() as folder:
        async with stage.server(share=False, env={"NUMBA_CACHE_DIR": folder}) as site:
            await _arrival(stage, site, page=5000, trained=15_000, kernels=60.0)


async def _arrival(
    stage: Stage, site: Site, page: float, trained: float, kernels: float = 0.0
) -> None:
    report, clicks, tabs = stage.report, Clicks(), people(site, stage.form.visitors)
    began, watch, took = time.perf_counter(), Watch(site.pid), []
    report["page_ms"] = lambda: quantiles(clicks.ms("page"))
    report["pressed_ms"] = lambda: quantiles(clicks.ms("train"))
    report["trained_ms"] = lambda: quantiles(it for it in took if it is not None)
    report["trained"] = lambda: f"{sum(it is not None for it in took)} of {len(tabs)}"
    report["errors"], report["server"] = lambda: listed(clicks.errors), watch.figures
    report.must("every click answered", lambda: not clicks.errors)
    report.must("all of them train", lambda: len(took) == len(tabs) and None not in took)
    report.want(f"page p95 at most {page:g} ms", lambda: report["page_ms"]["p95"] <= page)
    report.want(f"all train within {trained:g} ms", lambda: report["trained_ms"]["max"] <= trained)
    stage.judge_pages(tabs)
    try:
        await arrive(tabs, clicks, SPREAD * min(1.0, len(tabs) / 30))
        took += await all_train(tabs, clicks)
        if kernels and not report.short:
            await _on_kernels(stage, tabs, began, kernels)
    finally:
        watch.stop()
        await leave(tabs)


async def _on_kernels(stage: Stage, tabs: list[Tab], began: float, bound: float) -> None:
    """Wait until everybody trains on the kernels."""
    report, when = stage.report, []

    async def one(tab: Tab) -> None:
        if await tab.until(lambda: tab.trains(engine="compiled"), 3 * bound):
            when.append(1000 * (time.perf_counter() - began))

    report["on_kernels_ms"] = lambda: quantiles(when)
    report["engines"] = lambda: listed([tab.frame.engine for tab in tabs if tab.frame])
    report.must("all of them train on the kernels in the end", lambda: len(when) == len(tabs))
    report.want(
        f"all on kernels within {bound:g} s of the first arrival",
        lambda: report["on_kernels_ms"]["max"] <= 1000 * bound,
    )
    await asyncio.gather(*map(one, tabs))


async def play_class(stage: Stage) -> None:
    """2: thirty train 128 units, click every 5 s, and look once at each of the other pages."""
    report, form = stage.report, stage.form
    if not report.short:
        alone = report["headless"] = await headless(form.training, 8, stage.code)
        report["of_headless"] = lambda: round(
            report["shares"]["names_per_second"] / alone["names_per_second"], 3
        )
    async with stage.server() as site:
        report["warm"] = await warm(site)
        await _work(stage, site, p95=100, more={"p50": 30, "p99": 250})
    report.want(
        "each of them gets at least 2 frames a second",
        lambda: report["frames_per_second"]["least"] >= 2,
    )
    report.want(
        "every share within 20 % of the mean",
        lambda: report["shares"]["least"] >= 0.8 and report["shares"]["most"] <= 1.2,
    )
    report.want("at least 75 % of the headless pool", lambda: report["of_headless"] >= 0.75)
    report.want("memory at most 500 MB", lambda: report["server"]["memory_mb"]["most"] <= 500)
    report.want(
        "memory flat after the first minute",
        lambda: (
            report["server"]["memory_mb"]["end"] <= 1.03 * report["server"]["memory_mb"]["minute"]
        ),
    )


async def play_crowd(stage: Stage) -> None:
    """3: a hundred are connected, thirty of them train."""
    async with stage.server() as site:
        stage.report["warm"] = await warm(site)
        await _work(stage, site, p95=500)


async def _work(stage: Stage, site: Site, p95: float, more: dict[str, float] | None = None) -> None:
    form, clicks, opening = stage.form, Clicks(), Clicks()
    mixed = round(form.mixed * form.visitors)
    tabs = people(site, form.visitors, mixed=mixed)
    _tell_opening(stage, opening)
    stage.judge_clicks(clicks, p95, more=more)
    stage.judge_pages(tabs)
    watch = traffic = None
    try:
        await arrive(tabs, opening, max(SPREAD, 0.1 * len(tabs)) * min(1.0, len(tabs) / 30))
        took = await all_train(tabs[: form.training], opening)
        stage.report.must("all who press Train train", None not in took)
        watch, traffic, began = Watch(site.pid), Traffic(tabs), time.perf_counter()
        stage.report["kb_a_visitor_and_minute"] = traffic.figures
        until = began + form.seconds
        _tell_work(stage, tabs, watch, began, until)
        await asyncio.gather(
            *(lesson(tab, clicks, until, i, form.every) for i, tab in enumerate(tabs))
        )
        together = sum(tab.shows(OFF_TOGETHER) for tab in tabs)
        stage.report["write_together"] = together
        stage.report.must("as many write together with counting as should", together == mixed)
    finally:
        for measuring in filter(None, (watch, traffic)):
            measuring.stop()
        await leave(tabs)


def _tell_opening(stage: Stage, opening: Clicks) -> None:
    report = stage.report
    report["page_ms"] = lambda: quantiles(opening.ms("page"))
    report["train_ms"] = lambda: quantiles(opening.ms("train"))
    report["opening_errors"] = lambda: listed(opening.errors)
    report.must("every page opened, every Train answered", lambda: not opening.errors)


def _tell_work(stage: Stage, tabs: list[Tab], watch: Watch, began: float, until: float) -> None:
    """Figures of a period of work, valid also while it lasts."""
    report, learners = stage.report, tabs[: stage.form.training]
    settled = began + min(SETTLE, stage.form.seconds / 3)

    def now() -> float:
        return min(until, time.perf_counter())

    def frames() -> dict[str, Any]:
        each = [frames_per_second(tab, began, now()) for tab in learners]
        return {"least": min(each), "mean": round(sum(each) / len(each), 2)}

    report["shares"] = lambda: shares(learners, settled, now())
    report["frames_per_second"] = frames
    report["heard"] = lambda: listed([tab.heard or "nothing" for tab in tabs])
    report["engines"] = lambda: listed([tab.frame.engine for tab in learners if tab.frame])
    report["server"] = watch.figures
    report.must("every learner's steps are seen", lambda: not report["shares"]["unseen"])
    report.must("no run is lost", lambda: not went_back(learners))
    report["names_written"] = lambda: round(sum(len(tab.written) for tab in tabs) / len(tabs), 1)
    report.must("no older name after a newer one", lambda: not wrote_older(tabs))


def went_back(tabs: list[Tab]) -> int:
    """How often a run had fewer steps than before, or was lost."""
    return sum(
        b.step < a.step or b.phase == "none"
        for tab in tabs
        for a, b in zip(tab.frames, tab.frames[1:], strict=False)
    )


def wrote_older(tabs: list[Tab]) -> int:
    """How often a name of older weights came after one of newer weights of the same run."""
    return sum(
        b["step"] < a["step"] and b["run"] == a["run"]
        for tab in tabs
        for a, b in itertools.pairwise(tab.written)
    )


async def play_alone(stage: Stage) -> None:
    """7 (8 in the issue): one visitor on a server that was started a minute ago."""
    report, form = stage.report, stage.form
    if not report.short:
        report["headless"] = await headless(1, 8, stage.code)
    async with stage.server() as site:
        if not report.short:
            await asyncio.sleep(max(0.0, 60 - (time.perf_counter() - site.started)))
        tab, clicks, watch = Tab(site.port, recipe(1), base=site.base), Clicks(), None
        traffic = None
        stage.judge_pages([tab])
        try:
            await _first_curve(stage, tab, clicks)
            watch, traffic, began = Watch(site.pid), Traffic([tab]), time.perf_counter()
            report["server"] = watch.figures
            report["kb_a_visitor_and_minute"] = traffic.figures
            await asyncio.sleep(form.seconds)
            now = time.perf_counter()
            report["frames_per_second"] = frames_per_second(tab, began, now)
            report["names_per_second"] = round(pace(tab, began, now) or 0)
        finally:
            for measuring in filter(None, (watch, traffic)):
                measuring.stop()
            await tab.close()
    report.must("its steps are seen", lambda: report["names_per_second"] > 0)
    report.want("first curve within 2 s", lambda: report["first_curve_ms"] <= 2000)
    report.want("10 frames a second", lambda: report["frames_per_second"] >= 10)
    report.want(
        "at least 95 % of the pool's pace",
        lambda: report["names_per_second"] >= 0.95 * report["headless"]["names_per_second"],
    )


async def _first_curve(stage: Stage, tab: Tab, clicks: Clicks) -> None:
    """Open, press Train as soon as the button is there, see a step."""
    report, began = stage.report, time.perf_counter()

    def passed() -> int:
        return round(1000 * (time.perf_counter() - began))

    report["clicks"] = clicks.figures
    report.must("every click answered", lambda: not clicks.errors)
    await clicks.time("page", tab.open())
    await tab.until(lambda: tab.has("play"), 60)
    report["button_ms"] = passed()
    await clicks.time("train", tab.press("play"))
    await tab.until(lambda: tab.trains(began), 60)
    report["first_curve_ms"] = passed()
