"""Cells beside each other: what memory in training is worth to them, their gates, how far back they
learn to look, and the length of a state with tanh and without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from dino.charts.base import (
    BASELINE,
    CHOSEN,
    RULE,
    SERIES,
    SMALL,
    TRAIN,
    Figure,
    Part,
    Put,
    axis,
    bars,
    count_format,
    escape,
    labelled_axis,
    legend_on_top,
    make_figure,
    numbers,
)
from dino.locale.sentences import error_sentence, mark, number_sentence, sentence

MARGIN = {"l": 52, "r": 16, "t": 34, "b": 44}
SYMBOLS = ("circle", "square", "diamond")  # cells differ in colour and shape
ECHO_MARGIN = {"l": 52, "r": 76, "t": 34, "b": 44}
LENGTH_MARGIN = {"l": 56, "r": 16, "t": 40, "b": 44}
HEIGHT = 320  # pixels


def losses_by_memory(cells: Mapping[str, np.ndarray], put: Put) -> Figure:
    """Held-out loss against the memory of training: a line for each cell, by its name.

    cells: (K, S) nats per symbol for k = 1, …, K letters and S seeds. A point is their mean, with
    their standard deviation.
    """
    data = [_memory_curve(i, name, losses, put) for i, (name, losses) in enumerate(cells.items())]
    K = max(len(losses) for losses in cells.values())
    x = axis(put(sentence("k, letters of memory in training")), fixedrange=True)
    x |= {"tickvals": list(range(1, K + 1)), "range": [0.5, K + 0.5]}
    y = axis(put(sentence("held-out loss, nats per symbol")), fixedrange=True)
    legend = {"showlegend": True, "legend": legend_on_top()}
    return make_figure(data, HEIGHT, MARGIN, xaxis=x, yaxis=y, **legend)


def _memory_curve(number: int, name: str, losses: np.ndarray, put: Put) -> Part:
    means, spread = losses.mean(axis=1), losses.std(axis=1, ddof=1)
    color, shown = SERIES[number % len(SERIES)], escape(name)
    rows = enumerate(zip(means.tolist(), spread.tolist(), strict=True), 1)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": shown,
        "x": list(range(1, len(means) + 1)),
        "y": numbers(means),
        "error_y": {"array": numbers(spread), "thickness": 1, "width": 0, "color": color},
        "line": {"color": color, "width": 1.5},
        "marker": {"color": color, "size": 7, "symbol": SYMBOLS[number % len(SYMBOLS)]},
        "hoverinfo": "text",
        "text": [
            put(sentence("{cell}, k = {k}: {loss}", cell=shown, k=k, loss=error_sentence(m, s, 3)))
            for k, (m, s) in rows
        ],
    }


def gates(letters: Sequence[str], by_name: Mapping[str, np.ndarray], put: Put) -> Figure:
    """The mean of a gate at each letter of a name, from 0 to 1; by_name: for each
    network, by its words.
    """
    data = []
    for i, (name, values) in enumerate(by_name.items()):
        shown = escape(name)
        hover = [
            put(sentence("{gate} at {letter}: {value:.2f}", gate=shown, letter=letter, value=value))
            for letter, value in zip(map(escape, letters), values.tolist(), strict=True)
        ]
        data.append(bars(values, SERIES[1 + i], hover, name=shown))
    heads = [escape(letter) for letter in letters]
    x = labelled_axis(
        put(sentence("letter that the step reads")),
        heads,
        range=[-0.6, len(heads) - 0.4],
        tickangle=0,
    )
    y = axis(put(sentence("mean of the gate")), range=[0, 1], fixedrange=True)
    legend = {"showlegend": True, "legend": legend_on_top()}
    return make_figure(data, 260, MARGIN, xaxis=x, yaxis=y, barmode="group", **legend)


class Learning(NamedTuple):
    """A network while it learns. name; updates, losses (n,): the losses after these updates."""

    name: str
    updates: Sequence[int]
    losses: Sequence[float]


def losses_by_update(
    networks: Sequence[Learning], most: int, guess: float, learned: float, put: Put
) -> Figure:
    """The last letter's loss against the updates so far: a line for each network.

    most: updates of a whole training; guess: the loss without the first letter; learned: the loss
    below which a list counts as learned. Nats.
    """
    data = [_learning_curve(number, network) for number, network in enumerate(networks)]
    x = axis(put(sentence("update")), fixedrange=True)
    x |= {"range": [0, most], "tickformat": count_format(most, put)}
    highest = max([guess, *(loss for network in networks for loss in network.losses)])
    y = axis(put(sentence("last letter's loss, nats")), fixedrange=True)
    y["range"] = [-0.04 * highest, 1.08 * highest]
    levels = ((guess, put(sentence("a guess"))), (learned, put(sentence("learned"))))
    return make_figure(
        data,
        HEIGHT,
        ECHO_MARGIN,
        shapes=[_level(at) for at, _ in levels],
        annotations=[_level_name(at, name) for at, name in levels],
        showlegend=True,
        legend=legend_on_top(),
        xaxis=x,
        yaxis=y,
    )


def _learning_curve(number: int, network: Learning) -> Part:
    dash = ("solid", "dash", "dot", "dashdot")[number]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": escape(network.name),
        "x": list(network.updates),
        "y": numbers(np.array(network.losses)),
        "line": {"color": SERIES[number], "width": 1.5, "dash": dash},
        "hovertemplate": "%{x}: %{y:.3f}",
    }


def _level(at: float) -> Part:
    dashes = {"color": BASELINE, "width": 1, "dash": "dash"}
    ends = {"x0": 0, "x1": 1, "y0": at, "y1": at}
    return {"type": "line", "xref": "paper", "layer": "below", "line": dashes, **ends}


def _level_name(at: float, name: str) -> Part:
    place = {"xref": "paper", "x": 1, "xanchor": "left", "y": at, "xshift": 4}
    return {**place, "text": name, "showarrow": False, "font": {**SMALL, "color": BASELINE}}


def state_lengths(
    bounded: np.ndarray, linear: np.ndarray, bound: float, heads: Sequence[str], put: Put
) -> Figure:
    """Lengths (T,) of a network's state after each input, with tanh and without it,
    on one log axis.

    bound: the largest length of a state with tanh; heads (T,): the inputs.
    """
    names = (put(mark("with tanh")), put(mark("without tanh")))
    curves = [
        _length_curve(values, name, color, dash, heads, put)
        for values, name, color, dash in zip(
            (bounded, linear), names, (TRAIN, CHOSEN), ("solid", "dot"), strict=True
        )
    ]
    x = labelled_axis(put(mark("input")), [escape(head) for head in heads])
    y = axis(put(mark("length of the state")), type="log", dtick=1, fixedrange=True)
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": bound, "y1": bound}
    words = put(sentence("maximum with tanh: {most}", most=number_sentence(bound, ".3g")))
    label = {"xref": "paper", "x": 1, "xanchor": "right", "y": float(np.log10(bound))}
    return make_figure(
        curves,
        HEIGHT,
        LENGTH_MARGIN,
        xaxis=x,
        yaxis=y,
        showlegend=True,
        legend=legend_on_top(),
        shapes=[{**line, "line": {"color": RULE, "width": 1, "dash": "dash"}}],
        annotations=[
            {**label, "yanchor": "bottom", "text": escape(words), "font": SMALL, "showarrow": False}
        ],
    )


def _length_curve(
    values: np.ndarray, name: str, color: str, dash: str, heads: Sequence[str], put: Put
) -> Part:
    shown = [
        f"{escape(head)}: {put(number_sentence(value, ',.1f'))}"
        for head, value in zip(heads, values.tolist(), strict=True)
    ]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(range(len(values))),
        "y": numbers(values),
        "name": escape(name),
        "line": {"color": color, "width": 2, "dash": dash},
        "text": shown,
        "hoverinfo": "text",
    }
