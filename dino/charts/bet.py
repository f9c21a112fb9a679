"""A bet beside the result of its experiment, on one axis of differences in nats."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dino.charts.base import (
    GROUND,
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
from dino.charts.heard import Walk, stop, stop_walk
from dino.locale.sentences import Sentence, Text, error_sentence, mark, sentence

MARGIN = {"l": 16, "r": 16, "t": 24, "b": 58}
END_SHARE = 0.3  # of a phone's chart: no room there for both halves of the longest label
RESULT = -0.25  # where its point is, below the hill, which is 1 high
LEAST_RANGE = -0.2, 0.3  # nats, of a bet alone: a hill that is made wider looks wider


class Belief(NamedTuple):
    """A bet: a normal distribution of the difference. Nats."""

    difference: float
    spread: float


class Found(NamedTuple):
    """A result: the difference, its standard error, in nats; whether the verdict calls it."""

    difference: float
    error: float
    is_clear: bool


def bet_and_result(
    bet: Belief | None, found: Found | None, lower: Text, higher: Text, put: Put, height: int = 250
) -> Figure:
    """How much lower one level's loss is than another's: what was bet, what was found, and 0.

    The hill is the bet's distribution; the bar of the result is one standard error on both sides.
    lower, higher: the names of the bet's levels.
    """
    low, high = difference_range(bet, found)
    data = [_hill(bet, put)] if bet else []
    data += [_result_point(found, put)] if found else []
    words = [
        sentence("loss of {level}", level=higher),
        sentence("− loss of {level}, nats", level=lower),
    ]
    title = "<br>".join(escape(put(it)) for it in words)  # a phone has no room for both in a line
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


def bet_walk(bet: Belief | None, found: Found | None, put: Put) -> Walk:
    """How the same picture is heard: the middle of the bet's hill, then the result."""
    stops = []
    if bet:
        stops.append(stop(bet.difference, 1, _bet_words(bet), put))
    if found:
        stops.append(stop(found.difference, RESULT, _result_words(found), put))
    return stop_walk([("", stops)], difference_range(bet, found), put)


def _bet_words(bet: Belief) -> Sentence:
    return sentence("bet: {belief}", belief=error_sentence(bet.difference, bet.spread, 3))


def _result_words(found: Found) -> Sentence:
    return sentence("result: {result}", result=error_sentence(found.difference, found.error, 3))


def _anchor(x: float, low: float, high: float) -> str:
    """Which part of a label is at x, in a chart from low to high: near an end there is no room for
    both halves.
    """
    share = (x - low) / (high - low)
    return "left" if share < END_SHARE else "right" if share > 1 - END_SHARE else "center"


def difference_range(bet: Belief | None, found: Found | None) -> tuple[float, float]:
    """The ends of an axis that has room for the bet, the result and 0; without a result those of
    `LEAST_RANGE`, where the bet fits into it.
    """
    ends = [0.0] if found else [*LEAST_RANGE]
    if bet:
        ends += [bet.difference - 3 * bet.spread, bet.difference + 3 * bet.spread]
    if found:
        ends += [found.difference - found.error, found.difference + found.error]
    room = 0.08 * (max(ends) - min(ends)) or 0.01
    return min(ends) - room, max(ends) + room


def bell(bet: Belief) -> tuple[np.ndarray, np.ndarray]:
    """A bet's distribution, four spreads to each side, with a height of 1. (81,) each"""
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


def _result_point(found: Found, put: Put) -> Part:
    """The difference, with a bar of one standard error on both sides."""
    bar = {"array": [found.error], "thickness": 4, "width": 7, "color": VAL}
    return {
        "type": "scatter",
        "mode": "markers",
        "name": put(mark("result")),
        "x": [found.difference],
        "y": [RESULT],
        "marker": {"color": VAL, "size": 12},
        "error_x": bar,
        "text": [put(_result_words(found))],
        "hoverinfo": "text",
    }


def _bet_labels(
    bet: Belief | None, found: Found | None, low: float, high: float, put: Put
) -> list[Part]:
    """What the hill and the point are, in them and below."""
    labels: list[tuple[float, float, Text, str]] = []
    if bet:
        labels.append((bet.difference, 0.3, mark("your bet"), TEXT))
    if found:
        words = mark("result") if found.is_clear else mark("result: too close to call")
        labels.append((found.difference, -0.47, words, VAL))
    return [
        {
            "x": x,
            "xanchor": _anchor(x, low, high),
            "y": y,
            "text": put(words),
            "showarrow": False,
            "font": {**SMALL, "color": color},
            "bgcolor": GROUND,  # the dotted line at 0 does not cross the words
            "borderpad": 1,
        }
        for x, y, words, color in labels
    ]
