"""Compare without a run: the curves of two example runs in one chart, and what they show."""

from __future__ import annotations

import streamlit as st

from dino.charts.base import RUNS
from dino.charts.compare import RunCurves, overlaid_losses
from dino.charts.walk import curve_walk
from dino.locale.sentences import Sentence
from dino.pages.compare.curve_sentences import axis_sentences, best_sentences
from dino.pages.compare.headline import headline_sentences
from dino.ui import run_titles
from dino.ui.example_runs import example_words, examples
from dino.ui.language import put, say
from dino.ui.plot import plot
from dino.ui.text import show_text

HEIGHT = 300  # pixels of the chart


def draw_example() -> None:
    """Draw them, with sentences that say what they are and what they show."""
    entries = examples()
    titles = run_titles.telling_titles(entries)
    with st.container(border=True, key="example"):
        show_text(
            say(
                "An example of what you will see: the losses of two prepared runs that are not "
                "yours ({first}; {second}).",
                first=example_words(entries[0]),
                second=example_words(entries[1]),
            )
        )
        curves = [
            RunCurves(titles[entry.token], RUNS[i], entry.run.val_curve(), entry.run.train_curve())
            for i, entry in enumerate(entries)
        ]
        words = [put(it) for it in example_sentences()]
        figure = overlaid_losses(curves, by="step", put=put, height=HEIGHT)
        plot(figure, "example_losses", " ".join(words), walk=curve_walk(put))
        show_text(" ".join(words))
        st.caption(" ".join(put(it) for it in axis_sentences("step", False, False, True)))


def example_sentences() -> list[Sentence]:
    """Which example ends with the lowest loss, and whether chance alone could explain that; then
    what the curves show.
    """
    entries = examples()
    return [
        *headline_sentences(entries, ()),
        *best_sentences(entries, run_titles.telling_titles(entries)),
    ]
