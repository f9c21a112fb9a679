"""The loss of a network on names, in parts: no gradient, no dropout, the weights as they are."""

from __future__ import annotations

import torch
from torch import Tensor

from dino import cost as room
from dino.model import CharRNN, nll
from dino.parts import Parts, finish


def evaluate(model: CharRNN, inputs: Tensor, targets: Tensor, context: int = 0) -> float:
    """Mean of −ln p(target) over all real targets. (N, T), (N, T) -> nats per symbol"""
    return finish(evaluation(model, inputs, targets, context))


def evaluation(
    model: CharRNN, inputs: Tensor, targets: Tensor, context: int = 0
) -> Parts[float]:
    """The same in parts: yields after each, and returns the loss."""
    steps, total = inputs.shape[1], 0.0
    names, places = room.look(
        model.cell, model.hidden_size, model.vocab_size, steps, context)
    for part, goal in zip(inputs.split(names), targets.split(names), strict=True):
        for first in range(0, steps, places):
            total += _loss(model, part, goal, context, slice(first, min(steps, first + places)))
            yield
    return total / int((targets >= 0).sum())


@torch.inference_mode()
def _loss(
    model: CharRNN, inputs: Tensor, targets: Tensor, context: int, places: slice
) -> float:
    h = model.hidden_states(inputs, context, None, places)
    return float(nll(model.logits(h), targets[:, places], "sum"))
