"""Figures from arrays: plain plotly dictionaries, `{"data": …, "layout": …}`.

A colour is a token that the page's theme fills in when it draws, so a figure is right in light and
in dark: "@0" is the first chart colour of `.streamlit/config.toml`, "@text" the theme's ink,
"@sequential" and "@diverging" its scales. Words of a user's stand in labels and hover texts only,
escaped, for plotly reads those as its own small HTML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Figure = dict[str, Any]

TRAIN, VAL, CHOSEN, BASELINE = "@0", "@1", "@2", "@3"
TEXT, GROUND, RULE = "@text", "@ground", "@rule"

LETTER_MARGIN = {"l": 48, "r": 64, "t": 26, "b": 8}  # the same, so that columns stand in line
SMALL = {"size": 12}
MOST_ROWS = 48  # symbols that have a row each in a picture
LEAST_COLUMN = 14  # pixels a letter's column needs to be read


def escape(text: str) -> str:
    """Text that plotly shows as it is."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _axis(title: str = "", **more: Any) -> dict[str, Any]:
    axis = {"gridcolor": RULE, "linecolor": RULE, "zeroline": False, "tickfont": SMALL}
    return {**axis, "title": {"text": title, "font": SMALL}, "automargin": False, **more}


def _layout(height: int, margin: Mapping[str, int], **more: Any) -> dict[str, Any]:
    return {
        "height": height, "margin": dict(margin), "font": {"color": TEXT}, "showlegend": False,
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)", "dragmode": "zoom",
        "hoverlabel": {"bgcolor": GROUND, "font": {"color": TEXT}, "bordercolor": RULE}, **more,
    }


def for_json(values: np.ndarray) -> list[Any]:
    """For JSON: four decimals are enough to draw, and what is no number is a gap."""
    rounded = np.round(np.asarray(values, dtype=np.float64), 4)
    return np.where(np.isfinite(rounded), rounded, None).tolist()


def loss(
    train: tuple[np.ndarray, np.ndarray], val: tuple[np.ndarray, np.ndarray],
    baselines: Mapping[str, float], steps: int, *,
    rates: Sequence[tuple[int, float]] = (), revision: str = "", height: int = 400,
    at: int | None = None,
) -> Figure:
    """Training and held-out loss against steps, before grey lines for what counting reaches.

    train, val: steps (n,) and losses (n,), nats per symbol. steps: where the axis ends.
    rates: (step, learning rate) pairs; those after step 0 are marked. revision: zoom is kept
    while it stays the same. at: a step to mark.
    """
    bottom, top = _loss_range(train[1], val[1], baselines)
    margin = {"l": 46, "r": 92, "t": 34, "b": 42}
    curves = [_curve(*train, "train", TRAIN, 1.5), _curve(*val, "held out", VAL, 3)]
    gap = 15 * (top - bottom) / (height - margin["t"] - margin["b"])
    marks = _baselines(baselines, gap, bottom)
    if at is not None:
        marks.append(_moment(at))
    changes = _rate_marks([(step, rate) for step, rate in rates if step], steps)
    return {"data": curves, "layout": _layout(
        height, margin, uirevision=revision, showlegend=True, hovermode="x unified",
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 13}},
        xaxis=_axis("step (one update of the weights)", range=[0, steps], hoverformat=",d",
                    tickformat=",d"),
        yaxis=_axis("loss, nats per symbol", range=[bottom, top]),
        shapes=[shape for shape, _ in marks + changes],
        annotations=[words for _, words in marks + changes])}


def _loss_range(
    train: np.ndarray, val: np.ndarray, baselines: Mapping[str, float]
) -> tuple[float, float]:
    """From just under the lowest to just over the highest loss, cut at 2.5 times the start's."""
    values = np.concatenate([train, val, list(baselines.values())])
    values = values[np.isfinite(values)]
    start = max([*val[:1], *baselines.values()])
    return float(values.min()) - 0.08, float(min(values.max(), 2.5 * start)) + 0.08


def loss_traces() -> list[Figure]:
    """The two curves of `loss` before they have points."""
    empty = np.empty(0)
    return [_curve(empty, empty, "train", TRAIN, 1.5), _curve(empty, empty, "held out", VAL, 3)]


