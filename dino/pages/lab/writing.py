"""Writing names, and the picture of how one came about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from dino.charts import base
from dino.charts import name as name_charts
from dino.config import Writing
from dino.data import Corpus
from dino.jobs import Job, WrittenNames
from dino.metrics import novelty
from dino.ui import current_run, measurements, session, settings, state
from dino.ui.plot import plot
from dino.ui.pulse import draw_pulse
from dino.ui.table import draw_table
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:  # PyTorch takes a second to load: the page is drawn before
    from dino.sample import Trace

_SETTINGS = Writing.settings()
MEANING = {
    "new": "New: not in the list.",
    "copied": "Copied: a name it trained on.",
    "held out": "Held out: a real name it never saw.",
    "cut": "Cut: not ended by itself within the longest length.",
    "empty": "Empty: it ended at once.",
}


def draw_writing(running: bool) -> None:
    """Controls for writing, the names, and the picture of the one that was picked.

    running: whether a run is at work; once it is not, names are written without being asked for.
    """
    with st.container(key="writing"):
        _draw_writing(running)


@st.fragment
def _draw_writing(running: bool) -> None:
    job = current_run.current_job()
    if job is None:
        return
    st.subheader("Write names", anchor=False)
    _draw_controls(job)
    names = measurements.written_names(job)
    if names is None and not running and not job.running and job.run is not None and job.run.step:
        _write()
        names = measurements.written_names(job)
    with st.container():
        if refusal := state.REFUSAL.get():
            with st.container(border=True, key="refused"):
                st.text(refusal)  # quotes what was typed, so never Markdown
    session.update_address()
    if names is not None:
        now = job.run.kept_step if job.run else 0
        if not job.running and names.step < now:
            st.caption(f"The run has gone on to step {now:,}; Write for its names now.")
        _draw_names_and_picture(job, names)
    elif measurements.is_writing(job):
        st.caption("Writing names…")
        draw_pulse(job, "writing_pulse")
    else:
        st.caption(
            "Press Write: also untrained, also while it trains. "
            "Each name then opens as a picture of every probability it was drawn from."
        )


def _draw_controls(job: Job) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "First letters",
            key="prefix",
            persist_state="session",
            max_chars=50,
            width=150,
            on_change=_write,
            help=_SETTINGS["prefix"].help,
        )
        st.slider(
            "Temperature",
            0.05,
            5.0,
            step=0.05,
            key="temperature",
            persist_state="session",
            width=190,
            help=_SETTINGS["temperature"].help,
        )
        st.number_input(
            "How many",
            1,
            100,
            key="count",
            persist_state="session",
            width=115,
            help=_SETTINGS["count"].help,
        )
        with st.popover("More", icon=":material/tune:"):
            _draw_more(job)
        _draw_buttons(job)


def _draw_buttons(job: Job) -> None:
    st.button(
        "Write",
        type="primary",
        icon=":material/edit:",
        key="write",
        on_click=_write,
        disabled=bool(job.refusal),
    )
    st.button(
        "Redraw",
        icon=":material/casino:",
        key="redraw",
        on_click=_redraw,
        disabled=bool(job.refusal),
        help="Write again from other random numbers.",
    )


def _draw_more(job: Job) -> None:
    st.toggle("Greedy", key="greedy", persist_state="session", help=_SETTINGS["greedy"].help)
    st.number_input(
        "Only the top (0: all)",
        0,
        200,
        key="top_k",
        persist_state="session",
        help=_SETTINGS["top_k"].help,
    )
    st.number_input(
        "Longest length",
        1,
        50,
        key="longest",
        persist_state="session",
        help=_SETTINGS["longest"].help,
    )
    st.number_input(
        "Draws", 0, 999_999, key="draw", persist_state="session", help=_SETTINGS["draw"].help
    )
    st.toggle(
        "Carry the state on",
        key="carry",
        persist_state="session",
        help=_SETTINGS["carry"].help,
        disabled=not job.config.context,
    )


@run_to_end
def _write() -> None:
    """Callback: write with the weights of this moment."""
    job = current_run.current_job()
    if job is None:
        return
    try:
        measurements.write_names(job, settings.writing())
    except ValueError as error:
        state.REFUSAL.set(str(error))
        return
    state.PICKED_NAME.set(0)
    state.REFUSAL.set("")


@run_to_end
def _redraw() -> None:
    """Callback: the same settings, other random numbers."""
    state.DRAW.set((int(state.DRAW.get()) + 1) % 1_000_000)
    _write()


def _pick(index: int) -> None:
    state.PICKED_NAME.set(index)


def _draw_names_and_picture(job: Job, written: WrittenNames) -> None:
    picked = min(state.PICKED_NAME.get(), len(written.traces) - 1)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        _draw_names(job.corpus, written, picked)
    with right:
        _draw_picture(job.corpus, job.config.cell, written, picked)


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
    kinds = [row[1] for row in rows]
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
    counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    one = (
        f" Greedy leaves nothing to chance, so there is one name, not {written.writing.count}."
        if written.writing.greedy and written.writing.count > 1
        else ""
    )
    st.caption(
        f"Written with the weights of step {written.step:,}: {counts}.{one} "
        + " ".join(MEANING[kind] for kind in dict.fromkeys(kinds))
        + " Apart: letters to insert, delete or replace to get there. "
        "Click a name to see how it came about."
    )


def _draw_picture(corpus: Corpus, cell: str, written: WrittenNames, picked: int) -> None:
    """The picked name: probabilities, hidden units, surprise, and the same as a table."""
    trace, labels = written.traces[picked], corpus.vocab.labels
    now, then = settings.writing(), written.writing
    probs = trace.probs(now.temperature, then.top_k)
    prefixes = [trace.name[:t] for t in range(len(trace.ids))]
    bits = trace.surprise(now.temperature, then.top_k)

    st.markdown(f"**What each letter was chosen from** · {_how_drawn(now, then, trace.given)}")
    plot(
        name_charts.probabilities(probs, trace.ids, labels, prefixes),
        "probabilities",
        "Probability of every symbol at every letter, the chosen ones outlined",
        base.least_width(len(trace.ids)),
    )
    st.caption(
        "Each column is one moment of writing: how likely every symbol was, given the "
        "letters to its left. The outlined one was taken; ⏎ ends the name."
        + name_charts.rows_left_out(len(labels))
    )
    _draw_hidden(trace, labels, cell)
    _draw_surprise(trace, labels, bits)
    with st.expander("The same as a table: the five likeliest symbols at each letter"):
        _draw_top_five(probs, trace.ids, bits, labels, prefixes)


def _draw_hidden(trace: Trace, labels: Sequence[str], cell: str) -> None:
    plot(
        name_charts.hidden(trace.hidden, trace.ids, labels),
        "hidden",
        "Value of every hidden unit behind every letter",
        base.least_width(len(trace.ids)),
    )
    besides = " (besides the cell state c)" if cell == "lstm" else ""
    H = trace.hidden.shape[1]
    st.caption(
        f"{f'The {H} hidden units' if H > 1 else 'The hidden unit'} as each letter was "
        f"chosen, from −1 to 1: all that it remembers{besides} of the letters to the left."
    )


def _draw_surprise(trace: Trace, labels: Sequence[str], bits: np.ndarray) -> None:
    plot(
        name_charts.surprise(bits, trace.ids, labels),
        "surprise",
        "Surprise of every letter in bits",
        base.least_width(len(trace.ids)),
    )
    finite = bits[np.isfinite(bits)]
    st.caption(
        f"Surprise, −log₂ p of the letter taken: {finite.mean():.2f} bits a symbol on "
        f"average, {finite.sum():.1f} for the whole name."
    )


def _how_drawn(now: Writing, then: Writing, given: int) -> str:
    how = "the likeliest each time" if then.greedy else f"drawn at temperature {then.temperature:g}"
    if then.top_k:
        how += f" among the top {then.top_k}"
    if given:
        how += f", the first {given} given"
    if now.temperature != then.temperature:
        how += f"; shown at temperature {now.temperature:g}"
    return how


def _draw_top_five(
    probs: np.ndarray, ids: np.ndarray, bits: np.ndarray, labels: list[str], prefixes: list[str]
) -> None:
    rows = []
    for t, row in enumerate(probs):
        top = np.argsort(-row, kind="stable")[:5]
        rows.append(
            [
                prefixes[t] or "start",
                labels[ids[t]],
                f"{row[ids[t]]:.3f}",
                f"{bits[t]:.2f}",
                *(f"{labels[i]} {row[i]:.2f}" for i in top),
            ]
        )
    draw_table(
        ["after", "taken", "p", "bits", "1st", "2nd", "3rd", "4th", "5th"],
        rows,
        "top_five",
        "The five likeliest symbols at each letter",
        numeric=(2, 3),
        names=(0, 1, 4, 5, 6, 7, 8),
    )
