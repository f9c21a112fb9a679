"""A browser's runs that are no longer at work: what is kept of each, and what goes first."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple

from dino.data import Corpus
from dino.jobs import limits
from dino.jobs.exams import Exams
from dino.locale.sentences import Refusal, Text, sentence
from dino.run import Run, bound_snapshots

if TYPE_CHECKING:  # PyTorch takes a second to load
    from dino.packing import PackedTrainer

ROW_BYTES = 2_000  # of an entry without curves, names and weights
SNAPSHOT_BYTES = 600  # of a moment without its weights
JOINERS = "\u200c\u200d"  # invisible, and part of how some scripts are written


@dataclass(frozen=True, eq=False)
class RunEntry:
    """A run in a browser's list: one at work, or a kept one.

    number: counts the runs of its browser, `owner`; token: that of its job
    run: a kept one's curves are thinned; its weights are None where they were given up for room
    baselines: by name; empty until they are counted
    packed: what training on needs; None for a run at work, or where it was given up for room
    kept_at: when it was kept, in seconds of the pool's clock
    title: what its browser calls it, '' until then; a Sentence where the app has named it
    pinned: it is the last to give up anything
    opened: whether it was opened from a file
    """

    number: int
    token: str
    run: Run
    corpus: Corpus
    baselines: dict[str, float]
    packed: PackedTrainer | None = None
    owner: str = ""
    kept_at: float = 0.0
    title: Text = ""
    pinned: bool = False
    opened: bool = False

    @cached_property
    def nbytes(self) -> int:
        """About how many bytes it takes, without its list, which other runs may share."""
        packed = self.packed.nbytes if self.packed is not None else 0
        return self.run.nbytes + packed + ROW_BYTES + SNAPSHOT_BYTES * len(self.run.snapshots)

    def to_keep(self, now: float) -> RunEntry:
        """The same entry to keep from now on: its curves thinned, fewer of its moments' weights."""
        snapshots = bound_snapshots(list(self.run.snapshots), limits.ENTRY_BYTES)
        run = replace(self.run.with_fewer_points(limits.CURVE_POINTS), snapshots=tuple(snapshots))
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


def checked_title(text: str) -> str:
    """A title as it is kept: in one line, without invisible characters. Raises Refusal for one that
    is longer than `limits.TITLE_LETTERS`.
    """
    # Composing a long run of accents takes quadratic time, so a long text is not composed at all.
    title = _in_a_line(text) if len(text) <= 10 * limits.TITLE_LETTERS else text
    if len(title) > limits.TITLE_LETTERS:
        raise Refusal(
            sentence(
                "A run's title can have at most {most} characters. This one has {count:,}. Shorten "
                "it.",
                most=limits.TITLE_LETTERS,
                count=len(title),
            )
        )
    return title


def _in_a_line(text: str) -> str:
    seen = (c if c in JOINERS or unicodedata.category(c)[0] != "C" else " " for c in text)
    return " ".join(unicodedata.normalize("NFC", "".join(seen)).split())


