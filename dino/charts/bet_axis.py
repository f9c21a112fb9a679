"""Bets beside the results: an experiment's on one axis of differences in nats, each number of a
lesson on its own line.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dino.charts.base import (
    GROUND,
    RULE,
    SMALL,
    TEXT,
    TRAIN,
    VAL,
    Figure,
    Part,
    Put,
    area,
    axis,
    escape,
    make_figure,
    numbers,
)
from dino.charts.walk import Walk, stop_walk, walk_stop
from dino.difference import Difference
from dino.locale.sentences import Sentence, Text, error_sentence, mark, sentence

MARGIN = {"l": 16, "r": 16, "t": 24, "b": 58}
END_SHARE = 0.3  # of a phone's chart, which has no room there for both halves of the longest label
RESULT = -0.25  # the height of its point, below the hill, whose height is 1
LEAST_RANGE = -0.2, 0.3  # nats, without a result: a hill that is made wider looks wider
GUESS_MARGIN = {"l": 16, "r": 16, "t": 8, "b": 40}
# Pixels of a pair, counted up from its foot: its points, the question, its top. The word of a point
# is some 16 pixels below or above it.
POINTS, ASKED, TOP, TOP_UNNAMED = 26, 60, 86, 58
LINE, LETTERS = 15, 40  # of a question: pixels a line, and letters that a phone has room for
WHOLE = 6  # whole numbers nearer than this get a mark each; plotly would also mark fractions there


class Belief(NamedTuple):
    """A bet: a normal distribution of the difference. Nats."""

    difference: float
    spread: float


def bet_and_result(
    bet: Belief | None,
    found: Difference | None,
    lower: Text,
    higher: Text,
    put: Put,
    height: int = 250,
) -> Figure:
    """How much lower one level's loss is than another's: the bet, the result, and 0.

    The hill is the bet's distribution. The bar of the result is one standard error to both sides.
    lower, higher: the names of the bet's levels.
    """
    low, high = difference_range(bet, found)
    data = [_hill(bet, put)] if bet else []
    data += [_result_point(found, put)] if found else []
    words = [
        sentence("loss of {level}", level=higher),
        sentence("− loss of {level}, nats", level=lower),
    ]
    title = "<br>".join(escape(put(it)) for it in words)  # a phone has no room for both in one line
    x = axis(title, range=[low, high], fixedrange=True)
    y = axis("", range=[-0.62, 1.12], fixedrange=True, showgrid=False, showticklabels=False)
    zero = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1}
    zero |= {"line": {"color": TEXT, "width": 1.5, "dash": "dot"}, "layer": "below"}
    label = {"x": 0, "yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False}
    label |= {"xanchor": _anchor(0, low, high)}
    label |= {"text": put(mark("no difference")), "font": {"color": TEXT, "size": 12}}
    hills = [area(*bell(bet), np.zeros(1), TRAIN)] if bet else []
    more = {
        "shapes": [*hills, zero],
        "annotations": [label, *_bet_labels(bet, found, low, high, put)],
    }
    return make_figure(data, height, MARGIN, xaxis=x, yaxis=y, **more)


def bet_walk(bet: Belief | None, found: Difference | None, put: Put) -> Walk:
    """How this picture is heard: the middle of the bet's hill, then the result."""
    stops = []
    if bet:
        stops.append(walk_stop(bet.difference, 1, _bet_words(bet), put))
    if found:
        stops.append(walk_stop(found.lower_by, RESULT, _result_words(found), put))
    return stop_walk([("", stops)], difference_range(bet, found), put)


def _bet_words(bet: Belief) -> Sentence:
    return sentence("bet: {belief}", belief=error_sentence(bet.difference, bet.spread, 3))


def _result_words(found: Difference) -> Sentence:
    return sentence("result: {result}", result=found.below(3))


def _anchor(x: float, low: float, high: float) -> str:
    """Which part of a label is at x, in a chart from low to high. Near an end there is no room for
    both halves.
    """
    share = (x - low) / (high - low)
    return "left" if share < END_SHARE else "right" if share > 1 - END_SHARE else "center"


def difference_range(bet: Belief | None, found: Difference | None) -> tuple[float, float]:
    """The ends of an axis with room for the bet, the result and 0; without a result, those of
    `LEAST_RANGE` if the bet fits into it.
    """
    ends = [0.0] if found else [*LEAST_RANGE]
    if bet:
        ends += [bet.difference - 3 * bet.spread, bet.difference + 3 * bet.spread]
    if found:
        ends += [found.lower_by - found.error, found.lower_by + found.error]
    room = 0.08 * (max(ends) - min(ends)) or 0.01
    return min(ends) - room, max(ends) + room


def bell(bet: Belief) -> tuple[np.ndarray, np.ndarray]:
    """A bet's distribution, four spreads to each side, scaled to a height of 1. (81,) each"""
    z = np.linspace(-4, 4, 81)
    return bet.difference + bet.spread * z, np.exp(-(z**2) / 2)


