"""A browser's runs that are no longer at work: what is kept of each, and what goes first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple

from dino.data import Corpus
from dino.jobs import limits
from dino.run import Run, bound_snapshots

if TYPE_CHECKING:  # PyTorch takes a second to load
    from dino.packing import Packed

ROW_BYTES = 2_000  # of an entry without curves, names and weights
SNAPSHOT_BYTES = 600  # of a moment without its weights


@dataclass(frozen=True, eq=False)
class RunEntry:
    """A run in a browser's list: one at work, or a kept one.

    number: counts the runs of its browser, `owner`; token: that of its job
    run: a kept one's curves are thinned; its weights are None where they were given up for room
    baselines: by name; empty until they are counted
    packed: what training on needs; None for a run at work, or where it was given up for room
    kept_at: when it was kept, in seconds of the pool's clock
    """

    number: int
    token: str
    run: Run
    corpus: Corpus
    baselines: dict[str, float]
    packed: Packed | None = None
    owner: str = ""
    kept_at: float = 0.0

    @cached_property
    def nbytes(self) -> int:
        """About how many bytes it takes, without its list, which other runs may share."""
        packed = self.packed.nbytes if self.packed is not None else 0
        return self.run.nbytes + packed + ROW_BYTES + SNAPSHOT_BYTES * len(self.run.snapshots)

    def to_keep(self, now: float) -> RunEntry:
        """The same entry to keep from now on: its curves thinned, fewer of its moments' weights."""
        snapshots = bound_snapshots(list(self.run.snapshots), limits.ENTRY_BYTES)
        run = replace(self.run.thinned(limits.CURVE_POINTS), snapshots=tuple(snapshots))
        return replace(self, run=run, kept_at=now)

    @cached_property
    def weights_nbytes(self) -> int:
        """Those of its last weights and of its best moment's."""
        best = self.run.kept_best.weights if self.run.kept_best is not None else None
        return sum(array.nbytes for array in (self.run.weights, best) if array is not None)

    @cached_property
    def training_nbytes(self) -> int:
        """Those of what training on needs, and of the weights of its other moments."""
        packed = self.packed.nbytes if self.packed is not None else 0
        best = self.run.kept_best.weights if self.run.kept_best is not None else None
        weights = [s.weights for s in self.run.snapshots if s.weights is not best]
        return packed + sum(array.nbytes for array in weights if array is not None)

    def without_training(self) -> RunEntry:
        """The same without `packed`, and without the weights of its moments but for the best."""
        return replace(self, run=self.run.without_moments(), packed=None)

    def without_weights(self) -> RunEntry:
        """The same without any weights: its row, curves and names."""
        return replace(self, run=self.run.without_weights(), packed=None)


class KeptRuns:
    """The kept runs of one browser, the oldest first; `discarded` counts those that had to go.

    is_here: whether the browser has a page open. The pool's lock guards all changes; `entries` is
    replaced, never changed, so that a page may read it.
    """

    def __init__(self) -> None:
        self.entries: tuple[RunEntry, ...] = ()
        self.discarded = 0
        self.is_here = True

    @property
    def nbytes(self) -> int:
        """About how many bytes they take, without their lists."""
        return sum(entry.nbytes for entry in self.entries)

    @property
    def lightened(self) -> int:
        """How many of them gave up their weights for room."""
        return sum(entry.run.weights is None for entry in self.entries)

    def find(self, number: int) -> RunEntry | None:
        """The run of this number, if it is kept."""
        return next((entry for entry in self.entries if entry.number == number), None)

    def add(self, entry: RunEntry, room: int = 0) -> None:
        """Keep a run, in place of an older picture of it; the oldest give way where it must be.

        room: bytes that the server has for this browser, where they are more than its own bound.
        """
        others = (other for other in self.entries if other.token != entry.token)
        self.entries = tuple(sorted((*others, entry), key=lambda entry: entry.number))
        while len(self.entries) > limits.KEPT_RUNS or self._holds_too_many_lists():
            self.discard(self.entries[0].token)
        free(self.nbytes - max(limits.KEPT_BYTES, room), offers([self]))

    def _holds_too_many_lists(self) -> bool:
        """Whether their lists take too much; that of the newest run is kept, however large."""
        lists = {entry.corpus for entry in self.entries}
        return len(lists) > 1 and sum(c.nbytes for c in lists) > limits.KEPT_LISTS_BYTES

    def take(self, token: str) -> RunEntry | None:
        """Remove a run; the entry, if it was kept."""
        found = next((entry for entry in self.entries if entry.token == token), None)
        self.entries = tuple(entry for entry in self.entries if entry is not found)
        return found

    def discard(self, token: str) -> None:
        """Remove a run for which there is no room."""
        if self.take(token) is not None:
            self.discarded += 1

    def lighten(self, token: str, how: Callable[[RunEntry], RunEntry]) -> None:
        """Have one run give something up."""
        self.entries = tuple(
            how(entry) if entry.token == token else entry for entry in self.entries
        )


class Offer(NamedTuple):
    """Memory that can be freed: how, and how many bytes."""

    give: Callable[[], object]
    size: int


def offers(kept: Collection[KeptRuns]) -> Iterator[Offer]:
    """What kept runs can give, in order, the oldest first: what training on needs and the weights
    of moments, then all weights, then whole runs, those of browsers without a page first.
    """
    runs = [(runs, entry) for runs in kept for entry in runs.entries]
    runs.sort(key=lambda pair: (pair[1].kept_at, pair[1].number))
    for holder, entry in runs:
        if entry.training_nbytes:
            give = partial(holder.lighten, entry.token, RunEntry.without_training)
            yield Offer(give, entry.training_nbytes)
    for holder, entry in runs:
        if entry.weights_nbytes:
            give = partial(holder.lighten, entry.token, RunEntry.without_weights)
            yield Offer(give, entry.weights_nbytes)
    runs.sort(key=lambda pair: pair[0].is_here)
    for holder, entry in runs:
        rest = entry.nbytes - entry.training_nbytes - entry.weights_nbytes
        yield Offer(partial(holder.discard, entry.token), rest)


def free(excess: int, offered: Iterator[Offer]) -> None:
    """Accept offers until that many bytes are free, or there are no more."""
    while excess > 0 and (offer := next(offered, None)) is not None:
        offer.give()
        excess -= offer.size
