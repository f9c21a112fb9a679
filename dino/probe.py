"""What is inside a trained network: experiments on its weights, for pages, tests and notebooks.

Letters used for shapes: N names, T positions, V symbols, H hidden units, G gates, K letters of
memory. Position t of a text stands before its letter t: what the network has read by then are the
t letters before. `context` bounds its memory, as in the recipe; 0 is no bound.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dino import cost as room
from dino.compiled import engine
from dino.config import GATES
from dino.data import END, Encoded, Vocab
from dino.evaluation import evaluation
from dino.model import CharRNN, State, nll
from dino.parts import Parts, finish, last, meanwhile
from dino.sample import probabilities

GATE_NAMES = {"rnn": ("h",), "gru": ("r", "z", "n"), "lstm": ("i", "f", "g", "o")}
USED = 0.02  # nats per symbol: a memory this close to the whole one is said to be enough


@dataclass(frozen=True, eq=False)
class Reading:
    """A text as the network read it, at T = letters + 1 positions.

    ids (T,): the inputs, `Vocab.start` first; hidden (T, H): the state after each;
    logits (T, V): the scores of the next symbol.
    """

    ids: np.ndarray
    hidden: np.ndarray
    logits: np.ndarray

    @property
    def probs(self) -> np.ndarray:
        """The probability of every next symbol. (T, V)"""
        return probabilities(self.logits)


@torch.inference_mode()
def read(model: CharRNN, vocab: Vocab, text: str, context: int = 0) -> Reading:
    """Read a text from a zero state. Raises ValueError for a letter that the list does not have."""
    ids = [vocab.start, *vocab.encode(text)]
    h = model.hidden_states(torch.tensor([ids]), context)[0]  # (T, H)
    return Reading(np.array(ids), h.numpy(), model.logits(h).numpy())


@dataclass(frozen=True, eq=False)
class Step:
    """One step of the network, taken apart: every number between an input and its probabilities.

    letter: the input's index, `Vocab.start` for none; h_prev, c_prev, h, c (H,): the states before
    and after, c None but for the LSTM; from_letter, bias, from_state (G·H,): x W_xh, b_h, h_prev
    W_hh; sums (G·H,): what is squashed; gates (G·H,): squashed; logits, probs (V,).
    """

    letter: int
    h_prev: np.ndarray
    c_prev: np.ndarray | None
    from_letter: np.ndarray
    bias: np.ndarray
    from_state: np.ndarray
    sums: np.ndarray
    gates: np.ndarray
    h: np.ndarray
    c: np.ndarray | None
    logits: np.ndarray
    probs: np.ndarray


@torch.inference_mode()
def take_apart(model: CharRNN, vocab: Vocab, text: str, context: int = 0) -> Step:
    """The step that reads the last letter of `text` (the first step of all for an empty one).

    Raises ValueError for a letter that the list does not have.
    """
    ids = [vocab.start, *vocab.encode(text)]
    ids = ids[-context:]  # all of them for context 0
    table = model.input_table()
    state = model.initial_state(1)
    for i in ids[:-1]:
        state = model.step(table[[i]], state)
    letter, h_prev = ids[-1], state[0][0]
    bias = model.b_h
    from_letter = table[letter] - bias if letter == vocab.start else model.W_xh[letter]
    from_state = h_prev @ model.W_hh
    sums, gates = _squash(model.cell, from_letter + bias, from_state)
    after = model.step(table[[letter]], state)
    h, c = after[0][0], after[1][0] if model.cell == "lstm" else None
    logits = model.logits(h)
    return Step(
        letter, _array(h_prev), _array(state[1][0]) if model.cell == "lstm" else None,
        _array(from_letter), _array(bias), _array(from_state), _array(sums), _array(gates),
        _array(h), None if c is None else _array(c), _array(logits),
        probabilities(_array(logits)))


def _squash(cell: str, a_x: Tensor, a_h: Tensor) -> tuple[Tensor, Tensor]:
    """The sums of all gates and the gates themselves, as `CharRNN.step` computes them. (G·H,)"""
    if cell == "rnn":
        return a_x + a_h, torch.tanh(a_x + a_h)
    H = len(a_x) // GATES[cell]
    if cell == "lstm":
        sums = a_x + a_h
        gates = torch.sigmoid(sums)
        gates[2 * H : 3 * H] = torch.tanh(sums[2 * H : 3 * H])
        return sums, gates
    r_z = a_x[: 2 * H] + a_h[: 2 * H]
    n = a_x[2 * H :] + torch.sigmoid(r_z[:H]) * a_h[2 * H :]
    return torch.cat([r_z, n]), torch.cat([torch.sigmoid(r_z), torch.tanh(n)])


def _array(x: Tensor) -> np.ndarray:
    return x.numpy().copy()


def dial(
    model: CharRNN, data: Encoded, longest: int
) -> Iterator[tuple[float, np.ndarray | None]]:
    """Loss on `data` if a prediction may see only its last 1, 2, … `longest` inputs.

    Inputs are letters and, before the first, the start: with one more than the longest name has
    letters, it is the ordinary loss. At evaluation only: the weights stay as they are. Yields,
    again and again until all names are in: the share of them that is, and the losses so far (K,),
    nats per symbol; None before the first names are in.
    """
    totals, symbols, count = np.zeros(longest), 0, len(data.lengths)
    at_once = _names_at_once(model, data, longest, 64)
    now: tuple[float, np.ndarray | None] = (0.0, None)
    for start in range(0, count, at_once):
        part = slice(start, start + at_once)
        totals += yield from meanwhile(_dialled(model, data, part, longest), now)
        symbols += int(data.lengths[part].sum())
        now = min(1.0, (start + at_once) / count), totals / symbols
        yield now


def _dialled(model: CharRNN, data: Encoded, part: slice, longest: int) -> Parts[np.ndarray]:
    """The summed losses of some names over their last 1, 2, … `longest` inputs. (K,)"""
    totals, steps = np.zeros(longest), int(data.lengths[part].max())
    inputs, targets = (torch.from_numpy(x[part, :steps]) for x in data[:2])
    heavy = room.flop(model.cell, model.hidden_size, model.vocab_size, inputs.numel()) > 1e8
    rounds = model.windows(_input_sums(model, inputs), min(longest, steps))
    for k in range(min(longest, steps)):
        if k and heavy:
            yield
        with torch.inference_mode():
            loss = float(nll(model.logits(next(rounds)), targets, "sum"))
        totals[k] = loss
    totals[k + 1 :] = loss  # by then there is nothing more to see
    return totals


@torch.inference_mode()
def _input_sums(model: CharRNN, inputs: Tensor) -> Tensor:
    return model.input_table()[inputs]


def _names_at_once(model: CharRNN, data: Encoded, context: int, most: int) -> int:
    """How many names one part of a look at them may have."""
    steps = data.inputs.shape[1]
    names, _ = room.look(model.cell, model.hidden_size, model.vocab_size, steps,
                         min(context, steps - 1))
    return min(most, names)


@torch.inference_mode()
def windows(model: CharRNN, vocab: Vocab, text: str, longest: int) -> np.ndarray:
    """The next symbol's probabilities after `text`, if only its last k inputs are seen. (K, V)

    k = 1, 2, …, `longest`, or to the length of the text and its start, where that is less.
    """
    ids = [vocab.start, *vocab.encode(text)]
    a_x = model.input_table()[torch.tensor([ids])]
    rows = [h[0, -1] for h in model.windows(a_x, min(longest, len(ids)))]
    return probabilities(model.logits(torch.stack(rows)).numpy())


def letters_used(losses: np.ndarray, whole: float) -> int | None:
    """The fewest letters of memory that come within USED of the `whole` memory's loss; or None."""
    enough = np.flatnonzero(losses <= whole + USED)
    return int(enough[0]) + 1 if len(enough) else None


