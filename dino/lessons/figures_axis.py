"""Which axis is time: one name as 14 steps of one row, or as one step of 14 rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

import torch

from dino.data import Vocab, encode
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.item import Value
from dino.model import nll, start_network
from dino.presets import PRESETS

NAME = "jinzhousaurus"  # in the pictures: the start and 13 letters, 14 inputs


class Flow(NamedTuple):
    """The results of one layout of a name.

    loss: mean of −ln p over the targets, in nats; gradient: the length (Frobenius
    norm) of ∂L/∂W_hh;
    largest: its largest entry, without its sign
    """

    loss: float
    gradient: float
    largest: float


class NameLayout(NamedTuple):
    """How a name is laid out in x. shape: batch, time, symbols; is_time: its letters are
    steps of time.
    """

    shape: tuple[int, int, int]
    is_time: bool


def _vocab() -> Vocab:
    return dinosaurs().vocab


def layout_of(is_time: bool, name: str = NAME) -> NameLayout:
    """The shape of a name's one-hot inputs, its letters on the time axis or on the batch axis."""
    steps, symbols = len(name) + 1, len(_vocab())
    return NameLayout((1, steps, symbols) if is_time else (steps, 1, symbols), is_time)


@cache
def flow(is_time: bool, seed: int | None = None, name: str = NAME) -> Flow:
    """A name through First success's network before its first step, and the gradient back.

    is_time: the letters are on the time axis, so the state goes from one to the next; else each
    letter is a row of the batch. seed: of the network, by default the recipe's.
    """
    config, vocab = PRESETS["first-success"].config, _vocab()
    start = torch.Generator().manual_seed(config.seed if seed is None else seed)
    model = start_network(config, len(vocab), start)
    encoded = encode([name], vocab)
    inputs, targets = map(torch.from_numpy, encoded[:2])  # (1, T)
    if not is_time:
        inputs, targets = inputs.T, targets.T  # (T, 1)
    with torch.enable_grad():
        loss = nll(model(inputs), targets)
        (gradient,) = torch.autograd.grad(loss, [model.W_hh])
    return Flow(float(loss.detach()), float(gradient.norm()), float(gradient.abs().max()))


def verdict() -> str:
    """The right choice of the bet: the gradient with the letters on the batch axis."""
    found, through_time = flow(is_time=False).gradient, flow(is_time=True).gradient
    if found == 0:
        return "zero"
    return "same" if abs(found - through_time) <= 0.01 * through_time else "small"


FIGURES: Mapping[str, Callable[[], Value]] = {
    "axis_inputs": lambda: len(NAME) + 1,
    "axis_letters": lambda: len(NAME),
    "axis_gradient_time": lambda: flow(is_time=True).gradient,
    "axis_gradient_batch": lambda: flow(is_time=False).gradient,
    "axis_largest_batch": lambda: flow(is_time=False).largest,
    "axis_loss_apart": lambda: abs(flow(is_time=True).loss - flow(is_time=False).loss),
    "axis_verdict": verdict,
}
