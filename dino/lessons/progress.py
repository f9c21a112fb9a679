"""What a learner has done: answers placed or skipped, sentences of their own, lessons ticked off.

It is kept in the learner's browser, as JSON, and comes back from there: so it is checked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from dino.lessons.judging import check_answers, is_answer
from dino.lessons.lesson import Lesson, Step, Value

LONGEST = 600  # characters of a sentence of one's own
MOST_TEXT = 60_000  # characters of all that a browser keeps
MOST_TRIES = 99
MOST_RESULT = 1e9  # of a bet, where it is a number
LONGEST_RESULT = 200  # characters of what a bet was on, where that is no number
Key = tuple[str, str]  # a lesson, and the name of one of its steps
Draft: TypeAlias = "tuple[Value | None, ...]"


@dataclass(frozen=True)
class Answer:
    """An answer to a task or a bet. values: None where it was skipped; tries: of a task."""

    values: tuple[Value, ...] | None
    tries: int = 1
    is_right: bool = False


@dataclass(frozen=True)
class Progress:
    """answers, words: by lesson and step. ticked: the numbers of lessons that a link calls done.

    results: what the bets turned out to be on, as the learner's runs showed
    drafts: what is in the boxes of a question that is not placed yet, None for an empty one
    more: what other parts of the page keep, by their names, such as the concept test
    """

    answers: Mapping[Key, Answer] = field(default_factory=dict)
    words: Mapping[Key, str] = field(default_factory=dict)
    ticked: frozenset[int] = frozenset()
    more: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[Key, tuple[Value, ...]] = field(default_factory=dict)
    drafts: Mapping[Key, Draft] = field(default_factory=dict)

    def answer(self, lesson: Lesson, name: str) -> Answer | None:
        """The answer to a step; None where it is yet to be given."""
        return self.answers.get((lesson.key, name))

    def with_answer(self, lesson: Lesson, name: str, answer: Answer) -> Progress:
        """The same with one answer, which is no longer a draft."""
        key = (lesson.key, name)
        drafts = {it: draft for it, draft in self.drafts.items() if it != key}
        return replace(self, answers={**self.answers, key: answer}, drafts=drafts)

    def with_draft(self, lesson: Lesson, name: str, draft: Draft) -> Progress:
        """The same with what is in the boxes of a question; without a draft where all are empty."""
        drafts = {key: it for key, it in self.drafts.items() if key != (lesson.key, name)}
        own = {(lesson.key, name): draft} if any(it is not None for it in draft) else {}
        return replace(self, drafts={**drafts, **own})

    def only(self, lesson: Lesson) -> Progress:
        """Of one lesson: its answers, what its bets were on, its tick."""
        answers = {key: it for key, it in self.answers.items() if key[0] == lesson.key}
        results = {key: it for key, it in self.results.items() if key[0] == lesson.key}
        ticked = self.ticked & {lesson.number}
        return Progress(answers=answers, results=results, ticked=ticked)

    def without_answers(self, lesson: Lesson) -> Progress:
        """The same, with a lesson to be done again."""
        kept = {key: it for key, it in self.answers.items() if key[0] != lesson.key}
        results = {key: it for key, it in self.results.items() if key[0] != lesson.key}
        drafts = {key: it for key, it in self.drafts.items() if key[0] != lesson.key}
        ticked = self.ticked - {lesson.number}
        return replace(self, answers=kept, results=results, ticked=ticked, drafts=drafts)

    def with_result(self, lesson: Lesson, name: str, values: Sequence[Value]) -> Progress:
        """The same with what a bet was on, one value for each of its answers."""
        return replace(self, results={**self.results, (lesson.key, name): tuple(values)})

    def with_words(self, lesson: Lesson, name: str, words: str) -> Progress:
        """The same with a sentence of the learner's; without one where it is empty."""
        others = {key: it for key, it in self.words.items() if key != (lesson.key, name)}
        own = {(lesson.key, name): words[:LONGEST]} if words.strip() else {}
        return replace(self, words={**others, **own})

    def with_more(self, name: str, value: Any) -> Progress:
        """The same with what another part of the page keeps, which JSON can hold."""
        return replace(self, more={**self.more, name: value})

    def is_settled(self, lesson: Lesson, step: Step) -> bool:
        """Whether nothing is to be done for a step: a task is right or skipped, a bet placed or
        skipped.
        """
        found = self.answer(lesson, step.name)
        return found is not None and (step.kind == "bet" or found.values is None or found.is_right)

    def settled(self, lesson: Lesson) -> tuple[int, int]:
        """How many of a lesson's tasks and bets are settled, and how many it has."""
        steps = list(lesson.asking())
        return sum(self.is_settled(lesson, step) for step in steps), len(steps)

    def awaited(self, lesson: Lesson) -> int:
        """How many of a lesson's bets are placed and have not shown their result yet."""
        revealed = {name for step in lesson.steps if step.kind == "reveal" for name in step.of}
        placed = (
            step.name
            for step in lesson.asking()
            if step.kind == "bet" and step.name in revealed and self._is_given(lesson, step)
        )
        return sum((lesson.key, name) not in self.results for name in placed)

    def _is_given(self, lesson: Lesson, step: Step) -> bool:
        found = self.answer(lesson, step.name)
        return found is not None and found.values is not None

    def has_begun(self, lesson: Lesson) -> bool:
        """Whether anything was written, answered or ticked off in a lesson."""
        keys = [*self.answers, *self.drafts, *self.words]
        return lesson.number in self.ticked or any(key == lesson.key for key, _ in keys)

    def is_done(self, lesson: Lesson) -> bool:
        """Whether all its tasks and bets are settled and each bet that was placed has shown its
        result, here or where a link comes from.
        """
        done, count = self.settled(lesson)
        is_over = count > 0 and done == count and not self.awaited(lesson)
        return lesson.number in self.ticked or is_over

    def merged(self, other: Progress) -> Progress:
        """Both; where both have something, this one's."""
        return Progress(
            {**other.answers, **self.answers},
            {**other.words, **self.words},
            self.ticked | other.ticked,
            {**other.more, **self.more},
            {**other.results, **self.results},
            {**other.drafts, **self.drafts},
        )

    def to_text(self) -> str:
        """As JSON, in an order that does not depend on the order of the answers."""
        answers = [
            [*key, None if it.values is None else list(it.values), it.tries, it.is_right]
            for key, it in sorted(self.answers.items())
        ]
        words = [[*key, it] for key, it in sorted(self.words.items())]
        results = [[*key, list(it)] for key, it in sorted(self.results.items())]
        found = {"answers": answers, "words": words, "ticked": sorted(self.ticked)}
        found |= {"more": dict(self.more), "results": results}
        if self.drafts:
            found["drafts"] = [[*key, list(it)] for key, it in sorted(self.drafts.items())]
        return json.dumps(found, ensure_ascii=False, sort_keys=True)


