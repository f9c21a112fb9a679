"""The live network: the run's own network writes its newest name, letter by letter.

The picture is a component that listens to the server's events. Each new moment comes with the way
its first name was written, and the browser draws that. The script runs only for a click on the
picture, or when somebody points at a hidden unit: then it sends the unit's strongest weights once.
"""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from dino.live.frames import Sender
from dino.locale.sentences import Language, prose_part, refusal_sentence
from dino.ui import current_run, inside_address, state
from dino.ui.component import component
from dino.ui.failures import safe_fragment
from dino.ui.language import language, put
from dino.ui.listening import stream, visible_run
from dino.ui.server import server, this_visit
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    from dino.charts.base import Put
    from dino.jobs import RunHandle

HERE = Path(__file__).parent
TOO_LARGE = 10**9  # for a step or a unit; no run has so high a number
KEY = "network_picture"
PARTS = ("words", "network_moment", "network_places", "network_canvas", "network_unit")


class Moment(NamedTuple):
    """What a visitor points at in a picture: a run, its step, and perhaps a hidden unit."""

    run: str
    step: int
    unit: int


def draw_live_network(job: RunHandle) -> None:
    """Draw the picture in a place of fixed height, so that later parts do not move."""
    with st.container(key="live_network", gap=None):
        safe_fragment(_draw)(job.token)


def _draw(token: str) -> None:
    if state.WANTED_PAGE.get():
        st.rerun()  # to the page to which the picture leads
    component("live_network", folder=HERE, parts=PARTS, isolate_styles=False)(
        key=KEY, data=[_data(token)], on_unit_change=_point_at, on_inside_change=_look_inside
    )


def _data(token: str) -> dict[str, Any]:
    """What the component needs: how it hears of news, and the weights that it asked for.

    Also the newest frame, if it does not hear events.
    """
    here, events, at = this_visit(), server().events, time.monotonic()
    found = visible_run(here)
    job = found.job if found else None
    listens = events is not None and events.listens(here.key)
    frame = None if listens else Sender().next(found, put)
    asked = read_moment(state.sent_state(KEY, "unit"))
    return {
        **stream(here, job),
        "run": token,
        "at": at,
        "frame": _news(frame[1]) if frame else None,
        "unit": weights_of(job, asked, put) if job and asked else None,
        "words": _words_in(language()),
        "separators": language().separators,
        "context": job.config.context if job else 0,
    }


def _news(frame: dict[str, Any]) -> dict[str, Any]:
    """The parts of a frame that the picture shows."""
    return {"at": frame.get("at"), "phase": frame["phase"], "written": frame.get("written")}


def weights_of(job: RunHandle, asked: Moment, put: Put) -> dict[str, Any] | None:
    """The strongest weights of the unit that is pointed at, or why there are none.

    None if the page has another run now.
    """
    from dino.unit_weights import strongest_weights  # loads numpy

    if job.run is None or job.token != asked.run:
        return None
    try:
        found = strongest_weights(job.run, len(job.corpus.vocab), asked.step, asked.unit)
    except ValueError as refusal:
        return {**asked._asdict(), "refusal": put(refusal_sentence(refusal))}
    return {
        **asked._asdict(),
        "of": found.step,
        "candidate": found.candidate,
        "strongest": [[it.end, it.place, round(it.weight, 4)] for it in found.strongest],
    }


@cache
def _words_in(language: Language) -> dict[str, str]:
    return words_for(language.put)


def words_for(put: Put) -> dict[str, str]:
    """The words of the picture in a language; the browser fills in their fields."""
    return {name: put(text) for name, text in prose_part("components", "live_network").items()}


# What happens on a click, and on pointing at a unit


def _point_at() -> None:
    """Nothing to do: the script that now runs answers in `_data`."""


@run_to_end
def _look_inside() -> None:
    """Open the Inside page. If the run has trained, open it with the name that is shown.

    Inside has no moment of an untrained run.
    """
    moment, job = read_moment(state.sent_value(KEY, "inside")), current_run.current_job()
    if moment is None or job is None or moment.run != job.token:
        return
    if job.trained:
        inside_address.look_at(moment.run, moment.step)
    state.WANTED_PAGE.set("inside")


def read_moment(sent: Any) -> Moment | None:
    """Read the moment that a browser sent; None for nonsense."""
    if not isinstance(sent, dict):
        return None
    run, step, unit = sent.get("run"), sent.get("step"), sent.get("unit", 0)
    if not isinstance(run, str) or type(step) is not int or type(unit) is not int:
        return None
    return Moment(run, step, unit) if max(abs(step), abs(unit)) < TOO_LARGE else None
