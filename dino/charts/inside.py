"""The figures of the page Inside, made as those in `charts.py` are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dino.charts.base import (
    BASELINE,
    CHOSEN,
    GROUND,
    RULE,
    SMALL,
    TEXT,
    VAL,
    Figure,
    _axis,
    _layout,
    escape,
    for_json,
)

MARGIN = {"l": 52, "r": 16, "t": 12, "b": 44}
# Runs that are laid over each other differ in colour, in dash and in their name at the line's end.
LINES = (("@0", "solid"), ("@1", "solid"), ("@2", "solid"), ("@3", "solid"), ("@0", "dot"),
         ("@1", "dot"), ("@2", "dot"), ("@3", "dot"))


def bars(
    probs: np.ndarray, labels: Sequence[str], start: str, chosen: int | None = None
) -> Figure:
    """The probability of every next symbol after `start`, the chosen one in colour. (V,), (V,)"""
    colors = [CHOSEN if v == chosen else "@4" for v in range(len(labels))]
    heads = [escape(label) for label in labels]
    trace = {"type": "bar", "x": list(range(len(labels))), "y": for_json(probs),
             "marker": {"color": colors}, "hoverinfo": "text", "textposition": "none",
             "text": [f"p({head} | {escape(start) or 'start'}) = {p:.3f}"
                      for head, p in zip(heads, probs.tolist(), strict=True)]}
    ticks = _axis("next symbol", tickvals=list(range(len(labels))), ticktext=heads,
                  showgrid=False, fixedrange=True, tickangle=0, range=[-0.7, len(labels) - 0.3])
    return {"data": [trace], "layout": _layout(
        230, MARGIN, xaxis=ticks, dragmode=False, bargap=0.15,
        hovermode="x", hoverdistance=-1,  # a bar of next to nothing is met by its column
        yaxis=_axis("probability", range=[0, 1], fixedrange=True, nticks=5))}


def paired_bars(
    one: np.ndarray, other: np.ndarray, names: tuple[str, str], labels: Sequence[str]
) -> Figure:
    """Two models' probabilities of every next symbol, side by side. (V,), (V,)"""
    heads = [escape(label) for label in labels]
    data = [{"type": "bar", "x": list(range(len(labels))), "y": for_json(probs),
             "name": escape(name), "marker": {"color": color}, "hoverinfo": "text",
             "textposition": "none", "text": [
                 f"{escape(name)}: p({head}) = {p:.3f}"
                 for head, p in zip(heads, probs.tolist(), strict=True)]}
            for probs, name, color in zip((one, other), names, ("@0", "@1"), strict=True)]
    return {"data": data, "layout": _layout(
        250, {**MARGIN, "t": 34}, barmode="group", bargap=0.2, dragmode=False, showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": SMALL},
        xaxis=_axis("next symbol", tickvals=list(range(len(labels))), ticktext=heads,
                    showgrid=False, fixedrange=True, tickangle=0),
        yaxis=_axis("probability", rangemode="tozero", fixedrange=True, nticks=5))}


def strips(rows: Mapping[str, np.ndarray], unit: int | None = None) -> Figure:
    """Vectors over the hidden units, one a row, on a scale from −1 to 1; one unit outlined.

    rows: name to values (H,). Values beyond ±1 take the scale's end; their figure is in the hover.
    """
    z = np.stack(list(rows.values()))  # (rows, H)
    hover = [[f"{escape(name)}, unit {k}: {v:+.3f}" for k, v in enumerate(values.tolist())]
             for name, values in rows.items()]
    heat = {"type": "heatmap", "z": for_json(z), "zmin": -1, "zmax": 1, "colorscale": "@diverging",
            "text": hover, "hoverinfo": "text", "showscale": True, "ygap": 3,
            "colorbar": {"thickness": 10, "tickvals": [-1, 0, 1], "outlinewidth": 0,
                         "tickfont": SMALL, "x": 1.0, "xpad": 6}}
    boxes = [] if unit is None else [
        {"type": "rect", "x0": unit - 0.5, "x1": unit + 0.5, "y0": -0.5, "y1": len(rows) - 0.5,
         "line": {"color": CHOSEN, "width": 2}}]
    names = _axis(tickvals=list(range(len(rows))), ticktext=[escape(name) for name in rows],
                  range=[len(rows) - 0.5, -0.5], showgrid=False, fixedrange=True)
    return {"data": [heat], "layout": _layout(
        54 + 34 * len(rows), {"l": 78, "r": 52, "t": 6, "b": 40}, shapes=boxes, dragmode=False,
        xaxis=_axis("hidden unit", showgrid=False, fixedrange=True,
                    **({"dtick": 1} if z.shape[1] < 8 else {})), yaxis=names)}


