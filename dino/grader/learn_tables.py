"""Tables of many reports of Learn, without names: the concept tests, and every bet and task.

tests_csv(reports) -> bytes      questions_csv(reports) -> bytes
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from dino.files import to_csv
from dino.grader.learn_claims import Answered, LearnClaims, concept_key
from dino.lessons.item import Value
from dino.reports.learn_report import ROUNDS

TESTS, QUESTIONS = "-concept-test.csv", "-questions.csv"  # endings of the tables' names
COUNTS = ("lessons done", "zoo answered", "zoo found", "game names", "game right")
QUESTION_COLUMNS = (
    *("report", "lesson", "kind", "question", "part", "answer", "result", "off", "right", "tries"),
    *("skipped", "asked again"),
)


def table_beside(table: Path, ending: str = TESTS) -> Path:
    """The path of a table beside the marks: marks.csv, marks-concept-test.csv."""
    return table.with_name(table.stem + ending)


def asked_in_tests(versions: Iterable[int] = ()) -> list[str]:
    """The names of the present concept test's questions, then those that only these versions of it
    have.
    """
    names = [*concept_key().names, *(it for v in sorted(versions) for it in concept_key(v).names)]
    return list(dict.fromkeys(names))


def columns(questions: Sequence[str]) -> list[str]:
    """The report's number, the version of the test's questions, each answer of both rounds, how
    many are right; how many lessons are done; the counts of the zoo and of the game.
    """
    answers = [f"{name} {question}" for name in ROUNDS for question in questions]
    return ["report", "test version", *answers, *(f"right {name}" for name in ROUNDS), *COUNTS]


def tests_csv(reports: Sequence[LearnClaims]) -> bytes:
    """A row for each report, by its number, so that the order does not reveal whose they are."""
    questions = asked_in_tests({it.test_version for it in reports})
    return to_csv(columns(questions), sorted(_cells(it, questions) for it in reports))


def _cells(claims: LearnClaims, questions: Sequence[str]) -> list[str]:
    """A report's row, with an answer to each question that its version of the test has."""
    rows: list[tuple[str, ...]] = [*claims.rounds, (), ()][: len(ROUNDS)]
    answers = [dict(zip(claims.key.names, row, strict=False)) for row in rows]
    names = [row.get(question, "") for row in answers for question in questions]
    totals = [str(claims.key.count_right(row)) if row else "" for row in rows]
    found = sum(is_right for _, _, is_right in claims.zoo)
    game = ["", ""] if claims.game is None else [str(claims.game[1]), str(claims.game[0])]
    counts = [str(claims.done), str(len(claims.zoo)), str(found), *game]
    return [claims.number, str(claims.test_version), *names, *totals, *counts]


def questions_csv(reports: Sequence[LearnClaims]) -> bytes:
    """A row for each part of each bet and task that was settled or tried, by the reports' numbers,
    within a report in its order.
    """
    known = sorted(reports, key=lambda it: it.number)
    return to_csv(QUESTION_COLUMNS, [row for claims in known for row in _question_rows(claims)])


def _question_rows(claims: LearnClaims) -> Iterator[list[object]]:
    second = {(lesson, name): values for lesson, name, values in claims.again}
    for it in claims.questions:
        again = _again_cells(second, it)
        for part, (answer, result, off) in enumerate(it.answers, 1):
            right = "" if it.is_right is None else int(it.is_right)
            yield [
                *(claims.number, it.lesson, it.kind, it.name, part),
                *(_cell(answer), _cell(result), _cell(off), right),
                *(it.tries, int(it.is_skipped), again[part - 1]),
            ]


def _again_cells(
    second: Mapping[tuple[str, str], Sequence[Value] | None], asked: Answered
) -> Sequence[Value]:
    """For each part of a question the second answer; '' if it was not asked once more."""
    nothing: list[Value] = [""] * len(asked.answers)
    if asked.kind != "bet" or (asked.lesson, asked.name) not in second:
        return nothing
    values = second[asked.lesson, asked.name]
    return ["skipped"] * len(nothing) if values is None else [*values, *nothing][: len(nothing)]


def _cell(value: str | float | None) -> str | float:
    return "" if value is None else value
