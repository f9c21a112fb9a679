"""The figures of the page Data: how often letters occur, pairs, lengths, a name one-hot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dino.charts.base import (
    LEAST_COLUMN,
    MOST_ROWS,
    SEQUENTIAL,
    TRAIN,
    VAL,
    Figure,
    Part,
    axis,
    bars,
    escape,
    labelled_axis,
    legend_on_top,
    letter_figure,
    letter_heat,
    make_figure,
)

MARGIN = {"l": 52, "r": 16, "t": 34, "b": 44}
PAIRS_MARGIN = {"l": 52, "r": 64, "t": 50, "b": 10}
ROW = 17  # pixels of a symbol's row


def frequencies(counts: np.ndarray, firsts: np.ndarray, labels: Sequence[str]) -> Figure:
    """How often each symbol occurs anywhere and as first letter, in percent. (V,), (V,), (V,)"""
    heads = [escape(label) for label in labels]
    data = [
        _share_bars("anywhere", counts, TRAIN, "symbols", heads),
        _share_bars("as the first letter", firsts, VAL, "names", heads),
    ]
    x = labelled_axis("symbol", heads, tickangle=0, range=[-0.7, len(heads) - 0.3])
    y = axis("share, %", fixedrange=True, nticks=6, rangemode="tozero")
    more = {"barmode": "group", "bargap": 0.2, "showlegend": True, "legend": legend_on_top()}
    return make_figure(data, 270, MARGIN, xaxis=x, yaxis=y, **more)


def _share_bars(
    name: str, counts: np.ndarray, color: str, counted: str, heads: Sequence[str]
) -> Part:
    """Counts as percentages of their sum; counted: the plural noun for what is counted."""
    total = max(1, int(counts.sum()))
    hover = [
        f"{head} {name}: {n:,} of {total:,} {counted}, {100 * n / total:.2g} %"
        for head, n in zip(heads, counts.tolist(), strict=True)
    ]
    return bars(100 * counts / total, color, hover, name=name)


def pairs(counts: np.ndarray, labels: Sequence[str]) -> Figure:
    """How probable each symbol (across) is after each other one (down; the start last).

    counts (V + 1, V), as from `survey.pair_counts`; labels (V,). Of more than `MOST_ROWS` symbols
    only the most frequent are drawn.
    """
    columns = most_frequent(counts, len(labels))
    follows = columns[columns != 0]  # nothing comes after an end mark, index 0
    rows = np.append(follows, len(labels))
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    heads = [escape(labels[v]) for v in columns]
    sides = [*(escape(labels[v]) for v in follows), "start"]
    hover = []
    for row, side in zip(rows, sides, strict=True):
        total = int(counts[row].sum())
        hover.append(
            [
                f"after {side} comes {head}: {counts[row, v]:,} of {total:,} times, "
                f"p = {shares[row, v]:.2g}"
                for v, head in zip(columns, heads, strict=True)
            ]
        )
    height = ROW * len(rows)
    cells = letter_heat(shares[np.ix_(rows, columns)], SEQUENTIAL, 0, hover, "p", size=height)
    x = labelled_axis("the next symbol", heads, side="top", tickangle=0)
    x["range"] = [-0.5, len(heads) - 0.5]
    y = labelled_axis("the symbol before", sides, range=[len(sides) - 0.5, -0.5])
    return make_figure([cells], height + 60, PAIRS_MARGIN, xaxis=x, yaxis=y)


def most_frequent(counts: np.ndarray, V: int) -> np.ndarray:
    """The symbols that `pairs` has room for, in order, including the end mark. (at most V,)"""
    if V <= MOST_ROWS:
        return np.arange(V)
    order = np.argsort(-counts.sum(0), kind="stable")
    return np.union1d([0], order[: MOST_ROWS - 1])


def pairs_width(columns: int) -> int:
    """The width in pixels that `pairs` needs; a narrower frame scrolls."""
    return PAIRS_MARGIN["l"] + PAIRS_MARGIN["r"] + LEAST_COLUMN * columns


def lengths(counts: np.ndarray) -> Figure:
    """How many names have 0, 1, 2, … letters. (longest + 1,)"""
    hover = [f"{n:,} names of {length} letters" for length, n in enumerate(counts)]
    x = axis("letters in a name", fixedrange=True, showgrid=False)
    x["range"] = [0.3, len(counts) - 0.3]
    y = axis("names", fixedrange=True, nticks=5, rangemode="tozero")
    columns = bars(counts, TRAIN, hover)
    return make_figure([columns], 240, {**MARGIN, "t": 12}, bargap=0.15, xaxis=x, yaxis=y)


def one_hot(hot: np.ndarray, targets: np.ndarray, labels: Sequence[str]) -> Figure:
    """The input of every step, a row for each symbol; over each column what should come next.

    hot (T, V): a one where a letter was read; targets (T,) its indices; labels (V,). Of more than
    `MOST_ROWS` symbols only those of the name are drawn.
    """
    drawn = np.arange(len(labels))
    if len(labels) > MOST_ROWS:
        drawn = np.union1d(np.flatnonzero(hot.any(0)), [0])
    heads = [escape(labels[v]) for v in drawn.tolist()]
    hover = []
    for v, head in zip(drawn, heads, strict=True):
        hover.append([f"step {t}, {head}: {int(value)}" for t, value in enumerate(hot[:, v])])
    size = max(160, ROW * len(drawn))
    cells = letter_heat(hot.T[drawn], SEQUENTIAL, 0, hover, "x", size=size)
    rows = labelled_axis("", heads, range=[len(drawn) - 0.5, -0.5])
    return letter_figure([cells], rows, targets, labels, ROW * len(drawn) + 34)
