"""How far back a network looks: its loss and its probabilities by memory, and its gradient.

`put` puts a sentence into the page's language.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from dino.charts.base import (
    BASELINE,
    LEAST_COLUMN,
    SEQUENTIAL,
    SERIES,
    SMALL,
    TEXT,
    VAL,
    Figure,
    Part,
    Put,
    axis,
    color_bar,
    escape,
    heat,
    labelled_axis,
    make_figure,
    numbers,
    outline,
)
from dino.locale.sentences import Sentence, error_sentence, mark, sentence

MARGIN = {"l": 52, "r": 16, "t": 12, "b": 44}
# Lines of several runs differ in colour, in dashes and in their names in the legend.
LINES = tuple((color, dash) for dash in ("solid", "dot") for color in SERIES)
LEGEND_ROW = 20  # pixels
MONOSPACE = {"size": 12, "family": "ui-monospace, Menlo, Consolas, monospace"}
LONGEST_SIDE = 14  # letters of a row's name
RIGHT_MARGIN = 56
BAR_ROWS = 3  # rows of a heatmap that its colour bar's numbers need


class LossesByMemory(NamedTuple):
    """Held-out losses with a memory of k = 1, …, K letters, in nats per symbol; NaN: not measured.

    restarted (K,): of this network, from a zero state k letters back; (1,) if it was trained to see
    only one letter
    exchanged (K, 2): its loss after another name's beginning, and the standard error of the
    difference from its own loss
    trained (K, S): of networks trained with k letters, for S seeds; None if there are none
    own: this network's loss
    """

    restarted: np.ndarray
    exchanged: np.ndarray
    trained: np.ndarray | None
    own: float


def loss_by_memory(
    losses: LossesByMemory, counting: Mapping[str, tuple[int, float]], chosen: int, put: Put
) -> Figure:
    """Held-out loss against k, the letters that a prediction may see, with the counting baselines.

    counting: for each name, how many letters it sees and its loss; chosen: the k that is marked.
    """
    rivals = {name: (k, loss) for name, (k, loss) in counting.items() if k >= 1}
    data = [_counting_curve(rivals, put)]
    if len(losses.restarted) > 1:
        data.append(_restarted_curve(losses.restarted, chosen, put))
    if losses.trained is not None:
        data.append(_trained_curve(losses.trained, put))
    data.append(_exchanged_curve(losses.exchanged, put))
    low, high = _range(data, losses.own)
    pad = 0.08 * (high - low) + 0.03
    x = axis(put(sentence("k, letters a prediction may see")), fixedrange=True)
    K = len(losses.exchanged)
    x |= {"tickvals": list(range(1, K + 1)), "range": [0.2, K + 0.4]}
    y = axis(put(sentence("held-out loss, nats per symbol")), fixedrange=True)
    y["range"] = [low - 1.6 * pad, high + pad]  # room for the names below their points
    line, words = _own_line(losses.own, put)
    room = LEGEND_ROW * len(data)
    return make_figure(
        data,
        330 + room,
        {**MARGIN, "t": 14 + room, "r": 92},
        shapes=[line],
        annotations=[words],
        showlegend=True,
        legend=_legend(room),
        xaxis=x,
        yaxis=y,
    )


def _range(data: Sequence[Part], own: float) -> tuple[float, float]:
    values = [y for curve in data for y in curve["y"] if y is not None]
    return min([*values, own]), max([*values, own])


def _legend(room: int) -> Part:
    """A legend above the plot, a row for each line. room: its height in pixels."""
    legend = {"orientation": "v", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "reversed"}
    return legend | {"font": SMALL, "maxheight": room + 10}


def _own_line(own: float, put: Put) -> tuple[Part, Part]:
    """A line at the network's own loss, and its name."""
    dots = {"color": VAL, "width": 1, "dash": "dot"}
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": own, "y1": own}
    words = {"xref": "paper", "x": 1, "xanchor": "left", "y": own, "xshift": 4}
    words |= {"text": put(sentence("its own {loss:.2f}", loss=own)), "showarrow": False}
    return line | {"layer": "below", "line": dots}, words | {"font": {"color": VAL, "size": 12}}


