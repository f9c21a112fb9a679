"""Losses on one ruler with three scales: nats, bits and perplexity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from dino.charts.base import BASELINE, RULE, TEXT, VAL, Figure, Part, Put, axis, make_figure
from dino.locale.sentences import mark

ROW = 24  # pixels of a loss's row
SCALE = 40  # pixels of a scale
MARGIN = {"l": 92, "r": 24, "t": 6, "b": 6}
PERPLEXITIES = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
UNITS = (mark("nats"), mark("bits"), mark("perplexity"))


class Loss(NamedTuple):
    """A loss by its name, in nats per symbol; own: whether it is the run's, not a baseline's."""

    name: str
    nats: float
    own: bool = False


def ruler(losses: Sequence[Loss], put: Put) -> Figure:
    """Each finite loss as a point over three scales of the same length: nats, bits, perplexity.

    put: puts the units' names into words; the losses' names are words already.
    """
    rows = sorted((loss for loss in losses if math.isfinite(loss.nats)), key=_nats, reverse=True)
    end = max([1.0, *(loss.nats for loss in rows)]) * 1.04
    scales = [_nat_ticks(end), _bit_ticks(end), _perplexity_ticks(end)]
    places = [-1 - SCALE / ROW * (i + 0.2) for i in range(len(scales))]
    data = [_points(rows)]
    for ticks, y in zip(scales, places, strict=True):
        data.append(_scale(ticks, y, end))
    low = places[-1] - SCALE / ROW
    height = round((len(rows) - low) * ROW) + MARGIN["t"] + MARGIN["b"]
    labels = [*(loss.name for loss in rows), *map(put, UNITS)]
    vertical = axis(
        range=[low, len(rows) - 0.3],
        tickvals=[*(len(rows) - 1 - i for i in range(len(rows))), *places],
        ticktext=labels,
        showgrid=False,
        fixedrange=True,
    )
    across = axis(range=[-0.02 * end, end], visible=False, fixedrange=True)
    lines = [_down(loss, len(rows) - 1 - i, low) for i, loss in enumerate(rows)]
    return make_figure(data, height, MARGIN, xaxis=across, yaxis=vertical, shapes=lines)


def _nats(loss: Loss) -> float:
    return loss.nats


def _points(rows: Sequence[Loss]) -> Part:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [round(loss.nats, 4) for loss in rows],
        "y": [len(rows) - 1 - i for i in range(len(rows))],
        "marker": {"size": 9, "color": [VAL if loss.own else BASELINE for loss in rows]},
        "hoverinfo": "skip",
    }


def _down(loss: Loss, y: float, low: float) -> Part:
    """The line from a point down through the scales."""
    style = {"color": VAL, "width": 2} if loss.own else {"color": RULE, "width": 1}
    ends = {"x0": loss.nats, "x1": loss.nats, "y0": low, "y1": y}
    return {"type": "line", "layer": "below", "line": style, **ends}


def _scale(ticks: Sequence[tuple[float, str]], y: float, end: float) -> Part:
    """A scale: its line from 0 to the end, its ticks, and the numbers below them."""
    return {
        "type": "scatter",
        "mode": "lines+markers+text",
        "x": [*(at for at, _ in ticks), end],
        "y": [y] * (len(ticks) + 1),
        "text": [*(text for _, text in ticks), ""],
        "textposition": "bottom center",
        "textfont": {"size": 12, "color": TEXT},
        "line": {"color": BASELINE, "width": 1},
        "marker": {
            "symbol": "line-ns",
            "size": [9] * len(ticks) + [0],
            "line": {"color": BASELINE, "width": 1},
        },
        "hoverinfo": "skip",
        "cliponaxis": False,  # a number at its end would be cut
    }


def _nat_ticks(end: float) -> list[tuple[float, str]]:
    """Every whole nat: (nats, text)."""
    return [(n, f"{n}") for n in range(int(end) + 1)]


def _bit_ticks(end: float) -> list[tuple[float, str]]:
    """Every whole bit: (nats, text)."""
    return [(n * math.log(2), f"{n}") for n in range(int(end / math.log(2)) + 1)]


def _perplexity_ticks(end: float) -> list[tuple[float, str]]:
    """1, 2, 3, 5, 10, …: (nats, text)."""
    return [(math.log(p), f"{p}") for p in PERPLEXITIES if math.log(p) <= end]
