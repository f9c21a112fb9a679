"""Trains the recipe of a report again: its list, its rates, its steps, its engines.

    again = repeat(facts, corpus)      other = repeat(facts, corpus, perturbed=1)

Two trainings whose first weights differ in their last bit are as far apart as those of two machines
whose libraries round differently.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import torch

from dino.compiled import engine
from dino.data import Corpus
from dino.evaluation import exam_loss
from dino.grader.claims import RunClaims
from dino.locale.sentences import Refusal
from dino.ngram import NGram
from dino.parts import finish
from dino.run import is_evaluation
from dino.together import held_out_letters, read_in_parts
from dino.train import Trainer

SLICE = 0.2  # seconds between two reports of progress
Progress = Callable[[int, int], object]  # called with the steps made, and how many there are


def ignore_progress(step: int, steps: int) -> None:
    """A `Progress` that does nothing."""


class OutOfTime(Exception):
    """The recipe takes longer than it may."""


class Repetition(NamedTuple):
    """The results of training a recipe again. Losses in nats per symbol.

    steps (E,), val_losses (E,), train_eval_losses (E,): what was measured
    engines: (step, engine) pairs; stopped: whether it diverged at its end
    train_loss: of the last batches, as `Run.train_loss` has it; NaN before the first step
    exam_loss: on the final exam, NaN if the report does not have it
    diverged: whether it diverged at its end, or before it was trained on
    together: the figures of its network read together with counting, if the report has them
    held_out: the held-out names; letters (T,): −ln p of each of their letters and end marks, None
    unless it was asked for
    """

    steps: np.ndarray
    val_losses: np.ndarray
    train_eval_losses: np.ndarray
    engines: tuple[tuple[int, str], ...]
    stopped: bool
    train_loss: float = math.nan
    exam_loss: float = math.nan
    diverged: bool = False
    together: Mapping[str, float] = {}
    held_out: tuple[str, ...] = ()
    letters: np.ndarray | None = None

    @property
    def last(self) -> dict[str, float]:
        """Both final losses; of a run that diverged, those of the restored weights."""
        curves = {"val_losses": self.val_losses, "train_eval_losses": self.train_eval_losses}
        return {name: float(curve[-1]) for name, curve in curves.items()}

    @property
    def curves(self) -> dict[str, dict[int, float]]:
        """Both losses by step, as a report's curve has them."""
        drawn = len(self.steps) - self.stopped
        steps = self.steps[:drawn].tolist()
        losses = {"val_losses": self.val_losses, "train_eval_losses": self.train_eval_losses}
        return {
            name: dict(zip(steps, curve[:drawn].tolist(), strict=True))
            for name, curve in losses.items()
        }


def repeat(
    facts: RunClaims,
    corpus: Corpus,
    *,
    perturbed: int = 0,
    until: float = math.inf,
    progress: Progress = ignore_progress,
    by_letter: bool = False,
) -> Repetition:
    """Train as the report says.

    perturbed: if it is not 0, the first weights differ in their last bit, up or down by draws of
    this seed. until: when it must be done (`time.monotonic`). by_letter: also measure each held-out
    letter. Raises OutOfTime, and Refusal if its engine is not here.
    """
    trainer = _make_trainer(facts, corpus)
    if perturbed:
        _perturb(trainer, perturbed)
    rates, diverged = dict(facts.learning_rates), False
    for goal in _goals(facts):
        diverged |= _advance(trainer, goal, until, lambda step: progress(step, facts.steps))
        if goal in rates:
            trainer.learning_rate = rates[goal]
        if goal in facts.curve.steps and not is_evaluation(goal):
            _settle(trainer, until)  # a run is also measured where it pauses
    _settle(trainer, until)
    run = trainer.run()
    return Repetition(
        run.val_steps,
        run.val_losses,
        run.train_eval_losses,
        run.engines,
        bool(run.stopped),
        math.nan if run.train_loss is None else run.train_loss,
        _exam(facts, trainer),
        bool(run.stopped) or diverged,
        _read_together(facts, trainer, corpus),
        tuple(corpus.val),
        _letters(trainer) if by_letter else None,
    )


def _read_together(facts: RunClaims, trainer: Trainer, corpus: Corpus) -> dict[str, float]:
    """The figures of the trained network together with counting, if the report has them."""
    if facts.mix is None:
        return {}
    counts = NGram(facts.mix.n, corpus.train, corpus.vocab)
    how = facts.mix, facts.config.context, "exam_loss" in facts.together and bool(corpus.exam)
    return finish(read_in_parts(trainer.eval_model, counts, corpus, *how)).figures


def _exam(facts: RunClaims, trainer: Trainer) -> float:
    """The loss on the final exam; NaN if the report does not have it."""
    if facts.exam_loss is None or not trainer.corpus.exam:
        return math.nan
    return exam_loss(trainer.eval_model, trainer.corpus, facts.config.context)


def _letters(trainer: Trainer) -> np.ndarray:
    return finish(held_out_letters(trainer.eval_model, trainer.corpus, trainer.config.context))


def _make_trainer(facts: RunClaims, corpus: Corpus) -> Trainer:
    """A new trainer on the engines of the report, whatever the recipe asks for."""
    start = facts.kernels_from
    if start is None:
        return Trainer(facts.config.replace(engine="torch"), corpus)
    if not engine.is_available():
        raise Refusal("it ran on the compiled engine, whose kernels need numba and scipy")
    if why := engine.why_not_prepared():
        raise Refusal(
            f"it ran on the compiled engine, but the kernels could not be compiled: {why}"
        )
    return Trainer(facts.config.replace(engine="auto"), corpus, kernels_from=start)


@torch.no_grad()
def _perturb(trainer: Trainer, seed: int) -> None:
    """Change the last bit of every weight."""
    state = trainer.state
    draws = torch.rand(state.weights.shape, generator=torch.Generator().manual_seed(seed))
    ways = torch.where(draws < 0.5, math.inf, -math.inf)
    # Without an average, both are the same vector, which must change only once.
    for numbers in {id(it): it for it in (state.weights, state.average)}.values():
        numbers.copy_(torch.nextafter(numbers, ways))


def _goals(facts: RunClaims) -> list[int]:
    """The steps at which something is done between two updates, the last step included."""
    paused = (step for step in facts.curve.steps if not is_evaluation(step))
    ends = (min(facts.steps, facts.config.max_steps), facts.steps)
    return sorted({*(step for step, _ in facts.learning_rates), *paused, *ends})


def _advance(trainer: Trainer, goal: int, until: float, progress: Callable[[int], object]) -> bool:
    """Train to a step; return whether the run diverged before it.

    If the run diverges earlier, it trains on from its last good weights. A run whose recipe has
    fewer steps also trains on.
    """
    diverged = False
    while trainer.step_count < goal:
        if trainer.done:
            diverged |= bool(trainer.stopped)
            trainer.extend(goal - trainer.step_count)
        trainer.advance(goal - trainer.step_count, seconds=SLICE)
        progress(trainer.step_count)
        _check_time(until)
    return diverged


def _settle(trainer: Trainer, until: float) -> None:
    while not trainer.settle(SLICE):
        _check_time(until)
    _check_time(until)


def _check_time(until: float) -> None:
    if time.monotonic() > until:
        raise OutOfTime


def distances(one: Repetition, other: Repetition) -> dict[str, dict[int, float]]:
    """How far apart the curves of two trainings are, by step."""
    pairs = zip(one.curves.items(), other.curves.values(), strict=True)
    return {
        name: {step: abs(loss - second[step]) for step, loss in first.items() if step in second}
        for (name, first), second in pairs
    }
