"""One experiment at work: its members train one after another, in slices as a single run does."""

from __future__ import annotations

import logging
import math
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from dino.config import Config
from dino.cost import trainer_bytes
from dino.count_teacher import table_bytes
from dino.data import Corpus
from dino.experiments.committees import Committees
from dino.experiments.member import (
    DONE,
    NO_NAMES,
    MemberNames,
    Outcome,
    failed_outcome,
    names_written_by,
    outcome_of,
    with_fewer_points,
)
from dino.experiments.plan import Plan
from dino.jobs import limits
from dino.jobs.kept_runs import RunEntry
from dino.jobs.member_letters import MemberLetters
from dino.jobs.run_work import RunWork, WorkersPool
from dino.locale.sentences import Refusal, Text, sentence
from dino.run import Run

if TYPE_CHECKING:  # PyTorch takes a second to load: a worker does it, no page waits for it
    from dino.train import Trainer

_log = logging.getLogger(__name__)
HERE = "here"  # the name under which all pages of its browser watch it
POINT_BYTES, OUTCOME_BYTES = 70, 3_000  # of a point of a member's curve; of the rest of an outcome
Split: TypeAlias = Callable[[int], Corpus]  # the list, split by this seed


class Experiment(RunWork):
    """A plan, and the outcomes of its members so far.

    Queue, waiting line and memory budget treat it as one run at work. What a page shows:

    number: its number among its browser's experiments; asked: the plan as it was begun
    list_title: the title of its list; bet: what the page keeps of the visitor's bet
    outcomes: of the members that are over, in the order of
    `plan.members()`; replaced, never changed. written: what each wrote
    steps_made: updates, summed over all members
    best: the number of the member with the lowest held-out loss, and its run with the weights; None
    until a member is done. best_token: the token that this run gets when its browser opens it
    ended: whether it was stopped for good
    committees: of the members so far, if there are two seeds

    A member's losses are those of a separate run with its recipe, however often it pauses. It takes
    no snapshots: no page shows its moments, and on PyTorch writing their names would take as long
    as training. Every page of its browser counts as watching it.
    """

    takes_snapshots = False

    def __init__(
        self, pool: WorkersPool, plan: Plan, split: Split, owner: str, names: int = 0
    ) -> None:
        """plan: all members use its engine. split: makes the list for a split seed, in a worker.
        names: how many each member writes when it is over.

        Raises Refusal if the list cannot be split.
        """
        corpus = split(plan.config.split_seed)
        if bool(corpus.exam) != plan.config.exam:
            raise Refusal(
                sentence("An experiment and its list must both have a final exam, or neither.")
            )
        recipes = [config for level in plan.recipes for config in level]
        sizes = [trainer_bytes(it, len(corpus.vocab)) + table_bytes(it, corpus) for it in recipes]
        self._largest = recipes[int(np.argmax(sizes))]
        super().__init__(pool, self._largest, corpus, owner)
        self.size = trainer_bytes(self._largest, len(corpus.vocab), moments=0)
        self.moments_size = 0
        self.plan = self.asked = plan
        self.list_title: Text = corpus.title
        self.bet: Any = None
        self.members = tuple(plan.members())
        self.outcomes: tuple[Outcome, ...] = ()
        self.written: tuple[MemberNames, ...] = ()
        self.steps_made, self.ended = 0, False
        self.best: tuple[int, Run] | None = None
        self.best_token = secrets.token_urlsafe(12)
        self._split, self._points = split, limits.EXPERIMENT_POINTS // len(self.members)
        self._names, self._letters = names, MemberLetters()
        self.committees = Committees(plan, corpus.val, limits.COMMITTEE_BYTES)

    # What it is doing

    @property
    def asked_for(self) -> Config:
        """The largest recipe, because room is granted once for the whole experiment."""
        return self._largest

    @property
    def done(self) -> bool:
        """Whether no member is left to train: all are over, or it was stopped, or it failed."""
        return self.failed or self.ended or len(self.outcomes) == len(self.members)

    @property
    def trained(self) -> bool:
        """Always true, because an experiment exists only to be trained."""
        return True

    @property
    def settled(self) -> bool:
        """Whether nothing more will come: it does not train, and every wish is carried out."""
        return not (self.running or self.queued or self._working)

    @property
    def phase(self) -> str:
        """Its state in one word."""
        if self.failed:
            return "failed"
        if self.refusal:
            return "refused"
        if self.done:
            return "done"
        if self.running:
            return "running" if self.waiting_since is None else "waiting"
        return "paused"

    @property
    def found(self) -> dict[int, Outcome]:
        """The outcomes so far, by the numbers of their members."""
        return dict(enumerate(self.outcomes))

    @property
    def losses(self) -> np.ndarray:
        """The losses of all members so far, as `Plan.losses` gives them."""
        outcomes = self.outcomes
        return self.plan.losses(
            {
                member.place: outcome.loss
                for member, outcome in zip(self.members, outcomes, strict=False)
            }
        )

    @property
    def lacks_kernels(self) -> bool:
        """Whether PyTorch trains all members because the kernels could not be compiled."""
        return self.plan.config.engine != self.asked.config.engine

    def list_of_best(self) -> Corpus:
        """The list as split for the best member. Call it in a worker, as a long list takes long."""
        assert self.best is not None
        return self._split(self.best[1].config.split_seed)

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes, without its list."""
        best, packed = self.best, self._packed
        points = sum(len(outcome.val_steps) for outcome in self.outcomes)
        results = POINT_BYTES * points + OUTCOME_BYTES * len(self.members)
        results += self.committees.nbytes + (best[1].nbytes if best is not None else 0)
        if self.loaded:
            return results + self.size
        return results + (packed.nbytes if packed is not None else 0)

    def entry(self) -> RunEntry | None:
        """None, because an experiment is not in its browser's list of runs."""
        return None

    def early_entry(self) -> RunEntry | None:
        """None, for the same reason."""
        return None

    # Wishes, from any thread

    def play(self, steps: float = math.inf) -> None:
        """Train the remaining members."""
        if not self.done and not self.refusal and not self.running:
            self.message = ""
            self._wishes.add_steps(math.inf)
            self._pool.enqueue(self)

    def stop(self) -> None:
        """Stop for good: the remaining members are not trained."""
        self.ended = True
        self.pause()

    def see(self, is_here: bool) -> None:
        """Note whether its browser has a page open. If it paused because none was, it continues."""
        if is_here:
            self.watch(HERE)
        else:
            self.leave(HERE)

    def keep_only_pages(self, pages: Collection[str]) -> None:
        """Do nothing: `see` notes whether its browser has a page."""

    def drop_moments(self, keep: int = 0) -> int:
        """Do nothing and return 0 bytes: it keeps no weights of moments."""
        return 0

    def drop_member(self) -> None:
        """Pause, and give up the progress of the present member. It begins again later, and
        ends with the same losses.
        """
        self.pause()
        if not self.loaded:
            self._packed = None
            self._count_steps(0)

    # A worker's turn

    def _slice(self, until: float) -> bool:
        if self.ended:
            self._end_member()
            return False
        try:
            if self._wishes.shrink and not self._give_back(until):
                return True
            return self.running and self._train_member(until)
        except Exception as error:  # one member's error must not stop the others
            if not self._has_failed:
                _log.exception("a member broke off")
            self._note(failed_outcome(self._member_config, error))
            return self.running

    @property
    def _has_failed(self) -> bool:
        """Whether the previous member failed too. Then the log already has a report."""
        return bool(self.outcomes) and self.outcomes[-1].status != DONE

    @property
    def _member_config(self) -> Config:
        """The recipe of the present member."""
        return self.members[len(self.outcomes)].config

    def _train_member(self, until: float) -> bool:
        """Work for one slice on the present member; return whether there is more to do now."""
        if not self._load():
            return False
        trainer = self._trainer
        if trainer is None:
            return True  # its network is being built
        if not trainer.done and not self._train(trainer, until):
            return False
        if trainer.engine == "torch" and self.plan.config.engine == "compiled":
            self._move_to_pytorch()
        elif trainer.done:
            self._end_training(trainer, until)
        return self.running

    def _move_to_pytorch(self) -> None:
        """Begin the first member again, because all members are to have the engine that they name.

        Later there is nothing to move: once the kernels are there, they stay.
        """
        self.plan = replace(self.plan, config=self.plan.config.replace(engine="torch"))
        self.members = tuple(self.plan.members())
        self._end_member()

    def _load(self) -> bool:
        """Choose the recipe and the split of the present member, and build its trainer."""
        if self._trainer is None and self._building is None:
            config = self._member_config
            if config.split_seed != self.corpus.split_seed:
                self.corpus = self._split(config.split_seed)
            self.config = config
        return super()._load()

    def _publish(self, trainer: Trainer) -> None:
        """Publish only the count of steps: a member's curve is shown when it is over."""
        self._published = time.monotonic()
        self._count_steps(trainer.step_count)

    def _count_steps(self, of_member: int) -> None:
        self.steps_made = sum(outcome.steps for outcome in self.outcomes) + of_member

    def _end_training(self, trainer: Trainer, until: float) -> bool:
        """Note the outcome of a member that is over. The best one so far is kept, with the loss of
        each name. Returns whether this is done.
        """
        run, letters = trainer.run(), None
        outcome = outcome_of(run)
        if outcome.status == DONE and self.committees.are_kept:
            letters = self._letters.measure(trainer, until)
            if letters is None:
                return False
        lowest = math.inf if self.best is None else self.outcomes[self.best[0]].loss
        if outcome.status == DONE and outcome.loss < lowest:
            if not trainer.settle(max(0.0, until - time.monotonic())):
                return False
            kept = trainer.run().with_best_as_snapshot().with_fewer_points(limits.CURVE_POINTS)
            self.best = (len(self.outcomes), kept)
        written = names_written_by(run, self.corpus.vocab, self._names)
        if letters is not None:
            place = self.members[len(self.outcomes)].place
            self.committees.add(place, self.corpus.val, letters)
        self._note(outcome, written)
        return True

    def _note(self, outcome: Outcome, written: MemberNames = NO_NAMES) -> None:
        """Add the outcome of the present member, and take up the next."""
        self.written = (*self.written, written)  # first, so that each outcome has its names
        self.outcomes = (*self.outcomes, with_fewer_points(outcome, self._points))
        self._end_member()

    def _end_member(self) -> None:
        """Free the trainer of the present member."""
        self._trainer = self._building = self._packed = None
        self._letters.forget()
        self._count_steps(0)
        self._unload_if_done()

    def _unload_if_done(self) -> None:
        """If no member is left, give back the room for a trainer."""
        if self.done:
            self._wishes.stop()
            self.committees.close()
            self._unload()
            if self.corpus.owner:
                self.corpus.trim()

    def _give_back(self, until: float) -> bool:
        """Free the trainer, but keep what is needed to train on. Returns whether it is done.

        An update that has begun is finished. No loss is measured here, because an additional
        point would change the curve.
        """
        trainer = self._trainer
        if trainer is not None and trainer.midway:
            trainer.advance(0, max(0.001, until - time.monotonic()))
            if trainer.midway:
                return False
        if trainer is not None and trainer.done:
            if not self._end_training(trainer, until):
                return False
        elif trainer is not None and trainer.step_count:
            self._packed = trainer.pack()
        self._unload()
        self._wishes.shrink = self._gives_way = False
        if self.corpus.owner:
            self.corpus.trim()
        return True
