"""Runs at work beside the pages: a small pool of threads takes turns at them by short slices.

    Jobs.create(config, corpus) -> Job      job.play(), job.pause(), job.play(steps=1), job.extend()
    Jobs.find(token)            -> Job      job.run: what there is to see, replaced as it grows

Every job waits in one queue, trains for a slice and goes to its end: many learners share two cores
fairly. Nothing here knows Streamlit; a page only reads `job.run` and sets wishes.
"""

from __future__ import annotations

import atexit
import gc
import logging
import math
import os
import queue
import secrets
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dino.config import GATES, SETTINGS, Config, Writing
from dino.data import Corpus
from dino.ngram import baselines
from dino.run import Run, bounded

if TYPE_CHECKING:  # PyTorch takes a second to load: a worker does it, no page waits for it
    from dino.sample import Trace
    from dino.train import Trainer

_log = logging.getLogger(__name__)

SLICE = 0.02  # seconds a job trains before the next one's turn
PUBLISH = 0.15  # seconds between two pictures of a running job
LEASE = 60.0  # seconds a run goes on with nobody watching
KEEP = 1800.0  # seconds a run is kept with nobody watching
MAX_JOBS = 80
MAX_BYTES = 300_000_000  # of weights and what goes with them, over all jobs
SHELF_RUNS, SHELF_BYTES = 6, 8_000_000  # earlier runs that a visitor keeps
KEPT_BYTES = 2_000_000  # of weights in one of them; past that, every second moment loses its own


class Full(Exception):
    """The laboratory has no room for one more run; a sentence for the page."""


@dataclass(frozen=True, eq=False)
class Written:
    """Names that a run wrote: with which settings, after which step, and how each came about.

    nearest: the real name next to each, and how many letters apart.
    """

    writing: Writing
    step: int
    traces: tuple[Trace, ...]
    nearest: tuple[tuple[str, int], ...]


@dataclass(frozen=True, eq=False)
class Kept:
    """A run to look at: the visitor's present one, or one laid aside when the next was begun.

    number counts the visitor's runs; token is that of the job it came from.
    """

    number: int
    token: str
    run: Run
    corpus: Corpus
    baselines: dict[str, float]

    @property
    def nbytes(self) -> int:
        """About what it weighs in memory, its list apart, which other runs may share."""
        run = self.run
        arrays = (run.weights, run.losses, run.symbols, run.val_steps, run.val_losses)
        return sum(a.nbytes for a in arrays) + sum(
            s.weights.nbytes for s in run.snapshots if s.weights is not None)


class Study:
    """Something worked out in parts, in turns with the runs: `share` of it is done so far.

    Its parts are (share, result) pairs; each result is copied, so a page may draw it meanwhile.
    """

    def __init__(self, parts: Iterator[tuple[float, Any]]) -> None:
        self.share, self.result, self.failed, self._parts = 0.0, None, False, parts
        self._queued, self._lock = False, threading.Lock()

    @property
    def done(self) -> bool:
        """Whether there is no more to come."""
        return self.failed or self.share >= 1

    def stop(self) -> None:
        """Let the rest be."""
        self.failed = True

    def work(self, seconds: float = SLICE) -> bool:
        """Go on for about so long. Whether there is more to do."""
        until = time.monotonic() + seconds
        with self._lock:
            try:
                while not self.done:
                    share, result = next(self._parts)
                    self.result, self.share = result.copy(), share
                    if time.monotonic() > until:
                        break
            except Exception:  # it must not take its worker along
                _log.exception("a study broke off")
                self.failed = True
            finally:
                self._queued = False
            if self.done:
                self._parts = iter(())  # and with it the models that it held
        return not self.done


