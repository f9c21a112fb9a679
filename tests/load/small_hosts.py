"""Small hosts: a share of a core, little memory, and what Community Cloud forces on an app."""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple

from .browser_tab import Tab
from .measures import Clicks, Watch, frames_per_second, listed, pace, quantiles
from .server import FORCED, Site
from .stage import Stage
from .visitors import arrive, clicking, leave, people, train, warm

CLOUD = "/~/+"  # where Community Cloud puts the app
KEPT_FREE = 0.8  # what the app takes of a container's memory, as dino/jobs/limits.py has it
ADVISED_MB = {690: 650}  # DINO_MEMORY_MB where docs/server.md names another value
MEMORY_MB = 690  # the least that Community Cloud promises
FULL, SHORT = (1.0, 0.1), (0.5,)  # shares of a core that the scenario plays
SPREAD = 3.0  # seconds within which visitors come


class Host(NamedTuple):
    """What a host gives an app."""

    cores: float
    memory_mb: int

    def server(self, stage: Stage) -> AbstractAsyncContextManager[Site]:
        """The app there, with the forced settings, below the host's path."""
        told = ADVISED_MB.get(self.memory_mb, KEPT_FREE * self.memory_mb)
        memory = {"DINO_MEMORY_MB": f"{told:g}"}
        how: dict[str, Any] = {"base": CLOUD, "flags": FORCED, "env": memory, "cores": self.cores}
        return stage.server(share=False, **how)


class Crowd:
    """Visitors of one server, who come in groups and stay. patience: seconds for page or Train."""

    def __init__(self, site: Site, patience: float) -> None:
        self.site, self.patience = site, patience
        self.tabs: list[Tab] = []
        self.opening, self.clicks, self.curves = Clicks(), Clicks(), list[float]()
        self.began = 0.0  # when they began to click

    async def come(self, tabs: list[Tab]) -> None:
        """They open the Lab within seconds, then press Train at once."""
        self.tabs += tabs
        self.opening, self.curves = Clicks(), []

        async def one(tab: Tab) -> None:
            took = await train(tab, self.opening, self.patience)
            self.curves += [took] if took is not None else []

        await arrive(tabs, self.opening, SPREAD * min(1.0, len(tabs) / 30), self.patience)
        await asyncio.gather(*map(one, tabs))

    async def work(self, seconds: float, every: float) -> None:
        """All of them click."""
        self.clicks, self.began = Clicks(), time.perf_counter()
        until = self.began + seconds
        await asyncio.gather(
            *(clicking(tab, self.clicks, until, i, every) for i, tab in enumerate(self.tabs))
        )

    @property
    def moving(self) -> int:
        """How many curves moved while they clicked."""
        now = time.perf_counter()
        return sum((pace(tab, self.began, now) or 0) > 0 for tab in self.tabs)

    def figures(self) -> dict[str, Any]:
        """What came out, valid also while it lasts."""
        now = time.perf_counter()
        redraws = [frames_per_second(tab, self.began, now) for tab in self.tabs]
        return {
            "page_ms": quantiles(self.opening.ms("page")),
            "first_curve_ms": quantiles(self.curves),
            "click_ms": quantiles(self.clicks.ms()),
            "moving": f"{self.moving} of {len(self.tabs)}",
            "redraws_per_second": min(redraws, default=0.0),
            "errors": listed(self.opening.errors + self.clicks.errors),
        }


async def play_cloud(stage: Stage) -> None:
    """Community Cloud: forced settings, its path, 690 MB; 1 core, then 0.1 (short form: 0.5)."""
    for cores in SHORT if stage.report.short else FULL:
        await _play_one(stage, Host(cores, MEMORY_MB))


async def _play_one(stage: Stage, host: Host) -> None:
    report, form, name = stage.report, stage.form, f"{host.cores:g} core: "
    async with host.server(stage) as site:
        report[name + "warm"] = await warm(site, form.limit / 2)
        crowd = Crowd(site, form.limit / 4)
        tabs, watch = people(site, form.visitors), Watch(site.pid)
        report[name + "visitors"], report[name + "server"] = crowd.figures, watch.figures
        stage.judge_pages(tabs)
        try:
            await crowd.come(tabs)
            report.must(name + "all of them train", len(crowd.curves) == len(tabs))
            await crowd.work(form.seconds, form.every)
            report.must(
                name + "every click answered", not crowd.opening.errors and not crowd.clicks.errors
            )
            report.must(name + "every curve moves", crowd.moving == len(tabs))
            report[name + "visitors"] = crowd.figures()
        finally:
            watch.stop()
            report[name + "server"] = figures = watch.figures()
            await leave(tabs)
        most = figures["memory_mb"]["most"]
        report.must(f"{name}at most {host.memory_mb} MB", most <= host.memory_mb)