def dial(
    losses: np.ndarray, counting: Mapping[str, tuple[int, float]], whole: float, chosen: int
) -> Figure:
    """Held-out loss against k, the letters a prediction may see, before what counting reaches.

    losses (K,): at k = 1, 2, …, NaN where not yet measured; counting: name to the letters it sees
    and its loss; whole: the loss with the memory it was trained with; chosen: the k that is marked.
    """
    ks = list(range(1, len(losses) + 1))
    net = {"type": "scatter", "mode": "lines+markers", "x": ks, "y": for_json(losses),
           "line": {"color": VAL, "width": 3}, "name": "this network", "hoverinfo": "text",
           "marker": {"size": [13 if k == chosen else 7 for k in ks], "color": VAL},
           "text": [f"k = {k}: {loss:.3f}" for k, loss in zip(ks, losses.tolist(), strict=True)]}
    seen = [it for it in counting.items() if it[1][0] >= 1]
    rival = {"type": "scatter", "mode": "lines+markers+text", "name": "counting",
             "x": [k for _, (k, _) in seen], "y": [loss for _, (_, loss) in seen],
             "line": {"color": BASELINE, "width": 1.5, "dash": "dash"}, "hoverinfo": "text",
             "marker": {"color": BASELINE, "size": 6}, "textposition": "bottom center",
             "textfont": {"color": BASELINE, "size": 12}, "hovertext": [
                 f"counting {name}, which sees {k}: {loss:.3f}" for name, (k, loss) in seen],
             "text": [name for name, _ in seen]}
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": whole, "y1": whole,
            "layer": "below", "line": {"color": VAL, "width": 1, "dash": "dot"}}
    words = {"xref": "paper", "x": 1, "xanchor": "left", "y": whole, "xshift": 4,
             "text": f"its own {whole:.2f}", "showarrow": False,
             "font": {"color": VAL, "size": 12}}
    values = [*(v for v in losses.tolist() if np.isfinite(v)), *(v for _, (_, v) in seen), whole]
    low, high = min(values), max(values)
    pad = 0.08 * (high - low) + 0.03
    return {"data": [rival, net], "layout": _layout(
        330, {**MARGIN, "r": 78}, shapes=[line], annotations=[words], dragmode=False,
        xaxis=_axis("k, letters a prediction may see", tickvals=ks, fixedrange=True,
                    range=[0.2, len(losses) + 0.4]),
        yaxis=_axis("held-out loss, nats per symbol", fixedrange=True,
                    range=[low - 1.6 * pad, high + pad]))}


