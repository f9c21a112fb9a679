"""The report of the page Learn, by its template `learn_report.jinja`.

    make_learn_report(learned, Words(author="Ana"), language, number) -> bytes

The facts are in it as JSON, for `check`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dino.exam import counting_rows, counting_sentences
from dino.locale.sentences import ENGLISH, Language, mark
from dino.share.facts import Words
from dino.share.learn_facts import ROUNDS, Learned, LearnedLesson, learn_facts
from dino.share.report_frame import MOST_BYTES, write_report

LENGTHS = (600, 300, 150, 75, 0)  # letters of each own sentence, the most that a file has room for


def make_learn_report(
    learned: Learned, words: Words | None = None, language: Language = ENGLISH, number: str = ""
) -> bytes:
    """A report of what a learner has done: UTF-8, at most `MOST_BYTES`.

    words: the learner's own; number: drawn for this file. Own sentences are cut where the file
    would be too large.
    """
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
        "counting_rows": counting_rows,
        "counting_sentences": counting_sentences,
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
