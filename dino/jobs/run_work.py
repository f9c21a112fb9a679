"""A run as a worker sees it: the worker carries out the pages' wishes in short slices."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from dino.compiled.tries import KernelsLater
from dino.config import Config
from dino.cost import packed_bytes
from dino.data import Corpus
from dino.jobs import limits
from dino.jobs.kept_runs import RunEntry, bound_moments
from dino.jobs.run_handle import Pool, RunHandle
from dino.jobs.wishes import smoothed
from dino.jobs.workers import Workers
from dino.locale.sentences import Refusal, Text, sentence
from dino.run import MOST_STEPS, Run

if TYPE_CHECKING:  # PyTorch takes a second to load; a worker loads it, so no page waits for it
    from dino.packing import PackedTrainer
    from dino.train import Trainer

_log = logging.getLogger(__name__)


class WorkersPool(Pool, Protocol):
    """What a worker needs of the pool besides: room, a turn to train, a trainer."""

    workers: Workers
    snapshot_bytes: int

    def may_load(self, job: RunWork) -> bool:
        """Whether there is room for its trainer. If not, and it is to train, it waits in line."""

    def may_train(self, job: RunWork) -> bool:
        """Whether its browser may train one more run. If not, it waits in line."""

    def build(
        self, config: Config, corpus: Corpus, packed: PackedTrainer | None, takes_snapshots: bool
    ) -> Iterator[Trainer | None]:
        """Build a trainer, in parts."""

    def publish_every(self) -> float:
        """Seconds between two published states of a run."""

    def keep(self, job: RunWork) -> None:
        """Keep the run of a dropped job as far as it came."""


class RunWork(RunHandle):
    """One run and its trainer. Pages know it as `RunHandle`; its other public
    methods are for the pool.
    """

    takes_snapshots = True  # of its moments, with names
    _pool: WorkersPool

    def __init__(self, pool: WorkersPool, config: Config, corpus: Corpus, owner: str = "") -> None:
        super().__init__(pool, config, corpus, owner)
        self._lock = threading.Lock()  # held by the worker that has its turn
        self._trainer: Trainer | None = None
        self._building: Iterator[Trainer | None] | None = None
        self._published = 0.0
        self._speed_seconds = 0.0  # over which its speed is a mean
        self._gives_way = False  # whether it shrinks because others need its memory
        self._retired = False  # dropped, but its run is to be kept as far as it came
        self._ended = False  # dropped for good: no page can find it any more

    @classmethod
    def of_entry(cls, pool: WorkersPool, entry: RunEntry) -> RunWork:
        """A job for a kept run, to be at work again."""
        job = cls(pool, entry.run.config, entry.corpus, entry.owner)
        job.token, job.number = entry.token, entry.number
        job.title, job.pinned, job.opened = entry.title, entry.pinned, entry.opened
        job.run, job.baselines, job._packed = entry.run, entry.baselines, entry.packed
        job.can_continue = entry.packed is not None
        return job

    # How much memory it takes, and what it gives back

    @property
    def asked_for(self) -> Config:
        """The recipe for whose trainer it asks room."""
        return self.config

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes, without its list: its trainer, or else its entry."""
        entry = None if self.loaded else self.early_entry()
        return self.size if self.loaded else entry.nbytes if entry is not None else 0

    @property
    def packed_size(self) -> int:
        """About how many bytes it will take once it is put away."""
        entry, has_ended = self.early_entry(), self.done and not (self.run and self.run.stopped)
        packed = packed_bytes(self.config, len(self.corpus.vocab), has_ended)
        return packed + (replace(entry, run=self._shrunk(entry.run)).nbytes if entry else 0)

    def park(self) -> None:
        """Pause and shrink because no page shows it. It trains on when a page shows it again."""
        self._wishes.park()
        self._pool.enqueue(self)

    def give_way(self, why: Text = "") -> None:
        """Shrink to make room for others, and show why. It continues when there is room again."""
        self._gives_way, self.message, self._wishes.shrink = True, why, True
        self._pool.enqueue(self)

    def drop_moments(self, keep: int = 0) -> int:
        """If it is parked, free the weights of its moments but `keep` bytes; return how many."""
        run = self.run
        fewer = run if run is None or self.loaded else bound_moments(run, keep)
        if fewer is run:
            return 0
        before, self.run = self.nbytes, fewer
        return before - self.nbytes

    def retire(self) -> None:
        """Shrink for good. The pool then keeps its run as far as it came."""
        self._retired = True  # first: a worker that shrinks it meanwhile must see this
        self._wishes.shrink = True
        self._pool.enqueue(self)

    def end(self) -> None:
        """Do nothing more, and free all memory at the next turn. No page can find it any more."""
        self._ended = True
        self._pool.enqueue(self)

    def unretire(self) -> None:
        """Undo `retire`: stay at work."""
        self._retired = False

    # A worker's turn

    def work(self) -> bool:
        """Work for one slice; return whether there is more to do."""
        with self._lock:
            self._working, self.queued = True, False  # a wish from here on enqueues it again
            more = False
            try:
                more = self._slice(time.monotonic() + limits.SLICE)
            except Refusal as refused:
                self._fail(refused.sentence)
            except Exception as error:  # an error in one run must not end its worker
                _log.exception("a run broke off")
                kind = type(error).__name__
                self._fail(
                    sentence(
                        "An error ended this run: {kind}. Press Reset to start a new one.",
                        kind=kind,
                    )
                )
            finally:
                self._working = more  # if there is more, until the queue has it again
            return more

    def _slice(self, until: float) -> bool:
        if self._ended:
            self._unload()
            return False
        if self._wishes.shrink and not self._give_back(until):
            return True
        if self._retired or self.failed or not (self.running or self._is_needed()):
            return False
        if not self._load():
            return False
        trainer = self._trainer
        if trainer is None:
            return True  # its network is being built
        self._carry_out(trainer)
        self._count_baselines()  # in turns with training, because a chart waits for them
        # Ask the trainer, not the published run: after its last update it may still be midway.
        if self._wishes.steps > 0 and not trainer.done and not self._train(trainer, until):
            return self.baselines is None
        if (trainer.done or not self._wishes.steps) and not self._measure(trainer, until):
            return True
        if trainer.done:  # not before: it counts as running until its last losses are published
            self._wishes.stop_at_budget()
        return self.running or self.baselines is None or not self._measured

    def _count_baselines(self) -> bool:
        """Count for half a slice at most; return whether the baselines are known."""
        if self.baselines is None:
            half = time.monotonic() + limits.SLICE / 2
            self.baselines = self._pool.baselines.count(self.corpus, half)
        return self.baselines is not None

    def _is_needed(self) -> bool:
        """Whether it needs a trainer even without training: to be shown, or to carry out a wish.

        A parked run has none until a page shows it, also if it made no update before.
        """
        if self._trainer is None and self._wishes.steps_later:
            return False
        is_shown = self._trainer is not None or self._packed is None
        return self.can_continue and (is_shown or self._wishes.changes_settings)

    def _load(self) -> bool:
        """Build the trainer, one part in each slice. Returns False if there is no room now."""
        if self._trainer is not None:
            return True
        if self._building is None:
            if not self._pool.may_load(self):
                return False
            build = self._pool.build
            self._building = build(self.config, self.corpus, self._packed, self.takes_snapshots)
        try:
            trainer = next(self._building)
        except KernelsLater as later:
            self._building = None
            return self._wait_for(later)
        if trainer is not None:
            self._building = self._packed = None
            self._trainer = trainer
            if self.run is not None:
                trainer.restore_moments(self.run)
            self._publish(trainer)
        return True

    def _carry_out(self, trainer: Trainer) -> None:
        """Apply the wishes made since the last slice, and the pool's limit for its snapshots."""
        rate, extra = self._wishes.settings()
        if rate is not None:
            trainer.learning_rate = rate
        if extra:
            self._extend(trainer, extra)
        limit = self._pool.snapshot_bytes
        has_new_limit = trainer.snapshot_bytes != limit
        if has_new_limit:
            trainer.bound_snapshots(limit)
        if rate is not None or extra or has_new_limit:
            self._publish(trainer)
        self._wishes.fulfil(rate, extra)  # last: no page sees the wish gone and the old run

    def _extend(self, trainer: Trainer, extra: int) -> None:
        """Allow more steps, up to the largest number that a run may make."""
        left = 0 if trainer.done else trainer.max_steps - trainer.step_count
        more = min(extra, MOST_STEPS - trainer.step_count - left)
        if more < extra:
            self.message = sentence(
                "A run can have at most {most:,} updates. Start a new run.", most=MOST_STEPS
            )
        if more > 0:
            trainer.extend(left + more)

    def _train(self, trainer: Trainer, until: float) -> bool:
        """Make some updates.

        Returns False if it rests at a moment, or if other runs of this browser must end first.
        """
        now, wanted = time.monotonic(), self._wishes.steps
        is_watched = self.pace == "watch" and wanted == math.inf
        rest = self._pacer.rest(trainer.step_count, now) if is_watched else 0.0
        if rest and not trainer.midway:
            self.slowed = True
            self._pool.workers.enqueue_later(self, rest)
            return False
        if not self._pool.may_train(self):
            return False
        if is_watched and not trainer.midway:
            if self._pacer.leave(trainer.step_count, trainer.max_steps, now):
                self._published = now  # so the way to a moment is shown only if it takes long
        goal = self._pacer.goal if is_watched else math.inf
        self._measured = False
        steps = min(wanted, goal - trainer.step_count)
        seconds, by_step = max(0.001, until - time.monotonic()), self._wishes.steps < math.inf
        try:
            made = trainer.advance(steps, seconds, report=by_step)  # reports the last single one
        except KernelsLater as later:
            return self._wait_for(later)
        self.waits_for = ""
        self.step_report = trainer.step_report
        self._wishes.count_down(made)
        is_at_goal = trainer.step_count >= goal and not trainer.midway
        if is_at_goal or time.monotonic() - self._published > self._pool.publish_every():
            self._publish(trainer)
        return True

    def _wait_for(self, later: KernelsLater) -> bool:
        """Return False, and ask again later; until then a page says why."""
        self.waits_for = later.sentence
        self._pool.workers.enqueue_later(self, later.seconds)
        return False

    def _measure(self, trainer: Trainer, until: float) -> bool:
        """Measure and publish the losses of this step; return whether that is done."""
        if not self._measured:
            self._measured = trainer.settle(max(0.0, until - time.monotonic()))
            if self._measured:
                self._publish(trainer)
        return self._measured

    def _publish(self, trainer: Trainer) -> None:
        self.run, self._published = trainer.run(), time.monotonic()
        self._note_speed(self._published, self.run.names_seen)

    def _note_speed(self, now: float, names_seen: int) -> None:
        before, is_at_speed = self._speed_from, self.pace == "full" and self._wishes.steps > 0
        self._speed_from = (now, names_seen) if is_at_speed else None
        if is_at_speed and before is not None and now > before[0]:
            seconds = now - before[0]
            self._speed_seconds = seconds + (self._speed_seconds if self.speed else 0.0)
            newest = (names_seen - before[1]) / seconds
            self.speed = smoothed(self.speed, newest, seconds, self._speed_seconds)

    def _give_back(self, until: float) -> bool:
        """Free the trainer, but keep what is needed to train on. Returns whether it is done."""
        if self._retired and not self._count_baselines():
            return False
        trainer = self._trainer
        if trainer is not None and trainer.step_count:
            if not trainer.settle(max(0.0, until - time.monotonic())):
                return False
            run, packed = trainer.pack().put_apart(self._shrunk(trainer.run()))
            with self._packing:
                self.run, self._packed = run, packed
        elif self._packed is None and not (self.run and self.run.step):
            self.run, self.held_back = None, True  # it is built again when a page asks for it
        self._unload()
        self._wishes.shrink = self._gives_way = False
        if self.corpus.owner:
            self.corpus.trim()
        if self._retired:
            self._pool.keep(self)
        return True

    def _shrunk(self, run: Run) -> Run:
        """A run with fewer weights of its moments: with none where others need the memory."""
        if self._retired:
            return run
        if self._gives_way:
            return run.without_moments()
        return bound_moments(run, limits.ENTRY_BYTES)

    def _fail(self, message: Text) -> None:
        self.failed, self.message, self._wishes.steps = True, message, 0
        self._packed = None
        self._unload()
        if self._retired:
            self._pool.keep(self)

    def _unload(self) -> None:
        self._trainer, self._building, self.loaded = None, None, False
        self._measured = True
