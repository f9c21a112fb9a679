"""Experiments on a trained network, measured on many names: its losses, silenced units.

Letters used for shapes: N names, T positions, V symbols, H hidden units. `context` bounds a
network's memory, as in the recipe; 0 means no bound. A function `x_in_parts` does the work of
`x`, in parts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
import torch
from torch import Tensor

from dino import cost
from dino.compiled import engine
from dino.data import Encoded, Vocab
from dino.evaluation import evaluate_in_parts, letter_losses_in_parts
from dino.metrics import loss_difference as loss_difference
from dino.model import CharRNN
from dino.parts import Parts, finish, last_result, report_progress

NAMES_PER_PART = 256
# A hidden unit beyond ± this is called saturated, on every page: the gradient through tanh, 1 − h²,
# is below 0.02 there. No verdict of a diagnosis depends on it.
SATURATED = 0.99


# Losses


def mean_loss(model: CharRNN, data: Encoded, context: int = 0) -> float:
    """Mean of −ln p(target) over all real targets of `data`, by the kernels where they are ready.

    Nats per symbol.
    """
    return finish(mean_loss_in_parts(model, data, context))


def mean_loss_in_parts(model: CharRNN, data: Encoded, context: int = 0) -> Parts[float]:
    """`mean_loss` in parts: yields after each part, and returns the loss."""
    if context or not engine.is_ready():
        inputs, targets = torch.from_numpy(data.inputs), torch.from_numpy(data.targets)
        return evaluate_in_parts(model, inputs, targets, context)
    weights = torch.cat([p.detach().reshape(-1) for p in model.parameters()]).numpy()
    return engine.evaluate_in_parts(model.cell, model.hidden_size, model.vocab_size, weights, data)


def name_losses(model: CharRNN, data: Encoded, context: int = 0) -> np.ndarray:
    """The sum of −ln p(target) over each name's letters and end mark. (N,) nats"""
    return last_result(name_losses_in_parts(model, data, context))[1]


def name_losses_in_parts(
    model: CharRNN, data: Encoded, context: int = 0
) -> Iterator[tuple[float, np.ndarray]]:
    """`name_losses` in parts: the share that is done, and the sums (N,), NaN for the rest."""
    sums, count = np.full(len(data.lengths), np.nan), len(data.lengths)
    for rows in row_slices(model, data, context):
        inputs, targets = torch.from_numpy(data.inputs[rows]), torch.from_numpy(data.targets[rows])
        sums[rows] = yield from report_progress(
            _summed_losses(model, inputs, targets, context), (min(0.999, rows.start / count), sums)
        )
        yield rows.stop / count, sums


def _all_name_losses(model: CharRNN, data: Encoded, context: int) -> Parts[np.ndarray]:
    """What `name_losses` returns: yields after each part, and returns it."""
    sums = np.empty(0)
    for found in name_losses_in_parts(model, data, context):
        sums = found[1]
        yield
    return sums


def _summed_losses(
    model: CharRNN, inputs: Tensor, targets: Tensor, context: int
) -> Parts[np.ndarray]:
    """The summed loss of each name. (N, T), (N, T) -> (N,)"""
    losses = yield from letter_losses_in_parts(model, inputs, targets, context)
    sums: np.ndarray = losses.double().sum(1).numpy()
    return sums


# Units


@torch.no_grad()
def silence_units(model: CharRNN, units: Collection[int]) -> CharRNN:
    """A copy with the outgoing weights of `units`, their rows of W_hh and W_hy, set to zero.

    That is the same as setting their hidden states to zero at every step.
    """
    copy, rows = _copy(model), sorted(units)
    copy.W_hh[rows], copy.W_hy[rows] = 0.0, 0.0
    return copy


# Biases that hold a unit without incoming weights at 1, or at tanh(1) in an LSTM, by block: in
# float32, sigmoid and tanh of 40 are exactly 1.
_ALWAYS_ON = {"rnn": (40.0,), "gru": (0.0, -40.0, 40.0), "lstm": (40.0, -40.0, 40.0, 40.0)}


@torch.no_grad()
def hold_units(model: CharRNN, units: Collection[int], states: np.ndarray) -> CharRNN:
    """A copy in which the hidden states of `units` are `states` (H,) after every input.

    To the other units they are then a bias. The initial state stays zero.
    """
    copy, rows, H = _copy(model), sorted(units), model.hidden_size
    for block, bias in enumerate(_ALWAYS_ON[model.cell]):
        columns = [block * H + unit for unit in rows]
        copy.W_xh[:, columns], copy.W_hh[:, columns], copy.b_h[columns] = 0.0, 0.0, bias
    constant = np.tanh(1.0) if model.cell == "lstm" else 1.0
    scale = torch.from_numpy((states[rows] / constant).astype(np.float32))[:, None]
    copy.W_hh[rows] *= scale
    copy.W_hy[rows] *= scale
    return copy


@torch.no_grad()
def _copy(model: CharRNN) -> CharRNN:
    copy = CharRNN(model.cell, model.hidden_size, model.vocab_size)
    for mine, theirs in zip(copy.parameters(), model.parameters(), strict=True):
        mine.copy_(theirs)
    return copy


