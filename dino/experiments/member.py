"""Trains one member of an experiment and reports its outcome; all members on one engine."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from dino import cost
from dino.compiled import compiling
from dino.config import Config
from dino.data import Corpus, Vocab, make_corpus
from dino.experiments.plan import Plan
from dino.lists import CleanNames

if TYPE_CHECKING:  # PyTorch is loaded only where a member trains
    from dino.run import Run
    from dino.train import Trainer

DONE, DIVERGED, FAILED = "done", "diverged", "failed"


@dataclass(frozen=True)
class Outcome:
    """The outcome of a member, in plain values. Losses in nats per symbol, None if not finite.

    config: its recipe as plain values; status: done, diverged or failed; message: why it is not
    done; val_loss, best_val_loss, best_step, steps, engine: from its run
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
        """Its loss in a verdict: NaN if it diverged or failed."""
        return math.nan if self.status != DONE or self.val_loss is None else self.val_loss


class TrainedMember(NamedTuple):
    """A member that a sweep has trained: its outcome, and its run as a file, b'' for none."""

    outcome: Outcome
    file: bytes = b""


class MemberNames(NamedTuple):
    """Names that a member's network wrote when it was over, with the state carried from letter to
    letter; and, of a bounded memory, its held-out loss with the state carried all the same.
    """

    names: tuple[str, ...] = ()
    carried_loss: float | None = None


NO_NAMES = MemberNames()
Train: TypeAlias = Callable[[Config, CleanNames], TrainedMember]
Save: TypeAlias = "Callable[[Trainer], bytes]"


def on_one_engine(plan: Plan, corpus: Corpus) -> Plan:
    """The same plan with the engine that trains all its members from the first step to the last.

    It is the kernels if they cover every recipe, else PyTorch.
    """
    steps, symbols = 1 + max(map(len, corpus.names)), len(corpus.vocab)
    covered = compiling.is_available() and all(
        cost.kernels_cover(config, symbols, steps) for level in plan.recipes for config in level
    )
    engine = "compiled" if covered and plan.config.engine != "torch" else "torch"
    return replace(plan, config=plan.config.replace(engine=engine))


def train_member(config: Config, names: CleanNames) -> Outcome:
    """Train a recipe to its end on the engine that it names. After an exception its
    status is failed.

    Only tests use it, as the reference for the results of the pool and of a sweep's workers.
    """
    return train_and_save(config, names).outcome


def train_and_save(config: Config, names: CleanNames, save: Save | None = None) -> TrainedMember:
    """The same, and the file that `save` makes of its run."""
    try:
        trainer = _trained(config, names)
        outcome = outcome_of(trainer.run())
        if save is None:
            return TrainedMember(outcome)
        trainer.settle()  # measures each name's loss, and writes the best moment's names
        return TrainedMember(outcome, save(trainer))
    except Exception as error:  # one member's error must not stop the others
        return TrainedMember(failed_outcome(config, error))


def failed_outcome(config: Config, error: Exception) -> Outcome:
    """The outcome of a member that an exception ended."""
    words = " ".join(f"{type(error).__name__}: {error}".split())
    return Outcome(config.as_dict(), FAILED, words[:300])


def _trained(config: Config, names: CleanNames) -> Trainer:
    from dino.train import Trainer

    trainer = Trainer(config, make_corpus(names, "", config.split_seed, exam=config.exam))
    while not trainer.done:
        trainer.advance()
    return trainer


def outcome_of(run: Run) -> Outcome:
    """The outcome of a member whose run is over."""
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


def names_written_by(run: Run, vocab: Vocab, count: int) -> MemberNames:
    """The first names that a run's network writes; of each run with the same draws. A run that
    diverged writes none.
    """
    from dino.model import rebuild
    from dino.sample import draws, write

    if not count or run.stopped or run.weights is None:
        return MemberNames((), run.carried_loss)
    model = rebuild(run.config, len(vocab), run.weights)
    traces = write(model, vocab, draws(count, 0))
    return MemberNames(tuple(it.name for it in traces), run.carried_loss)


def with_fewer_points(outcome: Outcome, points: int) -> Outcome:
    """The same outcome with a curve of at most `points` points (or 3). The first, last
    and lowest stay.
    """
    count, most = len(outcome.val_steps), max(3, points)
    if count <= most:
        return outcome
    losses = np.array([math.nan if it is None else it for it in outcome.val_losses])
    chosen = np.linspace(0, count - 1, most - 1).round().astype(int)
    if np.isfinite(losses).any():
        chosen = np.union1d(chosen, np.nanargmin(losses))
    return replace(
        outcome,
        val_steps=tuple(outcome.val_steps[i] for i in chosen),
        val_losses=tuple(outcome.val_losses[i] for i in chosen),
    )


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
