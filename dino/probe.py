"""Experiments on a trained network, measured on many names: less memory, silenced units.

Letters used for shapes: N names, T positions, V symbols, H hidden units, K letters of memory.
`context` bounds a network's memory, as in the recipe; 0 is no bound. A function `x_in_parts` is
the same work as `x`, done in parts.
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
from dino.model import CharRNN, nll
from dino.parts import Parts, finish, last, report_progress
from dino.sample import probabilities

CLOSE_ENOUGH = 0.02  # nats per symbol: a memory this close to the full one suffices
HEAVY_FLOP = 1e8  # above this, each length of memory is a separate part
NAMES_PER_PART, NAMES_PER_MEMORY_PART = 256, 64


# Losses


def mean_loss(model: CharRNN, data: Encoded, context: int = 0) -> float:
    """Mean of −ln p(target) over all real targets of `data`, by the kernels where they are ready.

    Nats per symbol.
    """
    return finish(mean_loss_in_parts(model, data, context))


def mean_loss_in_parts(model: CharRNN, data: Encoded, context: int = 0) -> Parts[float]:
    """The same in parts: yields after each, and returns the loss."""
    if context or not engine.is_ready():
        inputs, targets = torch.from_numpy(data.inputs), torch.from_numpy(data.targets)
        return evaluate_in_parts(model, inputs, targets, context)
    weights = torch.cat([p.detach().reshape(-1) for p in model.parameters()]).numpy()
    return engine.evaluate_in_parts(model.cell, model.hidden_size, model.vocab_size, weights, data)


def name_losses(model: CharRNN, data: Encoded, context: int = 0) -> np.ndarray:
    """The sum of −ln p(target) over each name's letters and end mark. (N,) nats"""
    return last(name_losses_in_parts(model, data, context))[1]


def name_losses_in_parts(
    model: CharRNN, data: Encoded, context: int = 0
) -> Iterator[tuple[float, np.ndarray]]:
    """The same in parts: the share that is done, and the sums (N,), NaN for the rest."""
    sums, count = np.full(len(data.lengths), np.nan), len(data.lengths)
    for rows in _row_slices(model, data, context):
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


# Memory


def loss_by_memory(
    model: CharRNN, data: Encoded, longest: int
) -> Iterator[tuple[float, np.ndarray | None]]:
    """Loss on `data` if a prediction may see only its last 1, 2, … `longest` inputs.

    Inputs are the start and the letters, so the ordinary loss needs one more than the longest name
    has letters. Only the evaluation is bounded; the weights stay as they are. Yields the share of
    names that is done, and the losses so far (K,), nats per symbol; None before the first are done.
    """
    totals, symbols, count = np.zeros(longest), 0, len(data.lengths)
    at_once = _names_at_once(model, data, longest, NAMES_PER_MEMORY_PART)
    progress: tuple[float, np.ndarray | None] = (0.0, None)
    for start in range(0, count, at_once):
        rows = slice(start, start + at_once)
        work = _summed_loss_by_memory(model, data, rows, longest)
        totals += yield from report_progress(work, progress)
        symbols += int(data.lengths[rows].sum())
        progress = min(1.0, (start + at_once) / count), totals / symbols
        yield progress


def _summed_loss_by_memory(
    model: CharRNN, data: Encoded, rows: slice, longest: int
) -> Parts[np.ndarray]:
    """The summed loss of some names over their last 1, 2, … `longest` inputs. (K,)"""
    totals, steps = np.zeros(longest), int(data.lengths[rows].max())
    inputs = torch.from_numpy(data.inputs[rows, :steps])
    targets = torch.from_numpy(data.targets[rows, :steps])
    work = cost.flop(model.cell, model.hidden_size, model.vocab_size, inputs.numel())
    states = model.windows(_input_sums(model, inputs), min(longest, steps))
    for k in range(min(longest, steps)):
        if k and work > HEAVY_FLOP:
            yield
        with torch.inference_mode():
            totals[k] = float(nll(model.logits(next(states)), targets, "sum"))
    totals[k + 1 :] = totals[k]  # by then there is nothing more to see
    return totals


@torch.inference_mode()
def _input_sums(model: CharRNN, inputs: Tensor) -> Tensor:
    return model.input_table()[inputs]


@torch.inference_mode()
def probs_by_memory(model: CharRNN, vocab: Vocab, text: str, longest: int) -> np.ndarray:
    """The next symbol's probabilities after `text`, if only its last k inputs are seen. (K, V)

    k = 1, 2, …, `longest`, or to the length of the text and its start, where that is less.
    """
    ids = [vocab.start, *vocab.encode(text)]
    a_x = _input_sums(model, torch.tensor([ids]))
    rows = [h[0, -1] for h in model.windows(a_x, min(longest, len(ids)))]
    return probabilities(model.logits(torch.stack(rows)).numpy())