@torch.no_grad()
def silenced(model: CharRNN, units: Collection[int]) -> CharRNN:
    """A copy in which nobody hears the `units`: what leaves them, W_hh's and W_hy's rows, is zero.

    That is the same as setting their hidden states to zero at every step.
    """
    copy = CharRNN(model.cell, model.hidden_size, model.vocab_size)
    for mine, theirs in zip(copy.parameters(), model.parameters(), strict=True):
        mine.copy_(theirs)
    rows = sorted(units)
    copy.W_hh[rows], copy.W_hy[rows] = 0.0, 0.0
    return copy


def loss_of(model: CharRNN, data: Encoded, context: int = 0) -> float:
    """Mean of −ln p(target) over all real targets of `data`; compiled where that is at hand."""
    return finish(losing(model, data, context))


def losing(model: CharRNN, data: Encoded, context: int = 0) -> Parts[float]:
    """The same in parts: yields after each, and returns the loss."""
    if context or not engine.ready():
        inputs, targets = map(torch.from_numpy, data[:2])
        return evaluation(model, inputs, targets, context)
    weights = torch.cat([p.detach().reshape(-1) for p in model.parameters()]).numpy()
    return engine.evaluation(model.cell, model.hidden_size, model.vocab_size, weights, data)


def name_losses(model: CharRNN, data: Encoded, context: int = 0) -> np.ndarray:
    """The sum of −ln p(target) over each name's letters and end mark. (N,) nats"""
    return last(name_losses_in_parts(model, data, context))[1]


