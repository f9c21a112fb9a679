"""Trains members of an experiment's report again, each of them once.

    again = MembersAgain(claims, Grading(Lists(), minutes=10))
    again.repeat(3) -> Repetition      again.has_time_for(4) -> bool

The member with which the final exam was opened is also measured on the exam.
"""

from __future__ import annotations

import hashlib
import json
import time

import numpy as np

from dino.experiments.estimate import work_of
from dino.experiments.member import FAILED
from dino.grader.claims import Curve, RunClaims
from dino.grader.experiment_claims import ExperimentClaims
from dino.grader.grading import Grading
from dino.grader.repeat import Repetition, repeat
from dino.reports.facts import LIMITS, Words


def draw_order(claims: ExperimentClaims) -> list[int]:
    """The numbers of all members, in the order in which they are trained again.

    The report's claims determine the draw. Its typed texts, its date and written names change
    nothing, but a changed loss changes the order.
    """
    left_out = {*LIMITS, "written", "date"}
    content = {name: value for name, value in claims.claims.items() if name not in left_out}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()
    return [int(i) for i in np.random.default_rng(list(digest)).permutation(len(claims.outcomes))]


class MembersAgain:
    """The members of one report, by their numbers, from 0 on."""

    def __init__(self, claims: ExperimentClaims, how: Grading) -> None:
        self.claims, self.members, self._how = claims, list(claims.plan.members()), how
        self._found: dict[tuple[int, int], Repetition] = {}
        self._work: np.ndarray | None = None  # operations for a member of each recipe (L, R)
        self._pace = 0.0  # seconds per operation, in the last training

    @property
    def trained(self) -> list[int]:
        """The members that were trained again, in this order."""
        return [number for number, perturbed in self._found if not perturbed]

    def perturbed(self, number: int) -> list[Repetition]:
        """The trainings of a member that began with other last bits."""
        return [it for (other, seed), it in self._found.items() if other == number and seed]

    def repeat(self, number: int, perturbed: int = 0) -> Repetition:
        """The result of training a member again; perturbed: as in `repeat.repeat`.

        Raises OutOfTime, and Refusal if its list or its engine is not here.
        """
        key = number, perturbed
        if key not in self._found:
            facts, began = self.facts(number), time.monotonic()
            corpus = self._how.lists.corpus(facts)
            self._found[key] = repeat(
                facts,
                corpus,
                perturbed=perturbed,
                until=self._how.until,
                progress=self._show,
                by_letter=self.claims.committees is not None,
            )
            self._work = work_of(self.claims.plan, corpus)
            if work := self._work_of(number):
                self._pace = (time.monotonic() - began) / work
        return self._found[key]

    def has_time_for(self, number: int) -> bool:
        """Whether there is time to train a member, judged by the last training; true before
        the first one.
        """
        seconds = self._pace * self._work_of(number) if self._pace else 0.0
        return time.monotonic() + seconds <= self._how.until or not self._found

    def _work_of(self, number: int) -> float:
        """About how many operations a member takes."""
        if self._work is None:
            return 0.0
        place, config = self.members[number]
        return float(self._work[place[:2]]) * self._steps(number) / config.max_steps

    def _steps(self, number: int) -> int:
        """How many steps a member is trained: to its end if it is claimed to have failed."""
        outcome = self.claims.outcomes[number]
        return self.members[number].config.max_steps if outcome.status == FAILED else outcome.steps

    def _show(self, step: int, steps: int) -> None:
        """Report the progress over all members. Trainings with other last bits do not count."""
        done = len(self.trained)
        self._how.progress(done * steps + step, steps * len(self.claims.outcomes))

    def facts(self, number: int) -> RunClaims:
        """A member as the report of its run would have it, as far as training it again needs that.

        It includes the loss on the final exam that is claimed for the member.
        """
        claims, config = self.claims, self.members[number].config
        examined = claims.exam is not None and claims.exam.member == number
        return RunClaims(
            words=Words(),
            config=config,
            fingerprint=claims.fingerprint,
            removed=claims.removed,
            steps=self._steps(number),
            learning_rates=((0, config.learning_rate),),
            engines=((0, "torch" if config.engine == "torch" else "compiled"),),
            figures={},
            best_step=0,
            curve=Curve((), (), ()),
            baselines={},
            seconds=0.0,
            exam_loss=claims.exam.loss if claims.exam is not None and examined else None,
            claims={},
        )
