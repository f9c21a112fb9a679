"""The picture of one written name: what each letter was chosen from, and what was behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from dino.charts import base
from dino.charts import name as name_charts
from dino.config import Writing
from dino.data import Corpus
from dino.jobs import WrittenNames
from dino.ui import settings
from dino.ui.language import put
from dino.ui.plot import plot
from dino.ui.table import draw_table

if TYPE_CHECKING:  # PyTorch takes a second to load: the page is drawn before
    from dino.sample import Trace


def draw_probabilities(corpus: Corpus, written: WrittenNames, picked: int) -> None:
    """How likely every symbol was at every letter of the picked name."""
    trace, labels = written.traces[picked], corpus.vocab.labels
    now, then = settings.writing(), written.writing
    st.markdown(f"**What each letter was chosen from** · {_how_drawn(now, then, trace.given)}")
    plot(
        name_charts.probabilities(
            trace.probs(*shown_with(now, then)), trace.ids, labels, _prefixes(trace)
        ),
        "probabilities",
        "Probability of every symbol at every letter, the chosen ones outlined",
        base.least_width(len(trace.ids)),
    )
    st.caption(
        "Each column is one moment of writing: how likely every symbol was, given the "
        "letters to its left. The outlined one was taken; ⏎ ends the name."
    )
    if (left_out := name_charts.rows_left_out(len(labels))) is not None:
        st.caption(put(left_out))


def draw_hidden(corpus: Corpus, cell: str, trace: Trace) -> None:
    """The hidden units as each letter of a name was chosen, in columns under those above."""
    plot(
        name_charts.hidden(trace.hidden, trace.ids, corpus.vocab.labels),
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


def draw_surprise(corpus: Corpus, written: WrittenNames, picked: int) -> None:
    """How unlikely each letter of the picked name was, and all of this as a table."""
    trace, labels = written.traces[picked], corpus.vocab.labels
    shown = shown_with(settings.writing(), written.writing)
    bits = trace.surprise(*shown)
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
    with st.expander("The same as a table: the five likeliest symbols at each letter"):
        _draw_top_five(trace.probs(*shown), trace.ids, bits, labels, _prefixes(trace))


def shown_with(now: Writing, then: Writing) -> tuple[float, int]:
    """The temperature and the number of symbols that the pictures of a name are drawn with.

    now: the settings on the controls; then: those that it was written with. A temperature shows at
    once what it does to the same name; greedy writing knows none, so it is shown at 1.
    """
    return (1.0, 0) if then.greedy else (now.temperature, then.top_k)


def _prefixes(trace: Trace) -> list[str]:
    """The letters before each one of a name, its end mark included. (T,)"""
    return [trace.name[:t] for t in range(len(trace.ids))]


def _how_drawn(now: Writing, then: Writing, given: int) -> str:
    if then.greedy:
        how = "the likeliest each time; shown at temperature 1"
    else:
        how = f"drawn at temperature {then.temperature:g}"
        if then.top_k:
            how += f" among the top {then.top_k}"
        if now.temperature != then.temperature:
            how += f"; shown at temperature {now.temperature:g}"
    return f"{how}; the first {given} given" if given else how


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