class Job:
    """One run at work. Until a worker has built the network `run` is None; `baselines` follow."""

    def __init__(self, jobs: Jobs, config: Config, corpus: Corpus) -> None:
        self.token = secrets.token_urlsafe(9)
        self.config, self.corpus = config, corpus
        self.size = _bytes(config, len(corpus.vocab))  # without its list
        self.run: Run | None = None
        self.baselines: dict[str, float] | None = None
        self.layers: list[tuple[str, str, int]] = []
        self.written: Written | None = None
        self.pace = 0.0  # names a second by the clock on the wall, its turns of waiting included
        self.message = ""
        self.failed = False
        self.owner = ""
        self.number = 1
        self.shelf: tuple[Kept, ...] = ()  # earlier runs of this visitor, the oldest first
        self.let_go = 0  # how many of them had to go for want of room
        self._jobs, self._lock = jobs, threading.Lock()
        self._trainer: Trainer | None = None
        self._steps_wanted: float = 0
        self._rate_wanted: float | None = None
        self._extension, self._published = 0, 0.0
        self._queued = self._busy = False
        self._watchers: set[str] = set()
        self._unwatched_since = jobs.clock()

    @property
    def running(self) -> bool:
        """Whether it trains, or waits for its turn to; until `run` shows all that it did."""
        return (self._steps_wanted > 0 or self._busy) and not self.done

    @property
    def done(self) -> bool:
        """Whether its budget of steps is used up, or it diverged, or failed."""
        run = self.run
        return self.failed or (run is not None and (
            bool(run.stopped) or run.step >= run.max_steps) and not self._extension)

    @property
    def learning_rate(self) -> float:
        """The rate of the next step, as it was wished for last."""
        if self._rate_wanted is not None:
            return self._rate_wanted
        return self.run.learning_rate if self.run else self.config.learning_rate

    @property
    def settled(self) -> bool:
        """Whether nothing more is to come: it does not train, and every wish was carried out."""
        return not self.running and not self._queued

    def play(self, steps: float = math.inf) -> None:
        """Train on, or just some steps."""
        self.message = ""
        self.pace = 0.0
        self._steps_wanted = steps
        self._jobs.enqueue(self)

    def pause(self) -> None:
        """Stop after the update at hand; `run` is then up to date."""
        self._steps_wanted = 0
        if self._lock.acquire(timeout=0.2):  # at most a step, if a worker is at it
            try:
                if self._trainer is not None:
                    self._trainer.measure()
                self._publish()
            finally:
                self._lock.release()

    def extend(self) -> None:
        """Allow as many steps again as the recipe has, and train on."""
        self._extension += self.config.max_steps
        self.play()

    def set_learning_rate(self, rate: float) -> None:
        """Use another learning rate from the next step on; the weights stay.

        Raises ValueError for a rate out of bounds.
        """
        self._rate_wanted = SETTINGS["learning_rate"].parse("learning_rate", rate)
        self._jobs.enqueue(self)

    def write(self, writing: Writing) -> None:
        """Write names with the weights of this moment into `written`, in the calling thread.

        Raises ValueError for first letters that this list does not have, or too many of them.
        """
        run, vocab = self.run, self.corpus.vocab
        if run is None:
            return
        from dino.metrics import nearest
        from dino.sample import draws, write
        from dino.train import rebuild

        carried = writing.carry or not self.config.context
        traces = write(
            rebuild(self.config, len(vocab), run.weights), vocab,
            draws(1 if writing.greedy else writing.count, writing.draw, writing.longest),
            temperature=writing.temperature, greedy=writing.greedy, top_k=writing.top_k,
            prefix=vocab.tidy(writing.prefix), context=0 if carried else self.config.context)
        found = tuple(nearest(trace.name, self.corpus.names) for trace in traces)
        self.written = Written(writing, run.kept_step, tuple(traces), found)

    def kept(self) -> Kept | None:
        """The run as it is now, to look at; None before its first step."""
        run, baselines = self.run, self.baselines
        if run is None or not run.step or baselines is None:
            return None
        return Kept(self.number, self.token, run, self.corpus, baselines)

    def follow(self, old: Job) -> None:
        """Take over what the visitor kept so far, and the old run, as far as there is room."""
        now = old.kept()
        self.number = old.number + (now is not None)
        self.shelf, self.let_go = old.shelf, old.let_go
        if now is not None:
            if now.corpus.owner:
                now.corpus.trim()
            moments = tuple(bounded(list(now.run.snapshots), KEPT_BYTES))
            self.shelf += (replace(now, run=replace(now.run, snapshots=moments)),)
        while len(self.shelf) > SHELF_RUNS or self.shelf_bytes > SHELF_BYTES:
            self.let_go_of_oldest()

    @property
    def shelf_bytes(self) -> int:
        """What the earlier runs weigh."""
        return sum(kept.nbytes for kept in self.shelf)

    @property
    def nbytes(self) -> int:
        """About what it weighs in memory: its run, the earlier ones, lists of the visitor's own."""
        lists = {self.corpus, *(kept.corpus for kept in self.shelf)}
        return self.size + self.shelf_bytes + sum(corpus.nbytes for corpus in lists)

    def let_go_of_oldest(self) -> None:
        """Forget the oldest of the earlier runs."""
        self.shelf, self.let_go = self.shelf[1:], self.let_go + 1

    def watch(self, visitor: str) -> None:
        """Note that somebody is looking."""
        self._watchers.add(visitor)

    def leave(self, visitor: str) -> None:
        """Note that somebody went away; the last one starts the lease."""
        self._watchers.discard(visitor)
        if not self._watchers:
            self._unwatched_since = self._jobs.clock()

    def unwatched_for(self) -> float:
        """Seconds since somebody looked; 0 while somebody does."""
        return 0.0 if self._watchers else self._jobs.clock() - self._unwatched_since

    def may_act(self, visitor: str) -> bool:
        """Whether a visitor may steer it: the owner, or anybody once the owner has gone."""
        return self.owner in ("", visitor) or self.owner not in self._watchers

    def work(self) -> bool:
        """One slice, in a worker's thread. Whether there is more to do."""
        with self._lock:
            self._busy = self._steps_wanted > 0
            try:
                self._slice()
            except Exception as error:  # a broken run must not take its worker along
                _log.exception("a run broke off")
                self.failed = True
                self.message = f"This run broke off ({type(error).__name__}); reset to start anew."
            finally:
                self._queued = self._busy = False
        return self._steps_wanted > 0 and not self.done

    def _slice(self) -> None:
        trainer = self._prepare()
        if self.unwatched_for() > LEASE and self.running:
            self._steps_wanted = 0
            self.message = (f"Paused by itself at step {trainer.step_count:,}: "
                            "nobody had been watching for a minute.")
        if self._steps_wanted > 0:
            made = trainer.advance(self._steps_wanted, SLICE)
            if self._steps_wanted < math.inf:  # whoever pressed Pause meanwhile has set it to 0
                self._steps_wanted = max(0, self._steps_wanted - made)
        if trainer.done:
            self._steps_wanted = 0
        if self._busy and not self._steps_wanted:
            trainer.measure()  # who stops here wants to see where it stands
        if not self._steps_wanted or time.monotonic() - self._published > PUBLISH:
            self._publish()
        if self.baselines is None:  # last, for counting takes longer than a slice
            self.baselines = self._jobs.baselines(self.corpus)

    def _prepare(self) -> Trainer:
        """The trainer, built on the first slice, with the wishes that came since the last."""
        if self._trainer is None:
            self._trainer = self._jobs.build(self.config, self.corpus)
            self.layers = self._trainer.model.summary()
            self._publish()
        if self._rate_wanted is not None:
            self._trainer.learning_rate = self._rate_wanted
            self._publish()
            self._rate_wanted = None
        if self._extension:
            self._trainer.extend(self._extension)
            self._extension = 0
            self._publish()
        return self._trainer

    def _publish(self) -> None:
        if self._trainer is None:
            return
        before, now = self.run, time.monotonic()
        self.run = self._trainer.run()
        if before is not None and now > self._published:
            pace = (self.run.names_seen - before.names_seen) / (now - self._published)
            self.pace = 0.7 * self.pace + 0.3 * pace if self.pace else pace
        self._published = now


