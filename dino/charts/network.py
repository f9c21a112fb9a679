"""A small drawing of a recipe's network: symbols in, hidden units, symbols out, and the loop.

An SVG as text, with words of our own alone; it takes its colours from the text around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

WIDTH, HEIGHT = 216, 152
_LEFT, _MIDDLE, _RIGHT = 28, 108, 188  # the columns
_TOP, _BOTTOM = 52, 112
# What a cell's units compute, by its name.
_WHAT = {"rnn": "tanh", "gru": "tanh, 2 gates", "lstm": "tanh, 3 gates, a cell"}


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


def network_sentence(network: Network) -> str:
    """What the drawing shows, for those who do not see it and for all who do."""
    units = f"{network.hidden_size:,} hidden unit{'s' * (network.hidden_size != 1)}"
    carried = "their state and a memory cell" if network.cell == "lstm" else "their state"
    if network.context == 1:
        memory = f"{carried} begins at zero before every letter"
    elif network.context:
        memory = f"the loop brings back {carried} over the last {network.context} letters"
    else:
        memory = f"the loop brings back {carried} from letter to letter"
    symbols = f"{network.vocab_size:,}"
    return (
        f"{network.cell.upper()}: {symbols} symbols in, {units}, {symbols} probabilities out; "
        f"{memory}."
    )


def network_picture(network: Network) -> str:
    """The drawing, `WIDTH` × `HEIGHT`, as an SVG; `network_sentence` is its description."""
    hidden = units_drawn(network.hidden_size)
    columns = [(_LEFT, 3), (_MIDDLE, hidden), (_RIGHT, 3)]
    parts = [
        *_wires(*columns[:2]),
        *_wires(*columns[1:]),
        *(circle for column in columns for circle in _circles(*column)),
        *_loops(network),
        _text(_LEFT, 133, f"{network.vocab_size:,} in"),
        _text(_MIDDLE, 133, f"{network.hidden_size:,} hidden"),
        _text(_RIGHT, 133, f"{network.vocab_size:,} out"),
        _text(_MIDDLE, 148, _WHAT[network.cell]),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" '
        f'role="img" aria-label="{network_sentence(network)}" fill="none" stroke="currentColor">'
        f"{''.join(parts)}</svg>"
    )


def _heights(count: int) -> list[float]:
    """Where the circles of a column stand."""
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


def _loops(network: Network) -> Iterator[str]:
    """What goes back into the units: h, and an LSTM's c; dashed where it does not reach far."""
    if network.context == 1:
        yield _text(_MIDDLE, 28, "state 0 at each letter")
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
        yield _text(_LEFT + 8, 24, f"{network.context} letters")


def _text(x: int, y: int, words: str) -> str:
    return (
        f'<text x="{x}" y="{y}" font-size="12.5" text-anchor="middle" fill="currentColor" '
        f'stroke="none">{words}</text>'
    )
