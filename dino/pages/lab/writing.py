"""Writing names: what decides how, the names themselves, and the picture of the one picked."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dino.config import Writing
from dino.data import Corpus
from dino.jobs import Job, WrittenNames
from dino.jobs.written import in_effect
from dino.metrics import novelty
from dino.pages.lab.name_picture import draw_hidden, draw_probabilities, draw_surprise
from dino.pages.lab.writing_controls import WEIGHTS, draw_controls, write
from dino.ui import current_run, measurements, session, settings, state
from dino.ui.pulse import draw_pulse
from dino.ui.table import draw_table
from dino.ui.text import show_text

HERE = Path(__file__).parent
_SETTINGS = Writing.settings()
MEANING = {
    "new": "New: not in the list.",
    "copied": "Copied: a name of the training set.",
    "held out": "Held out: a real name it never saw.",
    "cut": "Cut: not ended by itself within the longest length.",
    "empty": "Empty: it ended at once.",
}


def draw_writing(running: bool) -> None:
    """Controls for writing, the names, and the picture of the one that was picked.

    running: whether a run is training; when it stops, names are written automatically.
    """
    with st.container(key="writing"):
        st.html(HERE / "writing.css")
        _draw_writing(running)


@st.fragment
def _draw_writing(running: bool) -> None:
    job = current_run.current_job()
    if job is None:
        return
    st.subheader("Write names", anchor=False)
    draw_controls(job)
    names = measurements.written_names(job)
    if not running and not job.running and _is_due(job, names):
        write()
        names = measurements.written_names(job)
    with st.container():
        if refusal := state.REFUSAL.get():
            with st.container(border=True, key="refused"):
                st.text(refusal)  # quotes what was typed, so never Markdown
    session.update_address("writing")
    if names is not None:
        _draw_names_and_picture(job, names)
    elif measurements.is_writing(job):
        st.caption("Writing names…")
        draw_pulse(job, "writing_pulse")
    else:
        st.caption(
            "Press Write: also untrained, also while it trains. "
            "Each name then opens as a picture of every probability it was drawn from."
        )


def _is_due(job: Job, names: WrittenNames | None) -> bool:
    """Whether a run at rest has names to write that nobody pressed Write for: its first ones, or
    the same with other weights, which a button elsewhere chose.
    """
    if names is None:
        return measurements.names_are_due(job)
    has_weights = job.run is not None and job.run.weights is not None
    return has_weights and names.best != state.USE_BEST.get()


def _pick(index: int) -> None:
    state.PICKED_NAME.set(index)


def _draw_names_and_picture(job: Job, written: WrittenNames) -> None:
    """Side by side, the picture of the letters first: it is beside the name that is clicked."""
    picked = min(state.PICKED_NAME.get(), len(written.traces) - 1)
    trace, corpus = written.traces[picked], job.corpus
    left, right = st.columns([5, 6], gap="medium")
    with left:
        _draw_state_of_names(job, written)
        _draw_names(corpus, written, picked)
    with right:
        draw_probabilities(corpus, written, picked)
    left, right = st.columns([5, 6], gap="medium")  # on a phone all of it is one column
    with left:
        draw_surprise(corpus, written, picked)
    with right:
        draw_hidden(corpus, job.config.cell, trace)


def _draw_state_of_names(job: Job, written: WrittenNames) -> None:
    """With what they were written; and a mark where that is no longer what is set."""
    best = ", the best moment" if written.best else ""
    st.caption(f"Written with the weights of step {written.step:,}{best}.")
    with st.container(key="otherwise"):
        now = settings.writing(), bool(state.USE_BEST.get())
        if words := otherwise(job, written, *now):
            show_text(words)


def otherwise(job: Job, written: WrittenNames, now: Writing, best: bool) -> str:
    """A sentence on what was different when the names were written; empty for nothing."""
    then = in_effect(written.writing, job.config.context)
    now = in_effect(now, job.config.context)
    changed = [
        f"{_SETTINGS[name].label.lower()} {_text(then, name)}, not {_text(now, name)}"
        for name in then.changes(now)
    ]
    if written.best != best:
        changed.append(f"the weights of the {WEIGHTS[written.best].lower()}")
    if changed:
        return (
            f"Written with other settings: {'; '.join(changed)}. Press Write for what is set now."
        )
    step = job.run.kept_step if job.run is not None else 0
    if not job.running and not best and written.step < step:
        return f"The run is now at step {step:,}. Press Write for names with those weights."
    return ""


def _text(writing: Writing, name: str) -> str:
    value = getattr(writing, name)
    if _SETTINGS[name].kind is bool:
        return "on" if value else "off"
    return f"“{value}”" if name == "prefix" else _SETTINGS[name].text(value)


def _draw_names(corpus: Corpus, written: WrittenNames, picked: int) -> None:
    rows = []
    for trace, (near, distance) in zip(written.traces, written.nearest, strict=True):
        kind = novelty(trace.name, corpus) if trace.finished else "cut"
        rows.append(
            [
                trace.name + ("" if trace.finished else "…") or "(empty)",
                kind if trace.name else "empty",
                near if distance else "itself",
                str(distance),
            ]
        )
    draw_table(
        ["name", "is", "nearest real name", "apart"],
        rows,
        "written",
        "Names written; click one to see how it came about",
        numeric=(3,),
        names=(0, 2),
        fluid=True,
        max_height=430,
        selected=picked,
        on_row=_pick,
    )
    st.caption(_names_in_words([row[1] for row in rows], written.writing))


def _names_in_words(kinds: list[str], writing: Writing) -> str:
    counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    one = (
        f" Greedy leaves nothing to chance, so there is one name, not {writing.count}."
        if writing.greedy and writing.count > 1
        else ""
    )
    return (
        f"{counts.capitalize()}.{one} "
        + " ".join(MEANING[kind] for kind in dict.fromkeys(kinds))
        + " Apart: letters to insert, delete or replace to get there. "
        "Click a name to see how it came about."
    )
