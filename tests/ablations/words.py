"""Ablations of the made-up words: does the RNN need an orthogonal W_hh to learn them?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from unittest import mock

import torch
from torch import Tensor

from dino import model
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
            learned = [_learns(k, seed, start) for seed in seeds]
            yield finding(f"k = {k}, W_hh {name}: learned", learned)


def _learns(k: int, seed: int, start: Start) -> bool:
    with mock.patch.object(model, "orthogonal", start):
        _, (network,) = last_result(train_in_parts(k, seed, ("rnn",)))
    return network.is_learned


ABLATIONS = {"orthogonal": Ablation(orthogonal, 6)}
