"""Scenarios of other hosts: one that runs app.py as a plain script; one that puts a prefix."""

from __future__ import annotations

import asyncio
import time

from .browser_tab import EVENTS, Tab
from .measures import Clicks, Watch, listed, quantiles
from .stage import Stage
from .visitors import all_train, arrive, clicking, leave, people, recipe, train
from .web import ask

PREFIX = "/course/dino"


async def play_plain(stage: Stage) -> None:
    """8 (9 in the issue): no routes; everything works by polling."""
    report, form = stage.report, stage.form
    async with stage.server(share=False, plain=True) as site:
        tabs, opening, clicks = people(site, form.visitors), Clicks(), Clicks()
        report["page_ms"] = lambda: quantiles(opening.ms("page"))
        report["opening_errors"] = lambda: listed(opening.errors)
        report["heard"] = lambda: listed([tab.heard or "nothing" for tab in tabs])
        report["frames"] = lambda: quantiles(len(tab.frames) for tab in tabs)
        report.must("every page opened, every Train answered", lambda: not opening.errors)
        report.must("all of them poll", lambda: all(tab.heard == "poll" for tab in tabs))
        stage.judge_clicks(clicks, 250)
        stage.judge_pages(tabs)
        watch = Watch(site.pid)
        report["server"] = watch.figures
        try:
            await arrive(tabs, opening, 1.0)
            took = await all_train(tabs, opening)
            report.must("all of them train", None not in took)
            until = time.perf_counter() + form.seconds
            await asyncio.gather(
                *(clicking(tab, clicks, until, i, form.every) for i, tab in enumerate(tabs))
            )
        finally:
            watch.stop()
            await leave(tabs)


async def play_prefix(stage: Stage) -> None:
    """9: behind server.baseUrlPath the stream answers where the page is."""
    report = stage.report
    async with stage.server(share=False, base=PREFIX) as site:
        tab, clicks = Tab(site.port, recipe(4), base=PREFIX), Clicks()
        stage.judge_pages([tab])
        report["clicks"] = clicks.figures
        report.must("every click answered", lambda: not clicks.errors)
        try:
            await arrive([tab], clicks, 0.0)
            report["trained_ms"] = await train(tab, clicks)
            began = len(tab.frames)
            await asyncio.sleep(stage.form.seconds)
            report["frames"] = len(tab.frames) - began
            report["heard"], report["no_stream"] = tab.heard, tab.no_stream
        finally:
            await tab.close()
        for name, path in (("with", PREFIX + EVENTS), ("without", EVENTS)):
            answer = await ask(site.port, path, wait=3)
            report[f"no_key_{name}_prefix"] = f"{answer.status} {answer.header('content-type')}"
    report.must("its stream is heard", lambda: report["heard"] == "stream")
    report.must("frames come", lambda: report["frames"] > 0)
