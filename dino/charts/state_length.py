"""How long a state is after each letter, with tanh and without it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dino.charts.base import (
    CHOSEN,
    RULE,
    SMALL,
    TRAIN,
    Figure,
    Part,
    Put,
    axis,
    escape,
    labelled_axis,
    legend_on_top,
    make_figure,
    numbers,
)
from dino.locale.sentences import mark, number_sentence, sentence

HEIGHT = 320
MARGIN = {"l": 56, "r": 16, "t": 40, "b": 44}


def state_lengths(
    bounded: np.ndarray, linear: np.ndarray, bound: float, heads: Sequence[str], put: Put
) -> Figure:
    """Lengths (T,) of a network's state after each input, and without tanh, on one log axis.

    bound: which a state with tanh cannot exceed; heads (T,): the inputs.
    """
    names = (put(mark("with tanh")), put(mark("without tanh")))
    curves = [
        _curve(values, name, color, dash, heads, put)
        for values, name, color, dash in zip(
            (bounded, linear), names, (TRAIN, CHOSEN), ("solid", "dot"), strict=True
        )
    ]
    x = labelled_axis(put(mark("input")), [escape(head) for head in heads])
    y = axis(put(mark("length of the state")), type="log", dtick=1, fixedrange=True)
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": bound, "y1": bound}
    words = put(sentence("the most with tanh: {most}", most=number_sentence(bound, ".3g")))
    label = {"xref": "paper", "x": 1, "xanchor": "right", "y": float(np.log10(bound))}
    return make_figure(
        curves,
        HEIGHT,
        MARGIN,
        xaxis=x,
        yaxis=y,
        showlegend=True,
        legend=legend_on_top(),
        shapes=[{**line, "line": {"color": RULE, "width": 1, "dash": "dash"}}],
        annotations=[
            {**label, "yanchor": "bottom", "text": escape(words), "font": SMALL, "showarrow": False}
        ],
    )


def _curve(
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
