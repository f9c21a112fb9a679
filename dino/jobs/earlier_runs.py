"""A visitor's earlier runs: what is kept of each, and how many of them there is room for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dino.data import Corpus
from dino.jobs import limits
from dino.run import Run, bound_snapshots


@dataclass(frozen=True, eq=False)
class RunEntry:
    """A run in a visitor's list of runs: the present one, or one that a newer run replaced.

    number counts the visitor's runs; token is that of the job it came from.
    """

    number: int
    token: str
    run: Run
    corpus: Corpus
    baselines: dict[str, float]

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes, without its list, which other runs may share."""
        return self.run.nbytes

    def lighter(self) -> RunEntry:
        """The same entry to keep: its snapshots with fewer weights, its curves in own arrays."""
        run = self.run
        snapshots = bound_snapshots(list(run.snapshots), limits.ENTRY_BYTES)
        small = replace(
            run,
            snapshots=tuple(snapshots),
            losses=run.losses.copy(),
            symbols=run.symbols.copy(),
            val_steps=run.val_steps.copy(),
            val_losses=run.val_losses.copy(),
        )
        return replace(self, run=small)


class EarlierRuns:
    """Earlier runs, the oldest first; `discarded` counts those for which there was no room."""

    def __init__(self) -> None:
        self.entries: tuple[RunEntry, ...] = ()
        self.discarded = 0

    @property
    def nbytes(self) -> int:
        """About how many bytes the earlier runs take."""
        return sum(entry.nbytes for entry in self.entries)

    def add(self, entry: RunEntry) -> None:
        """Keep a run; the oldest ones are discarded where there is no room."""
        if entry.corpus.owner:
            entry.corpus.trim()
        self.entries += (entry.lighter(),)
        while len(self.entries) > limits.EARLIER_RUNS or self.nbytes > limits.EARLIER_BYTES:
            self.discard_oldest()

    def discard_oldest(self) -> None:
        """Forget the oldest of the earlier runs."""
        self.entries, self.discarded = self.entries[1:], self.discarded + 1
