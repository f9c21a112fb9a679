"""The unrolled cell as a strip: which steps have inputs and outputs, along which axis its letters
lie, and what each step adds to the loss and to the gradient.

The small drawings of arrangements are SVGs as text, without words. Their arrows have the colours of
the matrices, which the page gives as --W_xh, --W_hh and --W_hy; the rest has the colour of the
surrounding text. Symbols are our words or the list's letters, which are escaped here. `put` gives
the words of a language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from dino.charts.base import (
    BASELINE,
    GROUND,
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
    escape,
    labelled_axis,
    legend_on_top,
    make_figure,
    numbers,
)
from dino.locale.sentences import Sentence, mark, number_list, sentence

DRAWN_HEIGHT = 118  # of a drawing, in its own units
_STEP, _HALF = 40, 13  # from one cell to the next; half a cell
_ABOVE, _CELL, _BELOW = 14, 59, 104  # the heights of outputs, cells and inputs
_RADIUS = 7
STRIP_HEIGHT = 190  # pixels
STRIP_MARGIN = {"l": 8, "r": 8, "t": 4, "b": 8}
BOX_HALF = 0.28  # of a box's side; columns are 1 apart
START = -0.8  # the place of the state of zeros, left of the first box
FIRST_COLUMN = START - 0.35
HEIGHT = 240
MARGIN = {"l": 52, "r": 16, "t": 30, "b": 44}


class Arrangement(NamedTuple):
    """A strip: its name, what that means, how many steps it has, and which of them, counted from 1,
    have an input and an output.
    """

    title: str
    about: str
    steps: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


ARRANGEMENTS: Mapping[str, Arrangement] = {
    "one_to_many": Arrangement(
        mark("one to many"), mark("one input, then an output at each step"), 4, (1,), (1, 2, 3, 4)
    ),
    "many_to_one": Arrangement(
        mark("many to one"), mark("an input at each step, one output last"), 4, (1, 2, 3, 4), (4,)
    ),
    "equal": Arrangement(
        mark("many to many, step by step"),
        mark("an output for each input"),
        *(4, (1, 2, 3, 4), (1, 2, 3, 4)),
    ),
    "read_write": Arrangement(
        mark("many to many, first read, then write"),
        mark("all inputs first, then as many outputs as it takes"),
        *(5, (1, 2, 3), (4, 5)),
    ),
}


def arrangement_sentence(shown: Arrangement) -> Sentence:
    """What a drawing shows, for people who do not see it."""
    return sentence(
        "A strip of {steps} steps. Steps with an input: {inputs}. Steps with an output: {outputs}.",
        steps=shown.steps,
        inputs=number_list(shown.inputs),
        outputs=number_list(shown.outputs),
    )


def width(shown: Arrangement) -> int:
    """The width of a drawing, in its own units."""
    return shown.steps * _STEP


def arrangement_picture(shown: Arrangement) -> str:
    """The drawing as an SVG; `arrangement_sentence` describes it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width(shown)} {DRAWN_HEIGHT}" '
        f'aria-hidden="true" fill="none" stroke="currentColor">{"".join(_parts(shown))}</svg>'
    )


def _parts(shown: Arrangement) -> Iterator[str]:
    for step in range(1, shown.steps + 1):
        x = _STEP * step - _STEP // 2
        side = 2 * _HALF
        yield f'<rect x="{x - _HALF}" y="{_CELL - _HALF}" width="{side}" height="{side}" rx="4"/>'
        if step > 1:
            yield _drawn_arrow(x - _STEP + _HALF, _CELL, x - _HALF, _CELL, "W_hh")
        if step in shown.inputs:
            yield _circle(x, _BELOW)
            yield _drawn_arrow(x, _BELOW - _RADIUS, x, _CELL + _HALF, "W_xh")
        if step in shown.outputs:
            yield _circle(x, _ABOVE)
            yield _drawn_arrow(x, _CELL - _HALF, x, _ABOVE + _RADIUS, "W_hy")


def _circle(x: int, y: int) -> str:
    return f'<circle cx="{x}" cy="{y}" r="{_RADIUS}"/>'


