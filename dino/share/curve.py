"""The loss curve as SVG, from arrays: it needs no script, and prints.

loss_svg(LossCurves(train, val, evaluated), baselines, steps, WIDE, put) -> "<svg …>"

The axes and lines are also those of the other pictures of losses (`bands.py`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

import numpy as np

from dino.charts.base import Put, line_name
from dino.locale.sentences import Sentence, mark, number_sentence, sentence

Curve = tuple[np.ndarray, np.ndarray]  # steps (n,) and losses (n,), nats per symbol
LINE, TICK, LETTER = 14, 5, 7  # pixels: of a line of small text, of a tick, of a wide letter
MOST_WORDS = 6  # changes of the rate that are named; of more there are lines alone


class LossCurves(NamedTuple):
    """Training, held-out and evaluated training losses."""

    train: Curve
    val: Curve
    evaluated: Curve


class Size(NamedTuple):
    """A drawing's size in pixels, its margins, and about how far apart its ticks are.

    right: this margin grows with the words in it. named: the curves that have words there.
    """

    name: str
    width: int
    height: int
    left: int
    right: int = 17
    top: int = 22
    bottom: int = 44
    ticks: tuple[int, int] = (90, 45)
    named: tuple[str, ...] = ("train", "val", "evaluated")


WIDE = Size("wide", 720, 350, 56)
NARROW = Size("narrow", 360, 330, 44, ticks=(70, 45), named=("train", "val"))  # a phone's


class Frame(NamedTuple):
    """Where a drawing has its axes: the steps and losses at their ends."""

    size: Size
    steps: float
    low: float
    high: float

    def x(self, step: float) -> float:
        """The place of a step, in pixels from the left."""
        inside = self.size.width - self.size.left - self.size.right
        return round(self.size.left + inside * step / self.steps, 1)

    def y(self, loss: float) -> float:
        """The place of a loss, in pixels from the top; cut at the upper end."""
        size, loss = self.size, min(max(loss, self.low), self.high)
        inside = size.height - size.top - size.bottom
        return round(size.top + inside * (self.high - loss) / (self.high - self.low), 1)

    @property
    def end(self) -> float:
        """The right end of the axis of steps."""
        return self.x(self.steps)


class Label(NamedTuple):
    """Words at the right end of a line: their line's loss, and the class of their style."""

    loss: float
    words: str
    style: str


def loss_svg(
    curves: LossCurves,
    baselines: Mapping[str, float],
    steps: int,
    size: Size,
    put: Put,
    rates: Sequence[tuple[int, float]] = (),
) -> str:
    """Losses against steps, with the baselines as dashed lines; each line is named at its right
    end. rates: (step, learning rate) pairs; those after step 0 are marked.
    """
    ends = _ends(curves, baselines, size.named, put)
    right = size.right + LETTER * max((len(label.words) for label in ends), default=0)
    size = size._replace(right=right)
    frame = Frame(size, max(steps, 1), *_range(curves, baselines))
    box = f'viewBox="0 0 {size.width} {size.height}" class="{size.name}"'
    words = escape(put(mark("Loss against steps; the same figures are in the tables below.")))
    parts = [
        *axes(frame, put, put(mark("loss (cross-entropy), nats per symbol"))),
        *(_level(frame, loss) for loss in baselines.values()),
        *_rates(frame, [(step, rate) for step, rate in rates if 0 < step <= steps], put),
        *curve(frame, *curves.train, "train"),
        *curve(frame, *curves.evaluated, "evaluated"),
        *curve(frame, *curves.val, "val"),
        *_labels(frame, ends),
    ]
    return f'<svg role="img" aria-label="{words}" {box}>{"".join(parts)}</svg>'


def _range(curves: LossCurves, baselines: Mapping[str, float]) -> tuple[float, float]:
    values = np.concatenate([*(losses for _, losses in curves), list(baselines.values())])
    return range_of(values, max([*curves.val[1][:1], *baselines.values()], default=math.nan))


def range_of(losses: np.ndarray, start: float) -> tuple[float, float]:
    """From just under the lowest loss to just over the highest, which is cut at 2.5 times the
    start's, as in the Lab.
    """
    losses = losses[np.isfinite(losses)]
    if not len(losses):
        return 0.0, 1.0
    top = min(losses.max(), 2.5 * start) if math.isfinite(start) else losses.max()
    return float(losses.min()) - 0.08, float(top) + 0.08


def ticks(low: float, high: float, most: int, integers: bool = False) -> list[float]:
    """Round numbers from `low` to `high`, 1, 2 or 5 × 10^k apart: about `most` of them, at least
    three where they need not be integers.
    """
    rough = (high - low) / max(1, most)
    power = 10.0 ** math.floor(math.log10(rough))
    each = next(f * power for f in (1, 2, 5, 10) if f * power >= rough * (1 - 1e-9))
    each = max(1.0, each) if integers else each
    first, last = math.ceil(low / each - 1e-9), math.floor(high / each + 1e-9)
    if last - first < 2 and (each > 1 or not integers):
        return ticks(low, high, most + 1, integers)
    return [round(i * each, 9) for i in range(first, last + 1)]


