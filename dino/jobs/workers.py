"""The workers: threads that take turns at runs and measurements.

The queue is fair in time, not in turns: next is the run that has used the least worker time. So a
network with long slices gets fewer of them.
"""

from __future__ import annotations

import gc
import heapq
import itertools
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Protocol

import numpy.random  # noqa: F401  # numpy loads it at its first use, where two threads may collide

from dino.jobs import limits
from dino.machine import slowness
from dino.python_lock import hurried


class Work(Protocol):
    """What the queue takes: a run or a measurement."""

    queued: bool
    turn: float  # seconds of worker time that it has used, as the queue counts them

    def work(self) -> bool:
        """Work for one slice; return whether there is more to do."""


class Workers:
    """The threads and their queue. slices: how many slices were worked on."""

    def __init__(self, count: int) -> None:
        self.slices = 0
        self.wanted = count  # how many take turns; fewer while the kernels are compiled
        self._turn = threading.Condition()
        self._queue: list[tuple[float, int, Work]] = []
        self._later: list[tuple[float, int, Work]] = []  # a heap, by the time when the work is due
        self._due: dict[Work, float] = {}  # that time; work enqueued before it is not in here
        self._entries, self._now = itertools.count(), 0.0
        self._slowness = slowness()
        self._busy, self._pages, self._closed = 0, 0, False
        self._threads = [
            threading.Thread(target=self._run, name="trainer", daemon=True) for _ in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def __len__(self) -> int:
        return len(self._threads)

    @property
    def waiting(self) -> int:
        """How many runs and measurements wait for a turn."""
        return len(self._queue)

    @property
    def at_work(self) -> int:
        """How many runs and measurements take turns: they wait for one, or have it now."""
        return len(self._queue) + self._busy

    def enqueue(self, work: Work) -> None:
        """Give work a turn. Asking twice gives one turn. Work that rests is woken."""
        with self._turn:
            self._due.pop(work, None)
            if not work.queued and not self._closed:
                self._line_up(work)

    def enqueue_later(self, work: Work, seconds: float) -> None:
        """Give work a turn after some seconds, or earlier if it is enqueued meanwhile.

        Until then it occupies no worker.
        """
        with self._turn:
            if not work.queued and not self._closed:
                due = self._due[work] = time.monotonic() + seconds
                heapq.heappush(self._later, (due, next(self._entries), work))
                self._turn.notify()  # a waiting worker may now have to wake earlier

    def _line_up(self, work: Work) -> None:
        work.queued = True
        # Work that rested does not catch up: it would hold back all others.
        work.turn = max(work.turn, self._now)
        heapq.heappush(self._queue, (work.turn, next(self._entries), work))
        self._turn.notify()

    def _wake(self) -> float | None:
        """Enqueue what is due. Returns the seconds until the next is due, None if nothing rests."""
        while self._later:
            due, _, work = self._later[0]
            rest = due - time.monotonic()
            is_awake = self._due.get(work) != due
            if rest > 0 and not is_awake:
                return rest
            heapq.heappop(self._later)
            if not is_awake:
                del self._due[work]
                if not work.queued:
                    self._line_up(work)
        return None

    def set_wanted(self, count: int) -> None:
        """Set how many workers take turns from now on."""
        with self._turn:
            self.wanted = max(1, min(count, len(self._threads)))
            self._turn.notify_all()

    @contextmanager
    def favour_page(self) -> Iterator[None]:
        """While a page's script runs, use one worker fewer, so that the page has a core.

        The other workers pause between their slices, because their Python code holds the lock
        (GIL) that the page needs.
        """
        with self._turn:
            self._pages += 1
        try:
            yield
        finally:
            with self._turn:
                self._pages -= 1
                self._turn.notify_all()

    def close(self) -> None:
        """End the workers after their current slices."""
        with self._turn:
            self._closed = True
            self._turn.notify_all()
        for thread in self._threads:
            thread.join(timeout=3)  # loading PyTorch takes longest

    def _has_turn(self) -> bool:
        most = max(1, self.wanted - (1 if self._pages else 0))
        return bool(self._queue) and self._busy < most

    def _next(self) -> Work | None:
        """The work whose turn it is; None once the pool is closed."""
        with self._turn:
            if self._pages:
                longest = limits.YIELD * self._slowness
                self._turn.wait_for(lambda: not self._pages or self._closed, longest)
            rest = self._wake()
            while not self._closed and not self._has_turn():
                self._turn.wait(rest)
                rest = self._wake()
            if self._closed:
                return None
            self._now, _, work = heapq.heappop(self._queue)
            self._busy += 1
            if self._later:
                self._turn.notify()  # another waiting worker wakes in time for what is due next
            return work

    def _run(self) -> None:
        let_pages_go_first()
        while (work := self._next()) is not None:
            began = time.perf_counter()
            more = work.work()
            work.turn += max(limits.LEAST_TURN, time.perf_counter() - began)
            with self._turn:
                self._busy -= 1
                self.slices += 1
                self._turn.notify()
            if more:
                self.enqueue(work)


def let_pages_go_first() -> None:
    """Lower the priority of the calling thread, because visitors wait for pages and streams, which
    need little time. Only Linux has priorities of threads.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        now = os.getpriority(os.PRIO_PROCESS, thread)
        os.setpriority(os.PRIO_PROCESS, thread, now + limits.WORKER_NICE)


def load_pytorch(lock: threading.Lock) -> None:
    """Load PyTorch, in one thread at a time."""
    with lock:
        is_first = "torch" not in sys.modules
        with hurried() if is_first else nullcontext():  # it takes a second, while pages are drawn
            import dino.train  # noqa: F401  # loaded for all threads, not used here
    if is_first:
        later = threading.Timer(1.0, freeze_modules)  # a visitor may wait for the first curve
        later.daemon = True
        later.start()


def freeze_modules() -> None:
    """Exclude the loaded modules, a thousand, from every later garbage collection."""
    gc.collect()
    gc.freeze()
