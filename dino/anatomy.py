"""A trained network on one name, and its weights: every number of a step, gradients, a letter map.

Letters used for shapes: T positions, V symbols, H hidden units, G gates, S moments. At position t
of a text the network has read the t letters before it. `context` bounds its memory, as in the
recipe; 0 means no bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dino.config import GATES
from dino.data import Vocab
from dino.lists import END
from dino.locale.sentences import Refusal, mark, sentence
from dino.model import CharRNN, State, nll
from dino.sample import probabilities

GATE_NAMES = {"rnn": ("h",), "gru": ("r", "z", "n"), "lstm": ("i", "f", "g", "o")}
# The blocks of a cell's matrices. A candidate (a tanh) is not a gate: it is what may be written
# into the state, not how much of it.
BLOCK_TITLES = {
    "r": mark("reset gate r"),
    "z": mark("update gate z"),
    "n": mark("candidate n"),
    "i": mark("input gate i"),
    "f": mark("forget gate f"),
    "g": mark("candidate g"),
    "o": mark("output gate o"),
}


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
def read_name(model: CharRNN, vocab: Vocab, text: str, context: int = 0) -> Reading:
    """Read a text from a zero state. Raises ValueError for a letter that is not in the list."""
    ids = [vocab.start, *vocab.encode(text)]
    h = model.hidden_states(torch.tensor([ids]), context)[0]  # (T, H)
    return Reading(np.array(ids), h.numpy(), model.logits(h).numpy())


@dataclass(frozen=True, eq=False)
class LetterStep:
    """One step of the network, with every number from the input to the probabilities after it.

    letter: the input's index, `Vocab.start` for none; h_prev, c_prev, h, c (H,): the states
    before and after, c is None unless the cell is an LSTM; from_letter, bias, from_state (G·H,):
    x W_xh, b_h, h_prev W_hh; sums (G·H,): the inputs of sigmoid or tanh; gates (G·H,): their
    outputs; logits, probs (V,).
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
def take_apart(model: CharRNN, vocab: Vocab, text: str, context: int = 0) -> LetterStep:
    """The step that reads the last letter of `text` (for an empty text, the first step).

    Raises ValueError for a letter that is not in the list.
    """
    *before, letter = _inputs(vocab, vocab.encode(text), context)
    table, state = model.input_table(), model.initial_state(1)
    for i in before:
        state = model.step(table[[i]], state)
    h_prev, bias = state[0][0], model.b_h
    from_letter = table[letter] - bias if letter == vocab.start else model.W_xh[letter]
    from_state = h_prev @ model.W_hh
    sums, gates = _squash(model.cell, from_letter + bias, from_state)
    after = model.step(table[[letter]], state)
    is_lstm = model.cell == "lstm"
    logits = _array(model.logits(after[0][0]))
    return LetterStep(
        letter=letter,
        h_prev=_array(h_prev),
        c_prev=_array(state[1][0]) if is_lstm else None,
        from_letter=_array(from_letter),
        bias=_array(bias),
        from_state=_array(from_state),
        sums=_array(sums),
        gates=_array(gates),
        h=_array(after[0][0]),
        c=_array(after[1][0]) if is_lstm else None,
        logits=logits,
        probs=probabilities(logits),
    )


def _inputs(vocab: Vocab, ids: Sequence[int], context: int) -> list[int]:
    """The start and these letters. If `context` is not 0, only the last `context` of them."""
    inputs = [vocab.start, *ids]
    return inputs[-context:] if context else inputs


def _squash(cell: str, a_x: Tensor, a_h: Tensor) -> tuple[Tensor, Tensor]:
    """The sums of all gates, and the gates, as `CharRNN.step` computes them. (G·H,)"""
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
    array: np.ndarray = x.numpy().copy()
    return array


# Gradient through time


def gradient_through_time(
    model: CharRNN, vocab: Vocab, name: str, position: int, context: int = 0
) -> dict[str, np.ndarray]:
    """‖∂loss_t / ∂h_{t−j}‖ for j = 0, 1, …: how much each earlier state could change one loss.

    loss_t = −ln p of the symbol at `position` t of `name` (its end mark for the last), in nats.
    Returns {"h": (J,)}, and "c" for an LSTM; J = t + 1, or `context` if that is smaller. In an LSTM
    most of the gradient flows through c and only little through h. The gradient for c includes its
    effect through h at the same step. Raises ValueError for a letter that is not in the list, or a
    position outside the name.
    """
    if not 0 <= position <= len(name):
        raise Refusal(
            sentence(
                "A position in this name must be from 0 to {last}, not {position}.",
                last=len(name),
                position=position,
            )
        )
    letters = vocab.encode(name + END)
    target = torch.tensor([letters[position]])
    with torch.enable_grad():
        table, state = model.input_table(), model.initial_state(1)
        states: list[State] = []
        for i in _inputs(vocab, letters[:position], context):
            state = model.step(table[[i]], state)
            states.append(state)
        loss = nll(model.logits(state[0]), target)
        wanted = [part for state in states for part in state]
        found = torch.autograd.grad(loss, wanted, allow_unused=True)
    norms = np.array([0.0 if g is None else float(g.norm()) for g in found])[::-1]  # j = 0 first
    if model.cell != "lstm":
        return {"h": norms.copy()}
    return {"h": norms[1::2].copy(), "c": norms[::2].copy()}


