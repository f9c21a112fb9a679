"""How many of its last letters a network uses (its effective context; Khandelwal et al. 2018).

Two experiments limit a prediction to its last k inputs, of which the start is one. In the
first, the network restarts from a zero state k inputs back. In the second, it has read the
beginning of another name before them. Letters used for shapes: B names of a part, N names, T
positions, V symbols, H hidden units, K lengths of memory, E exchanges. `context` bounds a
network's memory, as in the recipe.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from statistics import NormalDist

import numpy as np
import torch
from torch import Tensor

from dino import cost
from dino.data import Encoded, Vocab
from dino.difference import ENOUGH_NAMES
from dino.locale.sentences import Refusal, sentence
from dino.metrics import loss_difference
from dino.model import CharRNN, State, nll
from dino.parts import Parts, report_progress
from dino.probe import row_slices
from dino.sample import probabilities

EXCHANGES = 4  # other names for each name; four draws halve the error of a single one
HEAVY_FLOP = 1e8  # above this, each length of memory is a separate part
NAMES_PER_PART = 64
CHANCE = 0.025  # how often chance alone may make any of several differences look clear
ROUNDING = 1e-4  # nats per symbol; equal float32 losses differ by less than this

Progress = Iterator[tuple[float, np.ndarray]]


# Experiments


def name_losses_after_restart(model: CharRNN, data: Encoded, longest: int) -> Progress:
    """Each name's loss if every prediction starts from a zero state k inputs back, k = 1 … K.

    K is `longest`. Only the evaluation is bounded; the weights do not change. Yields the share of
    names that is done, and their summed losses (K, N) in nats, NaN for the rest.
    """
    count = len(data.lengths)
    sums = np.full((longest, count), np.nan)
    for rows in row_slices(model, data, longest, NAMES_PER_PART):
        a_x, targets = _part(model, data, rows)
        states = _continue(model, a_x, _zeros(model, a_x))
        work = _sum_losses(model, (h for h, *_ in states), targets, longest)
        sums[:, rows] = yield from report_progress(work, (rows.start / count, sums))
        yield rows.stop / count, sums


def name_losses_after_exchange(
    model: CharRNN, data: Encoded, longest: int, context: int = 0, seed: int = 0
) -> Progress:
    """Each name's loss if everything more than k inputs back comes from another name, k = 1 … K.

    Before its last k inputs the network reads the beginning of another name of `data`, as many
    inputs as it would have read of its own name. So it reads only what training has shown, and
    every prediction keeps its position. The other name is drawn at random, `EXCHANGES` times, and
    the mean is taken. Yields the share that is done, and the summed losses (K, N) in nats over the
    exchanges so far, NaN for the rest. Raises ValueError for a single name.
    """
    count = len(data.lengths)
    others = draw_others(data.lengths, seed)  # (E, N)
    totals, means = np.zeros((longest, count)), np.full((longest, count), np.nan)
    for done, partners in enumerate(others):
        for rows in row_slices(model, data, max(longest, context), NAMES_PER_PART):
            work = _sum_exchanged(model, data, rows, partners[rows], longest, context)
            share = (done + rows.start / count) / len(others)
            totals[:, rows] += yield from report_progress(work, (share, means))
            means[:, rows] = totals[:, rows] / (done + 1)
            yield (done + rows.stop / count) / len(others), means


def draw_others(lengths: np.ndarray, seed: int = 0) -> np.ndarray:
    """For each name another one, drawn at random, `EXCHANGES` times. (N,) -> (E, N)

    It is drawn from the names with enough letters for all places before the name's last letter.
    If there are none, as for the longest name, it is the longest of the others. Raises ValueError
    if there is only one name.
    """
    if len(lengths) < 2:
        raise Refusal(
            sentence(
                "Replacing the beginning of a name by that of another needs at least 2 "
                "held-out names, but there is only 1."
            )
        )
    random = np.random.default_rng(seed)
    found = np.empty((EXCHANGES, len(lengths)), dtype=np.int64)
    for name, length in enumerate(lengths):
        fits = lengths >= length - 1
        fits[name] = False
        if not fits.any():
            rest = np.where(np.arange(len(lengths)) == name, 0, lengths)
            fits = rest == rest.max()
        found[:, name] = random.choice(np.flatnonzero(fits), EXCHANGES)
    return found


def _part(model: CharRNN, data: Encoded, rows: slice) -> tuple[Tensor, Tensor]:
    """The inputs' sums (B, T, G·H) and targets (B, T) of some names, without common padding."""
    steps = int(data.lengths[rows].max())
    return _input_sums(model, data.inputs[rows, :steps]), torch.from_numpy(
        data.targets[rows, :steps]
    )


@torch.inference_mode()
def _input_sums(model: CharRNN, inputs: np.ndarray) -> Tensor:
    return model.input_table()[torch.from_numpy(inputs)]


def _sum_exchanged(
    model: CharRNN, data: Encoded, rows: slice, partners: np.ndarray, longest: int, context: int
) -> Parts[np.ndarray]:
    """The summed loss of each name after one exchange. (K, B)"""
    own, targets = _part(model, data, rows)
    others = _input_sums(model, data.inputs[partners, : targets.shape[1]])
    ends = torch.from_numpy(data.lengths[partners] - 1)  # positions of their last letters
    states = _states_after_exchange(model, own, others, ends, context)
    rounds = min(context, targets.shape[1]) or 1
    return _sum_losses(model, states, targets, longest, rounds)


