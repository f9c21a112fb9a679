"""The names at the ends of a loss chart's lines and curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from dino.charts.base import BASELINE, EARLIER, GROUND, TEXT, Part, Put, escape, line_name
from dino.locale.sentences import Sentence, sentence

Curve = tuple[np.ndarray, np.ndarray]  # steps (n,) and losses (n,)
Named = tuple[str, Curve]  # an earlier run: its name, and its held-out curve
AT_SIDE = 0.95  # of the axis: the names of curves that end beyond it are beside the chart
MOST_LETTERS = 14  # of the name at the end of a curve


class End(NamedTuple):
    """A name in a loss chart, at the end of a line or a curve.

    share: how far to the right the end is, from 0 to 1; None for the right side of the chart.
    """

    step: int | None
    level: float
    text: str
    color: str
    share: float = 1.0

    @property
    def ink(self) -> str:
        """The colour of its letters, which need more contrast than a curve does."""
        return TEXT if self.color == EARLIER else self.color


def baseline_ends(baselines: Mapping[str, float], put: Put) -> list[End]:
    """The end of each baseline's line, at the right side."""
    labels = {
        name: sentence("{baseline} {loss:.2f}", baseline=Sentence(line_name(name)), loss=level)
        for name, level in baselines.items()
    }
    return [End(None, level, put(labels[name]), BASELINE) for name, level in baselines.items()]


def curve_ends(earlier: Sequence[Named], steps: int, bottom: float, top: float) -> list[End]:
    """The end of each earlier curve, or where it leaves the chart on the right; with its name."""
    ends = []
    for name, (x, y) in earlier:
        seen = np.flatnonzero((np.asarray(x) <= steps) & np.isfinite(y))
        if not len(seen):
            continue
        step, level = int(x[seen[-1]]), float(np.clip(y[seen[-1]], bottom, top))
        is_at_side = step >= AT_SIDE * steps or seen[-1] < len(x) - 1
        text = escape(_shorten(name))
        ends.append(End(None if is_at_side else step, level, text, EARLIER, step / steps))
    return ends


def _shorten(name: str) -> str:
    """A name for the end of a curve: the run's number is never cut off, its title may be."""
    number, _, _ = name.partition(" · ")
    if len(name) <= MOST_LETTERS:
        return name
    return max(number, f"{name[: MOST_LETTERS - 1]}…", key=len)


def names_at(ends: Sequence[End], gap: float, bottom: float) -> list[Part]:
    """A name at each end, and a short line that leads to it. Names that would overlap are moved up.

    Those at the chart's right side are beside it.
    """
    words, free = [], {True: bottom, False: bottom}
    for end in sorted(ends, key=lambda end: end.level):
        is_at_side = end.step is None
        place = max(end.level, free[is_at_side])
        free[is_at_side] = place + gap
        at: Part = {"xref": "paper", "x": 1} if is_at_side else {"x": end.step}
        is_right = is_at_side or end.share < 0.5
        at |= {"xanchor": "left" if is_right else "right", "ax": 10 if is_right else -10}
        at |= {} if is_at_side else {"bgcolor": GROUND}  # because curves pass below it
        at |= {"y": end.level, "ayref": "y", "ay": place if is_right else place + gap}
        at |= {"text": end.text, "borderpad": 0, "font": {"color": end.ink, "size": 12}}
        at |= {"showarrow": True, "arrowhead": 0, "arrowwidth": 1, "arrowcolor": end.color}
        words.append(at)
    return words
