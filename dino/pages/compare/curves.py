"""The curves of the chosen runs, laid over each other, and what they show."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dino.charts.compare import Curve, RunCurves, overlaid_losses
from dino.charts.walk import STEP, curve_walk
from dino.locale.sentences import mark, sentence
from dino.pages.compare.compared import Compared
from dino.pages.compare.curve_sentences import axis_sentences, best_sentences
from dino.run import Run
from dino.ui import state
from dino.ui.language import put, say, say_plural
from dino.ui.plot import plot
from dino.ui.text import show_text

BY = {"step": mark("Steps"), "names": mark("Names seen"), "seconds": mark("Seconds")}
UNITS = {"step": STEP, "names": sentence("Names seen"), "seconds": sentence("Seconds")}
NO_POINTS: Curve = np.empty(0), np.empty(0)


def draw_curves(compared: Compared) -> None:
    """Draw the controls of the chart, the chart, and sentences that say what it shows."""
    entries = compared.chosen
    st.markdown(f"**{say('Curves of the ticked runs')}**")
    by = _draw_controls()
    log_x, log_y = bool(state.LOG_X.get()), bool(state.LOG_Y.get())
    smoothed, with_train = bool(state.SMOOTH.get()), bool(state.TRAIN_SHOWN.get())
    curves = [
        RunCurves(
            compared.titles[entry.token],
            compared.color(entry.token) or "",
            in_unit(entry.run, entry.run.val_curve(), by),
            in_unit(entry.run, entry.run.train_curve(), by) if with_train else NO_POINTS,
        )
        for entry in entries
    ]
    figure = overlaid_losses(curves, by=by, log_x=log_x, log_y=log_y, smoothed=smoothed, put=put)
    words = [put(it) for it in best_sentences(entries, compared.titles)]
    alt = say_plural(
        "Losses of {count} run. {words}",
        "Losses of {count} runs. {words}",
        len(entries),
        words=words[0],
    )
    plot(figure, "overlaid", alt, walk=curve_walk(put, UNITS[by]))
    show_text(" ".join(words))
    st.caption(" ".join(put(it) for it in axis_sentences(by, log_x, smoothed, with_train)))


def _draw_controls() -> str:
    """Draw the controls of the chart; return what the curves are drawn against."""
    state.set_first(state.COMPARE_BY, state.TRAIN_SHOWN)
    with st.container(key="compare_controls", horizontal=True, vertical_alignment="center"):
        by = st.segmented_control(
            say("Against"),
            list(BY),
            format_func=lambda key: put(BY[key]),
            key=state.COMPARE_BY.key,
            persist_state="session",
            required=True,
            label_visibility="collapsed",
        )
        switches = (
            (state.LOG_X, say("x logarithmic")),
            (state.LOG_Y, say("y logarithmic")),
            (state.SMOOTH, say("Smoothed")),
            (state.TRAIN_SHOWN, say("Training loss")),
        )
        for value, label in switches:
            st.toggle(label, key=value.key, persist_state="session")
    return by if by in BY else "step"


def in_unit(run: Run, curve: Curve, by: str) -> Curve:
    """A curve against steps, names seen, or seconds: as many of these as its steps took.

    Each step sees as many names; a run's seconds are spread evenly over its steps, for only their
    sum is known.
    """
    steps, losses = curve
    whole = {"names": float(run.names_seen), "seconds": run.seconds}.get(by, float(run.step))
    return np.asarray(steps, dtype=np.float64) * (whole / max(1, run.step)), losses
