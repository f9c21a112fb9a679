"""The loss of a network on names: no gradient, no dropout, the weights as they are."""

from __future__ import annotations

import torch
from torch import Tensor

from dino import cost
from dino.model import CharRNN, nll
from dino.parts import Parts, finish


def evaluate(model: CharRNN, inputs: Tensor, targets: Tensor, context: int = 0) -> float:
    """Mean of −ln p(target) over all real targets. (N, T), (N, T) -> nats per symbol"""
    return finish(evaluate_in_parts(model, inputs, targets, context))


def evaluate_in_parts(
    model: CharRNN, inputs: Tensor, targets: Tensor, context: int = 0
) -> Parts[float]:
    """The same in parts: yields after each, and returns the loss."""
    T, total = inputs.shape[1], 0.0
    names, positions = cost.evaluation_part_size(
        model.cell, model.hidden_size, model.vocab_size, T, context
    )
    for x, y in zip(inputs.split(names), targets.split(names), strict=True):
        for first in range(0, T, positions):
            places = slice(first, min(T, first + positions))
            total += _summed_loss(model, x, y, context, places)
            yield
    return total / int((targets >= 0).sum())


@torch.inference_mode()
def _summed_loss(
    model: CharRNN, inputs: Tensor, targets: Tensor, context: int, places: slice
) -> float:
    h = model.hidden_states(inputs, context, None, places)
    return float(nll(model.logits(h), targets[:, places], "sum"))
