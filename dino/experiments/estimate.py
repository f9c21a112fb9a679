"""How long an experiment takes, from the measured times of its cheapest and its dearest member."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dino.config import Config
from dino.data import Corpus
from dino.experiments.member import Outcome
from dino.experiments.plan import Member, Plan, member_flop
from dino.locale.sentences import Sentence, plural_sentence, sentence
from dino.parts import Parts, report_progress, until_result
from dino.run import is_evaluation

if TYPE_CHECKING:  # PyTorch is loaded only where a member trains
    from dino.packing import PackedTrainer
    from dino.train import Trainer

    Build = Callable[[Config, Corpus, PackedTrainer | None, bool], Iterator[Trainer | None]]

ASK, MOST = 600.0, 3600.0  # seconds; a page asks from the first on, and refuses beyond the second
FIRST = 10  # updates that are not timed: each of them is measured, and the first ones warm up
ENOUGH = 0.1  # seconds of a core, spent on the updates of a recipe


class MemberTimes(NamedTuple):
    """The parts of a member's training, in seconds of a core: an update of the weights, and a
    measurement of its losses.
    """

    update: float
    measurement: float

    def member(self, config: Config) -> float:
        """Seconds of a core for a member of this recipe."""
        steps = range(1, config.max_steps + 1)
        measured = 1 + sum(is_evaluation(step) or step == config.max_steps for step in steps)
        return self.update * config.max_steps + self.measurement * measured


@lru_cache(maxsize=64)
def _work(plan: Plan, symbols: int, steps: int, held_out: int) -> np.ndarray:
    """About how many floating-point operations a member of each recipe takes. (L, R)"""
    return np.array(
        [[member_flop(it, symbols, steps, held_out) for it in level] for level in plan.recipes]
    )


def work_of(plan: Plan, corpus: Corpus) -> np.ndarray:
    """About how many floating-point operations a member of each recipe takes. (L, R)"""
    return _work(plan, len(corpus.vocab), 1 + max(map(len, corpus.names)), len(corpus.val))


def extremes(plan: Plan, corpus: Corpus) -> tuple[Config, ...]:
    """The cheapest and the dearest recipe of a plan; only one if all cost the same."""
    recipes = [config for level in plan.recipes for config in level]
    work = work_of(plan, corpus).ravel()
    low, high = recipes[int(work.argmin())], recipes[int(work.argmax())]
    return (low,) if work.min() == work.max() else (low, high)


def measure_members(
    build: Build, plan: Plan, corpus: Corpus
) -> Iterator[tuple[float, tuple[float, ...]]]:
    """Seconds of a core that a member of each of `extremes` takes, in parts: (0, those known so
    far), and last (1, all of them).
    """
    found: tuple[float, ...] = ()
    yield 0.0, found
    for config in extremes(plan, corpus):
        timed = yield from report_progress(_time(build, config, corpus), (0.0, found))
        found = (*found, timed.member(config))
    yield 1.0, found


def _time(build: Build, config: Config, corpus: Corpus) -> Parts[MemberTimes]:
    """Train a recipe for a moment, and time its parts.

    The clock is that of the worker's thread, so other work does not count.
    """
    trainer = yield from until_result(build(config, corpus, None, False))
    began = time.thread_time()
    trainer.evaluate()
    measurement = 2 * (time.thread_time() - began)  # twice, for as many of the names trained on
    yield
    while trainer.step_count < FIRST and not trainer.done:
        trainer.advance(1, 0.01)
        yield
    first, spent = trainer.step_count, 0.0
    while spent < ENOUGH and not trainer.done:
        began = time.thread_time()
        trainer.advance(seconds=0.01)
        spent += time.thread_time() - began
        yield
    steps = range(first + 1, trainer.step_count + 1)
    known = measurement * sum(map(is_evaluation, steps))
    # At least a tenth: `known` is measured only once, and may exceed its true share.
    update = max(spent - known, spent / 10) / max(1, len(steps))
    return MemberTimes(update, measurement)


def plan_seconds(plan: Plan, corpus: Corpus, measured: Sequence[float]) -> float:
    """Seconds of a core for all members of a plan.

    measured: for a member of each of `extremes`; between them, seconds are interpolated by work.
    """
    work = work_of(plan, corpus)
    ends = [float(work.min()), float(work.max())][: len(measured)]
    seconds = np.interp(work, ends, measured)
    return float(seconds.sum()) * plan.seeds * plan.splits


def at_load(seconds: float, workers: int, others: int, shares: int = 1) -> float:
    """How long it takes beside other runs, if these seconds of a core are shared fairly.

    workers: how many slices are worked on at once; others: how many other runs are at work; shares:
    how many turns it has while each of the others has one. Only one worker at a time works on it.
    """
    shares = max(1, shares)
    return seconds * max(1.0, (others + shares) / (shares * max(1, workers)))


def seconds_left(
    plan: Plan, members: Sequence[Member], outcomes: Sequence[Outcome], corpus: Corpus
) -> float | None:
    """Seconds of a core for the remaining members, from those of the first; None before the first.

    members: all of the plan; outcomes: of the first ones
    """
    work, count = work_of(plan, corpus), len(outcomes)
    each = np.array([work[member.place[:2]] for member in members])
    shares = [
        outcome.steps / m.config.max_steps for outcome, m in zip(outcomes, members, strict=False)
    ]
    made = float((each[:count] * shares).sum())
    spent = sum(outcome.seconds for outcome in outcomes)
    return spent * float(each[count:].sum()) / made if made else None


def duration_sentence(seconds: float) -> Sentence:
    """A duration in words, rounded up: '40 seconds', '12 minutes', '1.5 hours'."""
    if seconds < 90:
        return plural_sentence("{count} second", "{count} seconds", max(1, int(np.ceil(seconds))))
    if seconds < 90 * 60:
        return plural_sentence("{count} minute", "{count} minutes", int(np.ceil(seconds / 60)))
    return sentence("{hours:,.1f} hours", hours=np.ceil(seconds / 360) / 10)
