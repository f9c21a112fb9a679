"""An experiment's pictures: U-shaped curves over rates, a grid of two factors, bands.

Losses are in nats per symbol, NaN if a member has no held-out loss.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from dino.charts.base import (
    GROUND,
    RUNS,
    SEQUENTIAL,
    SMALL,
    TEXT,
    Figure,
    Part,
    Put,
    area,
    axis,
    count_format,
    escape,
    heat,
    labelled_axis,
    legend_on_top,
    make_figure,
    numbers,
    outline,
)
from dino.locale.sentences import Sentence, Text, error_sentence, mark, number_sentence, sentence

MARGIN = {"l": 62, "r": 16, "t": 34, "b": 44}
DASHES = ("solid", "dash", "dot", "dashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x")
MOST_LEVELS = len(RUNS) * 2  # drawn at once, each with a separate colour and dashes
MISSING = "…"  # in a cell with a member that has no loss
ROW, COLUMN = 34, 62  # pixels of a grid's cell: its height and its width
LOSS: Text = mark("held-out loss, nats per symbol")


class Ladder(NamedTuple):
    """A level at its learning rates, the lowest first.

    rates, means, errors (R,): the mean loss over all members at each rate, NaN if one has no loss;
    its standard error over the splits, NaN if there is one split
    best: the index of the rate with the lowest mean; None if there is no mean
    """

    name: Text
    rates: np.ndarray
    means: np.ndarray
    errors: np.ndarray
    best: int | None


class FactorGrid(NamedTuple):
    """Two factors, and the mean loss for each pair of their levels.

    rows, columns: the factors' names; row_labels (N,), column_labels (M,)
    means (N, M): NaN if a member has no loss
    rates (N, M): the learning rate of each cell if each has its own best one, else None
    """

    rows: Text
    columns: Text
    row_labels: Sequence[Text]
    column_labels: Sequence[Text]
    means: np.ndarray
    rates: np.ndarray | None

    @property
    def best(self) -> tuple[int, int] | None:
        """The row and the column of the lowest mean; None if there is no mean."""
        if not np.isfinite(self.means).any():
            return None
        row, column = np.unravel_index(int(np.nanargmin(self.means)), self.means.shape)
        return int(row), int(column)


class LevelBand(NamedTuple):
    """A level's members: the mean of their curves, and one standard deviation on both sides.

    steps, mean, low, high (E,); members: how many there are
    """

    name: Text
    steps: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    members: int

    def with_fewer_points(self, most: int) -> LevelBand:
        """The same band with at most this many points; the first and the last stay."""
        count = len(self.steps)
        chosen = np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))
        names = ("steps", "mean", "low", "high")
        return self._replace(**{name: getattr(self, name)[chosen] for name in names})


def ladder(levels: Sequence[Ladder], put: Put, height: int = 360) -> Figure:
    """Mean loss against learning rate, a curve for each level with its lowest point filled.

    At most `MOST_LEVELS`. The bars are one standard error over the splits.
    """
    lines = [_ladder_line(it, place, put) for place, it in enumerate(levels[:MOST_LEVELS])]
    rates = sorted({rate for it in levels[:MOST_LEVELS] for rate in it.rates.tolist()})
    x = axis(put(mark("learning rate")), type="log", **_rate_ticks(rates, put))
    y = axis(put(LOSS), range=_loss_range(levels[:MOST_LEVELS]))
    more = {"showlegend": len(lines) > 1, "legend": legend_on_top(), "dragmode": "zoom"}
    return make_figure(lines, height, MARGIN, xaxis=x, yaxis=y, **more)


def _ladder_line(level: Ladder, place: int, put: Put) -> Part:
    color, dash = style(place)
    filled = [i == level.best for i in range(len(level.rates))]
    marker: Part = {"opacity": 1, "line": {"color": color, "width": 2}}
    marker |= {"size": [12 if it else 8 for it in filled]}
    marker |= {"color": [color if it else GROUND for it in filled]}
    marker |= {"symbol": SYMBOLS[place % len(SYMBOLS)]}
    bars = {"array": numbers(level.errors), "thickness": 1.5, "width": 4, "color": color}
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": escape(put(level.name)),
        "x": [float(rate) for rate in level.rates],
        "y": numbers(level.means),
        "line": {"color": color, "width": 2, "dash": dash},
        "marker": marker,
        "error_y": bars,
        "text": [escape(_point_words(level, i, put)) for i in range(len(level.rates))],
        "hoverinfo": "text",
    }


def _point_words(level: Ladder, i: int, put: Put) -> str:
    loss, error = float(level.means[i]), float(level.errors[i])
    words = number_sentence(loss, ".3f") if math.isnan(error) else error_sentence(loss, error, 3)
    rate = rate_sentence(level.rates[i])
    return put(sentence("{level} {rate}: {loss}", level=level.name, rate=rate, loss=words))


def style(place: int) -> tuple[str, str]:
    """The colour and the dashes of the level at a place; they are the same in all pictures."""
    return RUNS[place % len(RUNS)], DASHES[place // len(RUNS) % len(DASHES)]


def rate_sentence(rate: float) -> Sentence:
    """A learning rate as its control shows it."""
    return number_sentence(Decimal(repr(float(rate))).normalize(), ",f")


def _rate_ticks(rates: Sequence[float], put: Put) -> Part:
    """A number at rates that are far enough apart to be legible, and a tick at each rate."""
    if not rates:
        return {"range": [-4.0, 0.0]}
    low, high = math.log10(rates[0]), math.log10(rates[-1])
    room = max(high - low, 0.3)
    named: list[float] = []
    for rate in rates:
        if not named or math.log10(rate / named[-1]) >= 0.16 * room:
            named.append(rate)
    ends = [low - 0.08 * room, high + 0.08 * room]
    words = [put(rate_sentence(rate)) for rate in named]
    return {"tickvals": named, "ticktext": words, "ticks": "outside", "range": ends}


def _loss_range(levels: Sequence[Ladder]) -> list[float]:
    """Room for all means and their bars."""
    means = np.concatenate([np.empty(0), *(it.means for it in levels)])
    errors = np.nan_to_num(np.concatenate([np.empty(0), *(it.errors for it in levels)]))
    ends = np.concatenate([means - errors, means + errors])
    ends = ends[np.isfinite(ends)]
    if not len(ends):
        return [1.0, 4.0]
    room = max(0.08 * float(np.ptp(ends)), 0.01)
    return [float(ends.min()) - room, float(ends.max()) + room]


def grid(found: FactorGrid, put: Put) -> Figure:
    """The mean loss of each pair of levels, written in its cell; the lowest one is outlined."""
    rows, columns = found.means.shape
    known = found.means[np.isfinite(found.means)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    # Only half of the scale is used: there the colour of text is legible in both themes.
    ends = low, low + 2 * max(high - low, 1e-3)
    hover = [[escape(_cell_hover(found, i, j, put)) for j in range(columns)] for i in range(rows)]
    cells = heat(found.means, SEQUENTIAL, ends, hover, xgap=1, ygap=1, showscale=False)
    x = labelled_axis(put(found.columns), [escape(put(it)) for it in found.column_labels])
    y = labelled_axis("", [escape(put(it)) for it in found.row_labels])
    y |= {"autorange": "reversed", "automargin": True}
    x |= {"automargin": True}
    more = {"annotations": _cell_words(found, put), "shapes": [], "title": _rows_title(found, put)}
    if found.best is not None:
        row, column = found.best
        more["shapes"] = [outline(column - 0.5, column + 0.5, row - 0.5, row + 0.5)]
    return make_figure([cells], 112 + ROW * rows, MARGIN, xaxis=x, yaxis=y, **more)


def _rows_title(found: FactorGrid, put: Put) -> Part:
    """The rows' name, above their labels: an axis of two rows has no room for it."""
    place = {"xref": "paper", "x": 0, "xanchor": "left", "yref": "paper", "y": 1}
    title = {"text": f"↙ {escape(put(found.rows))}", "font": {**SMALL, "color": TEXT}}
    return {**place, **title, "yanchor": "bottom", "pad": {"b": 8}}


