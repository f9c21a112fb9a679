"""What the Inside page looks at, in an address: the moment, the name, the start of a name.

A link carries these to another visitor, whose own run may have yet to reach that moment.
"""

from __future__ import annotations

from collections.abc import Mapping

from dino.config import SETTINGS
from dino.locale.sentences import Refusal, Sentence, mark, refusal_sentence, sentence
from dino.setting import Setting
from dino.ui import current_run, state

LATEST = state.MOMENT.first  # the moment at the end, at whichever step
NAMES = 5  # names that are written at a moment; an address counts them from 1
ROW, START = "row", "start"
FIELDS = {
    "moment": Setting(int, mark("Moment (update)"), "", 0, SETTINGS["max_steps"].high),
    "draws": Setting(int, mark("Seed for writing"), "", 0, 999),
    ROW: Setting(int, mark("name"), "", 1, NAMES),
    START: Setting(str, mark("name"), "", high=50),
}


def read_address(said: Mapping[str, str]) -> list[Sentence]:
    """Take the part of an address that is for Inside. Return a sentence for each value that was
    refused.
    """
    values, refused = {}, []
    for name, field in FIELDS.items():
        try:
            if name in said:
                values[name] = field.parse(name, said[name])
        except Refusal as refusal:
            refused.append(
                sentence("{refusal} The page ignores it.", refusal=refusal_sentence(refusal))
            )
    state.MOMENT.set(LATEST)
    state.ASKED_MOMENT.set(values.get("moment", LATEST))
    state.ANSWERED_MOMENT.set(None)
    state.OTHER_DRAWS.set(values.get("draws", state.OTHER_DRAWS.first))
    state.INSIDE_NAME.set(values.get(ROW, 1) - 1)
    state.WALK.set(values.get(START, state.WALK.first))
    return refused


def look_at(token: str, step: int) -> None:
    """Show on Inside the first name that a run wrote at a step, with nothing changed.

    This acts like a link, so the page says so if the step's weights are not kept.
    """
    for each in (state.NEWEST_RUN, state.INSIDE_RUN, state.SHOWN_RUN):
        each.set(token)
    changed = (state.INSIDE_TAB, state.INSIDE_NAME, state.OTHER_DRAWS, state.SILENT, state.REACH)
    state.set_all({each.key: each.first for each in (*changed, state.PLAYING)})
    state.SHOWN_BEST.set(bool(state.USE_BEST.get()))
    state.MOMENT.set(LATEST)
    state.ASKED_MOMENT.set(step)
    state.ANSWERED_MOMENT.set(None)


def to_url(tab: str) -> dict[str, str]:
    """Write the same into an address, without what the page shows by default. tab: the one that is
    shown.
    """
    draws, row, start = state.OTHER_DRAWS.get(), int(state.INSIDE_NAME.get()), state.WALK.get()
    said = {} if _moment() == LATEST else {"moment": str(_moment())}
    if draws:
        said["draws"] = str(draws)
    if row:
        said[ROW] = str(row + 1)
    if tab == "letters" and start and len(start) <= FIELDS[START].high and not _has_own_names():
        said[START] = start
    return said


def _moment() -> int:
    """The shown step, or the one that a link asks for; the latest while moments are played."""
    shown = int(state.MOMENT.get())
    if state.PLAYING.get():
        return LATEST
    return int(state.ASKED_MOMENT.get()) if shown == LATEST and is_waiting() else shown


def is_waiting() -> bool:
    """Whether a link asks for a moment that the page has not reached yet."""
    return state.ASKED_MOMENT.get() != LATEST and state.ANSWERED_MOMENT.get() is None


def _has_own_names() -> bool:
    """Whether a start may be of a visitor's private list. Its names are in no link."""
    return any(entry.corpus.owner for entry in current_run.runs())
