"""Divergence: how it is detected, which weights are restored, what the visitor can try."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from torch import Tensor

from dino.config import SETTINGS, Config, usual_rate
from dino.history import Evaluation, GrowingArray
from dino.locale.sentences import Sentence, number_sentence, sentence
from dino.optim import OptimizerState
from dino.run import Cure
from dino.training_state import TrainingState

LIMIT = 2.0  # times the untrained held-out loss
OVER = 20  # updates over which the training loss is averaged before the comparison with the limit


class Diverged(Exception):
    """The loss is not finite, or far above its start. The message says what to try."""


class Point(NamedTuple):
    """The weights after a step, and all that is needed to train on from there. Never modified.

    weights (P,); average (P,), or None if the weights themselves are evaluated
    evaluation: what was measured with them
    """

    step: int
    evaluation: Evaluation
    weights: Tensor
    average: Tensor | None
    optimizer_state: OptimizerState

    @classmethod
    def copy_of(cls, state: TrainingState, evaluation: Evaluation) -> Point:
        """A copy of the present state, with what was measured of it."""
        average = None if state.average is state.weights else state.average.clone()
        return cls(
            state.step_count,
            evaluation,
            state.weights.clone(),
            average,
            _copy(state.optimizer_state),
        )

    def put_back(self, state: TrainingState) -> None:
        """Restore weights, average and optimizer from this point, but not the step count."""
        state.weights.copy_(self.weights)
        if self.average is not None:
            state.average.copy_(self.average)
        state.optimizer_state = _copy(self.optimizer_state)

    @property
    def nbytes(self) -> int:
        """The bytes of its numbers."""
        held = [self.weights, *self.optimizer_state.values()]
        return sum(t.nbytes for t in held) + (0 if self.average is None else self.average.nbytes)


def _copy(optimizer_state: OptimizerState) -> OptimizerState:
    return {name: value.clone() for name, value in optimizer_state.items()}


def _decimals(rate: float) -> int:
    """The decimal place of a rate's first digit: 5 for 0.00005."""
    return -math.floor(math.log10(rate))


def _plain(rate: float) -> Sentence:
    """A rate of one digit, without exponent."""
    return number_sentence(rate, f".{max(0, _decimals(rate))}f")


@dataclass(eq=False)
class DivergenceGuard:
    """Detects that a run diverged, and keeps the last good point to restore.

    first_loss: the untrained network's held-out loss; good: the last point whose held-out loss was
    within the limit; watch_from: the first step whose loss counts, so that losses from before an
    earlier divergence do not count again.
    """

    config: Config
    first_loss: float
    good: Point
    watch_from: int = 0

    @property
    def limit(self) -> float:
        """The loss above which a run has diverged, in nats per symbol."""
        return LIMIT * self.first_loss

    def check(
        self, before: GrowingArray, losses: Sequence[float] | np.ndarray
    ) -> tuple[int, float | None]:
        """How many of these new losses count, and the mean at which the run diverged, or None.

        before: the losses of all earlier steps. Losses after a divergence do not count.
        """
        window = before[max(self.watch_from, len(before) - OVER + 1) :]
        # If no single loss is above the limit, no mean is: usually this is all.
        if all(loss <= self.limit for loss in (*window, *losses)):  # false for NaN
            return len(losses), None
        for count, loss in enumerate(losses, 1):
            window = [*window, loss][-OVER:]
            if not sum(window) / OVER <= self.limit:
                return count, sum(window) / len(window)
        return len(losses), None

    def keep(self, point: Point) -> None:
        """Keep this point as the one to restore, if its held-out loss is within the limit."""
        if point.evaluation.val_loss <= self.limit:
            self.good = point

    def explain(self, step: int, loss: float, learning_rate: float) -> Sentence:
        """What happened at `step` and this rate, what to try, and which weights were put back."""
        cure = self.find_cure(learning_rate)
        return sentence(
            "{what} {cure} {restored}",
            what=self._describe(step, loss),
            cure=self._advise(cure),
            restored=sentence(
                "The weights of update {step:,} and their held-out loss were restored.",
                step=self.good.step,
            ),
        )

    def _describe(self, step: int, loss: float) -> Sentence:
        if not math.isfinite(loss):  # the loss of a step, or the held-out loss
            return sentence(
                "Stopped at update {step:,} because the loss is no longer a finite number.",
                step=step,
            )
        return sentence(
            "Stopped at update {step:,} because the training loss rose to {loss:.1f}, more than "
            "twice the untrained network's held-out loss, {first:.1f}.",
            step=step,
            loss=loss,
            first=self.first_loss,
        )

    def _advise(self, cure: Cure) -> Sentence:
        if self.config.clip_norm:
            return sentence("Try a learning rate of {rate}.", rate=_plain(cure.learning_rate))
        return sentence(
            "Try a learning rate of {rate}, and clip the gradient at a norm of {norm:g}.",
            rate=_plain(cure.learning_rate),
            norm=cure.clip_norm,
        )

    def find_cure(self, learning_rate: float) -> Cure:
        """What to try after a divergence at this rate.

        The rate is a tenth of it, or the recipe's usual rate if that is lower. If the recipe does
        not clip, it should clip at norm 1.
        """
        lower = max(min(learning_rate / 10, usual_rate(self.config)), SETTINGS["learning_rate"].low)
        return Cure(round(lower, _decimals(lower)), self.config.clip_norm or 1.0)
