"""The pool: workers that take turns at runs and studies, and who gets room to work.

The queue is fair in time: the job that has used the least worker time is next, so a network
whose slices are long gets fewer of them. A run that finds no room waits in a line.
"""

from __future__ import annotations

import atexit
import gc
import heapq
import itertools
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from dino.config import Config
from dino.data import Corpus
from dino.jobs import limits
from dino.jobs.job import Job
from dino.jobs.memory import Rooms
from dino.ngram import counting

if TYPE_CHECKING:
    from dino.train import Packed, Trainer


class Work(Protocol):
    """What the queue takes: a run or a study."""

    queued: bool
    turn: float  # seconds of a worker that it has used, as the queue counts them

    def work(self) -> bool:
        """One slice. Whether there is more to do."""


class Jobs:
    """All runs of a server, and the pool that trains them, which ends with the process."""

    def __init__(
        self, workers: int | None = None, clock: Callable[[], float] = time.monotonic,
        memory: int | None = None, resident: Callable[[], int] = limits.resident_bytes,
    ) -> None:
        """clock: tells the seconds for leases; tests bring their own. memory: bytes that the whole
        server may use, by default as the environment or the machine says; resident: what it uses.
        """
        self.clock = clock
        self.slices, self.began = 0, time.monotonic()
        self._jobs: dict[str, Job] = {}
        self._lock = threading.RLock()
        self._turn = threading.Condition()
        self._queue: list[tuple[float, int, Work]] = []
        self._count, self._now = itertools.count(), 0.0
        self._at_work, self._pages_at_work, self._closed = 0, 0, False
        self._baselines: weakref.WeakKeyDictionary[Corpus, _Counting] = weakref.WeakKeyDictionary()
        self._loading = threading.Lock()
        count = workers or min(4, os.cpu_count() or 1)
        self.rooms = Rooms(memory or limits.memory_limit(), count, resident)
        self.moment_bytes = limits.RUN_MOMENTS[1]  # of weights, for a run's earlier moments
        self.workers_wanted = count  # fewer while the kernels are being compiled
        self._workers = [threading.Thread(target=self._work, name="trainer", daemon=True)
                         for _ in range(count)]
        for worker in self._workers:
            worker.start()
        atexit.register(self.close)  # Python may not end while one is in the midst of PyTorch

    # Runs

    def create(
        self, config: Config, corpus: Corpus, owner: str = "", page: str = "", build: bool = True,
        after: Job | None = None,
    ) -> Job:
        """A new job; a worker builds its untrained network at once, where there is room to show it.

        owner: the browser whose run it is; page: who watches it. after: the visitor's last job,
        which ends and is laid on the new one's shelf. build: False leaves that for the first
        `enqueue`, so that a page can be drawn before.
        """
        job = Job(self, config, corpus, owner)
        job.refusal = self.rooms.refusal(job)
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

    def all(self) -> list[Job]:
        """All jobs, the oldest first."""
        with self._lock:
            return list(self._jobs.values())

    def drop(self, job: Job) -> None:
        """Stop a job and forget it."""
        job.pause()
        with self._lock:
            self._jobs.pop(job.token, None)

    def erase(self, owner: str) -> None:
        """Drop all runs of a browser."""
        for job in self.all():
            if job.owner == owner:
                self.drop(job)

    def running(self) -> int:
        """How many jobs train or wait for their turn; those in the line do not count."""
        return sum(job.phase == "running" for job in self.all())

    def publish_every(self) -> float:
        """Seconds between two pictures of a running job."""
        busy = len(self._queue) > limits.BUSY
        return limits.PUBLISH_BUSY if busy else limits.PUBLISH

    # Room

    def may_load(self, job: Job) -> bool:
        """Whether there is room for this job's trainer. If it wants to train, it gets in the line.

        Others make room first: who never trained, who is not watched, who holds more.
        """
        if job.refusal:
            return False
        with self._lock:
            if job.trained:
                granted = (self._fits_browser(job) and not self._is_before_others(job)
                           and self.rooms.make(job, self.all()))
                self._line(job, granted)
            else:
                granted = self.rooms.may_show(job, self.all())
                job.held_back = not granted
            job.loaded = granted  # counted from now on, though it is yet to be built
        return granted

    def may_train(self, job: Job) -> bool:
        """Whether this browser may have one more run at work; if not, the job gets in the line."""
        with self._lock:
            granted = self._fits_browser(job)
            self._line(job, granted)
        return granted

    def _fits_browser(self, job: Job) -> bool:
        """Whether its browser has fewer runs at work than it may."""
        others = sum(other.phase == "running" for other in self._jobs.values()
                     if other is not job and other.owner == job.owner)
        return not job.owner or others < limits.AT_WORK

    def _is_before_others(self, job: Job) -> bool:
        """Whether it would get in before somebody in the line for whom there is room now."""
        line = self.line()
        before = line[: line.index(job)] if job in line else line
        free = self.rooms.free(self.all()) if before else 0  # counted once: the line may be long
        return any(not other.loaded and self.rooms.fits(other, free) and self._fits_browser(other)
                   for other in before)

    def _line(self, job: Job, granted: bool) -> None:
        if granted:
            job.waiting_since = None
        elif job.waiting_since is None:
            job.waiting_since = self.clock()

    def line(self) -> list[Job]:
        """Those who wait for room, the first first."""
        waiting = [job for job in self.all() if job.phase == "waiting"]
        return sorted(waiting, key=lambda job: job.waiting_since or 0.0)

    def place(self, job: Job) -> int | None:
        """How many are before it in the line; None for who does not wait."""
        line = self.line()
        return line.index(job) if job in line else None

    def tidy(self) -> None:
        """The janitor's round: who is gone pauses, shrinks and is dropped in time; the line moves.
        """
        for job in self.all():
            away = job.unwatched_for()
            if away > (limits.KEEP if job.trained else limits.GONE):
                self.drop(job)
            elif job.waiting_since is not None and away > limits.PLACE:
                job.pause()
            elif away > limits.GONE and job.waiting_since is None and job.loaded:
                job.rest()
        with self._lock:
            self.rooms.bound_parked(self.all(), self.drop)
            self._bound_browsers()
        for job in self.line():
            self.enqueue(job)
        self._share_moments()

    def _share_moments(self) -> None:
        """Let each run keep the weights of its earlier moments, as far as all have room for that.

        In powers of two, for a run that has let some go does not get them back.
        """
        least, most = limits.RUN_MOMENTS
        loaded = [job for job in self.all() if job.loaded and job.trained]
        share = most
        while share > least and share * len(loaded) > limits.MOMENTS_BYTES:
            share //= 2
        if share != self.moment_bytes:
            self.moment_bytes = share
            for job in loaded:
                self.enqueue(job)

    def _bound_browsers(self) -> None:
        """At most so many trained runs a browser: those that no page shows go first."""
        by_owner: dict[str, list[Job]] = {}
        for job in self._jobs.values():
            if job.owner and job.trained:
                by_owner.setdefault(job.owner, []).append(job)
        for jobs in by_owner.values():
            spare = sorted((j for j in jobs if j.unwatched_for()), key=lambda j: -j.unwatched_for())
            for job in spare[: max(0, len(jobs) - limits.RUNS)]:
                self.drop(job)

    def _forget_untrained(self) -> None:
        """Bound the table itself: of more jobs than that, untrained ones go, the oldest first."""
        spare = [job for job in self._jobs.values() if not job.trained]
        for job in spare[: max(0, len(self._jobs) - limits.JOBS)]:
            del self._jobs[job.token]

    # Work

    def enqueue(self, work: Work) -> None:
        """Give a job, or a study, a turn, once, however often it is asked for."""
        with self._turn:
            if not work.queued and not self._closed:
                work.queued = True
                work.turn = max(work.turn, self._now)
                heapq.heappush(self._queue, (work.turn, next(self._count), work))
                self._turn.notify()

    def set_workers(self, count: int) -> None:
        """Set how many workers take turns from now on."""
        with self._turn:
            self.workers_wanted = max(1, min(count, len(self._workers)))
            self._turn.notify_all()

    @contextmanager
    def page_at_work(self) -> Iterator[None]:
        """While a page's script runs, a worker less takes turns, so that the page has a core."""
        with self._turn:
            self._pages_at_work += 1
        try:
            yield
        finally:
            with self._turn:
                self._pages_at_work -= 1
                self._turn.notify()

    def _workers_now(self) -> int:
        return max(1, self.workers_wanted - (self._pages_at_work > 0))

    def close(self) -> None:
        """End the workers after the slices at hand."""
        with self._turn:
            self._closed = True
            self._turn.notify_all()
        for worker in self._workers:
            worker.join(timeout=3)  # loading PyTorch takes longest

    def _next(self) -> Work | None:
        """Whose turn it is; None once the pool is closed."""
        with self._turn:
            while not self._closed and not (
                    self._queue and self._at_work < self._workers_now()):
                self._turn.wait()
            if self._closed:
                return None
            self._now, _, work = heapq.heappop(self._queue)
            self._at_work += 1
            return work

    def _work(self) -> None:
        let_pages_go_first()
        while (work := self._next()) is not None:
            began = time.perf_counter()
            more = work.work()
            work.turn += max(limits.LEAST_TURN, time.perf_counter() - began)
            with self._turn:
                self._at_work -= 1
                self.slices += 1
                self._turn.notify()
            if more:
                self.enqueue(work)

    def build(
        self, config: Config, corpus: Corpus, packed: Packed | None = None
    ) -> Iterator[Trainer | None]:
        """A trainer, in parts, in the calling worker's thread."""
        load_pytorch(self._loading)
        from dino.train import Trainer

        yield from Trainer.in_parts(config, corpus, packed=packed)

    def baselines(self, corpus: Corpus, until: float) -> dict[str, float] | None:
        """What counting reaches on this list and split, counted once; None until that is done."""
        with self._lock:
            counted = self._baselines.setdefault(corpus, _Counting(corpus))
        return counted.work(until)