class KeptRuns:
    """The kept runs of one browser, the oldest first; `discarded` counts those that had to go.

    removed: the tokens of the latest ones that the visitor deleted, which may still be put back;
    all: these, too. is_here: whether the browser has a page open. experiments: how many it has;
    each takes the place of a kept run. exams: what it opened of final exams, also with runs that
    are gone. The pool's lock guards all changes; tuples are replaced, never changed, so that a page
    may read them.
    """

    def __init__(self) -> None:
        self.all: tuple[RunEntry, ...] = ()
        self.removed: tuple[str, ...] = ()
        self.discarded = self.experiments = 0
        self.exams = Exams()
        self.is_here = True

    @property
    def entries(self) -> tuple[RunEntry, ...]:
        """Those that are not deleted."""
        return tuple(entry for entry in self.all if entry.token not in self.removed)

    @property
    def removed_entries(self) -> tuple[RunEntry, ...]:
        """Those that may still be put back, the one that was deleted last at the end."""
        by_token = {entry.token: entry for entry in self.all}
        return tuple(by_token[token] for token in self.removed if token in by_token)

    @property
    def nbytes(self) -> int:
        """About how many bytes they take, without their lists."""
        return sum(entry.nbytes for entry in self.all)

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
        others = (other for other in self.all if other.token != entry.token)
        self.all = tuple(sorted((*others, entry), key=lambda entry: entry.number))
        most = limits.KEPT_RUNS - self.experiments
        while len(self.all) > most or self._holds_too_many_lists():
            first = self.removed_entries or [it for it in self.all[:-1] if not it.pinned]
            self.discard((*first, *self.all)[0].token)
        free(self.nbytes - max(limits.KEPT_BYTES, room), offers([self]))

    def _holds_too_many_lists(self) -> bool:
        """Whether their lists take too much; that of the newest run is kept, however large."""
        lists = {entry.corpus for entry in self.all}
        return len(lists) > 1 and sum(c.nbytes for c in lists) > limits.KEPT_LISTS_BYTES

    def take(self, token: str) -> RunEntry | None:
        """Remove a run; the entry, if it was kept."""
        found = next((entry for entry in self.all if entry.token == token), None)
        self.all = tuple(entry for entry in self.all if entry is not found)
        self.removed = tuple(other for other in self.removed if other != token)
        return found

    def discard(self, token: str) -> None:
        """Forget a run for which there is no room; one that was deleted does not count."""
        counts = token not in self.removed
        if self.take(token) is not None and counts:
            self.discarded += 1

    def change(self, token: str, how: Callable[[RunEntry], RunEntry]) -> None:
        """Change one run: have it give something up, give it another title."""
        self.all = tuple(how(entry) if entry.token == token else entry for entry in self.all)

    def remove(self, token: str) -> list[str]:
        """Delete a run, which may be put back until as many others as `limits.REMOVED_RUNS` were
        deleted after it. The tokens of those that are forgotten for good now.
        """
        self.removed = (*(other for other in self.removed if other != token), token)
        gone = [*self.removed[: -limits.REMOVED_RUNS]]
        for other in gone:
            self.take(other)
        return gone

    def put_back(self, token: str) -> None:
        """Undo `remove`."""
        self.removed = tuple(other for other in self.removed if other != token)


class MemoryOffer(NamedTuple):
    """Memory that can be freed: how, and how many bytes."""

    give: Callable[[], object]
    size: int


def offers(kept: Collection[KeptRuns]) -> Iterator[MemoryOffer]:
    """What kept runs can give, in order, the oldest first: deleted ones; of those that are not
    pinned what training on needs and the weights of moments, then all weights; the same of pinned
    ones; then whole runs, those of browsers without a page first, pinned ones last.
    """
    for holder in kept:
        for entry in holder.removed_entries:
            yield MemoryOffer(partial(holder.discard, entry.token), entry.nbytes)
    runs = [(runs, entry) for runs in kept for entry in runs.entries]
    runs.sort(key=lambda pair: (pair[1].kept_at, pair[1].number))
    for pinned in (False, True):
        yield from _weights([pair for pair in runs if pair[1].pinned == pinned])
    runs.sort(key=lambda pair: (pair[0].is_here, pair[1].pinned))
    for holder, entry in runs:
        rest = entry.nbytes - entry.training_nbytes - entry.weights_nbytes
        yield MemoryOffer(partial(holder.discard, entry.token), rest)


def _weights(runs: Collection[tuple[KeptRuns, RunEntry]]) -> Iterator[MemoryOffer]:
    """What these runs can give without going themselves."""
    for holder, entry in runs:
        if entry.training_nbytes:
            give = partial(holder.change, entry.token, RunEntry.without_training)
            yield MemoryOffer(give, entry.training_nbytes)
    for holder, entry in runs:
        if entry.weights_nbytes:
            give = partial(holder.change, entry.token, RunEntry.without_weights)
            yield MemoryOffer(give, entry.weights_nbytes)


def free(excess: int, offered: Iterator[MemoryOffer]) -> None:
    """Accept offers until that many bytes are free, or there are no more."""
    while excess > 0 and (offer := next(offered, None)) is not None:
        offer.give()
        excess -= offer.size
