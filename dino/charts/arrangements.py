"""Small drawings of strips: where inputs enter the unrolled cell, and where outputs leave it.

SVGs as text, with no words in them. Their arrows have the colours of the strip's matrices, which
the page gives as --W_xh, --W_hh and --W_hy; the rest has the colour of the text around it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dino.locale.sentences import Sentence, mark, number_list, sentence

HEIGHT = 118
_STEP, _HALF = 40, 13  # from cell to cell; half a cell
_ABOVE, _CELL, _BELOW = 14, 59, 104  # the heights of outputs, cells and inputs
_RADIUS = 7


class Arrangement(NamedTuple):
    """A strip: what it is called, what that means, its steps, and which of these have an input
    and an output, from 1.
    """

    title: str
    about: str
    steps: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


ARRANGEMENTS: Mapping[str, Arrangement] = {
    "one_to_many": Arrangement(
        mark("one to many"), mark("one input, then an output at each step"), 4, (1,), (1, 2, 3, 4)
    ),
    "many_to_one": Arrangement(
        mark("many to one"), mark("an input at each step, one output last"), 4, (1, 2, 3, 4), (4,)
    ),
    "equal": Arrangement(
        mark("many to many, step by step"),
        mark("an output for each input"),
        *(4, (1, 2, 3, 4), (1, 2, 3, 4)),
    ),
    "read_write": Arrangement(
        mark("many to many, first read, then write"),
        mark("all inputs first, then as many outputs as it takes"),
        *(5, (1, 2, 3), (4, 5)),
    ),
}


def arrangement_sentence(shown: Arrangement) -> Sentence:
    """What a drawing shows, for those who do not see it."""
    return sentence(
        "A strip of {steps} steps. Steps with an input: {inputs}. Steps with an output: {outputs}.",
        steps=shown.steps,
        inputs=number_list(shown.inputs),
        outputs=number_list(shown.outputs),
    )


def width(shown: Arrangement) -> int:
    """How wide a drawing is, in its own units."""
    return shown.steps * _STEP


def arrangement_picture(shown: Arrangement) -> str:
    """The drawing as an SVG; `arrangement_sentence` is its description."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width(shown)} {HEIGHT}" '
        f'aria-hidden="true" fill="none" stroke="currentColor">{"".join(_parts(shown))}</svg>'
    )


def _parts(shown: Arrangement) -> Iterator[str]:
    for step in range(1, shown.steps + 1):
        x = _STEP * step - _STEP // 2
        side = 2 * _HALF
        yield f'<rect x="{x - _HALF}" y="{_CELL - _HALF}" width="{side}" height="{side}" rx="4"/>'
        if step > 1:
            yield _arrow(x - _STEP + _HALF, _CELL, x - _HALF, _CELL, "W_hh")
        if step in shown.inputs:
            yield _circle(x, _BELOW)
            yield _arrow(x, _BELOW - _RADIUS, x, _CELL + _HALF, "W_xh")
        if step in shown.outputs:
            yield _circle(x, _ABOVE)
            yield _arrow(x, _CELL - _HALF, x, _ABOVE + _RADIUS, "W_hy")


def _circle(x: int, y: int) -> str:
    return f'<circle cx="{x}" cy="{y}" r="{_RADIUS}"/>'


def _arrow(x0: int, y0: int, x1: int, y1: int, matrix: str) -> str:
    """A line with a head, to the right or up."""
    if y0 == y1:
        head = f"M{x1 - 6} {y1 - 4}L{x1 - 1} {y1}L{x1 - 6} {y1 + 4}"
    else:
        head = f"M{x1 - 4} {y1 + 6}L{x1} {y1 + 1}L{x1 + 4} {y1 + 6}"
    return (
        f'<path d="M{x0} {y0}L{x1} {y1}{head}" stroke="var(--{matrix}, currentColor)" '
        'stroke-width="2"/>'
    )
