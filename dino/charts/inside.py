"""A network from inside: what it expects next, its units, its weights, the map of its symbols.

`put` puts a figure's words into the language of its page.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from dino.charts.base import (
    BASELINE,
    CHOSEN,
    DIVERGING,
    NEUTRAL,
    RULE,
    SMALL,
    TEXT,
    TRAIN,
    VAL,
    Figure,
    Part,
    Put,
    axis,
    bars,
    color_bar,
    escape,
    heat,
    labelled_axis,
    legend_on_top,
    make_figure,
    numbers,
    outline,
    signed_axis,
)
from dino.locale.sentences import Sentence, Text, error_sentence, mark, sentence

MARGIN = {"l": 52, "r": 16, "t": 12, "b": 44}
NUMBER = "%{z:+.3f}"  # of a cell; the browser writes it with the page's decimal mark
MOST_UNIT_LABELS = 16  # units that are named below their bars
MATRIX_MARGIN = {"l": 56, "r": 56, "t": 8, "b": 46}
MAP_MARGIN = {"l": 56, "r": 16, "t": 12, "b": 44}


def next_symbol(
    probs: np.ndarray, labels: Sequence[str], start: str, chosen: int | None = None, *, put: Put
) -> Figure:
    """The probability of every next symbol after `start`, the chosen one in colour. (V,), (V,)"""
    colors = [CHOSEN if v == chosen else NEUTRAL for v in range(len(labels))]
    heads, given = [escape(label) for label in labels], escape(start) or put(sentence("start"))
    hover = [
        put(sentence("p({symbol} | {start}) = {p:.3f}", symbol=head, start=given, p=p))
        for head, p in zip(heads, probs.tolist(), strict=True)
    ]
    title = put(sentence("next symbol"))
    x = labelled_axis(title, heads, tickangle=0, range=[-0.7, len(labels) - 0.3])
    y = axis(put(sentence("probability")), range=[0, 1], fixedrange=True, nticks=5)
    # With "x", the hover text of a very low bar shows anywhere in its column.
    more = {"bargap": 0.15, "hovermode": "x", "hoverdistance": -1}
    return make_figure([bars(probs, colors, hover)], 230, MARGIN, xaxis=x, yaxis=y, **more)


def next_symbol_of_two(
    one: np.ndarray, other: np.ndarray, names: tuple[str, str], labels: Sequence[str], put: Put
) -> Figure:
    """Two models' probabilities of every next symbol, side by side. (V,), (V,)"""
    heads = [escape(label) for label in labels]
    data = []
    for probs, name, color in ((one, names[0], TRAIN), (other, names[1], VAL)):
        run = escape(name)
        hover = [
            put(sentence("{run}: p({symbol}) = {p:.3f}", run=run, symbol=head, p=p))
            for head, p in zip(heads, probs.tolist(), strict=True)
        ]
        data.append(bars(probs, color, hover, name=run))
    x = labelled_axis(put(sentence("next symbol")), heads, tickangle=0)
    y = axis(put(sentence("probability")), rangemode="tozero", fixedrange=True, nticks=5)
    more = {"barmode": "group", "bargap": 0.2, "showlegend": True, "legend": legend_on_top()}
    return make_figure(data, 250, {**MARGIN, "t": 34}, xaxis=x, yaxis=y, **more)


def disagreement(distances: np.ndarray, heads: Sequence[str], put: Put) -> Figure:
    """How far two models disagree at each position, 0 to 1. (T,), and the next letters (T,)"""
    names = [escape(head) for head in heads]
    hover = [
        put(sentence("before {symbol}: {distance:.3f}", symbol=name, distance=distance))
        for name, distance in zip(names, distances.tolist(), strict=True)
    ]
    x = labelled_axis(put(sentence("next letter")), names, tickangle=0)
    y = axis(put(sentence("disagreement")), range=[0, 1], fixedrange=True, nticks=3)
    columns = bars(distances, NEUTRAL, hover)
    return make_figure([columns], 190, MARGIN, bargap=0.2, xaxis=x, yaxis=y)


def strips(rows: Mapping[str, np.ndarray], unit: int | None, put: Put) -> Figure:
    """Vectors over the hidden units, one in each row, on a scale from −1 to 1; one
    unit is outlined.

    rows: name to values (H,). Values beyond ±1 get the colour of ±1; the hover text has the number.
    """
    z = np.stack(list(rows.values()))  # (rows, H)
    hover = [[escape(name)] * z.shape[1] for name in rows]
    bar = color_bar([-1, 0, 1])
    cells = heat(z, DIVERGING, (-1, 1), hover, colorbar=bar, showscale=True, ygap=3)
    words = sentence("{vector}, unit {unit}: {value}", vector="%{text}", unit="%{x}", value=NUMBER)
    cells["hovertemplate"] = put(words) + "<extra></extra>"
    boxes = [] if unit is None else [outline(unit - 0.5, unit + 0.5, -0.5, len(rows) - 0.5)]
    x = axis(put(sentence("hidden unit")), showgrid=False, fixedrange=True)
    if z.shape[1] < 8:
        x["dtick"] = 1
    y = labelled_axis("", [escape(name) for name in rows], range=[len(rows) - 0.5, -0.5])
    left = max(78, 7 * max(map(len, rows)) + 14)
    height, margin = 54 + 34 * len(rows), {"l": left, "r": 52, "t": 6, "b": 40}
    return make_figure([cells], height, margin, shapes=boxes, xaxis=x, yaxis=y)