def _curve(name: str, values: np.ndarray, hover: Sequence[str], line: Part, marker: Part) -> Part:
    """A line over k = 1, 2, …, with its points."""
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": list(range(1, len(values) + 1)),
        "y": numbers(values),
        "line": line,
        "marker": marker,
        "hoverinfo": "text",
        "text": list(hover),
    }


def _restarted_curve(losses: np.ndarray, chosen: int, put: Put) -> Part:
    hover = [
        put(sentence("restarted, k = {k}: {loss:.3f}", k=k, loss=loss))
        for k, loss in enumerate(losses.tolist(), 1)
    ]
    sizes = [13 if k == chosen else 6 for k in range(1, len(losses) + 1)]
    marker = {"size": sizes, "color": VAL, "symbol": "circle-open"}
    line = {"color": VAL, "width": 1.5, "dash": "dot"}
    return _curve(put(sentence("restarted from a zero state")), losses, hover, line, marker)


def _exchanged_curve(losses: np.ndarray, put: Put) -> Part:
    """The exchanged losses, with twice their standard errors as thin lines."""
    hover = [
        put(sentence("another name's past, k = {k}: {loss}", k=k, loss=error_sentence(loss, e, 3)))
        for k, (loss, e) in enumerate(losses.tolist(), 1)
    ]
    line, marker = {"color": VAL, "width": 3}, {"size": 7, "color": VAL}
    curve = _curve(put(sentence("another name's past")), losses[:, 0], hover, line, marker)
    return curve | _error_bars(2 * losses[:, 1], VAL)


def _trained_curve(losses: np.ndarray, put: Put) -> Part:
    """The mean over the seeds, with the standard deviation."""
    means, spread = losses.mean(axis=1), losses.std(axis=1, ddof=1)
    hover = [
        put(sentence("trained with {k}: {loss}", k=k, loss=error_sentence(mean, s, 3)))
        for k, (mean, s) in enumerate(zip(means.tolist(), spread.tolist(), strict=True), 1)
    ]
    line = {"color": TEXT, "width": 1.5}
    marker = {"size": 6, "color": TEXT, "symbol": "diamond"}
    name = put(sentence("other networks, trained with k letters"))
    return _curve(name, means, hover, line, marker) | _error_bars(spread, TEXT)


def _error_bars(reach: np.ndarray, color: str) -> Part:
    array = [0.0 if size is None else size for size in numbers(reach)]
    return {"error_y": {"array": array, "thickness": 1, "width": 0, "color": color}}


def _counting_curve(rivals: Mapping[str, tuple[int, float]], put: Put) -> Part:
    hover = [
        put(sentence("counting {name}, k = {k}: {loss:.3f}", name=Sentence(name), k=k, loss=loss))
        for name, (k, loss) in rivals.items()
    ]
    return {
        "type": "scatter",
        "mode": "lines+markers+text",
        "name": put(sentence("counting what follows k letters")),
        "x": [k for k, _ in rivals.values()],
        "y": [loss for _, loss in rivals.values()],
        "line": {"color": BASELINE, "width": 1.5, "dash": "dash"},
        "hoverinfo": "text",
        "marker": {"color": BASELINE, "size": 6},
        "textposition": "bottom center",
        "textfont": {"color": BASELINE, "size": 12},
        "hovertext": hover,
        "text": [put(name) for name in rivals],
    }


def probs_by_memory(
    probs: np.ndarray, text: str, labels: Sequence[str], chosen: int | None, put: Put
) -> Figure:
    """The next symbol's probabilities if only the last k letters of `text` are seen.

    A row for each k, with dots for the letters cut off. probs (K, V) for k = 1, 2, …; chosen:
    the k to outline.
    """
    heads = [escape(label) for label in labels]
    sides = _seen_letters(text, len(probs), put)
    hover = [
        [
            put(sentence("p({letter} | {seen}) = {p:.3f}", letter=head, seen=side, p=p))
            for head, p in zip(heads, row, strict=True)
        ]
        for side, row in zip(sides, probs.tolist(), strict=True)
    ]
    bar = color_bar([0, 0.5, 1], title={"text": "p"})
    cells = heat(probs, SEQUENTIAL, (0, 1), hover, colorbar=bar, xgap=1, ygap=1)
    boxes = []
    if chosen is not None:
        boxes.append(outline(-0.5, len(labels) - 0.5, chosen - 1.5, chosen - 0.5))
    x = labelled_axis(put(sentence("next symbol")), heads, tickangle=0)
    y = labelled_axis("", sides, autorange="reversed", tickfont=MONOSPACE)
    height = 22 * max(len(sides), BAR_ROWS) + 60
    margin = {"l": _side_width(text), "r": RIGHT_MARGIN, "t": 8, "b": 44}
    return make_figure([cells], height, margin, shapes=boxes, xaxis=x, yaxis=y)


