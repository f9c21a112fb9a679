"""A browser's runs that are no longer at work: what is kept of each, and what is freed first."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple

from dino.apart import places
from dino.data import Corpus
from dino.jobs import limits
from dino.jobs.exams import Exams
from dino.locale.sentences import Refusal, Text, sentence
from dino.run import Run, bound_snapshots

if TYPE_CHECKING:  # PyTorch takes a second to load
    from dino.packing import PackedTrainer

ROW_BYTES = 2_000  # of an entry, without its curves, names and weights
SNAPSHOT_BYTES = 600  # of a moment without its weights
JOINERS = "\u200c\u200d"  # invisible, and part of how some scripts are written


@dataclass(frozen=True, eq=False)
class RunEntry:
    """A run in a browser's list, at work or kept.

    number: its number among the runs of its browser, `owner`; token: the token of its job
    run: of a kept run, the curves are thinned, and weights may be None because room was needed
    baselines: by name; empty until they are counted
    packed: what is needed to train on; None for a run at work, or where room was needed
    kept_at: when it was kept, in seconds of the pool's clock
    title: given by the visitor, or a Sentence given by the app; '' for none
    pinned: whether it gives up its memory after all others
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
        rows = ROW_BYTES + SNAPSHOT_BYTES * len(self.run.snapshots)
        return self.run.nbytes + self._packed_nbytes + rows

    @cached_property
    def _packed_nbytes(self) -> int:
        """The bytes of `packed`, without what is the run's own memory."""
        if self.packed is None:
            return 0
        own = places(self.run.arrays)
        shared = places(self.packed.arrays).keys() & own.keys()
        return self.packed.nbytes - sum(own[at] for at in shared)

    def to_keep(self, now: float) -> RunEntry:
        """The entry as kept from `now` on: with thinner curves, and weights of fewer moments."""
        run = bound_moments(self.run.with_fewer_points(limits.CURVE_POINTS), limits.ENTRY_BYTES)
        return replace(self, run=run, kept_at=now)

    @cached_property
    def weights_nbytes(self) -> int:
        """The bytes of its last weights and of those of its best moment."""
        return sum(self._lasting.values())

    @cached_property
    def training_nbytes(self) -> int:
        """The bytes of what is needed to train on, and of the weights of all other moments."""
        moments = places(it.weights for it in self.run.snapshots if it.weights is not None)
        others = sum(size for at, size in moments.items() if at not in self._lasting)
        return self._packed_nbytes + others

    @cached_property
    def _lasting(self) -> dict[int, int]:
        best = self.run.kept_best.weights if self.run.kept_best is not None else None
        return places(it for it in (self.run.weights, best) if it is not None)

    def without_training(self) -> RunEntry:
        """The same entry without `packed`, and with no weights of moments except the best."""
        return replace(self, run=self.run.without_moments(), packed=None)

    def without_weights(self) -> RunEntry:
        """The same entry without weights: its row, curves and names stay."""
        return replace(self, run=self.run.without_weights(), packed=None)


