"""The report of the page Learn, by its template `learn_report.jinja`.

    make_learn_report(learner_report(progress), Words(author="Ana"), language, number) -> bytes

The facts are in it as JSON, for `check`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dino.exam import counting_rows, counting_sentences
from dino.locale.sentences import ENGLISH, Language, mark
from dino.share.facts import Words
from dino.share.learn_facts import ROUNDS, learn_facts
from dino.share.report_frame import MOST_BYTES, write_report

if TYPE_CHECKING:
    from dino.lessons.learner_report import LearnerReport, LessonReport

LENGTHS = (600, 300, 150, 75, 0)  # letters of each own sentence, the most that a file has room for


def make_learn_report(
    learner: LearnerReport,
    words: Words | None = None,
    language: Language = ENGLISH,
    number: str = "",
) -> bytes:
    """A report of what a learner has done: UTF-8, at most `MOST_BYTES`.

    words: the learner's own; number: drawn for this file. Own sentences are cut where the file
    would be too large.
    """
    words, raw = words or Words(), b""
    for length in LENGTHS:
        cut = _cut(learner, length)
        raw = write_report(
            "learn_report",
            language,
            words,
            learn_facts(cut, words, number),
            called=mark("What I did on the page Learn"),
            date=learner.date,
            **_shown(cut),
        )
        if len(raw) <= MOST_BYTES:
            break
    return raw


def _shown(learner: LearnerReport) -> dict[str, Any]:
    """What the template shows of a learner."""
    asked = [(it, question) for it in learner.lessons for question in it.questions]
    return {
        "learner": learner,
        "questions": {
            kind: [(it, question) for it, question in asked if question.kind == kind]
            for kind in ("bet", "task")
        },
        "is_over": len(learner.test.rounds) == len(ROUNDS),
        "counting_rows": counting_rows,
        "counting_sentences": counting_sentences,
    }


def _cut(learner: LearnerReport, length: int) -> LearnerReport:
    """The same with own sentences of at most this many letters, the mark of what is left out among
    them.
    """

    def lesson(it: LessonReport) -> LessonReport:
        words = tuple(
            one if len(one.text) <= length else one._replace(text=one.text[: length - 1] + "…")
            for one in it.words
            if length
        )
        return replace(it, words=words)

    return replace(learner, lessons=tuple(map(lesson, learner.lessons)))