def grid_width(found: FactorGrid) -> int:
    """The width in pixels that a grid needs; a narrower frame scrolls."""
    return 110 + COLUMN * len(found.column_labels)


def _cell_words(found: FactorGrid, put: Put) -> list[Part]:
    """The number in each cell; `MISSING` in a cell without one."""
    return [
        {
            "x": j,
            "y": i,
            "text": put(number_sentence(float(mean), ".3f")) if math.isfinite(mean) else MISSING,
            "showarrow": False,
            "font": {"color": TEXT, "size": 13},
        }
        for (i, j), mean in np.ndenumerate(found.means)
    ]


def _cell_hover(found: FactorGrid, i: int, j: int, put: Put) -> str:
    fields = {"row": found.row_labels[i], "column": found.column_labels[j]}
    if not math.isfinite(found.means[i, j]):
        return put(sentence("{row}, {column}: not all members have a held-out loss", **fields))
    fields["loss"] = number_sentence(float(found.means[i, j]), ".3f")
    if found.rates is None:
        return put(sentence("{row}, {column}: {loss}", **fields))
    return put(
        sentence(
            "{row}, {column}: {loss} at learning rate {rate}",
            **fields,
            rate=rate_sentence(found.rates[i, j]),
        )
    )


def band(levels: Sequence[LevelBand], put: Put, height: int = 360) -> Figure:
    """The mean held-out curve of each level's members against steps, in a band of one standard
    deviation to both sides. At most `MOST_LEVELS`.
    """
    shown = levels[:MOST_LEVELS]
    areas = [
        area(it.steps, it.high, it.low, style(place)[0])
        for place, it in enumerate(shown)
        if len(it.steps)
    ]
    lines = [_band_line(it, place, put) for place, it in enumerate(shown)]
    last = max((float(it.steps[-1]) for it in shown if len(it.steps)), default=1.0)
    x = axis(put(mark("update")), range=[0, last or 1.0])
    x |= {"hoverformat": ",.4~f"}
    if last >= 1000:  # shorter axes have no thousands
        x |= {"tickformat": count_format(int(last), put)}
    values = np.concatenate([np.empty(0), *(part for it in shown for part in (it.low, it.high))])
    values = values[np.isfinite(values)]
    ends = [0.97 * float(values.min()), 1.02 * float(values.max())] if len(values) else [1.0, 4.0]
    y = axis(put(LOSS), range=ends)
    more = {"showlegend": True, "legend": legend_on_top(), "hovermode": "x unified"}
    more |= {"dragmode": "zoom", "shapes": areas, "meta": "step"}
    return make_figure(lines, height, MARGIN, xaxis=x, yaxis=y, **more)


def _band_line(level: LevelBand, place: int, put: Put) -> Part:
    color, dash = style(place)
    return {
        "type": "scatter",
        "mode": "lines" if len(level.steps) > 1 else "markers",
        "name": escape(put(level.name)),
        "x": numbers(level.steps),
        "y": numbers(level.mean),
        "line": {"color": color, "width": 2.5, "dash": dash},
        "marker": {"color": color, "size": 9},
        "hovertemplate": "%{y:.3f}",
    }
