"""Which claims of an experiment's report hold.

The verdict and the bet's result are worked out again from the losses that the report has, and some
members are trained again: which ones follows from the report's content, so that a student's check
and a teacher's take the same.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from dino.config import SETTINGS
from dino.data import Corpus
from dino.experiments.member import DIVERGED, DONE, FAILED, Outcome
from dino.experiments.plan import Member
from dino.share.experiment_facts import result_facts, verdict_facts, verdict_of
from dino.share.experiment_reading import ExperimentClaims
from dino.share.facts import LIMITS, Words
from dino.share.judge import (
    HOLDS,
    LEAST,
    PERTURBED,
    Finding,
    Verdict,
    failure,
    judge_exam,
    judge_number,
    tolerance,
)
from dino.share.reading import Curve, Facts
from dino.share.repeat import OutOfTime, Progress, Repeated, distances, repeat

EXPERIMENT_ITEMS = ("verdict", "bet", "members")  # that no run has; "exam_loss" is of both
NO_TIME = "there is no time for more (--minutes)"
NEAR = 1e-6  # nats: two computers that work out one verdict differ by less
CorpusOf = Callable[[Facts], Corpus]  # the list of a report; raises Refusal where it is not here


def judge_experiment(
    claims: ExperimentClaims, corpus_of: CorpusOf, count: int, until: float, progress: Progress
) -> dict[str, Finding]:
    """What is said of each item. count: how many members to train again; until: when that must be
    done, in seconds of `time.monotonic`.
    """
    verdict = verdict_of(claims.plan, claims.outcomes)
    result = None if claims.bet is None or verdict is None else claims.bet.outcome(verdict)
    return {
        "verdict": _judge_same(claims.verdict, verdict_facts(verdict)),
        "bet": _judge_same(claims.result, result_facts(result)),
        "members": _judge_members(claims, corpus_of, count, until, progress),
        "exam_loss": _judge_exam(claims, corpus_of, until, progress),
    }


def _judge_same(claimed: Any, found: Any) -> Finding:
    """Whether a claim is what the report's own losses give."""
    apart = next(_differences(claimed, json.loads(json.dumps(found)), ""), None)
    if apart is None:
        return HOLDS
    place, said, again = apart
    return failure(f"it says {said}{place}; its losses give {again}")


def _differences(claimed: Any, found: Any, place: str) -> Iterator[tuple[str, str, str]]:
    """Where two plain values differ: the place, and both as words."""
    if isinstance(found, dict) and isinstance(claimed, dict) and claimed.keys() == found.keys():
        for key in found:
            yield from _differences(claimed[key], found[key], f" for {key}{place}")
    elif isinstance(found, list) and isinstance(claimed, list) and len(claimed) == len(found):
        for number, (one, other) in enumerate(zip(claimed, found, strict=True), 1):
            yield from _differences(one, other, f" for number {number}{place}")
    elif type(found) is float and type(claimed) in (int, float):
        if not abs(claimed - found) <= NEAR:
            yield place, f"{claimed:.4f}", f"{found:.4f}"
    elif type(claimed) is not type(found) or claimed != found:
        yield place, _words(claimed), _words(found)


def _words(value: Any) -> str:
    """A plain value in a few words."""
    if isinstance(value, dict | list):
        return "other values"
    return "nothing" if value is None else json.dumps(value)[:40]


def draw_members(claims: ExperimentClaims, count: int) -> list[int]:
    """The numbers of the members to train again, drawn by what the report claims: what was typed
    for it, and names that were written, change nothing; a changed loss draws others.
    """
    left_out = {*LIMITS, "written"}
    content = {name: value for name, value in claims.claims.items() if name not in left_out}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()
    able = [i for i, outcome in enumerate(claims.outcomes) if outcome.status != FAILED]
    drawn = np.random.default_rng(list(digest)).permutation(len(able))[:count]
    return [able[i] for i in drawn]


def _judge_members(
    claims: ExperimentClaims, corpus_of: CorpusOf, count: int, until: float, progress: Progress
) -> Finding:
    """Train some members again. Where none could be, it says why it is not checked."""
    members, numbers = list(claims.plan.members()), draw_members(claims, count)
    if not numbers:
        return Finding(Verdict.UNCHECKED, "no member has a loss")
    done, why = 0, ""
    for number in numbers:
        member, outcome = members[number], claims.outcomes[number]

        def show(step: int, steps: int, before: int = done) -> None:
            progress(before * steps + step, steps * len(numbers))

        try:
            finding = _judge_member(claims, member, outcome, corpus_of, until, show)
        except OutOfTime:
            why = NO_TIME
        except (ArithmeticError, MemoryError, RuntimeError, ValueError) as error:
            why = str(error) or type(error).__name__
        if why:
            break
        if finding.verdict is Verdict.FAILS:
            return failure(f"{_named(claims, member)}: {finding.reason}")
        done += 1
    words = f"{done} of {len(claims.outcomes)} members trained again"
    reason = "; ".join(filter(None, (words, why)))
    return Finding(Verdict.HOLDS if done else Verdict.UNCHECKED, reason)


