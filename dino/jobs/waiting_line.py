"""Which run waits for memory, or for another run of its browser to end, and which one is next."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from dino.jobs import limits
from dino.jobs.memory_budget import MemoryBudget
from dino.jobs.run_work import RunWork


class WaitingLine:
    """The jobs that wait for memory, or for another run of their browser to end, and their order.

    jobs: gives all jobs of the pool; clock: gives the time in seconds. lock: the pool's, which
    guards it; only `lacks_lent` takes it itself.
    """

    def __init__(
        self,
        jobs: Callable[[], list[RunWork]],
        memory: MemoryBudget,
        clock: Callable[[], float],
        lock: AbstractContextManager[Any],
    ) -> None:
        self._jobs, self._memory, self._clock, self._lock = jobs, memory, clock, lock

    def waiters(self) -> list[RunWork]:
        """The jobs that wait, the first in line first."""
        waiting = [job for job in self._jobs() if job.phase == "waiting"]
        return sorted(waiting, key=lambda job: job.waiting_since or 0.0)

    def fits_browser(self, job: RunWork) -> bool:
        """Whether its browser trains fewer runs than it may."""
        if not job.owner:
            return True
        others = [other for other in self._jobs() if other is not job and other.owner == job.owner]
        return sum(other.phase == "running" for other in others) < limits.RUNNING_AT_ONCE

    def is_before_others(self, job: RunWork) -> bool:
        """Whether it would overtake a job in the line for which there is room now."""
        line = self.waiters()
        before = line[: line.index(job)] if job in line else line
        if not before:
            return False
        jobs = self._jobs()
        free = self._memory.free_bytes(jobs)  # counted once: the line may be long
        return any(
            not other.loaded and self._memory.fits(other, free, jobs) and self.fits_browser(other)
            for other in before
        )

    def lacks_lent(self, since: float) -> bool:
        """Whether a job that can begin on PyTorch has waited since then for memory that the
        compiler has: without that loan it would fit.
        """
        with self._lock:
            if not self._memory.lent:
                return False
            jobs = self._jobs()
            free = self._memory.capacity - self._memory.used_bytes(jobs, 0)
            return any(
                not job.loaded
                and (began := job.waiting_since) is not None
                and began <= since
                and job.asked_for.engine != "compiled"
                and not (job.run and job.run.step)
                and self.fits_browser(job)
                and self._memory.fits(job, free, jobs)
                for job in self.waiters()
            )

    def set_waiting(self, job: RunWork, waits: bool) -> None:
        """Put a job at the end of the line (it keeps a place that it has), or take it out."""
        if not waits:
            job.waiting_since = None
        elif job.waiting_since is None:
            job.waiting_since = self._clock()
