"""Which claims of an experiment's report hold.

The verdict and the bet's result are computed again from the losses in the report. As many members
are trained again as there is time for. Their order follows from the report's content, so that a
student's check and a teacher's begin with the same members.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from dino.experiments.member import DIVERGED, DONE, FAILED
from dino.experiments.plan import Member, value_words
from dino.grader.claim_differences import judge_result, judge_verdict
from dino.grader.committee_judge import judge_committees
from dino.grader.experiment_claims import ExperimentClaims
from dino.grader.grading import Grading
from dino.grader.judge import (
    BREAKS,
    HOLDS,
    LEAST,
    NO_TIME,
    Grade,
    ItemGrade,
    Judgement,
    failure,
    judge_exam,
    judge_in_turn,
    judge_number,
    tolerance,
)
from dino.grader.members_again import MembersAgain, draw_order
from dino.grader.repeat import OutOfTime, Repetition, distances
from dino.locale.sentences import ENGLISH, Refusal
from dino.reports.experiment_facts import result_facts, verdict_facts, verdict_of

EXPERIMENT_ITEMS = (
    "verdict",
    "bet",
    "members",
    "committees",
)  # that no run has; "exam_loss" is of both
NO_MORE = "no more were asked for (--members)"


def judge_experiment(claims: ExperimentClaims, how: Grading) -> Judgement:
    """Compute the verdict again, train members again, and say of each item whether it holds."""
    verdict = verdict_of(claims.plan, claims.outcomes)
    again = MembersAgain(claims, how)
    exam = _judge_exam(again)  # first, because the members take all the time that is left
    members = _judge_members(again, how.members)
    return Judgement(
        {
            "verdict": judge_verdict(claims, verdict_facts(verdict)),
            "bet": judge_result(claims, result_facts(claims.bet, verdict)),
            "members": members,
            "committees": _try_to_judge(partial(judge_committees, again, verdict)),
            "exam_loss": exam,
        }
    )


def _judge_members(again: MembersAgain, count: int | None) -> ItemGrade:
    """Train members again. The item holds only if all of them were trained and each one holds."""
    claims = again.claims
    drawn = draw_order(claims)[:count]
    # The exam may have trained one of them already.
    numbers = [*again.trained, *(it for it in drawn if it not in again.trained)]
    done, why = 0, NO_MORE
    for number in numbers:
        if not again.has_time_for(number):
            why = NO_TIME
            break
        finding = _try_to_judge(partial(_judge_member, again, number))
        if finding.grade is Grade.FAILS:
            return failure(f"{_named(claims, again.members[number])}: {finding.reason}")
        if finding.grade is Grade.UNCHECKED:
            why = finding.reason
            break
        done += 1
    return _summary(done, len(claims.outcomes), why)


def _summary(done: int, count: int, why: str) -> ItemGrade:
    """What is said if `done` of the members were trained again and hold. why: there is no finding
    on the others.
    """
    words = f"{done} of {count} members trained again"
    if done == count:
        return ItemGrade(Grade.HOLDS if count else Grade.UNCHECKED, words)
    return ItemGrade(Grade.UNCHECKED, f"{words}. The others were not checked: {why}")


def _try_to_judge(judged: Callable[[], ItemGrade]) -> ItemGrade:
    """The finding; "not checked" if training has no time or ends with an error."""
    try:
        return judged()
    except OutOfTime:
        return ItemGrade(Grade.UNCHECKED, NO_TIME)
    except BREAKS as error:
        return ItemGrade(Grade.UNCHECKED, str(error) or type(error).__name__)


def _judge_member(again: MembersAgain, number: int) -> ItemGrade:
    """Whether a member has the outcome and the loss that the report claims."""
    member, outcome = again.members[number], again.claims.outcomes[number]
    most = member.config.max_steps
    if outcome.steps > most or outcome.status == DONE and outcome.steps < most:
        return failure(f"it made {outcome.steps:,} of {most:,} steps")
    if outcome.status == FAILED:
        return _judge_failed(again, number)
    if (outcome.status == DIVERGED) != again.repeat(number).diverged:
        words = ("trains to its end", "diverges")
        claimed = outcome.status == DIVERGED
        return failure(f"it says that it {words[claimed]}, but it {words[not claimed]}")
    if outcome.status == DIVERGED:
        return HOLDS

    def judged(first: Repetition, others: list[Repetition]) -> ItemGrade:
        moved = [distances(first, other) for other in others]
        allowed = tolerance(moved, "val_losses", outcome.steps)
        return judge_number(outcome.val_loss, first.last["val_losses"], allowed)

    return _judge_again(again, number, judged)


def _judge_failed(again: MembersAgain, number: int) -> ItemGrade:
    """Whether a member that is claimed to have failed does fail. Raises Refusal if it cannot be
    trained here.
    """
    try:
        found = again.repeat(number)
    except Refusal:
        raise
    except BREAKS:
        return HOLDS
    words = "diverges" if found.diverged else "trains to its end"
    return failure(f"it says that it failed, but trained again it {words}")


def _judge_again(
    again: MembersAgain, number: int, judged: Callable[[Repetition, list[Repetition]], ItemGrade]
) -> ItemGrade:
    """Train a member. If a figure does not hold, find out how far rounding moves it.

    judged: the finding from the training that repeats it, and from others that began with
    other last bits
    """
    name = _named(again.claims, again.members[number])
    return judge_in_turn(partial(again.repeat, number), judged, name)


def _judge_exam(again: MembersAgain) -> ItemGrade:
    """Train the member with which the exam was opened, and measure it on the exam.

    The app opens the exam only with the best member.
    """
    claims = again.claims
    if claims.exam is None:
        return HOLDS
    number = claims.exam.member
    outcome = claims.outcomes[number]
    best = int(np.argmin([math.inf if it.status != DONE else it.loss for it in claims.outcomes]))
    if not claims.plan.config.exam or best != number or outcome.status != DONE:
        return failure(
            "the app opens the exam with the run of lowest held-out loss, if there is one"
        )
    facts = again.facts(number)

    def judged(first: Repetition, others: list[Repetition]) -> ItemGrade:
        return judge_exam(facts, first, others, LEAST)

    return _try_to_judge(partial(_judge_again, again, number, judged))


def _named(claims: ExperimentClaims, member: Member) -> str:
    """What distinguishes a member, in words."""
    config = member.config
    values = (ENGLISH.put(value_words(it, getattr(config, it))) for it in claims.plan.names)
    return f"{', '.join(values)}, seed {config.seed}, split {config.split_seed}"
