"""A network and counting beside each other on a name: what each loses on every symbol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dino.charts.base import (
    SERIES,
    Figure,
    Part,
    Put,
    axis,
    escape,
    labelled_axis,
    legend_on_top,
    make_figure,
    numbers,
)
from dino.charts.name_rows import network_row
from dino.locale.sentences import sentence

MARGIN = {"l": 52, "r": 16, "t": 34, "b": 44}
MARKS = ("circle", "square", "diamond")  # readers differ in colour, mark and dash
DASHES = ("dot", "dash", "solid")
HEIGHT = 300  # pixels


def losses_by_symbol(
    symbols: Sequence[str], readers: Mapping[str, np.ndarray], parts: np.ndarray, put: Put
) -> Figure:
    """−ln p of every symbol of a name: a line for each reader, the last one their mixture.

    symbols (T,); readers: losses (T,) in nats, by their names; parts (T,): which part of each mixed
    probability is the network's, a row of numbers above the lines.
    """
    heads = [escape(it) for it in symbols]
    lines = [_line(i, heads, name, it, put) for i, (name, it) in enumerate(readers.items())]
    high = 1.1 * max(1.0, *(float(it.max()) for it in readers.values()))
    row = {**network_row(parts, heads, high, put), "showlegend": False}
    x = labelled_axis(
        put(sentence("symbol to predict")), heads, range=[-0.6, len(heads) - 0.4], tickangle=0
    )
    y = axis(put(sentence("−ln p, nats")), range=[-0.03 * high, 1.08 * high], fixedrange=True)
    legend = {"showlegend": True, "legend": legend_on_top()}
    return make_figure([*lines, row], HEIGHT, MARGIN, xaxis=x, yaxis=y, **legend)


def _line(i: int, heads: Sequence[str], name: str, losses: np.ndarray, put: Put) -> Part:
    shown, color = escape(name), SERIES[i]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": shown,
        "x": list(range(len(losses))),
        "y": numbers(losses),
        "line": {"color": color, "width": 2 if i == len(DASHES) - 1 else 1, "dash": DASHES[i]},
        "marker": {"color": color, "size": 7, "symbol": MARKS[i]},
        "hoverinfo": "text",
        "text": [
            put(sentence("{head}, {reader}: {loss:.2f} nats", head=head, reader=shown, loss=loss))
            for head, loss in zip(heads, losses.tolist(), strict=True)
        ],
    }
