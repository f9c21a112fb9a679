"""The run of an experiment's best member: names that its network writes, and its entry."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from dino.config import Writing
from dino.data import Corpus
from dino.jobs import limits
from dino.jobs.experiment import Experiment
from dino.jobs.kept_runs import RunEntry
from dino.jobs.name_writing import WrittenNames, write_names
from dino.locale.sentences import sentence
from dino.parts import report_progress


def names_of_best(
    experiment: Experiment, writing: Writing
) -> Iterator[tuple[float, tuple[WrittenNames, Corpus] | None]]:
    """Names written by the best member's network, and the list as it was split for it, in parts.

    Raises Refusal if the list can no longer be split.
    """
    assert experiment.best is not None
    run = experiment.best[1]
    yield 0.0, None
    corpus = experiment.list_of_best()
    for share, written in write_names(run, corpus, writing):
        yield share, None if written is None else (written, corpus)


def entry_of_best(
    experiment: Experiment, count: Callable[[Corpus, float], dict[str, float] | None]
) -> Iterator[tuple[float, RunEntry | None]]:
    """The run of the best member as an entry of its browser's list, in parts. Its number is 0.

    count: counts the baselines of a list until a time, as `Baselines.count` does. Raises Refusal
    where the list can no longer be split.
    """
    assert experiment.best is not None
    from dino.recorder import with_trace

    yield 0.0, None
    corpus = experiment.list_of_best()
    yield 0.3, None
    run = yield from report_progress(with_trace(experiment.best[1], corpus.vocab), (0.3, None))
    while (baselines := count(corpus, time.monotonic() + limits.SLICE)) is None:
        yield 0.6, None
    token, owner, title = experiment.best_token, experiment.owner, sentence("Best of an experiment")
    yield 1.0, RunEntry(0, token, run, corpus, baselines, owner=owner, title=title)
