"""The start of a name through the unrolled network: forward step by step, and the gradient back.

T steps. Step t has read the t letters before it and predicts the next symbol. All steps use the
same matrices. Shapes as in `anatomy.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from dino.data import Vocab
from dino.lists import END
from dino.model import CharRNN, nll
from dino.sample import probabilities

NONE = -1  # an unknown target; `nll` leaves it out


@dataclass(frozen=True, eq=False)
class Unrolled:
    """Every step that the last prediction depends on.

    ids (T,): the inputs; targets (T,): the symbols that came next, NONE after the last letter of an
    unfinished name; hidden (T + 1, H): the states, h_0 first; probs (T, V); losses (T,): −ln p of
    the targets, in nats, NaN if unknown. left_out: how many earlier inputs a bounded memory does
    not see. If there are any, the network's predictions before the last one begin at other inputs,
    so those steps have no target and NaN probabilities.
    """

    ids: np.ndarray
    targets: np.ndarray
    hidden: np.ndarray
    probs: np.ndarray
    left_out: int

    @property
    def losses(self) -> np.ndarray:
        """−ln p of each target, in nats; NaN if it is unknown. (T,)"""
        taken = self.probs[np.arange(len(self.ids)), self.targets]
        with np.errstate(divide="ignore"):
            losses: np.ndarray = np.where(self.targets == NONE, np.nan, -np.log(taken))
        return losses


@torch.inference_mode()
def unroll(
    model: CharRNN, vocab: Vocab, text: str, ended: bool = False, context: int = 0
) -> Unrolled:
    """Read a text from a zero state.

    ended: whether its end mark came last. context: how many inputs a prediction sees, 0 for all.
    Raises ValueError for a letter that is not in the list.
    """
    letters = vocab.encode(text)
    ids = [vocab.start, *letters]
    targets = [*letters, vocab.index[END] if ended else NONE]
    left_out = max(0, len(ids) - context) if context else 0
    ids, targets = ids[left_out:], targets[left_out:]
    table, state = model.input_table(), model.initial_state(1)
    hidden = [state[0]]
    for i in ids:
        state = model.step(table[[i]], state)
        hidden.append(state[0])
    h = torch.cat(hidden)
    probs = probabilities(model.logits(h[1:]).numpy())
    if left_out:
        probs[:-1], targets[:-1] = np.nan, [NONE] * (len(ids) - 1)
    return Unrolled(np.array(ids), np.array(targets), h.numpy(), probs, left_out)


@dataclass(frozen=True, eq=False)
class Backward:
    """The gradient of the loss L: the mean of −ln p over all targets of a strip, in nats.

    of: the state whose gradient this is: h, or c of an LSTM, through which most of it flows
    states (T,): the length (Euclidean norm) of ∂L/∂h_t or ∂L/∂c_t
    parts (T,): the length of what step t adds to ∂L/∂W_hh, because all steps use this one matrix
    collected (T,): the length of the sum of the parts of step t and all later ones, as it grows on
    the way back
    gradient (H, G·H): the sum of all parts, ∂L/∂W_hh
    """

    of: str
    states: np.ndarray
    parts: np.ndarray
    collected: np.ndarray
    gradient: np.ndarray


def flow_back(model: CharRNN, unrolled: Unrolled) -> Backward | None:
    """Backpropagation through time along a strip. None if no target is known, or if a bounded
    memory left inputs out.

    Each step gets its own view of W_hh, so that autograd tells what the step adds to the gradient.
    Only sums are kept, because each part is as large as the matrix.
    """
    if unrolled.left_out or not (unrolled.targets != NONE).any():
        return None
    parts, collected = np.zeros((2, len(unrolled.ids)))
    gradient = torch.zeros(model.W_hh.shape)

    def collect(t: int, part: Tensor) -> None:  # the last step comes first
        gradient.add_(part)
        parts[t], collected[t] = float(part.norm()), float(gradient.norm())

    with torch.enable_grad():
        table, shared = model.input_table().detach(), model.W_hh.detach().requires_grad_()
        state = model.initial_state(1)
        states: list[Tensor] = []
        hidden: list[Tensor] = []
        for t, i in enumerate(unrolled.ids):
            W_hh = shared.view_as(shared)
            W_hh.register_hook(partial(collect, t))
            state = model.step(table[[int(i)]], state, W_hh)
            hidden.append(state[0])
            states.append(state[-1])  # c of an LSTM
        loss = nll(model.logits(torch.cat(hidden)), torch.from_numpy(unrolled.targets))
        found = torch.autograd.grad(loss, [*states, shared], allow_unused=True)
    lengths = np.array([0.0 if g is None else float(g.norm()) for g in found[:-1]])
    of = "c" if model.cell == "lstm" else "h"
    return Backward(of, lengths, parts, collected, gradient.numpy())