def _curve(x: np.ndarray, y: np.ndarray, name: str, color: str, width: float) -> Figure:
    return {"type": "scatter", "mode": "lines" if len(x) > 1 else "markers", "name": name,
            "x": np.asarray(x).tolist(), "y": for_json(y), "line": {"color": color, "width": width},
            "marker": {"color": color, "size": 9}, "hovertemplate": "%{y:.3f}"}


def _baselines(
    baselines: Mapping[str, float], gap: float, bottom: float
) -> list[tuple[Figure, Figure]]:
    """A dashed line each, and from its right end a lead to its name, which moves up where two
    would overlap.
    """
    marks, free = [], bottom
    for name, level in sorted(baselines.items(), key=lambda item: item[1]):
        place = max(level, free)
        free = place + gap
        line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": level, "y1": level,
                "layer": "below", "line": {"color": BASELINE, "width": 1, "dash": "dash"}}
        words = {"xref": "paper", "x": 1, "y": level, "ax": 10, "ayref": "y", "ay": place,
                 "xanchor": "left", "text": f"{name} {level:.2f}", "showarrow": True,
                 "arrowhead": 0, "arrowwidth": 1, "arrowcolor": BASELINE, "borderpad": 0,
                 "font": {"color": BASELINE, "size": 12}}
        marks.append((line, words))
    return marks


def _moment(step: int) -> tuple[Figure, Figure]:
    line = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": step, "x1": step,
            "line": {"color": CHOSEN, "width": 2}}
    words = {"yref": "paper", "y": 1, "yanchor": "bottom", "x": step, "xanchor": "auto",
             "text": f"{step:,}", "showarrow": False, "font": {"color": CHOSEN, "size": 12}}
    return line, words


def _rate_marks(rates: Sequence[tuple[int, float]], steps: int) -> list[tuple[Figure, Figure]]:
    """A line each; its words on the side where there is room, lower where others stand near."""
    marks, row = [], 0
    for i, (step, rate) in enumerate(rates):
        row = (row + 1) % 8 if i and step - rates[i - 1][0] < 0.2 * steps else 0
        line = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": step, "x1": step,
                "line": {"color": RULE, "width": 1.5}}
        words = {"yref": "paper", "y": 1, "yanchor": "top", "yshift": -15 * row, "x": step,
                 "xanchor": "right" if step > 0.8 * steps else "left", "text": f"rate {rate:g}",
                 "showarrow": False, "font": {"color": TEXT, "size": 11}}
        marks.append((line, words))
    return marks


def probabilities(
    probs: np.ndarray, ids: np.ndarray, labels: Sequence[str], prefixes: Sequence[str]
) -> Figure:
    """The probability of every symbol at every letter, the chosen ones outlined.

    probs (T, V); ids (T,) the symbols taken, −1 where none was yet; labels (V,) their names;
    prefixes (T,) what had been written before each. Of very many symbols, only the likeliest have
    a row of their own.
    """
    probs, ids, labels = _likeliest(probs, ids, labels)
    V = len(labels)
    hover = [[f"p({escape(label)} | {escape(prefix) or 'start'}) = {p:.2g}" if p < 0.01 else
              f"p({escape(label)} | {escape(prefix) or 'start'}) = {p:.2f}"
              for prefix, p in zip(prefixes, probs[:, v].tolist(), strict=True)]
             for v, label in enumerate(labels)]
    heat = _heat(probs.T, "@sequential", 0, 1, hover, "p", size=max(160, 17 * V))
    boxes = [{"type": "rect", "x0": t - 0.5, "x1": t + 0.5, "y0": i - 0.5, "y1": i + 0.5,
              "line": {"color": CHOSEN, "width": 2}} for t, i in enumerate(ids.tolist()) if i >= 0]
    rows = _axis(tickvals=list(range(V)), ticktext=[escape(label) for label in labels],
                 range=[V - 0.5, -0.5], showgrid=False)
    return _by_letter([heat], rows, ids, labels, 17 * V + 34, shapes=boxes)


