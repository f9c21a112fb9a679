"""Numbers that were bet beside those that came out, each pair on its own line of one axis."""

from __future__ import annotations

from collections.abc import Sequence

from dino.charts.base import (
    RULE,
    SMALL,
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
from dino.charts.heard import Walk, stop, stop_walk
from dino.locale.sentences import Text, mark

MARGIN = {"l": 16, "r": 16, "t": 8, "b": 40}
# Pixels of a pair from its foot up: its points, what was asked, its top. The word of a point is
# some 16 pixels below it or above.
POINTS, ASKED, TOP, TOP_UNNAMED = 26, 68, 86, 58
WHOLE = 6  # whole numbers nearer than this get a mark at each; plotly chooses parts of one there


def guesses(rows: Sequence[tuple[str, float, float]], unit: str, put: Put) -> Figure:
    """Each row is what was asked, the bet, and the result; a line between these is how far off.

    unit: what the axis counts, in words already
    """
    values = [value for _, bet, result in rows for value in (bet, result)]
    feet = _feet([text for text, _, _ in rows])
    data = [part for foot, row in zip(feet, rows, strict=False) for part in _pair(foot, *row, put)]
    whole = max(values) - min(values) < WHOLE and all(it == int(it) for it in values)
    ticks = {"dtick": 1} if whole else {}  # no 26.2 letters
    x = axis(escape(unit), range=list(_ends(rows)), fixedrange=True, **ticks)
    y = axis("", range=[0, feet[-1]], fixedrange=True, showgrid=False, showticklabels=False)
    labels = [_label(foot, text) for foot, (text, _, _) in zip(feet, rows, strict=False) if text]
    height = feet[-1] + MARGIN["t"] + MARGIN["b"]  # one unit of y is a pixel
    return make_figure(data, height, MARGIN, xaxis=x, yaxis=y, annotations=labels, showlegend=False)


def _feet(texts: Sequence[str]) -> list[int]:
    """Where the pairs begin, the first one highest; and last, the height of all."""
    sizes = [TOP if text else TOP_UNNAMED for text in texts]
    return [sum(sizes[i + 1 :]) for i in range(len(sizes))] + [sum(sizes)]


def guesses_walk(
    rows: Sequence[tuple[str, float, float]], words: Sequence[tuple[Text, Text]], put: Put
) -> Walk:
    """How the same picture is heard: each row's bet, then its result. words: what is said there."""
    lanes, feet = [], _feet([text for text, _, _ in rows])
    for foot, (text, *values), said in zip(feet, rows, words, strict=False):
        y = foot + POINTS
        lanes.append((text, [stop(x, y, it, put) for x, it in zip(values, said, strict=True)]))
    return stop_walk(lanes, _ends(rows), put)


def _ends(rows: Sequence[tuple[str, float, float]]) -> tuple[float, float]:
    """Where the axis begins and ends: with room beside the outermost numbers."""
    values = [value for _, bet, result in rows for value in (bet, result)]
    room = 0.15 * (max(values) - min(values)) or 0.1 * abs(values[0]) or 1.0
    return min(values) - room, max(values) + room


def _label(foot: int, text: str) -> Part:
    """What was asked, above its line."""
    found = {"xref": "paper", "x": 0, "xanchor": "left", "y": foot + ASKED, "showarrow": False}
    return {**found, "text": escape(text), "font": {**SMALL, "color": TEXT}}


def _pair(foot: int, _: str, bet: float, result: float, put: Put) -> list[Part]:
    y = foot + POINTS
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": [bet, result],
        "y": [y, y],
        "hoverinfo": "skip",
    }
    bet_words, result_words = put(mark("your bet")), put(mark("result"))
    return [
        {**line, "line": {"color": RULE, "width": 3}},
        _point(bet, y, bet_words, TRAIN, "bottom"),
        _point(result, y, result_words, VAL, "top"),
    ]


def _point(x: float, y: int, words: str, color: str, height: str) -> Part:
    """A point with its word, above or below it, so that near ones do not cover each other."""
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": [x],
        "y": [y],
        "text": [words],
        "textposition": f"{'top' if height == 'top' else 'bottom'} center",
        "textfont": {"size": 12, "color": color},
        "marker": {"size": 12, "color": color},
        "hoverinfo": "x",
    }
