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
ROW = 64  # pixels of a pair
WHOLE = 6  # whole numbers nearer than this get a mark at each; plotly chooses parts of one there


def guesses(rows: Sequence[tuple[str, float, float]], unit: str, put: Put) -> Figure:
    """Each row is what was asked, the bet, and the result; a line between these is how far off.

    unit: what the axis counts, in words already
    """
    values = [value for _, bet, result in rows for value in (bet, result)]
    count = len(rows)
    data = [part for i, row in enumerate(rows) for part in _pair(count - 1 - i, *row[1:], put)]
    whole = max(values) - min(values) < WHOLE and all(it == int(it) for it in values)
    ticks = {"dtick": 1} if whole else {}  # no 26.2 letters
    x = axis(escape(unit), range=list(_ends(rows)), fixedrange=True, **ticks)
    y = axis("", range=[-0.6, count - 0.25], fixedrange=True, showgrid=False, showticklabels=False)
    labels = [_label(count - 1 - i, text) for i, (text, _, _) in enumerate(rows) if text]
    height = count * ROW + MARGIN["t"] + MARGIN["b"]
    return make_figure(data, height, MARGIN, xaxis=x, yaxis=y, annotations=labels, showlegend=False)


def guesses_walk(
    rows: Sequence[tuple[str, float, float]], words: Sequence[tuple[Text, Text]], put: Put
) -> Walk:
    """How the same picture is heard: each row's bet, then its result. words: what is said there."""
    lanes = []
    for i, ((text, *values), said) in enumerate(zip(rows, words, strict=True)):
        y = len(rows) - 1 - i
        lanes.append((text, [stop(x, y, it, put) for x, it in zip(values, said, strict=True)]))
    return stop_walk(lanes, _ends(rows), put)


def _ends(rows: Sequence[tuple[str, float, float]]) -> tuple[float, float]:
    """Where the axis begins and ends: with room beside the outermost numbers."""
    values = [value for _, bet, result in rows for value in (bet, result)]
    room = 0.15 * (max(values) - min(values)) or 0.1 * abs(values[0]) or 1.0
    return min(values) - room, max(values) + room


def _label(y: int, text: str) -> Part:
    """What was asked, above its line."""
    found = {"xref": "paper", "x": 0, "xanchor": "left", "y": y + 0.55, "showarrow": False}
    return {**found, "text": escape(text), "font": {**SMALL, "color": TEXT}}


def _pair(y: int, bet: float, result: float, put: Put) -> list[Part]:
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
