"""The curves of several runs in one chart, each run in a separate colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dino.charts.base import (
    RULE,
    Figure,
    Part,
    Put,
    axis,
    count_format,
    escape,
    legend_on_top,
    make_figure,
    numbers,
)
from dino.locale.sentences import Text, mark, sentence

Curve = tuple[np.ndarray, np.ndarray]  # x (n,) and losses (n,)
MARGIN = {"l": 52, "r": 16, "t": 34, "b": 44}
WINDOW = 9  # neighbouring points in the mean of a smoothed point
PALE = 0.35  # how opaque a measured line is behind its smoothed one
HIGHEST = 2.5  # times the highest start; the rest above is cut off
X_TITLES = {
    "step": mark("update"),
    "names": mark("names seen"),
    "seconds": mark("seconds of training (estimated)"),
}


class RunCurves(NamedTuple):
    """A run in the chart: its name, its colour, its curves; `train` may have no points."""

    name: str
    color: str
    val: Curve
    train: Curve


def smooth(values: np.ndarray, window: int = WINDOW) -> np.ndarray:
    """The mean of each value and its neighbours, together at most `window`. (n,) -> (n,)

    Near an end there are fewer neighbours, the same number on each side, so that the ends stay in
    place. A value that is not finite enters no mean, and is returned as it is.
    """
    found = np.array(values, dtype=np.float64)
    for i in np.flatnonzero(np.isfinite(found)).tolist():
        reach = min(window // 2, i, len(found) - 1 - i)
        near = np.asarray(values[i - reach : i + reach + 1], dtype=np.float64)
        found[i] = near[np.isfinite(near)].mean()
    return found


def overlaid_losses(
    runs: Sequence[RunCurves],
    *,
    by: str,
    log_x: bool = False,
    log_y: bool = False,
    smoothed: bool = False,
    put: Put,
    height: int = 400,
) -> Figure:
    """Held-out losses as solid lines and training losses as dotted ones, against `by`.

    by: a key of `X_TITLES`: the unit of the curves' x. A logarithmic axis leaves out what
    is not above 0. smoothed: the measured lines are drawn behind, paler. put: gives the
    words of a language.
    """
    if log_x:
        runs = [run._replace(val=_above(run.val), train=_above(run.train)) for run in runs]
    lines: list[Part] = []
    if smoothed:
        lines += [pale for run in runs for pale in _pale_lines(run)]
    for run in runs:
        lines += _lines(run, smoothed, put)
    x, y = _axes(runs, by, log_x, log_y, put)
    more = {"uirevision": f"{by}-{log_x}-{log_y}", "showlegend": True, "legend": legend_on_top()}
    more |= {"hovermode": "x unified", "dragmode": "zoom", "meta": by}
    return make_figure(lines, height, MARGIN, xaxis=x, yaxis=y, **more)


def _above(curve: Curve) -> Curve:
    """The points of a curve whose x is above 0."""
    keep = curve[0] > 0
    return curve[0][keep], curve[1][keep]


def _lines(run: RunCurves, smoothed: bool, put: Put) -> list[Part]:
    """The held-out curve of a run and, behind it, its training loss, if it has points."""
    name = escape(run.name)
    found = [_line(run.val, name, run.color, smoothed, width=2.5)]
    if len(run.train[0]):
        words = put(sentence("{run}, train", run=name))
        thin = _line(run.train, words, run.color, smoothed, width=1.5)
        thin["line"] |= {"dash": "dot"}
        found.insert(0, thin | {"showlegend": False})
    return found


def _line(curve: Curve, name: str, color: str, smoothed: bool, width: float) -> Part:
    x, y = curve
    return {
        "type": "scatter",
        "mode": "lines" if len(x) > 1 else "markers",
        "name": name,
        "x": numbers(x),
        "y": numbers(smooth(y) if smoothed else y),
        "line": {"color": color, "width": width},
        "marker": {"color": color, "size": 9},
        "hovertemplate": "%{y:.3f}",
    }


def _pale_lines(run: RunCurves) -> list[Part]:
    """The measured curves of a run."""
    quiet = {"opacity": PALE, "showlegend": False, "hoverinfo": "skip", "hovertemplate": None}
    curves = (curve for curve in (run.train, run.val) if len(curve[0]))
    return [_line(curve, escape(run.name), run.color, False, 1.0) | quiet for curve in curves]


def _axes(
    runs: Sequence[RunCurves], by: str, log_x: bool, log_y: bool, put: Put
) -> tuple[Part, Part]:
    x = _axis(put(X_TITLES[by]), _x_range(runs, log_x), log_x)
    title: Text = mark("loss (cross-entropy), nats per symbol")
    if by != "seconds" and not log_x and x["range"][1] >= 1000:  # shorter axes have no thousands
        x |= {"tickformat": count_format(int(x["range"][1]), put)}
    return x | {"hoverformat": ",.4~f"}, _axis(put(title), _loss_range(runs), log_y)


def _axis(title: str, ends: tuple[float, float], log: bool) -> Part:
    """An axis between two values; a logarithmic axis takes their logarithms to base 10."""
    low, high = np.log10(ends) if log else ends
    kind = {"type": "log", "minor": {"ticks": "outside", "tickcolor": RULE}} if log else {}
    return axis(title, range=[float(low), float(high)], **kind)


def _x_range(runs: Sequence[RunCurves], log: bool) -> tuple[float, float]:
    ends = np.concatenate([curve[0] for run in runs for curve in (run.val, run.train)])
    if not len(ends):
        return 1.0, 10.0
    low, high = float(ends.min()), float(ends.max())
    return (low, max(high, 1.01 * low)) if log else (0.0, high or 1.0)


def _loss_range(runs: Sequence[RunCurves]) -> tuple[float, float]:
    """From just below the lowest loss to just above the highest, which is cut at `HIGHEST` times
    the highest start.
    """
    values = np.concatenate([curve[1] for run in runs for curve in (run.val, run.train)])
    values = values[np.isfinite(values)]
    if not len(values):
        return 1.0, 4.0
    starts = [run.val[1][0] for run in runs if len(run.val[1]) and np.isfinite(run.val[1][0])]
    top = min(float(values.max()), HIGHEST * float(max(starts, default=values.max())))
    return 0.97 * float(values.min()), 1.02 * top


def name_lengths(
    samples: Sequence[tuple[str, str, np.ndarray]], put: Put, height: int = 250
) -> Figure:
    """The share of each sample of names that has 1, 2, 3, … letters, as lines.

    samples: for each its name, its colour, and how many of its names have 0, 1, 2, … letters. (L,)
    """
    lines = []
    for name, color, counts in samples:
        percent = 100 * counts / counts.sum()
        line = _line((np.arange(len(counts)), percent), escape(name), color, False, 2.0)
        lines.append(line | {"hovertemplate": "%{y:.1f} %"})
    longest = max(len(counts) for _, _, counts in samples)
    x = axis(put(mark("letters of a name")), range=[0, longest], fixedrange=True)
    y = axis(put(mark("share, %")), fixedrange=True, rangemode="tozero")
    more = {"hovermode": "x unified", "showlegend": True, "legend": legend_on_top()}
    return make_figure(lines, height, MARGIN, xaxis=x, yaxis=y, **more)
