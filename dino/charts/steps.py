"""One name, one update: the loss of each symbol, and what each step adds to the gradient.

Symbols are our words or the list's letters, escaped here; `put` gives the words of a language.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dino.charts.base import (
    BASELINE,
    NEUTRAL,
    SMALL,
    TRAIN,
    VAL,
    Figure,
    Part,
    Put,
    axis,
    bars,
    escape,
    labelled_axis,
    legend_on_top,
    make_figure,
    numbers,
)
from dino.locale.sentences import mark, sentence

HEIGHT = 240
MARGIN = {"l": 52, "r": 16, "t": 30, "b": 44}


def symbol_losses(
    symbols: Sequence[str], before: np.ndarray, after: np.ndarray | None, uniform: float, put: Put
) -> Figure:
    """The loss of each symbol of a name, in nats: before any update, and after some.

    before, after (T,); uniform: the loss where all symbols are equally likely
    """
    bars_of = [(put(mark("before any update")), before, TRAIN if after is not None else NEUTRAL)]
    if after is not None:
        bars_of.append((put(mark("after the updates")), after, VAL))
    data = [
        bars(losses, color, _loss_words(symbols, losses, put), name=name)
        for name, losses, color in bars_of
    ]
    data.append(_level(len(symbols), uniform))
    words = put(sentence("dashed: all equally likely, {loss:.2f}", loss=uniform))
    margin = MARGIN if after is None else {**MARGIN, "t": 52}
    x = _columns(symbols, put(sentence("symbol that comes next")))
    y = axis(put(sentence("loss, nats")), fixedrange=True, rangemode="tozero")
    legend = {"showlegend": after is not None, "legend": {**legend_on_top(), "y": 1.14}}
    more = {"barmode": "group", "annotations": [_on_top(words)], **legend}
    return make_figure(data, HEIGHT, margin, xaxis=x, yaxis=y, **more)


def step_parts(inputs: Sequence[str], parts: np.ndarray, put: Put) -> Figure:
    """How long the part is that each step adds to ∂L/∂W_hh. inputs (T,): what the steps read."""
    hover = [
        put(sentence("step {t} reads {letter}: {part:.3f}", t=t, letter=escape(letter), part=part))
        for t, (letter, part) in enumerate(zip(inputs, parts.tolist(), strict=True), 1)
    ]
    x = _columns(inputs, put(sentence("letter that the step reads")))
    y = axis(put(sentence("length of its part")), fixedrange=True, rangemode="tozero")
    return make_figure([bars(parts, NEUTRAL, hover)], HEIGHT, MARGIN, xaxis=x, yaxis=y)


def symbol_pulls(symbols: Sequence[str], pulls: np.ndarray, put: Put) -> Figure:
    """The share of the gradient that each symbol's loss gives, in percent. pulls (T,): they sum to
    1.
    """
    percent = 100 * pulls
    hover = [
        put(sentence("{letter}: {share:.1f} %", letter=escape(letter), share=share))
        for letter, share in zip(symbols, percent.tolist(), strict=True)
    ]
    x = _columns(symbols, put(sentence("symbol that comes next")))
    y = axis(put(sentence("share of the gradient, %")), fixedrange=True, zeroline=True)
    return make_figure([bars(percent, NEUTRAL, hover)], HEIGHT, MARGIN, xaxis=x, yaxis=y)


def _columns(symbols: Sequence[str], title: str) -> Part:
    heads = [escape(symbol) for symbol in symbols]
    return labelled_axis(title, heads, range=[-0.6, len(heads) - 0.4], tickangle=0)


def _loss_words(symbols: Sequence[str], losses: np.ndarray, put: Put) -> list[str]:
    return [
        put(sentence("−ln p({letter}) = {loss:.2f}", letter=escape(symbol), loss=loss))
        for symbol, loss in zip(symbols, losses.tolist(), strict=True)
    ]


def _level(count: int, height: float) -> Part:
    """A dashed line at a height."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [-0.6, count - 0.4],
        "y": numbers(np.array([height, height])),
        "line": {"color": BASELINE, "width": 1.5, "dash": "dash"},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _on_top(words: str) -> Part:
    """Words above the plot, at its right end."""
    place = {"xref": "paper", "yref": "paper", "x": 1, "y": 1, "xanchor": "right"}
    look = {"text": words, "showarrow": False, "font": {**SMALL, "color": BASELINE}}
    return {**place, "yanchor": "bottom", **look}
