"""The facts of an experiment as JSON, as its report contains them.

    record = FinishedExperiment(plan, corpus, outcomes, bet)
    facts = experiment_facts(record, Words(title="Adam or SGD"))

They have each member's loss, so that the verdict can be computed again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dino.committee import CommitteeResult
from dino.config import Writing
from dino.data import Corpus
from dino.difference import Difference
from dino.experiments.bet import Bet
from dino.experiments.committees import Committees
from dino.experiments.member import Outcome
from dino.experiments.plan import Plan
from dino.experiments.verdict import Comparison, Verdict, judge
from dino.reports.facts import Words, exam_facts, list_facts, number_of, statement

if TYPE_CHECKING:  # PyTorch takes a second to load
    from dino.exam import ExamResult

FORMAT, VERSION = "dino-experiment", 1
MOST_PAIRS = 40  # comparisons that a report lists individually


def losses_of(plan: Plan, outcomes: Sequence[Outcome]) -> np.ndarray:
    """The losses of the first members of a plan, as `Plan.losses` gives them."""
    return plan.losses(
        {
            member.place: outcome.loss
            for member, outcome in zip(plan.members(), outcomes, strict=False)
        }
    )


def verdict_of(plan: Plan, outcomes: Sequence[Outcome]) -> Verdict | None:
    """The verdict on an experiment; None if no seed and split has a member of each level."""
    losses = losses_of(plan, outcomes)
    return judge(losses) if losses.size else None


class MemberExam(NamedTuple):
    """What the final exam showed when it was opened with a member's run. member: its
    number, from 0 on.
    """

    member: int
    opened: ExamResult


class BestNames(NamedTuple):
    """Some names that the best member's network wrote.

    member: its number, from 0 on; step: the step of these weights; writing: how it wrote
    names: each with what it is, in a word or two, from `kind_of`
    """

    member: int
    step: int
    writing: Writing
    names: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class FinishedExperiment:
    """An experiment that is over.

    corpus: its list, in any of its splits; outcomes: of the first members, in the order of
    `plan.members()`; bet: None if it was skipped; exam: None if it was not opened
    written: None if no weights are left to write with; committees: None if they are not known
    """

    plan: Plan
    corpus: Corpus
    outcomes: Sequence[Outcome]
    bet: Bet | None = None
    exam: MemberExam | None = None
    written: BestNames | None = None
    committees: Committees | None = None

    @cached_property
    def verdict(self) -> Verdict | None:
        """What the experiment shows; None if there is nothing to compare yet."""
        return verdict_of(self.plan, self.outcomes)

    @property
    def of_committees(self) -> tuple[CommitteeResult | None, ...]:
        """The committee of each level; empty if there is none."""
        return () if self.committees is None else self.committees.results(self.verdict)

    @property
    def result(self) -> Difference | None:
        """The result that the bet was on; None without a bet, or if it is not compared."""
        if self.bet is None or self.verdict is None:
            return None
        return self.bet.result(self.verdict)


def pairs_of(verdict: Verdict) -> tuple[Comparison, ...]:
    """The comparisons that a report lists individually: the first ones, of the lowest levels."""
    return verdict.comparisons[:MOST_PAIRS]


def experiment_facts(
    made: FinishedExperiment, words: Words, with_names: bool = True, date: str = ""
) -> dict[str, Any]:
    """What a report says of an experiment, as plain values.

    with_names: whether written names may be in it; date: of the report,
    year-month-day, '' for none.
    """
    plan = made.plan
    claimed = {
        "list": list_facts(made.corpus),
        "config": plan.config.as_dict(),
        "factors": [[factor.name, list(factor.levels)] for factor in plan.factors],
        "seeds": plan.seeds,
        "splits": plan.splits,
        "members": [[it.status, number_of(it.loss), it.steps] for it in made.outcomes],
        "bet": _bet_facts(made.bet),
        "result": result_facts(made.bet, made.verdict),
        "verdict": verdict_facts(made.verdict),
        "committees": _committee_facts(made.of_committees),
        "exam": _exam_facts(made.exam),
        "written": _written_facts(made.written) if with_names else None,
        "seconds": sum(it.seconds for it in made.outcomes),
    }
    return statement((FORMAT, VERSION), words, date, claimed)


def verdict_facts(verdict: Verdict | None) -> dict[str, Any] | None:
    """A verdict as plain values. A comparison has both levels, how much lower the loss of the first
    is, its standard error, and whether it is clear.
    """
    if verdict is None:
        return None
    return {
        "splits": verdict.splits,
        "seeds": verdict.seeds,
        "rates": list(verdict.rates),
        "means": list(verdict.means),
        "comparisons": len(verdict.comparisons),
        "clear": sum(it.is_clear for it in verdict.comparisons),
        "pairs": [
            [it.lower, it.higher, it.difference.lower_by, it.difference.error, it.is_clear]
            for it in pairs_of(verdict)
        ],
    }


def result_facts(bet: Bet | None, verdict: Verdict | None) -> Mapping[str, Any] | None:
    """The result that a bet was on, and how far off the bet was, as plain values."""
    result = None if bet is None or verdict is None else bet.result(verdict)
    if bet is None or result is None:
        return None
    return {
        "difference": result.lower_by,
        "error": result.error,
        "is_clear": result.is_clear,
        "off": bet.off(result),
    }


def _committee_facts(
    found: Sequence[CommitteeResult | None],
) -> list[tuple[int, float, float, float] | None] | None:
    """Of each level: the members of its committee, its loss, how much lower that is than the mean
    of the members, and the standard error. None if there is no committee.
    """
    if not any(found):
        return None
    return [
        it and (it.members, it.loss, it.difference.lower_by, it.difference.error) for it in found
    ]


def _exam_facts(exam: MemberExam | None) -> dict[str, Any] | None:
    return None if exam is None else {"member": exam.member, **exam_facts(exam.opened)}


def _written_facts(written: BestNames | None) -> dict[str, Any] | None:
    if written is None:
        return None
    return {
        "member": written.member,
        "step": written.step,
        "writing": written.writing.as_dict(),
        "names": [name for name, _ in written.names],
    }


def _bet_facts(bet: Bet | None) -> dict[str, Any] | None:
    if bet is None:
        return None
    names = "lower", "higher", "difference", "spread"
    return {name: getattr(bet, name) for name in names}
