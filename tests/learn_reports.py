"""Reports of the Learn page, which the tests of them and of `check` share."""

from __future__ import annotations

from typing import Any

from reports import facts_in, forged

from dino.lessons.concept_test import ITEMS, Rounds, choices, concept_test, keep_rounds
from dino.lessons.learner_report import learner_report
from dino.lessons.lesson import Answer
from dino.lessons.progress import Progress
from dino.lessons.reading import lessons
from dino.reports.facts import Words
from dino.reports.learn_report import CHECKSUM, checksum, key_of, make_learn_report

TEST = concept_test("en")
KEY = key_of(TEST.questions.values())
LESSON = lessons("en")["scores-to-loss"]
WRONG = tuple(next(it for it in choices(TEST, i) if it != KEY.right[i]) for i in range(ITEMS))
MIXED = (*WRONG[:6], *KEY.right[6:])


def rounds_of(*rows: tuple[str, ...]) -> Rounds:
    found = Rounds()
    for row in rows:
        for i, name in enumerate(row):
            found = found.with_answer(i, name)
        found = found.ended()
    return found


def done(*rows: tuple[str, ...], words: str = "Because <b>p</b> & q differ.") -> Progress:
    """Progress with a bet and its result, a task of two tries, a sentence, and these rounds."""
    progress = (
        Progress()
        .with_answer(LESSON, "softmax", Answer((0.84, 0.11), 2, True))
        .with_answer(LESSON, "untrained", Answer((3.30,)))
        .with_answer(LESSON, "ruler", Answer(None))
        .with_answer(LESSON, "perplexity", Answer(None))
        .with_result(LESSON, "untrained", [3.36])
        .with_words(LESSON, "why", words)
    )
    return keep_rounds(progress, rounds_of(*rows))


def made(*rows: tuple[str, ...], number: str = "n1", **typed: str) -> bytes:
    return make_learn_report(learner_report(done(*rows)), Words(**typed), number=number)


def signed(raw: bytes, **changes: Any) -> bytes:
    """The same report with other facts and a checksum that agrees with them."""
    facts = {**facts_in(raw), **changes}
    return forged(raw, **{**changes, CHECKSUM: checksum(facts)})