def mean_states_in_parts(model: CharRNN, data: Encoded, context: int = 0) -> Parts[np.ndarray]:
    """Every unit's mean state over all positions of all names. (H,) In parts."""
    totals = np.zeros(model.hidden_size)
    for rows in row_slices(model, data, context):
        inputs, is_real = torch.from_numpy(data.inputs[rows]), data.targets[rows] >= 0
        for places in _position_slices(model, inputs.shape[1], context):
            with torch.inference_mode():
                h = model.hidden_states(inputs, context, None, places).numpy()  # (N, T, H)
            totals += h[is_real[:, places]].sum(0, dtype=np.float64)
            yield
    means: np.ndarray = totals / data.lengths.sum()
    return means


def unit_importance(
    model: CharRNN, data: Encoded, context: int = 0, hold: bool = False
) -> Iterator[tuple[float, np.ndarray | None]]:
    """How much the loss on `data` rises if only one unit is silenced, for every unit, and the
    standard error of that. (H, 2)

    hold: hold the unit at its mean over `data` instead, so that its constant contribution stays.
    Yields after every part: the share that is done, and the rises so far, NaN for the rest; None
    before the first one is known. Nats per symbol.
    """
    rises = np.full((model.hidden_size, 2), np.nan)
    intact = yield from report_progress(_all_name_losses(model, data, context), (0.0, None))
    means = np.zeros(0)
    if hold:
        means = yield from report_progress(mean_states_in_parts(model, data, context), (0.0, None))
    for unit in range(model.hidden_size):
        without = hold_units(model, [unit], means) if hold else silence_units(model, [unit])
        work = _all_name_losses(without, data, context)
        progress = unit / model.hidden_size, rises if unit else None
        losses = yield from report_progress(work, progress)
        rises[unit] = loss_difference(losses, intact, data.lengths)
        yield (unit + 1) / model.hidden_size, rises


def unit_values(model: CharRNN, data: Encoded, unit: int, context: int = 0) -> np.ndarray:
    """One unit's state at every position of every name, NaN after a name's end. (N, T)"""
    return last_result(unit_values_in_parts(model, data, unit, context))[1]


def unit_values_in_parts(
    model: CharRNN, data: Encoded, unit: int, context: int = 0
) -> Iterator[tuple[float, np.ndarray]]:
    """`unit_values` in parts: the share that is done, and the values (N, T), NaN for the rest."""
    values, count = np.full(data.inputs.shape, np.nan, np.float32), len(data.lengths)
    for rows in row_slices(model, data, context):
        inputs, is_real = torch.from_numpy(data.inputs[rows]), data.targets[rows] >= 0
        for places in _position_slices(model, inputs.shape[1], context):
            with torch.inference_mode():
                h = model.hidden_states(inputs, context, None, places)[..., unit].numpy()
            values[rows, places] = np.where(is_real[:, places], h, np.nan)
            yield min(0.999, rows.start / count), values
        yield rows.stop / count, values


def mean_by_letter(values: np.ndarray, data: Encoded, vocab: Vocab) -> np.ndarray:
    """Mean of a unit's `values` (N, T) after each letter, and last at the start. (V + 1,)

    NaN for the end mark, after which nothing is read, and for letters that are not in `data`.
    """
    known = np.isfinite(values)
    ids = data.inputs[known]
    counts = np.bincount(ids, minlength=vocab.start + 1)
    sums = np.bincount(ids, values[known], minlength=vocab.start + 1)
    with np.errstate(invalid="ignore"):
        means: np.ndarray = sums / counts
    return means


def extremes(values: np.ndarray, count: int, highest: bool = True) -> list[tuple[int, int, float]]:
    """Where a unit is highest (or lowest): row, position and value, one position per name."""
    signed = values if highest else -values
    filled = np.where(np.isfinite(values), signed, -np.inf)  # (N, T)
    best = filled.argmax(axis=1)
    peaks = filled[np.arange(len(filled)), best]
    rows = np.argsort(-peaks, kind="stable")[:count]
    return [(int(n), int(best[n]), float(values[n, best[n]])) for n in rows]


# Parts


def row_slices(
    model: CharRNN, data: Encoded, context: int, most: int = NAMES_PER_PART
) -> Iterator[slice]:
    """All names, as many at a time as one part of an experiment may have, but at most `most`."""
    count, steps = data.inputs.shape
    at_once, _ = cost.evaluation_part_size(
        model.cell, model.hidden_size, model.vocab_size, steps, min(context, steps - 1)
    )
    at_once = min(most, at_once)
    for start in range(0, count, at_once):
        yield slice(start, min(count, start + at_once))


def _position_slices(model: CharRNN, steps: int, context: int) -> Iterator[slice]:
    """All positions at once; fewer if memory is bounded and one name is too large for that."""
    _, at_once = cost.evaluation_part_size(
        model.cell, model.hidden_size, model.vocab_size, steps, context
    )
    for first in range(0, steps, at_once):
        yield slice(first, min(steps, first + at_once))
