"""The network, alive: the run's own network writes its newest name, letter by letter.

The picture is a component that hears the server's events: a moment that is new comes with how its
first name was written, and the browser draws that. The script runs when somebody clicks it.
"""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from dino.live.frames import Sender
from dino.locale.sentences import Text, mark, sentence
from dino.ui.component import component, read
from dino.ui.language import language, put
from dino.ui.listening import stream, visible_run
from dino.ui.server import server, this_visit

if TYPE_CHECKING:
    from dino.charts.base import Put
    from dino.jobs import Job

HERE = Path(__file__).parent
WORDS = {  # of `live_network.html`; what is in braces, the browser fills in
    "about": mark(
        "Your network writes a name. It reads a letter, its hidden units change, and from them "
        "follows how likely each letter is as the next one."
    ),
    "letters": mark("The name it writes, letter by letter. Enter looks inside."),
    "again": mark("Write it again"),
    "inside": mark("Look inside"),
    "next": mark("next letter: probability"),
    "cut": mark("The picture ends here; the name is longer."),
}
KEY = "network_picture"


def draw_live_network(job: Job) -> None:
    """The picture, in a place of its own height, which nothing that comes later moves."""
    with st.container(key="live_network", gap=None):
        st.fragment(_draw)(job.token)


def _draw(token: str) -> None:
    _component()(key=KEY, data=[_data(token)])


def _data(token: str) -> dict[str, Any]:
    """What the component needs: how it hears of news, and, unless it hears them already, the
    newest.
    """
    here, events, at = this_visit(), server().events, time.monotonic()
    found = visible_run(here)
    job = found.job if found else None
    listens = events is not None and events.listens(here.key)
    frame = None if listens else Sender().next(found, put)
    return {
        **stream(here, job),
        "run": token,
        "at": at,
        "frame": _written(frame[1]) if frame else None,
        "words": words_for(put),
        "separators": language().separators,
        "context": job.config.context if job else 0,
    }


def words_for(put: Put) -> dict[str, str]:
    """The words of the picture in a language, with the fields that the browser fills in."""
    open_ones: dict[str, Text] = {
        "step": sentence("step {step}", step="{step}"),
        "units": sentence("hidden units (h): {units}", units="{units}"),
        "most_likely": sentence(
            "next letter: {count} most likely of {all}", count="{count}", all="{all}"
        ),
        "likely": sentence("{symbol} {percent} %", symbol="{symbol}", percent="{percent}"),
        "start": sentence("Nothing is read yet: likely first {likely}.", likely="{likely}"),
        "first": sentence(
            "Read “{letter}”, the first letter: likely next {likely}.",
            letter="{letter}",
            likely="{likely}",
        ),
        "read": sentence(
            "Read “{letter}” after “{before}”: likely next {likely}.",
            letter="{letter}",
            before="{before}",
            likely="{likely}",
        ),
        "falls": sentence("The draw {draw} falls on “{chosen}”.", draw="{draw}", chosen="{chosen}"),
        "ends": sentence("The draw {draw} falls on ⏎: the name ends.", draw="{draw}"),
    }
    return {name: put(text) for name, text in {**WORDS, **open_ones}.items()}


def _written(frame: dict[str, Any]) -> dict[str, Any]:
    """Of a frame, what the picture shows."""
    return {"at": frame.get("at"), "written": frame.get("written")}


@cache
def _component() -> Any:
    return component(
        "live_network",
        html=read("live_network.html", HERE),
        css=read("live_network.css", HERE),
        folder=HERE,
        parts=("words", "network_moment", "network_canvas"),
        isolate_styles=False,
    )
