"""What a report of the page Learn says, as plain values, and the same as JSON.

    facts = learn_facts(learner_report(progress), Words(author="Ana"), "0f3a…")

A checksum is with them: a file that was cut or edited is noticed. Whoever works the checksum out
again is not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from dino.share.facts import LIMITS, Words, exam_facts, versions

if TYPE_CHECKING:  # PyTorch takes a second to load
    from dino.lessons.learner_report import ChallengeEntry, LearnerReport, LessonReport, TestReport
    from dino.lessons.lesson import Question

FORMAT, VERSION = "dino-learn", 1
CHECKSUM = "checksum"
ROUNDS = ("before", "after")


class TestKey(NamedTuple):
    """The concept test: its questions' names, the names of their choices, those that are right."""

    names: tuple[str, ...]
    choices: tuple[tuple[str, ...], ...]
    right: tuple[str, ...]

    def count_right(self, answers: tuple[str, ...]) -> int:
        """How many answers of a round are right."""
        return sum(name == right for name, right in zip(answers, self.right, strict=True))


def key_of(test: Iterable[Question]) -> TestKey:
    """The concept test as `check` needs it."""
    items = {it.name: it.items[0] for it in test}
    choices = tuple(tuple(choice.name for choice in it.choices) for it in items.values())
    return TestKey(tuple(items), choices, tuple(str(it.right) for it in items.values()))


def learn_facts(learner: LearnerReport, words: Words, number: str) -> dict[str, Any]:
    """The facts of a report. number: drawn for this file, so that two honest ones differ."""
    facts = {
        "format": FORMAT,
        "version": VERSION,
        "number": number,
        "date": learner.date,
        **{name: getattr(words, name) for name in LIMITS},
        "lessons": [_lesson_facts(it) for it in learner.lessons],
        "test": _test_facts(learner.test),
        "zoo": [[it.key, it.choice, it.is_right] for it in learner.zoo],
        "game": None if learner.game is None else list(learner.game[:2]),
        "challenge": _challenge_facts(learner.challenge),
        "versions": versions(),
    }
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
    """The names of the answers; how many are right only where the learner has seen that, too."""
    key, is_over = key_of(test.questions), len(test.rounds) == len(ROUNDS)
    return {
        "questions": list(key.names),
        "rounds": [list(row) for row in test.rounds],
        "right": [key.count_right(row) for row in test.rounds] if is_over else [],
    }
