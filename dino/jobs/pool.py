"""All runs of a server: which train, which wait in line, which are paused and later dropped."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dino.config import Config
from dino.data import Corpus
from dino.experiments.plan import Plan
from dino.jobs import limits
from dino.jobs.counts import Counts
from dino.jobs.experiment import Experiment, Split
from dino.jobs.kept_runs import RunEntry
from dino.jobs.measurement import Baselines
from dino.jobs.memory_budget import MemoryBudget
from dino.jobs.run_handle import RunHandle
from dino.jobs.run_lists import RunLists
from dino.jobs.run_work import RunWork
from dino.jobs.waiting_line import WaitingLine
from dino.jobs.workers import Workers, load_pytorch
from dino.machine import threads

if TYPE_CHECKING:
    from dino.packing import PackedTrainer
    from dino.train import Trainer


class Jobs(RunLists):
    """All runs and experiments of a server, and the workers that train them until the process ends.

    snapshot_bytes: how much weights of earlier moments each run may keep.
    """

    def __init__(
        self,
        workers: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        memory: int | None = None,
        resident: Callable[[], int] = limits.resident_bytes,
    ) -> None:
        """clock: gives the time in seconds; tests replace it. memory: bytes that the whole server
        may use, else as the environment or the machine says. resident: gives the bytes it uses.
        """
        super().__init__(clock)
        self.clock, self.baselines, self.counts = clock, Baselines(), Counts()
        count = workers or min(limits.MOST_WORKERS, threads())
        memory = memory or limits.memory_limit()
        self.memory = MemoryBudget(memory, count, resident, self._browsers.all_kept, self.counts)
        self.snapshot_bytes = limits.RUN_SNAPSHOT_BYTES[1]
        self._loading = threading.Lock()
        self.line = WaitingLine(self.all_jobs, self.memory, clock, self._lock)
        self.workers = Workers(count)
        self.enqueue = self.workers.enqueue  # gives a run or a measurement a turn
        atexit.register(self.close)  # Python must not exit while a worker is inside PyTorch

    # Runs

    def create(
        self,
        config: Config,
        corpus: Corpus,
        owner: str = "",
        page: str = "",
        build: bool = True,
        after: RunHandle | None = None,
    ) -> RunHandle:
        """A new job. A worker builds its untrained network at once, if there is room to show it.

        owner: the browser whose run it is; page: the page that watches it. after: the visitor's
        last job; it ends, and the browser keeps its run. build: if False, the network is built at
        the first `enqueue`, so that the page can be drawn before.
        """
        job = RunWork(self, config, corpus, owner)
        job.refusal = self.memory.refusal(job)
        if page:
            job.watch(page)
        if after is not None:
            self.drop(after)
        with self._lock:
            self._jobs[job.token] = job
            self._forget_untrained()
        if build:
            self.enqueue(job)
        return job

    def find(self, token: str) -> RunHandle | None:
        """The job with this token, if there still is one."""
        return self._jobs.get(token)

    def count_running(self) -> int:
        """How many jobs train or wait for a worker; jobs in the waiting line do not count."""
        return sum(job.phase == "running" for job in self.all_jobs())

    def drop(self, job: RunHandle, keep: bool = True) -> None:
        """Stop a job.

        If its run has trained and its browser has not gone, the browser keeps the run as far as it
        came. If not, or if `keep` is False, the run is forgotten. An experiment stays: its present
        member begins again when the experiment continues.
        """
        if isinstance(job, Experiment):
            job.pause()
            job.drop_member()
            return
        with self._lock:
            work = self._jobs.pop(job.token, None)
            is_kept = keep and job.number > 0 and self._browsers.keeps(job.owner)
            if work is not None and not is_kept:
                work.end()  # before `pause` enqueues it: the worker must find it ended
            job.pause()
            if work is not None and is_kept:
                self._retiring[job.token] = work
                # Kept now, so that it is listed at once, and again when a worker has packed it.
                entry = work.entry()
                if entry is not None:
                    self._browsers.keep(entry, self.memory.kept_room)
                work.retire()

    def keep(self, job: RunWork) -> None:
        """Keep the run of a dropped job as far as it came. A worker calls it after packing."""
        with self._lock:
            entry = job.entry()
            if self._retiring.pop(job.token, None) is not None and entry is not None:
                self._browsers.keep(entry, self.memory.kept_room)

    def give_number(self, job: RunHandle) -> None:
        """Number a run that is about to train for the first time."""
        with self._lock:
            job.number = job.number or self._browsers.next_number(job.owner)

    def reopen(self, entry: RunEntry, page: str = "") -> RunHandle:
        """The job of an entry, watched by `page`: the one at work, or a new one for the kept run.

        A new job has the kept run's token and number; `job.can_continue` says if it can train on.
        """
        with self._lock:
            # A job that is still being packed is taken back: no second one gets its token.
            job = self._jobs.get(entry.token) or self._retiring.pop(entry.token, None)
            kept = self._browsers.kept_runs(entry.owner).take(entry.token)
            if job is None:
                job = RunWork.of_entry(self, kept or entry)
            job.unretire()
            self._jobs[job.token] = job
        if page:
            job.watch(page)
        return job

    def begin_experiment(
        self, plan: Plan, split: Split, browser: str, bet: Any = None, names: int = 0
    ) -> Experiment:
        """A new experiment of a browser. It begins to train at once.

        split: gives its list for a split seed, in any thread; bet: what its page keeps with it;
        names: how many each of its networks writes when it is trained.
        Raises Refusal if it can never fit, or the browser has too many that are not over.
        """
        experiment = Experiment(self, plan, split, browser, names)
        experiment.bet = bet
        self.begin(experiment)
        return experiment

    def adopt(self, entry: RunEntry, page: str = "") -> RunHandle:
        """Take a run from a file as the next one of its browser, at work like a reopened run.

        The same entry gives the same job again. Raises Refusal if there is no room for it.
        """
        why = self.memory.refusal(RunWork.of_entry(self, entry))  # it may count: not in the lock
        with self._lock:
            if entry.token not in self._jobs:
                self.memory.check_opening(entry, list(self._jobs.values()))
                number = self._browsers.next_number(entry.owner)
                opened = replace(entry, number=number, opened=True)
                job = RunWork.of_entry(self, opened)
                if why:  # it is too large to train here, but can be looked at
                    job = RunWork.of_entry(self, replace(opened, packed=None))
                    job.message = why
                self._jobs[entry.token] = job
        return self.reopen(entry, page)

    def delete(self, browser: str, number: int) -> None:
        """Forget one run of a browser, at work or kept."""
        entry = self.find_number(browser, number)
        if entry is not None:
            self.show(browser, entry.token, False)
            self._forget(entry.token)
            with self._lock:
                self._browsers.kept_runs(browser).take(entry.token)

    def erase(self, browser: str) -> None:
        """Forget a browser with all its runs and experiments."""
        with self._lock:
            jobs = [*self._jobs.values(), *self._retiring.values()]
        for job in jobs:
            if job.owner == browser:
                self._forget(job.token)
        self.forget_experiments(browser)
        with self._lock:
            self._browsers.erase(browser)

    def _forget(self, token: str) -> None:
        """Drop a job, if there is one with this token, and keep nothing of it."""
        with self._lock:
            job = self._jobs.get(token)
            # Out of `_retiring`, so that a worker that is packing it does not keep it.
            self._retiring.pop(token, None)
        if job is not None:
            self.drop(job, keep=False)

    def see(self, browsers: Collection[str]) -> None:
        """Note which browsers have a page open now: these and no others."""
        with self._lock:
            self._browsers.see(browsers)
            self._see_experiments(browsers)

    def _forget_untrained(self) -> None:
        """If there are more than `limits.JOBS`, drop the oldest untrained jobs."""
        spare = [job for job in self._jobs.values() if not job.trained]
        for job in spare[: max(0, len(self._jobs) - limits.JOBS)]:
            self._jobs.pop(job.token).end()

    # What a job asks for

    def may_load(self, job: RunWork) -> bool:
        """Whether there is room for this job's trainer. If not, a job that is to train waits.

        Before that, untrained jobs, unwatched jobs and larger browsers give way.
        """
        if job.refusal:
            return False
        with self._lock:
            if job.trained:
                is_next = self.line.fits_browser(job) and not self.line.is_before_others(job)
                granted = is_next and self.memory.make_room(job, self.all_jobs())
                self.line.set_waiting(job, not granted)
            else:
                granted = self.memory.may_show(job, self.all_jobs())
                job.held_back = not granted
            job.loaded = granted  # counted before it is built, so that no other job gets its room
        return granted

    def may_train(self, job: RunWork) -> bool:
        """Whether this browser may train one more run. If not, the job waits in line."""
        with self._lock:
            granted = self.line.fits_browser(job)
            self.line.set_waiting(job, not granted)
        return granted

    def lend(self, size: int) -> bool:
        """`MemoryBudget.lend`, with all jobs."""
        with self._lock:
            return self.memory.lend(size, self.all_jobs())

    def has_room_for_page(self, pages: int) -> bool:
        """`MemoryBudget.has_room_for_page`, with all jobs."""
        with self._lock:
            return self.memory.has_room_for_page(pages, self.all_jobs())

    def build(
        self,
        config: Config,
        corpus: Corpus,
        packed: PackedTrainer | None = None,
        takes_snapshots: bool = True,
    ) -> Iterator[Trainer | None]:
        """Build a trainer, in parts, in the worker's thread that calls it."""
        load_pytorch(self._loading)
        from dino.train import Trainer

        yield from Trainer.in_parts(config, corpus, packed=packed, takes_snapshots=takes_snapshots)

    def publish_every(self) -> float:
        """Seconds between two published states of a running job."""
        is_busy = self.workers.waiting > limits.BUSY
        return limits.PUBLISH_BUSY if is_busy else limits.PUBLISH

    # The line

    def waiting_line(self) -> list[RunWork]:
        """The jobs that wait for room, the first in line first."""
        return self.line.waiters()

    def place_in_line(self, job: RunHandle) -> int | None:
        """How many jobs are before it in the line; None if it does not wait."""
        line = self.waiting_line()
        return line.index(job) if job in line else None

    # The janitor

    def tidy(self) -> None:
        """Pause, shrink and finally drop runs without a page; let jobs in the line try again."""
        with self._lock:
            self._end_experiments()
            self._browsers.end_visits()
        for job in self.all_jobs():
            self._tidy_job(job)
        with self._lock:
            self.memory.bound_parked(self.all_jobs(), self.drop)
            self._bound_browsers()
            self.memory.bound_kept()
        for job in self.waiting_line():
            self.enqueue(job)
        self._share_snapshot_bytes()

    def _tidy_job(self, job: RunWork) -> None:
        alone = job.unwatched_for()
        waits = job.waiting_since is not None
        if alone > (limits.KEEP_RUN if job.trained else limits.PAUSE_AFTER):
            self.drop(job)
        elif waits and alone > limits.KEEP_PLACE:
            job.pause()
        elif not waits and job.loaded and alone > limits.PAUSE_AFTER:
            job.park()

    def _bound_browsers(self) -> None:
        """Drop a browser's trained runs beyond `limits.RUNS`, the longest unwatched ones first."""
        by_owner: dict[str, list[RunWork]] = {}
        for job in self._jobs.values():
            if job.owner and job.trained:
                by_owner.setdefault(job.owner, []).append(job)
        for jobs in by_owner.values():
            unwatched = [job for job in jobs if job.unwatched_for()]
            unwatched.sort(key=lambda job: -job.unwatched_for())
            for job in unwatched[: max(0, len(jobs) - limits.RUNS)]:
                self.drop(job)

    def _share_snapshot_bytes(self) -> None:
        """Share the room for weights of earlier moments equally among the runs.

        The share changes in powers of two, thus rarely: dropped weights do not come back.
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

    def close(self) -> None:
        """End the workers after their current slices."""
        self.workers.close()
