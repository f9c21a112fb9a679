"""Names that a run wrote for a visitor, each with how it came about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dino.config import Writing
from dino.data import Corpus
from dino.run import Run

if TYPE_CHECKING:
    from dino.sample import Trace


@dataclass(frozen=True, eq=False)
class WrittenNames:
    """Names, with which settings they were written, and after which step of the run.

    nearest: the real name next to each, and how many letters apart.
    """

    writing: Writing
    step: int
    traces: tuple[Trace, ...]
    nearest: tuple[tuple[str, int], ...]


def write_names(
    run: Run, corpus: Corpus, writing: Writing
) -> Iterator[tuple[float, WrittenNames | None]]:
    """Write names with the weights of a run, in parts: (share, None) and, last, (1, the names).

    Raises ValueError for first letters that this list does not have, or too many of them.
    """
    from dino.metrics import nearest
    from dino.sample import draws
    from dino.sample import writing as in_steps
    from dino.train import rebuild

    vocab, context = corpus.vocab, run.config.context
    model = rebuild(run.config, len(vocab), run.weights)
    count = 1 if writing.greedy else writing.count
    steps = in_steps(
        model, vocab, draws(count, writing.draw, writing.longest),
        temperature=writing.temperature, greedy=writing.greedy, top_k=writing.top_k,
        prefix=vocab.tidy(writing.prefix), context=0 if writing.carry else context)
    while (traces := next(steps)) is None:
        yield 0.0, None
    found = []
    for trace in traces:
        found.append(nearest(trace.name, corpus.names))
        yield 0.5 * len(found) / len(traces), None
    yield 1.0, WrittenNames(writing, run.kept_step, tuple(traces), tuple(found))
