"""A small drawing of a recipe's network: symbols in, hidden units, symbols out, and the loop.

An SVG as text, with words of our own alone; it takes its colours from the text around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from dino.locale.sentences import Sentence, mark, plural_sentence, sentence

if TYPE_CHECKING:
    from dino.charts.base import Put

WIDTH, HEIGHT = 216, 152
_LEFT, _MIDDLE, _RIGHT = 28, 108, 188  # the columns
_TOP, _BOTTOM = 52, 112
# What a cell's units compute, by its name.
_WHAT = {"rnn": "tanh", "gru": mark("tanh, 2 gates"), "lstm": mark("tanh, 3 gates, a cell")}


class Network(NamedTuple):
    """What is drawn: the cell's kind, how many units and symbols, how many letters it remembers (0:
    all).
    """

    cell: str
    hidden_size: int
    context: int
    vocab_size: int


def units_drawn(hidden_size: int) -> int:
    """How many circles stand for the hidden units: one more for each doubling, 1 to 10."""
    return hidden_size.bit_length()


def network_sentence(network: Network) -> Sentence:
    """What the drawing shows, for those who do not see it and for all who do."""
    return sentence(
        "{cell}: {symbols:,} symbols in, {units}, {symbols:,} probabilities out; {memory}.",
        cell=network.cell.upper(),
        symbols=network.vocab_size,
        units=plural_sentence("{count} hidden unit", "{count:,} hidden units", network.hidden_size),
        memory=_memory(network),
    )


def _memory(network: Network) -> Sentence:
    """What the loop brings back, and over how many letters."""
    n, lstm = network.context, network.cell == "lstm"
    if n == 1 and lstm:
        return sentence("their state and memory cell start at zero before every letter")
    if n == 1:
        return sentence("their state starts at zero before every letter")
    if n and lstm:
        return sentence(
            "the loop brings back their state and memory cell over the last {n} letters", n=n
        )
    if n:
        return sentence("the loop brings back their state over the last {n} letters", n=n)
    if lstm:
        return sentence("the loop brings back their state and memory cell from letter to letter")
    return sentence("the loop brings back their state from letter to letter")


def network_picture(network: Network, put: Put) -> str:
    """The drawing, `WIDTH` × `HEIGHT`, as an SVG; `network_sentence` is its description.

    put: puts its words into the language of the page.
    """
    hidden = units_drawn(network.hidden_size)
    columns = [(_LEFT, 3), (_MIDDLE, hidden), (_RIGHT, 3)]
    parts = [
        *_wires(*columns[:2]),
        *_wires(*columns[1:]),
        *(circle for column in columns for circle in _circles(*column)),
        *_loops(network, put),
        _text(_LEFT, 133, put(sentence("{symbols:,} in", symbols=network.vocab_size))),
        _text(_MIDDLE, 133, put(sentence("{units:,} hidden", units=network.hidden_size))),
        _text(_RIGHT, 133, put(sentence("{symbols:,} out", symbols=network.vocab_size))),
        _text(_MIDDLE, 148, put(_WHAT[network.cell])),
    ]
    words = put(network_sentence(network))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" '
        f'role="img" aria-label="{words}" fill="none" stroke="currentColor">'
        f"{''.join(parts)}</svg>"
    )


def _heights(count: int) -> list[float]:
    """The heights of a column's circles."""
    if count == 1:
        return [(_TOP + _BOTTOM) / 2]
    gap = min(22.0, (_BOTTOM - _TOP) / (count - 1))
    first = (_TOP + _BOTTOM - gap * (count - 1)) / 2
    return [round(first + gap * i, 1) for i in range(count)]


def _circles(x: int, count: int) -> Iterator[str]:
    for y in _heights(count):
        yield f'<circle cx="{x}" cy="{y}" r="3.2" fill="currentColor" stroke="none"/>'


def _wires(left: tuple[int, int], right: tuple[int, int]) -> Iterator[str]:
    """Every circle of a column with every one of the next."""
    lines = "".join(
        f"M{left[0] + 5} {y}L{right[0] - 5} {z}"
        for y in _heights(left[1])
        for z in _heights(right[1])
    )
    yield f'<path d="{lines}" stroke-width="0.6" opacity="0.45"/>'


def _loops(network: Network, put: Put) -> Iterator[str]:
    """What goes back into the units: h, and an LSTM's c; dashed where it does not reach far."""
    if network.context == 1:
        yield _text(_MIDDLE, 28, put(sentence("state 0 at each letter")))
        return
    dashes = ' stroke-dasharray="4 3"' if network.context else ""
    loops = {"h": (70, 14), "c": (124, -10)} if network.cell == "lstm" else {"h": (84, 2)}
    for name, (wide, high) in loops.items():  # of the curve's handles
        yield (
            f'<path d="M{_MIDDLE + 5} 44C{_MIDDLE + wide} {high} {_MIDDLE - wide} {high} '
            f'{_MIDDLE - 5} 44" stroke-width="1.4"{dashes}/>'
        )
        yield _text(_MIDDLE, high + 25, name)
    yield f'<path d="M{_MIDDLE - 12} 44.5l7 -0.5l-1.5 -7" stroke-width="1.4"/>'
    if network.context:
        yield _text(_LEFT + 8, 24, put(sentence("{n} letters", n=network.context)))


def _text(x: int, y: int, words: str) -> str:
    return (
        f'<text x="{x}" y="{y}" font-size="13" text-anchor="middle" fill="currentColor" '
        f'stroke="none">{words}</text>'
    )
