"""The mean curves of an experiment's levels as SVG, each in the band of its members.

bands_svg(bands, WIDE, put) -> "<svg …>"
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from html import escape

import numpy as np

from dino.charts.base import Put
from dino.charts.experiment import LOSS, LevelBand
from dino.locale.sentences import mark
from dino.share.curve import LETTER, LINE, Frame, Size, axes, curve, line, range_of, text

MOST_POINTS = 600  # of all curves of a picture
SAMPLE = 26  # pixels: of the line beside a level's name
GAP = 6  # pixels: from the names to the axis below


def bands_svg(bands: Sequence[LevelBand], size: Size, put: Put) -> str:
    """Mean held-out losses against steps, each in its band; above them, which line is which level.

    At least one has a point. A level has the colour that it has on the page (`report.css`).
    """
    legend, height = _legend(bands, size, put)
    size = size._replace(top=size.top + height, height=size.height + height)
    shown = [_with_fewer_points(it, MOST_POINTS // len(bands)) for it in bands]
    frame = _frame(shown, size)
    parts = [*legend, *axes(frame, put, put(LOSS))]
    for place, it in enumerate(shown):
        parts += _area(frame, it, f"level{place}")
    for place, it in enumerate(shown):
        parts += curve(frame, it.steps, it.mean, f"level{place}")
    about = escape(put(mark("Mean held-out loss against steps, with a line for each level.")))
    box = f'viewBox="0 0 {size.width} {size.height}" class="bands {size.name}"'
    return f'<svg role="img" aria-label="{about}" {box}>{"".join(parts)}</svg>'


def _with_fewer_points(band: LevelBand, most: int) -> LevelBand:
    """The same with at most this many points; the first and the last stay."""
    count = len(band.steps)
    chosen = np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))
    steps, mean, low, high = (it[chosen] for it in (band.steps, band.mean, band.low, band.high))
    return band._replace(steps=steps, mean=mean, low=low, high=high)


def _frame(bands: Sequence[LevelBand], size: Size) -> Frame:
    drawn = [it for it in bands if len(it.steps)]
    losses = np.concatenate([part for it in drawn for part in (it.low, it.high)])
    start = max(float(it.mean[0]) for it in drawn)
    last = max(int(it.steps[-1]) for it in drawn)
    return Frame(size, max(last, 1), *range_of(losses, start))


def _legend(bands: Sequence[LevelBand], size: Size, put: Put) -> tuple[list[str], int]:
    """A line for each level beside its name, and the height of all of them."""
    parts, y = [], 0
    for place, it in enumerate(bands):
        middle = y + LINE - 4
        parts.append(line(2, middle, SAMPLE, middle, f"level{place}"))
        for words in textwrap.wrap(put(it.name), (size.width - SAMPLE - 8) // LETTER):
            y += LINE
            parts.append(text(SAMPLE + 8, y, words, "start"))
    return parts, y + GAP


def _area(frame: Frame, band: LevelBand, style: str) -> list[str]:
    """The band of a level: along its upper edge, and back along the lower one."""
    if len(band.steps) < 2 or not (band.high > band.low).any():
        return []
    edges = (band.high, band.low[::-1])
    steps = (band.steps, band.steps[::-1])
    points = [
        f"{frame.x(step)},{frame.y(loss)}"
        for step, loss in zip(np.concatenate(steps), np.concatenate(edges), strict=True)
    ]
    return [f'<polygon points="{" ".join(points)}" class="{style}"/>']