def name_losses_in_parts(
    model: CharRNN, data: Encoded, context: int = 0
) -> Iterator[tuple[float, np.ndarray]]:
    """The same in parts: the share that is done, and the sums (N,), NaN for the rest."""
    sums, count = np.full(len(data.lengths), np.nan), len(data.lengths)
    for part in _slices(model, data, context):
        inputs, targets = (torch.from_numpy(array[part]) for array in data[:2])
        sums[part] = yield from meanwhile(
            _summed(model, inputs, targets, context), (min(0.999, part.start / count), sums))
        yield part.stop / count, sums


def _summed(
    model: CharRNN, inputs: Tensor, targets: Tensor, context: int
) -> Parts[np.ndarray]:
    total = torch.zeros(len(inputs))
    for i, places in enumerate(_places(model, inputs.shape[1], context)):
        if i:
            yield
        with torch.inference_mode():
            h = model.hidden_states(inputs, context, None, places)
            log_p, goals = model.logits(h).log_softmax(-1), targets[:, places]  # (B, T, V)
            picked = log_p.gather(-1, goals.clamp(min=0)[..., None])[..., 0]
            total = total - (picked * (goals >= 0)).sum(1)
    return total.double().numpy()


def _slices(model: CharRNN, data: Encoded, context: int) -> Iterator[slice]:
    """All names, so many at a time as one part may have."""
    count, at_once = len(data.lengths), _names_at_once(model, data, context, 256)
    for start in range(0, count, at_once):
        yield slice(start, min(count, start + at_once))


def _places(model: CharRNN, steps: int, context: int) -> Iterator[slice]:
    """All positions, at once but where a memory is bounded and one name is too large."""
    _, at_once = room.look(model.cell, model.hidden_size, model.vocab_size, steps, context)
    for first in range(0, steps, at_once):
        yield slice(first, min(steps, first + at_once))


def difference(
    one: np.ndarray, other: np.ndarray, symbols: np.ndarray
) -> tuple[float, float]:
    """By how much `one` loses more than `other` a symbol, and the standard error over names.

    one, other (N,): two models' losses on the same names; symbols (N,): their targets. The error
    is that of a ratio of two means (Cochran 1977, section 2.11).
    """
    gaps, N = one - other, len(symbols)
    ratio = float(gaps.sum() / symbols.sum())
    spread = ((gaps - ratio * symbols) ** 2).sum() * N / max(1, N - 1)
    return ratio, float(np.sqrt(spread) / symbols.sum())


