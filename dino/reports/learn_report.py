"""The report of the page Learn, by its template `learn_report.jinja`, and the facts in it as JSON.

    make_learn_report(Learned(lessons, test), Words(author="Ana"), language, number) -> bytes
    learn_facts(Learned(lessons, test), Words(author="Ana"), "0f3a…") -> dict

A checksum is with the facts: a file that was cut or edited is noticed. Whoever works the checksum
out again is not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from dino.locale.sentences import ENGLISH, Language, Text, mark
from dino.reports.facts import Words, exam_facts, statement

if TYPE_CHECKING:  # PyTorch takes a second to load
    from dino.exam import Opened
    from dino.metrics import BesideBaseline

FORMAT, VERSION = "dino-learn", 1
CHECKSUM = "checksum"
ROUNDS = ("before", "after")
LENGTHS = (600, 300, 150, 75, 0)  # letters of each own sentence, the most that a file has room for


class TestKey(NamedTuple):
    """The concept test: its questions' names, the names of their choices, those that are right."""

    names: tuple[str, ...]
    choices: tuple[tuple[str, ...], ...]
    right: tuple[str, ...]

    def count_right(self, answers: tuple[str, ...]) -> int:
        """How many answers of a round are right."""
        return sum(name == right for name, right in zip(answers, self.right, strict=True))


class Given(NamedTuple):
    """An answer beside its result. value, result: None where it was skipped, or is not known yet.

    off: how far a number is above the result; the others: the same in words
    """

    question: str
    value: str | float | None
    result: str | float | None = None
    off: float | None = None
    value_words: Text = ""
    result_words: Text = ""
    off_words: Text = ""


class Question(NamedTuple):
    """A task or a bet that was answered or skipped. is_right: None where that is not known.

    text: all that was asked, without its items
    """

    kind: str
    name: str
    tries: int
    is_right: bool | None
    given: tuple[Given, ...]
    text: str = ""

    @property
    def is_answered(self) -> bool:
        """Whether any of it was answered; else it was skipped."""
        return any(it.value is not None for it in self.given)


class Sentences(NamedTuple):
    """What a learner wrote: where, what was asked, the sentences."""

    name: str
    question: str
    text: str


@dataclass(frozen=True)
class LearnedLesson:
    """A lesson. settled: how many of its questions are, of how many; words: the learner's own."""

    number: int
    key: str
    title: str
    is_done: bool
    settled: tuple[int, int]
    questions: tuple[Question, ...] = ()
    words: tuple[Sentences, ...] = ()

    @property
    def answered(self) -> int:
        """How many of its questions were answered."""
        return sum(it.is_answered for it in self.questions)

    @property
    def skipped(self) -> int:
        """How many of its questions were skipped."""
        return len(self.questions) - self.answered


@dataclass(frozen=True)
class LearnedTest:
    """The concept test. answers: of the rounds that are over (0 to 2, 10), names of choices.

    questions: in words (10); choices: what each choice says (10); changes: what is different
    """

    key: TestKey
    answers: tuple[tuple[str, ...], ...]
    questions: tuple[str, ...]
    choices: tuple[Mapping[str, str], ...]
    changes: tuple[Text, ...] = ()


class ZooAnswer(NamedTuple):
    """An exhibit of the failure zoo that was answered, or skipped (choice None).

    number: from 1; key, choice, cause: names; title, choice_words, cause_words: the same in words
    """

    number: int
    key: str
    choice: str | None
    cause: str
    title: Text = ""
    choice_words: Text = ""
    cause_words: Text = ""

    @property
    def is_right(self) -> bool:
        """Whether the cause was found."""
        return self.choice == self.cause


class GameScore(NamedTuple):
    """All games Real or made: how many guesses were right, of how many; the same beside chance."""

    right: int
    guesses: int
    words: Text = ""


@dataclass(frozen=True)
class HandedIn:
    """The entry of the challenge. run: its title; opened: what its exam showed, None where that is
    no longer known; counting: the run beside counting, on the exam's names.
    """

    run: str
    opened: Opened | None = None
    counting: tuple[BesideBaseline, ...] = ()