def letters_used(losses: np.ndarray, full_loss: float) -> int | None:
    """The fewest letters of memory whose loss is within `CLOSE_ENOUGH` of that with the full
    memory; None where no loss is.
    """
    enough = np.flatnonzero(losses <= full_loss + CLOSE_ENOUGH)
    return int(enough[0]) + 1 if len(enough) else None


# Units


@torch.no_grad()
def silence_units(model: CharRNN, units: Collection[int]) -> CharRNN:
    """A copy with the outgoing weights of `units`, their rows of W_hh and W_hy, set to zero.

    That is the same as setting their hidden states to zero at every step.
    """
    copy, rows = _copy(model), sorted(units)
    copy.W_hh[rows], copy.W_hy[rows] = 0.0, 0.0
    return copy


# Biases that make a unit without incoming weights constant: 1, or tanh(1) in an LSTM. By block.
_ALWAYS_ON = {"rnn": (40.0,), "gru": (0.0, -40.0, 40.0), "lstm": (40.0, -40.0, 40.0, 40.0)}


@torch.no_grad()
def hold_units(model: CharRNN, units: Collection[int], states: np.ndarray) -> CharRNN:
    """A copy in which the hidden states of `units` are those of `states` (H,) after every input.

    The others then receive from these units what a bias would give. The initial state stays zero.
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
    for rows in _row_slices(model, data, context):
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
    """By how much the loss on `data` rises if one unit alone is silenced, for every unit, and the
    standard error of that. (H, 2)

    hold: the unit is held at its mean over `data` instead, so that what it adds all the time stays.
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
    return last(unit_values_in_parts(model, data, unit, context))[1]


def unit_values_in_parts(
    model: CharRNN, data: Encoded, unit: int, context: int = 0
) -> Iterator[tuple[float, np.ndarray]]:
    """The same in parts: the share that is done, and the values (N, T), NaN for the rest."""
    values, count = np.full(data.inputs.shape, np.nan, np.float32), len(data.lengths)
    for rows in _row_slices(model, data, context):
        inputs, is_real = torch.from_numpy(data.inputs[rows]), data.targets[rows] >= 0
        for places in _position_slices(model, inputs.shape[1], context):
            with torch.inference_mode():
                h = model.hidden_states(inputs, context, None, places)[..., unit].numpy()
            values[rows, places] = np.where(is_real[:, places], h, np.nan)
            yield min(0.999, rows.start / count), values
        yield rows.stop / count, values


def mean_by_letter(values: np.ndarray, data: Encoded, vocab: Vocab) -> np.ndarray:
    """Mean of a unit's `values` (N, T) after each letter, and last at the start. (V + 1,)

    NaN for the end mark, after which nothing is read, and for letters that `data` does not have.
    """
    known = np.isfinite(values)
    ids = data.inputs[known]
    counts = np.bincount(ids, minlength=vocab.start + 1)
    sums = np.bincount(ids, values[known], minlength=vocab.start + 1)
    with np.errstate(invalid="ignore"):
        means: np.ndarray = sums / counts
    return means


def extremes(values: np.ndarray, count: int, highest: bool = True) -> list[tuple[int, int, float]]:
    """Where a unit is highest (or lowest): row, position and value, one position in each name."""
    signed = values if highest else -values
    filled = np.where(np.isfinite(values), signed, -np.inf)  # (N, T)
    best = filled.argmax(axis=1)
    peaks = filled[np.arange(len(filled)), best]
    rows = np.argsort(-peaks, kind="stable")[:count]
    return [(int(n), int(best[n]), float(values[n, best[n]])) for n in rows]


# Parts


def _names_at_once(model: CharRNN, data: Encoded, context: int, most: int) -> int:
    """How many names one part of an experiment may have."""
    steps = data.inputs.shape[1]
    names, _ = cost.evaluation_part_size(
        model.cell, model.hidden_size, model.vocab_size, steps, min(context, steps - 1)
    )
    return min(most, names)


def _row_slices(model: CharRNN, data: Encoded, context: int) -> Iterator[slice]:
    """All names, as many at a time as one part may have."""
    count, at_once = len(data.lengths), _names_at_once(model, data, context, NAMES_PER_PART)
    for start in range(0, count, at_once):
        yield slice(start, min(count, start + at_once))


def _position_slices(model: CharRNN, steps: int, context: int) -> Iterator[slice]:
    """All positions at once, except where memory is bounded and one name is too large for that."""
    _, at_once = cost.evaluation_part_size(
        model.cell, model.hidden_size, model.vocab_size, steps, context
    )
    for first in range(0, steps, at_once):
        yield slice(first, min(steps, first + at_once))
