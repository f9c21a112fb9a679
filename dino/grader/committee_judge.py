"""Whether the committees of an experiment's report hold.

What the report's own losses say of them is judged first: how many members, and their mean loss. A
committee of which every member was trained again is then computed again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from dino.committee import CommitteeResult
from dino.config import quoted
from dino.experiments.committees import Committees
from dino.experiments.verdict import Verdict
from dino.grader.experiment_claims import ClaimedCommittee
from dino.grader.judge import (
    HOLDS,
    LEAST,
    Grade,
    ItemGrade,
    error_tolerance,
    failure,
    judge_in_turn,
    judge_moved,
    tolerance,
)
from dino.grader.members_again import MembersAgain
from dino.grader.repeat import distances
from dino.locale.sentences import ENGLISH

NOT_ALL = "it needs every member trained again"
WORDS = (
    "",
    "how much lower its loss is: ",
    "its standard error: ",
)  # of the figures that are judged


def judge_committees(again: MembersAgain, verdict: Verdict | None) -> ItemGrade:
    """What is said of all committees together: the first that does not hold, with its reason."""
    claimed = again.claims.committees
    if claimed is None:
        return HOLDS
    found = list[ItemGrade]()
    for level, committee in enumerate(claimed):
        grade = HOLDS if committee is None else _judge(again, verdict, level, committee)
        if grade.grade is Grade.FAILS:
            return failure(f"{_name(again, level)}: {grade.reason}")
        found.append(grade)
    return next((it for it in found if it.grade is Grade.UNCHECKED), HOLDS)


def _judge(
    again: MembersAgain, verdict: Verdict | None, level: int, claimed: ClaimedCommittee
) -> ItemGrade:
    grade = _judge_by_losses(verdict, level, claimed)
    if verdict is None or grade.grade is Grade.FAILS:
        return grade
    rate, seeds = verdict.rates[level], verdict.seeds
    members = [
        number
        for number, it in enumerate(again.members[: len(again.claims.outcomes)])
        if it.place[:2] == (level, rate) and it.place.seed < seeds
    ]
    if not set(members) <= set(again.trained):
        return ItemGrade(Grade.UNCHECKED, NOT_ALL)
    return _judge_again(again, verdict, level, claimed, members)


def _judge_by_losses(verdict: Verdict | None, level: int, claimed: ClaimedCommittee) -> ItemGrade:
    """Whether it agrees with the report's own losses."""
    mean = None if verdict is None else verdict.means[level]
    if verdict is None or mean is None or verdict.seeds < 2:
        return failure("it has a committee, but its losses give none")
    if claimed.members != verdict.seeds:
        return failure(
            f"it says a committee of {claimed.members}, but its losses give one of {verdict.seeds}"
        )
    alone = claimed.loss + claimed.lower_by
    if abs(alone - mean) > LEAST:
        return failure(
            f"it says a mean loss of the members of {alone:.4f}, but its losses give {mean:.4f}"
        )
    if claimed.lower_by < -LEAST:
        return failure("it says a loss above the mean of the members, which no committee has")
    return HOLDS


def _judge_again(
    again: MembersAgain, verdict: Verdict, level: int, claimed: ClaimedCommittee, members: list[int]
) -> ItemGrade:
    """Whether it is the committee of these members, trained again.

    If a figure does not hold, the members are also trained with other last bits.
    """

    def judged(found: CommitteeResult | None, others: list[CommitteeResult | None]) -> ItemGrade:
        if found is None:
            return ItemGrade(Grade.UNCHECKED, NOT_ALL)
        allowed = max(_tolerance(again, number) for number in members)
        return _judge_figures(claimed, found, [it for it in others if it is not None], allowed)

    train = partial(_committee_of, again, verdict, level, members)
    return judge_in_turn(train, judged, _name(again, level))


def _judge_figures(
    claimed: ClaimedCommittee,
    found: CommitteeResult,
    others: Sequence[CommitteeResult],
    allowed: float,
) -> ItemGrade:
    """The first figure that does not hold.

    allowed: how far a loss may be off, which is as far as a loss of the members may be
    """
    all_allowed = (allowed, allowed, error_tolerance(allowed, found.difference.over))
    rows = zip(WORDS, claimed[1:], _figures(found), all_allowed, strict=True)
    for place, (words, said, own, most) in enumerate(rows):
        grade = judge_moved(said, own, [_figures(it)[place] for it in others], most)
        if grade.grade is Grade.FAILS:
            return failure(words + grade.reason)
    return HOLDS


def _figures(found: CommitteeResult) -> tuple[float, float, float]:
    """In the order of `WORDS`."""
    return found.loss, found.difference.lower_by, found.difference.error


def _name(again: MembersAgain, level: int) -> str:
    return quoted(ENGLISH.put(again.claims.plan.level_sentences()[level]))


def _committee_of(
    again: MembersAgain, verdict: Verdict, level: int, members: list[int], perturbed: int = 0
) -> CommitteeResult | None:
    """That of these members; perturbed: as in `repeat.repeat`."""
    committees = Committees(again.claims.plan, (), np.inf)
    for number in members:
        repetition = again.repeat(number, perturbed)
        if repetition.letters is not None:
            place = again.members[number].place
            committees.add(place, repetition.held_out, repetition.letters)
    return committees.results(verdict)[level]


def _tolerance(again: MembersAgain, number: int) -> float:
    """How far a member's loss may be off, by what is known of how rounding moves it."""
    first = again.repeat(number)
    moved = [distances(first, other) for other in again.perturbed(number)]
    return tolerance(moved, "val_losses", again.claims.outcomes[number].steps)