def checked_title(text: str) -> str:
    """A title as it is kept: in one line, without invisible characters. Raises Refusal for more
    than `limits.TITLE_LETTERS` letters.
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
    """The kept runs of one browser, the oldest first.

    all: every kept run. removed: the tokens of those in `all` that the visitor deleted last and may
    still put back. discarded: how many were forgotten because room was needed. is_here: whether the
    browser has a page open. experiments: how many it has; each takes the place of a kept run.
    exams: the final exams that it opened, also with runs that are gone.

    The pool's lock guards all changes. Tuples are replaced, never changed, so that a page may
    read them without the lock.
    """

    def __init__(self) -> None:
        self.all: tuple[RunEntry, ...] = ()
        self.removed: tuple[str, ...] = ()
        self.discarded = self.experiments = 0
        self.exams = Exams()
        self.is_here = True

    @property
    def entries(self) -> tuple[RunEntry, ...]:
        """The runs that are not deleted."""
        return tuple(entry for entry in self.all if entry.token not in self.removed)

    @property
    def removed_entries(self) -> tuple[RunEntry, ...]:
        """The deleted runs that may still be put back, the last deleted one at the end."""
        by_token = {entry.token: entry for entry in self.all}
        return tuple(by_token[token] for token in self.removed if token in by_token)

    @property
    def nbytes(self) -> int:
        """About how many bytes they take, without their lists."""
        return sum(entry.nbytes for entry in self.all)

    @property
    def lightened(self) -> int:
        """How many of them have given up their weights to free memory."""
        return sum(entry.run.weights is None for entry in self.entries)

    def find(self, number: int) -> RunEntry | None:
        """The run of this number, if it is kept."""
        return next((entry for entry in self.entries if entry.number == number), None)

    def add(self, entry: RunEntry, room: int = 0) -> None:
        """Keep a run; it replaces an older version of itself. If there are too many, the oldest go.

        room: bytes that the server offers this browser; they count where they exceed its own bound.
        """
        others = (other for other in self.all if other.token != entry.token)
        self.all = tuple(sorted((*others, entry), key=lambda entry: entry.number))
        most = limits.KEPT_RUNS - self.experiments
        # Deleted runs go first, then unpinned ones but the newest, then the oldest.
        while len(self.all) > most or self._holds_too_many_lists():
            first = self.removed_entries or [it for it in self.all[:-1] if not it.pinned]
            self.discard((*first, *self.all)[0].token)
        free(self.nbytes - max(limits.KEPT_BYTES, room), offers([self]))

    def _holds_too_many_lists(self) -> bool:
        """Whether their lists take too much. The newest run's list is kept, however large it is."""
        lists = {entry.corpus for entry in self.all}
        return len(lists) > 1 and sum(c.nbytes for c in lists) > limits.KEPT_LISTS_BYTES

    def take(self, token: str) -> RunEntry | None:
        """Remove a run and return its entry; None if it was not kept."""
        found = next((entry for entry in self.all if entry.token == token), None)
        self.all = tuple(entry for entry in self.all if entry is not found)
        self.removed = tuple(other for other in self.removed if other != token)
        return found

    def discard(self, token: str) -> None:
        """Forget a run because room is needed. `discarded` counts it unless it was deleted."""
        counts = token not in self.removed
        if self.take(token) is not None and counts:
            self.discarded += 1

    def change(self, token: str, how: Callable[[RunEntry], RunEntry]) -> None:
        """Replace the entry of one run by `how(entry)`, for example to give it another title."""
        self.all = tuple(how(entry) if entry.token == token else entry for entry in self.all)

    def remove(self, token: str) -> list[str]:
        """Delete a run. It may be put back until `limits.REMOVED_RUNS` others are deleted after it.
        Returns the tokens of those that are forgotten for good now.
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
    """What kept runs can free, in this order, the oldest first: deleted runs; what unpinned runs
    need to train on, with their moments' weights; all weights of unpinned runs; the same of pinned
    runs. Then come whole runs: of browsers without a page first, pinned ones last.
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
    """What these runs can free while they themselves stay."""
    for holder, entry in runs:
        if entry.training_nbytes:
            give = partial(holder.change, entry.token, RunEntry.without_training)
            yield MemoryOffer(give, entry.training_nbytes)
    for holder, entry in runs:
        if entry.weights_nbytes:
            give = partial(holder.change, entry.token, RunEntry.without_weights)
            yield MemoryOffer(give, entry.weights_nbytes)


def free(excess: int, offered: Iterator[MemoryOffer]) -> None:
    """Accept offers until this many bytes are free, or no offer is left."""
    while excess > 0 and (offer := next(offered, None)) is not None:
        offer.give()
        excess -= offer.size


def bound_moments(run: Run, limit: int) -> Run:
    """The run with at most `limit` bytes of its moments' weights: every second moment loses its
    own until they fit. The first and the last keep theirs, unless the limit is 0.
    """
    if not limit:
        return run.without_moments()
    snapshots = list(run.snapshots)
    fewer = bound_snapshots(snapshots, limit)
    return run if fewer is snapshots else replace(run, snapshots=tuple(fewer))
