"""A run as pages see it: what they read of it, and everything that they can ask of it."""

from __future__ import annotations

import math
import secrets
import threading
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Protocol

from dino.config import PACES, SETTINGS, Config
from dino.cost import trainer_bytes
from dino.data import Corpus
from dino.jobs import limits
from dino.jobs.kept_runs import KeptRuns, RunEntry
from dino.jobs.measurement import Baselines
from dino.jobs.wishes import Pacer, Wishes
from dino.jobs.workers import Work
from dino.locale.sentences import Refusal, Text, sentence
from dino.run import Run

if TYPE_CHECKING:  # PyTorch takes a second to load; a worker loads it, so no page waits for it
    import numpy as np

    from dino.exam import ExamResult
    from dino.packing import PackedTrainer
    from dino.step_report import StepReport


class Pool(Protocol):
    """What a run needs of its pool."""

    clock: Callable[[], float]
    baselines: Baselines

    def enqueue(self, work: Work) -> None:
        """Give work a turn of a worker."""

    def give_number(self, job: RunHandle) -> None:
        """Number a run that is about to train for the first time."""

    def kept_of(self, browser: str) -> KeptRuns:
        """The kept runs of a browser, and the final exams that it opened."""


class RunHandle:
    """One run as pages know it. They set wishes, from any thread, and read the results.

    Until a worker has built the network, `run` is None; `baselines` come later still.

    owner: the browser whose run it is, '' for none; number: its number among the browser's runs, 0
    until it is to train. pace: 'watch' or 'full'; speed: names per second of real time, waiting for
    turns included, 0 if unknown or if the run is watched; slowed: whether it ever waited so that it
    could be watched. step_report: what the last single update did, until it trains on at length.
    can_continue: whether it can be trained at all; a kept run may have lost what that needs.
    message, refusal: what a page says of it, '' for nothing.

    A trainer is `loaded` only while it is needed. A run that no page shows is packed, and one that
    never trained holds nothing.
    """

    def __init__(self, pool: Pool, config: Config, corpus: Corpus, owner: str = "") -> None:
        self.token = secrets.token_urlsafe(12)
        self.config, self.corpus, self.owner = config, corpus, owner
        V, least = len(corpus.vocab), limits.RUN_SNAPSHOT_BYTES[0]
        self.size = trainer_bytes(config, V, least)  # without its list
        self.moments_size = trainer_bytes(config, V) - self.size  # what else its moments may take
        self.run: Run | None = None
        self.baselines: dict[str, float] | None = None
        self.pace, self.speed, self.slowed = "full", 0.0, False
        self.step_report: StepReport | None = None
        self.can_continue = True
        self.message: Text = ""
        self.failed = False
        self.waits_for: Text = ""  # why it does not train now, though it is its turn
        self.refusal: Text = ""  # why it can never be trained here
        self.held_back = False  # whether there is no room to build it only to be shown
        self.number = 0
        self.title: Text = ""  # this and `pinned` are as in its browser's list
        self.pinned = False
        self.opened = False  # from a file
        self.queued, self.turn = False, 0.0  # these two belong to the queue
        self.loaded = False  # whether the pool has granted it room for a trainer
        self.waiting_since: float | None = None  # in the line for memory, or for another run's end
        self._pool, self._wishes = pool, Wishes()
        self._pages, self._alone_since = set[str](), pool.clock()  # those that show it
        self._working = False  # whether a worker has its turn, or is about to enqueue it again
        self._packed: PackedTrainer | None = None
        self._packing = threading.Lock()  # held while `run` and `_packed` change together
        self._pacer = Pacer(config.max_steps)
        self._speed_from: tuple[float, int] | None = None  # a time, and the names seen by then
        self._measured = True  # whether the held-out loss of this step is known

    # What it is doing

    @property
    def running(self) -> bool:
        """Whether it trains or waits for its turn to. It stays true until
        `run` shows all its updates.
        """
        return self._wishes.steps > 0 and not self.done

    @property
    def stepping(self) -> bool:
        """Whether it makes a given number of single updates, and rests after them."""
        return self.running and self._wishes.steps < math.inf

    @property
    def done(self) -> bool:
        """Whether it has used up its budget of steps, or diverged, or failed."""
        run = self.run
        if self.failed or run is None:
            return self.failed
        ended = bool(run.stopped) or run.step >= run.max_steps
        return ended and not self._wishes.extra_steps

    def watched_for(self, run: Run) -> float:
        """The least number of seconds that the rest of its run takes at the pace 'watch'."""
        return self._pacer.left(run.step, run.max_steps)

    @property
    def trained(self) -> bool:
        """Whether dropping it would lose something: updates made, or wished for."""
        if self.running or self._wishes.steps_later > 0:
            return True
        return self.run is not None and self.run.step > 0

    @property
    def settled(self) -> bool:
        """Whether nothing more will come: it does not train, and every wish is carried out."""
        return self._measured and not (self.running or self.queued or self._working)

    @property
    def phase(self) -> str:
        """Its state in one word."""
        if self.failed:
            return "failed"
        if not self.can_continue:
            return "kept"
        if self.running:
            return "running" if self.waiting_since is None else "waiting"
        run = self.run  # read once: a worker may free it
        if run is None:
            return self._phase_before_run()
        if run.stopped and not self._wishes.extra_steps:
            return "stopped"
        if self.done:
            return "done"
        return "paused" if run.step else "untrained"

    def _phase_before_run(self) -> str:
        if self.refusal:
            return "refused"
        return "untrained" if self.held_back else "building"

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next update: the rate that was last wished for."""
        if self._wishes.last_rate is not None:
            return self._wishes.last_rate
        return self.run.learning_rate if self.run else self.config.learning_rate

    def entry(self) -> RunEntry | None:
        """The run as it is now, for its browser's list; None before its first update."""
        entry = self.early_entry()
        return entry if entry is not None and entry.run.step and entry.baselines else None

    def early_entry(self) -> RunEntry | None:
        """The same as soon as its network is built, perhaps before its first
        update and its baselines.
        """
        with self._packing:
            run, packed = self.run, self._packed
        if run is None:
            return None
        return RunEntry(
            self.number,
            self.token,
            run,
            self.corpus,
            self.baselines or {},
            packed,
            self.owner,
            title=self.title,
            pinned=self.pinned,
            opened=self.opened,
        )

    @property
    def baseline_name_losses(self) -> dict[str, np.ndarray] | None:
        """The baselines' losses on each held-out name, as `Baselines.name_losses` gives them."""
        return self._pool.baselines.name_losses(self.corpus)

    @property
    def opened_exam(self) -> ExamResult | None:
        """What the final exam showed for its weights; None if it was not opened."""
        run = self.run
        exams = self._pool.kept_of(self.owner).exams
        return exams.opened_exam(self.token, run.kept_step) if run is not None else None

    # Wishes, from any thread

    def play(self, steps: float = math.inf) -> None:
        """Train on; or add some updates to those that are wished for already."""
        if self.can_continue and not self.refusal:
            self.message, self.speed = "", 0.0
            self._pool.give_number(self)
            self._pacer.go_on()
            self._wishes.add_steps(steps)
            self._pool.enqueue(self)

    def set_pace(self, pace: str) -> None:
        """Train at this pace from now on. The pace does not change the result.

        At 'watch', a run that trains at length goes from moment to moment, all of them in
        `limits.WATCH_SECONDS`; single updates are not slowed. Raises ValueError for any other word.
        """
        if pace not in PACES:
            raise Refusal(sentence("The pace must be one of {paces}.", paces=", ".join(PACES)))
        if pace != self.pace:
            self.pace, self.speed, self._speed_from = pace, 0.0, None
            self._pacer.go_on()
            self._pool.enqueue(self)

    def pause(self) -> None:
        """Stop after the current update; a worker then measures the held-out loss there."""
        self._wishes.stop()
        self.waiting_since = None
        self._pool.enqueue(self)

    def extend(self, steps: int | None = None) -> None:
        """Allow this many more steps, by default as many as the recipe has, and train on."""
        if self.can_continue:
            self._wishes.extend(self.config.max_steps if steps is None else steps)
            self.play()

    def set_learning_rate(self, rate: float) -> None:
        """Use another learning rate from the next update on; the weights do not change.

        Raises ValueError for a rate out of bounds.
        """
        rate = SETTINGS["learning_rate"].parse("learning_rate", rate)
        if self.can_continue:
            self._wishes.set_rate(rate)
            self._pool.enqueue(self)

    def put_away(self) -> None:
        """If it rests, shrink, so that its entry has all that is needed to train on."""
        if not self.running:
            self._wishes.shrink = True
            self._pool.enqueue(self)

    # Who shows it, and who may control it

    def watch(self, page: str) -> None:
        """Note that a page shows it. A run that paused because no page did trains on."""
        self._pages.add(page)
        steps = self._wishes.take_later_steps()
        if steps:
            self.play(steps)

    def leave(self, page: str) -> None:
        """Note that a page is closed, or shows something else."""
        if page in self._pages:
            self._alone_since = self._pool.clock()  # first, because other threads may read it
            self._pages.discard(page)

    def keep_only_pages(self, pages: Collection[str]) -> None:
        """Note which pages are still open: no others watch it."""
        for page in self._pages.difference(pages):
            self.leave(page)

    def unwatched_for(self) -> float:
        """Seconds since a page last showed it; 0 while one does."""
        return 0.0 if self._pages else self._pool.clock() - self._alone_since

    def may_act(self, browser: str) -> bool:
        """Whether a browser may control it: only its owner may."""
        return self.owner in ("", browser)

    # What a worker does: `RunWork`

    def work(self) -> bool:
        """Work for one slice; return whether there is more to do."""
        raise NotImplementedError
