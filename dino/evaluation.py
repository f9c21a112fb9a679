"""The loss of a network on names: no gradient, no dropout, the weights as they are."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from dino import cost
from dino.data import Corpus, encode
from dino.model import CharRNN, nll
from dino.parts import Parts, finish


def evaluate(model: CharRNN, inputs: Tensor, targets: Tensor, context: int = 0) -> float:
    """Mean of −ln p(target) over all real targets. (N, T), (N, T) -> nats per symbol"""
    return finish(evaluate_in_parts(model, inputs, targets, context))


def evaluate_in_parts(
    model: CharRNN, inputs: Tensor, targets: Tensor, context: int = 0
) -> Parts[float]:
    """`evaluate` in parts: yields after each part, and returns the loss."""
    total = 0.0
    for rows, places in _part_slices(model, inputs, context):
        total += float(_loss(model, inputs[rows], targets[rows], context, places, "sum"))
        yield
    return total / int((targets >= 0).sum())


def exam_loss(model: CharRNN, corpus: Corpus, context: int = 0) -> float:
    """The loss on the names of the final exam (test set), nats per symbol: `evaluate` on them.

    model: with the run's averaged weights, as for its held-out loss. Raises ZeroDivisionError
    for a list without an exam.
    """
    inputs, targets, _ = map(torch.from_numpy, encode(corpus.exam, corpus.vocab))
    return evaluate(model, inputs, targets, context)


def letter_losses_in_parts(
    model: CharRNN, inputs: Tensor, targets: Tensor, context: int = 0
) -> Parts[Tensor]:
    """−ln p of each target in nats, in parts; 0 for padding. (N, T), (N, T) -> (N, T)"""
    losses = torch.zeros(targets.shape)
    for rows, places in _part_slices(model, inputs, context):
        found = _loss(model, inputs[rows], targets[rows], context, places, "none")
        losses[rows, places] = found.view(losses[rows, places].shape)
        yield
    return losses


def _part_slices(model: CharRNN, inputs: Tensor, context: int) -> Iterator[tuple[slice, slice]]:
    """Which names, and which of their positions, are evaluated at once."""
    N, T = inputs.shape
    names, positions = cost.evaluation_part_size(
        model.cell, model.hidden_size, model.vocab_size, T, context
    )
    for row in range(0, N, names):
        for place in range(0, T, positions):
            yield slice(row, min(N, row + names)), slice(place, min(T, place + positions))


@torch.inference_mode()
def _loss(
    model: CharRNN, inputs: Tensor, targets: Tensor, context: int, places: slice, reduction: str
) -> Tensor:
    h = model.hidden_states(inputs, context, None, places)
    return nll(model.logits(h), targets[:, places], reduction)
