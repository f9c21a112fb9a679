"""A small run that shows how long a member of an experiment takes on this server."""

from __future__ import annotations

import time
from collections.abc import Iterator

from dino.config import Config
from dino.data import Corpus
from dino.experiments.estimate import Timed, extremes
from dino.experiments.plan import Plan
from dino.jobs.run_work import WorkersPool
from dino.parts import Parts, report_progress, until_result
from dino.run import is_evaluation

FIRST = 10  # updates that are not timed: each of them is measured, and the first ones warm up
ENOUGH = 0.1  # seconds of a core for the updates of a recipe


def measure_members(
    pool: WorkersPool, plan: Plan, corpus: Corpus
) -> Iterator[tuple[float, tuple[float, ...]]]:
    """Seconds of a core that a member of each of `extremes` takes, in parts: (0, what
    is known so far), and last (1, all of them).
    """
    found: tuple[float, ...] = ()
    yield 0.0, found
    for config in extremes(plan, corpus):
        timed = yield from report_progress(_time(pool, config, corpus), (0.0, found))
        found = (*found, timed.member(config))
    yield 1.0, found


def _time(pool: WorkersPool, config: Config, corpus: Corpus) -> Parts[Timed]:
    """Train a recipe for a moment, and time its parts. The clock is that of the worker's thread,
    so that what others do meanwhile does not count.
    """
    trainer = yield from until_result(pool.build(config, corpus, takes_snapshots=False))
    began = time.thread_time()
    trainer.evaluate()
    measurement = 2 * (time.thread_time() - began)  # of the names trained on, as many
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
    update = max(spent - known, spent / 10) / max(1, len(steps))
    return Timed(update, measurement)
