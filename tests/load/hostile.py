"""Scenario 5: ten ordinary visitors, and one who means harm."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Awaitable, Callable
from typing import Any

from . import attacks
from .attacks import Attacker
from .browser_tab import Tab
from .lessons import went_back
from .long_texts import KINDS as LONG_TEXTS
from .long_texts import long_texts
from .measures import Clicks, quantiles
from .pieces import pieces
from .stage import Stage
from .visitors import clicking, ordinary, warm

MEMORY_MB = 800  # what the server is told it may use
PEAK_MB = 1000
P95 = 250.0


async def play_hostile(stage: Stage) -> None:
    """5: every attack in turn, beside ordinary visitors who train and click."""
    more_files()
    report = stage.report
    report["cookies"] = "one for all hostile tabs" if stage.one_cookie else "a new one for each"
    async with stage.server(share=False, env={"DINO_MEMORY_MB": str(MEMORY_MB)}) as site:
        report["warm"] = await warm(site)
        clicks = Clicks()
        stage.judge_clicks(clicks, P95, "ordinary")
        async with ordinary(stage, site, watch_every=0.25) as tabs:
            await _under_attack(stage, Attacker(site, stage.one_cookie, 0.0), tabs, clicks)
        report["lock_held"] = site.held()
        report.want("nobody held Python's lock for over a second", lambda: not report["lock_held"])
    report.want(
        f"the server stays under {PEAK_MB} MB",
        lambda: report["server"]["memory_mb"]["most"] < PEAK_MB,
    )


async def _under_attack(stage: Stage, attacker: Attacker, tabs: list[Tab], clicks: Clicks) -> None:
    report, form = stage.report, stage.form
    for tab in tabs:
        await tab.ask()  # the tables of runs have their links now
    tokens = [tab.token for tab in tabs]
    report["attacks"] = lambda: dict(sorted(attacker.outcomes.items()))
    report["attackers_page_errors"] = lambda: dict(attacker.page_errors.most_common(20))
    report["lost"] = lambda: (
        went_back(tabs) + sum(a != tab.token for a, tab in zip(tokens, tabs, strict=True))
    )
    report.must("no ordinary visitor lost a run", lambda: not report["lost"])
    report.must(
        "a sentence, and no exception, on the attacker's page too", lambda: not attacker.page_errors
    )
    report.must(
        "a file in pieces is kept whole, or refused in a sentence, or ignored",
        lambda: not any("WRONG" in it for it in attacker.outcomes),
    )
    report.must("every long text finds its box", lambda: not _without_box(attacker))
    end = time.perf_counter() + form.limit
    clicked = [
        asyncio.create_task(clicking(tab, clicks, end, i, form.every)) for i, tab in enumerate(tabs)
    ]
    phases: dict[str, Any] = {}
    report["ordinary_by_attack_ms"] = lambda: phases
    try:
        for name, attack in _attacks(stage, attacker):
            began = time.perf_counter()
            attacker.until = began + form.seconds
            await _bounded(attacker, name, attack(), form.seconds + 20)
            phases[name] = quantiles(clicks.ms(since=began))
    finally:
        for task in clicked:
            task.cancel()
        await asyncio.gather(*clicked, return_exceptions=True)
    now = time.perf_counter()
    going = await asyncio.gather(*(tab.until(lambda t=tab: t.trains(now), 10) for tab in tabs))
    report["ordinary_runs_that_go_on"] = f"{sum(going)} of {len(tabs)}"
    report.must("the ordinary runs go on", all(going))


def _without_box(attacker: Attacker) -> list[str]:
    """The outcomes of long texts for which there was no box on the page."""
    kinds = tuple(LONG_TEXTS)
    return [it for it in attacker.outcomes if it.startswith(kinds) and "no widget" in it]


async def _bounded(attacker: Attacker, name: str, attack: Awaitable[None], seconds: float) -> None:
    try:
        await asyncio.wait_for(attack, seconds)
    except (OSError, KeyError, TimeoutError, asyncio.TimeoutError, IndexError) as error:
        attacker.outcomes[f"{name}: ended by {type(error).__name__} {error}"[:120]] += 1


def _attacks(stage: Stage, attacker: Attacker) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
    """All attacks, each at its share; the most harmful come last."""
    some = stage.form.some
    return [
        ("clear_cache", lambda: attacks.clear_caches(attacker, stage.form.seconds / 4)),
        ("uploads", lambda: attacks.uploads(attacker, some(300))),
        ("large uploads", lambda: attacks.uploads(attacker, some(100), 24 * attacks.MEGABYTE)),
        ("pieces", lambda: pieces(attacker, some(40), some(2000))),
        ("idle tabs", lambda: attacks.idle_tabs(attacker, some(85))),
        ("pastes", lambda: attacks.pastes(attacker, some(8))),
        ("streams", lambda: attacks.unread_streams(attacker, some(1000), stage.form.seconds / 4)),
        ("long texts", lambda: long_texts(attacker, some(100))),
        ("nonsense", lambda: attacks.senseless(attacker, some(10_000))),
        ("heavy tabs", lambda: attacks.heavy_tabs(attacker, some(50))),
    ]


def more_files() -> None:
    """Let this process have as many connections as the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
