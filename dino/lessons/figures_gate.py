"""A gate by hand: an LSTM of one unit that reads three letters, and what a forget gate leaves.

G the blocks of an LSTM in the app's order: the gates i, f, o and the candidate g. T the letters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch

from dino.anatomy import GATE_NAMES
from dino.data import Vocab
from dino.lessons import figures_cell
from dino.lessons.item import Value
from dino.model import CharRNN

WORD = "abd"  # the unit reads its letters from a zero state, without a start; c is its cell state
BLOCKS = GATE_NAMES["lstm"]  # i, f, g, o
W_XH = ((2.0, 2.0, 1.5, 0.0), (-3.0, 2.0, -1.0, 1.0), (2.0, -4.0, -1.0, 0.0))  # a row per letter
W_HH = (0.0, 0.0, 0.5, 0.0)
B_H = (0.0, 1.0, 0.0, 1.0)  # the forget gate's is 1, with which the app's LSTMs begin
SIGMA_MOST, SIGMA_STEP = 4, 0.5  # of the table of the sigmoid
LETTERS = 31  # through which a cell state is kept, in the bet
BIASES = (1, 3)  # of the forget gate, in the bet
SHARES = {"half": 0.5, "tenth": 0.1, "thousandth": 0.001}  # the bet's choices: more than these


class UnitExercise(NamedTuple):
    """The exercise of one unit and its solution, all in float64.

    W_xh (T, G), W_hh (G,), b_h (G,): its weights, one row of W_xh for each letter
    sums, gates (T, G): the arguments of sigmoid and tanh, and their results
    cells, states (T,): c and h after each letter
    sigma: x and σ(x) from 0 to 4; tanh: x and tanh x from 0 to 2
    """

    letters: str
    W_xh: np.ndarray
    W_hh: np.ndarray
    b_h: np.ndarray
    sums: np.ndarray
    gates: np.ndarray
    cells: np.ndarray
    states: np.ndarray
    sigma: tuple[tuple[float, float], ...]
    tanh: tuple[tuple[float, float], ...]


def sigmoid(x: float) -> float:
    """1 / (1 + e⁻ˣ)"""
    return 1 / (1 + math.exp(-x))


def one_unit() -> CharRNN:
    """The network of the exercise, in float64. It predicts nothing: its output weights are zero."""
    model = CharRNN("lstm", 1, len(Vocab(WORD))).double()
    with torch.no_grad():
        for weights, given in ((model.W_xh[1:], W_XH), (model.W_hh, (W_HH,)), (model.b_h, B_H)):
            weights.copy_(torch.tensor(given, dtype=torch.float64))
    return model


@cache
@torch.inference_mode()
def unit_exercise() -> UnitExercise:
    """The exercise, solved by the network's own functions."""
    model, vocab = one_unit(), Vocab(WORD)
    zero = torch.zeros(1, 1, dtype=torch.float64)
    state, rows = (zero, zero), []
    for i in vocab.encode(WORD):
        a_x = model.input_table()[[i]]
        sums = (a_x + state[0] @ model.W_hh)[0]
        h, c = model.step(a_x, state)
        state = (h, c)
        rows.append((sums.numpy(), float(c), float(h)))
    sums_of, cells, states = zip(*rows, strict=True)
    arguments = np.array(sums_of)
    gates = 1 / (1 + np.exp(-arguments))
    candidate = BLOCKS.index("g")
    gates[:, candidate] = np.tanh(arguments[:, candidate])
    xs = [i * SIGMA_STEP for i in range(round(SIGMA_MOST / SIGMA_STEP) + 1)]
    return UnitExercise(
        WORD,
        *(model.W_xh[1:].numpy(), model.W_hh[0].numpy(), model.b_h.numpy()),
        *(arguments, gates, np.array(cells), np.array(states)),
        sigma=tuple((x, sigmoid(x)) for x in xs),
        tanh=figures_cell.exercise().tanh,
    )


# ---- what a forget gate leaves


def left(bias: float, letters: int = LETTERS) -> float:
    """What a forget gate leaves of a cell state of 1 if only its bias counts: σ(bias) ^ letters."""
    return sigmoid(bias) ** letters


def left_share(bias: float) -> str:
    """The right choice of the bet on what is left."""
    return next((name for name, share in SHARES.items() if left(bias) > share), "less")


# ---- the figures


def _after(t: int) -> dict[str, Callable[[], Value]]:
    """Sums, gates, c and h after letter t, from 1: gate_sum_f2, gate_f2, gate_c2, gate_h2."""

    def of(part: str, place: tuple[int, ...]) -> float:
        return float(getattr(unit_exercise(), part)[place])

    found: dict[str, Callable[[], Value]] = {}
    for j, block in enumerate(BLOCKS):
        found[f"gate_sum_{block}{t}"] = partial(of, "sums", (t - 1, j))
        found[f"gate_{block}{t}"] = partial(of, "gates", (t - 1, j))
    found[f"gate_c{t}"] = partial(of, "cells", (t - 1,))
    found[f"gate_h{t}"] = partial(of, "states", (t - 1,))
    return found


def number(block: str, t: int) -> float:
    """A gate, the candidate, c or h after letter t, counted from 1."""
    return float(_after(t)[f"gate_{block}{t}"]())


def wrong_cell(t: int, forget: float | None = None, admit: float | None = None) -> float:
    """c after letter t with another forget or input gate than the exercise's."""
    f = number("f", t) if forget is None else forget
    i = number("i", t) if admit is None else admit
    return f * (number("c", t - 1) if t > 1 else 0.0) + i * number("g", t)


FIGURES: Mapping[str, Callable[[], Value]] = {
    **_after(1),
    **_after(2),
    **_after(3),
    "gate_c1_sigmoid": lambda: number("i", 1) * sigmoid(W_XH[0][2]),
    "gate_h1_linear": lambda: number("o", 1) * number("c", 1),
    "gate_h1_open": lambda: math.tanh(number("c", 1)),
    **{f"gate_c{t}_kept_only": partial(wrong_cell, t, None, 0.0) for t in (2, 3)},
    **{f"gate_c{t}_added_only": partial(wrong_cell, t, 0.0) for t in (2, 3)},
    "gate_c2_open": lambda: wrong_cell(2, None, 1.0),
    **{
        f"gate_c{t}_turned": partial(lambda t: wrong_cell(t, 1 - number("f", t)), t) for t in (2, 3)
    },
    **{f"gate_kept{t}": partial(lambda t: number("f", t) * number("c", t - 1), t) for t in (2, 3)},
    **{f"gate_added{t}": partial(lambda t: number("i", t) * number("g", t), t) for t in (1, 2, 3)},
    "gate_letters": lambda: LETTERS,
    **{f"gate_open_{bias}": partial(sigmoid, bias) for bias in BIASES},
    **{f"gate_left_{bias}": partial(left, bias) for bias in BIASES},
    **{f"gate_share_{bias}": partial(left_share, bias) for bias in BIASES},
}
