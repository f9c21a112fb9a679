"""What the report of an experiment claims, read from its facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from dino.experiments.bet import Bet, make_bet
from dino.experiments.member import DIVERGED, DONE, FAILED, Outcome
from dino.experiments.plan import MOST_FACTORS, MOST_MEMBERS, Factor, Plan
from dino.grader.claims import DATE, LOSS, REMOVED, REPORT, check_version, read_loss, read_words
from dino.locale.sentences import Refusal
from dino.outside import (
    ANY,
    TEXT,
    Fields,
    Rule,
    list_of,
    one_of,
    or_none,
    read_recipe,
    real,
    row_of,
    whole,
)
from dino.reports import experiment_facts
from dino.reports.facts import Words
from dino.run import MOST_STEPS

LEVEL = Rule[Any](
    "a text, a number, true or false", lambda it: type(it) in (str, int, float, bool), lambda it: it
)
MOST_LEVELS = MOST_MEMBERS  # of one factor
MEMBER = row_of(one_of((DONE, DIVERGED, FAILED)), LOSS, whole(MOST_STEPS))
FACTORS = list_of(row_of(TEXT, list_of(LEVEL, MOST_LEVELS)), MOST_FACTORS)
COMMITTEE = row_of(whole(MOST_MEMBERS), *(real(-1e9, 1e9) for _ in range(3)))
COMMITTEES = or_none(list_of(or_none(COMMITTEE), MOST_MEMBERS))


class ClaimedCommittee(NamedTuple):
    """How many members it has, its loss, how much lower that is than the mean loss of its members,
    and the standard error; nats per symbol.
    """

    members: int
    loss: float
    lower_by: float
    error: float


class ClaimedExam(NamedTuple):
    """The loss on the final exam, nats per symbol, and the number of the member, from 0 on."""

    member: int
    loss: float | None


@dataclass(frozen=True, eq=False)
class ExperimentClaims:
    """What the report of an experiment claims, with values of the right types.

    fingerprint, removed: of its list, as in `RunClaims`; outcomes: of the first members
    exam: None if it was not opened, as in older reports; committees: of each level, None for none
    verdict, result: as claimed, unchecked; seconds: of all training together
    claims: all of the JSON
    """

    words: Words
    plan: Plan
    fingerprint: str
    removed: tuple[int, ...]
    outcomes: tuple[Outcome, ...]
    bet: Bet | None
    exam: ClaimedExam | None
    verdict: Any
    result: Any
    seconds: float
    claims: Mapping[str, Any]
    committees: tuple[ClaimedCommittee | None, ...] | None = None
    date: str = ""
    figures: Mapping[str, float | None] = field(default_factory=dict)  # only a run has some


def experiment_claims(claims: Mapping[str, Any]) -> ExperimentClaims:
    """The claims of an experiment's report, checked. Raises Refusal, with one sentence."""
    check_version(claims, experiment_facts.VERSION)
    fields = Fields(claims, REPORT)
    names, plan = fields.fields("list"), _read_plan(fields)
    outcomes = _read_outcomes(fields, plan)
    return ExperimentClaims(
        words=read_words(fields),
        plan=plan,
        fingerprint=names.take("fingerprint", TEXT),
        removed=names.take("removed", REMOVED),
        outcomes=outcomes,
        bet=fields.optional("bet", partial(_read_bet, levels=len(plan.recipes)), older=True),
        exam=fields.optional("exam", partial(_read_exam, members=len(outcomes)), older=True),
        verdict=fields.maybe("verdict", ANY, None),
        result=fields.maybe("result", ANY, None),
        seconds=fields.maybe("seconds", LOSS, None) or 0.0,
        claims=claims,
        committees=_read_committees(fields, len(plan.recipes)),
        date=fields.maybe("date", DATE, ""),
    )


def _read_plan(fields: Fields) -> Plan:
    """Raises Refusal for a plan that the app would not begin."""
    config, count = read_recipe(fields.fields("config")), whole(MOST_MEMBERS)
    factors = tuple(Factor(name, tuple(levels)) for name, levels in fields.take("factors", FACTORS))
    return Plan(config, factors, fields.take("seeds", count), fields.take("splits", count))


def _read_outcomes(fields: Fields, plan: Plan) -> tuple[Outcome, ...]:
    """The outcomes of the first members."""
    rows = fields.take("members", list_of(MEMBER, plan.count))
    return tuple(
        Outcome(member.config.as_dict(), status, val_loss=loss, steps=steps)
        for (status, loss, steps), member in zip(rows, plan.members(), strict=False)
    )


def _read_bet(bet: Fields, levels: int) -> Bet:
    names = ("lower", "higher", "difference", "spread")
    return make_bet(levels, *(bet.maybe(name, ANY, None) for name in names))


def _read_committees(fields: Fields, levels: int) -> tuple[ClaimedCommittee | None, ...] | None:
    """levels: how many the plan has. An older report has no committees."""
    rows = fields.maybe("committees", COMMITTEES, None)
    if rows is None:
        return None
    if len(rows) != levels:
        raise Refusal(f"Its facts have {len(rows)} committees, but its plan has {levels} levels.")
    return tuple(None if row is None else ClaimedCommittee(*row) for row in rows)


def _read_exam(exam: Fields, members: int) -> ClaimedExam:
    """members: how many have an outcome."""
    if not members:
        raise Refusal("Its facts have a final exam but no member that opened it.")
    return ClaimedExam(exam.take("member", whole(members - 1)), read_loss(exam))