def worth(order: Sequence[int], rises: np.ndarray, chosen: int, off: Sequence[int]) -> Figure:
    """What each unit is worth, in the given order: the rise of held-out loss without it. (H,)"""
    ranked = [rises[unit] for unit in order]
    colors = [CHOSEN if unit == chosen else RULE if unit in off else "@4" for unit in order]
    bar = {"type": "bar", "x": list(range(len(order))), "y": for_json(np.array(ranked)),
           "marker": {"color": colors}, "hoverinfo": "text", "textposition": "none",
           "customdata": list(order),
           "text": [f"unit {unit}: {rise:+.4f}" for unit, rise in zip(order, ranked, strict=True)]}
    every = max(1, -(-len(order) // 16))
    shown = range(0, len(order), every)
    return {"data": [bar], "layout": _layout(
        240, {**MARGIN, "l": 74}, dragmode=False, bargap=0.1,
        xaxis=_axis("hidden unit, the most needed first", tickvals=list(shown), tickangle=0,
                    ticktext=[str(order[i]) for i in shown], showgrid=False, fixedrange=True),
        yaxis=_axis("rise, nats per symbol", fixedrange=True))}


def by_letter(means: np.ndarray, labels: Sequence[str]) -> Figure:
    """A unit's mean state after reading each symbol. (V + 1,) and their labels, the start last."""
    there = [i for i in range(len(means)) if np.isfinite(means[i])]
    heads = [escape(labels[i]) for i in there]
    bar = {"type": "bar", "x": list(range(len(there))), "y": for_json(means[there]),
           "marker": {"color": means[there].tolist(), "colorscale": "@diverging", "cmin": -1,
                      "cmax": 1, "line": {"color": BASELINE, "width": 1}},
           "hoverinfo": "text", "textposition": "none",
           "text": [f"after {head}: {means[i]:+.3f}" for i, head in zip(there, heads, strict=True)]}
    return {"data": [bar], "layout": _layout(
        220, MARGIN, dragmode=False, bargap=0.15,
        xaxis=_axis("letter just read", tickvals=list(range(len(there))), ticktext=heads,
                    showgrid=False, fixedrange=True, tickangle=0),
        yaxis=_axis("mean state", range=[-1.05, 1.05], fixedrange=True, tickvals=[-1, 0, 1],
                    zeroline=True, zerolinecolor=RULE))}


def gradient(lines: Mapping[str, np.ndarray], states: str = "h") -> Figure:
    """‖∂loss_t / ∂h_{t−j}‖ against j, on a log axis; one line a run. Name to norms (J,).

    states: by which states, where it is not h alone.
    """
    data, longest = [], max(map(len, lines.values()))
    for (name, norms), (color, dash) in zip(lines.items(), LINES * 4, strict=False):
        known = np.where(norms > 0, norms, np.nan)
        data.append({
            "type": "scatter", "mode": "lines+markers", "x": list(range(len(norms))),
            "y": [None if np.isnan(v) else float(f"{v:.4g}") for v in known],
            "name": escape(name), "line": {"color": color, "dash": dash, "width": 2},
            "marker": {"color": color, "size": 6}, "hoverinfo": "text",
            "text": [f"{escape(name)}, {j} back: {v:.2g}" for j, v in enumerate(norms.tolist())]})
    positive = np.concatenate([norms[norms > 0] for norms in lines.values()])
    decades = np.log10(positive.max() / positive.min()) if len(positive) else 0
    return {"data": data, "layout": _layout(
        300 + 20 * len(data), {**MARGIN, "l": 76, "t": 14 + 20 * len(data)}, showlegend=True,
        dragmode=False, legend={"orientation": "v", "x": 0, "y": 1.02, "yanchor": "bottom",
                                "font": SMALL, "maxheight": 20 * len(data) + 10},
        xaxis=_axis("j, letters back", range=[-0.4, max(longest - 1, 1) + 0.4], fixedrange=True,
                    dtick=1 if longest < 20 else 5),
        yaxis=_axis(f"size of ∂loss<sub>t</sub> / ∂{states}<sub>t−j</sub>", type="log",
                    fixedrange=True, exponentformat="power",
                    **({"dtick": max(1, round(decades / 6))} if decades > 1.5 else {})))}


def weights(
    W: np.ndarray, rows: Sequence[str], columns: Sequence[str], titles: tuple[str, str]
) -> Figure:
    """A weight matrix (R, C) as a heatmap, centred at 0; its row and column names."""
    edge = float(np.abs(W).max()) or 1.0
    heads, sides = [escape(c) for c in columns], [escape(r) for r in rows]
    hover = [[f"{side} → {head}: {v:+.3f}" for head, v in zip(heads, values, strict=True)]
             for side, values in zip(sides, W.tolist(), strict=True)]
    heat = {"type": "heatmap", "z": for_json(W), "zmin": -edge, "zmax": edge,
            "colorscale": "@diverging", "text": hover, "hoverinfo": "text",
            **_places("x", columns), **_places("y", rows),
            "colorbar": {"thickness": 10, "outlinewidth": 0, "tickfont": SMALL, "x": 1.0,
                         "xpad": 6, "tickvals": [-edge, 0, edge],
                         "ticktext": [f"−{edge:.2g}", "0", f"{edge:.2g}"]}}
    return {"data": [heat], "layout": _layout(
        int(np.clip(14 * len(sides), 200, 460)) + 54, {"l": 56, "r": 56, "t": 8, "b": 46},
        dragmode=False,
        xaxis=_axis(titles[1], showgrid=False, fixedrange=True, tickangle=0, **_ticks(heads, 27)),
        yaxis=_axis(titles[0], showgrid=False, fixedrange=True, autorange="reversed",
                    **_ticks(sides, 30)))}


def _places(axis: str, names: Sequence[str]) -> Figure:
    """Units stand at their numbers, so that plotly thins these out by the room it has."""
    return {axis: [int(name) for name in names]} if names[0].isdecimal() else {}


def _ticks(names: Sequence[str], most: int) -> Figure:
    """So many names that they can be read."""
    if names[0].isdecimal():
        return {"dtick": 1} if len(names) < 8 else {"nticks": 12}
    shown = range(0, len(names), max(1, -(-len(names) // most)))
    return {"tickvals": list(shown), "ticktext": [names[i] for i in shown]}


def letter_map(
    places: np.ndarray, labels: Sequence[str], vowels: Sequence[int], edge: float,
    share: np.ndarray,
) -> Figure:
    """The symbols on two axes, vowels in colour. places (V, 2); the axes end at ±`edge`."""
    colors = [CHOSEN if v in vowels else TEXT for v in range(len(labels))]
    heads = [escape(label) for label in labels]
    dots = {"type": "scatter", "mode": "text", "x": for_json(places[:, 0]),
            "y": for_json(places[:, 1]), "text": heads, "hoverinfo": "text",
            "hovertext": [f"{head}: {x:+.2f}, {y:+.2f}" for head, (x, y) in
                          zip(heads, places.tolist(), strict=True)],
            "textfont": {"size": 15, "color": colors}}
    ends = [-1.1 * edge, 1.1 * edge]
    titles = [f"axis {i + 1} ({100 * s:.0f} % of the spread at the end)"
              for i, s in enumerate(share.tolist())]
    return {"data": [dots], "layout": _layout(
        420, {**MARGIN, "l": 56}, dragmode=False, hoverlabel={
            "bgcolor": GROUND, "font": {"color": TEXT}, "bordercolor": RULE},
        xaxis=_axis(titles[0], range=ends, fixedrange=True, zeroline=True, zerolinecolor=RULE),
        yaxis=_axis(titles[1], range=ends, fixedrange=True, zeroline=True, zerolinecolor=RULE))}


def window_width(prefix: str, symbols: int) -> int:
    """Pixels that `windows` needs to be read: its row names, and a column for each symbol."""
    return _side(prefix) + 56 + 14 * symbols


def _side(prefix: str) -> int:
    """Pixels for the names of the rows of `windows`."""
    return 16 + int(7.4 * (len(_end(prefix)) + len("start ")))


def _end(prefix: str) -> str:
    """As much of it as the rows of `windows` need."""
    return prefix if len(prefix) <= 14 else "…" + prefix[-13:]


def windows(
    probs: np.ndarray, prefix: str, labels: Sequence[str], chosen: int | None = None
) -> Figure:
    """What comes next if only the last k letters are seen: a row for each k, the letters that it
    cuts off shown as dots. probs (K, V) for k = 1, 2, …; labels (V,); chosen: the k to outline.
    """
    length, prefix = len(prefix), _end(prefix)
    sides = [escape("·" * max(0, len(prefix) - k) + prefix[max(0, len(prefix) - k) :])
             for k in range(1, len(probs) + 1)]
    if len(probs) > length:  # the last row sees that nothing stands before
        sides[-1] = f"start {sides[-1]}" if length else "start"
    heads = [escape(label) for label in labels]
    hover = [[f"p({head} | {side}) = {p:.3f}" for head, p in zip(heads, row, strict=True)]
             for side, row in zip(sides, probs.tolist(), strict=True)]
    heat = {"type": "heatmap", "z": for_json(probs), "zmin": 0, "zmax": 1, "text": hover,
            "colorscale": "@sequential", "hoverinfo": "text", "xgap": 1, "ygap": 1,
            "colorbar": {"thickness": 10, "outlinewidth": 0, "tickfont": SMALL, "x": 1.0,
                         "xpad": 6, "tickvals": [0, 0.5, 1], "title": {"text": "p"}}}
    boxes = [] if chosen is None else [
        {"type": "rect", "x0": -0.5, "x1": len(labels) - 0.5, "y0": chosen - 1.5,
         "y1": chosen - 0.5, "line": {"color": CHOSEN, "width": 2}}]
    names = _axis(tickvals=list(range(len(sides))), ticktext=sides, autorange="reversed",
                  showgrid=False, fixedrange=True)
    names["tickfont"] = {"size": 12, "family": "ui-monospace, Menlo, Consolas, monospace"}
    return {"data": [heat], "layout": _layout(
        22 * len(sides) + 60, {"l": _side(prefix), "r": 56, "t": 8, "b": 44}, shapes=boxes,
        dragmode=False,
        xaxis=_axis("next symbol", tickvals=list(range(len(heads))), ticktext=heads, tickangle=0,
                    showgrid=False, fixedrange=True), yaxis=names)}


def apart(distances: np.ndarray, heads: Sequence[str]) -> Figure:
    """How far two models disagree at each position, 0 to 1. (T,), and what stands there (T,)"""
    names = [escape(head) for head in heads]
    bar = {"type": "bar", "x": list(range(len(names))), "y": for_json(distances),
           "marker": {"color": "@4"}, "hoverinfo": "text", "textposition": "none",
           "text": [f"before {name}: {d:.3f}"
                    for name, d in zip(names, distances.tolist(), strict=True)]}
    return {"data": [bar], "layout": _layout(
        190, MARGIN, dragmode=False, bargap=0.2,
        xaxis=_axis("letter to come", tickvals=list(range(len(names))), ticktext=names,
                    showgrid=False, fixedrange=True, tickangle=0),
        yaxis=_axis("disagreement", range=[0, 1], fixedrange=True, nticks=3))}