class Decay(NamedTuple):
    """How a gradient changes on its way back: by `factor` per letter, over `reach` letters.

    The factor is a geometric mean. It runs from the last state to the furthest one that can still
    change the loss, and depends only on the norms at these two ends, `near` and `far`.
    """

    factor: float
    reach: int
    near: float
    far: float


def gradient_decay(norms: np.ndarray) -> Decay | None:
    """The decay of a gradient through time, from its norms (J,), the last state's first.

    None if only the last state can change the loss.
    """
    reached = np.flatnonzero(norms)
    if len(reached) < 2 or reached[0] != 0:
        return None
    reach, near, far = int(reached[-1]), float(norms[0]), float(norms[reached[-1]])
    return Decay((far / near) ** (1 / reach), reach, near, far)


@torch.no_grad()
def spectral_radius(model: CharRNN) -> float:
    """The largest |eigenvalue| of a vanilla network's W_hh.

    Without tanh, the gradient would in the long run be multiplied by about this number per step.
    The slopes of tanh change that, so the radius is not a bound. The largest singular value is a
    bound, since a slope is at most 1 (Pascanu et al. 2013).
    """
    return float(torch.linalg.eigvals(model.W_hh).abs().max())


@torch.inference_mode()
def mean_gate(model: CharRNN, vocab: Vocab, text: str, context: int = 0) -> tuple[str, float]:
    """The gate that multiplies the state on its direct way from step to step, and its mean.

    The mean is over all units and all letters of `text`; the gate is z of a GRU, f of
    an LSTM. Raises ValueError for a letter that is not in the list, for an empty text,
    and for a vanilla network.
    """
    if model.cell == "rnn" or not text:
        raise Refusal(
            sentence("The mean of a gate needs a GRU or an LSTM and at least one letter.")
        )
    gate = {"gru": "z", "lstm": "f"}[model.cell]
    block = GATE_NAMES[model.cell].index(gate)
    H = model.hidden_size
    means = [
        take_apart(model, vocab, text[:end], context).gates[block * H : (block + 1) * H].mean()
        for end in range(1, len(text) + 1)
    ]
    return gate, float(np.mean(means))


# A map of the letters


def output_vectors(model: CharRNN) -> np.ndarray:
    """The output vector of every symbol: column v of W_hy minus the mean column. (V, H)

    The mean is subtracted because softmax ignores what all scores have in common.
    """
    vectors: np.ndarray = model.W_hy.detach().numpy().T
    centred: np.ndarray = vectors - vectors.mean(axis=0)
    return centred


def letter_map(moments: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Every moment's output vectors (V, H) on the first two principal axes of the last moment.

    Returns (S, V, 2) and each axis's share of the last moment's variance (2,). All moments use the
    same axes, so only the letters move.
    """
    _, sizes, axes = np.linalg.svd(moments[-1], full_matrices=False)
    plane = axes[:2]
    # The sign of an axis is arbitrary: make its largest entry positive, so the map is reproducible.
    signs = np.sign(plane[np.arange(len(plane)), np.abs(plane).argmax(axis=1)])
    plane = plane * signs[:, None]
    places = np.stack([moment @ plane.T for moment in moments])  # (S, V, 1 or 2)
    share = (sizes**2 / max((sizes**2).sum(), 1e-12))[:2]
    if places.shape[-1] < 2:  # one hidden unit spans a line
        places = np.concatenate([places, np.zeros_like(places)], axis=-1)
        share = np.append(share, 0.0)
    return places, share


# Two models


def align_symbols(probs: np.ndarray, vocab: Vocab, symbols: Sequence[str]) -> np.ndarray:
    """Probabilities (…, V) in the order of `symbols`; 0 for symbols that are not in the list."""
    wanted = np.zeros((*probs.shape[:-1], len(symbols)))
    for place, symbol in enumerate(symbols):
        if symbol in vocab.index:
            wanted[..., place] = probs[..., vocab.index[symbol]]
    return wanted


def disagreement(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Total variation between two distributions: 0 if they are the same, 1 if disjoint.

    ½ Σ |p − q|, over the last axis. (…, V), (…, V) -> (…)
    """
    distance: np.ndarray = np.abs(one - other).sum(axis=-1) / 2
    return distance
