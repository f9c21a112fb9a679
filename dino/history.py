"""The results so far of a run that trains, in growing arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from dino.config import Config
from dino.locale.sentences import Text
from dino.packed_trace import PackedTrace
from dino.run import Cure, Run, Snapshot

Numbers = Sequence[float] | np.ndarray
SPARE = 1 / 8  # the largest share of a growing array that is free


class GrowingArray(Sequence[Any]):
    """A growing array of numbers of one type; its `view` takes constant time.

    What a view shows never changes, because numbers are added behind it. A full array is copied
    into one that is larger by `SPARE` only: a long run's losses are most of what a small
    network holds.
    """

    def __init__(self, dtype: type, numbers: Iterable[float] = ()) -> None:
        self._array: np.ndarray = np.array(list(numbers), dtype)
        self._count = len(self._array)

    @property
    def view(self) -> np.ndarray:
        """The numbers so far (n,). Do not write to them."""
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
            # A new array, not `resize`: views of the old one must keep their numbers.
            larger = np.empty(max(64, end + int(SPARE * end)), self._array.dtype)
            larger[: self._count] = self._array[: self._count]
            self._array = larger
        self._array[self._count : end] = numbers
        self._count = end

    def copy(self) -> GrowingArray:
        """The same numbers in an array without free room."""
        other = GrowingArray(self._array.dtype.type)
        other._array, other._count = self.view.copy(), self._count
        return other

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: int | slice) -> Any:
        found = self.view[place]
        return found.tolist()  # a Python number or list

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.view, dtype)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GrowingArray | list) and self[:] == other[:]


class Evaluation(NamedTuple):
    """What is measured at one moment: losses in nats per symbol. `Run` explains the fields."""

    val_loss: float
    train_eval_loss: float
    carried_loss: float | None = None


@dataclass(eq=False)
class History:
    """The results of a run so far. `Run` explains the other fields.

    kept_step: if the run diverged, the step whose weights were put back
    best: the moment with the lowest held-out loss so far, with its weights; None before the first
    latest: the newest names that were written between two snapshots
    written: how the newest name was written
    """

    learning_rates: list[tuple[int, float]]
    engines: list[tuple[int, str]] = field(default_factory=list)
    losses: GrowingArray = field(default_factory=lambda: GrowingArray(np.float32))
    symbols: GrowingArray = field(default_factory=lambda: GrowingArray(np.int32))
    val_steps: GrowingArray = field(default_factory=lambda: GrowingArray(np.int64))
    val_losses: GrowingArray = field(default_factory=lambda: GrowingArray(np.float64))
    train_eval_losses: GrowingArray = field(default_factory=lambda: GrowingArray(np.float32))
    snapshots: list[Snapshot] = field(default_factory=list)
    names_seen: int = 0
    clipped: int = 0
    seconds: float = 0.0
    carried_loss: float | None = None
    val_name_losses: np.ndarray | None = None
    kept_step: int = 0
    stopped: Text = ""
    cure: Cure | None = None
    best: Snapshot | None = None
    latest: Snapshot | None = None
    written: PackedTrace | None = None

    @property
    def step_count(self) -> int:
        """How many updates were made."""
        return len(self.losses)

    @property
    def engine(self) -> str:
        """The engine of the last update; '' before the first."""
        return self.engines[-1][1] if self.engines else ""

    @property
    def weights_step(self) -> int:
        """The step whose weights are the present ones."""
        return self.kept_step if self.stopped else self.step_count

    @property
    def has_names(self) -> bool:
        """Whether the names that the present weights write are known."""
        moments = (*self.snapshots, *filter(None, [self.latest]))
        return any(it.step == self.weights_step and it.names for it in moments)

    @property
    def has_trace(self) -> bool:
        """Whether it is known how the present weights write the first of those names."""
        return self.written is not None and self.written.step == self.weights_step

    @property
    def is_measured(self) -> bool:
        """Whether the held-out loss of this step is known."""
        return bool(self.val_steps[-1:] == [self.step_count])

    def add_updates(self, losses: Numbers, symbols: Numbers, clipped: int, names: int) -> None:
        """Note updates: their losses and symbols (S,), and how many names they were on."""
        self.losses.extend(losses)
        self.symbols.extend(symbols)
        self.val_name_losses = None
        self.clipped += clipped
        self.names_seen += names

    @property
    def evaluation(self) -> Evaluation:
        """The last measurement. Raises IndexError before the first."""
        return Evaluation(self.val_losses[-1], self.train_eval_losses[-1], self.carried_loss)

    def add_evaluation(self, evaluation: Evaluation) -> None:
        """Note a measurement after this step."""
        self.val_steps.append(self.step_count)
        self.val_losses.append(evaluation.val_loss)
        self.train_eval_losses.append(evaluation.train_eval_loss)
        self.carried_loss = evaluation.carried_loss

    def set_rate(self, rate: float) -> None:
        """Note the learning rate of the next step. If it changes again before that step,
        the last counts.
        """
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
        train_names: int,
    ) -> Run:
        """What there is to show now. Later additions do not change it."""
        return Run(
            config=config,
            max_steps=max_steps,
            weights=weights,
            losses=self.losses.view,
            symbols=self.symbols.view,
            val_steps=self.val_steps.view,
            val_losses=self.val_losses.view,
            train_eval_losses=self.train_eval_losses.view,
            names_seen=self.names_seen,
            train_names=train_names,
            seconds=self.seconds,
            clipped=self.clipped,
            moved=moved,
            recurrent_moved=recurrent_moved,
            carried_loss=self.carried_loss,
            val_name_losses=self.val_name_losses,
            engine=self.engine,
            engines=tuple(self.engines),
            kept_step=self.weights_step,
            learning_rates=tuple(self.learning_rates),
            snapshots=tuple(self.snapshots),
            stopped=self.stopped,
            cure=self.cure,
            kept_best=self.best,
            latest=self.latest,
            written=self.written,
        )

    def copy(self) -> History:
        """The same history in separate arrays. Of the moments' weights it has only the best's."""
        return replace(
            self,
            learning_rates=list(self.learning_rates),
            engines=list(self.engines),
            losses=self.losses.copy(),
            symbols=self.symbols.copy(),
            val_steps=self.val_steps.copy(),
            val_losses=self.val_losses.copy(),
            train_eval_losses=self.train_eval_losses.copy(),
            snapshots=[replace(s, weights=None) for s in self.snapshots],
        )

    @property
    def numbers_nbytes(self) -> int:
        """The bytes of its losses and steps."""
        curves = (self.losses, self.symbols, self.val_steps, self.val_losses)
        lists = (*curves, self.train_eval_losses)
        names = 0 if self.val_name_losses is None else self.val_name_losses.nbytes
        return sum(numbers.view.nbytes for numbers in lists) + names

    @property
    def nbytes(self) -> int:
        """About how many bytes it holds, free places of growing arrays included."""
        weights = sum(s.weights.nbytes for s in self.snapshots if s.weights is not None)
        if self.best not in self.snapshots:  # else it was counted with the snapshots
            weights += self.best_nbytes
        trace = 0 if self.written is None else self.written.nbytes
        return int((1 + SPARE) * self.numbers_nbytes) + weights + trace

    @property
    def best_nbytes(self) -> int:
        """The bytes of the best moment's weights."""
        return 0 if self.best is None or self.best.weights is None else self.best.weights.nbytes
