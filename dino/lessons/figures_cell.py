"""The cell by hand: a network of two units and three symbols, and a state without tanh."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dino.config import DEFAULT
from dino.data import END_SHOWN, Vocab
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.item import Value
from dino.lists import END
from dino.model import CharRNN

SYMBOLS = (END_SHOWN, "a", "b")
WORD = "ab"  # the network reads no letter, then a, then b
LOGIT_OF = 2  # b: the symbol whose score is asked for, after the letter a
W_XH = ((-0.5, 0.5), (1.0, 0.5), (-1.0, 1.0))  # a row for each symbol
W_HH = ((1.0, 0.5), (-1.0, -1.0))  # a row for each unit that the weight comes from
B_H = (0.5, 1.0)
W_HY = ((-1.0, 0.5, 1.0), (0.5, -1.0, 1.0))
B_Y = (0.5, 0.0, -0.5)
LOOKED_UP = 1.34  # an example for looking up tanh; it is not a sum of the exercise
TANH_MOST, TANH_STEP = 2, 0.1  # of the table of tanh
READ_NAME = "jinzhousaurus"  # 14 inputs: the start and 13 letters
MUCH, TWICE = 10, 2  # times as long: where the bet's choices change


class Exercise(NamedTuple):
    """The two-unit exercise and its solution, all in float64. H 2 units, V 3 symbols, T 3 inputs.

    W_xh (V, H), W_hh (H, H), b_h (H,), W_hy (H, V), b_y (V,): its weights, as in `CharRNN`
    inputs (T,): what is read, '' for no letter; sums (T, H): the arguments of tanh; states (T, H);
    logits, probs (T, V)
    tanh: x and tanh x from 0 to 2, for those whose calculator has no tanh
    """

    symbols: tuple[str, ...]
    W_xh: np.ndarray
    W_hh: np.ndarray
    b_h: np.ndarray
    W_hy: np.ndarray
    b_y: np.ndarray
    inputs: tuple[str, ...]
    sums: np.ndarray
    states: np.ndarray
    logits: np.ndarray
    probs: np.ndarray
    tanh: tuple[tuple[float, float], ...]


def two_units() -> CharRNN:
    """The network of the exercise, in float64."""
    model = CharRNN("rnn", len(B_H), len(SYMBOLS)).double()
    with torch.no_grad():
        for weights, given in zip(model.parameters(), (W_XH, W_HH, B_H, W_HY, B_Y), strict=True):
            weights.copy_(torch.tensor(given, dtype=torch.float64))
    return model


@cache
@torch.inference_mode()
def exercise() -> Exercise:
    """The exercise, solved by the network's own functions."""
    model, vocab = two_units(), Vocab(WORD)
    state, sums, states = torch.zeros(1, len(B_H), dtype=torch.float64), [], []
    for i in (vocab.start, *vocab.encode(WORD)):
        a_x = model.input_table()[[i]]
        sums.append(a_x + state @ model.W_hh)
        (state,) = model.step(a_x, (state,))
        states.append(state)
    h = torch.cat(states)
    logits = model.logits(h)
    W_xh, W_hh, b_h, W_hy, b_y = (weight.numpy() for weight in model.parameters())
    labels = tuple(END_SHOWN if symbol == END else symbol for symbol in vocab.symbols)
    xs = [i * TANH_STEP for i in range(round(TANH_MOST / TANH_STEP) + 1)]
    return Exercise(
        labels,
        *(W_xh, W_hh, b_h, W_hy, b_y),
        inputs=("", *WORD),
        sums=torch.cat(sums).numpy(),
        states=h.numpy(),
        logits=logits.numpy(),
        probs=torch.softmax(logits, -1).numpy(),
        tanh=tuple((x, math.tanh(x)) for x in xs),
    )


def second_state(W_hh: Sequence[Sequence[float]] | np.ndarray) -> np.ndarray:
    """h_2 with another W_hh than the exercise's: the result of wrong computations. (H,)"""
    found = exercise()
    total = found.W_xh[1] + found.states[0] @ np.asarray(W_hh) + found.b_h
    return np.asarray(np.tanh(total))


