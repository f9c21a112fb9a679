"""The numbers that training changes, and the interface of the engines that change them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from dino.lists import END
from dino.parts import Parts

if TYPE_CHECKING:  # so that the compiled engine loads without PyTorch
    from torch import Tensor

    from dino.data import Encoded, Vocab
    from dino.optim import OptimizerState


@dataclass(eq=False)
class TrainingState:
    """All numbers that an update changes. Both engines change them in place.

    weights, gradient (P,): those of the model, in the order of its parameters
    average (P,): the moving average of the weights, or `weights` itself if there is none
    learning_rate: read when the optimizer makes its step, so that it may change during an update
    optimizer_state: what the optimizer remembers between updates, by the names in `optim.py`
    step_count: how many updates were made
    """

    weights: Tensor
    gradient: Tensor
    average: Tensor
    learning_rate: float
    optimizer_state: OptimizerState = field(default_factory=dict)
    step_count: int = 0

    @property
    def nbytes(self) -> int:
        """The bytes of all these numbers."""
        numbers = [self.weights, self.gradient, *self.optimizer_state.values()]
        if self.average is not self.weights:
            numbers.append(self.average)
        return sum(tensor.nbytes for tensor in numbers)


class Updates(NamedTuple):
    """What some updates report, S of them.

    losses (S,): each one's loss before the update, in nats per symbol
    symbols (S,): over how many targets each loss is a mean
    norms (S,): each one's length of the gradient before it was clipped; NaN without clipping
    """

    losses: Sequence[float] | np.ndarray
    symbols: Sequence[int] | np.ndarray
    norms: Sequence[float] | np.ndarray


class WritingResult(NamedTuple):
    """Written names, and how the first of them was written, in T steps.

    names: a name that was cut at the longest length ends with '…'
    ids (T,): the symbols of the first name, with its end mark if it has one; logits (T, V): the
    scores they were taken from; hidden (T, H): the states behind them
    """

    names: tuple[str, ...]
    ids: np.ndarray
    logits: np.ndarray
    hidden: np.ndarray


class Engine(Protocol):
    """What does the arithmetic of one run. All engines compute the same, except for rounding."""

    def updates_within(self, seconds: float) -> int:
        """How many updates one call of `train` can make in about this time; at least 1."""

    def train(self, batches: Tensor) -> Parts[Updates]:
        """One update for each row of `batches` (S, B), which holds rows of the training names."""

    def evaluate(self, data: Encoded, context: int = 0) -> Parts[float]:
        """The averaged weights' mean of −ln p(target) over all real targets. Nats per symbol.

        context: how many last inputs a prediction sees; 0 for all of them.
        """

    def write(
        self, vocab: Vocab, draws: np.ndarray, context: int = 0, weights: np.ndarray | None = None
    ) -> Parts[WritingResult]:
        """A name for each row of `draws` (N, longest), and how the first one was written.

        draws: random numbers in [0, 1); context: as in `evaluate`
        weights (P,): those that write, by default the averaged ones
        """


def written_name(vocab: Vocab, ids: np.ndarray) -> str:
    """A name from its symbols (T,), up to its end mark; with '…' if it has none."""
    ends = np.flatnonzero(ids == vocab.index[END])
    return vocab.decode(ids[: ends[0]]) if len(ends) else vocab.decode(ids) + "…"
