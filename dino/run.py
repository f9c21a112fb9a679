"""What a run leaves behind: losses, and moments with their weights and names. Plain numpy.

A trainer adds to its `History` and publishes a new, immutable `Run` now and then; pages read
whichever they find.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from dino.config import Config

Numbers = Sequence[float] | np.ndarray
SNAPSHOT_BYTES = 8_000_000  # weights a run may keep; past that, every second moment loses them


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A moment of a run: the weights that are evaluated and write, and the names they wrote.

    weights (P,): float32, all of the model's parameters in their order, or None where they were
    given up for room.
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
        """Steps and training losses: at most `points` means over equal stretches of steps.

        Each is a mean over all targets of its stretch, drawn at its last step.
        """
        if not self.step:
            return np.empty(0), np.empty(0)
        starts = np.unique(
            np.linspace(0, self.step, min(points, self.step), endpoint=False, dtype=int)
        )
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
        """Steps and held-out losses: at most `points`, the first and the last among them."""
        chosen = np.unique(np.linspace(0, len(self.val_steps) - 1, points).round().astype(int))
        return self.val_steps[chosen], self.val_losses[chosen]


class Growing(Sequence[Any]):
    """Numbers of one type that are only ever added to; its `view` costs the same however many.

    What a view shows never changes: numbers are added behind it, and a full array is copied into
    one twice as large.
    """

    def __init__(self, dtype: type, numbers: Iterable[float] = ()) -> None:
        self._array: np.ndarray = np.array(list(numbers), dtype)
        self._count = len(self._array)

    @property
    def view(self) -> np.ndarray:
        """The numbers so far (n,), not to be written to."""
        view = self._array[: self._count]
        view.flags.writeable = False
        return view

    def append(self, number: float) -> None:
        """Add one number."""
        self.extend((number,))

    def extend(self, numbers: Numbers) -> None:
        """Add some numbers."""
        end = self._count + len(numbers)
        if end > len(self._array):
            larger = np.empty(max(64, 2 * end), self._array.dtype)
            larger[: self._count] = self._array[: self._count]
            self._array = larger
        self._array[self._count : end] = numbers
        self._count = end

    def copy(self) -> Growing:
        """The same numbers, in an array that has no free places."""
        other = Growing(self._array.dtype.type)
        other._array, other._count = self.view.copy(), self._count
        return other

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: int | slice) -> Any:
        found = self.view[place]
        return found.tolist()  # a number or a list of Python's own

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.view, dtype)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Growing | list) and self[:] == other[:]


@dataclass(eq=False)
class History:
    """What a run has shown until now; it grows. `Run` says what each of these is.

    kept_step: where the run diverged, the step whose weights were put back.
    """

    learning_rates: list[tuple[int, float]]
    engines: list[tuple[int, str]] = field(default_factory=list)
    losses: Growing = field(default_factory=lambda: Growing(np.float32))
    symbols: Growing = field(default_factory=lambda: Growing(np.int32))
    val_steps: Growing = field(default_factory=lambda: Growing(np.int64))
    val_losses: Growing = field(default_factory=lambda: Growing(np.float64))
    snapshots: list[Snapshot] = field(default_factory=list)
    names_seen: int = 0
    clipped: int = 0
    seconds: float = 0.0
    carried_loss: float | None = None
    kept_step: int = 0
    stopped: str = ""

    @property
    def step_count(self) -> int:
        """How many updates were made."""
        return len(self.losses)

    @property
    def engine(self) -> str:
        """The engine of the last update; empty before the first."""
        return self.engines[-1][1] if self.engines else ""

    @property
    def is_measured(self) -> bool:
        """Whether the held-out loss of this step is known."""
        return bool(self.val_steps[-1:] == [self.step_count])

    def add_updates(self, losses: Numbers, symbols: Numbers, clipped: int, names: int) -> None:
        """Note some updates: their losses and symbols (S,), and on how many names they were."""
        self.losses.extend(losses)
        self.symbols.extend(symbols)
        self.clipped += clipped
        self.names_seen += names

    def add_measurement(self, val_loss: float, carried_loss: float | None) -> None:
        """Note the held-out loss of this step."""
        self.val_steps.append(self.step_count)
        self.val_losses.append(val_loss)
        self.carried_loss = carried_loss

    def set_rate(self, rate: float) -> None:
        """Note the learning rate of the next step; only the last one at a step counts."""
        if self.learning_rates[-1][0] == self.step_count:
            self.learning_rates.pop()
        self.learning_rates.append((self.step_count, rate))

    def make_run(
        self,
        config: Config,
        max_steps: int,
        weights: np.ndarray,
        moved: float,
        recurrent_moved: float,
    ) -> Run:
        """What there is to see now. What is added later does not change it."""
        return Run(
            config=config,
            max_steps=max_steps,
            weights=weights,
            losses=self.losses.view,
            symbols=self.symbols.view,
            val_steps=self.val_steps.view,
            val_losses=self.val_losses.view,
            names_seen=self.names_seen,
            seconds=self.seconds,
            clipped=self.clipped,
            moved=moved,
            recurrent_moved=recurrent_moved,
            carried_loss=self.carried_loss,
            engine=self.engine,
            engines=tuple(self.engines),
            kept_step=self.kept_step if self.stopped else self.step_count,
            learning_rates=tuple(self.learning_rates),
            snapshots=tuple(self.snapshots),
            stopped=self.stopped,
        )

    def copy(self) -> History:
        """The same history, in arrays of its own and without its moments' weights."""
        return replace(
            self,
            learning_rates=list(self.learning_rates),
            engines=list(self.engines),
            losses=self.losses.copy(),
            symbols=self.symbols.copy(),
            val_steps=self.val_steps.copy(),
            val_losses=self.val_losses.copy(),
            snapshots=[replace(s, weights=None) for s in self.snapshots],
        )

    @property
    def numbers_nbytes(self) -> int:
        """The bytes of its losses and steps."""
        lists = (self.losses, self.symbols, self.val_steps, self.val_losses)
        return sum(numbers.view.nbytes for numbers in lists)

    @property
    def nbytes(self) -> int:
        """About how many bytes it holds; arrays that grow may have as much again free."""
        weights = sum(s.weights.nbytes for s in self.snapshots if s.weights is not None)
        return 2 * self.numbers_nbytes + weights


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


def bound_snapshots(snapshots: list[Snapshot], limit: int = SNAPSHOT_BYTES) -> list[Snapshot]:
    """The same moments, every second one without its weights while they weigh too much.

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
