"""What a report of the page Learn claims, read from its facts and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dino.config import quoted
from dino.locale.sentences import Refusal
from dino.outside import ANY, FLAG, TEXT, Fields, list_of, whole
from dino.share.facts import Words
from dino.share.learn_facts import CHECKSUM, ROUNDS, VERSION, TestKey, checksum
from dino.share.reading import DATE, REPORT, check_version, read_words

MOST_LESSONS, MOST_QUESTIONS, MOST_ANSWERS = 99, 99, 99


@dataclass(frozen=True, eq=False)
class LearnClaims:
    """What a report of Learn claims, with values of the right types.

    number: the first digits of its checksum, for a table without names
    done: how many lessons are; rounds: the answers to the concept test (0 to 2, 10)
    totals: how many are right in each round, as it claims; () where it claims none
    answered, skipped: how many questions of the lessons were; date: year-month-day, or ''
    claims: all of the JSON; seconds, figures, fingerprint of a list: of training, which it has
    none of
    """

    words: Words
    number: str
    done: int
    rounds: tuple[tuple[str, ...], ...]
    totals: tuple[int, ...]
    answered: int
    skipped: int
    date: str
    claims: Mapping[str, Any]
    seconds: float = 0.0
    figures: Mapping[str, float | None] = field(default_factory=dict)
    fingerprint: str = ""


def learn_claims(claims: Mapping[str, Any], key: TestKey) -> LearnClaims:
    """The claims of a report of Learn, checked. Raises Refusal, with one sentence.

    key: of the concept test
    """
    check_version(claims, VERSION)
    fields = Fields(claims, REPORT)
    said = fields.take(CHECKSUM, TEXT)
    if said != checksum(claims):
        raise Refusal("Its facts do not agree with their checksum: the file was changed.")
    lessons = fields.tables("lessons", MOST_LESSONS)
    test = fields.fields("test")
    rounds = _read_rounds(test, key)
    answered = [found for it in lessons for found in _read_questions(it)]
    return LearnClaims(
        words=read_words(fields),
        number=said[:10],
        done=sum(it.take("done", FLAG) for it in lessons),
        rounds=rounds,
        totals=_read_totals(test, key),
        answered=sum(answered),
        skipped=len(answered) - sum(answered),
        date=fields.maybe("date", DATE, ""),
        claims=claims,
    )


def _read_questions(lesson: Fields) -> Iterator[bool]:
    """Of each question of a lesson whether it was answered; else it was skipped."""
    for it in lesson.tables("questions", MOST_QUESTIONS):
        answers = it.take("answers", list_of(ANY, MOST_ANSWERS))
        yield any(type(answer) is dict and answer.get("answer") is not None for answer in answers)


def _read_rounds(test: Fields, key: TestKey) -> tuple[tuple[str, ...], ...]:
    if test.take("questions", ANY) != list(key.names):
        raise Refusal(
            "Its concept test has other questions than that of this Dino. Use the Dino that made "
            "it."
        )
    rows = test.take("rounds", list_of(list_of(TEXT, len(key.names)), len(ROUNDS)))
    return tuple(_read_round(row, key) for row in rows)


def _read_round(row: list[str], key: TestKey) -> tuple[str, ...]:
    if len(row) != len(key.names):
        raise Refusal(f"A round has {len(key.names)} answers; this one has {len(row):,}.")
    for answer, known in zip(row, key.choices, strict=True):
        if answer not in known:
            raise Refusal(f"An answer is one of {', '.join(known)}; {quoted(answer)} is not.")
    return tuple(row)


def _read_totals(test: Fields, key: TestKey) -> tuple[int, ...]:
    totals = test.take("right", list_of(whole(len(key.names)), len(ROUNDS)))
    if len(totals) not in (0, len(ROUNDS)):
        raise Refusal("The totals of its concept test are two or none; these are not.")
    return tuple(totals)
