"""Measures claims of lessons over seeds: `python -m tests.ablations [NAME …] [--seeds N]`.

An ablation trains the app's own networks with one thing changed, and prints a line for each claim:
how many seeds it holds with, or the range over seeds. Without a name all of them are measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from dino.config import Config
from dino.lessons.dinosaur_list import dinosaurs
from dino.train import Trainer

Seeds = Sequence[int]


class Finding(NamedTuple):
    """What was found of each network: whether a claim holds, or a number."""

    claim: str
    values: tuple[bool, ...] | tuple[float, ...]
    digits: int = 2

    def __str__(self) -> str:
        found = np.array(self.values)
        if found.dtype == bool:
            return f"{self.claim}: {found.sum()} of {len(found)}"
        low, mean, high = (f"{x:.{self.digits}f}" for x in (found.min(), found.mean(), found.max()))
        return f"{self.claim}: {low} to {high} (mean of {len(found)}: {mean})"


class Ablation(NamedTuple):
    """A function that measures, with how many seeds it does so, and what it says of itself."""

    measure: Callable[[Seeds], Iterator[Finding]]
    seeds: int

    @property
    def about(self) -> str:
        """The first line of its function's docstring."""
        return (self.measure.__doc__ or "").partition("\n")[0]


@cache
def trained(config: Config) -> Trainer:
    """A trainer that has made all updates of a recipe on the dinosaurs."""
    trainer = Trainer(config, dinosaurs(), kernels_from=0, takes_snapshots=False)
    trainer.advance()
    assert trainer.step_count == config.max_steps
    return trainer


def finding(claim: str, values: Sequence[bool] | Sequence[float], digits: int = 2) -> Finding:
    """A finding from any sequence of numbers, or of booleans."""
    return Finding(claim, tuple(np.asarray(values).tolist()), digits)
