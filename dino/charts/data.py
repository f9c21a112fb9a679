"""The figures of the page Data, made as those in `charts.py` are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dino.charts.base import (
    LEAST_COLUMN,
    MOST_ROWS,
    SMALL,
    TRAIN,
    VAL,
    Figure,
    _axis,
    _by_letter,
    _heat,
    _layout,
    escape,
    for_json,
)

MARGIN = {"l": 52, "r": 16, "t": 34, "b": 44}
ROW = 17  # pixels


def frequencies(counts: np.ndarray, firsts: np.ndarray, labels: Sequence[str]) -> Figure:
    """How often each symbol stands anywhere, and how often first, in percent. (V,), (V,), (V,)"""
    heads = [escape(label) for label in labels]
    data = []
    for name, numbers, color, of in (("anywhere", counts, TRAIN, "symbols"),
                                     ("as the first letter", firsts, VAL, "names")):
        total = max(1, int(numbers.sum()))
        data.append({
            "type": "bar", "name": name, "x": list(range(len(heads))),
            "y": for_json(100 * numbers / total), "marker": {"color": color}, "hoverinfo": "text",
            "textposition": "none", "text": [
                f"{head} {name}: {n:,} of {total:,} {of}, {100 * n / total:.2g} %"
                for head, n in zip(heads, numbers.tolist(), strict=True)]})
    return {"data": data, "layout": _layout(
        270, MARGIN, barmode="group", bargap=0.2, dragmode=False, showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": SMALL},
        xaxis=_axis("symbol", tickvals=list(range(len(heads))), ticktext=heads, showgrid=False,
                    fixedrange=True, tickangle=0, range=[-0.7, len(heads) - 0.3]),
        yaxis=_axis("share, %", fixedrange=True, nticks=6, rangemode="tozero"))}


def pairs(counts: np.ndarray, labels: Sequence[str]) -> Figure:
    """How likely each symbol (across) is after each other one (down; the start last).

    counts (V + 1, V), as `survey.pairs` has them; labels (V,). Of very many symbols, only the
    commonest are drawn.
    """
    kept = commonest(counts, len(labels))
    rows = np.append(kept, len(labels))
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    heads = [escape(labels[v]) for v in kept]
    sides = [*heads, "start"]
    hover = [[f"after {side} comes {head}: {counts[row, v]:,} of {int(counts[row].sum()):,} times, "
              f"p = {shares[row, v]:.2g}" for v, head in zip(kept, heads, strict=True)]
             for row, side in zip(rows, sides, strict=True) if row != 0]
    sides, rows = sides[1:], rows[1:]  # nothing comes after an end mark
    height = ROW * len(rows)
    heat = _heat(shares[np.ix_(rows, kept)], "@sequential", 0, 1, hover, "p", size=height)
    return {"data": [heat], "layout": _layout(
        height + 60, {"l": 52, "r": 64, "t": 50, "b": 10}, dragmode=False,
        xaxis=_axis("the next symbol", tickvals=list(range(len(heads))), ticktext=heads,
                    side="top", range=[-0.5, len(heads) - 0.5], showgrid=False, fixedrange=True,
                    tickangle=0),
        yaxis=_axis("the symbol before", tickvals=list(range(len(sides))), ticktext=sides,
                    range=[len(sides) - 0.5, -0.5], showgrid=False, fixedrange=True))}


def commonest(counts: np.ndarray, V: int) -> np.ndarray:
    """The symbols that the picture of pairs has room for, the end mark among them, in order."""
    if V <= MOST_ROWS:
        return np.arange(V)
    order = np.argsort(-counts.sum(0), kind="stable")
    return np.union1d([0], order[: MOST_ROWS - 1])


def pairs_width(columns: int) -> int:
    """Pixels under which the picture of pairs scrolls in its own frame."""
    return 52 + 64 + LEAST_COLUMN * columns


def lengths(counts: np.ndarray) -> Figure:
    """How many names have so many letters. (longest + 1,)"""
    trace = {"type": "bar", "x": list(range(len(counts))), "y": counts.tolist(),
             "marker": {"color": TRAIN}, "hoverinfo": "text", "textposition": "none",
             "text": [f"{n:,} names of {length} letters" for length, n in enumerate(counts)]}
    return {"data": [trace], "layout": _layout(
        240, {**MARGIN, "t": 12}, dragmode=False, bargap=0.15,
        xaxis=_axis("letters in a name", fixedrange=True, showgrid=False,
                    range=[0.3, len(counts) - 0.3]),
        yaxis=_axis("names", fixedrange=True, nticks=5, rangemode="tozero"))}


def one_hot(hot: np.ndarray, targets: np.ndarray, labels: Sequence[str]) -> Figure:
    """The input of every step, a row for each symbol; over each column what should come next.

    hot (T, V): a one where a letter was read; targets (T,) its indices; labels (V,). Of very many
    symbols, only those of the name are drawn.
    """
    kept = np.arange(len(labels))
    if len(labels) > MOST_ROWS:
        kept = np.union1d(np.flatnonzero(hot.any(0)), [0])
    heads = [escape(labels[v]) for v in kept]
    hover = [[f"step {t}, {head}: {int(value)}" for t, value in enumerate(hot[:, v].tolist())]
             for v, head in zip(kept, heads, strict=True)]
    heat = _heat(hot.T[kept], "@sequential", 0, 1, hover, "x", size=max(160, ROW * len(kept)))
    rows = _axis(tickvals=list(range(len(kept))), ticktext=heads, range=[len(kept) - 0.5, -0.5],
                 showgrid=False)
    return _by_letter([heat], rows, targets, labels, ROW * len(kept) + 34)
