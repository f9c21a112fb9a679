"""The figures of the Data page: how often letters occur, pairs, lengths, a name one-hot."""

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
    Put,
    axis,
    bars,
    escape,
    labelled_axis,
    legend_on_top,
    letter_figure,
    letter_heat,
    make_figure,
)
from dino.locale.sentences import Sentence, mark, plural_sentence, sentence

MARGIN = {"l": 52, "r": 16, "t": 34, "b": 44}
PAIRS_MARGIN = {"l": 80, "r": 64, "t": 50, "b": 10}
ROW = 17  # pixels of a symbol's row


def frequencies(counts: np.ndarray, firsts: np.ndarray, labels: Sequence[str], put: Put) -> Figure:
    """How often each symbol occurs anywhere and as first letter, in percent. (V,), (V,), (V,)"""
    heads = [escape(label) for label in labels]
    total, names = max(1, int(counts.sum())), max(1, int(firsts.sum()))
    anywhere, first = [], []
    for head, count, starts in zip(heads, counts.tolist(), firsts.tolist(), strict=True):
        anywhere.append(put(_anywhere_words(head, count, total)))
        first.append(put(_first_words(head, starts, names)))
    data = [
        bars(100 * counts / total, TRAIN, anywhere, name=put(mark("anywhere"))),
        bars(100 * firsts / names, VAL, first, name=put(mark("as the first letter"))),
    ]
    x = labelled_axis(put(mark("symbol")), heads, tickangle=0, range=[-0.7, len(heads) - 0.3])
    y = axis(put(mark("share, %")), fixedrange=True, nticks=6, rangemode="tozero")
    more = {"barmode": "group", "bargap": 0.2, "showlegend": True, "legend": legend_on_top()}
    return make_figure(data, 270, MARGIN, xaxis=x, yaxis=y, **more)


def _anywhere_words(symbol: str, count: int, total: int) -> Sentence:
    return sentence(
        "{symbol} is {count:,} of {total:,} symbols, {percent:.3g} %",
        symbol=symbol,
        count=count,
        total=total,
        percent=100 * count / total,
    )


def _first_words(symbol: str, count: int, total: int) -> Sentence:
    return sentence(
        "{symbol} is the first letter of {count:,} of {total:,} names, {percent:.3g} %",
        symbol=symbol,
        count=count,
        total=total,
        percent=100 * count / total,
    )


def pairs(counts: np.ndarray, labels: Sequence[str], put: Put) -> Figure:
    """How probable each symbol (across) is after each other one (down; the start last).

    counts (V + 1, V): from `survey.pair_counts`; labels (V,). Of more than `MOST_ROWS` symbols,
    only the most frequent are drawn.
    """
    columns = most_frequent(counts, len(labels))
    follows = columns[columns != 0]  # nothing follows an end mark, index 0
    rows = np.append(follows, len(labels))
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    heads = [escape(labels[v]) for v in columns]
    sides = [*(escape(labels[v]) for v in follows), put(mark("start"))]
    hover = []
    for row, side in zip(rows, sides, strict=True):
        total = int(counts[row].sum())
        hover.append(
            [
                put(_pair_words(side, head, int(counts[row, v]), total))
                for v, head in zip(columns, heads, strict=True)
            ]
        )
    height = ROW * len(rows)
    cells = letter_heat(shares[np.ix_(rows, columns)], SEQUENTIAL, 0, hover, "p", size=height)
    x = labelled_axis(put(mark("the next symbol")), heads, side="top", tickangle=0)
    x["range"] = [-0.5, len(heads) - 0.5]
    y = labelled_axis(put(mark("the symbol before")), sides, range=[len(sides) - 0.5, -0.5])
    return make_figure([cells], height + 60, PAIRS_MARGIN, xaxis=x, yaxis=y)


def _pair_words(before: str, symbol: str, count: int, total: int) -> Sentence:
    return sentence(
        "{symbol} follows {before} in {count:,} of {total:,} cases, p = {share:.2g}",
        before=before,
        symbol=symbol,
        count=count,
        total=total,
        share=count / max(1, total),
    )


def most_frequent(counts: np.ndarray, V: int) -> np.ndarray:
    """The symbols for which `pairs` has room, in order, the end mark included. (at most V,)"""
    if V <= MOST_ROWS:
        return np.arange(V)
    order = np.argsort(-counts.sum(0), kind="stable")
    return np.union1d([0], order[: MOST_ROWS - 1])


def pairs_width(columns: int) -> int:
    """The width in pixels that `pairs` needs; a narrower frame scrolls."""
    return PAIRS_MARGIN["l"] + PAIRS_MARGIN["r"] + LEAST_COLUMN * columns


def lengths(counts: np.ndarray, put: Put) -> Figure:
    """How many names have 0, 1, 2, … letters. (longest + 1,)"""
    hover = [put(_length_words(length, n)) for length, n in enumerate(counts.tolist())]
    x = axis(put(mark("letters in a name")), fixedrange=True, showgrid=False)
    x["range"] = [0.3, len(counts) - 0.3]
    y = axis(put(mark("names")), fixedrange=True, nticks=5, rangemode="tozero")
    columns = bars(counts, TRAIN, hover)
    return make_figure([columns], 240, {**MARGIN, "t": 12}, bargap=0.15, xaxis=x, yaxis=y)


def _length_words(length: int, count: int) -> Sentence:
    return plural_sentence(
        "length {length}: {count:,} name", "length {length}: {count:,} names", count, length=length
    )


def one_hot(
    hot: np.ndarray,
    targets: np.ndarray,
    labels: Sequence[str],
    put: Put,
    over: Sequence[str] | None = None,
) -> Figure:
    """The input of every step, a row for each symbol; above each column, what should come next.

    hot (T, V): a one where a letter was read; targets (T,): the next indices; labels (V,). Of more
    than `MOST_ROWS` symbols, only those of the name are drawn. over (T,): replaces the text above
    the columns.
    """
    drawn = np.arange(len(labels))
    if len(labels) > MOST_ROWS:
        drawn = np.union1d(np.flatnonzero(hot.any(0)), [0])
    heads = [escape(labels[v]) for v in drawn.tolist()]
    hover = []
    for v, head in zip(drawn, heads, strict=True):
        hover.append(
            [
                put(sentence("step {step}, {symbol}: {value}", step=t, symbol=head, value=value))
                for t, value in enumerate(hot[:, v].astype(int).tolist(), 1)
            ]
        )
    size = max(160, ROW * len(drawn))
    cells = letter_heat(hot.T[drawn], SEQUENTIAL, 0, hover, "x", size=size)
    rows = labelled_axis("", heads, range=[len(drawn) - 0.5, -0.5])
    figure = letter_figure([cells], rows, targets, labels, ROW * len(drawn) + 34)
    if over is not None:
        figure["layout"]["xaxis"]["ticktext"] = [escape(text) for text in over]
    return figure
