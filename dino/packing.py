"""What a trainer must keep to go on: its last good weights, and itself packed while it rests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from dino.growing import Growing
from dino.optim import Memory
from dino.run import Snapshot


class Point(NamedTuple):
    """A step's weights, and all that training on from there needs. Nobody changes these numbers.

    weights (P,); average (P,), None where the weights themselves judge; memory: the optimizer's.
    """

    step: int
    val_loss: float
    carried_loss: float | None
    weights: Tensor
    average: Tensor | None
    memory: Memory

    @property
    def nbytes(self) -> int:
        """The bytes of its numbers."""
        held = [self.weights, *self.memory.values()]
        return sum(t.nbytes for t in held) + (0 if self.average is None else self.average.nbytes)


@dataclass(frozen=True, eq=False)
class Packed:
    """A trainer at rest, in about as much memory as its numbers need: weights and their average,
    the optimizer's memory, the last good ones, both generators, the names still to come in this
    round, and the history. What the recipe gives again is not in it, nor earlier moments' weights.
    """

    now: Point
    good: Point
    generator: Tensor
    dropout: np.ndarray | None
    order: Tensor
    history: dict[str, Growing]
    snapshots: tuple[Snapshot, ...]
    learning_rates: tuple[tuple[int, float], ...]
    engines: tuple[tuple[int, str], ...]
    rest: dict[str, Any]

    @property
    def nbytes(self) -> int:
        """About how many bytes it holds."""
        arrays = [self.generator, self.order, *(g.view for g in self.history.values())]
        return self.now.nbytes + self.good.nbytes + sum(a.nbytes for a in arrays) + 20_000


def copied(memory: Memory) -> Memory:
    """The optimizer's memory, in numbers of its own."""
    return {name: value.clone() for name, value in memory.items()}
