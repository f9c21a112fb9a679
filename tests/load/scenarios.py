"""The scenarios by name, in their short and full forms, and how one is played within its time."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from .experiments import play_experiments
from .hostile import play_hostile
from .hosts import play_plain, play_prefix
from .learning import play_learning
from .leavers import play_droppers
from .lessons import play_alone, play_arrive, play_class, play_cold, play_crowd
from .report import Report
from .server import ROOT, Site
from .small_hosts import play_cloud
from .stage import Form, Stage
from .stranger import play_stranger
from .web import ask


class Scenario(NamedTuple):
    """A scenario and its sizes. shares: whether it can use a server that already runs."""

    play: Callable[[Stage], Awaitable[None]]
    short: Form
    full: Form
    shares: bool = True

    @property
    def about(self) -> str:
        """Its first line."""
        return (self.play.__doc__ or "").strip().splitlines()[0]


SCENARIOS = {
    "arrive": Scenario(play_arrive, Form(6, 6, 0, 60), Form(30, 30, 0, 300)),
    "cold": Scenario(play_cold, Form(4, 4, 0, 60), Form(30, 30, 0, 400), shares=False),
    "class": Scenario(play_class, Form(5, 5, 6, 75, 1.5, mixed=0.4), Form(30, 30, 300, 700)),
    "crowd": Scenario(play_crowd, Form(10, 3, 4, 75, 2.0), Form(100, 30, 300, 700)),
    "droppers": Scenario(
        play_droppers, Form(10, 2, 3, 75, 1.0, 0.05), Form(500, 4, 250, 1500, 2.0)
    ),
    "hostile": Scenario(
        play_hostile, Form(3, 3, 5, 120, 1.0, 0.01), Form(10, 10, 120, 1200), shares=False
    ),
    "stranger": Scenario(play_stranger, Form(1, 1, 0, 120), Form(1, 1, 0, 240)),
    "alone": Scenario(play_alone, Form(1, 1, 3, 60), Form(1, 1, 20, 300)),
    "experiments": Scenario(play_experiments, Form(3, 3, 4, 90, 1.5), Form(30, 30, 120, 400)),
    "learning": Scenario(play_learning, Form(3, 3, 2, 120, 1.0), Form(30, 30, 90, 700)),
    "plain": Scenario(play_plain, Form(3, 3, 4, 60, 1.5), Form(10, 10, 60, 240), shares=False),
    "prefix": Scenario(play_prefix, Form(1, 1, 2, 60), Form(1, 1, 10, 90), shares=False),
    "cloud": Scenario(play_cloud, Form(3, 3, 4, 90, 1.5), Form(10, 10, 60, 600), shares=False),
}
ALONE = "class"  # what is played where none is named


def stage_of(
    name: str,
    short: bool,
    app: Path | None = None,
    site: Site | None = None,
    one_cookie: bool = False,
) -> Stage:
    """A stage for a scenario."""
    scenario = SCENARIOS[name]
    return Stage(
        scenario.short if short else scenario.full,
        Report(name, short),
        app or ROOT / "app.py",
        site,
        one_cookie,
    )


async def play(stage: Stage, scenario: Callable[[Stage], Awaitable[None]] | None = None) -> Report:
    """Play it within its time. What it has found by then is in the report, whatever happens."""
    report = stage.report
    work = scenario or SCENARIOS[report.name].play
    try:
        await asyncio.wait_for(work(stage), stage.form.limit)
    except (TimeoutError, asyncio.TimeoutError):
        report.cut = f"its {stage.form.limit:g} s were over"
        report["server_then"] = await _health(stage.site)
    except asyncio.CancelledError:
        report.cut = "it was told to stop"
        raise
    except Exception as error:  # a scenario that fails must not take the others' figures along
        report.cut = f"{type(error).__name__}: {error}"
    return report


async def _health(site: Site | None) -> str:
    """The health of a server that others share."""
    if site is None:
        return "ended"
    try:
        return (await ask(site.port, f"{site.base}/dino/health", wait=5)).body.decode()
    except (OSError, TimeoutError, asyncio.TimeoutError) as error:
        return f"{type(error).__name__} {error}"


async def play_all(stages: Iterable[Stage], tell: Callable[[Report], None]) -> None:
    """Play one after the other; tell each report, also of one that a signal ends."""
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)  # type: ignore[union-attr]  # we are in a task
    for stage in stages:
        try:
            await play(stage)
        finally:
            tell(stage.report)


def short_forms(
    names: Iterable[str] = tuple(SCENARIOS),
    app: Path | None = None,
    site: Site | None = None,
    patience: float = 1.0,
) -> dict[str, Report]:
    """The short forms, one after the other, as CI plays them: their reports by name.

    site: a server that runs, for those that can share one; the others start their own.
    patience: how many times its limit each may take.
    """

    async def run() -> dict[str, Report]:
        return {
            name: await play(stage_of(name, True, app, site).patient(patience)) for name in names
        }

    return asyncio.run(run())
