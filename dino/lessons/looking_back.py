"""A learner's bets, looked back at: which were right, which surprised, which is asked once more.

A bet on a number surprises if it lies outside the range that its lesson claims for every seed; it
surprises more the farther off it is, beside the range of answers that the question takes. A bet on
a choice surprises if it is wrong. Two lessons later the most surprising bet of a lesson is asked
once more. That answer is kept apart from the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

from dino.lessons.figures import Figures
from dino.lessons.item import Item, Value
from dino.lessons.judging import check_answers, judge_question
from dino.lessons.lesson import Lesson, Question
from dino.lessons.progress import Key, Progress
from dino.locale.sentences import Refusal

KEY = "looking-back"  # in addresses
AGAIN = "asked-again"  # in what a browser keeps
LATER = 2  # lessons between a bet and its second time

Answers: TypeAlias = "tuple[Value, ...] | None"  # None if it was skipped


class Bet(NamedTuple):
    """A bet that was placed, with its result. surprise: from 0, for none, to 1."""

    lesson: Lesson
    question: Question
    surprise: float

    @property
    def key(self) -> Key:
        """Its lesson and its name."""
        return self.lesson.key, self.question.name


def bets(progress: Progress, lessons: Mapping[str, Lesson]) -> Iterator[Bet]:
    """The bets that were placed and have shown their results, in the order of the lessons. Bets of
    chips are not among them: they are neither right nor wrong.
    """
    for lesson in lessons.values():
        for question in progress.questions(lesson):
            kept = progress.results.get((lesson.key, question.name))
            if question.kind == "bet" and question.items and question.is_answered and kept:
                judged = judge_question(question, Figures(lesson), kept)
                surprises = [_surprise(lesson, it) for it in judged.items]
                yield Bet(lesson, judged, max(surprises))


def _surprise(lesson: Lesson, item: Item) -> float:
    if item.is_right:
        return 0.0
    if item.off is None:
        return 1.0
    claim = lesson.claims.get(str(item.right))
    if isinstance(claim, tuple) and claim[0] <= float(item.answer or 0) <= claim[1]:
        return 0.0
    return min(1.0, abs(item.off) / (item.high - item.low))


def surprising(found: Iterable[Bet]) -> list[Bet]:
    """The bets that surprised, the most surprising one first."""
    return sorted((it for it in found if it.surprise), key=lambda it: -it.surprise)


def asked_in(progress: Progress, lessons: Mapping[str, Lesson], key: str) -> Bet | None:
    """The bet that a lesson asks once more: the most surprising one of the lesson two before it;
    None if there is none.
    """
    asking = [it for it in lessons.values() if it.questions]
    place = next((i for i, it in enumerate(asking) if it.key == key), 0)
    if place < LATER:
        return None
    before = asking[place - LATER]
    return next(iter(surprising(bets(progress, {before.key: before}))), None)


def second_answers(progress: Progress, lessons: Mapping[str, Lesson]) -> dict[Key, Answers]:
    """The answers to bets that were asked once more; anything that a page would not write is left
    out.
    """
    kept = progress.more.get(AGAIN)
    found: dict[Key, Answers] = {}
    for name, values in kept.items() if isinstance(kept, Mapping) else ():
        lesson, _, step = str(name).partition("/")
        question = lessons[lesson].questions.get(step) if lesson in lessons else None
        if question is None or question.kind != "bet" or not question.items:
            continue
        if values is None:
            found[lesson, step] = None
        elif isinstance(values, list) and (answers := _checked(question, values)):
            found[lesson, step] = answers
    return found


def _checked(question: Question, values: list[Any]) -> Answers:
    try:
        return check_answers(question, values)
    except Refusal:
        return None


def with_second(progress: Progress, key: Key, answers: Answers) -> Progress:
    """The same progress with the answer to a bet that was asked once more."""
    kept = progress.more.get(AGAIN)
    before = dict(kept) if isinstance(kept, Mapping) else {}
    values = None if answers is None else list(answers)
    return progress.with_more(AGAIN, {**before, "/".join(key): values})


def without_second(progress: Progress, lesson: Lesson) -> Progress:
    """The same progress without the second answers to a lesson's bets."""
    kept = progress.more.get(AGAIN)
    if not isinstance(kept, Mapping):
        return progress
    rest = {name: it for name, it in kept.items() if str(name).partition("/")[0] != lesson.key}
    return progress.with_more(AGAIN, rest)


def judged_again(bet: Bet, answers: tuple[Value, ...]) -> Question:
    """The bet with its second answer beside the same results."""
    pairs = zip(bet.question.items, answers, strict=True)
    items = tuple(replace(item, answer=value) for item, value in pairs)
    return replace(bet.question, items=items)
