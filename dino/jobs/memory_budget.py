"""Memory under one limit: which run gets it, and which one gives it back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial

from dino.config import Config
from dino.cost import trainer_bytes, work_bytes
from dino.count_teacher import check, missing_bytes, table_bytes
from dino.data import Corpus
from dino.jobs import limits
from dino.jobs.counts import Counts
from dino.jobs.kept_runs import KeptRuns, MemoryOffer, RunEntry, free, offers
from dino.jobs.run_work import RunWork
from dino.locale.sentences import Refusal, Text, sentence

GAVE_WAY = sentence(
    "The server ran short of memory, so this run paused to let a smaller one train. It keeps its "
    "weights and continues automatically when memory is free."
)
SIZES = (512, 448, 384, 320, 256, 192, 128, 96, 64, 48, 32, 16, 8, 4, 2, 1)
MUCH_MORE = 1.5  # a browser gives way to another if it holds this many times as much


class MemoryBudget:
    """The memory of a server. Jobs count by `nbytes`; each list counts once, however many use it.

    limit: bytes that the whole server may use; workers: how many slices are worked on at once;
    resident: gives the bytes that the process uses now; kept: gives the kept runs of each browser;
    counts: the counted letters of lists in use. pages: how many are connected; names: the bytes of
    the names that were written for them, and of the pictures that they keep; the janitor counts
    both. lent: the bytes of the compiler while it works.
    """

    def __init__(
        self,
        limit: int,
        workers: int,
        resident: Callable[[], int],
        kept: Callable[[], Collection[KeptRuns]],
        counts: Counts | None = None,
    ) -> None:
        self.limit, self.pages, self.names, self.lent = limit, 0, 0, 0
        self._counts = counts or Counts()
        self._workers, self._resident, self._kept = workers, resident, kept

    @property
    def capacity(self) -> int:
        """Bytes for runs and lists on an otherwise empty server."""
        return max(limits.LEAST_CAPACITY, self.limit - limits.BASE_BYTES)

    def counted_bytes(self, jobs: Collection[RunWork]) -> int:
        """Bytes of all runs (kept ones included), their lists, what was counted of these, the pages
        and their names.
        """
        kept = self._kept()
        trained_on = {job.corpus for job in jobs if job.loaded}
        listed = {entry.corpus for runs in kept for entry in runs.all}
        others = ({job.corpus for job in jobs} | listed) - trained_on
        runs = sum(job.nbytes for job in jobs) + sum(runs.nbytes for runs in kept)
        runs += _moments_bytes(job for job in jobs if job.loaded)
        lists = sum(corpus.encoded_bytes for corpus in trained_on)
        lists += sum(corpus.nbytes for corpus in others)
        lists += _teachers_bytes(job for job in jobs if job.loaded)
        pages = self.pages * limits.SESSION_BYTES + self.names
        return runs + lists + self._counts.nbytes + pages

    def used_bytes(self, jobs: Collection[RunWork], lent: int | None = None) -> int:
        """The larger of `counted_bytes` and what the process really uses, and what is lent.

        lent: as if this much were lent, without any part of the kernels.
        """
        counted, lent = self.counted_bytes(jobs), self.lent if lent is None else lent
        if lent:
            counted += lent - limits.KERNELS_BYTES
        return max(counted, self._resident() - limits.BASE_BYTES + lent)

    def free_bytes(self, jobs: Collection[RunWork]) -> int:
        """Bytes that are not in use."""
        return self.capacity - self.used_bytes(jobs)

    def could_lend(self, size: int) -> bool:
        """Whether the compiler could ever have this many bytes: on an otherwise empty server."""
        return size - limits.KERNELS_BYTES <= self.capacity

    def lend(self, size: int, jobs: Collection[RunWork]) -> bool:
        """Count this many bytes as used by the compiler, if they fit; return whether they do.

        The server's own part of the kernels comes after that, so its room is free until then. If
        they do not fit, what is freed first for a run is freed, if all of that would be enough.
        Where a worker frees it, they fit a little later.
        """
        lack = self.used_bytes(jobs, size) - self.capacity
        if not _accept(lack, self._offers_at_rest(None, jobs)):
            return False
        if self.used_bytes(jobs, size) > self.capacity:
            return False
        self.lent = size
        return True

    def has_room_for_page(self, pages: int, jobs: Collection[RunWork]) -> bool:
        """Whether the last of this many open pages may open. There is always room for a class;
        after that, what no run that trains needs is freed for it.
        """
        before, self.pages = self.pages, max(self.pages, pages)  # the janitor counts each second
        lack = self.used_bytes(jobs) - self.capacity
        if pages <= limits.CLASS_PAGES or _accept(lack, self._offers_at_rest(None, jobs)):
            return True
        self.pages = before
        return False

    def has_room_for_list(self, size: int, jobs: Collection[RunWork]) -> bool:
        """Whether this many bytes are free, with some to spare for runs. What no run that trains
        needs is freed for them.
        """
        lack = size + int(limits.PREVIEW_SHARE * self.capacity) - self.free_bytes(jobs)
        return _accept(lack, self._offers_at_rest(None, jobs))

    def take_back(self) -> None:
        """The compiler has ended."""
        self.lent = 0

    def fits(self, job: RunWork, free: int, jobs: Collection[RunWork] = ()) -> bool:
        """Whether this many free bytes are enough for its trainer, beside these jobs."""
        return self._needed_bytes(job, jobs) <= free

    def may_show(self, job: RunWork, jobs: Collection[RunWork]) -> bool:
        """Whether enough is free to build a network only to show it untrained."""
        spare = int(limits.PREVIEW_SHARE * self.capacity)
        return self._is_free(self._needed_bytes(job, jobs) + spare, jobs)

    def _is_free(self, size: int, jobs: Collection[RunWork]) -> bool:
        """Whether this many bytes are free. Counted letters are freed where that makes them so."""
        lack = size - self.free_bytes(jobs)
        if 0 < lack <= self._counts.nbytes:
            self._counts.clear()
            return True
        return lack <= 0

    def _needed_bytes(self, job: RunWork, jobs: Collection[RunWork]) -> int:
        """How much more it will take once loaded, the work of slices included.

        A run is in one worker's hands at a time, so a second worker needs memory only if another
        run trains. Else runs that only want to start would wait for memory that nobody will use.
        """
        more = 0
        if not job.loaded:
            more = job.corpus.encoded_bytes - job.corpus.nbytes
            more += missing_bytes(job.asked_for, job.corpus)
            loaded = [other for other in jobs if other.loaded]
            more += _moments_bytes([*loaded, job]) - _moments_bytes(loaded)
        others = sum(other is not job and other.phase == "running" for other in jobs)
        workers = min(self._workers, 1 + others)
        return job.size - job.nbytes + more + workers * _work_bytes(job.asked_for, job.corpus)

    def refusal(self, job: RunWork) -> Text:
        """A sentence if this recipe could never fit, with the largest size that would; else ''."""
        try:
            check(job.asked_for, job.corpus)
        except Refusal as refused:
            return refused.sentence
        H = job.asked_for.hidden_size
        if self._fits_alone(job, H):
            return ""
        largest = next((size for size in SIZES if size < H and self._fits_alone(job, size)), 0)
        if not largest:
            return sentence(
                "A list of {names:,} names is too large for this server. Choose a list with fewer "
                "or shorter names.",
                names=len(job.corpus.names),
            )
        return sentence(
            "With this cell and list, the server has memory for a hidden size of at most "
            "{largest}, not {wanted}. Choose {largest} or less.",
            largest=largest,
            wanted=H,
        )

    def _fits_alone(self, job: RunWork, hidden_size: int) -> bool:
        """Whether it would fit with this hidden size on an otherwise empty server."""
        config = job.asked_for.replace(hidden_size=hidden_size)
        trainer = trainer_bytes(config, len(job.corpus.vocab))
        lists = job.corpus.encoded_bytes + table_bytes(config, job.corpus)
        return trainer + lists + self._workers * _work_bytes(config, job.corpus) <= self.capacity

    def check_opening(self, entry: RunEntry, jobs: Collection[RunWork]) -> None:
        """Raise Refusal if a run from a file does not fit: on the server, or
        into its browser's share.
        """
        size = entry.nbytes + entry.corpus.nbytes
        mine = sum(job.nbytes for job in jobs if job.owner == entry.owner and not job.loaded)
        spare = int(limits.PREVIEW_SHARE * self.capacity)
        if mine + size > limits.OPENED_BYTES or not self._is_free(size + spare, jobs):
            raise Refusal(
                sentence(
                    "This run needs {size:.1f} MB of memory, and the server has no room "
                    "for it now. Delete runs on the Compare page, or open it later.",
                    size=size / 1e6,
                )
            )

    def make_room(self, job: RunWork, jobs: Collection[RunWork]) -> bool:
        """Make room for a job that is to train; return whether there is enough.

        The sum of all offers is computed first. If it would not suffice, nothing is freed.
        """
        lack = self._needed_bytes(job, jobs) - self.free_bytes(jobs)
        return _accept(lack, self._offers(job, jobs))

    def _offers(self, job: RunWork, jobs: Collection[RunWork]) -> Iterator[MemoryOffer]:
        """What others can free for this job, in the order in which it is taken.

        The largest runs of browsers that hold more than this one come last.
        """
        yield from self._offers_at_rest(job, jobs)
        others = [other for other in jobs if other is not job]
        yield from self._offers_of_larger_holders(job, others)

    def _offers_at_rest(
        self, job: RunWork | None, jobs: Collection[RunWork]
    ) -> Iterator[MemoryOffer]:
        """What can be freed for this job, or for the compiler, without a run that trains.

        Counted letters come first, then networks that never trained. Then come runs that have used
        up their steps, which lose nothing, then kept runs.
        """
        yield MemoryOffer(self._counts.clear, self._counts.nbytes)
        others = [other for other in jobs if other is not job]
        untrained = [other for other in others if other.loaded and not other.trained]
        untrained.sort(key=lambda other: -other.unwatched_for())
        for other in untrained:
            yield MemoryOffer(other.give_way, other.size)
        yield from _offers_of_finished(job, others)
        yield from offers(self._kept())

    def _offers_of_larger_holders(
        self, job: RunWork, others: Collection[RunWork]
    ) -> list[MemoryOffer]:
        held: dict[str, int] = {}
        for other in others:
            held[other.owner] = held.get(other.owner, 0) + other.nbytes
        mine = held.get(job.owner, 0) + job.size
        candidates = [
            other for other in others if other.loaded and other.trained and other.owner != job.owner
        ]
        candidates.sort(key=lambda other: (-held[other.owner], -other.size))
        offered: list[MemoryOffer] = []
        for other in candidates:
            if held[other.owner] > MUCH_MORE * mine and other.size > job.size:
                offered.append(MemoryOffer(partial(other.give_way, GAVE_WAY), other.size))
                held[other.owner] -= other.size
        return offered

    def bound_parked(self, jobs: Collection[RunWork], drop: Callable[[RunWork], None]) -> None:
        """Bound the parked runs to their share of memory, beginning with the longest unwatched one.

        The weights of their moments have an equal share each of `limits.PARKED_MOMENTS`. If all is
        too much, runs lose these weights, then whole runs are dropped, also those beyond
        `limits.PARKED_RUNS`.
        """
        parked = [
            job
            for job in jobs
            if job.trained and not job.loaded and job.unwatched_for() > limits.PAUSE_AFTER
        ]
        parked.sort(key=lambda job: job.unwatched_for())
        most = min(limits.PARKED_BYTES, int(limits.PARKED_SHARE * self.capacity))
        excess = sum(job.nbytes + limits.RUN_OBJECTS for job in parked) - most
        share = limits.PARKED_MOMENTS // max(1, len(parked))
        for job in reversed(parked):
            excess -= job.drop_moments(share if excess <= 0 else 0)
        total = 0
        for number, job in enumerate(parked, 1):
            total += job.nbytes + limits.RUN_OBJECTS
            if total > most or number > limits.PARKED_RUNS:
                drop(job)

    def bound_kept(self) -> None:
        """Free what kept runs take beyond the server's limits, first those of
        browsers without a page.
        """
        kept = self._kept()
        away = [runs for runs in kept if not runs.is_here]
        most = min(limits.AWAY_BYTES, int(limits.AWAY_SHARE * self.capacity))
        free(sum(runs.nbytes for runs in away) - most, offers(away))
        for runs in sorted(kept, key=lambda runs: -runs.nbytes):  # the largest first
            excess = min(self._kept_bytes() - self._kept_limit, runs.nbytes - limits.KEPT_BYTES)
            free(excess, offers([runs]))
        free(self._kept_bytes() - self._kept_limit, offers(kept))

    def kept_room(self, runs: KeptRuns) -> int:
        """Bytes for one browser's kept runs: as much of the server's room as others leave.

        A class of thirty needs a bound for each browser; a single visitor may use all of it.
        """
        return self._kept_limit - (self._kept_bytes() - runs.nbytes)

    @property
    def _kept_limit(self) -> int:
        return min(limits.ALL_KEPT_BYTES, int(limits.KEPT_SHARE * self.capacity))

    def _kept_bytes(self) -> int:
        return sum(runs.nbytes for runs in self._kept())


def _accept(lack: int, offered: Iterable[MemoryOffer]) -> bool:
    """Free this many bytes, if all offers together are enough; return whether they are."""
    accepted: list[MemoryOffer] = []
    for offer in offered:
        if lack <= 0:
            break
        accepted.append(offer)
        lack -= offer.size
    if lack > 0:
        return False
    for offer in accepted:
        offer.give()
    return True


def _work_bytes(config: Config, corpus: Corpus) -> int:
    """What one worker needs for a slice of such a run."""
    return work_bytes(config, corpus.longest, len(corpus.vocab))


def _moments_bytes(jobs: Iterable[RunWork]) -> int:
    """What the moments of these loaded jobs may take beyond their `size`. They share one bound."""
    return min(limits.SNAPSHOTS_BYTES, sum(job.moments_size for job in jobs))


def _offers_of_finished(job: RunWork | None, others: Collection[RunWork]) -> Iterator[MemoryOffer]:
    """What runs that have used up their steps free for this job once they are packed: their
    trainers, with what their moments take in the bound that all share, the job's included.
    """
    sizes = job.moments_size if job is not None else 0
    sizes += sum(other.moments_size for other in others if other.loaded)
    for other in others:
        if other.loaded and other.trained and other.done and not other.failed:
            rest = sizes - other.moments_size
            moments = min(limits.SNAPSHOTS_BYTES, sizes) - min(limits.SNAPSHOTS_BYTES, rest)
            yield MemoryOffer(other.put_away, max(0, other.size + moments - other.packed_size))
            sizes = rest


def _teachers_bytes(jobs: Iterable[RunWork]) -> int:
    """The bytes of the tables of soft targets of these jobs: one for each list."""
    taught = {job.corpus: job.asked_for for job in jobs if job.asked_for.count_teacher}
    return sum(table_bytes(config, corpus) for corpus, config in taught.items())
