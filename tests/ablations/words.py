"""Ablations of the made-up words: what each cell learns, and whether an orthogonal W_hh matters."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from unittest import mock

import torch
from torch import Tensor

from dino import echo_biases, model
from dino.config import CELLS
from dino.echo import train_in_parts
from dino.parts import last_result

from . import Ablation, Finding, Seeds, finding

DISTANCES = (8, 16, 32)

Start = Callable[[int, int, torch.Generator], Tensor]


def gaussian(rows: int, columns: int, generator: torch.Generator) -> Tensor:
    """Normal numbers of variance 1 / H: columns of about length 1, not orthogonal."""
    return torch.randn(rows, columns, generator=generator) / math.sqrt(rows)


STARTS: dict[str, Start] = {
    "orthogonal, as in the app": model.orthogonal,
    "N(0, 1/H)": gaussian,
    "Glorot": model.glorot,
}


def orthogonal(seeds: Seeds) -> Iterator[Finding]:
    """The RNN on the made-up words, its W_hh begun in three ways."""
    for k in DISTANCES:
        for name, start in STARTS.items():
            with mock.patch.object(model, "orthogonal", start):
                learned = [_learns("rnn", k, seed) for seed in seeds]
            yield finding(f"k = {k}, W_hh {name}: learned", learned)


def echo(seeds: Seeds) -> Iterator[Finding]:
    """Each cell on the made-up words, as the lesson trains it."""
    for cell, name in CELLS.items():
        for k in DISTANCES:
            yield finding(f"{name}, k = {k}: learned", [_learns(cell, k, seed) for seed in seeds])


def forget_bias(seeds: Seeds) -> Iterator[Finding]:
    """LSTMs with two forget biases on them, as `python -m tests.echo_bias` trained them."""
    for k in echo_biases.DISTANCES:
        for bias in echo_biases.BIASES:
            here = [it for it in echo_biases.networks() if (it.k, it.forget_bias) == (k, bias)]
            if learned := [it.is_learned for it in here if it.seed in seeds]:
                yield finding(f"k = {k}, forget bias {bias:g}: learned", learned)


def _learns(cell: str, k: int, seed: int) -> bool:
    _, (network,) = last_result(train_in_parts(k, seed, (cell,)))
    return network.is_learned


ABLATIONS = {
    "orthogonal": Ablation(orthogonal, 6),
    "echo": Ablation(echo, 6),
    "forget_bias": Ablation(forget_bias, len(echo_biases.SEEDS)),
}