def _judge_member(
    claims: ExperimentClaims,
    member: Member,
    outcome: Outcome,
    corpus_of: CorpusOf,
    until: float,
    progress: Progress,
) -> Finding:
    """Train one member; where its loss does not hold, find out how far rounding moves it."""
    facts = _facts_of(claims, member, outcome)
    corpus = corpus_of(facts)
    again = repeat(facts, corpus, until=until, progress=progress)
    others: list[Repeated] = []
    finding = _judge_loss(outcome, again, others, member)
    while finding.verdict is Verdict.FAILS and len(others) < PERTURBED:
        seed = len(others) + 1
        others.append(repeat(facts, corpus, perturbed=seed, until=until, progress=progress))
        finding = _judge_loss(outcome, again, others, member)
    return finding


def _judge_exam(
    claims: ExperimentClaims, corpus_of: CorpusOf, until: float, progress: Progress
) -> Finding:
    """Train the member that the exam was opened with, and measure it on the exam. The app opens it
    with the best one alone.
    """
    if claims.exam is None:
        return HOLDS
    number, loss = claims.exam
    member, outcome = list(claims.plan.members())[number], claims.outcomes[number]
    best = int(np.argmin([math.inf if it.status != DONE else it.loss for it in claims.outcomes]))
    if not claims.plan.config.exam or best != number or outcome.status != DONE:
        return failure("the app opens it with the run of lowest held-out loss, if there is one")
    facts = _facts_of(claims, member, outcome, loss)
    try:
        corpus = corpus_of(facts)
        again = repeat(facts, corpus, until=until, progress=progress)
        others: list[Repeated] = []
        finding = judge_exam(facts, again, others, LEAST)
        while finding.verdict is Verdict.FAILS and len(others) < PERTURBED:
            seed = len(others) + 1
            others.append(repeat(facts, corpus, perturbed=seed, until=until, progress=progress))
            finding = judge_exam(facts, again, others, LEAST)
    except OutOfTime:
        return Finding(Verdict.UNCHECKED, NO_TIME)
    except (ArithmeticError, MemoryError, RuntimeError, ValueError) as error:
        return Finding(Verdict.UNCHECKED, str(error) or type(error).__name__)
    return finding


def _facts_of(
    claims: ExperimentClaims, member: Member, outcome: Outcome, exam_loss: float | None = None
) -> Facts:
    """A member as the report of its run would have it, as far as training it again needs that."""
    config = member.config
    return Facts(
        words=Words(),
        config=config,
        fingerprint=claims.fingerprint,
        removed=claims.removed,
        steps=outcome.steps,
        learning_rates=((0, config.learning_rate),),
        engines=((0, "torch" if config.engine == "torch" else "compiled"),),
        figures={},
        best_step=0,
        curve=Curve((), (), ()),
        baselines={},
        seconds=0.0,
        exam_loss=exam_loss,
        claims={},
    )


def _judge_loss(
    outcome: Outcome, again: Repeated, others: list[Repeated], member: Member
) -> Finding:
    """others: trainings that began with other last bits."""
    claimed, found = outcome.status == DIVERGED, again.diverged
    if claimed != found:
        words = ("trains to its end", "diverges")
        return failure(f"it says that it {words[claimed]}; it {words[found]}")
    if claimed:
        return HOLDS
    if outcome.steps != member.config.max_steps:
        return failure(f"it made {outcome.steps:,} of {member.config.max_steps:,} steps")
    moved = [distances(again, other) for other in others]
    allowed = tolerance(moved, "val_losses", outcome.steps)
    return judge_number(outcome.val_loss, again.last["val_losses"], allowed)


def _named(claims: ExperimentClaims, member: Member) -> str:
    """A member by what distinguishes it."""
    names = (*claims.plan.names, "seed", "split_seed")
    values = ((name, SETTINGS[name].text(getattr(member.config, name))) for name in names)
    return ", ".join(f"{name} {value}" for name, value in values)
