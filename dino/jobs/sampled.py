"""Samples of names, many at once and without their traces, written in turns with the runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from dino.data import Corpus
from dino.name_measures import Name
from dino.ngram import NGram
from dino.parts import report_progress

if TYPE_CHECKING:
    from dino.jobs.kept_runs import RunEntry

NAMES, LONGEST = 400, 50  # names of a sample, and letters of a name
AT_ONCE = 100  # names that are written together: each holds all of its probabilities meanwhile
Sample = Iterator[tuple[float, list[Name]]]  # the share that is done, and the names so far


def sample_run(entry: RunEntry, seed: int) -> Sample:
    """Names from the last weights of a run, which it must have; the same draws for every run."""
    from dino.model import rebuild
    from dino.sample import draws, write_in_parts

    vocab, config = entry.corpus.vocab, entry.run.config
    model = rebuild(config, len(vocab), entry.run.weights)
    draw, names = draws(NAMES, seed, LONGEST), list[Name]()
    for first in range(0, NAMES, AT_ONCE):
        rows = draw[first : first + AT_ONCE]
        for traces in write_in_parts(model, vocab, rows, context=config.context):
            if traces is not None:
                names = [*names, *((trace.name, trace.finished) for trace in traces)]
            yield len(names) / NAMES, names


def sample_counts(corpus: Corpus, n: int, seed: int) -> Sample:
    """Names written by counting n letters at a time, without a network."""
    model = yield from report_progress(
        NGram.in_parts(n, corpus.train, corpus.vocab), (0.0, list[Name]())
    )
    draw, names = np.random.default_rng(seed).random((NAMES, LONGEST)), list[Name]()
    for first in range(0, NAMES, AT_ONCE):
        for written in model.write_in_parts(draw[first : first + AT_ONCE]):
            names = [*names, *(written or ())]
            yield len(names) / NAMES, names
