"""The loss chart, and a low strip of it: three curves, earlier runs behind them, and dashed lines
for counting letters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import NamedTuple

import numpy as np

from dino.charts.base import (
    BASELINE,
    CHOSEN,
    EARLIER,
    GROUND,
    HOVER,
    RULE,
    SMALL,
    TEXT,
    TRAIN,
    VAL,
    Figure,
    Part,
    Put,
    axis,
    count_format,
    escape,
    legend_on_top,
    line_name,
    make_layout,
    numbers,
)
from dino.charts.ends import Curve, End, Named, baseline_ends, curve_ends, names_at
from dino.locale.sentences import mark, number_sentence, sentence

Mark = tuple[Part, Part]  # a line, and its label
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")  # of earlier curves, the newest first
NO_POINTS: Curve = np.empty(0), np.empty(0)
MARGIN = {"l": 46, "r": 126, "t": 34, "b": 42}
LINE_HEIGHT = 15  # pixels of a line of small text
LEGEND_LINES = 40  # pixels of a small chart on a phone that a legend of three lines takes
QUIET = {"showlegend": False}
ROOM_FOR_TITLES = 360  # pixels of height; lower charts have short titles at their axes
PICTURE = 360  # pixels: the height of a picture for paper
STRIP, STRIP_MARGIN = 118, {"l": 46, "r": 20, "t": 18, "b": 42}  # of the strip of a run
RATE_ROWS = 8  # rows for the words of rates, before they start at the top again


class LossView(NamedTuple):
    """All that the layout of a loss chart depends on, of its curves.

    bottom, top: the ends of its axis, nats per symbol; cut: the first step at which the held-out
    loss is above `top`, and its highest value; None if there is none.
    """

    bottom: float
    top: float
    cut: tuple[int, float] | None


def loss_curves(
    train: Curve,
    val: Curve,
    baselines: Mapping[str, float],
    steps: int,
    *,
    evaluated: Curve = NO_POINTS,
    earlier: Sequence[Named] = (),
    good: int | None = None,
    rates: Sequence[tuple[int, float]] = (),
    revision: str = "",
    height: int = 400,
    bets: Sequence[float] = (),
    put: Put,
) -> Figure:
    """Training and held-out loss against steps, over grey lines for the counting baselines.

    train, val: steps (n,) and losses (n,), nats per symbol; evaluated: the training loss measured
    like the held-out loss. steps: where the axis ends. put: gives the words of a language. earlier:
    the held-out curves of other runs, paler, named at their ends. good: the last step before a run
    diverged; the losses after it do not stretch the axis. rates: (step, learning rate) pairs; those
    after step 0 are marked. revision: plotly keeps the zoom while it does not change. bets: losses
    for which the axis has room, as `with_bet` draws them.
    """
    view = view_losses(train, val, baselines, evaluated=evaluated, earlier=earlier, good=good)
    view = _with_room(view, bets)
    layout = loss_layout(
        view,
        baselines,
        steps,
        earlier=earlier,
        rates=rates,
        revision=revision,
        height=height,
        put=put,
    )
    curves = [*earlier_curves(earlier), *_curves(train, evaluated, val, put)]
    return {"data": curves, "layout": layout}


def loss_picture(
    train: Curve,
    val: Curve,
    evaluated: Curve,
    baselines: Mapping[str, float],
    steps: int,
    *,
    rates: Sequence[tuple[int, float]],
    named: Sequence[str] = ("train", "val", "evaluated"),
    put: Put,
) -> Figure:
    """The same for paper: these curves are named at their ends, not in a legend."""
    figure = loss_curves(
        train, val, baselines, steps, evaluated=evaluated, rates=rates, height=PICTURE, put=put
    )
    curves = {"train": train, "evaluated": evaluated, "val": val}
    ends = []
    for (name, (_, losses)), drawn in zip(curves.items(), figure["data"], strict=True):
        found = losses[np.isfinite(losses)]
        if name in named and len(found):
            # A training loss at the end is of a few batches, so it has no figure.
            words, loss = drawn["name"], float(found[-1])
            shown = f"{words} {put(number_sentence(loss, '.2f'))}" if name != "train" else words
            ends.append(End(None, loss, shown, drawn["line"]["color"]))
    words = [*figure["layout"]["annotations"], *names_at(ends, 0, 0)]
    more = {"annotations": words, "showlegend": False}
    return {**figure, "layout": {**figure["layout"], **more}}


def loss_strip(
    evaluated: Curve, val: Curve, steps: int, at: int, *, revision: str = "", put: Put
) -> Figure:
    """The held-out and the evaluated training loss of a run in a low strip, one step marked.
    Arguments as in `loss_curves`. The strip has no room for the words on a cut curve.
    """
    view = view_losses(NO_POINTS, val, {}, evaluated=evaluated)._replace(cut=None)
    layout = loss_layout(view, {}, steps, revision=revision, height=STRIP, at=at, put=put)
    legend = layout["legend"] | {"x": 1, "xanchor": "right", "y": 1, "yanchor": "top"}
    fixed = {"fixedrange": True}
    x = layout["xaxis"] | fixed
    y = layout["yaxis"] | fixed | {"title": layout["yaxis"]["title"] | {"text": put(mark("loss"))}}
    y["nticks"] = 3
    more = {"margin": STRIP_MARGIN, "legend": legend, "xaxis": x, "yaxis": y}
    return {"data": _curves(NO_POINTS, evaluated, val, put)[1:], "layout": {**layout, **more}}


def _with_room(view: LossView, bets: Sequence[float]) -> LossView:
    """The same view with room for the losses in bets, and for the words above their lines."""
    bottom = min([view.bottom, *(bet - 0.08 for bet in bets)])
    return view._replace(bottom=bottom, top=max([view.top, *(bet + 0.2 for bet in bets)]))


def view_losses(
    train: Curve,
    val: Curve,
    baselines: Mapping[str, float],
    *,
    evaluated: Curve = NO_POINTS,
    earlier: Sequence[Named] = (),
    good: int | None = None,
) -> LossView:
    """The losses that a chart of these curves shows; all arguments as in `loss_curves`."""
    shown = [_until(curve, good) for curve in (train, evaluated, val)]
    bottom, top = _loss_range(shown, baselines, earlier)
    return LossView(bottom, top, _cut((val[0], shown[-1]), top))


def loss_layout(
    view: LossView,
    baselines: Mapping[str, float],
    steps: int,
    *,
    earlier: Sequence[Named] = (),
    rates: Sequence[tuple[int, float]] = (),
    revision: str = "",
    height: int = 400,
    at: int | None = None,
    put: Put,
) -> Part:
    """Only the layout, for a page that has the curves; all arguments as in `loss_curves`."""
    bottom, top, cut = view
    room = height - MARGIN["t"] - MARGIN["b"] - (LEGEND_LINES if height < ROOM_FOR_TITLES else 0)
    gap = LINE_HEIGHT * (top - bottom) / room
    marks = [] if at is None else [_step_mark(at, put)]
    marks += _rate_marks([(step, rate) for step, rate in rates if step], steps, put)
    names = [*baseline_ends(baselines, put), *curve_ends(earlier, steps, bottom, top)]
    words = [*names_at(names, gap, bottom), *(words for _, words in marks)]
    words += [] if cut is None else [_cut_mark(*cut, steps, put)]
    more = {"uirevision": revision, "showlegend": True, "legend": legend_on_top()}
    more |= {"hovermode": "x unified", "dragmode": "zoom"}
    more["hoverlabel"] = {**HOVER, "font": {"color": TEXT, **SMALL}}  # it lies over the curves
    lines = [*_baseline_lines(baselines, put), *(line for line, _ in marks)]
    more |= {"shapes": lines, "annotations": words}
    x, y = _axes(steps, (bottom, top), put, height)
    return make_layout(height, MARGIN, xaxis=x, yaxis=y, **more)


def _axes(steps: int, losses: tuple[float, float], put: Put, height: int) -> tuple[Part, Part]:
    """An axis of steps from 0 on, and one of losses between these two. height: of the
    chart, pixels.
    """
    counts = count_format(steps, put)
    step, loss = (mark("update"), mark("loss (cross-entropy), nats per symbol"))
    if height < ROOM_FOR_TITLES:
        step, loss = mark("update"), mark("loss, nats per symbol")
    x = axis(put(step), hoverformat=counts, tickformat=counts, range=[0, steps])
    return x, axis(put(loss), range=list(losses))


def empty_curves(put: Put) -> list[Part]:
    """The three curves of `loss_curves` before they have points."""
    return _curves(NO_POINTS, NO_POINTS, NO_POINTS, put)


def earlier_curves(earlier: Sequence[Named]) -> list[Part]:
    """The held-out curves of earlier runs, drawn behind those of the present run."""
    curves = []
    for (name, curve), dash in zip(earlier, cycle(DASHES), strict=False):
        drawn = _curve(*curve, escape(name), EARLIER, 2) | QUIET
        drawn["line"] |= {"dash": dash}
        curves.append(drawn)
    return curves


def _until(curve: Curve, step: int | None) -> np.ndarray:
    """The losses of a curve, up to a step."""
    x, y = curve
    return y if step is None else y[np.asarray(x) <= step]


def _curves(train: Curve, evaluated: Curve, val: Curve, put: Put) -> list[Part]:
    thin = _curve(*evaluated, put(mark("train, evaluated")), TRAIN, 1.5)
    thin["line"] |= {"dash": "dot"}
    return [
        _curve(*train, put(mark("train")), TRAIN, 1.5),
        thin,
        _curve(*val, put(mark("held out")), VAL, 3),
    ]


def _curve(x: np.ndarray, y: np.ndarray, name: str, color: str, width: float) -> Part:
    return {
        "type": "scatter",
        "mode": "lines" if len(x) > 1 else "markers",
        "name": name,
        "x": np.asarray(x).tolist(),
        "y": numbers(y),
        "line": {"color": color, "width": width},
        "marker": {"color": color, "size": 9},
        "hovertemplate": "%{y:.3f}",
    }


def _loss_range(
    shown: Sequence[np.ndarray], baselines: Mapping[str, float], earlier: Sequence[Named]
) -> tuple[float, float]:
    """From just below the lowest loss, of earlier runs also, to just above the highest, which is
    cut at 2.5 times the start. shown: the curves' losses, the held-out ones last.
    """
    values = np.concatenate([*shown, list(baselines.values())])
    values = values[np.isfinite(values)]
    start = max([*shown[-1][:1], *baselines.values()])
    lowest = [np.nanmin(losses) for _, (_, losses) in earlier if np.isfinite(losses).any()]
    bottom, top = min([values.min(), *lowest]), min(values.max(), 2.5 * start)
    return float(bottom) - 0.08, float(top) + 0.08


def _baseline_lines(baselines: Mapping[str, float], put: Put) -> list[Part]:
    """A dashed line for each baseline, the lowest first, with its name for those who
    hear the chart.
    """
    dashes = {"color": BASELINE, "width": 1, "dash": "dash"}
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "layer": "below", "line": dashes}
    return [
        line | {"y0": level, "y1": level, "name": put(line_name(name))}
        for name, level in sorted(baselines.items(), key=lambda item: item[1])
    ]


def _step_mark(step: int, put: Put) -> Mark:
    words = {"yref": "paper", "y": 1, "yanchor": "bottom", "x": step, "xanchor": "auto"}
    words |= {"text": put(number_sentence(step)), "showarrow": False}
    words |= {"font": {"color": CHOSEN, "size": 12}}
    return _upright(step, CHOSEN, 2), words


def with_bet(figure: Figure, axis: str, bet: float, put: Put) -> Figure:
    """A loss chart with a line for a bet on a step ('x') or on a loss in nats ('y'), for which the
    chart has room.
    """
    layout = figure["layout"]
    words: Part = {"showarrow": False, "font": {"color": CHOSEN, "size": 12}}
    words |= {"bgcolor": GROUND, "borderpad": 1}
    text = sentence("your bet {bet}", bet=number_sentence(bet, ",.0f" if axis == "x" else ".2f"))
    words |= {"text": put(text)}
    if axis == "x":
        line = _upright(int(bet), CHOSEN, 2)
        low, high = layout["xaxis"]["range"]  # on the inner side: outside are the counts' names
        side = "left" if bet <= (low + high) / 2 else "right"
        words |= {"x": bet, "xanchor": side, "yref": "paper", "y": 1, "yanchor": "top"}
    else:
        line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": bet, "y1": bet}
        line |= {"line": {"color": CHOSEN, "width": 2}}
        low, high = layout["yaxis"]["range"]  # the curves fall: high up they are at the left
        x, side = (1, "right") if bet > (low + high) / 2 else (0, "left")
        words |= {"xref": "paper", "x": x, "xanchor": side, "y": bet, "yanchor": "bottom"}
    line["name"] = put(mark("your bet"))
    changed = {"shapes": [*layout["shapes"], line], "annotations": [*layout["annotations"], words]}
    return {**figure, "layout": {**layout, **changed}}


def _cut(val: Curve, top: float) -> tuple[int, float] | None:
    """Where the held-out curve leaves the chart at its top, and its highest loss from there on."""
    steps, losses = val[0][: len(val[1])], val[1]
    above = np.flatnonzero(losses > top)  # false where a loss is NaN
    return (int(steps[above[0]]), float(losses[above].max())) if len(above) else None


def _cut_mark(step: int, highest: float, steps: int, put: Put) -> Part:
    text = sentence("↑ held out: up to {loss:.2f}", loss=highest)
    words = {"x": step, "yref": "paper", "y": 1, "yanchor": "top"}
    side = "right" if step > steps / 2 else "left"  # on the inner side
    words |= {"xanchor": side, "text": put(text), "showarrow": False}
    return words | {"font": {"color": VAL, "size": 12}}


def _rate_marks(rates: Sequence[tuple[int, float]], steps: int, put: Put) -> list[Mark]:
    """A line for each change of the rate. Its label is on the side with room for it, and one row
    lower if the previous change is near.
    """
    marks, row, before = [], 0, -steps
    for step, rate in rates:
        is_near = step - before < 0.2 * steps
        row = (row + 1) % RATE_ROWS if is_near else 0
        before = step
        words = {"yref": "paper", "y": 1, "yanchor": "top", "yshift": -LINE_HEIGHT * row}
        words |= {"x": step, "xanchor": "right" if step > 0.8 * steps else "left"}
        words |= {"text": put(sentence("rate {rate:g}", rate=rate)), "showarrow": False}
        words |= {"font": {"color": TEXT, "size": 11}}
        marks.append((_upright(step, RULE, 1.5), words))
    return marks


def _upright(step: int, color: str, width: float) -> Part:
    """A line from bottom to top at a step."""
    line = {"color": color, "width": width}
    return {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": step, "x1": step, "line": line}
