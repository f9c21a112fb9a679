"""The results of a run: losses, and snapshots with their weights and names. Plain numpy.

A trainer adds to its `History` and regularly publishes a new, immutable `Run`; pages read the
latest one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from dino.apart import places
from dino.config import Config
from dino.locale.sentences import Text
from dino.packed_trace import PackedTrace

MOST_STEPS = 1_000_000  # that a run may make, extensions included
MOST_RATES = 1_000  # learning rates that a run has had, in a file or a report
SNAPSHOT_BYTES = 8_000_000  # weights a run may keep; beyond that, every second moment loses them


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A moment of a run: the weights for evaluation and writing, and the names they wrote.

    weights (P,): float32, all of the model's parameters in their order, or None if they were
    dropped to save memory.
    """

    step: int
    val_loss: float
    names: tuple[str, ...]
    weights: np.ndarray | None


class Cure(NamedTuple):
    """What to try instead if a run diverged: a learning rate, and a norm to clip at."""

    learning_rate: float
    clip_norm: float


class Thinning(NamedTuple):
    """What a thinned run still has of the complete one.

    stretch: over how many steps each of its losses is a mean; the last one may have fewer
    step, train_loss: those of the complete run
    """

    stretch: int
    step: int
    train_loss: float | None


@dataclass(frozen=True, eq=False)
class Run:
    """Everything a page shows of a run, at one moment. Losses in nats per symbol.

    weights (P,): for evaluation and writing, or None if they were dropped to save memory
    losses (S,): each step's training loss; symbols (S,): how many real targets it is the mean of
    val_steps, val_losses (E,): held-out losses after these steps
    train_eval_losses (E,): after the same steps, the loss on as many training names, always the
    same ones, measured like the held-out loss: averaged weights, no dropout
    names_seen: names trained on so far, counted each time; train_names: how many there are
    learning_rates: (step, rate) pairs, each rate from its step on; in files at most `MOST_RATES`
    clipped: how many steps had their gradient shortened
    moved: how far the weights are from their start, as a share of their length then
    recurrent_moved: the largest change of any recurrent weight since the start
    carried_loss: if context is bounded, the held-out loss with the state carried nevertheless
    val_name_losses (N,): the sum of −ln p over each held-out name, in nats; None while it trains
    engine: what does the arithmetic, 'torch' or 'compiled'; '' before the first step
    engines: (step, engine) pairs; each engine runs from its step on
    kept_step: the step whose weights these are; an earlier one if the run diverged
    stopped: a sentence if the run stopped because it diverged, else ''; cure: what to try then
    kept_best: the moment with the lowest held-out loss, with its weights
    latest: the newest moment whose names were written between two snapshots, without weights
    written: how the newest name was written; of a run that diverged, perhaps by later weights
    thinning: what the complete run had, if `losses` are means over stretches of steps; else None
    """

    config: Config
    max_steps: int
    weights: np.ndarray | None
    losses: np.ndarray
    symbols: np.ndarray
    val_steps: np.ndarray
    val_losses: np.ndarray
    train_eval_losses: np.ndarray
    names_seen: int = 0
    train_names: int = 0
    seconds: float = 0.0
    clipped: int = 0
    moved: float = 0.0
    recurrent_moved: float = 0.0
    carried_loss: float | None = None
    val_name_losses: np.ndarray | None = field(default=None, repr=False)
    engine: str = ""
    engines: tuple[tuple[int, str], ...] = ()
    kept_step: int = 0
    learning_rates: tuple[tuple[int, float], ...] = ()
    snapshots: tuple[Snapshot, ...] = field(default=(), repr=False)
    stopped: Text = ""
    cure: Cure | None = None
    kept_best: Snapshot | None = field(default=None, repr=False)
    latest: Snapshot | None = field(default=None, repr=False)
    written: PackedTrace | None = field(default=None, repr=False)
    thinning: Thinning | None = None

    @property
    def step(self) -> int:
        """How many updates were made."""
        return self.thinning.step if self.thinning else len(self.losses)

    @property
    def stretch(self) -> int:
        """Over how many steps each of `losses` is a mean: 1, unless the run was thinned."""
        return self.thinning.stretch if self.thinning else 1

    @property
    def is_by_its_recipe(self) -> bool:
        """Whether it made exactly the steps of its recipe, all at the recipe's learning rate."""
        rates = {rate for _, rate in self.learning_rates}
        steps = self.config.max_steps
        return self.step == steps and not self.stopped and rates <= {self.config.learning_rate}

    @property
    def learning_rate(self) -> float:
        """The current learning rate."""
        return self.learning_rates[-1][1]

    @property
    def val_loss(self) -> float:
        """The last held-out loss."""
        return float(self.val_losses[-1])

    @property
    def train_eval_loss(self) -> float:
        """The last training loss that was measured like the held-out loss."""
        return float(self.train_eval_losses[-1])

    @property
    def train_loss(self) -> float | None:
        """Mean over the targets of the last (up to) 50 steps; None before the first."""
        if self.thinning:
            return self.thinning.train_loss
        losses, symbols = self.losses[-50:], self.symbols[-50:]
        return float(np.average(losses, weights=symbols)) if len(losses) else None

    @property
    def best(self) -> tuple[int, float]:
        """The step with the lowest held-out loss, and that loss."""
        i = int(np.nanargmin(self.val_losses))
        return int(self.val_steps[i]), float(self.val_losses[i])

    @property
    def best_moment(self) -> Snapshot:
        """The moment with the lowest held-out loss. It has weights if the run has any.

        Its names are written when the run rests. Until then it has none, unless it is a snapshot.
        """
        return self.kept_best or Snapshot(*self.best, (), None)

    @property
    def moments(self) -> tuple[Snapshot, ...]:
        """The moments that still have their weights, the best one included, and then the present
        one; in the order of their steps.
        """
        best = self.best_moment
        kept = {s.step: s for s in (*self.snapshots, best) if s.weights is not None}
        before = [kept[step] for step in sorted(kept) if step < self.kept_step]
        names = next((s.names for s in self.named_moments if s.step == self.kept_step), ())
        return (*before, Snapshot(self.kept_step, self.val_loss, names, self.weights))

    @property
    def named_moments(self) -> tuple[Snapshot, ...]:
        """The snapshots, in order, and the newest moment with names if it is later. If the run
        diverged, only those up to the step whose weights came back.
        """
        found = tuple(s for s in self.snapshots if s.step <= self.kept_step)
        latest, last = self.latest, found[-1].step if found else -1
        is_newer = latest is not None and last < latest.step <= self.kept_step
        return (*found, latest) if latest is not None and is_newer else found

    @property
    def trace(self) -> PackedTrace | None:
        """How the first name of the newest of `named_moments` was written, if that is known."""
        steps, written = [it.step for it in self.named_moments[-1:]], self.written
        return written if written is not None and [written.step] == steps else None

    @property
    def arrays(self) -> list[np.ndarray]:
        """Its curves and weights. Some may share their memory."""
        curves = self.losses, self.symbols, self.val_steps, self.val_losses, self.train_eval_losses
        weights = (it.weights for it in (*self.snapshots, *filter(None, [self.kept_best])))
        found = (*curves, self.weights, *weights, self.val_name_losses)
        return [it for it in found if it is not None]

    @property
    def nbytes(self) -> int:
        """The bytes of its numbers and weights. What shares its memory counts once."""
        return sum(places(self.arrays).values()) + (self.written.nbytes if self.written else 0)

    @property
    def names_per_second(self) -> float:
        """Names trained on per second of training."""
        return self.names_seen / self.seconds if self.seconds else 0.0

    def train_curve(self, points: int = 150) -> tuple[np.ndarray, np.ndarray]:
        """Steps and training losses: at most `points` means over equal stretches of steps.

        Each is a mean over all targets of its stretch, drawn at its last step.
        """
        stretches = len(self.losses)
        starts = np.linspace(0, stretches, min(points, stretches), endpoint=False, dtype=int)
        return self._means(np.unique(starts))

    def stride(self, points: int = 256) -> int:
        """The smallest power of two of steps that cuts the run into at most `points` stretches, at
        least as long as those of a thinned run.
        """
        stride = self.stretch
        while self.step > stride * points:
            stride *= 2
        return stride

    def stretches(self, stride: int, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """The training loss as means over stretches of `stride` steps, from number `first` on.

        Steps (n,) and losses (n,): each a mean over all targets of its stretch, drawn at its last
        step; the last one may be incomplete. A chart that has the first stretches asks for the rest
        only. stride: a power of two; at least the stretch of a thinned run.
        """
        each = max(1, stride // self.stretch)
        return self._means(np.arange(first * each, len(self.losses), each))

    def _means(self, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Last steps and mean losses (n,) of stretches that begin at these places of `losses`."""
        if not len(starts):
            return np.empty(0, np.int64), np.empty(0)
        losses, symbols, at = (
            self.losses[starts[0] :],
            self.symbols[starts[0] :],
            starts - starts[0],
        )
        sums = np.add.reduceat(losses * symbols.astype(np.float64), at)
        means = sums / np.add.reduceat(symbols, at, dtype=np.int64)
        return np.append(starts[1:] * self.stretch, self.step), means

    def val_curve(self, points: int = 300) -> tuple[np.ndarray, np.ndarray]:
        """Steps and held-out losses to draw: at most `points`, the first and the last included."""
        chosen = self._chosen_measurements(points)
        return self.val_steps[chosen], self.val_losses[chosen]

    def train_eval_curve(self, points: int = 300) -> tuple[np.ndarray, np.ndarray]:
        """The same for the training loss that was measured like the held-out loss."""
        chosen = self._chosen_measurements(points)
        return self.val_steps[chosen], self.train_eval_losses[chosen]

    @property
    def drawn(self) -> int:
        """How many of the measurements a curve shows. If the run diverged, the last one is left
        out: it is of the restored weights, and would look as if the run had recovered.
        """
        return len(self.val_steps) - bool(self.stopped)

    def _chosen_measurements(self, points: int) -> np.ndarray:
        return np.unique(np.linspace(0, self.drawn - 1, points).round().astype(int))

    def with_fewer_points(self, points: int = 1000) -> Run:
        """The same run with curves of at most `points` points, in separate arrays.

        Training losses become means over stretches of a power of two of steps. Of the held-out
        losses some are left out; the first, the last and the best stay.
        """
        stride = self.stride(points)
        losses, symbols, thinning = self.losses.copy(), self.symbols.copy(), self.thinning
        if stride > self.stretch:
            _, losses = self.stretches(stride)
            starts = np.arange(0, len(self.losses), stride // self.stretch)
            symbols = np.add.reduceat(self.symbols, starts, dtype=np.int64)
            thinning = Thinning(stride, self.step, self.train_loss)
        measured = len(self.val_steps)
        chosen = np.arange(measured)
        if measured > points:
            best = np.nanargmin(self.val_losses)
            even = np.linspace(0, measured - 1, points - 1).round().astype(int)
            chosen = np.union1d(even, best)
        return replace(
            self,
            losses=losses,
            symbols=symbols,
            val_steps=self.val_steps[chosen].astype(np.int32),
            val_losses=self.val_losses[chosen],
            train_eval_losses=self.train_eval_losses[chosen],
            thinning=thinning,
        )

    def with_best_as_snapshot(self) -> Run:
        """The same run with one snapshot: the best moment, and the names written then."""
        best = replace(self.best_moment, weights=None)
        return replace(self, snapshots=(best,), latest=None)

    def without_moments(self) -> Run:
        """The same run without the weights of its earlier moments, except the best one's."""
        return replace(self, snapshots=tuple(replace(s, weights=None) for s in self.snapshots))

    def without_weights(self) -> Run:
        """The same run without any weights: figures, curves and names."""
        best = replace(self.best_moment, weights=None)
        return replace(self.without_moments(), weights=None, kept_best=best)


_MOMENTS = frozenset({0, *(round(10 ** (k / 8)) for k in range(8 * 9))})


def is_snapshot(step: int) -> bool:
    """Whether a moment is kept after `step`: 0, 1, 2, 3, 4, 6, 7, 10, 13, 18, … eight a decade."""
    return step in _MOMENTS


def snapshot_steps(max_steps: int) -> list[int]:
    """The steps of a run after which a moment is shown, without 0 and with the last one."""
    return sorted({*(step for step in _MOMENTS if 0 < step < max_steps), max_steps})


def is_evaluation(step: int) -> bool:
    """Whether the held-out loss is measured after `step`: often at first, every 50 steps later."""
    if is_snapshot(step):
        return True
    every = 1 if step < 10 else 5 if step < 100 else 25 if step < 1000 else 50
    return step % every == 0


def bound_snapshots(snapshots: list[Snapshot], limit: int = SNAPSHOT_BYTES) -> list[Snapshot]:
    """The same moments; while they take too much memory, every second one loses its weights.

    The untrained network and the last moment keep theirs.
    """
    while sum(s.weights.nbytes for s in snapshots if s.weights is not None) > limit:
        holding = [i for i, s in enumerate(snapshots) if s.weights is not None]
        emptied = set(holding[1:-1:2])
        if not emptied:
            break
        snapshots = [
            Snapshot(s.step, s.val_loss, s.names, None) if i in emptied else s
            for i, s in enumerate(snapshots)
        ]
    return snapshots
