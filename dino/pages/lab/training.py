"""The live part of the Lab: buttons, figures, the loss chart, names as it learns.

The buttons are Streamlit's; what changes with the run is a component that listens to the server's
own events and draws them in place. The script runs when a button is clicked, or when the run
reaches a state that has other buttons.
"""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from dino.config import SETTINGS, Config
from dino.live.frames import BUTTONS, Sender
from dino.live.words import LABELS
from dino.ui import panels, session
from dino.ui.component import component, read
from dino.ui.listening import seen, stream
from dino.ui.plot import FRAME_CSS, load_early, plotly_source
from dino.ui.server import server
from dino.ui.text import spoken

if TYPE_CHECKING:
    from dino.jobs import Job

HERE = Path(__file__).parent


def at_once(wanted: Config) -> None:
    """The buttons alone, for a visitor who has just come; the rest follows when they are there."""
    with st.container(key="lab_live"):
        st.fragment(_live)(wanted)
    st.sidebar.caption("…")  # keeps the place of the settings, so that nothing moves then


def live(wanted: Config) -> None:
    """Draw the live part. `wanted` is the recipe on the controls."""
    job = session.current()
    if job is None:
        return
    st.session_state["whole_page"] = True
    with st.container(key="lab_live"):  # what comes and goes in it moves nothing below
        st.fragment(_live)(wanted, job.token)


def _live(wanted: Config, token: str = "") -> None:
    """One function for the first buttons and all that follows: a click on a fragment that is no
    more is lost. token: the run that the rest of the page was drawn for; empty before it is drawn.
    """
    job = session.current()
    if not token:
        if job is not None or st.session_state.pop("page_is_there", False):
            st.rerun()  # a button was pressed, or the browser asks: the rest of the page follows
        _buttons(None)
        load_early(_arrived)
        return
    if job is None or job.token != token:
        st.rerun()  # another run: the rest of the page is its own
    session.watch(job)
    kind = BUTTONS[job.phase]  # read once: the run may change while this is drawn
    waiting = session.changes(job, wanted)
    _buttons(job, kind, anew=kind == "extend" and bool(waiting))
    with st.container():
        _pending(job, wanted, waiting)
    _component()(key="live", data=[_data(job, kind)], on_changed_change=_nothing,
                 on_poll_change=_nothing)
    with st.container():
        panels.memory(job)
    if session.names_are_due(job):
        st.rerun()  # it has come to a rest: the names below are written


def _arrived() -> None:
    """The browser shows the first buttons. Asked for from this fragment, for a request for the
    whole page would overtake a click on one of them.
    """
    st.session_state["page_is_there"] = True


def _nothing() -> None:
    """A trigger only has the script run."""


def _data(job: Job, kind: str) -> dict[str, Any]:
    """What the live component needs: its key, and, unless it hears them already, all frames."""
    here, events = session.visit(), server().events
    found = seen(here)
    listens = events is not None and events.listens(here.key)
    first = st.session_state.get("whole_page", True)
    st.session_state["whole_page"] = False
    frame = None if listens and not first else Sender().next(found)
    return {**stream(session.visit(), job), "drawn": found.state_with(kind) if found else "",
            "source": plotly_source() or {},
            "frame": frame[1] if frame else None, "labels": list(LABELS.items()),
            "traces": _traces()}


@cache
def _component() -> Any:
    return component("training", html=read("training.html", HERE),
                     css=read("training.css", HERE) + FRAME_CSS, folder=HERE,
                     isolate_styles=False)  # plotly lays its styles into the page's head


@cache
def _status_component() -> Any:
    return component(
        "status", html='<div class="dino-status"><span class="watching" hidden>You are watching a '
                       'run that another browser controls. Press Reset to start your own.</span>'
                       '<span class="words" role="status"></span></div>',
        css=read("status.css", HERE), folder=HERE, isolate_styles=False)


def _traces() -> list[dict[str, Any]]:
    from dino.charts import base as charts

    return charts.loss_traces()


def _buttons(job: Job | None, kind: str = "play", anew: bool = False) -> None:
    """kind: as `BUTTONS` has it for the run's phase. anew: a button for a new run is the main one.
    """
    label, icon, action = _play(kind)
    mine = job is None or session.may_act(job)
    stopped = job is not None and (job.failed or bool(job.refusal))
    busy = kind in ("pause", "extend")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        # A button of its own for each action: Streamlit may repeat a click when runs of the page
        # overlap, and a repeated Train must not be taken for Pause.
        st.button(label, icon=icon, type="secondary" if anew else "primary", key=action,
                  on_click=_act, args=(action,), disabled=not mine or stopped)
        st.button("Step", icon=":material/skip_next:", key="step", on_click=_act, args=("step",),
                  disabled=not mine or busy or stopped,
                  help="One update of the weights, on one batch.")
        st.button("Reset", icon=":material/restart_alt:", key="reset", on_click=_act,
                  args=("reset",), help="Back to an untrained network, with the settings as shown.")
        with st.container(width="stretch"):
            _status(job)


def _play(kind: str) -> tuple[str, str, str]:
    if kind == "pause":
        return "Pause", ":material/pause:", "pause"
    if kind == "extend":
        return "Train further", ":material/fast_forward:", "extend"
    if kind == "on":
        return "Train on", ":material/play_arrow:", "play"
    return "Train", ":material/play_arrow:", "play"


@session.whole
def _act(action: str) -> None:
    """Callback of every button. Somebody who only watches may still start a run of their own."""
    if action == "reset" or session.current() is None:
        session.replace_by(session.config())
    if action != "reset":
        session.act({"play": lambda job: job.play(), "pause": lambda job: job.pause(),
                     "extend": lambda job: job.extend(),
                     "step": lambda job: job.play(steps=1)}[action])


@session.whole
def _anew() -> None:
    """Callback: a new run with the settings on the controls, training at once."""
    session.replace_by(session.config())
    session.act(lambda job: job.play())


def _status(job: Job | None) -> None:
    """Where the run is, in one sentence."""
    if job is None:
        st.markdown("Building the network…")
        return
    from dino.live.words import status

    found, at = seen(session.visit()), time.monotonic()
    mine = found is None or found.mine
    words = status(job, found.place if found else None, mine)
    _status_component()(key="status_line", data=[{
        **stream(session.visit(), job), "frame": {
            "at": at, "status": words, "phase": job.phase, "watching": not mine}}])


def _pending(job: Job, wanted: Config, waiting: list[str]) -> None:
    """Settings that differ from the current run's: they wait for the next one."""
    if not waiting or session.untouched(job):
        return
    own = job.config.as_dict() | {"learning_rate": job.learning_rate}
    if own["learning_rate"] != wanted.learning_rate:
        waiting = [*waiting, "learning_rate"]
    words = "; ".join(
        f"names {job.corpus.title} → {session.choice().title}" if name == "names" else
        f"{SETTINGS[name].label.lower()} {spoken(name, own[name])} → "
        f"{spoken(name, getattr(wanted, name))}" for name in waiting)
    goes_on = "goes on" if job.running else "stays"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f":material/schedule: For the next run: {words}. This one {goes_on} as it "
                   "is.", width="content")
        st.button("Train anew with these", key="anew", on_click=_anew,
                  type="primary" if job.done else "secondary")
