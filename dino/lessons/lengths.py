"""How long a lesson is: words before each bet and on the finished page; and the minutes it takes.

The rule for minutes: 150 words a minute, half a minute for each answer, three minutes for each
exercise on paper, and the trainings as measured. At least: every answer is right at once, and what
is folded stays so. At most: every answer takes two tries, with its replies and its solution, and
own words, model sentences and code are read and written.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dino.lessons.item import Item
from dino.lessons.lesson import Lesson, Question, Step
from dino.lessons.panels import PANELS

WORDS_A_MINUTE = 150
MINUTES_AN_ANSWER = 0.5
MINUTES_BY_HAND = 3
# A formula, a figure and a piece of code are one word each; marks of tables and lists are none.
AS_ONE = re.compile(r"\$\$[^$]+\$\$|\$[^$]+\$|`[^`]+`|\{[^{}]*\}")
WORD = re.compile(r"\w")


class Minutes(NamedTuple):
    """How long a lesson takes: whole minutes, at least and at most."""

    least: int
    most: int


def count_words(text: str) -> int:
    """How many words a text has."""
    return sum(bool(WORD.search(it)) for it in AS_ONE.sub(" x ", text).split())


def words_before_bets(lesson: Lesson) -> dict[str, int]:
    """How many words are shown before each bet can be placed, by its name: from the beginning, or
    from the reveal before it.
    """
    found, words = {}, count_words(lesson.question)
    for step in lesson.steps:
        if step.kind == "reveal":
            words = 0
            continue
        words += count_words(" ".join(_asked(step)))
        if step.kind == "bet":
            found[step.name] = words
    return found


def finished_words(lesson: Lesson) -> int:
    """How many words the finished page shows of a lesson: a reply for each bet, nothing that is
    folded.
    """
    texts = [lesson.question]
    for step in lesson.steps:
        texts += [*_asked(step), *step.more, step.because]
        texts += [item.because for item in _items(step)]
        if step.kind == "bet":
            texts += map(_longest_reply, _items(step))
    return count_words(" ".join(texts))


def minutes_of(lesson: Lesson) -> Minutes:
    """How long a lesson takes, by the rule above."""
    words, folded = finished_words(lesson), count_words(" ".join(_folded(lesson)))
    answers = sum(max(1, len(_items(it))) for it in lesson.questions.values())
    own = sum(it.kind == "words" for it in lesson.steps)
    hands = MINUTES_BY_HAND * sum(it.by_hand for it in lesson.steps)
    waits = [training_seconds(it) / 60 for it in lesson.steps]
    least = words / WORDS_A_MINUTE + answers * MINUTES_AN_ANSWER + hands + sum(waits)
    tries = sum(max(1, len(_items(it))) for it in lesson.questions.values() if it.kind == "task")
    more = folded / WORDS_A_MINUTE + (tries + own) * MINUTES_AN_ANSWER
    return Minutes(max(1, math.floor(least)), max(1, math.ceil(least + more)))


def training_seconds(step: Step) -> float:
    """How long the training of a step's panel was measured to take; of an experiment, for all of
    its members.
    """
    if step.panel not in PANELS:
        return 0.0
    panel = PANELS[step.panel]
    return panel.seconds * (members(step) if step.panel == "experiment" else 1)


def members(step: Step) -> int:
    """How many networks a step's experiment trains: all levels, with all seeds on all splits."""
    vary = step.options.get("vary", [])
    texts = [vary] if isinstance(vary, str) else vary
    levels = math.prod(1 + text.count(",") for text in texts)
    return int(levels * step.options.get("seeds", 1) * step.options.get("splits", 1))


def _asked(step: Step) -> Iterator[str]:
    """The texts of a step that stand open before anything is answered."""
    if step.kind in ("code", "words"):
        return
    yield step.text
    for item in _items(step):
        yield item.text
        yield from (choice.text for choice in item.choices)


def _folded(lesson: Lesson) -> Iterator[str]:
    """The texts of a lesson that are folded, or shown after a wrong try at a task."""
    for step in lesson.steps:
        yield from (step.solution, step.model)
        if step.kind in ("code", "words"):
            yield step.text
        for item in _items(step):
            yield item.solution
            if step.kind == "task":
                yield _longest_reply(item)


def _longest_reply(item: Item) -> str:
    return max((it.reply for it in item.wrong), key=count_words, default="")


def _items(step: Step) -> Sequence[Item]:
    return step.items if isinstance(step, Question) else ()
