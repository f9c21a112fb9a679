"""The concept tests of many reports of Learn as one table without names, and what is judged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dino.files import to_csv
from dino.share.grading import Grading
from dino.share.judge import HOLDS, Judged, failure
from dino.share.learn_facts import ROUNDS, TestKey
from dino.share.learn_reading import LearnClaims

ITEM = "concept test"  # what is judged of a report of Learn
ENDING = "-concept-test.csv"


def judge_learn(claims: LearnClaims, how: Grading) -> Judged:
    """Whether the totals agree with the answers; the numbers are not told, as names are beside."""
    counted = [how.key.count_right(row) for row in claims.rounds] if how.key else []
    expected = tuple(counted) if len(counted) == len(ROUNDS) else ()
    if claims.totals != expected:
        return Judged({ITEM: failure("how many it calls right does not agree with its answers")})
    return Judged({ITEM: HOLDS})


def table_beside(table: Path) -> Path:
    """Where the table of concept tests is: marks.csv, marks-concept-test.csv."""
    return table.with_name(table.stem + ENDING)


def columns(key: TestKey) -> list[str]:
    """The report's number, each answer of both rounds, how many are right, lessons done."""
    answers = [f"{name} {question}" for name in ROUNDS for question in key.names]
    return ["report", *answers, *(f"right {name}" for name in ROUNDS), "lessons done"]


def tests_csv(reports: Sequence[LearnClaims], key: TestKey) -> bytes:
    """A row for each report, by its number, so that their order tells nothing of whose they are."""
    return to_csv(columns(key), sorted(_cells(it, key) for it in reports))


def _cells(claims: LearnClaims, key: TestKey) -> list[str]:
    empty = ("",) * len(key.names)
    rows = [*claims.rounds, empty, empty][: len(ROUNDS)]
    totals = ["" if row == empty else str(key.count_right(row)) for row in rows]
    return [claims.number, *(name for row in rows for name in row), *totals, str(claims.done)]