def progress_from_text(text: Any, lessons: Mapping[str, Lesson]) -> Progress:
    """What a browser kept. Whatever is of no lesson of today's, or is not as a page writes it, is
    left out; nothing of it is shown but answers to known steps and the learner's own words.
    """
    if not isinstance(text, str) or len(text) > MOST_TEXT:
        return Progress()
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        return Progress()
    if not isinstance(table, dict):
        return Progress()
    found = Progress(ticked=_ticked(table.get("ticked"), lessons))
    for row in _rows(table.get("answers"), 5):
        lesson, step = _place(row, lessons)
        if lesson is not None and step is not None and step.asks:
            answer = _answer(step, *row[2:])
            found = found if answer is None else found.with_answer(lesson, step.name, answer)
    for row in _rows(table.get("words"), 3):
        lesson, step = _place(row, lessons)
        if lesson is not None and step is not None and isinstance(row[2], str):
            found = found.with_words(lesson, step.name, row[2])
    for row in _rows(table.get("results"), 3):
        lesson, step = _place(row, lessons)
        if lesson is not None and step is not None and _are_results(step, row[2]):
            found = found.with_result(lesson, step.name, row[2])
    for row in _rows(table.get("drafts"), 3):
        lesson, step = _place(row, lessons)
        if lesson is not None and step is not None and _is_draft(step, row[2]):
            found = found.with_draft(lesson, step.name, tuple(row[2]))
    found = found if "results" in table else _ticked_as_before(found, lessons)
    more = table.get("more")
    return replace(found, more=more) if isinstance(more, dict) else found


def _ticked_as_before(found: Progress, lessons: Mapping[str, Lesson]) -> Progress:
    """Ticked off as they were before results were kept: when all questions are settled."""
    counts = [(it.number, *found.settled(it)) for it in lessons.values()]
    settled = {number for number, done, count in counts if done == count > 0}
    return replace(found, ticked=found.ticked | settled)


def _ticked(value: Any, lessons: Mapping[str, Lesson]) -> frozenset[int]:
    numbers = {lesson.number for lesson in lessons.values()}
    return (
        frozenset(it for it in value if type(it) is int) & numbers
        if isinstance(value, list)
        else frozenset()
    )


def _rows(value: Any, width: int) -> list[list[Any]]:
    rows = value if isinstance(value, list) else []
    return [row for row in rows if isinstance(row, list) and len(row) == width]


def _place(row: list[Any], lessons: Mapping[str, Lesson]) -> tuple[Lesson | None, Step | None]:
    """The lesson and the step that a row names, as far as there are any."""
    key, name = row[:2]
    lesson = lessons.get(key) if isinstance(key, str) else None
    step = lesson.step(name) if lesson is not None and isinstance(name, str) else None
    return lesson, step


def _are_results(step: Step, values: Any) -> bool:
    """Whether these are results of a bet: a number for each item that asks for one, else a text."""
    if step.kind != "bet" or not isinstance(values, list) or len(values) != len(step.items):
        return False
    pairs = zip(step.items, values, strict=True)
    return all(_is_number(it) if item.is_number else _is_name(it) for item, it in pairs)


def _is_draft(step: Step, values: Any) -> bool:
    """Whether these may be in the boxes of a question."""
    if not step.items or not isinstance(values, list) or len(values) != len(step.items):
        return False
    pairs = zip(step.items, values, strict=True)
    return all(value is None or is_answer(item, value) for item, value in pairs)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_RESULT and value.isprintable()


def _is_number(value: Any) -> bool:
    is_one = isinstance(value, int | float) and not isinstance(value, bool)
    return is_one and abs(value) < MOST_RESULT


def _answer(step: Step, values: Any, tries: Any, is_right: Any) -> Answer | None:
    if type(tries) is not int or not 1 <= tries <= MOST_TRIES or type(is_right) is not bool:
        return None
    if values is None:
        return Answer(None, tries)
    try:
        return Answer(check_answers(step, values), tries, is_right)
    except ValueError:
        return None
