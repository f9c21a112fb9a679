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
from dino.pages.lab.explain import draw_memory
from dino.ui import chosen_list, current_run, measurements, settings, state
from dino.ui.component import component, read
from dino.ui.listening import stream, visible_run
from dino.ui.plot import FRAME_CSS, load_early, plotly_source
from dino.ui.server import server, this_visit
from dino.ui.text import setting_text
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    from dino.jobs import Job

HERE = Path(__file__).parent


def draw_first_buttons(wanted: Config) -> None:
    """The buttons alone, for a visitor who has just come; the rest follows when they are there."""
    st.fragment(_draw_buttons_part)(wanted)
    st.sidebar.caption("…")  # keeps the place of the settings, so that nothing moves then


def draw_buttons(wanted: Config) -> None:
    """The buttons of this page's run. `wanted` is the recipe on the controls."""
    job = current_run.current_job()
    if job is not None:
        st.fragment(_draw_buttons_part)(wanted, job.token)


def draw_training(wanted: Config) -> None:
    """Draw the live part: what differs from the controls, figures, chart and names."""
    job = current_run.current_job()
    if job is None:
        return
    state.WHOLE_PAGE.set(True)
    with st.container(key="lab_live"):  # what comes and goes in it moves nothing below
        st.fragment(_draw_live)(wanted, job.token)


def _draw_buttons_part(wanted: Config, token: str = "") -> None:
    """One function for the first buttons and all that follows: a click on a fragment that no longer
    exists is lost.

    token: the run that the rest of the page was drawn for; empty before it is drawn.
    """
    if not token:
        if current_run.current_job() is not None or state.PAGE_IS_THERE.take():
            st.rerun()  # a button was pressed, or the browser asks: the rest of the page follows
        _draw_buttons(None)
        load_early(_ask_for_the_rest)
        return
    job = _job_of(token)
    kind = BUTTONS[job.phase]  # read once: the run may change while this is drawn
    changed = current_run.changed_settings(job, wanted)
    state.BUTTONS_DRAWN.set(kind)
    _draw_buttons(job, kind, new_is_main=kind == "extend" and bool(changed))


def _job_of(token: str) -> Job:
    """The run that the page was drawn for; if there is another one now, the page begins again."""
    job = current_run.current_job()
    if job is None or job.token != token:
        st.rerun()
    return job


def _draw_live(wanted: Config, token: str) -> None:
    """Figures, chart and names of the run that the rest of the page was drawn for."""
    job = _job_of(token)
    current_run.watch(job)
    kind = BUTTONS[job.phase]  # read once: the run may change while this is drawn
    if kind != state.BUTTONS_DRAWN.get():
        st.rerun()  # it has other buttons now
    with st.container():
        _draw_changes(job, wanted, current_run.changed_settings(job, wanted))
    whole_page = state.WHOLE_PAGE.get()
    state.WHOLE_PAGE.set(False)
    _component()(
        key="live",
        data=[_data(job, kind, whole_page)],
        on_changed_change=_do_nothing,
        on_poll_change=_do_nothing,
    )
    with st.container():
        draw_memory(job)
    if measurements.names_are_due(job):
        state.NAMES_ASKED.set(job.token)
        st.rerun()  # it has come to a rest: the names below are written


def _ask_for_the_rest() -> None:
    """The browser shows the first buttons. Asked for from this fragment, for a request for the
    whole page would overtake a click on one of them.
    """
    state.PAGE_IS_THERE.set(True)


def _do_nothing() -> None:
    """A trigger only has the script run."""


def _data(job: Job, kind: str, whole_page: bool) -> dict[str, Any]:
    """What the live component needs: its key, and, unless it hears them already, all frames."""
    here, events = this_visit(), server().events
    found = visible_run(here)
    listens = events is not None and events.listens(here.key)
    frame = None if listens and not whole_page else Sender().next(found)
    return {
        **stream(here, job),
        "drawn": found.state_with(kind) if found else "",
        "source": plotly_source() or {},
        "frame": frame[1] if frame else None,
        "labels": list(LABELS.items()),
        "traces": _traces(),
    }


@cache
def _component() -> Any:
    return component(
        "training",
        html=read("training.html", HERE),
        css=read("training.css", HERE) + FRAME_CSS,
        folder=HERE,
        isolate_styles=False,
    )  # plotly lays its styles into the page's head


