"""One run: a page sets wishes, a worker carries them out in short slices."""

from __future__ import annotations

import logging
import math
import secrets
import threading
import time
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from dino.config import SETTINGS, Config
from dino.cost import trainer_bytes
from dino.data import Corpus
from dino.jobs import limits
from dino.jobs.earlier_runs import EarlierRuns, RunEntry
from dino.jobs.wishes import Watchers, Wishes
from dino.run import Run

if TYPE_CHECKING:  # PyTorch takes a second to load: a worker does it, no page waits for it
    from dino.jobs.pool import Jobs
    from dino.packing import Packed
    from dino.train import Trainer

_log = logging.getLogger(__name__)


class Job:
    """One run. Until a worker has built the network `run` is None; `baselines` follow.

    owner: the browser whose run it is, '' for nobody's. A trainer is `loaded` only while somebody
    needs it: a run that no page shows is packed, and one that never trained holds nothing.
    """

    def __init__(self, pool: Jobs, config: Config, corpus: Corpus, owner: str = "") -> None:
        self.token = secrets.token_urlsafe(12)
        self.config, self.corpus, self.owner = config, corpus, owner
        self.size = trainer_bytes(config, len(corpus.vocab))  # without its list
        self.run: Run | None = None
        self.baselines: dict[str, float] | None = None
        self.pace = 0.0  # names a second of real time, including waits for a turn
        self.message, self.failed = "", False
        self.refusal = ""  # why it could never be trained here
        self.held_back = False  # whether there is no room just to show it untrained
        self.number, self.earlier_runs = 1, EarlierRuns()
        self.queued, self.turn = False, 0.0  # the queue's own notes
        self.loaded = False  # whether it has room for a trainer, as the pool grants it
        self.waiting_since: float | None = None  # in the line for memory, or for another run's end
        self._pool, self._wishes, self._watchers = pool, Wishes(), Watchers(pool.clock)
        self._lock = threading.Lock()  # held by the worker that has its turn
        self._working = False
        self._trainer: Trainer | None = None
        self._building: Iterator[Trainer | None] | None = None
        self._packed: Packed | None = None
        self._published = 0.0
        self._measured = True  # whether the held-out loss of this step is known

    # What it is doing

    @property
    def running(self) -> bool:
        """Whether it trains, or waits for its turn to; until `run` shows all that it did."""
        return self._wishes.steps > 0 and not self.done

    @property
    def stepping(self) -> bool:
        """Whether it makes single steps, so many as were asked for, and rests then."""
        return self.running and self._wishes.steps < math.inf

    @property
    def done(self) -> bool:
        """Whether its budget of steps is used up, or it diverged, or failed."""
        run = self.run
        if self.failed or run is None:
            return self.failed
        ended = bool(run.stopped) or run.step >= run.max_steps
        return ended and not self._wishes.extra_steps

    @property
    def trained(self) -> bool:
        """Whether something would be lost with it: steps made, or wished for."""
        if self.running or self._wishes.steps_later > 0:
            return True
        return self.run is not None and self.run.step > 0

    @property
    def settled(self) -> bool:
        """Whether nothing more is to come: it does not train, and every wish was carried out."""
        return self._measured and not (self.running or self.queued or self._working)

    @property
    def phase(self) -> str:
        """What it is doing, in one word."""
        if self.failed:
            return "failed"
        if self.running:
            return "running" if self.waiting_since is None else "waiting"
        if self.run is None:
            return self._phase_before_run()
        if self.run.stopped and not self._wishes.extra_steps:
            return "stopped"
        if self.done:
            return "done"
        return "paused" if self.run.step else "untrained"

    def _phase_before_run(self) -> str:
        if self.refusal:
            return "refused"
        return "untrained" if self.held_back else "building"

    @property
    def learning_rate(self) -> float:
        """The rate of the next step, as it was wished for last."""
        if self._wishes.last_rate is not None:
            return self._wishes.last_rate
        return self.run.learning_rate if self.run else self.config.learning_rate

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes: its run and the earlier ones, without lists."""
        return self.held_bytes + self.earlier_runs.nbytes

    @property
    def held_bytes(self) -> int:
        """About how many bytes its own run takes: a trainer, a packed run, or a picture."""
        if self.loaded:
            return self.size
        packed = self._packed.nbytes if self._packed is not None else 0
        entry = self.entry()
        return packed + (entry.nbytes if entry else 0)

    def entry(self) -> RunEntry | None:
        """The run as it is now, for the visitor's list; None before its first step."""
        run, baselines = self.run, self.baselines
        if run is None or not run.step or baselines is None:
            return None
        return RunEntry(self.number, self.token, run, self.corpus, baselines)

    def take_over(self, old: Job) -> None:
        """Take over the visitor's earlier runs, and the old run, as far as there is room."""
        self.number, self.earlier_runs = old.number, old.earlier_runs
        entry = old.entry()
        if entry is not None:
            self.number += 1
            self.earlier_runs.add(entry)

    # Wishes, from any thread

    def play(self, steps: float = math.inf) -> None:
        """Train on, or some steps more than were wished for already."""
        self.message, self.pace = "", 0.0
        self._wishes.add_steps(steps)
        self._pool.enqueue(self)

    def pause(self) -> None:
        """Stop after the current update; a worker then measures the held-out loss there."""
        self._wishes.stop()
        self.waiting_since = None
        self._pool.enqueue(self)

    def extend(self, steps: int | None = None) -> None:
        """Allow so many steps more, or as many again as the recipe has, and train on."""
        self._wishes.extend(self.config.max_steps if steps is None else steps)
        self.play()

    def set_learning_rate(self, rate: float) -> None:
        """Use another learning rate from the next step on; the weights stay.

        Raises ValueError for a rate out of bounds.
        """
        self._wishes.set_rate(SETTINGS["learning_rate"].parse("learning_rate", rate))
        self._pool.enqueue(self)

    def park(self) -> None:
        """Pause and shrink because no page shows it; it trains on by itself when one is back."""
        self._wishes.park()
        self._pool.enqueue(self)

    def give_way(self, why: str = "") -> None:
        """Shrink to make room for others, with a sentence; it continues when there is room."""
        self.message, self._wishes.shrink = why, True
        self._pool.enqueue(self)

    # Who shows it, and who may control it

    def watch(self, page: str) -> None:
        """Note that a page shows it. A run that paused because none did trains on."""
        self._watchers.add(page)
        steps = self._wishes.take_later_steps()
        if steps:
            self.play(steps)

    def leave(self, page: str) -> None:
        """Note that a page is closed, or shows something else."""
        self._watchers.remove(page)

    def keep_only_pages(self, pages: Collection[str]) -> None:
        """Note that of all pages only these are still open."""
        self._watchers.keep_only(pages)

    def unwatched_for(self) -> float:
        """Seconds since a page showed it; 0 while one does."""
        return self._watchers.alone_for()

    def may_act(self, browser: str) -> bool:
        """Whether a browser may control it: its owner's, and nobody else's."""
        return self.owner in ("", browser)

    # Work, in a worker's thread

    def work(self) -> bool:
        """One slice. Whether there is more to do."""
        with self._lock:
            self._working, self.queued = True, False  # a wish from here on asks for another turn
            more = False
            try:
                more = self._slice(time.monotonic() + limits.SLICE)
            except Exception as error:  # a broken run must not end its worker
                _log.exception("a run broke off")
                kind = type(error).__name__
                self._fail(f"An error ended this run: {kind}. Reset starts a new one.")
            finally:
                self._working = more  # where more is to come, the queue has yet to hear of it
            return more

    def _slice(self, until: float) -> bool:
        if self._wishes.shrink and not self._give_back(until):
            return True
        if self.failed or not (self.running or self._is_needed()) or not self._load():
            return False
        trainer = self._trainer
        if trainer is None:
            return True  # its network is being built
        self._carry_out(trainer)
        if self.baselines is None:  # in turns with training, because a chart waits for them
            half = time.monotonic() + limits.SLICE / 2
            self.baselines = self._pool.baselines.count(self.corpus, half)
        # The trainer is asked, not the picture: after its last update it may still be midway.
        if self._wishes.steps > 0 and not trainer.done and not self._train(trainer, until):
            return False
        if trainer.done:
            self._wishes.stop_at_budget()
        if not self._wishes.steps and not self._measure(trainer, until):
            return True
        return self.running or self.baselines is None or not self._measured

    def _is_needed(self) -> bool:
        """Whether a trainer is needed besides training: to be shown, or for a wish."""
        is_shown = self._trainer is not None or self._packed is None
        return is_shown or self._wishes.changes_settings

    def _load(self) -> bool:
        """Have the trainer built, a part in each slice. False where there is no room for it now."""
        if self._trainer is not None:
            return True
        if self._building is None:
            if not self._pool.may_load(self):
                return False
            self._building = self._pool.build(self.config, self.corpus, self._packed)
        trainer = next(self._building)
        if trainer is not None:
            self._building = self._packed = None
            self._trainer = trainer
            self._publish(trainer)
        return True

    def _carry_out(self, trainer: Trainer) -> None:
        """The wishes that came since the last slice, and the pool's limit for its snapshots."""
        rate, extra = self._wishes.take_settings()
        if rate is not None:
            trainer.learning_rate = rate
        if extra:
            trainer.extend(extra)
        limit = self._pool.snapshot_bytes
        has_new_limit = trainer.snapshot_bytes != limit
        if has_new_limit:
            trainer.bound_snapshots(limit)
        if rate is not None or extra or has_new_limit:
            self._publish(trainer)

    def _train(self, trainer: Trainer, until: float) -> bool:
        """Some updates. False where other runs of this browser must end first."""
        if not self._pool.may_train(self):
            return False
        self._measured = False
        made = trainer.advance(self._wishes.steps, max(0.001, until - time.monotonic()))
        self._wishes.count_down(made)
        if time.monotonic() - self._published > self._pool.publish_every():
            self._publish(trainer)
        return True

    def _measure(self, trainer: Trainer, until: float) -> bool:
        """Have the held-out loss of this step measured and shown. Whether that is done."""
        if not self._measured:
            self._measured = trainer.settle(max(0.0, until - time.monotonic()))
            if self._measured:
                self._publish(trainer)
        return self._measured

    def _publish(self, trainer: Trainer) -> None:
        before, now = self.run, time.monotonic()
        self.run = trainer.run()
        if before is not None and now > self._published and self._wishes.steps:
            pace = (self.run.names_seen - before.names_seen) / (now - self._published)
            self.pace = 0.7 * self.pace + 0.3 * pace if self.pace else pace
        self._published = now

    def _give_back(self, until: float) -> bool:
        """Give the trainer's memory back, keeping what training on needs. Whether that is done."""
        trainer = self._trainer
        if trainer is not None and trainer.step_count:
            if not trainer.settle(max(0.0, until - time.monotonic())):
                return False
            self.run, self._packed = _without_snapshot_weights(trainer.run()), trainer.pack()
        elif self._packed is None:
            self.run, self.held_back = None, True  # it is built again when a page asks for it
        self._unload()
        self._wishes.shrink = False
        if self.corpus.owner:
            self.corpus.trim()
        return True

    def _fail(self, message: str) -> None:
        self.failed, self.message, self._wishes.steps = True, message, 0
        self._packed = None
        self._unload()

    def _unload(self) -> None:
        self._trainer, self._building, self.loaded = None, None, False
        self._measured = True


def _without_snapshot_weights(run: Run) -> Run:
    """The same run without the weights of its earlier moments."""
    return replace(run, snapshots=tuple(replace(s, weights=None) for s in run.snapshots))