def _hill(bet: Belief, put: Put) -> Part:
    x, y = bell(bet)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": put(mark("bet")),
        "x": x.tolist(),
        "y": numbers(y),
        "line": {"color": TRAIN, "width": 2},
        "text": [put(_bet_words(bet))] * len(x),
        "hoverinfo": "text",
    }


def _result_point(found: Difference, put: Put) -> Part:
    """The result's difference, with a bar of one standard error to both sides."""
    bar = {"array": [found.error], "thickness": 4, "width": 7, "color": VAL}
    return {
        "type": "scatter",
        "mode": "markers",
        "name": put(mark("result")),
        "x": [found.lower_by],
        "y": [RESULT],
        "marker": {"color": VAL, "size": 12},
        "error_x": bar,
        "text": [put(_result_words(found))],
        "hoverinfo": "text",
    }


def _bet_labels(
    bet: Belief | None, found: Difference | None, low: float, high: float, put: Put
) -> list[Part]:
    """What the hill and the point are, written in them and below."""
    labels: list[tuple[float, float, Text, str]] = []
    if bet:
        labels.append((bet.difference, 0.3, mark("your bet"), TEXT))
    if found:
        words = mark("result") if found.is_clear else mark("result: too close to call")
        labels.append((found.lower_by, -0.47, words, VAL))
    return [
        {
            "x": x,
            "xanchor": _anchor(x, low, high),
            "y": y,
            "text": put(words),
            "showarrow": False,
            "font": {**SMALL, "color": color},
            "bgcolor": GROUND,  # so that the dotted line at 0 does not cross the words
            "borderpad": 1,
        }
        for x, y, words, color in labels
    ]


def guesses(rows: Sequence[tuple[str, float, float]], unit: str, put: Put) -> Figure:
    """In each row a question, the bet and the result; the line between these two is how far off.

    unit: what the axis counts, already in words
    """
    values = [value for _, bet, result in rows for value in (bet, result)]
    feet = _feet([text for text, _, _ in rows])
    data = [part for foot, row in zip(feet, rows, strict=False) for part in _pair(foot, *row, put)]
    whole = max(values) - min(values) < WHOLE and all(it == int(it) for it in values)
    ticks = {"dtick": 1} if whole else {}  # without 26.2 letters
    x = axis(escape(unit), range=list(_ends(rows)), fixedrange=True, **ticks)
    y = axis("", range=[0, feet[-1]], fixedrange=True, showgrid=False, showticklabels=False)
    labels = [_label(foot, text) for foot, (text, _, _) in zip(feet, rows, strict=False) if text]
    height = feet[-1] + GUESS_MARGIN["t"] + GUESS_MARGIN["b"]  # so one unit of y is a pixel
    return make_figure(
        data, height, GUESS_MARGIN, xaxis=x, yaxis=y, annotations=labels, showlegend=False
    )


def _feet(texts: Sequence[str]) -> list[int]:
    """Where the pairs begin, the first one highest; and last, the height of all of them."""
    sizes = [TOP + LINE * (len(_lines(it)) - 1) if it else TOP_UNNAMED for it in texts]
    return [sum(sizes[i + 1 :]) for i in range(len(sizes))] + [sum(sizes)]


def guesses_walk(
    rows: Sequence[tuple[str, float, float]], words: Sequence[tuple[Text, Text]], put: Put
) -> Walk:
    """How this picture is heard: each row's bet, then its result. words: what is said there."""
    lanes, feet = [], _feet([text for text, _, _ in rows])
    for foot, (text, *values), said in zip(feet, rows, words, strict=False):
        y = foot + POINTS
        lanes.append((text, [walk_stop(x, y, it, put) for x, it in zip(values, said, strict=True)]))
    return stop_walk(lanes, _ends(rows), put)


def _ends(rows: Sequence[tuple[str, float, float]]) -> tuple[float, float]:
    """Where the axis begins and ends: with room beside the outermost numbers, so that those which
    are equal but for rounding are not drawn far apart.
    """
    values = [value for _, bet, result in rows for value in (bet, result)]
    room = max(0.15 * (max(values) - min(values)), 0.02 * max(map(abs, values))) or 1.0
    return min(values) - room, max(values) + room


def _label(foot: int, text: str) -> Part:
    """The question, above its line."""
    place = {"xref": "paper", "x": 0, "xanchor": "left", "y": foot + ASKED, "yanchor": "bottom"}
    words = "<br>".join(map(escape, _lines(text)))
    font = {**SMALL, "color": TEXT}
    return {**place, "text": words, "font": font, "align": "left", "showarrow": False}


def _lines(question: str) -> list[str]:
    return textwrap.wrap(question, LETTERS)


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
    """A point with its word, above or below it, so that near points do not cover each other."""
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
