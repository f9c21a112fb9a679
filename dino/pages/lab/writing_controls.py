"""What decides how names are written, in two lines: the controls, and what of them is on."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dino.config import Writing
from dino.jobs import Job
from dino.jobs.written import in_effect
from dino.ui import current_run, measurements, settings, state
from dino.ui.widgets import run_to_end

_SETTINGS = Writing.settings()
# What is set under 'More', and what says so where it is on.
MORE = {
    "greedy": "greedy",
    "top_k": "only the top {}",
    "longest": "at most {} letters",
    "draw": "draws {}",
    "carry": "the state is carried on",
}
WEIGHTS = {False: "Latest step", True: "Best moment"}


def draw_controls(job: Job) -> None:
    """Draw them. What changes the names writes them at once, but for the temperature: of that the
    pictures show at once what it does to the names that are there.
    """
    greedy = settings.writing().greedy
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "First letters",
            key="prefix",
            persist_state="session",
            max_chars=50,
            width=150,
            on_change=write,
            help=_SETTINGS["prefix"].help,
        )
        st.slider(
            "Temperature: no effect" if greedy else "Temperature",
            0.05,
            5.0,
            step=0.05,
            key="temperature",
            persist_state="session",
            width=190,
            disabled=greedy,
            help=_SETTINGS["temperature"].help,
        )
        _draw_how_many(greedy)
        with st.popover("More", icon=":material/tune:"):
            _draw_more(job, greedy)
        _draw_buttons(job, greedy)
    with st.container(horizontal=True, vertical_alignment="center", key="writing_on", gap="small"):
        _draw_weights(job)
        _draw_what_is_on(job)


def _draw_how_many(greedy: bool) -> None:
    st.number_input(
        "How many: one" if greedy else "How many",
        1,
        100,
        key="count",
        persist_state="session",
        width=125,
        disabled=greedy,
        on_change=_write_anew,
        help=_SETTINGS["count"].help,
    )


def _draw_buttons(job: Job, greedy: bool) -> None:
    cannot = bool(job.refusal) or (job.run is not None and job.run.weights is None)
    st.button(
        "Write",
        type="primary",
        icon=":material/edit:",
        key="write",
        on_click=write,
        disabled=cannot,
    )
    st.button(
        "Redraw",
        icon=":material/casino:",
        key="redraw",
        on_click=_redraw,
        disabled=cannot or greedy,
        help="Write again from other random numbers.",
    )


def _draw_more(job: Job, greedy: bool) -> None:
    _draw_more_of("greedy", "toggle")
    _draw_more_of("top_k", "number", disabled=greedy)
    _draw_more_of("longest", "number")
    _draw_more_of("draw", "number", disabled=greedy)
    _draw_more_of("carry", "toggle", disabled=not job.config.context)


def _draw_more_of(name: str, kind: str, disabled: bool = False) -> None:
    """One of the settings under 'More'; a change of it writes at once."""
    setting = _SETTINGS[name]
    shared: dict[str, Any] = {
        "key": name,
        "persist_state": "session",
        "help": setting.help,
        "disabled": disabled,
        "on_change": _write_anew,
    }
    if kind == "toggle":
        st.toggle(setting.label, **shared)
        return
    zero = f" (0: {setting.off})" if setting.off else ""
    st.number_input(setting.label + zero, int(setting.low), int(setting.high), **shared)


def _draw_weights(job: Job) -> None:
    """Whether the run's last weights write, or those with the lowest held-out loss."""
    state.set_first(state.USE_BEST)
    run = job.run
    best, latest = (run.best_moment.step, run.kept_step) if run is not None else (0, 0)
    st.markdown("Weights of", width="content")
    st.segmented_control(
        "Weights of",
        list(WEIGHTS),
        format_func=WEIGHTS.__getitem__,
        key=state.USE_BEST.key,
        persist_state="session",
        required=True,
        label_visibility="collapsed",
        on_change=_write_anew,
        width="content",
        help="Best moment: the step with the lowest held-out loss so far. It was chosen for "
        "that loss, which is therefore a little too good.",
    )
    st.caption(
        f"best so far: step {best:,}" if best != latest else "the latest is the best so far",
        width="content",
    )


def _draw_what_is_on(job: Job) -> None:
    """What is set under 'More' and counts, each with the way back."""
    first, now = Writing(), in_effect(settings.writing(), job.config.context)
    for name in first.changes(now):
        if name not in MORE:
            continue
        words = MORE[name].format(_SETTINGS[name].text(getattr(now, name)))
        st.button(
            words,
            icon=":material/close:",
            icon_position="right",
            type="tertiary",
            key=f"off_{name}",
            on_click=_put_back,
            args=(name,),
            help=f"On: {words}. Click to take it back.",
        )


@run_to_end
def _put_back(name: str) -> None:
    """Callback: a setting as it was at first."""
    state.set_all({name: getattr(Writing(), name)})
    _write_anew()


@run_to_end
def _write_anew() -> None:
    """Callback of what changes the names: where some are written, they are at once."""
    job = current_run.current_job()
    if job is not None and (measurements.written_names(job) or measurements.is_writing(job)):
        write()


@run_to_end
def write() -> None:
    """Callback: write with the weights of this moment, or of the best one."""
    job = current_run.current_job()
    if job is None:
        return
    try:
        measurements.write_names(job, settings.writing(), bool(state.USE_BEST.get()))
    except ValueError as error:
        state.REFUSAL.set(str(error))
        return
    state.PICKED_NAME.set(0)
    state.REFUSAL.set("")


@run_to_end
def _redraw() -> None:
    """Callback: the same settings, other random numbers."""
    state.DRAW.set((int(state.DRAW.get()) + 1) % 1_000_000)
    write()
