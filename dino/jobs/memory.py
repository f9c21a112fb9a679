"""Who gets memory, and who gives it back: counted as it is used, under one limit."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING

from dino.config import Config
from dino.cost import trainer_bytes, work_room
from dino.data import Corpus
from dino.jobs import limits

if TYPE_CHECKING:
    from dino.jobs.job import Job

GAVE_WAY = ("The server was short of memory, so this run paused for a smaller one. It keeps its "
            "weights and trains on by itself when memory is free.")
SIZES = (512, 448, 384, 320, 256, 192, 128, 96, 64, 48, 32, 16, 8, 4, 2, 1)


class Rooms:
    """The memory of a server. Jobs are weighed by `nbytes`, each list once however many use it."""

    def __init__(self, memory: int, workers: int, resident: Callable[[], int]) -> None:
        self.memory, self._workers, self._resident = memory, workers, resident
        self.pages = 0  # connected pages, as the janitor counts them

    @property
    def room(self) -> int:
        """Bytes for runs and lists when nobody else is there."""
        return max(limits.LEAST_ROOM, self.memory - limits.BASE_BYTES)

    def counted(self, jobs: Collection[Job]) -> int:
        """Bytes that runs, their lists and the pages take."""
        trained_on = {job.corpus for job in jobs if job.loaded}
        others = {job.corpus for job in jobs} | {
            entry.corpus for job in jobs for entry in job.shelf.entries}
        return (sum(job.nbytes for job in jobs) + self.pages * limits.SESSION_BYTES
                + sum(each.encoded_bytes for each in trained_on)
                + sum(each.nbytes for each in others - trained_on))

    def used(self, jobs: Collection[Job]) -> int:
        """The same; more, if the process weighs more than that."""
        return max(self.counted(jobs), self._resident() - limits.BASE_BYTES)

    def _need(self, job: Job) -> int:
        """What a job will take once it is loaded, beyond what it takes now, and a slice's work."""
        more = 0 if job.loaded else job.corpus.encoded_bytes - job.corpus.nbytes
        return (job.size - job.held_bytes + more
                + self._workers * self._work_room(job.config, job.corpus))

    def _work_room(self, config: Config, corpus: Corpus) -> int:
        return work_room(config, corpus.longest, len(corpus.vocab))

    def refusal(self, job: Job) -> str:
        """A sentence where this recipe could never fit, with the largest that would; else ''."""
        def needs(size: int) -> int:
            config = job.config.replace(hidden_size=size)
            return (trainer_bytes(config, len(job.corpus.vocab)) + job.corpus.encoded_bytes
                    + self._workers * self._work_room(config, job.corpus))

        H = job.config.hidden_size
        if needs(H) <= self.room:
            return ""
        fits = next((size for size in SIZES if size < H and needs(size) <= self.room), 0)
        if not fits:
            return (f"A list of {len(job.corpus.names):,} names is too large for this server. "
                    "Choose a list with fewer or shorter names.")
        return (f"This server's memory is enough for a hidden size of up to {fits} with this cell "
                f"and list; {H} is too large. Choose {fits} or less.")

    def may_show(self, job: Job, jobs: Collection[Job]) -> bool:
        """Whether there is so much room left that a network may be built to be looked at."""
        spare = limits.PREVIEW_SHARE * self.room
        return self.used(jobs) + self._need(job) + spare <= self.room

    def free(self, jobs: Collection[Job]) -> int:
        """Bytes that nobody uses."""
        return self.room - self.used(jobs)

    def fits(self, job: Job, free: int) -> bool:
        """Whether so many free bytes are enough for its trainer."""
        return self._need(job) <= free

    def make(self, job: Job, jobs: Collection[Job]) -> bool:
        """Whether there is room for a job that is to train, after others gave theirs.

        All is computed before anybody gives anything: where it would not suffice, nobody does.
        """
        free = self.free(jobs)
        need = self._need(job)
        giving: list[tuple[Callable[[], object], int]] = []
        for give, size in self._givers(job, jobs):
            if need <= free:
                break
            giving.append((give, size))
            free += size
        if need > free:
            return False
        for give, _ in giving:
            give()
        return True

    def _givers(
        self, job: Job, jobs: Collection[Job]
    ) -> list[tuple[Callable[[], object], int]]:
        """Who gives way, in order, and how many bytes each: what is untouched, then earlier runs
        of whoever holds the most, then the largest runs of browsers that hold more than this one.
        """
        others = [other for other in jobs if other is not job]
        untouched = sorted((o for o in others if o.loaded and not o.trained),
                           key=lambda o: -o.unwatched_for())
        found: list[tuple[Callable[[], object], int]] = [
            (other.give_way, other.size) for other in untouched]
        for other in sorted(others, key=lambda o: -o.shelf.nbytes):
            for entry in other.shelf.entries:
                found.append((other.shelf.discard_oldest, entry.nbytes))
        return found + self._larger_holders(job, others)

    def _larger_holders(
        self, job: Job, others: Collection[Job]
    ) -> list[tuple[Callable[[], object], int]]:
        held: dict[str, int] = {}
        for other in others:
            held[other.owner] = held.get(other.owner, 0) + other.held_bytes
        mine = held.get(job.owner, 0) + job.size
        found: list[tuple[Callable[[], object], int]] = []
        for other in sorted((o for o in others if o.loaded and o.trained and o.owner != job.owner),
                            key=lambda o: (-held[o.owner], -o.size)):
            if held[other.owner] > 1.5 * mine and other.size > job.size:
                found.append((partial(other.give_way, GAVE_WAY), other.size))
                held[other.owner] -= other.size
        return found

    def bound_parked(self, jobs: Collection[Job], drop: Callable[[Job], None]) -> None:
        """Of runs that no page shows, only so many bytes: the longest alone goes first."""
        parked = [job for job in jobs if not job.loaded and job.trained
                  and job.unwatched_for() > limits.GONE]
        parked.sort(key=lambda job: job.unwatched_for())
        total = 0
        for job in parked:
            total += job.nbytes
            if total > limits.PARKED_BYTES:
                drop(job)
