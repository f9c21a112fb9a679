"""How far back a network looks: its loss and its probabilities by memory, and its gradient."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from dino.charts.base import (
    BASELINE,
    LEAST_COLUMN,
    SEQUENTIAL,
    SERIES,
    SMALL,
    VAL,
    Figure,
    Part,
    axis,
    color_bar,
    escape,
    heat,
    labelled_axis,
    make_figure,
    numbers,
    outline,
)

MARGIN = {"l": 52, "r": 16, "t": 12, "b": 44}
# Lines of several runs differ in colour, in dash and in their names in the legend.
LINES = tuple((color, dash) for dash in ("solid", "dot") for color in SERIES)
LEGEND_ROW = 20  # pixels
MONOSPACE = {"size": 12, "family": "ui-monospace, Menlo, Consolas, monospace"}
LONGEST_SIDE = 14  # letters of a row's name
RIGHT_MARGIN = 56


def loss_by_memory(
    losses: np.ndarray, counting: Mapping[str, tuple[int, float]], full: float, chosen: int
) -> Figure:
    """Held-out loss against k, the letters a prediction may see, with the counting baselines.

    losses (K,): at k = 1, 2, …, NaN where not yet measured; counting: name to the letters it sees
    and its loss; full: the loss with the memory it was trained with; chosen: the k that is marked.
    """
    rivals = {name: (k, loss) for name, (k, loss) in counting.items() if k >= 1}
    dots = {"color": VAL, "width": 1, "dash": "dot"}
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": full, "y1": full}
    line |= {"layer": "below", "line": dots}
    words = {"xref": "paper", "x": 1, "xanchor": "left", "y": full, "xshift": 4}
    words |= {"text": f"its own {full:.2f}", "showarrow": False}
    words |= {"font": {"color": VAL, "size": 12}}
    values = [*losses[np.isfinite(losses)].tolist(), *(loss for _, loss in rivals.values()), full]
    low, high = min(values), max(values)
    pad = 0.08 * (high - low) + 0.03
    x = axis("k, letters a prediction may see", fixedrange=True)
    x |= {"tickvals": list(range(1, len(losses) + 1)), "range": [0.2, len(losses) + 0.4]}
    y = axis("held-out loss, nats per symbol", fixedrange=True)
    y["range"] = [low - 1.6 * pad, high + pad]  # room for the names under their points
    data = [_counting_curve(rivals), _memory_curve(losses, chosen)]
    margin = {**MARGIN, "r": 78}
    return make_figure(data, 330, margin, shapes=[line], annotations=[words], xaxis=x, yaxis=y)


def _memory_curve(losses: np.ndarray, chosen: int) -> Part:
    ks = list(range(1, len(losses) + 1))
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": ks,
        "y": numbers(losses),
        "line": {"color": VAL, "width": 3},
        "name": "this network",
        "hoverinfo": "text",
        "marker": {"size": [13 if k == chosen else 7 for k in ks], "color": VAL},
        "text": [f"k = {k}: {loss:.3f}" for k, loss in zip(ks, losses.tolist(), strict=True)],
    }


def _counting_curve(rivals: Mapping[str, tuple[int, float]]) -> Part:
    return {
        "type": "scatter",
        "mode": "lines+markers+text",
        "name": "counting",
        "x": [k for k, _ in rivals.values()],
        "y": [loss for _, loss in rivals.values()],
        "line": {"color": BASELINE, "width": 1.5, "dash": "dash"},
        "hoverinfo": "text",
        "marker": {"color": BASELINE, "size": 6},
        "textposition": "bottom center",
        "textfont": {"color": BASELINE, "size": 12},
        "hovertext": [
            f"counting {name}, which sees {k}: {loss:.3f}" for name, (k, loss) in rivals.items()
        ],
        "text": list(rivals),
    }


def probs_by_memory(
    probs: np.ndarray, text: str, labels: Sequence[str], chosen: int | None = None
) -> Figure:
    """The next symbol's probabilities if only the last k letters of `text` are seen: a row for
    each k, with dots for letters cut off. probs (K, V) for k = 1, 2, …; chosen: the k to outline.
    """
    heads = [escape(label) for label in labels]
    sides = _seen_letters(text, len(probs))
    hover = [
        [f"p({head} | {side}) = {p:.3f}" for head, p in zip(heads, row, strict=True)]
        for side, row in zip(sides, probs.tolist(), strict=True)
    ]
    bar = color_bar([0, 0.5, 1], title={"text": "p"})
    cells = heat(probs, SEQUENTIAL, (0, 1), hover, colorbar=bar, xgap=1, ygap=1)
    boxes = []
    if chosen is not None:
        boxes.append(outline(-0.5, len(labels) - 0.5, chosen - 1.5, chosen - 0.5))
    x = labelled_axis("next symbol", heads, tickangle=0)
    y = labelled_axis("", sides, autorange="reversed", tickfont=MONOSPACE)
    height = 22 * len(sides) + 60
    margin = {"l": _side_width(text), "r": RIGHT_MARGIN, "t": 8, "b": 44}
    return make_figure([cells], height, margin, shapes=boxes, xaxis=x, yaxis=y)


def probs_by_memory_width(text: str, symbols: int) -> int:
    """The width in pixels that `probs_by_memory` needs; a narrower frame scrolls."""
    return _side_width(text) + RIGHT_MARGIN + LEAST_COLUMN * symbols


def _seen_letters(text: str, K: int) -> list[str]:
    """The row names for k = 1 … K: the end of `text`, dots for the letters not seen."""
    end = _shown_end(text)
    sides = []
    for k in range(1, K + 1):
        cut = max(0, len(end) - k)
        sides.append(escape("·" * cut + end[cut:]))
    if K > len(text):  # the last row also sees the start
        sides[-1] = f"start {sides[-1]}" if text else "start"
    return sides


def _side_width(text: str) -> int:
    """Pixels for the row names of `probs_by_memory`."""
    return 16 + int(7.4 * (len(_shown_end(text)) + len("start ")))


def _shown_end(text: str) -> str:
    """The end of `text`, as much of it as a row name has room for."""
    return text if len(text) <= LONGEST_SIDE else "…" + text[1 - LONGEST_SIDE :]


def gradient(lines: Mapping[str, np.ndarray], states: str = "h") -> Figure:
    """‖∂loss_t / ∂h_{t−j}‖ against j, on a log axis; one line for each run. Name to norms (J,).

    states: what the axis calls the states, where it is not h alone.
    """
    styles = itertools.cycle(LINES)
    data = [_gradient_curve(name, norms, *next(styles)) for name, norms in lines.items()]
    longest = max(map(len, lines.values()))
    positive = np.concatenate([norms[norms > 0] for norms in lines.values()])
    decades = np.log10(positive.max() / positive.min()) if len(positive) else 0
    x = axis("j, letters back", fixedrange=True, dtick=1 if longest < 20 else 5)
    x["range"] = [-0.4, max(longest - 1, 1) + 0.4]
    title = f"size of ∂loss<sub>t</sub> / ∂{states}<sub>t−j</sub>"
    y = axis(title, type="log", fixedrange=True, exponentformat="power")
    if decades > 1.5:
        y["dtick"] = max(1, round(decades / 6))
    room = LEGEND_ROW * len(data)  # above the plot
    legend = {"orientation": "v", "x": 0, "y": 1.02, "yanchor": "bottom"}
    legend |= {"font": SMALL, "maxheight": room + 10}
    margin = {**MARGIN, "l": 76, "t": 14 + room}
    return make_figure(data, 300 + room, margin, showlegend=True, legend=legend, xaxis=x, yaxis=y)


def _gradient_curve(name: str, norms: np.ndarray, color: str, dash: str) -> Part:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(range(len(norms))),
        # Four digits, not four decimals: a log axis shows very small numbers too. It has no zero.
        "y": [float(f"{norm:.4g}") if norm > 0 else None for norm in norms.tolist()],
        "name": escape(name),
        "line": {"color": color, "dash": dash, "width": 2},
        "marker": {"color": color, "size": 6},
        "hoverinfo": "text",
        "text": [f"{escape(name)}, {j} back: {v:.2g}" for j, v in enumerate(norms.tolist())],
    }
