"""A name's strip whose letters lie on the time axis, or on the batch axis, where its arrows break.

A box is the cell at one input; the letter lies below it.
"""

from __future__ import annotations

from collections.abc import Sequence

from dino.charts.base import GROUND, RULE, TEXT, TRAIN, VAL, Figure, Part, axis, escape, make_figure

HEIGHT = 190  # pixels
MARGIN = {"l": 8, "r": 8, "t": 4, "b": 8}
HALF = 0.28  # of a box's side, where columns are 1 apart
START = -0.8  # where the state of zeros comes from, left of its box
FIRST_COLUMN = START - 0.35


def strip(letters: Sequence[str], is_time: bool) -> Figure:
    """The cells over some letters (T,), T at least 1; is_time: the state goes from each to the next
    one, else each begins with a state of zeros.
    """
    count = len(letters)
    columns = list(range(count))
    arrows = [_arrow(t, -0.95, t, -HALF, RULE) for t in columns]
    if is_time:
        arrows += [_arrow(START + 0.22, 0, -HALF, 0, VAL)]
        arrows += [_arrow(t - 1 + HALF, 0, t - HALF, 0, TRAIN) for t in columns[1:]]
        zeros = [(START, 0.0)]
    else:
        arrows += [_arrow(t, 0.8, t, HALF, VAL) for t in columns]
        zeros = [(float(t), 1.0) for t in columns]
    words = [_words(x, y, "0") for x, y in zeros]
    data = [_letters(letters), _cells(columns)]
    x = axis(range=[FIRST_COLUMN, count - 0.5], visible=False, fixedrange=True)
    y = axis(range=[-1.5, 1.3], visible=False, fixedrange=True)
    return make_figure(data, HEIGHT, MARGIN, xaxis=x, yaxis=y, annotations=arrows + words)


def _cells(columns: Sequence[int]) -> Part:
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": list(columns),
        "y": [0] * len(columns),
        "text": ["h"] * len(columns),
        "textfont": {"size": 12, "color": TEXT},
        "marker": {
            "symbol": "square",
            "size": 24,
            "color": GROUND,
            "line": {"color": TEXT, "width": 1.5},
        },
        "hoverinfo": "skip",
    }


def _letters(letters: Sequence[str]) -> Part:
    return {
        "type": "scatter",
        "mode": "text",
        "x": list(range(len(letters))),
        "y": [-1.2] * len(letters),
        "text": [escape(letter) for letter in letters],
        "textfont": {"size": 15, "color": TEXT},
        "hoverinfo": "skip",
    }


def _arrow(x0: float, y0: float, x1: float, y1: float, color: str) -> Part:
    """An arrow from a point to another one."""
    ends = {"x": x1, "y": y1, "ax": x0, "ay": y0}
    frame = {"xref": "x", "yref": "y", "axref": "x", "ayref": "y"}
    style = {"showarrow": True, "text": "", "arrowhead": 2, "arrowwidth": 2, "arrowcolor": color}
    return {**ends, **frame, **style}


def _words(x: float, y: float, text: str) -> Part:
    """The state of zeros."""
    font = {"size": 14, "color": VAL}
    return {"x": x, "y": y, "text": escape(text), "showarrow": False, "font": font}
