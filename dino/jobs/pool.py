"""All runs of a server: who may train, who waits in line, who is paused and dropped in time."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from dino.config import Config
from dino.data import Corpus
from dino.jobs import limits
from dino.jobs.baselines import Baselines
from dino.jobs.job import Job
from dino.jobs.memory import MemoryBudget
from dino.jobs.workers import Work, Workers, load_pytorch

if TYPE_CHECKING:
    from dino.packing import Packed
    from dino.train import Trainer


class Jobs:
    """All runs of a server, and the workers that train them, which end with the process.

    snapshot_bytes: weights that each run may keep of its earlier moments.
    """

    def __init__(
        self,
        workers: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        memory: int | None = None,
        resident: Callable[[], int] = limits.resident_bytes,
    ) -> None:
        """clock: tells the seconds for leases; tests bring their own. memory: bytes that the whole
        server may use, by default as the environment or the machine says; resident: what it uses.
        """
        self.clock = clock
        self.baselines = Baselines()
        count = workers or min(4, os.cpu_count() or 1)
        self.memory = MemoryBudget(memory or limits.memory_limit(), count, resident)
        self.snapshot_bytes = limits.RUN_SNAPSHOT_BYTES[1]
        self._jobs: dict[str, Job] = {}
        self._lock = threading.RLock()
        self._loading = threading.Lock()
        self.workers = Workers(count)
        atexit.register(self.close)  # Python may not end while a worker is inside PyTorch

    # Runs

    def create(
        self,
        config: Config,
        corpus: Corpus,
        owner: str = "",
        page: str = "",
        build: bool = True,
        after: Job | None = None,
    ) -> Job:
        """A new job; a worker builds its untrained network at once, where there is room to show it.

        owner: the browser whose run it is; page: who watches it. after: the visitor's last job,
        which ends and becomes one of the new job's earlier runs. build: False leaves building to
        the first `enqueue`, so that a page can be drawn before.
        """
        job = Job(self, config, corpus, owner)
        job.refusal = self.memory.refusal(job)
        if page:
            job.watch(page)
        if after is not None:
            after.pause()
            job.take_over(after)
            self.drop(after)
        with self._lock:
            self._jobs[job.token] = job
            self._forget_untrained()
        if build:
            self.enqueue(job)
        return job

    def find(self, token: str) -> Job | None:
        """The job of this token, if it is still kept."""
        return self._jobs.get(token)

    def all_jobs(self) -> list[Job]:
        """All jobs, the oldest first."""
        with self._lock:
            return list(self._jobs.values())

    def count_running(self) -> int:
        """How many jobs train or wait for their turn; those in the line do not count."""
        return sum(job.phase == "running" for job in self.all_jobs())

    def drop(self, job: Job) -> None:
        """Stop a job and forget it."""
        job.pause()
        with self._lock:
            self._jobs.pop(job.token, None)

    def erase(self, owner: str) -> None:
        """Drop all runs of a browser."""
        for job in self.all_jobs():
            if job.owner == owner:
                self.drop(job)

    def _forget_untrained(self) -> None:
        """Bound the table itself: of more than `limits.JOBS`, the oldest untrained ones go."""
        spare = [job for job in self._jobs.values() if not job.trained]
        for job in spare[: max(0, len(self._jobs) - limits.JOBS)]:
            del self._jobs[job.token]

    # What a job asks for

    def may_load(self, job: Job) -> bool:
        """Whether there is room for this job's trainer. If it wants to train, it gets in the line.

        Others make room first: who never trained, who is not watched, who holds more.
        """
        if job.refusal:
            return False
        with self._lock:
            if job.trained:
                is_next = self._fits_browser(job) and not self._is_before_others(job)
                granted = is_next and self.memory.make_room(job, self.all_jobs())
                self._set_in_line(job, not granted)
            else:
                granted = self.memory.may_show(job, self.all_jobs())
                job.held_back = not granted
            job.loaded = granted  # counted from now on, though it is yet to be built
        return granted

    def may_train(self, job: Job) -> bool:
        """Whether this browser may train one more run; if not, the job gets in the line."""
        with self._lock:
            granted = self._fits_browser(job)
            self._set_in_line(job, not granted)
        return granted

    def build(
        self, config: Config, corpus: Corpus, packed: Packed | None = None
    ) -> Iterator[Trainer | None]:
        """A trainer, in parts, in the calling worker's thread."""
        load_pytorch(self._loading)
        from dino.train import Trainer

        yield from Trainer.in_parts(config, corpus, packed=packed)

    def publish_every(self) -> float:
        """Seconds between two pictures of a running job."""
        is_busy = self.workers.waiting > limits.BUSY
        return limits.PUBLISH_BUSY if is_busy else limits.PUBLISH

    # The line

    def waiting_line(self) -> list[Job]:
        """Those who wait for room, the first one first."""
        waiting = [job for job in self.all_jobs() if job.phase == "waiting"]
        return sorted(waiting, key=lambda job: job.waiting_since or 0.0)

    def place_in_line(self, job: Job) -> int | None:
        """How many are before it in the line; None for a job that does not wait."""
        line = self.waiting_line()
        return line.index(job) if job in line else None

    def _fits_browser(self, job: Job) -> bool:
        """Whether its browser trains fewer runs than it may."""
        if not job.owner:
            return True
        others = [
            other for other in self.all_jobs() if other is not job and other.owner == job.owner
        ]
        return sum(other.phase == "running" for other in others) < limits.RUNNING_AT_ONCE

    def _is_before_others(self, job: Job) -> bool:
        """Whether it would get in before somebody in the line for whom there is room now."""
        line = self.waiting_line()
        before = line[: line.index(job)] if job in line else line
        if not before:
            return False
        free = self.memory.free_bytes(self.all_jobs())  # counted once: the line may be long
        return any(
            not other.loaded and self.memory.fits(other, free) and self._fits_browser(other)
            for other in before
        )

    def _set_in_line(self, job: Job, waits: bool) -> None:
        if not waits:
            job.waiting_since = None
        elif job.waiting_since is None:
            job.waiting_since = self.clock()

    # The janitor

    def tidy(self) -> None:
        """The janitor's round: runs without a page pause, shrink and are dropped in time; the line
        moves.
        """
        for job in self.all_jobs():
            self._tidy_job(job)
        with self._lock:
            self.memory.bound_parked(self.all_jobs(), self.drop)
            self._bound_browsers()
        for job in self.waiting_line():
            self.enqueue(job)
        self._share_snapshot_bytes()

    def _tidy_job(self, job: Job) -> None:
        alone = job.unwatched_for()
        waits = job.waiting_since is not None
        if alone > (limits.KEEP_RUN if job.trained else limits.PAUSE_AFTER):
            self.drop(job)
        elif waits and alone > limits.KEEP_PLACE:
            job.pause()
        elif not waits and job.loaded and alone > limits.PAUSE_AFTER:
            job.park()

    def _bound_browsers(self) -> None:
        """Drop trained runs of a browser beyond `limits.RUNS`, those first that no page shows."""
        by_owner: dict[str, list[Job]] = {}
        for job in self._jobs.values():
            if job.owner and job.trained:
                by_owner.setdefault(job.owner, []).append(job)
        for jobs in by_owner.values():
            unwatched = [job for job in jobs if job.unwatched_for()]
            unwatched.sort(key=lambda job: -job.unwatched_for())
            for job in unwatched[: max(0, len(jobs) - limits.RUNS)]:
                self.drop(job)

    def _share_snapshot_bytes(self) -> None:
        """Let each run keep the weights of its earlier moments, as far as all have room for that.

        In powers of two, because a run that has dropped some does not get them back.
        """
        least, most = limits.RUN_SNAPSHOT_BYTES
        loaded = [job for job in self.all_jobs() if job.loaded and job.trained]
        share = most
        while share > least and share * len(loaded) > limits.SNAPSHOTS_BYTES:
            share //= 2
        if share != self.snapshot_bytes:
            self.snapshot_bytes = share
            for job in loaded:
                self.enqueue(job)

    # Workers

    def enqueue(self, work: Work) -> None:
        """Give a job, or a measurement, a turn, once, however often it is asked for."""
        self.workers.enqueue(work)

    def close(self) -> None:
        """End the workers after their present slices."""
        self.workers.close()