def _drawn_arrow(x0: int, y0: int, x1: int, y1: int, matrix: str) -> str:
    """A line with an arrowhead, to the right or up."""
    if y0 == y1:
        head = f"M{x1 - 6} {y1 - 4}L{x1 - 1} {y1}L{x1 - 6} {y1 + 4}"
    else:
        head = f"M{x1 - 4} {y1 + 6}L{x1} {y1 + 1}L{x1 + 4} {y1 + 6}"
    return (
        f'<path d="M{x0} {y0}L{x1} {y1}{head}" stroke="var(--{matrix}, currentColor)" '
        'stroke-width="2"/>'
    )


def strip(letters: Sequence[str], is_time: bool) -> Figure:
    """The cells as boxes over their letters (T,), T at least 1.

    is_time: the state goes from each to the next; else each begins with a state of zeros.
    """
    count = len(letters)
    columns = list(range(count))
    arrows = [_arrow(t, -0.95, t, -BOX_HALF, RULE) for t in columns]
    if is_time:
        arrows += [_arrow(START + 0.22, 0, -BOX_HALF, 0, VAL)]
        arrows += [_arrow(t - 1 + BOX_HALF, 0, t - BOX_HALF, 0, TRAIN) for t in columns[1:]]
        zeros = [(START, 0.0)]
    else:
        arrows += [_arrow(t, 0.8, t, BOX_HALF, VAL) for t in columns]
        zeros = [(float(t), 1.0) for t in columns]
    words = [_words(x, y, "0") for x, y in zeros]
    data = [_letters(letters), _cells(columns)]
    x = axis(range=[FIRST_COLUMN, count - 0.5], visible=False, fixedrange=True)
    y = axis(range=[-1.5, 1.3], visible=False, fixedrange=True)
    return make_figure(
        data, STRIP_HEIGHT, STRIP_MARGIN, xaxis=x, yaxis=y, annotations=arrows + words
    )


def _cells(columns: Sequence[int]) -> Part:
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": list(columns),
        "y": [0] * len(columns),
        "text": ["h"] * len(columns),
        "textfont": {"size": 12, "color": TEXT},
        "marker": {
            "symbol": "square",
            "size": 24,
            "color": GROUND,
            "line": {"color": TEXT, "width": 1.5},
        },
        "hoverinfo": "skip",
    }


def _letters(letters: Sequence[str]) -> Part:
    return {
        "type": "scatter",
        "mode": "text",
        "x": list(range(len(letters))),
        "y": [-1.2] * len(letters),
        "text": [escape(letter) for letter in letters],
        "textfont": {"size": 15, "color": TEXT},
        "hoverinfo": "skip",
    }


def _arrow(x0: float, y0: float, x1: float, y1: float, color: str) -> Part:
    """An arrow from one point to another."""
    ends = {"x": x1, "y": y1, "ax": x0, "ay": y0}
    frame = {"xref": "x", "yref": "y", "axref": "x", "ayref": "y"}
    style = {"showarrow": True, "text": "", "arrowhead": 2, "arrowwidth": 2, "arrowcolor": color}
    return {**ends, **frame, **style}


def _words(x: float, y: float, text: str) -> Part:
    """The words for the state of zeros."""
    font = {"size": 14, "color": VAL}
    return {"x": x, "y": y, "text": escape(text), "showarrow": False, "font": font}


def symbol_losses(
    symbols: Sequence[str], before: np.ndarray, after: np.ndarray | None, uniform: float, put: Put
) -> Figure:
    """The loss of each symbol of a name, in nats: before any update, and after some.

    before, after (T,); uniform: the loss if all symbols are equally likely
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
    """The length of the part that each step adds to ∂L/∂W_hh. inputs (T,): what the steps read."""
    hover = [
        put(sentence("step {t} reads {letter}: {part:.3f}", t=t, letter=escape(letter), part=part))
        for t, (letter, part) in enumerate(zip(inputs, parts.tolist(), strict=True), 1)
    ]
    x = _columns(inputs, put(sentence("letter that the step reads")))
    y = axis(put(sentence("norm of its contribution")), fixedrange=True, rangemode="tozero")
    return make_figure([bars(parts, NEUTRAL, hover)], HEIGHT, MARGIN, xaxis=x, yaxis=y)


def symbol_pulls(symbols: Sequence[str], pulls: np.ndarray, put: Put) -> Figure:
    """The share of the gradient that each symbol's loss contributes, in percent. pulls (T,):
    their sum is 1.
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