class Jobs:
    """All runs of a server, and the pool that trains them, which ends with the process."""

    def __init__(
        self, workers: int | None = None, clock: Callable[[], float] = time.monotonic,
        on_loaded: Callable[[], object] = lambda: None,
    ) -> None:
        """`clock` tells the seconds for leases; tests bring their own.

        on_loaded: called once, in a thread of its own, a second after PyTorch is loaded and the
        first network built.
        """
        self.clock, self.on_loaded = clock, on_loaded
        self._jobs: dict[str, Job] = {}
        self._lock, self._loading = threading.Lock(), threading.Lock()
        self._queue: queue.SimpleQueue[Job | Study | None] = queue.SimpleQueue()
        self._baselines: weakref.WeakKeyDictionary[Corpus, dict[str, float]] = (
            weakref.WeakKeyDictionary())
        self._closed = False
        self._workers = [threading.Thread(target=self._work, name="trainer", daemon=True)
                         for _ in range(workers or min(4, os.cpu_count() or 1))]
        for worker in self._workers:
            worker.start()
        atexit.register(self.close)  # Python may not end while one is in the midst of PyTorch

    def create(
        self, config: Config, corpus: Corpus, owner: str = "", build: bool = True,
        after: Job | None = None,
    ) -> Job:
        """A new job, watched by its owner; a worker builds its untrained network at once.

        after: the visitor's last job, which ends and is laid on the new one's shelf.
        build: False leaves that for the first `enqueue`, so that a page can be drawn before.
        Raises Full where there is no room.
        """
        job = Job(self, config, corpus)
        job.owner = owner
        if owner:
            job.watch(owner)
        with self._lock:
            self._make_room(job.nbytes, leaving=after)
            self._jobs[job.token] = job
        if after is not None:
            after.pause()
            job.follow(after)
            self.drop(after)
        if build:
            self.enqueue(job)
        return job

    def find(self, token: str) -> Job | None:
        """The job of this token, if it is still kept."""
        with self._lock:
            return self._jobs.get(token)

    def drop(self, job: Job) -> None:
        """Stop a job and forget it."""
        job._steps_wanted = 0
        with self._lock:
            self._jobs.pop(job.token, None)

    def running(self) -> int:
        """How many jobs are training or waiting for their turn."""
        with self._lock:
            return sum(job.running for job in self._jobs.values())

    def enqueue(self, job: Job | Study) -> None:
        """Give a job, or a study, a turn, once, however often it is asked for."""
        with self._lock:
            if not job._queued:
                job._queued = True
                self._queue.put(job)

    def close(self) -> None:
        """End the workers after the slices at hand."""
        self._closed = True
        for _ in self._workers:
            self._queue.put(None)
        for worker in self._workers:
            worker.join(timeout=3)  # loading PyTorch takes longest

    def build(self, config: Config, corpus: Corpus) -> Trainer:
        """A trainer, in the calling worker's thread."""
        with self._loading:  # one worker at a time, so that the interval is put back as it was
            first = "torch" not in sys.modules
            patience = sys.getswitchinterval()
            if first:  # loading PyTorch takes a second: pages get their turn ten times as soon
                sys.setswitchinterval(patience / 10)
            try:
                from dino.train import Trainer
            finally:
                sys.setswitchinterval(patience)
        trainer = Trainer(config, corpus)
        if first:  # a second later, for somebody may be waiting for the first curve
            later = threading.Timer(1.0, self._settle)
            later.daemon = True
            later.start()
        return trainer

    def _settle(self) -> None:
        gc.collect()  # and keep a thousand modules out of every later collection
        gc.freeze()
        self.on_loaded()

    def baselines(self, corpus: Corpus) -> dict[str, float]:
        """What counting reaches on this list and split, counted once."""
        if corpus not in self._baselines:
            self._baselines[corpus] = baselines(corpus)
        return self._baselines[corpus]

    def _work(self) -> None:
        while (job := self._queue.get()) is not None and not self._closed:
            if job.work():
                self.enqueue(job)

    def _make_room(self, size: int, leaving: Job | None = None) -> None:
        """Let go of runs nobody has watched for long; if need be of others, longest first; then of
        what visitors have laid aside, the oldest of the fullest shelf first.
        """
        unwatched = sorted((j for j in self._jobs.values() if j.unwatched_for()),
                           key=lambda j: -j.unwatched_for())
        for job in unwatched:
            if job.unwatched_for() > KEEP or not self._fits(size, leaving):
                job._steps_wanted = 0
                del self._jobs[job.token]
        while not self._fits(size, leaving):
            fullest = max(self._jobs.values(), key=lambda j: j.shelf_bytes, default=None)
            if fullest is None or not fullest.shelf:
                break
            fullest.let_go_of_oldest()
        if not self._fits(size, leaving):
            raise Full("The laboratory is full just now: too many networks are being watched. "
                       "Try a smaller hidden size, or come back in a minute.")

    def _fits(self, size: int, leaving: Job | None) -> bool:
        stay = [job for job in self._jobs.values() if job is not leaving]
        used = sum(job.nbytes for job in stay)
        return len(stay) < MAX_JOBS and used + size <= MAX_BYTES


def _bytes(config: Config, vocab_size: int) -> int:
    """About how much memory a job takes: a dozen copies of its weights, and its history."""
    H, V = config.hidden_size, vocab_size
    weights = 4 * (GATES[config.cell] * H * (V + H + 1) + V * (H + 1))
    return 12 * weights + min(40 * weights, 8_000_000) + 500_000
