"""Scenario 6: a stranger with the link to a run tries every action, its owner there or away.

Every action goes out as a message of its own, whether or not the stranger's page has that button.
"""

from __future__ import annotations

import asyncio
import time

from .browser_tab import Tab
from .measures import Clicks
from .run_buttons import OF_RUN, act_state
from .server import Site
from .stage import Stage
from .visitors import come, leave, recipe, train
from .widgets import Widget, pressed

ACTIONS = (
    ("", "play"),
    ("", "pause"),
    ("", "step"),
    ("", "reset"),
    ("", "extend"),
    ("", "write"),
    ("", "new"),
    ("", "continue"),
    ("", "watch"),
    ("inside", "stop_offer"),
)
FEW = ("pause", "reset", "write")  # those that the short form tries with the owner away
PATIENCE = 5.0  # seconds to wait for actions that are probably ignored


async def play_stranger(stage: Stage) -> None:
    """6: each action alone, by a stranger of its own."""
    report = stage.report
    async with stage.server() as site:
        clicks = Clicks()
        report["clicks_to_learn_the_buttons"] = clicks.figures
        report.must("each of them answered", lambda: not clicks.errors)
        known = await learn_buttons(site, clicks)
        report["buttons_known"] = sorted(known)
        tried: dict[str, str] = {}
        report["tried"] = lambda: tried
        report.must(
            "every action refused",
            lambda: not any(word.startswith("HARM") for word in tried.values()),
        )
        away = [it for it in ACTIONS if not report.short or it[1] in FEW]
        report.must("every action tried", lambda: len(tried) == len(ACTIONS) + len(away))
        owner = Tab(site.port, recipe(3, units=32), base=site.base)
        try:
            report["owner_trains"] = await _comes_and_trains(owner)
            for page, key in ACTIONS:
                tried[f"{key}, owner there"] = await _while_there(site, owner, page, key, known)
            for page, key in away:
                owner, word = await _while_away(site, owner, page, key, known)
                tried[f"{key}, owner away"] = word
        finally:
            await owner.close()
    report.must("the owner's page has no error", not owner.errors)


async def _comes_and_trains(tab: Tab) -> bool:
    clicks = Clicks()
    return (
        await come(tab, clicks)
        and await train(tab, clicks) is not None
        and bool(await tab.ask())  # the table of runs has it now, with its link
        and await tab.until(lambda: bool(tab.token), PATIENCE)
    )


async def learn_buttons(site: Site, clicks: Clicks) -> dict[str, Widget | None]:
    """The buttons of every state of a run, as another visitor sees them on a run of their own."""
    known: dict[str, Widget | None] = {}

    def learn(tab: Tab) -> None:
        for widget in tab.widgets():
            known.update({key: widget for _, key in ACTIONS if widget.id.endswith(f"-{key}")})
        known.update({key: None for _, key in ACTIONS if key in OF_RUN and tab.shows(key)})

    done, busy, fresh = (
        Tab(site.port, recipe(9, units=8, steps=steps), base=site.base)
        for steps in (20, 100_000, 100_000)
    )
    try:
        await come(done, clicks)
        learn(done)
        await train(done, clicks)
        await done.until(lambda: done.has("extend"), PATIENCE)
        learn(done)
        for name, value in (("max_steps", "30"), ("hidden_size", "9")):
            if done.has(name):
                await clicks.time("set", done.set(name, value))
            await done.until(lambda: done.has("new"), PATIENCE)
            learn(done)
        await come(busy, clicks)
        await train(busy, clicks)
        learn(busy)
        await fresh.open("inside")  # which offers to train one where there is none
        await fresh.until(lambda: fresh.has("offer") or fresh.shows("stop_offer"), PATIENCE)
        if fresh.has("offer"):
            await clicks.time("offer", fresh.press("offer"))
        await fresh.until(lambda: fresh.shows("stop_offer"), PATIENCE)
        learn(fresh)
    finally:
        await leave((done, busy, fresh))
    return known


