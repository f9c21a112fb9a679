"""What the report of an experiment claims, read from its facts; or what another report claims.

read_report(bytes of a report) -> Facts, ExperimentClaims or LearnClaims
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dino.config import quoted
from dino.experiments.bet import Bet, make_bet
from dino.experiments.member import DIVERGED, DONE, FAILED, Outcome
from dino.experiments.plan import MOST_FACTORS, MOST_MEMBERS, Factor, Plan
from dino.locale.sentences import Refusal
from dino.run import MOST_STEPS
from dino.share import experiment_facts
from dino.share.facts import Words
from dino.share.learn_facts import TestKey
from dino.share.learn_reading import LearnClaims, is_of_learn, learn_claims
from dino.share.reading import (
    Facts,
    check_version,
    count_of,
    facts_from,
    loss_of,
    read_claims,
    read_config,
    read_date,
    read_removed,
    read_words,
    value_of,
)

MOST_LEVELS = MOST_MEMBERS  # of one factor
STATUSES = (DONE, DIVERGED, FAILED)


class ClaimedExam(NamedTuple):
    """The loss on the final exam, nats per symbol, and the number of the member, from 0 on."""

    member: int
    loss: float | None


@dataclass(frozen=True, eq=False)
class ExperimentClaims:
    """What the report of an experiment claims, with values of the right types.

    fingerprint, removed: of its list, as `Facts` has them; outcomes: of the first members
    exam: None where it was not opened, as in older reports
    verdict, result: as they are claimed, unchecked; seconds: of all training together
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
    date: str = ""
    figures: Mapping[str, float | None] = field(default_factory=dict)  # those of a run: none


def read_report(raw: bytes, key: TestKey | None = None) -> Facts | ExperimentClaims | LearnClaims:
    """What a report claims, of a run, of an experiment or of the page Learn. Raises Refusal with
    one sentence. key: of the concept test, without which no report of Learn is read
    """
    claims = read_claims(raw)
    if key is not None and is_of_learn(claims):
        return learn_claims(claims, key)
    if claims.get("format") != experiment_facts.FORMAT:
        return facts_from(claims)
    check_version(claims, experiment_facts.VERSION)
    listed, plan = value_of(claims, "list", dict), _read_plan(claims)
    outcomes = _read_outcomes(value_of(claims, "members", list), plan)
    return ExperimentClaims(
        words=read_words(claims),
        plan=plan,
        fingerprint=value_of(listed, "fingerprint", str),
        removed=read_removed(value_of(listed, "removed", str)),
        outcomes=outcomes,
        bet=_read_bet(claims, len(plan.recipes)),
        exam=_read_exam(claims, len(outcomes)),
        verdict=claims.get("verdict"),
        result=claims.get("result"),
        seconds=loss_of(claims.get("seconds"), "seconds") or 0.0,
        claims=claims,
        date=read_date(claims),
    )


def _read_plan(claims: Mapping[str, Any]) -> Plan:
    """Raises Refusal for one that the app would not begin."""
    config = read_config(value_of(claims, "config", dict))
    counts = {name: count_of(claims, name, MOST_MEMBERS) for name in ("seeds", "splits")}
    return Plan(config, tuple(map(_read_factor, _pairs(claims))), **counts)


def _pairs(claims: Mapping[str, Any]) -> list[tuple[str, list[Any]]]:
    found = value_of(claims, "factors", list)
    if len(found) > MOST_FACTORS or not all(_is_factor(it) for it in found):
        raise Refusal("factors are one or two pairs of a setting and its levels; these are not.")
    return [(name, levels) for name, levels in found]


def _is_factor(pair: Any) -> bool:
    return (
        type(pair) is list
        and len(pair) == 2
        and type(pair[0]) is str
        and type(pair[1]) is list
        and len(pair[1]) <= MOST_LEVELS
        and all(type(level) in (str, int, float, bool) for level in pair[1])
    )


def _read_factor(pair: tuple[str, list[Any]]) -> Factor:
    return Factor(pair[0], tuple(pair[1]))


def _read_outcomes(rows: list[Any], plan: Plan) -> tuple[Outcome, ...]:
    """What became of the first members: triples of a status, a loss and a number of steps."""
    if len(rows) > plan.count:
        raise Refusal(f"Its plan has {plan.count:,} members; its facts have {len(rows):,}.")
    configs = [member.config for _, member in zip(rows, plan.members(), strict=False)]
    return tuple(_read_outcome(row, it.as_dict()) for row, it in zip(rows, configs, strict=True))


def _read_outcome(row: Any, config: dict[str, Any]) -> Outcome:
    if type(row) is not list or len(row) != 3 or row[0] not in STATUSES:
        raise Refusal(
            f"A member is one of {', '.join(STATUSES)}, with a loss and its steps; "
            f"{quoted(row)} is not."
        )
    status, loss, steps = row
    made = count_of({"steps": steps}, "steps", MOST_STEPS)
    return Outcome(config, status, val_loss=loss_of(loss, "the loss of a member"), steps=made)


def _read_bet(claims: Mapping[str, Any], levels: int) -> Bet | None:
    if claims.get("bet") is None:
        return None
    bet = value_of(claims, "bet", dict)
    return make_bet(levels, *(bet.get(it) for it in ("lower", "higher", "difference", "spread")))


def _read_exam(claims: Mapping[str, Any], members: int) -> ClaimedExam | None:
    """members: how many have an outcome."""
    if claims.get("exam") is None:
        return None
    exam = value_of(claims, "exam", dict)
    if not members:
        raise Refusal("Its facts have a final exam, and no member that it was opened with.")
    member = count_of(exam, "member", members - 1)
    return ClaimedExam(member, loss_of(exam.get("loss"), "the loss on the final exam"))
