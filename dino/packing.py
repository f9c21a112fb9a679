"""A paused trainer: all that it needs to continue, in little memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dino.apart import places, same_in, set_apart
from dino.divergence import DivergenceGuard, Point
from dino.history import History
from dino.run import Run, Snapshot

CURVES = ("losses", "symbols", "val_steps", "val_losses", "train_eval_losses")


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
    def state(self) -> list[np.ndarray]:
        """The arrays of both points, the states of the random generators, the rest of the round."""
        points = (*_numbers(self.now), *_numbers(self.guard.good))
        found = [*points, self.generator_state.numpy(), self.rest_of_round.numpy()]
        return found if self.kernels_random_state is None else [*found, self.kernels_random_state]

    @property
    def arrays(self) -> list[np.ndarray]:
        """All its arrays. Some may share their memory, also with the run's."""
        history = self.history
        best = None if history.best is None else history.best.weights
        found = [*self.state, *(getattr(history, name).view for name in CURVES)]
        return [*found, *(it for it in (best, history.val_name_losses) if it is not None)]

    @property
    def nbytes(self) -> int:
        """About how many bytes it holds."""
        return sum(places(self.arrays).values()) + 20_000

    def put_apart(self, run: Run) -> tuple[Run, PackedTrainer]:
        """The `run` of its trainer, and itself, in memory apart, with equal arrays there once.

        Weights that the run may drop alone have memory of their own; all else is in one piece.
        """
        moved: dict[int, np.ndarray] = {}  # by the id of the array that each replaces

        def move(moment: Snapshot) -> Snapshot:
            weights = moment.weights
            if weights is not None and id(weights) not in moved:
                known = same_in(moved.values(), weights)
                moved[id(weights)] = set_apart([weights])[0] if known is None else known
            return replace(moment, weights=moved.get(id(weights)))

        last = move(Snapshot(run.step, 0.0, (), run.weights)).weights
        snapshots, best = tuple(map(move, run.snapshots)), self.history.best
        best = None if best is None else move(best)
        history = replace(self.history, best=best)
        run = replace(run, weights=last, snapshots=snapshots, kept_best=best)
        return _with_curves_of(run, history), _moved(replace(self, history=history), moved.values())


def _with_curves_of(run: Run, history: History) -> Run:
    """The run with the curves of its history, where they are equal."""
    shared: dict[str, Any] = {}
    for name in CURVES:
        view = same_in([getattr(history, name).view], getattr(run, name))
        shared |= {} if view is None else {name: view}
    return replace(run, **shared)


def _moved(packed: PackedTrainer, known: Collection[np.ndarray]) -> PackedTrainer:
    """A packed trainer whose points and random states are in one piece of memory, except arrays
    that are `known` already.
    """
    new, sources = list[np.ndarray](), list[np.ndarray]()
    for array in packed.state:
        source = same_in([*known, *new], array)
        if source is None:
            new.append(array)
        sources.append(array if source is None else source)
    copies = dict(zip(map(id, new), set_apart(new), strict=True))
    found = iter([copies.get(id(source), source) for source in sources])
    now, good = (_with_numbers(it, found) for it in (packed.now, packed.guard.good))
    generator_state, rest = (torch.from_numpy(next(found)) for _ in range(2))
    return replace(
        packed,
        now=now,
        guard=replace(packed.guard, good=good),
        generator_state=generator_state,
        rest_of_round=rest,
        kernels_random_state=next(found, None),
    )


def _numbers(point: Point) -> list[np.ndarray]:
    average = [] if point.average is None else [point.average]
    return [it.numpy() for it in (point.weights, *average, *point.optimizer_state.values())]


def _with_numbers(point: Point, numbers: Iterator[np.ndarray]) -> Point:
    """The point with the next of these arrays, in the order of `_numbers`."""
    tensors = map(torch.from_numpy, numbers)
    return point._replace(
        weights=next(tensors),
        average=None if point.average is None else next(tensors),
        optimizer_state={name: next(tensors) for name in point.optimizer_state},
    )
