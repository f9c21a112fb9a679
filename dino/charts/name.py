"""One name letter by letter: probabilities, hidden units, surprise, each over the same columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dino.charts.base import (
    CHOSEN,
    DIVERGING,
    MOST_ROWS,
    SEQUENTIAL,
    Figure,
    axis,
    escape,
    heads,
    labelled_axis,
    letter_figure,
    letter_heat,
    numbers,
    outline,
)

ROW = 17  # pixels of a symbol's row


def probabilities(
    probs: np.ndarray, ids: np.ndarray, labels: Sequence[str], prefixes: Sequence[str]
) -> Figure:
    """The probability of every symbol at every letter, the chosen ones outlined.

    probs (T, V); ids (T,) the symbols taken, −1 where none is yet; labels (V,) their names;
    prefixes (T,) what was written before each. Of more than `MOST_ROWS` symbols only the most
    probable have a row of their own.
    """
    probs, ids, labels = _most_probable(probs, ids, labels)
    V = len(labels)
    hover = []
    for v, label in enumerate(labels):
        row = zip(prefixes, probs[:, v].tolist(), strict=True)
        hover.append([_probability_text(label, prefix, p) for prefix, p in row])
    cells = letter_heat(probs.T, SEQUENTIAL, 0, hover, "p", size=max(160, ROW * V))
    boxes = [
        outline(t - 0.5, t + 0.5, i - 0.5, i + 0.5) for t, i in enumerate(ids.tolist()) if i >= 0
    ]
    rows = labelled_axis("", [escape(label) for label in labels], range=[V - 0.5, -0.5])
    return letter_figure([cells], rows, ids, labels, ROW * V + 34, shapes=boxes)


def _probability_text(label: str, prefix: str, p: float) -> str:
    number = f"{p:.2g}" if p < 0.01 else f"{p:.2f}"
    return f"p({escape(label)} | {escape(prefix) or 'start'}) = {number}"


def _most_probable(
    probs: np.ndarray, ids: np.ndarray, labels: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, Sequence[str]]:
    """The same with fewer rows where there are too many to read: the symbols taken, the most
    probable of the others, and a last row with the sum of all the rest.
    """
    V = len(labels)
    if V <= MOST_ROWS:
        return probs, ids, labels
    order = np.argsort(-probs.max(0), kind="stable")
    taken = np.unique(ids[ids >= 0])
    free = max(0, MOST_ROWS - 1 - len(taken))
    others = np.setdiff1d(order[:MOST_ROWS], taken, assume_unique=True)
    drawn = np.union1d(taken, others[:free])
    rest = np.setdiff1d(np.arange(V), drawn)
    rows = np.concatenate([probs[:, drawn], probs[:, rest].sum(1, keepdims=True)], axis=1)
    places = np.where(ids >= 0, np.searchsorted(drawn, ids), -1)
    return rows, places, [*(labels[v] for v in drawn), f"+{len(rest)}"]


def rows_left_out(V: int) -> str:
    """A sentence on what `probabilities` draws of V symbols; empty where it draws them all."""
    if V <= MOST_ROWS:
        return ""
    return (
        f" Of the {V} symbols, the {MOST_ROWS - 1} likeliest here have a row each; the last row is "
        "all the others together."
    )


def hidden(states: np.ndarray, ids: np.ndarray, labels: Sequence[str]) -> Figure:
    """The hidden state before every letter: units top to bottom, letters left to right.

    states (T, H) in −1 … 1; ids (T,); labels (V,).
    """
    H = states.shape[1]
    hover = []
    for unit in range(H):
        row = zip(heads(ids, labels), states[:, unit].tolist(), strict=True)
        hover.append([f"unit {unit} before {head}: {value:+.2f}" for head, value in row])
    size = int(np.clip(4 * H, 100, 360))
    cells = letter_heat(states.T, DIVERGING, -1, hover, "h", size=size)
    rows = axis("hidden unit", range=[H - 0.5, -0.5], showgrid=False)
    if H < 8:
        rows["dtick"] = 1
    return letter_figure([cells], rows, ids, labels, size + 34)


def surprise(bits: np.ndarray, ids: np.ndarray, labels: Sequence[str]) -> Figure:
    """−log2 p of every chosen letter, in bits. (T,), (T,), (V,)"""
    columns = zip(heads(ids, labels), bits.tolist(), strict=True)
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(range(len(ids))),
        "y": numbers(bits),
        "line": {"color": CHOSEN, "width": 2},
        "marker": {"size": 7},
        "text": [f"{head}: {b:.2f} bits" for head, b in columns],
        "hoverinfo": "text",
    }
    high = max(5.0, float(bits[np.isfinite(bits)].max(initial=0))) * 1.1
    return letter_figure([line], axis("bits", range=[-0.3, high]), ids, labels, 160)
