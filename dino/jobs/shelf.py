"""A visitor's earlier runs: what is kept of each, and how much of them there is room for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dino.data import Corpus
from dino.jobs import limits
from dino.run import Run, bounded


@dataclass(frozen=True, eq=False)
class RunEntry:
    """A run to look at: the visitor's present one, or one laid aside when the next was begun.

    number counts the visitor's runs; token is that of the job it came from.
    """

    number: int
    token: str
    run: Run
    corpus: Corpus
    baselines: dict[str, float]

    @property
    def nbytes(self) -> int:
        """About what it weighs in memory, its list apart, which other runs may share."""
        run = self.run
        arrays = (run.weights, run.losses, run.symbols, run.val_steps, run.val_losses)
        return sum(a.nbytes for a in arrays) + sum(
            s.weights.nbytes for s in run.snapshots if s.weights is not None)

    def lighter(self) -> RunEntry:
        """The same run with fewer weights, its curves copied: fit to be laid aside."""
        run = self.run
        return replace(self, run=replace(
            run, snapshots=tuple(bounded(list(run.snapshots), limits.ENTRY_BYTES)),
            losses=run.losses.copy(), symbols=run.symbols.copy(),
            val_steps=run.val_steps.copy(), val_losses=run.val_losses.copy()))


class Shelf:
    """Earlier runs, the oldest first; `discarded` counts those for which there was no room."""

    def __init__(self) -> None:
        self.entries: tuple[RunEntry, ...] = ()
        self.discarded = 0

    @property
    def nbytes(self) -> int:
        """What the earlier runs weigh."""
        return sum(entry.nbytes for entry in self.entries)

    def add(self, entry: RunEntry) -> None:
        """Lay a run aside; the oldest ones go where there is no room."""
        if entry.corpus.owner:
            entry.corpus.trim()
        self.entries += (entry.lighter(),)
        while len(self.entries) > limits.SHELF_RUNS or self.nbytes > limits.SHELF_BYTES:
            self.discard_oldest()

    def discard_oldest(self) -> None:
        """Forget the oldest of the earlier runs."""
        self.entries, self.discarded = self.entries[1:], self.discarded + 1