def _states_after_exchange(
    model: CharRNN, own: Tensor, others: Tensor, ends: Tensor, context: int
) -> Iterator[Tensor]:
    """h at all positions over the last 1, 2, … inputs of `own`, after those of `others`.

    own, others (B, T, G·H): the inputs' sums; ends (B,): where the others end. (B, T, H) each
    """
    if not context:
        past = _hold(_read(model, others), ends)
        yield from (h for h, *_ in _continue(model, own, past))
    for k in range(1, context):
        past = _hold(_read_windows(model, others, context - k), ends)
        yield next(islice(_continue(model, own, past), k - 1, None))[0]
    whole = _read_windows(model, own, context)[0]
    while True:  # with a longer memory, the network sees only its own name
        yield whole


def _sum_losses(
    model: CharRNN, states: Iterator[Tensor], targets: Tensor, longest: int, rounds: int = 1
) -> Parts[np.ndarray]:
    """The summed loss of each name from its states h, for each length of memory. (K, B)

    rounds: how many times the network steps through all positions for the next item of `states`.
    """
    steps = targets.shape[1]
    sums = np.empty((longest, len(targets)))
    work = rounds * cost.flop(model.cell, model.hidden_size, model.vocab_size, targets.numel())
    for k in range(min(longest, steps)):
        if k and work > HEAVY_FLOP:
            yield
        with torch.inference_mode():
            losses = nll(model.logits(next(states)), targets, "none").view(targets.shape)
            sums[k] = losses.double().sum(1).numpy()
    sums[k + 1 :] = sums[k]  # a longer memory sees the whole name: nothing changes any more
    return sums


# States at all positions at once: (B, T, H) each, position t after the input t


def _zeros(model: CharRNN, a_x: Tensor) -> State:
    zeros = a_x.new_zeros(*a_x.shape[:2], model.hidden_size)
    return (zeros, zeros) if model.cell == "lstm" else (zeros,)


def _continue(model: CharRNN, a_x: Tensor, past: State) -> Iterator[State]:
    """The states over the last 1, 2, … inputs, if the network was in `past` before them.

    past: at position t, the state after the inputs up to t. Before the first
    input the state is zero.
    """
    state = past
    while True:
        before = (torch.cat([torch.zeros_like(s[:, :1]), s[:, :-1]], dim=1) for s in state)
        state = model.step(a_x, tuple(before))
        yield state


def _read(model: CharRNN, a_x: Tensor) -> State:
    """The state after each input, with all inputs up to it."""
    state, states = model.initial_state(len(a_x)), []
    for a_t in a_x.unbind(1):
        state = model.step(a_t, state)
        states.append(state)
    return tuple(torch.stack(part, dim=1) for part in zip(*states, strict=True))


def _read_windows(model: CharRNN, a_x: Tensor, context: int) -> State:
    """The states from a zero state over the last `context` inputs up to each."""
    return next(islice(_continue(model, a_x, _zeros(model, a_x)), context - 1, None))


def _hold(state: State, ends: Tensor) -> State:
    """The same states, but after its end (B,) each name keeps the state that it had there."""
    T, rows = state[0].shape[1], torch.arange(len(ends))[:, None]
    places = torch.minimum(torch.arange(T), ends[:, None])  # (B, T)
    return tuple(s[rows, places] for s in state)


# What the experiments say


def gaps_by_memory(sums: np.ndarray, own: np.ndarray, symbols: np.ndarray) -> np.ndarray:
    """How much higher each loss is than the network's own, paired over names, and its standard
    error. (K, N), (N,), (N,) -> (K, 2)
    """
    return np.array([loss_difference(losses, own, symbols) for losses in sums])


def clear_limit(count: int, names: int) -> float:
    """How many standard errors make one of `count` differences over `names` names clear.

    With this limit, chance alone makes any of them look clearly higher in at most 2.5 % of cases
    (Bonferroni). The limit is 1.96 for one difference with many names. For 12 differences it is
    2.91 over 152 names, and 3.37 over 16, whose error is itself uncertain (Student's t;
    Abramowitz and Stegun, 26.7.5).
    """
    z, degrees = NormalDist().inv_cdf(1 - CHANCE / count), max(1, names - 1)
    second = (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
    return z + (z**3 + z) / (4 * degrees) + second


def is_clearly_higher(gaps: np.ndarray, names: int) -> np.ndarray:
    """Which of several differences over `names` names are clearly above 0. (K, 2) -> (K,)

    None if there are too few names to tell.
    """
    higher: np.ndarray = gaps[:, 0] > clear_limit(len(gaps), names) * gaps[:, 1]
    return higher & (gaps[:, 0] > ROUNDING) & (names >= ENOUGH_NAMES)


def letters_used(gaps: np.ndarray, names: int) -> int | None:
    """The smallest number of letters from which on no loss is clearly above the network's own.

    gaps (K, 2): the differences after an exchange over `names` names. None if even
    the last is clearly higher.
    """
    clear = np.flatnonzero(is_clearly_higher(gaps, names))
    used = int(clear[-1]) + 2 if len(clear) else 1
    return used if used <= len(gaps) else None


# One place of a name


@torch.inference_mode()
def probs_by_memory(model: CharRNN, vocab: Vocab, text: str, longest: int) -> np.ndarray:
    """The next symbol's probabilities after `text`, from a zero state over its last k inputs.

    (K, V) for k = 1, 2, …, up to `longest` or to the length of the text with its
    start, whichever is less.
    """
    ids = [vocab.start, *vocab.encode(text)]
    a_x = _input_sums(model, np.array([ids]))
    rows = [h[0, -1] for h in model.windows(a_x, min(longest, len(ids)))]
    return probabilities(model.logits(torch.stack(rows)).numpy())