def unit_importance(
    order: Sequence[int], rises: np.ndarray, chosen: int, off: Collection[int], put: Put
) -> Figure:
    """How much the held-out loss rises without each unit, in the given order. (H, 2), with its
    standard error; the thin lines are twice that.

    chosen: the unit in colour; off: the units that are silenced now, in grey.
    """
    colors = [CHOSEN if unit == chosen else RULE if unit in off else NEUTRAL for unit in order]
    ranked, errors = rises[list(order)].T
    hover = [
        put(sentence("unit {unit}: {rise}", unit=unit, rise=error_sentence(rise, error, 4, "+")))
        for unit, rise, error in zip(order, ranked.tolist(), errors.tolist(), strict=True)
    ]
    columns = bars(ranked, colors, hover, customdata=list(order))
    reach = np.nan_to_num(2 * errors).tolist()
    columns["error_y"] = {"array": reach, "thickness": 1, "width": 0, "color": TEXT}
    labelled = range(0, len(order), max(1, math.ceil(len(order) / MOST_UNIT_LABELS)))
    title = put(sentence("hidden unit, most important first"))
    x = axis(title, showgrid=False, fixedrange=True, tickangle=0)
    x |= {"tickvals": list(labelled), "ticktext": [str(order[i]) for i in labelled]}
    y = axis(put(sentence("rise, nats per symbol")), fixedrange=True)
    return make_figure([columns], 240, {**MARGIN, "l": 74}, bargap=0.1, xaxis=x, yaxis=y)


def mean_by_letter(means: np.ndarray, labels: Sequence[str], put: Put) -> Figure:
    """A unit's mean state after each symbol. (V + 1,) and their labels, the start last.

    Symbols after which nothing was read, whose mean is NaN, are left out.
    """
    known = [i for i in range(len(means)) if np.isfinite(means[i])]
    heads = [escape(labels[i]) for i in known]
    start = len(means) - 1
    symbols = [head for i, head in zip(known, heads, strict=True) if i != start]
    # The word for the start is longer than a symbol. In a row of its own it covers no other label.
    word: Part = {"x": len(symbols), "xanchor": "right", "xshift": 8, "showarrow": False}
    word |= {"yref": "paper", "y": 0, "yanchor": "top", "yshift": -18}
    word |= {"text": escape(labels[start]), "font": {"color": TEXT, **SMALL}}
    words = [word] if start in known else []
    hover = [
        put(
            sentence("at the beginning of a name: {mean:+.3f}", mean=float(means[i]))
            if i == start
            else sentence("after {symbol}: {mean:+.3f}", symbol=head, mean=float(means[i]))
        )
        for i, head in zip(known, heads, strict=True)
    ]
    marker = {"color": means[known].tolist(), "colorscale": DIVERGING, "cmin": -1, "cmax": 1}
    marker["line"] = {"color": BASELINE, "width": 1}
    columns = bars(means[known], NEUTRAL, hover, marker=marker)
    x = labelled_axis(put(sentence("letter just read")), symbols, tickangle=0)
    y = signed_axis(put(sentence("mean state")), range=[-1.05, 1.05], tickvals=[-1, 0, 1])
    return make_figure([columns], 220, MARGIN, bargap=0.15, xaxis=x, yaxis=y, annotations=words)


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
    """What this picture shows: all of a matrix, or only the weights of some of its units."""
    if len(shown) == units:
        return sentence("The weights {matrix}", matrix=matrix)
    return sentence(
        "The weights {matrix} of the hidden units {first} to {last}",
        matrix=matrix,
        first=shown[0],
        last=shown[-1],
    )


def _unit_places(direction: str, names: Sequence[str]) -> Part:
    """Units are placed at their numbers, so that plotly labels as many as fit."""
    return {direction: [int(name) for name in names]} if names[0].isdecimal() else {}


def _ticks(names: Sequence[str], most: int) -> Part:
    """Labels for at most `most` of the names. Units are left to plotly."""
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
    """What this picture shows, for people who do not see it."""
    if vowels:
        return mark("The symbols by their output vectors, vowels in colour")
    return mark("The symbols by their output vectors")


def _axis_title(number: int, percent: float) -> Sentence:
    return sentence(
        "axis {number} ({percent:.0f} % of the variance at the end)", number=number, percent=percent
    )