def worth(
    model: CharRNN, data: Encoded, context: int = 0
) -> Iterator[tuple[float, np.ndarray | None]]:
    """By how much the loss on `data` rises if one unit alone is silenced, for every unit. (H,)

    Yields after every part: the share that is done, and the rises so far, NaN for the rest; None
    before the first one is known. Nats per symbol.
    """
    rises = np.full(model.hidden_size, np.nan)
    whole = yield from meanwhile(losing(model, data, context), (0.0, None))
    for unit in range(model.hidden_size):
        loss = yield from meanwhile(losing(silenced(model, [unit]), data, context),
                                    (unit / model.hidden_size, rises if unit else None))
        rises[unit] = loss - whole
        yield (unit + 1) / model.hidden_size, rises


def unit_values(model: CharRNN, data: Encoded, unit: int, context: int = 0) -> np.ndarray:
    """One unit's state at every position of every name, NaN after a name's end. (N, T)"""
    return last(unit_values_in_parts(model, data, unit, context))[1]


def unit_values_in_parts(
    model: CharRNN, data: Encoded, unit: int, context: int = 0
) -> Iterator[tuple[float, np.ndarray]]:
    """The same in parts: the share that is done, and the values (N, T), NaN for the rest."""
    values, count = np.full(data.inputs.shape, np.nan, np.float32), len(data.lengths)
    for part in _slices(model, data, context):
        inputs, there = torch.from_numpy(data.inputs[part]), data.targets[part] >= 0
        for places in _places(model, inputs.shape[1], context):
            with torch.inference_mode():
                h = model.hidden_states(inputs, context, None, places)[..., unit].numpy()
            values[part, places] = np.where(there[:, places], h, np.nan)
            yield min(0.999, part.start / count), values
        yield part.stop / count, values


def by_letter(values: np.ndarray, data: Encoded, vocab: Vocab) -> np.ndarray:
    """Mean of a unit's `values` (N, T) after each letter, and last at the start. (V + 1,)

    NaN for the end mark, after which nothing is read, and for letters that `data` does not have.
    """
    there = np.isfinite(values)
    ids, found = data.inputs[there], values[there]
    counts = np.bincount(ids, minlength=vocab.start + 1)
    with np.errstate(invalid="ignore"):
        return np.bincount(ids, found, minlength=vocab.start + 1) / counts


def extremes(
    values: np.ndarray, count: int, most: bool = True
) -> list[tuple[int, int, float]]:
    """Where a unit is most on (or most off): row, position and value, one place a name."""
    filled = np.where(np.isfinite(values), values if most else -values, -np.inf)  # (N, T)
    best = filled.argmax(axis=1)
    peaks = filled[np.arange(len(filled)), best]
    rows = np.argsort(-peaks, kind="stable")[:count]
    return [(int(n), int(best[n]), float(values[n, best[n]])) for n in rows]


def gradient_through_time(
    model: CharRNN, vocab: Vocab, name: str, position: int, context: int = 0
) -> dict[str, np.ndarray]:
    """‖∂loss_t / ∂h_{t−j}‖ for j = 0, 1, …: how much each earlier state could change one loss.

    loss_t = −ln p of the symbol at `position` t of `name` (its end mark for the last), in nats.
    Gives {"h": (J,)}, for the LSTM "c" too; J = t + 1, or `context` where that is less. Through an
    LSTM's h alone little flows: c is its road. Raises ValueError for a letter that the list does
    not have, or a position outside the name. A change of c is felt through the h beside it too.
    """
    if not 0 <= position <= len(name):
        raise ValueError(f"A position in this name is from 0 to {len(name)}; {position} is not.")
    ids, target = vocab.encode(name + END)[:position], vocab.encode(name + END)[position]
    ids = [vocab.start, *ids][-context:]  # all of them for context 0
    with torch.enable_grad():
        table, state = model.input_table(), model.initial_state(1)
        states: list[State] = []
        for i in ids:
            state = model.step(table[[i]], state)
            states.append(state)
        loss = nll(model.logits(state[0]), torch.tensor([target]))
        wanted = [s for state in states for s in state]
        found = torch.autograd.grad(loss, wanted, allow_unused=True)
    norms = np.array([0.0 if g is None else float(g.norm()) for g in found])[::-1]  # j = 0 first
    if model.cell != "lstm":
        return {"h": norms.copy()}
    return {"h": norms[1::2].copy(), "c": norms[::2].copy()}