def unbiased_state() -> np.ndarray:
    """h_2 of those who forget b_h. (H,)"""
    found = exercise()
    return np.asarray(np.tanh(found.sums[1] - found.b_h))


def first_letter_state() -> np.ndarray:
    """What h_1 would be if the letter a came first. (H,)"""
    found = exercise()
    return np.asarray(np.tanh(found.W_xh[1] + found.b_h))


def _units(name: str, values: Callable[[], np.ndarray]) -> dict[str, Callable[[], Value]]:
    """A figure for each unit of a vector (H,): name_1, name_2."""

    def value(j: int) -> float:
        return float(values()[j])

    return {f"{name}_{j + 1}": partial(value, j) for j in range(len(B_H))}


def parts_of_sums(found: Exercise) -> np.ndarray:
    """The parts of each sum, the sum, and its tanh: x W_xh, h W_hh, b_h, sum, h. (T, H, 5)"""
    nothing = np.zeros(len(found.b_h))
    rows = dict(zip(found.symbols, found.W_xh, strict=True))
    letters = np.stack([rows[letter] if letter else nothing for letter in found.inputs])
    before = np.vstack([nothing, found.states[:-1]]) @ found.W_hh
    biases = np.broadcast_to(found.b_h, letters.shape)
    return np.stack([letters, before, biases, found.sums, found.states], axis=-1)


def looked_up(x: float) -> tuple[float, float, float]:
    """tanh x by the table, to three decimals as printed, for 0 ≤ x < 2: interpolated between its
    entries below and above x.
    """
    i = math.floor(x / TANH_STEP)
    below, above = (round(y, 3) for _, y in exercise().tanh[i : i + 2])
    return below, above, below + (x / TANH_STEP - i) * (above - below)


# ---- how many parameters


def dinosaur_vocab() -> Vocab:
    """The dictionary of the dinosaurs."""
    return dinosaurs().vocab


def counts(hidden_size: int, symbols: int) -> dict[str, int]:
    """How many numbers each weight of a vanilla network has, read from the model."""
    model = CharRNN("rnn", hidden_size, symbols)
    return {name: count for name, _, count in model.summary()}


def _wrong_counts(hidden_size: int) -> dict[str, Callable[[], Value]]:
    """The counts of the parts, and those of people who forget a part, or count one twice."""

    def parts() -> dict[str, int]:
        return counts(hidden_size, len(dinosaur_vocab()))

    def without(*names: str) -> int:
        return sum(count for name, count in parts().items() if name not in names)

    return {
        f"count_xh_{hidden_size}": lambda: parts()["W_xh"],
        f"count_hh_{hidden_size}": lambda: parts()["W_hh"],
        f"count_hy_{hidden_size}": lambda: parts()["W_hy"],
        f"no_hidden_bias_{hidden_size}": lambda: without("b_h"),
        f"no_symbol_bias_{hidden_size}": lambda: without("b_y"),
        f"no_recurrent_{hidden_size}": lambda: without("W_hh"),
        f"no_biases_{hidden_size}": lambda: without("b_h", "b_y"),
        f"hh_twice_{hidden_size}": lambda: without() + parts()["W_hh"],
        f"no_end_{hidden_size}": lambda: sum(
            counts(hidden_size, len(dinosaur_vocab()) - 1).values()
        ),
        f"no_output_{hidden_size}": lambda: without("W_hy"),
        f"no_output_bias_{hidden_size}": lambda: without("W_hy", "b_y"),
    }


# ---- a state with and without tanh


class Lengths(NamedTuple):
    """The state's length (Euclidean norm) after each input, with tanh and without it. (T,) each"""

    bounded: np.ndarray
    linear: np.ndarray


