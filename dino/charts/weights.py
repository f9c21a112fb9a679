"""The weights of a network: a matrix as a heatmap, and the symbols on a map."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np

from dino.charts.base import (
    CHOSEN,
    DIVERGING,
    TEXT,
    Figure,
    Part,
    Put,
    axis,
    color_bar,
    escape,
    heat,
    make_figure,
    numbers,
    signed_axis,
)
from dino.locale.sentences import Sentence, Text, mark, sentence

MATRIX_MARGIN = {"l": 56, "r": 56, "t": 8, "b": 46}
MAP_MARGIN = {"l": 56, "r": 16, "t": 12, "b": 44}


def weights(
    W: np.ndarray, rows: Sequence[str], columns: Sequence[str], titles: tuple[str, str]
) -> Figure:
    """A weight matrix (R, C) as a heatmap, centred at 0; its row and column names."""
    edge = float(np.abs(W).max()) or 1.0
    heads, sides = [escape(c) for c in columns], [escape(r) for r in rows]
    hover = [[f"{side} → {head}" for head in heads] for side in sides]
    bar = color_bar([-edge, 0, edge], tickformat=".2~r")
    places = {**_unit_places("x", columns), **_unit_places("y", rows)}
    cells = heat(W, DIVERGING, (-edge, edge), hover, colorbar=bar, **places)
    # Up to 10,000 numbers: the browser puts them into words, with the page's decimal mark.
    cells["hovertemplate"] = "%{text}: %{z:+.3f}<extra></extra>"
    x = axis(titles[1], showgrid=False, fixedrange=True, tickangle=0, **_ticks(heads, 27))
    y = axis(titles[0], showgrid=False, fixedrange=True, **_ticks(sides, 30))
    y["autorange"] = "reversed"
    height = int(np.clip(14 * len(sides), 200, 460)) + 54
    return make_figure([cells], height, MATRIX_MARGIN, xaxis=x, yaxis=y)


def weights_alt(matrix: Text, shown: range, units: int) -> Sentence:
    """What the same picture has: all of a matrix, or only the weights of some of its units."""
    if len(shown) == units:
        return sentence("The weights {matrix}", matrix=matrix)
    return sentence(
        "The weights {matrix} of the hidden units {first} to {last}",
        matrix=matrix,
        first=shown[0],
        last=shown[-1],
    )


def _unit_places(direction: str, names: Sequence[str]) -> Part:
    """Units are placed at their numbers, so that plotly labels as many as there is room for."""
    return {direction: [int(name) for name in names]} if names[0].isdecimal() else {}


def _ticks(names: Sequence[str], most: int) -> Part:
    """Labels for at most `most` of the names; units are left to plotly."""
    if names[0].isdecimal():
        return {"dtick": 1} if len(names) < 8 else {"nticks": 12}
    labelled = range(0, len(names), max(1, math.ceil(len(names) / most)))
    return {"tickvals": list(labelled), "ticktext": [names[i] for i in labelled]}


def letter_map(
    places: np.ndarray,
    labels: Sequence[str],
    vowels: Collection[int],
    edge: float,
    share: np.ndarray,
    put: Put,
) -> Figure:
    """The symbols on two axes, vowels in colour. places (V, 2); the axes end at ±`edge`.

    share (2,): each axis's share of the last moment's variance; put: puts the words into the
    language of the page.
    """
    colors = [CHOSEN if v in vowels else TEXT for v in range(len(labels))]
    heads = [escape(label) for label in labels]
    points = zip(heads, places.tolist(), strict=True)
    symbols = {
        "type": "scatter",
        "mode": "text",
        "x": numbers(places[:, 0]),
        "y": numbers(places[:, 1]),
        "text": heads,
        "hoverinfo": "text",
        "hovertext": [
            put(sentence("{symbol}: {x:+.2f}; {y:+.2f}", symbol=head, x=x, y=y))
            for head, (x, y) in points
        ],
        "textfont": {"size": 15, "color": colors},
    }
    ends = [-1.1 * edge, 1.1 * edge]
    x, y = (
        signed_axis(put(_axis_title(i + 1, percent)), range=ends)
        for i, percent in enumerate((100 * share).tolist())
    )
    return make_figure([symbols], 420, MAP_MARGIN, xaxis=x, yaxis=y)


def map_alt(vowels: Collection[int]) -> str:
    """What the same picture shows, for people who do not see it."""
    if vowels:
        return mark("The symbols by their output vectors, vowels in colour")
    return mark("The symbols by their output vectors")


def _axis_title(number: int, percent: float) -> Sentence:
    return sentence(
        "axis {number} ({percent:.0f} % of the variance at the end)", number=number, percent=percent
    )