def _likeliest(
    probs: np.ndarray, ids: np.ndarray, labels: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, Sequence[str]]:
    """The same with fewer rows where there are too many to read: those taken, the likeliest of
    the others, and the rest together.
    """
    V = len(labels)
    if V <= MOST_ROWS:
        return probs, ids, labels
    order = np.argsort(-probs.max(0), kind="stable")
    taken = np.unique(ids[ids >= 0])
    free = max(0, MOST_ROWS - 1 - len(taken))
    kept = np.union1d(taken, np.setdiff1d(order[:MOST_ROWS], taken, assume_unique=True)[:free])
    rest = np.setdiff1d(np.arange(V), kept)
    rows = np.concatenate([probs[:, kept], probs[:, rest].sum(1, keepdims=True)], axis=1)
    places = np.where(ids >= 0, np.searchsorted(kept, ids), -1)
    return rows, places, [*(labels[v] for v in kept), f"+{len(rest)}"]


def rows_left_out(V: int) -> str:
    """A sentence on what `probabilities` draws of V symbols; empty where it draws them all."""
    return "" if V <= MOST_ROWS else (
        f" Of the {V} symbols, the {MOST_ROWS - 1} likeliest here have a row each; the last row is "
        "all the others together.")


def hidden(states: np.ndarray, ids: np.ndarray, labels: Sequence[str]) -> Figure:
    """The hidden state behind every letter: units top to bottom, letters left to right.

    states (T, H) in −1 … 1; ids (T,); labels (V,).
    """
    H = states.shape[1]
    heads = _heads(ids, labels)
    hover = [[f"unit {unit} before {head}: {value:+.2f}"
              for head, value in zip(heads, states[:, unit].tolist(), strict=True)]
             for unit in range(H)]
    size = int(np.clip(4 * H, 100, 360))
    heat = _heat(states.T, "@diverging", -1, 1, hover, "h", size=size)
    rows = _axis("hidden unit", range=[H - 0.5, -0.5], showgrid=False,
                 **({"dtick": 1} if H < 8 else {}))
    return _by_letter([heat], rows, ids, labels, size + 34)


def surprise(bits: np.ndarray, ids: np.ndarray, labels: Sequence[str]) -> Figure:
    """−log2 p of every chosen letter, in bits. (T,), (T,), (V,)"""
    heads = _heads(ids, labels)
    line = {"type": "scatter", "mode": "lines+markers", "x": list(range(len(ids))),
            "y": for_json(bits), "line": {"color": CHOSEN, "width": 2}, "marker": {"size": 7},
            "text": [f"{h}: {b:.2f} bits" for h, b in zip(heads, bits.tolist(), strict=True)],
            "hoverinfo": "text"}
    high = max(5.0, float(bits[np.isfinite(bits)].max(initial=0))) * 1.1
    return _by_letter([line], _axis("bits", range=[-0.3, high]), ids, labels, 160)


def _heat(
    z: np.ndarray, scale: str, low: float, high: float, hover: list[list[str]], name: str, size: int
) -> Figure:
    bar = {"thickness": 10, "x": 1.0, "xpad": 8, "tickfont": SMALL, "title": {"text": name},
           "tickvals": [low, (low + high) / 2, high], "outlinewidth": 0,
           "lenmode": "pixels", "len": min(size, 220), "y": 1, "yanchor": "top"}
    return {"type": "heatmap", "z": for_json(z), "zmin": low, "zmax": high, "colorscale": scale,
            "text": hover, "hoverinfo": "text", "colorbar": bar, "xgap": 1,
            "ygap": 1 if size / len(z) > 8 else 0}


def _heads(ids: np.ndarray, labels: Sequence[str]) -> list[str]:
    """What stands over each column: the symbol taken, or a question mark where none was yet."""
    return [escape(labels[i]) if i >= 0 else "?" for i in ids.tolist()]


def _by_letter(
    data: list[Figure], rows: Figure, ids: np.ndarray, labels: Sequence[str], height: int,
    **more: Any,
) -> Figure:
    """A picture with one column a letter, the letters as its heads."""
    T = len(ids)
    columns = _axis(tickvals=list(range(T)), ticktext=_heads(ids, labels), side="top",
                    range=[-0.5, T - 0.5], showgrid=False, fixedrange=True, tickangle=0)
    columns["tickfont"] = {"size": 13, "color": CHOSEN}
    return {"data": data, "layout": _layout(
        height, LETTER_MARGIN, xaxis=columns, yaxis={**rows, "fixedrange": True},
        dragmode=False, **more)}


def least_width(columns: int) -> int:
    """Pixels under which a picture with so many letters scrolls in its own frame."""
    return LETTER_MARGIN["l"] + LETTER_MARGIN["r"] + LEAST_COLUMN * columns
