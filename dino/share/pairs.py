"""The differences between levels as SVG: each with its error, beside none, and the bet above them.

pairs_svg(rows, WIDE, put) -> "<svg …>"
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from dino.charts.base import Put
from dino.locale.sentences import Text, mark, number_sentence
from dino.share.curve import LETTER, LINE, NARROW, TICK, WIDE, Size, line, text, ticks

SIZES = (WIDE, NARROW)
MARK, GAP = 9, 13  # pixels: from a row's words to its point, and from there to the next row's
SIDE = 14  # of a drawing's sides
AXIS_TITLE = mark("difference between the held-out losses, nats per symbol")
ABOUT = (  # what is said below the drawing
    mark(
        "A point is a difference, its bar one standard error on both sides; the bar of a bet is "
        "its spread. That a bar leaves out 0 does not by itself make a difference clear."
    ),
    mark(
        "The standard error is pooled over all levels, and takes in splits and seeds. A paired t "
        "test of two levels, over the splits alone, has another standard error."
    ),
)


class PairRow(NamedTuple):
    """A row: its words, a difference with what is drawn on both sides of it, in nats, and what it
    is: clear, open, or bet.
    """

    words: Text
    difference: float
    error: float
    kind: str


class _Frame(NamedTuple):
    """Where differences lie: those at both ends, and the width in pixels."""

    low: float
    high: float
    width: int

    def x(self, difference: float) -> float:
        inside = self.width - 2 * SIDE
        return round(SIDE + inside * (difference - self.low) / (self.high - self.low), 1)


def pairs_svg(rows: Sequence[PairRow], size: Size, put: Put) -> str:
    """A point for each row below its words, with a bar of its error to both sides; 0 is marked."""
    frame = _Frame(*_ends(rows), size.width)
    parts, zero, y = list[str](), "", 0.0
    for row in rows:
        for words in _wrapped(row.words, size, put):
            y += LINE
            parts.append(text(SIDE, y, words, "start", row.kind))
        y += MARK
        parts += _point(frame, row, y)
        # Zero is marked beside the points alone, so that it crosses no words.
        zero += line(frame.x(0), y - MARK + 5, frame.x(0), y + MARK, "zero")
        y += GAP
    axis = _axis(frame, y, size, put)
    height = y + 26 + LINE * len(_wrapped(AXIS_TITLE, size, put))
    box = f'viewBox="0 0 {size.width} {round(height)}" class="pairs {size.name}"'
    about = escape(put(mark("The differences between levels; the same figures are in the text.")))
    return f'<svg role="img" aria-label="{about}" {box}>{axis}{zero}{"".join(parts)}</svg>'


def _ends(rows: Sequence[PairRow]) -> tuple[float, float]:
    """From below the lowest end of a bar to above the highest; 0 is within."""
    ends = [0.0, *(row.difference + way * row.error for row in rows for way in (-1, 1))]
    room = 0.06 * (max(ends) - min(ends)) or 0.01
    return min(ends) - room, max(ends) + room


def _point(frame: _Frame, row: PairRow, y: float) -> list[str]:
    low, high = (frame.x(row.difference + way * row.error) for way in (-1, 1))
    return [
        line(low, y, high, y, f"bar {row.kind}"),
        f'<circle cx="{frame.x(row.difference)}" cy="{y}" r="4.5" class="point {row.kind}"/>',
    ]


def _axis(frame: _Frame, y: float, size: Size, put: Put) -> str:
    """The axis below all rows, with its numbers and its title."""
    places = ticks(frame.low, frame.high, (size.width - 2 * SIDE) // size.ticks[0])
    decimals = next(n for n in range(10) if all(abs(it - round(it, n)) < 1e-9 for it in places))
    found = [line(SIDE, y, size.width - SIDE, y, "axis")]
    for place in places:
        x, words = frame.x(place), put(number_sentence(place, f".{decimals}f"))
        found.append(line(x, y, x, y + TICK, "axis"))
        found.append(text(x, y + TICK + 12, words, "middle"))
    for row, words in enumerate(_wrapped(AXIS_TITLE, size, put)):
        found.append(text(size.width / 2, y + TICK + 30 + LINE * row, words, "middle"))
    return "".join(found)


def _wrapped(words: Text, size: Size, put: Put) -> list[str]:
    """The lines of a text that is as wide as the drawing at most."""
    return textwrap.wrap(put(words), (size.width - 2 * SIDE) // LETTER)
