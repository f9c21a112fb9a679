"""The report of the Learn page, by its template `learn_report.jinja`, and the facts in it as JSON.

    make_learn_report(learner_report(progress), Words(author="Ana"), language, number) -> bytes
    learn_facts(learner_report(progress), Words(author="Ana"), "0f3a…") -> dict

The facts have a checksum. It reveals a file that was cut or edited, but not one whose checksum was
computed again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from dino.locale.sentences import ENGLISH, Language, mark
from dino.reports.facts import Words, exam_facts, statement
from dino.reports.page_words import page_digest

if TYPE_CHECKING:  # PyTorch takes a second to load
    from dino.lessons.learner_report import ChallengeEntry, LearnerReport, LessonReport, TestReport
    from dino.lessons.lesson import Question

# In version 1 lessons had other numbers, and the concept test other questions.
FORMAT, VERSION = "dino-learn", 2
CHECKSUM = "checksum"
ROUNDS = ("before", "after")
LENGTHS = (600, 300, 150, 75, 0)  # letters of each own sentence; the largest that fits is used


class TestKey(NamedTuple):
    """The concept test: its questions' names, their choices' names, and the right ones."""

    names: tuple[str, ...]
    choices: tuple[tuple[str, ...], ...]
    right: tuple[str, ...]

    def count_right(self, answers: tuple[str, ...]) -> int:
        """How many answers of a round are right."""
        return sum(name == right for name, right in zip(answers, self.right, strict=True))


def key_of(test: Iterable[Question]) -> TestKey:
    """The concept test in the form that `check` needs."""
    items = {it.name: it.items[0] for it in test}
    choices = tuple(tuple(choice.name for choice in it.choices) for it in items.values())
    return TestKey(tuple(items), choices, tuple(str(it.right) for it in items.values()))


def learn_facts(
    learner: LearnerReport, words: Words, number: str, page: str = ""
) -> dict[str, Any]:
    """The facts of a report. number: drawn for this file, so that two honest ones differ; page:
    the digest of what the report shows.
    """
    claimed = {
        "lessons": [_lesson_facts(it) for it in learner.lessons],
        "test": _test_facts(learner.test),
        "zoo": [[it.key, it.choice, it.is_right] for it in learner.zoo],
        "game": None if learner.game is None else list(learner.game[:2]),
        "challenge": _challenge_facts(learner.challenge),
        "again": [
            [it.lesson.key, it.question.name, None if it.answers is None else list(it.answers)]
            for it in learner.again
        ],
        "page": page,
    }
    facts = statement((FORMAT, VERSION), words, learner.date, claimed, number)
    return {**facts, CHECKSUM: checksum(facts)}


def checksum(facts: Mapping[str, Any]) -> str:
    """SHA-256 of facts without their checksum, with sorted keys; 64 hexadecimal digits."""
    rest = {name: value for name, value in facts.items() if name != CHECKSUM}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _challenge_facts(entry: ChallengeEntry | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    opened = entry.opened
    return {"run": entry.run, "exam": None if opened is None else exam_facts(opened)}


def _lesson_facts(lesson: LessonReport) -> dict[str, Any]:
    return {
        "number": lesson.number,
        "key": lesson.key,
        "done": lesson.is_done,
        "settled": list(lesson.settled),
        "questions": [_question_facts(it) for it in lesson.questions],
        "words": [[it.name, it.text] for it in lesson.words],
    }


def _question_facts(question: Question) -> dict[str, Any]:
    answers = [{"answer": it.answer, "result": it.result, "off": it.off} for it in question.items]
    return {
        "kind": question.kind,
        "name": question.name,
        "tries": question.tries,
        "right": question.is_right,
        "answers": answers,
    }


def _test_facts(test: TestReport) -> dict[str, Any]:
    """The names of the answers; how many are right only if the learner has seen that too."""
    key, is_over = key_of(test.questions), len(test.rounds) == len(ROUNDS)
    return {
        "version": test.version,
        "questions": list(key.names),
        "rounds": [list(row) for row in test.rounds],
        "right": [key.count_right(row) for row in test.rounds] if is_over else [],
    }


def make_learn_report(
    learner: LearnerReport,
    words: Words | None = None,
    language: Language = ENGLISH,
    number: str = "",
) -> bytes:
    """A report of what a learner has done: UTF-8, at most `MOST_BYTES`.

    words: the learner's own; number: drawn for this file. The learner's sentences are cut if the
    file would be too large.
    """
    from dino.reports.report_frame import MOST_BYTES  # lessons need no templates

    words, raw = words or Words(), b""
    for length in LENGTHS:
        cut = _cut(learner, length)
        page = page_digest(_written(cut, words, language, number))
        raw = _written(cut, words, language, number, page)
        if len(raw) <= MOST_BYTES:
            break
    return raw


def _written(
    learner: LearnerReport, words: Words, language: Language, number: str, page: str = ""
) -> bytes:
    """The report, with a digest of what it shows among its facts."""
    from dino.reports.report_frame import write_report

    return write_report(
        "learn_report",
        language,
        words,
        learn_facts(learner, words, number, page),
        called=mark("What I did on the Learn page"),
        date=learner.date,
        **_shown(learner),
    )


def _shown(learner: LearnerReport) -> dict[str, Any]:
    """What the template shows of a learner."""
    from dino.lessons.learner_report import counts_of  # loads torch

    asked = [(it, question) for it in learner.lessons for question in it.questions]
    by_kind = {
        kind: [(it, question) for it, question in asked if question.kind == kind]
        for kind in ("bet", "task")
    }
    return {
        "learner": learner,
        "questions": by_kind,
        "counts": {
            kind: counts_of([question for _, question in found]) for kind, found in by_kind.items()
        },
        "is_over": len(learner.test.rounds) == len(ROUNDS),
    }


def _cut(learner: LearnerReport, length: int) -> LearnerReport:
    """The same with own sentences of at most this many letters, the mark of a cut included."""

    def lesson(it: LessonReport) -> LessonReport:
        words = tuple(
            one if len(one.text) <= length else one._replace(text=one.text[: length - 1] + "…")
            for one in it.words
            if length
        )
        return replace(it, words=words)

    return replace(learner, lessons=tuple(map(lesson, learner.lessons)))
