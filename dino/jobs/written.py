"""Names that a run wrote for a visitor, each with how it came about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dino.config import Writing
from dino.data import Corpus
from dino.parts import report_progress, until_result
from dino.run import Run

if TYPE_CHECKING:  # PyTorch takes a second to load
    from dino.sample import Trace


@dataclass(frozen=True, eq=False)
class WrittenNames:
    """Names, with which settings they were written, and after which step of the run.

    nearest: the real name next to each, and how many letters differ.
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
    from dino.metrics import nearest_name

    work = until_result(_write_traces(run, corpus, writing))
    traces = yield from report_progress(work, (0.0, None))
    nearest = []
    for trace in traces:
        nearest.append(nearest_name(trace.name, corpus.names))
        yield 0.5 * len(nearest) / len(traces), None
    yield 1.0, WrittenNames(writing, run.kept_step, tuple(traces), tuple(nearest))


def _write_traces(run: Run, corpus: Corpus, writing: Writing) -> Iterator[list[Trace] | None]:
    """None after every step of the network, then the names."""
    from dino.model import rebuild
    from dino.sample import draws, write_in_parts

    vocab = corpus.vocab
    return write_in_parts(
        rebuild(run.config, len(vocab), run.weights),
        vocab,
        draws(1 if writing.greedy else writing.count, writing.draw, writing.longest),
        temperature=writing.temperature,
        greedy=writing.greedy,
        top_k=writing.top_k,
        prefix=vocab.normalize(writing.prefix),
        context=0 if writing.carry else run.config.context,
    )