@torch.inference_mode()
def state_lengths(model: CharRNN, vocab: Vocab, text: str = READ_NAME) -> Lengths:
    """Read a text with a vanilla network, and with the same weights but no tanh.

    Raises ValueError for a letter that is not in the list.
    """
    table = model.input_table()
    (state,) = model.initial_state(1)
    linear, rows = state, []
    for i in (vocab.start, *vocab.encode(text)):
        (state,) = model.step(table[[i]], (state,))
        linear = table[[i]] + linear @ model.W_hh
        rows.append((_length(state), _length(linear)))
    bounded, unbounded = np.array(rows).T
    return Lengths(bounded, unbounded)


def _length(vector: Tensor) -> float:
    return float(vector.norm())


def state_figures(lengths: Lengths, radius: float) -> dict[str, Value]:
    """The figures of the panel 'tanh': the last lengths, their ratio, the right choice, and the
    spectral radius of W_hh.
    """
    bounded, linear = float(lengths.bounded[-1]), float(lengths.linear[-1])
    ratio = linear / bounded
    if ratio < 1:
        verdict = "shorter"
    elif ratio < TWICE:
        verdict = "alike"
    else:
        verdict = "longer" if ratio < MUCH else "much"
    return {
        "state_with": bounded,
        "state_without": linear,
        "state_ratio": ratio,
        "state_verdict": verdict,
        "state_radius": radius,
    }


@cache
def untrained_lengths() -> Lengths:
    """The lengths for First success's network before its first step, with its own seed."""
    vocab = dinosaur_vocab()
    start = torch.Generator().manual_seed(DEFAULT.seed)
    return state_lengths(CharRNN("rnn", DEFAULT.hidden_size, len(vocab), start), vocab)


FIGURES: Mapping[str, Callable[[], Value]] = {
    **_units("cell_sum1", lambda: exercise().sums[0]),
    **_units("cell_h1", lambda: exercise().states[0]),
    **_units("cell_first_letter", first_letter_state),
    **_units("cell_sum2", lambda: exercise().sums[1]),
    **_units("cell_h2", lambda: exercise().states[1]),
    **_units("cell_no_memory", lambda: second_state(np.zeros_like(exercise().W_hh))),
    **_units("cell_turned", lambda: second_state(exercise().W_hh.T)),
    **_units("cell_no_bias", unbiased_state),
    **_units("cell_xh_a", lambda: exercise().W_xh[1]),
    **_units("cell_hh_1", lambda: exercise().W_hh[0]),
    **_units("cell_hh_2", lambda: exercise().W_hh[1]),
    **_units("cell_bh", lambda: exercise().b_h),
    **_units("cell_hy", lambda: exercise().W_hy[:, LOGIT_OF]),
    "cell_by": lambda: float(exercise().b_y[LOGIT_OF]),
    "cell_logit": lambda: float(exercise().logits[1, LOGIT_OF]),
    "cell_logit_end": lambda: float(exercise().logits[1, 0]),
    "cell_logit_a": lambda: float(exercise().logits[1, 1]),
    "cell_logit_early": lambda: float(exercise().logits[0, LOGIT_OF]),
    "cell_logit_no_bias": lambda: float(exercise().logits[1, LOGIT_OF] - exercise().b_y[LOGIT_OF]),
    "cell_p": lambda: float(exercise().probs[1, LOGIT_OF]),
    "cell_p_end": lambda: float(exercise().probs[1, 0]),
    "cell_p_a": lambda: float(exercise().probs[1, 1]),
    **_wrong_counts(25),
    **_wrong_counts(30),
    "tanh_asked": lambda: LOOKED_UP,
    "tanh_below": lambda: looked_up(LOOKED_UP)[0],
    "tanh_above": lambda: looked_up(LOOKED_UP)[1],
    "tanh_between": lambda: looked_up(LOOKED_UP)[2],
    "tanh_gained": lambda: looked_up(LOOKED_UP)[1] - looked_up(LOOKED_UP)[0],
    "state_bound": lambda: math.sqrt(DEFAULT.hidden_size),
    "state_units": lambda: DEFAULT.hidden_size,
    "state_inputs": lambda: len(READ_NAME) + 1,
    "state_untrained_with": lambda: float(untrained_lengths().bounded[-1]),
    "state_untrained_without": lambda: float(untrained_lengths().linear[-1]),
}
