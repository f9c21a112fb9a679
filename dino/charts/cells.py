"""Cells beside each other: loss by the memory they were trained with, and their gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dino.charts.base import (
    SERIES,
    Figure,
    Part,
    Put,
    axis,
    bars,
    escape,
    labelled_axis,
    legend_on_top,
    make_figure,
    numbers,
)
from dino.locale.sentences import error_sentence, sentence

MARGIN = {"l": 52, "r": 16, "t": 34, "b": 44}
SYMBOLS = ("circle", "square", "diamond")  # cells differ in colour and in shape


def losses_by_memory(cells: Mapping[str, np.ndarray], put: Put) -> Figure:
    """Held-out loss against the memory of training: a line for each cell, by its name.

    cells: (K, S) nats per symbol for k = 1, …, K letters and S seeds; a point is their mean, with
    their standard deviation.
    """
    data = [_curve(i, name, losses, put) for i, (name, losses) in enumerate(cells.items())]
    K = max(len(losses) for losses in cells.values())
    x = axis(put(sentence("k, letters of memory in training")), fixedrange=True)
    x |= {"tickvals": list(range(1, K + 1)), "range": [0.5, K + 0.5]}
    y = axis(put(sentence("held-out loss, nats per symbol")), fixedrange=True)
    legend = {"showlegend": True, "legend": legend_on_top()}
    return make_figure(data, 320, MARGIN, xaxis=x, yaxis=y, **legend)


def _curve(number: int, name: str, losses: np.ndarray, put: Put) -> Part:
    means, spread = losses.mean(axis=1), losses.std(axis=1, ddof=1)
    color, shown = SERIES[number % len(SERIES)], escape(name)
    rows = enumerate(zip(means.tolist(), spread.tolist(), strict=True), 1)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": shown,
        "x": list(range(1, len(means) + 1)),
        "y": numbers(means),
        "error_y": {"array": numbers(spread), "thickness": 1, "width": 0, "color": color},
        "line": {"color": color, "width": 1.5},
        "marker": {"color": color, "size": 7, "symbol": SYMBOLS[number % len(SYMBOLS)]},
        "hoverinfo": "text",
        "text": [
            put(sentence("{cell}, k = {k}: {loss}", cell=shown, k=k, loss=error_sentence(m, s, 3)))
            for k, (m, s) in rows
        ],
    }


def gates(letters: Sequence[str], by_name: Mapping[str, np.ndarray], put: Put) -> Figure:
    """The mean of a gate at each letter of a name, from 0 to 1, for each network by its words."""
    data = []
    for i, (name, values) in enumerate(by_name.items()):
        shown = escape(name)
        hover = [
            put(sentence("{gate} at {letter}: {value:.2f}", gate=shown, letter=letter, value=value))
            for letter, value in zip(map(escape, letters), values.tolist(), strict=True)
        ]
        data.append(bars(values, SERIES[1 + i], hover, name=shown))
    heads = [escape(letter) for letter in letters]
    x = labelled_axis(
        put(sentence("letter that the step reads")),
        heads,
        range=[-0.6, len(heads) - 0.4],
        tickangle=0,
    )
    y = axis(put(sentence("mean of the gate")), range=[0, 1], fixedrange=True)
    legend = {"showlegend": True, "legend": legend_on_top()}
    return make_figure(data, 260, MARGIN, xaxis=x, yaxis=y, barmode="group", **legend)
