"""Inside, the picked name: what each letter was drawn from, and the hidden units behind it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dino.charts import base
from dino.charts import name as name_charts
from dino.pages.inside.view import View
from dino.ui.plot import plot
from dino.ui.table import draw_twin


def draw_picked_name(view: View) -> None:
    """The probabilities and hidden states behind every letter of the picked name."""
    probs = view.picked_trace.probs()
    states = view.picked_trace.hidden.copy()
    states[:, list(view.silent)] = 0.0
    left, right = st.columns(2, gap="medium")
    with left:
        _draw_probabilities(view, probs)
    with right:
        _draw_hidden_states(view, states)
    _draw_twin(view, probs, states)


def _prefixes(view: View) -> list[str]:
    """The letters before each one of the picked name, its end mark included. (T,)"""
    trace = view.picked_trace
    return [trace.name[:t] for t in range(len(trace.ids))]


def _draw_probabilities(view: View, probs: np.ndarray) -> None:
    ids, labels = view.picked_trace.ids, view.vocab.labels
    plot(
        name_charts.probabilities(probs, ids, labels, _prefixes(view)),
        "inside_probs",
        "Probability of every symbol at every letter, the chosen ones outlined",
        base.least_width(len(ids)),
    )
    chosen = probs[np.arange(len(ids)), ids]
    st.caption(
        "Each column: how likely every symbol was as the next, given the letters to its left. The "
        f"outlined one was drawn, with probability {chosen.mean():.2f} on average."
        + name_charts.rows_left_out(len(labels))
    )


def _draw_hidden_states(view: View, states: np.ndarray) -> None:
    ids, H = view.picked_trace.ids, states.shape[1]
    plot(
        name_charts.hidden(states, ids, view.vocab.labels),
        "inside_hidden",
        "Value of every hidden unit behind every letter",
        base.least_width(len(ids)),
    )
    st.caption(
        f"The {'hidden unit' if H == 1 else f'{H} hidden units'} as each letter was drawn: "
        f"{100 * np.mean(np.abs(states) > 0.9):.0f} % of their values are beyond ±0.9, fully on "
        "or off."
    )


def _draw_twin(view: View, probs: np.ndarray, states: np.ndarray) -> None:
    labels, rows = view.vocab.labels, []
    steps = zip(_prefixes(view), view.picked_trace.ids.tolist(), probs, states, strict=True)
    for prefix, i, p, h in steps:
        most_likely = int(p.argmax())
        rows.append(
            [
                prefix or "start",
                labels[i],
                f"{p[i]:.3f}",
                labels[most_likely],
                f"{p[most_likely]:.3f}",
                f"{np.abs(h).mean():.2f}",
            ]
        )
    draw_twin(
        ["after", "drawn", "p", "likeliest", "its p", "mean |h|"],
        rows,
        "inside_twin",
        "The picked name letter by letter",
        numeric=(2, 4, 5),
        names=(0,),
    )