async def _strangers_act(
    site: Site, token: str, page: str, key: str, known: dict[str, Widget | None]
) -> str:
    """A stranger opens the link and sends the action. Returns what happened on their page."""
    stranger = Tab(site.port, f"run={token}", base=site.base)
    try:
        await stranger.open()
        await stranger.until(lambda: stranger.whole, PATIENCE)
        if page:
            await stranger.go(page)
            await asyncio.sleep(0.3)
        shown, of_run = stranger.shows(key), key in OF_RUN
        widget = stranger.sender() if of_run else stranger.find(key) if shown else known.get(key)
        if widget is None:
            return "no page has this button"
        usable = "shown" if stranger.has(key) else "disabled" if shown else "not shown"
        click = [{"n": stranger.done + 1, "action": key, "times": 1}]
        state = act_state(widget.id, click) if of_run else pressed(widget.id)
        try:
            await stranger.ask(widget.fragment, [state], wait=PATIENCE)
            answer = "answered"
        except TimeoutError:
            answer = "ignored"
        await asyncio.sleep(0.5)
        return f"{usable}, {answer}" + "".join(f", {error}" for error in stranger.errors[:1])
    finally:
        await stranger.close()


async def _while_there(
    site: Site, owner: Tab, page: str, key: str, known: dict[str, Widget | None]
) -> str:
    """The owner stays: their run trains before and after, or they see the same names."""
    token, step = owner.token, owner.frame.step if owner.frame else 0
    names: tuple[str, ...] = ()
    if key == "write":
        await owner.press("write")
        await _settle(owner, "pause")
        await owner.ask()
        names = _names(owner)
    word = await _strangers_act(site, token, page, key, known)
    if key == "write":
        await owner.ask()
        word = _harm(names, _names(owner), word)
        await _settle(owner, "play")
        return word
    return await _judge(owner, token, step, word)


async def _while_away(
    site: Site, owner: Tab, page: str, key: str, known: dict[str, Widget | None]
) -> tuple[Tab, str]:
    """The owner drops out, comes back in the same browser, and finds the run as it was."""
    token, step = owner.token, owner.frame.step if owner.frame else 0
    names: tuple[str, ...] = ()
    if key == "write":
        await _settle(owner, "pause")
        owner = await _back(site, owner)
        names = _names(owner)
    owner.drop()
    await asyncio.sleep(0.5)
    word = await _strangers_act(site, token, page, key, known)
    owner = await _back(site, owner)
    if key == "write":
        word = _harm(names, _names(owner), word)
        await _settle(owner, "play")
        return owner, word
    return owner, await _judge(owner, token, step, word)


async def _back(site: Site, owner: Tab) -> Tab:
    """The owner's browser opens its link again."""
    again = Tab(site.port, f"run={owner.token}", owner.cookies, site.base)
    owner.drop()
    await again.open()
    await again.until(lambda: again.whole, PATIENCE)
    return again


async def _settle(owner: Tab, key: str) -> None:
    """Press Pause or Train on, and see that the page has the other button."""
    if await owner.until(lambda: owner.has(key), PATIENCE):
        await owner.press(key)
    await owner.until(lambda: owner.has("play" if key == "pause" else "pause"), PATIENCE)
    await asyncio.sleep(1.0)  # for the names that are written when a run stops


async def _judge(owner: Tab, token: str, step: int, word: str) -> str:
    """Whether the run still belongs to the owner, and continues from where it was."""
    now = time.perf_counter()
    on = await owner.until(
        lambda: owner.trains(now) and owner.phase == "running" and owner.has("pause"), PATIENCE
    )
    frame = owner.frame
    if owner.token != token:
        return f"HARM: another run ({word})"
    if not on or frame is None:
        found = frame and frame.phase or "nothing"
        if owner.has("play"):
            await owner.press("play")  # so that the next action finds it at work
        return f"HARM: the owner sees it {found}, not steered or not at work ({word})"
    return f"HARM: step {frame.step} after {step} ({word})" if frame.step < step else word


def _names(owner: Tab) -> tuple[str, ...]:
    """All text of the page, except live parts, number boxes and text about this visit."""
    parts = [
        widget.element.json
        for widget in owner.widgets()
        if type(widget.element).__name__ == "BidiComponent"
        and not any(name in widget.element.json for name in ('"key":', '"of":', '"server":'))
    ]
    return (*owner.texts(), *parts)


def _harm(before: tuple[str, ...], after: tuple[str, ...], word: str) -> str:
    """What became of the names, in words."""
    if before == after:
        return word
    other = [text[:80] for text in after if text not in before] or ["fewer words"]
    return f"HARM: the owner's names changed: {other[0]} ({word})"
