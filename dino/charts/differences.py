"""Differences between levels, one below the other: each with its error, and the bet above them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from dino.charts.base import (
    BASELINE,
    GROUND,
    TEXT,
    TRAIN,
    VAL,
    Figure,
    Part,
    Put,
    axis,
    escape,
    make_figure,
)
from dino.charts.svg import LETTER, LINE
from dino.locale.sentences import Text, mark

MARK, GAP = 9, 13  # pixels: from a row's words to its point, and from there to the next row
SIDE = 14  # pixels at both sides of a drawing
COLORS = {"clear": VAL, "open": BASELINE, "bet": TRAIN}
TITLE: Text = mark("difference between the held-out losses, nats per symbol")


class PairRow(NamedTuple):
    """A row: its words, a difference in nats with the length of its bar to both sides, and its
    kind: clear, open, or bet.
    """

    words: Text
    difference: float
    error: float
    kind: str


def differences_figure(rows: Sequence[PairRow], width: int, put: Put) -> Figure:
    """A point for each row, below its words, with a bar of its error to both sides; 0 is marked."""
    data, labels, zeros, y = list[Part](), list[Part](), list[Part](), 0
    for row in rows:
        words = _wrapped(row.words, width, put)
        color = TEXT if row.kind == "open" else COLORS[row.kind]
        label = {"x": 0, "xref": "paper", "xanchor": "left", "y": y, "yanchor": "top"}
        labels.append(
            label | {"text": "<br>".join(words), "showarrow": False, "font": {"color": color}}
        )
        y += LINE * len(words) + MARK
        data.append(_point(row, y))
        # Zero is marked only beside the points, so that it crosses no words.
        zero = {"type": "line", "x0": 0, "x1": 0, "y0": y - 4, "y1": y + MARK}
        zeros.append(zero | {"line": {"color": BASELINE, "width": 1.5, "dash": "dot"}})
        y += GAP
    title = _wrapped(TITLE, width, put)
    margin = {"l": SIDE, "r": SIDE, "t": 0, "b": 26 + LINE * len(title)}
    across = axis("<br>".join(title), range=_ends(rows))
    down = axis("", range=[y, 0], showticklabels=False, showgrid=False)
    more = {"annotations": labels, "shapes": zeros}
    return make_figure(data, y + margin["b"], margin, xaxis=across, yaxis=down, **more)


def _point(row: PairRow, y: float) -> Part:
    color = COLORS[row.kind]
    marker: Part = {"color": color, "size": 9}
    if row.kind == "open":
        marker |= {"color": GROUND, "line": {"color": color, "width": 2}}
    bar = {"array": [row.error], "thickness": 3, "color": color}
    point = {"type": "scatter", "mode": "markers", "x": [row.difference], "y": [y]}
    return point | {"marker": marker, "error_x": bar}


def _ends(rows: Sequence[PairRow]) -> list[float]:
    """From below the lowest end of a bar to above the highest; 0 is included."""
    ends = [0.0, *(row.difference + way * row.error for row in rows for way in (-1, 1))]
    room = 0.06 * (max(ends) - min(ends)) or 0.01
    return [min(ends) - room, max(ends) + room]


def _wrapped(words: Text, width: int, put: Put) -> list[str]:
    """The lines of a text, none wider than the drawing."""
    return [escape(it) for it in textwrap.wrap(put(words), (width - 2 * SIDE) // LETTER)]