def axes(frame: Frame, put: Put, losses_title: str) -> list[str]:
    """Both axes with their ticks, numbers and titles. losses_title: above that of the losses."""
    size, bottom = frame.size, frame.y(frame.low)
    across, up = size.width - size.left - size.right, size.height - size.top - size.bottom
    found = []
    losses = ticks(frame.low, frame.high, up // size.ticks[1])
    decimals = 1 if all(round(loss, 1) == loss for loss in losses) else 2
    for loss in losses:
        y, words = frame.y(loss), put(number_sentence(loss, f".{decimals}f"))
        found.append(line(size.left, y, frame.end, y, "grid"))
        found.append(text(size.left - TICK, y + 4, words, "end"))
    for step in ticks(0, frame.steps, across // size.ticks[0], integers=True):
        x = frame.x(step)
        found.append(line(x, bottom, x, bottom + TICK, "axis"))
        found.append(text(x, bottom + TICK + 12, put(number_sentence(int(step))), "middle"))
    found.append(line(size.left, bottom, frame.end, bottom, "axis"))
    found.append(line(size.left, size.top, size.left, bottom, "axis"))
    middle = (size.left + frame.end) / 2
    title = put(mark("step (one update of the weights)"))
    found.append(text(middle, size.height - 6, title, "middle"))
    found.append(text(2, size.top - 10, losses_title, "start"))
    return found


def curve(frame: Frame, steps: np.ndarray, losses: np.ndarray, style: str) -> list[str]:
    """A curve: a line for each stretch of numbers, a dot for a point alone."""
    found: list[str] = []
    points: list[str] = []
    for step, loss in [*zip(steps.tolist(), losses.tolist(), strict=True), (0, math.nan)]:
        if math.isfinite(loss):
            points.append(f"{frame.x(step)},{frame.y(loss)}")
        elif len(points) == 1:
            x, y = points[0].split(",")
            found.append(f'<circle cx="{x}" cy="{y}" r="3.5" class="{style} dot"/>')
            points = []
        elif points:
            found.append(f'<polyline points="{" ".join(points)}" class="{style}"/>')
            points = []
    return found


def _level(frame: Frame, loss: float) -> str:
    return line(frame.size.left, frame.y(loss), frame.end, frame.y(loss), "counting")


def _rates(frame: Frame, rates: Sequence[tuple[int, float]], put: Put) -> list[str]:
    """A line for each change of the rate; its words, one row lower than those before it."""
    size, found = frame.size, []
    for row, (step, rate) in enumerate(rates):
        x = frame.x(step)
        found.append(line(x, size.top, x, frame.y(frame.low), "rate"))
        if len(rates) <= MOST_WORDS:
            is_late = x > (size.left + frame.end) / 2
            words = put(sentence("rate {rate:g}", rate=rate))
            place, side = (x - 4, "end") if is_late else (x + 4, "start")
            found.append(text(place, size.top + 12 + LINE * row, words, side))
    return found


def _ends(
    curves: LossCurves, baselines: Mapping[str, float], named: Sequence[str], put: Put
) -> list[Label]:
    """What is named at the right end: these curves at their last loss, each baseline at its own."""
    names = {"train": mark("train"), "val": mark("held out"), "evaluated": mark("train, evaluated")}
    found = []
    for style, name in names.items():
        if style not in named:
            continue
        losses = getattr(curves, style)[1]
        if len(finite := losses[np.isfinite(losses)]):
            found.append((float(finite[-1]), Sentence(name), style))
    found += [(loss, Sentence(line_name(name)), "counting") for name, loss in baselines.items()]
    return [
        # A training loss at the end is that of a few batches; the table has the mean of many.
        Label(loss, put(name if style == "train" else _with_loss(name, loss)), style)
        for loss, name, style in found
    ]


def _with_loss(name: Sentence, loss: float) -> Sentence:
    return sentence("{baseline} {loss:.2f}", baseline=name, loss=loss)


def _labels(frame: Frame, labels: Sequence[Label]) -> list[str]:
    """The words at the right end, moved apart where they would overlap; a short line to each."""
    found, size = [], frame.size
    ordered = sorted(labels, key=lambda label: label.loss)
    places = _apart([frame.y(label.loss) for label in ordered], size.top, frame.y(frame.low))
    for label, place in zip(ordered, places, strict=True):
        found.append(line(frame.end, frame.y(label.loss), frame.end + 10, place, "lead"))
        found.append(text(frame.end + 13, place + 4, label.words, "start", label.style))
    return found


def _apart(wanted: Sequence[float], top: float, bottom: float) -> list[float]:
    """Places as near to the wanted ones as they can be, a line of text apart; the lowest first."""
    places: list[float] = []
    for place in wanted:
        places.append(min(place, places[-1] - LINE if places else bottom))
    least = top
    for i in reversed(range(len(places))):  # those above the top are moved down again
        places[i] = max(places[i], least)
        least = places[i] + LINE
    return [round(place, 1) for place in places]


def line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    """A straight line of the class `style`."""
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" class="{style}"/>'


def text(x: float, y: float, words: str, anchor: str, style: str = "") -> str:
    """Words, escaped, at a place: they start, end or have their middle there."""
    place = f'x="{round(x, 1)}" y="{round(y, 1)}"'
    return f'<text {place} text-anchor="{anchor}" class="{style}">{escape(words)}</text>'
