"""What a report of the Learn page claims, read and judged; and a table of many concept tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from dino.config import quoted
from dino.files import to_csv
from dino.grader.claims import DATE, REPORT, check_version, read_words
from dino.grader.grading import Grading
from dino.grader.judge import HOLDS, Judgement, failure
from dino.lessons.concept_test import FIRST, concept_test
from dino.lessons.concept_test import VERSION as TEST_VERSION
from dino.locale.sentences import Refusal
from dino.outside import ANY, FLAG, TEXT, Fields, list_of, whole
from dino.reports.facts import Words
from dino.reports.learn_report import CHECKSUM, ROUNDS, VERSION, TestKey, checksum, key_of

MOST_LESSONS, MOST_QUESTIONS, MOST_ANSWERS = 99, 99, 99
ITEM = "concept test"  # the item that is judged of a report of Learn
ENDING = "-concept-test.csv"


@dataclass(frozen=True, eq=False)
class LearnClaims:
    """What a report of Learn claims, with values of the right types.

    number: the first digits of its checksum, for a table without names
    done: how many lessons are done; rounds: the answers to the concept test (0 to 2, 10)
    key: the concept test that they answer, of test_version
    totals: how many are right in each round, as claimed; () if nothing is claimed
    answered, skipped: how many questions of the lessons were; date: year-month-day, or ''
    claims: all of the JSON
    seconds, figures, fingerprint: of training, so they are empty
    """

    words: Words
    number: str
    done: int
    key: TestKey
    rounds: tuple[tuple[str, ...], ...]
    test_version: int
    totals: tuple[int, ...]
    answered: int
    skipped: int
    date: str
    claims: Mapping[str, Any]
    seconds: float = 0.0
    figures: Mapping[str, float | None] = field(default_factory=dict)
    fingerprint: str = ""


@cache
def concept_key(version: int = TEST_VERSION) -> TestKey:
    """The concept test's questions, choices and right answers, which no language changes."""
    return key_of(concept_test("en", version).questions.values())


def learn_claims(claims: Mapping[str, Any]) -> LearnClaims:
    """The claims of a report of Learn, checked. Raises Refusal, with one sentence."""
    is_first = claims.get("version") == 1
    check_version(claims, 1 if is_first else VERSION)
    fields = Fields(claims, REPORT)
    said = fields.take(CHECKSUM, TEXT)
    if said != checksum(claims):
        raise Refusal("Its facts do not agree with their checksum, so the file was changed.")
    lessons = fields.tables("lessons", MOST_LESSONS)
    test = fields.fields("test")
    version = FIRST if is_first else test.take("version", whole(TEST_VERSION, FIRST))
    answered = [found for it in lessons for found in _read_questions(it)]
    return LearnClaims(
        words=read_words(fields),
        number=said[:10],
        done=sum(it.take("done", FLAG) for it in lessons),
        test_version=version,
        key=(key := concept_key(version)),
        rounds=_read_rounds(test, key),
        totals=_read_totals(test, key),
        answered=sum(answered),
        skipped=len(answered) - sum(answered),
        date=fields.maybe("date", DATE, ""),
        claims=claims,
    )


def _read_questions(lesson: Fields) -> Iterator[bool]:
    """For each question of a lesson, whether it was answered; if not, it was skipped."""
    for it in lesson.tables("questions", MOST_QUESTIONS):
        answers = it.take("answers", list_of(ANY, MOST_ANSWERS))
        yield any(type(answer) is dict and answer.get("answer") is not None for answer in answers)


def _read_rounds(test: Fields, key: TestKey) -> tuple[tuple[str, ...], ...]:
    if test.take("questions", ANY) != list(key.names):
        raise Refusal(
            "The questions of its concept test differ from those of this Dino. Use the Dino that "
            "made it."
        )
    rows = test.take("rounds", list_of(list_of(TEXT, len(key.names)), len(ROUNDS)))
    return tuple(_read_round(row, key) for row in rows)


def _read_round(row: list[str], key: TestKey) -> tuple[str, ...]:
    if len(row) != len(key.names):
        raise Refusal(f"A round must have {len(key.names)} answers, not {len(row):,}.")
    for answer, known in zip(row, key.choices, strict=True):
        if answer not in known:
            raise Refusal(f"An answer must be one of {', '.join(known)}, not {quoted(answer)}.")
    return tuple(row)


def _read_totals(test: Fields, key: TestKey) -> tuple[int, ...]:
    totals = test.take("right", list_of(whole(len(key.names)), len(ROUNDS)))
    if len(totals) not in (0, len(ROUNDS)):
        raise Refusal("Its concept test must have two totals or none.")
    return tuple(totals)


def judge_learn(claims: LearnClaims, how: Grading) -> Judgement:
    """Whether the totals agree with the answers. The numbers are left out, because names
    are beside them.
    """
    counted = [claims.key.count_right(row) for row in claims.rounds]
    expected = tuple(counted) if len(counted) == len(ROUNDS) else ()
    if claims.totals != expected:
        return Judgement({ITEM: failure("how many it calls right does not agree with its answers")})
    return Judgement({ITEM: HOLDS})


def table_beside(table: Path) -> Path:
    """The path of the table of concept tests: marks.csv, marks-concept-test.csv."""
    return table.with_name(table.stem + ENDING)


def columns() -> list[str]:
    """The report's number, the version of the test's questions, each answer of both rounds, how
    many are right, lessons done.
    """
    answers = [f"{name} {question}" for name in ROUNDS for question in concept_key().names]
    return [
        "report",
        "test version",
        *answers,
        *(f"right {name}" for name in ROUNDS),
        "lessons done",
    ]


def tests_csv(reports: Sequence[LearnClaims]) -> bytes:
    """A row for each report, by its number, so that the order does not reveal whose they are."""
    return to_csv(columns(), sorted(map(_cells, reports)))


def _cells(claims: LearnClaims) -> list[str]:
    """A report's row. Of an older test only the questions that the present one has are in it."""
    rows: list[tuple[str, ...]] = [*claims.rounds, (), ()][: len(ROUNDS)]
    answers = [dict(zip(claims.key.names, row, strict=False)) for row in rows]
    names = [row.get(question, "") for row in answers for question in concept_key().names]
    totals = [str(claims.key.count_right(row)) if row else "" for row in rows]
    return [claims.number, str(claims.test_version), *names, *totals, str(claims.done)]
