"""What a run leaves behind: losses, moments with their weights and names. Plain numpy, immutable.

A trainer publishes a new `Run` now and then; pages read whichever they find.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dino.config import Config

SNAPSHOT_BYTES = 8_000_000  # weights a run may keep; past that, every second moment loses them


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A moment of a run: the weights that judge and write, and the names they wrote.

    weights: float32, all of the model's parameters in their order, or None where they were let go.
    """

    step: int
    val_loss: float
    names: tuple[str, ...]
    weights: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Run:
    """Everything a page shows of a run, at one moment. Losses in nats per symbol.

    losses (S,): each step's training loss; symbols (S,): the real targets it is the mean of
    val_steps, val_losses (E,): held-out loss after those steps
    learning_rates: (step, rate) pairs, from when on each rate held
    clipped: how many steps had their gradient shortened
    moved: how far the weights are from where they began, as a share of their length then
    recurrent_moved: the largest change of any recurrent weight since the start
    carried_loss: where context is bounded, the held-out loss if the state were carried all the same
    engine: what does the arithmetic, 'torch' or 'compiled'; empty before the first step
    engines: (step, engine) pairs, from when on each did
    kept_step: the step whose weights these are; an earlier one where the run diverged
    stopped: a sentence, if the run stopped by itself because it diverged
    """

    config: Config
    max_steps: int
    weights: np.ndarray
    losses: np.ndarray
    symbols: np.ndarray
    val_steps: np.ndarray
    val_losses: np.ndarray
    names_seen: int = 0
    seconds: float = 0.0
    clipped: int = 0
    moved: float = 0.0
    recurrent_moved: float = 0.0
    carried_loss: float | None = None
    engine: str = ""
    engines: tuple[tuple[int, str], ...] = ()
    kept_step: int = 0
    learning_rates: tuple[tuple[int, float], ...] = ()
    snapshots: tuple[Snapshot, ...] = field(default=(), repr=False)
    stopped: str = ""

    @property
    def step(self) -> int:
        """How many updates were made."""
        return len(self.losses)

    @property
    def learning_rate(self) -> float:
        """The rate in force."""
        return self.learning_rates[-1][1]

    @property
    def val_loss(self) -> float:
        """The last held-out loss."""
        return float(self.val_losses[-1])

    @property
    def train_loss(self) -> float | None:
        """Mean over the targets of the last (up to) 50 steps; None before the first."""
        losses, symbols = self.losses[-50:], self.symbols[-50:]
        return float(np.average(losses, weights=symbols)) if len(losses) else None

    @property
    def best(self) -> tuple[int, float]:
        """The step with the lowest held-out loss, and that loss."""
        i = int(np.nanargmin(self.val_losses))
        return int(self.val_steps[i]), float(self.val_losses[i])

    @property
    def moments(self) -> tuple[Snapshot, ...]:
        """The snapshots that still have their weights, and the run as it is now."""
        kept = tuple(s for s in self.snapshots if s.weights is not None and s.step < self.kept_step)
        names = self.snapshots[-1].names if self.snapshots else ()
        return (*kept, Snapshot(self.kept_step, self.val_loss, names, self.weights))

    @property
    def names_per_second(self) -> float:
        """Names trained on per second of training."""
        return self.names_seen / self.seconds if self.seconds else 0.0

    def train_curve(self, points: int = 150) -> tuple[np.ndarray, np.ndarray]:
        """The training loss in at most `points` means over equal stretches of steps.

        Each is a mean over all targets of its stretch, drawn at its last step.
        """
        if not self.step:
            return np.empty(0), np.empty(0)
        starts = np.unique(np.linspace(0, self.step, min(points, self.step), endpoint=False,
                                       dtype=int))
        weights = np.add.reduceat(self.symbols, starts)
        means = np.add.reduceat(self.losses * self.symbols, starts) / weights
        return np.append(starts[1:], self.step), means

    def stride(self, points: int = 256) -> int:
        """The smallest power of two of steps that cuts the run into at most `points` stretches."""
        stride = 1
        while self.step > stride * points:
            stride *= 2
        return stride

    def stretches(self, stride: int, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """The training loss as means over stretches of `stride` steps, from number `first` on.

        Steps (n,) and losses (n,): each a mean over all targets of its stretch, drawn at its last
        step; the last one may not be complete yet. A chart that has the first ones asks for the
        rest alone.
        """
        begin = first * stride
        if begin >= self.step:
            return np.empty(0, np.int64), np.empty(0)
        losses, symbols = self.losses[begin:], self.symbols[begin:].astype(np.float64)
        starts = np.arange(0, len(losses), stride)
        means = np.add.reduceat(losses * symbols, starts) / np.add.reduceat(symbols, starts)
        return begin + np.append(starts[1:], len(losses)), means

    def val_curve(self, points: int = 300) -> tuple[np.ndarray, np.ndarray]:
        """The held-out loss, at most `points` of its values, the first and last among them."""
        kept = np.unique(np.linspace(0, len(self.val_steps) - 1, points).round().astype(int))
        return self.val_steps[kept], self.val_losses[kept]


_MOMENTS = frozenset({0, *(round(10 ** (k / 8)) for k in range(8 * 9))})


def is_snapshot(step: int) -> bool:
    """Whether a moment is kept after `step`: 0, 1, 2, 3, 4, 6, 7, 10, 13, 18, … eight a decade."""
    return step in _MOMENTS


def is_evaluation(step: int) -> bool:
    """Whether the held-out loss is measured after `step`: often at first, every 50 in the end."""
    if is_snapshot(step):
        return True
    every = 1 if step < 10 else 5 if step < 100 else 25 if step < 1000 else 50
    return step % every == 0


def bounded(snapshots: list[Snapshot], limit: int = SNAPSHOT_BYTES) -> list[Snapshot]:
    """The same moments, every second one without its weights while they weigh too much.

    The untrained network and the last moment keep theirs.
    """
    while sum(s.weights.nbytes for s in snapshots if s.weights is not None) > limit:
        holding = [i for i, s in enumerate(snapshots) if s.weights is not None]
        let_go = set(holding[1:-1:2])
        if not let_go:
            break
        snapshots = [
            Snapshot(s.step, s.val_loss, s.names, None) if i in let_go else s
            for i, s in enumerate(snapshots)
        ]
    return snapshots