@dataclass(frozen=True)
class Learned:
    """What a learner has done on the page Learn, with all texts in the report's language.

    date: of the report, year-month-day; '' where it is not told; exhibits: how many the zoo has
    """

    lessons: tuple[LearnedLesson, ...]
    test: LearnedTest
    date: str = ""
    zoo: tuple[ZooAnswer, ...] = ()
    exhibits: int = 0
    game: GameScore | None = None
    challenge: HandedIn | None = None


def learn_facts(learned: Learned, words: Words, number: str) -> dict[str, Any]:
    """The facts of a report. number: drawn for this file, so that two honest ones differ."""
    claimed = {
        "lessons": [_lesson_facts(it) for it in learned.lessons],
        "test": _test_facts(learned.test),
        "zoo": [[it.key, it.choice, it.is_right] for it in learned.zoo],
        "game": None if learned.game is None else list(learned.game[:2]),
        "challenge": _challenge_facts(learned.challenge),
    }
    facts = statement((FORMAT, VERSION), words, learned.date, claimed, number)
    return {**facts, CHECKSUM: checksum(facts)}


def checksum(facts: Mapping[str, Any]) -> str:
    """SHA-256 of facts without their checksum, with sorted keys; 64 hexadecimal digits."""
    rest = {name: value for name, value in facts.items() if name != CHECKSUM}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _challenge_facts(handed: HandedIn | None) -> dict[str, Any] | None:
    if handed is None:
        return None
    opened = handed.opened
    return {"run": handed.run, "exam": None if opened is None else exam_facts(opened)}


def _lesson_facts(lesson: LearnedLesson) -> dict[str, Any]:
    return {
        "number": lesson.number,
        "key": lesson.key,
        "done": lesson.is_done,
        "settled": list(lesson.settled),
        "questions": [_question_facts(it) for it in lesson.questions],
        "words": [[it.name, it.text] for it in lesson.words],
    }


def _question_facts(question: Question) -> dict[str, Any]:
    answers = [{"answer": it.value, "result": it.result, "off": it.off} for it in question.given]
    return {
        "kind": question.kind,
        "name": question.name,
        "tries": question.tries,
        "right": question.is_right,
        "answers": answers,
    }


def _test_facts(test: LearnedTest) -> dict[str, Any]:
    """The names of the answers; how many are right only where the learner has seen that, too."""
    is_over = len(test.answers) == len(ROUNDS)
    return {
        "questions": list(test.key.names),
        "rounds": [list(row) for row in test.answers],
        "right": [test.key.count_right(row) for row in test.answers] if is_over else [],
    }


def make_learn_report(
    learned: Learned, words: Words | None = None, language: Language = ENGLISH, number: str = ""
) -> bytes:
    """A report of what a learner has done: UTF-8, at most `MOST_BYTES`.

    words: the learner's own; number: drawn for this file. Own sentences are cut where the file
    would be too large.
    """
    from dino.reports.report_frame import MOST_BYTES, write_report  # lessons need no templates

    words, raw = words or Words(), b""
    for length in LENGTHS:
        cut = _cut(learned, length)
        raw = write_report(
            "learn_report",
            language,
            words,
            learn_facts(cut, words, number),
            called=mark("What I did on the page Learn"),
            date=learned.date,
            **_shown(cut),
        )
        if len(raw) <= MOST_BYTES:
            break
    return raw


def _shown(learned: Learned) -> dict[str, Any]:
    """What the template shows of a learner."""
    asked = [(it, question) for it in learned.lessons for question in it.questions]
    return {
        "learned": learned,
        "questions": {
            kind: [(it, question) for it, question in asked if question.kind == kind]
            for kind in ("bet", "task")
        },
        "is_over": len(learned.test.answers) == len(ROUNDS),
    }


def _cut(learned: Learned, length: int) -> Learned:
    """The same with own sentences of at most this many letters, the mark of what is left out among
    them.
    """

    def lesson(it: LearnedLesson) -> LearnedLesson:
        words = tuple(
            one if len(one.text) <= length else one._replace(text=one.text[: length - 1] + "…")
            for one in it.words
            if length
        )
        return replace(it, words=words)

    return replace(learned, lessons=tuple(map(lesson, learned.lessons)))
