"""Names and their probabilities, on one logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dino.charts.base import CHOSEN, NEUTRAL, SMALL, TEXT, Figure, Put, axis, escape, make_figure
from dino.locale.sentences import sentence

ROW = 40  # pixels of a name
MARGIN = {"l": 16, "r": 24, "t": 8, "b": 44}


def likely_names(names: Sequence[tuple[str, str, float]], chosen: int, put: Put) -> Figure:
    """A line for each name, with a point at its probability.

    names: for each its words, the name as typed, and ln p; chosen: which of them is compared with
    """
    count = len(names)
    powers = [log_p / math.log(10) for *_, log_p in names]
    low, high = min(powers), max(powers)
    room = 0.25 * (high - low) + 0.4
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": [round(power, 4) for power in powers],
        "y": [count - 1 - i for i in range(count)],
        "marker": {"size": 13, "color": [CHOSEN if i == chosen else NEUTRAL for i in range(count)]},
        "hoverinfo": "text",
        "text": [
            put(sentence("{name}: p = {p:.2g}", name=escape(name), p=math.exp(log_p)))
            for _, name, log_p in names
        ],
    }
    labels = [
        {
            "xref": "paper",
            "x": 0,
            "xanchor": "left",
            "y": count - 1 - i + 0.36,
            "showarrow": False,
            "text": f"{escape(words)}: {escape(name)}",
            "font": {**SMALL, "color": TEXT},
        }
        for i, (words, name, _) in enumerate(names)
    ]
    title = put(sentence("probability of the whole name, a power of ten"))
    x = axis(title, range=[low - room, high + room], fixedrange=True)
    y = axis("", range=[-0.5, count - 0.3], fixedrange=True, showticklabels=False, showgrid=False)
    height = count * ROW + MARGIN["t"] + MARGIN["b"]
    return make_figure([points], height, MARGIN, xaxis=x, yaxis=y, annotations=labels)
