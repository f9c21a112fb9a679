"""How far back cells learn to look: the last letter's loss by how far back the first letter is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dino.charts.base import (
    BASELINE,
    SERIES,
    SMALL,
    Figure,
    Part,
    Put,
    axis,
    escape,
    legend_on_top,
    make_figure,
    numbers,
)
from dino.locale.sentences import error_sentence, sentence

MARGIN = {"l": 52, "r": 76, "t": 34, "b": 44}
SYMBOLS = ("circle", "square", "diamond")  # cells differ in colour and in shape
HEIGHT = 320


class CellLosses(NamedTuple):
    """The networks of one cell. name: the cell's; distances (n,): k of each network's list;
    losses, errors (n,): of the last letter, nats, and its standard error over words.
    """

    name: str
    distances: np.ndarray
    losses: np.ndarray
    errors: np.ndarray


def loss_by_distance(cells: Sequence[CellLosses], guess: float, learned: float, put: Put) -> Figure:
    """The last letter's loss against k: a point for each network, a line through each cell's means.

    guess: the loss without the first letter; learned: below it a list counts as learned. Nats.
    """
    data = [part for number, cell in enumerate(cells) for part in _curve(number, cell, put)]
    ticks = np.unique(np.concatenate([cell.distances for cell in cells])).tolist()
    title = put(sentence("k, letters back to the first one"))
    x = axis(title, tickvals=ticks, fixedrange=True)
    x["range"] = [min(ticks) - 2, max(ticks) + 2]
    highest = max([guess, *(float(cell.losses.max()) for cell in cells)])
    y = axis(put(sentence("last letter's loss, nats")), fixedrange=True)
    y["range"] = [-0.04 * highest, 1.08 * highest]
    levels = ((guess, put(sentence("a guess"))), (learned, put(sentence("learned"))))
    return make_figure(
        data,
        HEIGHT,
        MARGIN,
        shapes=[_level(at) for at, _ in levels],
        annotations=[_level_name(at, name) for at, name in levels],
        showlegend=True,
        legend=legend_on_top(),
        xaxis=x,
        yaxis=y,
    )


def _curve(number: int, cell: CellLosses, put: Put) -> list[Part]:
    """The line through the means of a cell, and its networks with twice their error."""
    color, name = SERIES[number], escape(cell.name)
    places = np.unique(cell.distances)
    means = np.array([cell.losses[cell.distances == k].mean() for k in places])
    rows = zip(cell.distances.tolist(), cell.losses.tolist(), cell.errors.tolist(), strict=True)
    hover = [
        put(sentence("{cell}, k = {k}: {loss}", cell=name, k=k, loss=error_sentence(loss, e, 3)))
        for k, loss, e in rows
    ]
    line = {"mode": "lines", "x": places.tolist(), "y": numbers(means), "hoverinfo": "skip"}
    line |= {"line": {"color": color, "width": 1.5}, "showlegend": False}
    points = {
        "mode": "markers",
        "name": name,
        "x": cell.distances.tolist(),
        "y": numbers(cell.losses),
        "error_y": {"array": numbers(2 * cell.errors), "thickness": 1, "width": 0, "color": color},
        "marker": {"color": color, "size": 8, "symbol": SYMBOLS[number]},
        "hoverinfo": "text",
        "text": hover,
    }
    return [{"type": "scatter", **line}, {"type": "scatter", **points}]


def _level(at: float) -> Part:
    dashes = {"color": BASELINE, "width": 1, "dash": "dash"}
    ends = {"x0": 0, "x1": 1, "y0": at, "y1": at}
    return {"type": "line", "xref": "paper", "layer": "below", "line": dashes, **ends}


def _level_name(at: float, name: str) -> Part:
    place = {"xref": "paper", "x": 1, "xanchor": "left", "y": at, "xshift": 4}
    return {**place, "text": name, "showarrow": False, "font": {**SMALL, "color": BASELINE}}
