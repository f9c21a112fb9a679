"""One draw: [0, 1) cut into the symbols' stretches, and the random number that fell on one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dino.charts.base import (
    CHOSEN,
    GROUND,
    NEUTRAL,
    TEXT,
    Figure,
    Part,
    Put,
    axis,
    escape,
    make_figure,
    numbers,
)
from dino.locale.sentences import number_sentence

HEIGHT = 120  # pixels
LEAST_LABELLED = 0.03  # length of a stretch that has room for its symbol
MARGIN = {"l": 14, "r": 14, "t": 4, "b": 26}


def stretches(
    edges: np.ndarray,
    labels: Sequence[str],
    hover: Sequence[str],
    chosen: int,
    draw: float,
    put: Put,
) -> Figure:
    """The stretch of [0, 1) that each symbol owns, and the draw above the one it fell on.

    edges (V + 1,): where they begin, and the last one's end; labels, hover (V,): their names, and
    texts about them, which are shown as typed; chosen: the symbol taken; draw: NaN for none, put:
    puts it into words.
    """
    data = [_bars(edges, labels, hover, chosen)]
    if np.isfinite(draw):
        data += _mark(draw, f"{put(number_sentence(draw, '.4f'))} → {escape(labels[chosen])}")
    columns = axis(range=[0, 1], tickvals=[0, 0.25, 0.5, 0.75, 1], fixedrange=True, showgrid=False)
    rows = axis(range=[-0.6, 1.35], visible=False, fixedrange=True)
    return make_figure(data, HEIGHT, MARGIN, xaxis=columns, yaxis=rows, barmode="overlay")


def _bars(edges: np.ndarray, labels: Sequence[str], hover: Sequence[str], chosen: int) -> Part:
    lengths = np.diff(edges)
    is_chosen = np.arange(len(labels)) == chosen
    pairs = zip(labels, lengths.tolist(), strict=True)
    return {
        "type": "bar",
        "orientation": "h",
        "x": numbers(lengths),
        "base": numbers(edges[:-1]),
        "y": [0] * len(labels),
        "width": 1,
        "marker": {
            "color": [CHOSEN if taken else NEUTRAL for taken in is_chosen],
            "line": {"color": GROUND, "width": 1},
        },
        "text": [escape(label) if length >= LEAST_LABELLED else "" for label, length in pairs],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "constraintext": "none",
        "textfont": {"size": 14, "color": [GROUND if taken else TEXT for taken in is_chosen]},
        "hovertext": [escape(text) for text in hover],
        "hoverinfo": "text",
    }


def _mark(draw: float, text: str) -> list[Part]:
    """A line through the bar at the draw, and above it a text: the number and its symbol."""
    side = "right" if draw < 0.1 else "left" if draw > 0.9 else "center"
    line = {"type": "scatter", "mode": "lines", "x": [draw] * 2, "y": [-0.5, 0.75]}
    head = {"type": "scatter", "mode": "markers+text", "x": [draw], "y": [0.75]}
    return [
        {**line, "line": {"color": TEXT, "width": 2}, "hoverinfo": "skip"},
        {
            **head,
            "marker": {"symbol": "triangle-down", "size": 11, "color": TEXT},
            "text": [text],
            "textposition": f"top {side}",
            "textfont": {"size": 13, "color": TEXT},
            "hoverinfo": "skip",
        },
    ]