def probs_by_memory_width(text: str, symbols: int) -> int:
    """The width in pixels that `probs_by_memory` needs; a narrower frame scrolls."""
    return _side_width(text) + RIGHT_MARGIN + LEAST_COLUMN * symbols


def _seen_letters(text: str, K: int, put: Put) -> list[str]:
    """The rows' names for k = 1 … K: the end of `text`, with dots for the letters not seen."""
    end = _shown_end(text)
    sides = []
    for k in range(1, K + 1):
        cut = max(0, len(end) - k)
        sides.append(escape("·" * cut + end[cut:]))
    if K > len(text):  # the last row also sees the start
        start = put(sentence("start"))
        sides[-1] = f"{start} {sides[-1]}" if text else start
    return sides


def _side_width(text: str) -> int:
    """Pixels for the row names of `probs_by_memory`."""
    return 16 + int(7.4 * (len(_shown_end(text)) + len("comienzo ")))


def _shown_end(text: str) -> str:
    """As much of the end of `text` as a row's name has room for."""
    return text if len(text) <= LONGEST_SIDE else "…" + text[1 - LONGEST_SIDE :]


def gradient(lines: Mapping[str, np.ndarray], states: str, put: Put) -> Figure:
    """‖∂loss_t / ∂h_{t−j}‖ against j, on a log axis; a line for each run. Name to norms (J,).

    states: the name of the states at the axis, unless it is just h.
    """
    styles = itertools.cycle(LINES)
    data = [_gradient_curve(name, norms, *next(styles), put) for name, norms in lines.items()]
    longest = max(map(len, lines.values()))
    positive = np.concatenate([norms[norms > 0] for norms in lines.values()])
    decades = np.log10(positive.max() / positive.min()) if len(positive) else 0
    title = put(sentence("j, letters back"))
    x = axis(title, fixedrange=True, dtick=1 if longest < 20 else 5)
    x["range"] = [-0.4, max(longest - 1, 1) + 0.4]
    derivative = f"∂{put(mark('loss'))}<sub>t</sub> / ∂{states}<sub>t−j</sub>"
    title = put(sentence("size of {derivative}", derivative=derivative))
    y = axis(title, type="log", fixedrange=True, exponentformat="power")
    y["title"]["standoff"] = 12  # its subscripts would lie on the numbers
    if decades > 1.5:
        y["dtick"] = max(1, round(decades / 6))
    room = LEGEND_ROW * len(data)  # above the plot
    legend = {**_legend(room), "traceorder": "normal"}
    margin = {**MARGIN, "l": 76, "t": 14 + room}
    return make_figure(data, 300 + room, margin, showlegend=True, legend=legend, xaxis=x, yaxis=y)


def _gradient_curve(name: str, norms: np.ndarray, color: str, dash: str, put: Put) -> Part:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(range(len(norms))),
        # A log axis also shows very small numbers, and has no zero.
        "y": [_round_to_four(norm) if norm > 0 else None for norm in norms.tolist()],
        "name": escape(name),
        "line": {"color": color, "dash": dash, "width": 2},
        "marker": {"color": color, "size": 6},
        "hoverinfo": "text",
        "text": [
            put(sentence("{line}, {j} back: {size:.2g}", line=escape(name), j=j, size=v))
            for j, v in enumerate(norms.tolist())
        ],
    }


def _round_to_four(number: float) -> float:
    """A positive number to four digits, wherever its decimal point is."""
    return round(number, 3 - math.floor(math.log10(number)))