class _Counting:
    """The counting baselines of a list, which several runs may ask for at once."""

    def __init__(self, corpus: Corpus) -> None:
        self._parts, self._lock = counting(corpus), threading.Lock()
        self._result: dict[str, float] | None = None

    def work(self, until: float) -> dict[str, float] | None:
        """Count until then; the result, once it is there."""
        if self._result is None and self._lock.acquire(blocking=False):
            try:
                for share, found in self._parts:
                    if share >= 1:
                        self._result, self._parts = dict(found), iter(())  # with its counts
                        break
                    if time.monotonic() > until:
                        break
            finally:
                self._lock.release()
        return self._result


def let_pages_go_first() -> None:
    """Have the system prefer other threads to the calling one: pages and streams need little, and
    somebody waits for them. Only Linux has priorities of threads.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        now = os.getpriority(os.PRIO_PROCESS, thread)
        os.setpriority(os.PRIO_PROCESS, thread, now + limits.WORKER_NICE)


def load_pytorch(lock: threading.Lock) -> None:
    """Load PyTorch, one thread at a time, so that the interpreter's interval is put back."""
    with lock:
        first = "torch" not in sys.modules
        patience = sys.getswitchinterval()
        if first:  # loading PyTorch takes a second: pages get their turn ten times as soon
            sys.setswitchinterval(patience / 10)
        try:
            import dino.train  # noqa: F401
        finally:
            sys.setswitchinterval(patience)
    if first:
        later = threading.Timer(1.0, settle_memory)  # somebody may wait for the first curve
        later.daemon = True
        later.start()


def settle_memory() -> None:
    """Keep a thousand modules out of every later garbage collection."""
    gc.collect()
    gc.freeze()