@cache
def _status_component() -> Any:
    return component(
        "status",
        html='<div class="dino-status"><span class="watching" hidden>You are watching a '
        "run that another browser controls. Press Reset to start your own.</span>"
        '<span class="words" role="status"></span></div>',
        css=read("status.css", HERE),
        folder=HERE,
        isolate_styles=False,
    )


def _traces() -> list[dict[str, Any]]:
    from dino.charts import loss as loss_chart

    return loss_chart.empty_curves()


def _draw_buttons(job: Job | None, kind: str = "play", new_is_main: bool = False) -> None:
    """kind: as `BUTTONS` has it for the run's phase.

    new_is_main: whether the main button is the one for a new run, which is drawn elsewhere.
    """
    label, icon, action = _main_button(kind)
    mine = job is None or current_run.may_act(job)
    stopped = job is not None and (job.failed or bool(job.refusal))
    busy = kind in ("pause", "extend")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        # A button of its own for each action: Streamlit may repeat a click when runs of the page
        # overlap, and a repeated Train must not be taken for Pause.
        st.button(
            label,
            icon=icon,
            type="secondary" if new_is_main else "primary",
            key=action,
            on_click=_act,
            args=(action,),
            disabled=not mine or stopped,
        )
        st.button(
            "Step",
            icon=":material/skip_next:",
            key="step",
            on_click=_act,
            args=("step",),
            disabled=not mine or busy or stopped,
            help="One update of the weights, on one batch.",
        )
        st.button(
            "Reset",
            icon=":material/restart_alt:",
            key="reset",
            on_click=_act,
            args=("reset",),
            help="Back to an untrained network, with the settings as shown.",
        )
        with st.container(width="stretch"):
            _draw_status(job)


def _main_button(kind: str) -> tuple[str, str, str]:
    """Its label, its icon and its action."""
    if kind == "pause":
        return "Pause", ":material/pause:", "pause"
    if kind == "extend":
        return "Train further", ":material/fast_forward:", "extend"
    if kind == "on":
        return "Train on", ":material/play_arrow:", "play"
    return "Train", ":material/play_arrow:", "play"


@run_to_end
def _act(action: str) -> None:
    """Callback of every button. Somebody who only watches may still start a run of their own."""
    if action == "reset" or current_run.current_job() is None:
        current_run.replace_run(settings.config())
    if action != "reset":
        current_run.act(
            {
                "play": lambda job: job.play(),
                "pause": lambda job: job.pause(),
                "extend": lambda job: job.extend(),
                "step": lambda job: job.play(steps=1),
            }[action]
        )


@run_to_end
def _train_new_run() -> None:
    """Callback: a new run with the settings on the controls, training at once."""
    current_run.replace_run(settings.config())
    current_run.act(lambda job: job.play())


def _draw_status(job: Job | None) -> None:
    """Where the run is, in one sentence."""
    if job is None:
        st.markdown("Building the network…")
        return
    from dino.live.words import status

    here = this_visit()
    found, at = visible_run(here), time.monotonic()
    mine = found is None or found.mine
    words = status(job, found.place if found else None, mine)
    _status_component()(
        key="status_line",
        data=[
            {
                **stream(here, job),
                "frame": {"at": at, "status": words, "phase": job.phase, "watching": not mine},
            }
        ],
    )


def _draw_changes(job: Job, wanted: Config, changed: list[str]) -> None:
    """The settings that differ from the run's, which are for the next one."""
    if not changed or current_run.is_untouched(job):
        return
    own = job.config.as_dict() | {"learning_rate": job.learning_rate}
    if own["learning_rate"] != wanted.learning_rate:
        changed = [*changed, "learning_rate"]
    words = "; ".join(
        f"names {job.corpus.title} → {chosen_list.choice().title}"
        if name == "names"
        else f"{SETTINGS[name].label.lower()} {setting_text(name, own[name])} → "
        f"{setting_text(name, getattr(wanted, name))}"
        for name in changed
    )
    verb = "goes on" if job.running else "stays"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f":material/schedule: For the next run: {words}. This one {verb} as it is.",
            width="content",
        )
        st.button(
            "Train anew with these",
            key="anew",
            on_click=_train_new_run,
            type="primary" if job.done else "secondary",
        )
