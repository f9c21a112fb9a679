"""Names that a run wrote for a visitor, each with its trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dino.config import Config, Writing
from dino.data import Corpus
from dino.locale.sentences import Refusal, sentence
from dino.parts import report_progress, until_result
from dino.run import Run

if TYPE_CHECKING:  # PyTorch takes a second to load
    from dino.sample import Trace


@dataclass(frozen=True, eq=False)
class WrittenNames:
    """Names, with which settings they were written, and after which step of the run.

    best: whether with the weights of the best moment; nearest: the real name next to each, and how
    many letters differ.
    """

    writing: Writing
    step: int
    best: bool
    traces: tuple[Trace, ...]
    nearest: tuple[tuple[str, int], ...]


def in_effect(writing: Writing, context: int = 0) -> Writing:
    """The same settings without those that change no name, which are as at first: greedy leaves
    nothing to chance, and a network that remembers all letters carries its state on anyhow.

    context: how many letters a prediction of the network sees; 0 for all.
    """
    first = Writing()
    if writing.greedy:
        writing = first.replace(
            greedy=True, prefix=writing.prefix, longest=writing.longest, carry=writing.carry
        )
    return writing if context else writing.replace(carry=first.carry)


def write_names(
    run: Run, corpus: Corpus, writing: Writing, best: bool = False
) -> Iterator[tuple[float, WrittenNames | None]]:
    """Write names with the weights of a run, in parts: (share, None) and, last, (1, the names).

    best: with those of its best moment, not of its last step. Raises ValueError for first letters
    that this list does not have, or too many of them, and for a run without weights.
    """
    from dino.metrics import nearest_name

    moment = run.best_moment if best else run.moments[-1]
    if moment.weights is None:
        raise Refusal(
            sentence(
                "The weights of this run were discarded for lack of memory; its curve and the "
                "names that it wrote while it learned are still here. Train it again to write "
                "names."
            )
        )
    work = until_result(_write_traces(run.config, moment.weights, corpus, writing))
    traces = yield from report_progress(work, (0.0, None))
    nearest = []
    for trace in traces:
        nearest.append(nearest_name(trace.name, corpus.names))
        yield 0.5 * len(nearest) / len(traces), None
    yield 1.0, WrittenNames(writing, moment.step, best, tuple(traces), tuple(nearest))


def _write_traces(
    config: Config, weights: Any, corpus: Corpus, writing: Writing
) -> Iterator[list[Trace] | None]:
    """None after every step of the network, then the names."""
    from dino.model import rebuild
    from dino.sample import draws, write_in_parts

    vocab = corpus.vocab
    return write_in_parts(
        rebuild(config, len(vocab), weights),
        vocab,
        draws(1 if writing.greedy else writing.count, writing.draw, writing.longest),
        temperature=writing.temperature,
        greedy=writing.greedy,
        top_k=writing.top_k,
        prefix=vocab.normalize(writing.prefix),
        context=0 if writing.carry else config.context,
    )