@torch.no_grad()
def spectral_radii(model: CharRNN) -> dict[str, float]:
    """The largest |eigenvalue| of each gate's (H, H) block of W_hh.

    A vanilla network's gradient through time shrinks or grows by about this factor a step, less
    what tanh takes from it (Pascanu et al. 2013).
    """
    blocks = model.W_hh.split(model.hidden_size, dim=1)
    return {name: float(torch.linalg.eigvals(block).abs().max())
            for name, block in zip(GATE_NAMES[model.cell], blocks, strict=True)}


def output_vectors(model: CharRNN) -> np.ndarray:
    """The output vector of every symbol: column v of W_hy, less the mean of all. (V, H)

    Softmax does not see what all scores have in common, so neither does the map.
    """
    W = model.W_hy.detach().numpy().T
    return W - W.mean(axis=0)


def letter_map(moments: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Every moment's output vectors (V, H) on the two axes along which the last ones spread most.

    Gives (S, V, 2) and the share of the last moment's spread that each axis shows (2,). The axes
    are the last moment's principal components, for all moments the same: what moves is the letters.
    """
    _, sizes, axes = np.linalg.svd(moments[-1], full_matrices=False)
    plane = axes[:2]
    signs = np.sign(plane[np.arange(len(plane)), np.abs(plane).argmax(axis=1)])
    plane = plane * signs[:, None]
    places = np.stack([m @ plane.T for m in moments])  # (S, V, 1 or 2)
    share = (sizes**2 / max((sizes**2).sum(), 1e-12))[:2]
    if places.shape[-1] < 2:  # one hidden unit spans a line
        places = np.concatenate([places, np.zeros_like(places)], axis=-1)
        share = np.append(share, 0.0)
    return places, share


def vowels(vocab: Vocab) -> list[int]:
    """The indices of a, e, i, o, u, with or without accents."""
    bases = [unicodedata.normalize("NFD", symbol)[0].lower() for symbol in vocab.symbols]
    return [i for i, base in enumerate(bases) if base in "aeiou"]


def gathering(vectors: np.ndarray, group: Sequence[int], among: Sequence[int]) -> float:
    """Mean distance between the vectors of `group`, over that of all pairs of `among`."""
    def mean_distance(ids: Sequence[int]) -> float:
        chosen = vectors[list(ids)]
        distances = np.linalg.norm(chosen[:, None] - chosen[None], axis=-1)
        return float(distances.sum() / (len(chosen) * (len(chosen) - 1)))

    whole = mean_distance(among)
    return mean_distance(group) / whole if whole > 0 else 1.0


def aligned(probs: np.ndarray, vocab: Vocab, symbols: Sequence[str]) -> np.ndarray:
    """Probabilities (…, V) in the order of `symbols`, 0 for those that the list does not have."""
    wanted = np.zeros((*probs.shape[:-1], len(symbols)))
    for place, symbol in enumerate(symbols):
        if symbol in vocab.index:
            wanted[..., place] = probs[..., vocab.index[symbol]]
    return wanted


def disagreement(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Total variation between two distributions: 0 where they are the same, 1 where disjoint.

    ½ Σ |p − q|, over the last axis. (…, V), (…, V) -> (…)
    """
    return np.abs(one - other).sum(axis=-1) / 2
