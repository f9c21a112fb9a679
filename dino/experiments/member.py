"""Trains one member of an experiment, and tells what became of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from dino.config import Config
from dino.data import make_corpus
from dino.lists import Cleaned

if TYPE_CHECKING:  # PyTorch loads where a member trains
    from dino.run import Run

DONE, DIVERGED, FAILED = "done", "diverged", "failed"


@dataclass(frozen=True)
class Outcome:
    """What became of a member, in plain values. Losses in nats per symbol, None for no number.

    config: its recipe as plain values; status: done, diverged or failed; message: why it is not
    done; val_loss, best_val_loss, best_step, steps, engine: as its run has them
    val_steps, val_losses (E,): its curve
    """

    config: dict[str, Any]
    status: str
    message: str = ""
    val_loss: float | None = None
    best_val_loss: float | None = None
    best_step: int | None = None
    steps: int = 0
    engine: str = ""
    seconds: float = 0.0
    val_steps: tuple[int, ...] = ()
    val_losses: tuple[float | None, ...] = ()

    @property
    def loss(self) -> float:
        """Its loss in a verdict: NaN for a member that diverged or failed."""
        return math.nan if self.status != DONE or self.val_loss is None else self.val_loss


Train: TypeAlias = Callable[[Config, Cleaned], Outcome]


def train_member(config: Config, names: Cleaned) -> Outcome:
    """Train a recipe to its end on the engine that it names. An exception makes it a failed one."""
    try:
        return _outcome(_train(config, names))
    except Exception as error:  # the others continue
        words = " ".join(f"{type(error).__name__}: {error}".split())
        return Outcome(config.as_dict(), FAILED, words[:300])


def _train(config: Config, names: Cleaned) -> Run:
    from dino.train import Trainer

    trainer = Trainer(config, make_corpus(names, "", config.split_seed))
    while not trainer.done:
        trainer.advance()
    return trainer.run()


def _outcome(run: Run) -> Outcome:
    best_step, best_loss = run.best
    return Outcome(
        run.config.as_dict(),
        DIVERGED if run.stopped else DONE,
        str(run.stopped),
        _finite(run.val_loss),
        best_loss,
        best_step,
        run.step,
        " then ".join(engine for _, engine in run.engines),
        round(run.seconds, 3),
        tuple(run.val_steps.tolist()),
        tuple(_finite(loss) for loss in run.val_losses.tolist()),
    )


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
