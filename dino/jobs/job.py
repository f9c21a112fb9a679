"""One run at work: a page sets wishes, a worker carries them out in short slices."""

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
from dino.jobs.shelf import RunEntry, Shelf
from dino.run import Run

if TYPE_CHECKING:  # PyTorch takes a second to load: a worker does it, no page waits for it
    from dino.jobs.pool import Jobs
    from dino.train import Packed, Trainer

_log = logging.getLogger(__name__)


class Job:
    """One run at work. Until a worker has built the network `run` is None; `baselines` follow.

    owner: the browser whose run it is, '' for nobody's. A trainer is `loaded` only while somebody
    needs it: a run that no page shows is packed, and one that never trained holds nothing.
    """

    def __init__(self, pool: Jobs, config: Config, corpus: Corpus, owner: str = "") -> None:
        self.token = secrets.token_urlsafe(12)
        self.config, self.corpus, self.owner = config, corpus, owner
        self.size = trainer_bytes(config, len(corpus.vocab))  # without its list
        self.run: Run | None = None
        self.baselines: dict[str, float] | None = None
        self.pace = 0.0  # names a second by the clock on the wall, its turns of waiting included
        self.message, self.failed = "", False
        self.refusal = ""  # why it could never be trained here
        self.held_back = False  # whether there is no room just to show it untrained
        self.number, self.shelf = 1, Shelf()
        self.queued, self.turn = False, 0.0  # the queue's own notes
        self.loaded = False  # whether it has room for a trainer, as the pool grants it
        self.waiting_since: float | None = None  # in the line for memory, or for another run's end
        self._pool, self._lock, self._wish = pool, threading.Lock(), threading.Lock()
        self._trainer: Trainer | None = None
        self._building: Iterator[Trainer | None] | None = None
        self._packed: Packed | None = None
        self._steps_wanted: float = 0
        self._rate_wanted: float | None = None
        self._last_rate: float | None = None  # wished for, whether it is carried out yet or not
        self._extension, self._published = 0, 0.0
        self._measured = True  # whether the held-out loss of this step is known
        self._resumes: float = 0  # steps to go on with once a page is back
        self._yielding = self._busy = False  # whether it is to give its memory back; has its turn
        self._pages: set[str] = set()
        self._unwatched_since = pool.clock()

    # What it is doing

    @property
    def running(self) -> bool:
        """Whether it trains, or waits for its turn to; until `run` shows all that it did."""
        return self._steps_wanted > 0 and not self.done

    @property
    def done(self) -> bool:
        """Whether its budget of steps is used up, or it diverged, or failed."""
        run = self.run
        return self.failed or (run is not None and (
            bool(run.stopped) or run.step >= run.max_steps) and not self._extension)

    @property
    def trained(self) -> bool:
        """Whether something would be lost with it: steps made, or wished for."""
        return self.running or self._resumes > 0 or (self.run is not None and self.run.step > 0)

    @property
    def settled(self) -> bool:
        """Whether nothing more is to come: it does not train, and every wish was carried out."""
        return not (self.running or self.queued or self._busy) and self._measured

    @property
    def phase(self) -> str:
        """What it is doing, in one word."""
        if self.failed:
            return "failed"
        if self.running:
            return "waiting" if self.waiting_since is not None else "running"
        run = self.run
        if run is None:
            return "refused" if self.refusal else "untrained" if self.held_back else "building"
        if run.stopped and not self._extension:
            return "stopped"
        return "done" if self.done else "paused" if run.step else "untrained"

    @property
    def learning_rate(self) -> float:
        """The rate of the next step, as it was wished for last."""
        if self._last_rate is not None:
            return self._last_rate
        return self.run.learning_rate if self.run else self.config.learning_rate

    @property
    def nbytes(self) -> int:
        """About what it weighs in memory: its run and the earlier ones, lists apart."""
        return self.held_bytes + self.shelf.nbytes

    @property
    def held_bytes(self) -> int:
        """About what its own run weighs: a trainer, a packed run, or a picture."""
        if self.loaded:
            return self.size
        packed = self._packed.nbytes if self._packed is not None else 0
        entry = self.entry()
        return packed + (entry.nbytes if entry else 0)

    # Wishes, from any thread

    def play(self, steps: float = math.inf) -> None:
        """Train on, or some steps more than were wished for already."""
        with self._wish:
            self.message, self.pace = "", 0.0
            self._resumes = 0
            self._steps_wanted += steps
        self._pool.enqueue(self)

    def pause(self) -> None:
        """Stop after the current update; a worker then measures where the run is."""
        with self._wish:
            self._steps_wanted = self._resumes = 0
            self.waiting_since = None
        self._pool.enqueue(self)

    def extend(self) -> None:
        """Allow as many steps again as the recipe has, and train on."""
        with self._wish:
            self._extension += self.config.max_steps
        self.play()

    def set_learning_rate(self, rate: float) -> None:
        """Use another learning rate from the next step on; the weights stay.

        Raises ValueError for a rate out of bounds.
        """
        rate = SETTINGS["learning_rate"].parse("learning_rate", rate)
        with self._wish:
            self._rate_wanted = self._last_rate = rate
        self._pool.enqueue(self)

    def entry(self) -> RunEntry | None:
        """The run as it is now, to look at; None before its first step."""
        run, baselines = self.run, self.baselines
        if run is None or not run.step or baselines is None:
            return None
        return RunEntry(self.number, self.token, run, self.corpus, baselines)

    def take_over(self, old: Job) -> None:
        """Take over what the visitor kept so far, and the old run, as far as there is room."""
        now = old.entry()
        self.number, self.shelf = old.number + (1 if now is not None else 0), old.shelf
        if now is not None:
            self.shelf.add(now)

    # Who looks at it

    def watch(self, page: str) -> None:
        """Note that a page shows it. A run that paused because none did trains on."""
        self._pages.add(page)
        with self._wish:
            back, self._resumes = self._resumes, 0
        if back:
            self.play(back)

    def leave(self, page: str) -> None:
        """Note that a page is gone, or shows something else; the last one starts the lease."""
        if page in self._pages:
            self._pages.discard(page)
            if not self._pages:
                self._unwatched_since = self._pool.clock()

    def only(self, pages: Collection[str]) -> None:
        """Note that of all pages these alone are there."""
        for page in self._pages.difference(pages):
            self.leave(page)

    def unwatched_for(self) -> float:
        """Seconds since a page showed it; 0 while one does."""
        return 0.0 if self._pages else self._pool.clock() - self._unwatched_since

    def may_act(self, browser: str) -> bool:
        """Whether a browser may steer it: its owner's, and nobody else's."""
        return self.owner in ("", browser)

    @property
    def _needed(self) -> bool:
        """Whether a trainer is needed besides training: to be shown, or for a wish."""
        return self._trainer is not None or self._packed is None or (
            self._rate_wanted is not None or self._extension > 0)

    # Work, in a worker's thread

    def work(self) -> bool:
        """One slice. Whether there is more to do."""
        with self._lock:
            self._busy, self.queued = True, False  # a wish from here on asks for another turn
            try:
                return self._slice(time.monotonic() + limits.SLICE)
            except Exception as error:  # a broken run must not take its worker along
                _log.exception("a run broke off")
                self._fail(f"An error ended this run: {type(error).__name__}. Reset starts a new "
                           "one.")
                return False
            finally:
                self._busy = False

    def _slice(self, until: float) -> bool:
        if self._yielding and not self._give_back(until):
            return True
        if self.failed or not (self.running or self._needed) or not self._load():
            return False
        trainer = self._trainer
        if trainer is None:
            return True  # its network is being built
        self._carry_out(trainer)
        if trainer.snapshot_bytes != (limit := self._pool.moment_bytes):
            trainer.bound_snapshots(limit)
            self._publish(trainer)
        if self.baselines is None:  # in turns with training, for a chart waits for them
            self.baselines = self._pool.baselines(self.corpus, time.monotonic() + limits.SLICE / 2)
        # Asked of the trainer, not of the picture: after its last update it may still be midway.
        if self._steps_wanted > 0 and not trainer.done and not self._train(trainer, until):
            return False
        if trainer.done:
            self._steps_wanted = 0
        if not self._steps_wanted and not self._measured:
            self._measured = trainer.settle(max(0.0, until - time.monotonic()))
            if not self._measured:
                return True
            self._publish(trainer)
        return self.running or self.baselines is None or not self._measured

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
        """The wishes that came since the last slice; each is taken before it is carried out."""
        with self._wish:
            rate, self._rate_wanted = self._rate_wanted, None
            more, self._extension = self._extension, 0
        if rate is not None:
            trainer.learning_rate = rate
        if more:
            trainer.extend(more)
        if rate is not None or more:
            self._publish(trainer)

    def _train(self, trainer: Trainer, until: float) -> bool:
        """Some updates. False where other runs of this browser must end first."""
        if not self._pool.may_train(self):
            return False
        self._measured = False
        made = trainer.advance(self._steps_wanted, max(0.001, until - time.monotonic()))
        with self._wish:  # whoever pressed Pause meanwhile has set it to 0
            self._steps_wanted = max(0, self._steps_wanted - made)
        if time.monotonic() - self._published > self._pool.publish_every():
            self._publish(trainer)
        return True

    def _publish(self, trainer: Trainer) -> None:
        before, now = self.run, time.monotonic()
        self.run = trainer.run()
        if before is not None and now > self._published and self._steps_wanted:
            pace = (self.run.names_seen - before.names_seen) / (now - self._published)
            self.pace = 0.7 * self.pace + 0.3 * pace if self.pace else pace
        self._published = now

    def _fail(self, message: str) -> None:
        self.failed, self.message = True, message
        self._steps_wanted, self._measured = 0, True
        self._trainer, self._building, self._packed, self.loaded = None, None, None, False

    # Making room: wishes too, for a worker may be in the midst of an update

    def rest(self) -> None:
        """Pause and shrink because no page shows it; it trains on by itself when one is back."""
        with self._wish:
            self._resumes, self._steps_wanted = self._steps_wanted or self._resumes, 0
            self._yielding = True
        self._pool.enqueue(self)

    def give_way(self, why: str = "") -> None:
        """Shrink for others' sake, with a sentence; it goes on when there is room again."""
        with self._wish:
            self._yielding, self.message = True, why
        self._pool.enqueue(self)

    def _give_back(self, until: float) -> bool:
        """Give the trainer's memory back, keeping what training on needs. Whether that is done."""
        trainer = self._trainer
        if trainer is not None and trainer.step_count:
            if not trainer.settle(max(0.0, until - time.monotonic())):
                return False
            self.run, self._packed = _light(trainer.run()), trainer.pack()
        elif self._packed is None:
            self.run, self.held_back = None, True  # it is built again when a page asks for it
        self._trainer, self._building, self.loaded = None, None, False
        self._measured, self._yielding = True, False
        if self.corpus.owner:
            self.corpus.trim()
        return True


def _light(run: Run) -> Run:
    """The same run without the weights of its earlier moments."""
    return replace(run, snapshots=tuple(replace(s, weights=None) for s in run.snapshots))
