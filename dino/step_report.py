"""What one update did: the losses of its letters, its gradient, how far each matrix moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

NAMES_SHOWN = 32  # of a batch


class NameLosses(NamedTuple):
    """A name of the batch, and −ln p of each of its letters and of its end mark, in nats.

    losses: one more than the name has letters.
    """

    name: str
    losses: tuple[float, ...]


class Move(NamedTuple):
    """How far an update moved one of the weights, which is called as in `cost.layers`.

    change: the length of the difference (Euclidean norm over all its numbers)
    before: its own length before the update
    """

    name: str
    change: float
    before: float


@dataclass(frozen=True)
class StepReport:
    """What one update did.

    step: its number, from 1 on; names: the batch's first ones, at most `NAMES_SHOWN`
    loss: the batch's mean over all its targets, as the run noted it; nats per symbol
    gradient_norm: the gradient's length before it was clipped
    clip_norm: the recipe's, 0 where it clips nothing; clipped: whether the gradient was shortened
    moved: of the weights that are trained, in the model's order, where an average is evaluated too
    with_dropout: whether the recipe has dropout. Loss and gradient are the update's own, with what
    it left out; the names' losses are those of the whole network, before the update.
    """

    step: int
    names: tuple[NameLosses, ...]
    batch_size: int
    loss: float
    gradient_norm: float
    clip_norm: float
    clipped: bool
    moved: tuple[Move, ...]
    with_dropout: bool
    learning_rate: float
