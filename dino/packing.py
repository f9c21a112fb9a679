"""A paused trainer: all that it needs to continue, in little memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from dino.divergence import DivergenceGuard, Point
from dino.history import History


@dataclass(frozen=True, eq=False)
class PackedTrainer:
    """A trainer in about as much memory as its numbers need. Never modified.

    It has the weights and their average, the optimizer's state, the last good ones of these,
    the states of both random generators, the names still to come in this round, and the history
    with the best moment's weights. It lacks what the recipe determines, and the weights of all
    other moments.
    """

    now: Point
    guard: DivergenceGuard
    history: History
    max_steps: int
    kernels_from: int | None
    generator_state: Tensor
    kernels_random_state: np.ndarray | None
    rest_of_round: Tensor

    @property
    def nbytes(self) -> int:
        """About how many bytes it holds."""
        points = self.now.nbytes + self.guard.good.nbytes
        random = self.generator_state.nbytes + self.rest_of_round.nbytes
        history = self.history.numbers_nbytes + self.history.best_nbytes
        return points + random + history + 20_000
