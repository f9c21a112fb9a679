"""Sixty rapid clicks on the Lab end as the same clicks made slowly.

`python -m tests.storm --rounds 20` plays visitors by messages over a websocket: each sends its
clicks without waiting for an answer, and another one makes the same clicks one by one. Both must
end with the same settings, and no page may show an error. The last clicks redraw only parts of the
page, which then shows what it would if all of it were drawn. With DINO_HOST=1, the server has the
settings that Community Cloud forces on every app. With --browser, the clicks are made on a page in
Chromium as fast as it takes them (`storm_in_browser.py`), always with those settings.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
from pathlib import Path
from urllib.parse import parse_qsl

sys.path.insert(0, str(Path(__file__).parent))  # as pytest does for the tests beside this file

from load.browser_tab import Tab
from load.measures import Clicks
from load.run_buttons import BUTTONS
from load.server import ROOT, served
from load.visitors import recipe, train
from load.widgets import FIELDS, Widget, state_of, value_of
from waiting import PATIENCE

from dino.ui.settings import MARK

Choice = tuple[str, object]
CLICKS, LAST, GAP = 60, 12, 0.01  # of a round; those at its end; most seconds between two of them
# The controls that are clicked, with the values to choose from; those of a box are its labels.
VALUES: dict[str, list[object]] = {
    "preset": [],
    "cell": [],
    "optimizer": [],
    "hidden_size": ["16", "32", "100"],
    "max_steps": ["100", "500", "3000"],
    "temperature": [0.5, 1.0, 1.5],
    "exam": [True, False],
}
PARTS = ("hidden_size", "max_steps", "temperature")  # a change of these redraws only parts
OF_THE_RUN = ("run", "by")  # in an address
STEPS = 100  # of the run that each page shows, which has ended
COMPARED = ("run_line", "fold", "number_box", "table", "plot")  # components whose data is compared
PASSING = ("at", "frame", "drawn", "of")  # what differs between two drawings of the same state


def settings_of(tab: Tab) -> dict[str, str]:
    """The settings in the address that the page has its browser show."""
    for _, _, element in tab.elements.values():
        if element.WhichOneof("type") == "bidi_component":
            shown = element.bidi_component
            if shown.id.endswith("-address_page"):
                data = json.loads(shown.json or shown.mixed.json)[0]
                said = dict(parse_qsl(data["query"]))
                return {name: value for name, value in said.items() if name not in OF_THE_RUN}
    raise KeyError("no address on the page")


def seen(tab: Tab) -> list[str]:
    """What is on a page: its texts, and the data of components."""
    found = tab.texts()
    for _, _, element in tab.elements.values():
        drawn = element.bidi_component
        if drawn.component_name.removeprefix("dino_") in COMPARED:
            data = json.loads(drawn.json or drawn.mixed.json)[0]
            kept = {key: value for key, value in data.items() if key not in PASSING}
            found.append(drawn.id + json.dumps(kept, sort_keys=True))
    return sorted(found)


def labels(widget: Widget) -> list[object]:
    """The labels of a control's choices."""
    return [getattr(it, "content", it) for it in widget.element.options]


def shown_by(tab: Tab, widget: Widget) -> object:
    """What a control shows: its value since it was chosen or set, else its first one."""
    if (state := tab.values.get(widget.id)) is not None:
        shown = value_of(state)
    else:
        first = widget.element.default
        shown = first[0] if hasattr(first, "extend") else first
        shown = labels(widget)[shown] if hasattr(widget.element, "options") else shown
    return shown.strip(MARK) if isinstance(shown, str) else shown


async def storm(tab: Tab, chance: random.Random) -> list[Choice]:
    """Click without waiting for any answer. Return the choices."""
    places = {key: tab.find(key) for key in VALUES if tab.shows(key)}
    offered = {key: VALUES[key] or labels(places[key]) for key in places}
    made: list[Choice] = []
    while len(made) < CLICKS:
        is_last = len(made) >= CLICKS - LAST
        key = chance.choice([it for it in offered if it in PARTS or not is_last])
        widget = places[key]
        shown = shown_by(tab, widget)  # a click on what a box shows already is no choice
        value = chance.choice([it for it in offered[key] if it != shown])
        made.append((key, value))
        field = FIELDS[type(widget.element).__name__]
        tab.values[widget.id] = state_of(widget.id, field, value)
        await tab.send(widget.fragment)
        await asyncio.sleep(chance.uniform(0, GAP))
    return made


