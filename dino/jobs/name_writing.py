"""Names written by a run, in turns with training: a few with their traces, or many without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dino.config import Config, Writing
from dino.data import Corpus
from dino.jobs.counts import Counts
from dino.locale.sentences import Refusal, sentence
from dino.mix import Mix, mix_of
from dino.name_measures import Name
from dino.ngram import NGram
from dino.parts import Parts, report_progress, until_result
from dino.run import Run

if TYPE_CHECKING:  # PyTorch takes a second to load
    from dino.jobs.kept_runs import RunEntry
    from dino.model import CharRNN
    from dino.sample import Trace

NAMES, LONGEST = 400, 50  # names of a sample, and letters of a name
_FIRST = Writing()
AT_ONCE = 100  # written at the same time: each name holds all its probabilities until it is done
Sample = Iterator[tuple[float, list[Name]]]  # the share that is done, and the names so far


@dataclass(frozen=True, eq=False)
class WrittenNames:
    """Written names, their settings, and the step of the run whose weights wrote them.

    best: whether the weights are those of the best moment; nearest: the real name next to each, and
    how many letters differ.
    """

    writing: Writing
    step: int
    best: bool
    traces: tuple[Trace, ...]
    nearest: tuple[tuple[str, int], ...]

    @property
    def nbytes(self) -> int:
        """How much memory the traces take."""
        return sum(trace.nbytes for trace in self.traces)


def in_effect(writing: Writing, context: int = 0) -> Writing:
    """The settings with those that change no name set to their defaults.

    Greedy writing leaves nothing to chance. A network that remembers all letters carries its state
    on anyway. A mixture that is all network is no mixture. context: how many letters a prediction
    sees; 0 for all.
    """
    first = _FIRST
    if writing.greedy:
        kept = ("prefix", "longest", "carry", "mix")
        writing = first.replace(greedy=True, **{name: getattr(writing, name) for name in kept})
    if mix_of(writing.mix) is None:
        writing = writing.replace(mix=first.mix)
    return writing if context else writing.replace(carry=first.carry)


def write_names(
    run: Run, corpus: Corpus, writing: Writing, best: bool = False, counts: Counts | None = None
) -> Iterator[tuple[float, WrittenNames | None]]:
    """Write names with the weights of a run, in parts: (share, None) and, last, (1, the names).

    best: use the weights of its best moment, not of its last step. counts: those of lists in use,
    if they are shared. Raises ValueError if the first letters are not in this list or too many, and
    if the run has no weights.
    """
    from dino.metrics import nearest_name

    moment = run.best_moment if best else run.moments[-1]
    if moment.weights is None:
        raise Refusal(
            sentence(
                "The weights of this run were discarded to save memory. Its curve and the names it "
                "wrote while it learned are still here. Train it again to write names."
            )
        )
    work = _write_traces(run.config, moment.weights, corpus, writing, counts or Counts())
    traces = yield from report_progress(work, (0.0, None))
    nearest = []
    for trace in traces:
        nearest.append(nearest_name(trace.name, corpus.names))
        yield 0.5 * len(nearest) / len(traces), None
    yield 1.0, WrittenNames(writing, moment.step, best, tuple(traces), tuple(nearest))


def _write_traces(
    config: Config, weights: Any, corpus: Corpus, writing: Writing, counts: Counts
) -> Parts[list[Trace]]:
    from dino.model import rebuild
    from dino.sample import draws

    # Greedy names are all equal, so one draw is enough.
    vocab = corpus.vocab
    return write_together(
        rebuild(config, len(vocab), weights),
        corpus,
        draws(1 if writing.greedy else writing.count, writing.draw, writing.longest),
        mix_of(writing.mix),
        counts,
        temperature=writing.temperature,
        greedy=writing.greedy,
        top_k=writing.top_k,
        prefix=vocab.normalize(writing.prefix),
        context=0 if writing.carry else config.context,
    )


def write_together(
    model: CharRNN, corpus: Corpus, draw: np.ndarray, mix: Mix | None, counts: Counts, **how: Any
) -> Parts[list[Trace]]:
    """Names by a network and the counted letters of its list, in parts; without a mix by the
    network.

    how: as `sample.write` takes it.
    """
    from dino.sample import write_in_parts

    if mix is not None:
        counted = yield from counts.count(corpus, mix.n)
        how |= {"counts": counted, "share": mix.share}
    return (yield from until_result(write_in_parts(model, corpus.vocab, draw, **how)))


def sample_run(entry: RunEntry, seed: int) -> Sample:
    """Names from the last weights of a run, which must be there; every run gets the same draws."""
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
