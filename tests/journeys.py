"""Journeys of visitors as a table, `journeys.txt`: acts, and what a page shows after each.

`test_journeys.py` plays all of them in scripts, `test_browser_journeys.py` those marked so in a
real browser. An act is a verb and what it is done to: `press` a button, by its key or by the action
of one of the run's; `try` one that is not to be used; `choose` what is read in a box; `type` into a
box of the recipe; `fill` a box with a number or a text; `go` to a page; `look`; `reload`; `leave`;
`watch` a run of the first visitor. NAME: before it is another visitor. Then come parts of a state:

    main    kind of the run's main button; `usable`: whether this visitor may press it; `past`:
            whether it waits because the settings are no longer its run's, which a browser decides
    pace    the one that is on
    run     the present run, as its row has it; `step` how far it is, or `more` than before
    offers  labels of what is offered next, as they are read; `weights` how they look
    on, off, gone   keys of widgets and parts that can be used, cannot, and are not there
    holds   what is in a box
    says    words that are read; `unsaid` is what is not
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from waiting import wait_for

TINY = {"hidden_size": "4", "batch_size": "2", "engine": "torch"}
TABLE = Path(__file__).with_suffix(".txt")


class Journey(NamedTuple):
    """A recipe; where it is played; acts, each with the parts of a state by their names."""

    query: dict[str, str]
    where: str
    rows: list[tuple[str, list[tuple[str, str]]]]


def journeys() -> dict[str, Journey]:
    """All of the table, by what they are about."""
    found: dict[str, Journey] = {}
    for line in filter(None, TABLE.read_text(encoding="utf-8").splitlines()):
        first, *cells = line.replace("\\n", "\n").split(" | ")
        parts = [(name, value) for name, _, value in (it.partition(" ") for it in cells)]
        if first.startswith("# "):
            query = {**TINY, **dict(parts)}
            latest = found[first[2:]] = Journey(query, query.pop("played", ""), [])
        else:
            latest.rows.append((first, parts))
    return found


def step_in(status: str) -> int:
    """The step that a run's line tells, which comes first in it."""
    return int("".join(re.findall(r"[\d,]+", status)[:1]).replace(",", "") or 0)


class Visitor:
    """Does acts, and looks at a page. Who has a script or a browser says how."""

    step = 0

    def see(self, row: str, state: list[tuple[str, str]]) -> None:
        """Wait until the page shows a state."""
        seen: list[Any] = []

        def holds() -> bool:
            self.look()
            seen[:] = [(name, self.seen(name, wanted)) for name, wanted in state]
            return seen == state

        wait_for(holds, f"{state} after “{row}”", progress=lambda: repr(seen))

    def seen(self, name: str, wanted: str) -> str:
        """What a page has for a part of a state; of keys and words those wanted."""
        if name in ("on", "off", "gone"):
            return " ".join(key for key in wanted.split() if self.state_of(key) == name)
        if name == "holds":
            key = wanted.partition("=")[0]
            return f"{key}={self.held(key)}"
        if name in ("says", "unsaid"):
            return wanted if self.reads(wanted) == (name == "says") else ""
        found = self.shown()[name]
        if name == "step":
            before, self.step = self.step, found
            return wanted if wanted == "more" and found > before else str(found)
        return {True: "yes", False: "no", "": "-"}.get(found, found)


def play(journey: Journey, visitor: Callable[[Mapping[str, str]], Any]) -> None:
    """Play a journey. visitor: a new one at a recipe."""
    visitors: dict[str, Any] = {}
    for row, state in journey.rows:
        who, _, act = row.rpartition(": ")
        if who not in visitors:
            visitors[who] = visitor(journey.query)
        verb, *what = act.split(" ", 2 if act.startswith(("choose", "type", "fill")) else 1)
        if verb == "watch":
            visitors[who].open(visitors[""].link(*what))
        else:
            getattr(visitors[who], {"try": "attempt"}.get(verb, verb))(*what)
        visitors[who].see(row, state)
