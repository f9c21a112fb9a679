"""What one update did: the losses of its letters, its gradient, how far each matrix moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from dino.config import Config
from dino.data import Corpus
from dino.evaluation import letter_losses_in_parts
from dino.model import CharRNN
from dino.parts import Parts
from dino.training_state import TrainingState, Updates

NAMES_SHOWN = 32  # of a batch


class NameLosses(NamedTuple):
    """A name of the batch, and −ln p of each of its letters and of its end mark, in nats.

    losses: one more than the name has letters.
    """

    name: str
    losses: tuple[float, ...]


class Move(NamedTuple):
    """How far an update moved one of the weights; `cost.layers` has the names.

    change: the length of the difference (Euclidean norm over all its numbers)
    before: the weight's length before the update
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
    clip_norm: the recipe's, 0 if it does not clip; clipped: whether the gradient was shortened
    moved: of the trained weights, in the model's order, also if their average is evaluated
    with_dropout: whether the recipe drops letters, units or weights. Loss and gradient are
    then those of the update, with dropout. The names' losses are those of the whole network,
    before the update.
    count_teacher: the share of soft targets in the gradient; the losses are those of the letters
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
    count_teacher: float = 0.0


class Before(NamedTuple):
    """What is measured before an update: its names' losses, and a copy of the weights (P,)."""

    names: tuple[NameLosses, ...]
    batch_size: int
    weights: Tensor


def look_before(model: CharRNN, corpus: Corpus, rows: Tensor, context: int) -> Parts[Before]:
    """Measure the names of the next update, without dropout. rows (B,): their rows.

    It draws nothing and changes nothing, so training continues as if it had not been called.
    """
    shown, data = rows[:NAMES_SHOWN], corpus.train_arrays
    lengths = torch.from_numpy(data.lengths)[shown]
    T = int(lengths.max())
    inputs, targets = (torch.from_numpy(array)[shown, :T] for array in (data.inputs, data.targets))
    losses = yield from letter_losses_in_parts(model, inputs, targets, context)  # (B, T)
    names = tuple(
        NameLosses(corpus.train[row], tuple(of_name[:length].tolist()))
        for row, of_name, length in zip(shown, losses, lengths, strict=True)
    )
    return Before(names, len(rows), torch.cat([p.detach().reshape(-1) for p in model.parameters()]))


def make_report(
    before: Before, config: Config, model: CharRNN, state: TrainingState, updates: Updates
) -> StepReport:
    """The report of the update that was just made."""
    norm = float(updates.norms[0])
    return StepReport(
        step=state.step_count,
        names=before.names,
        batch_size=before.batch_size,
        loss=float(updates.losses[0]),
        gradient_norm=norm if config.clip_norm else float(state.gradient.norm()),
        clip_norm=config.clip_norm,
        clipped=norm > config.clip_norm,
        moved=_moves(model, before.weights),
        with_dropout=config.drops,
        learning_rate=state.learning_rate,
        count_teacher=config.count_teacher,
    )


def _moves(model: CharRNN, before: Tensor) -> tuple[Move, ...]:
    """How far each of the model's weights has moved. before (P,): all weights before that."""
    named = list(model.named_parameters())
    parts = before.split([now.numel() for _, now in named])
    return tuple(
        Move(name, float((now.detach().reshape(-1) - old).norm()), float(old.norm()))
        for (name, now), old in zip(named, parts, strict=True)
    )