async def whole(tab: Tab) -> Tab:
    """Open the Lab, wait until all of it is there, and train a run to its end. Its names are
    written.
    """
    await tab.open()
    if not await tab.until(lambda: tab.whole, PATIENCE):
        raise TimeoutError("the Lab is not complete")
    await train(tab, Clicks(), PATIENCE)

    def ended() -> bool:
        return tab.idle and tab.frame.step == STEPS and tab.says("Each letter was drawn")

    if not await tab.until(ended, PATIENCE):
        raise TimeoutError("the run has not ended")
    return tab


async def at_rest(tab: Tab) -> tuple[dict[str, str], list[str]]:
    """The settings of a page that has been drawn once more after all clicks; and what it shows only
    before or after that.
    """
    await tab.ask(tab.find(BUTTONS).fragment, wait=PATIENCE)  # answered after all clicks
    before = seen(tab)
    await tab.ask(wait=PATIENCE)
    await tab.until(lambda: tab.idle, PATIENCE)
    return settings_of(tab), sorted({*before} ^ {*seen(tab)})


async def play(port: int, seed: int) -> list[str]:
    """One round: what differs, and what went wrong."""
    fast, slow = (Tab(port, recipe(seed, units=8, steps=STEPS)) for _ in range(2))
    try:
        made = await storm(await whole(fast), random.Random(seed))
        ended, stale = await at_rest(fast)
        await whole(slow)
        for key, value in made:
            await slow.set(key, value, wait=PATIENCE)
        wanted, stale_too = await at_rest(slow)
        wrong = [*fast.errors, *slow.errors]
        wrong += [f"not redrawn: {it[:200]}" for it in (*stale, *stale_too)]
        names = sorted({*ended, *wanted})
        return wrong + [
            f"{name}: {ended.get(name)}, slowly {wanted.get(name)}"
            for name in names
            if ended.get(name) != wanted.get(name)
        ]
    finally:
        await fast.close()
        await slow.close()


async def play_all(rounds: int, first: int = 0) -> list[str]:
    """Some rounds on one server. Return what went wrong in each, with its seed."""
    found = []
    async with served(ROOT / "app.py") as site:
        for seed in range(first, first + rounds):
            wrong = await play(site.port, seed)
            print(f"seed {seed}: {'; '.join(wrong) or 'the same end'}", flush=True)
            found += [f"seed {seed}: {it}" for it in wrong]
        found += [f"in the log: {line}" for line in site.faults()]
    return found


def play_in_browser(rounds: int, first: int = 0) -> list[str]:
    """Some rounds in a real browser, on one server with a host's settings."""
    from browser import browser, site_of
    from playwright.sync_api import Error
    from storm_in_browser import play

    found: list[str] = []
    with site_of(ROOT / "app.py") as site, browser() as chrome:
        for seed in range(first, first + rounds):
            try:
                about, wrong = play(chrome, site, seed)
            except (AssertionError, Error) as error:
                about, wrong = "", [str(error)]
            print(f"seed {seed}: {about}: {'; '.join(wrong) or 'the same end'}", flush=True)
            found += [f"seed {seed}: {it}" for it in wrong]
        found += [f"in the log: {line}" for line in site.faults()]
    return found


def main(arguments: list[str] | None = None) -> int:
    """Play. 0: every round ended as it would slowly."""
    parser = argparse.ArgumentParser(prog="python -m tests.storm", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0, help="of the first round")
    parser.add_argument("--browser", action="store_true", help="click on a page in Chromium")
    args = parser.parse_args(arguments)
    if args.browser:
        os.environ["DINO_HOST"] = "1"
        wrong = play_in_browser(args.rounds, args.seed)
    else:
        wrong = asyncio.run(play_all(args.rounds, args.seed))
    print("\n".join(wrong) or f"{args.rounds} rounds, all with the same end")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
