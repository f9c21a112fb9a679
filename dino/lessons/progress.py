"""What a learner has done: answers placed or skipped, their own sentences, lessons ticked off; and
which lesson comes next.

It is kept in the learner's browser, as JSON, and comes back from there, so it is checked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias, TypeVar

from dino.lessons.item import Item, Value
from dino.lessons.judging import check_answers, is_answer
from dino.lessons.lesson import Answer, Lesson, Question, Step
from dino.lessons.renamed import VERSION, present
from dino.locale.sentences import Refusal, sentence
from dino.outside import (
    ANY,
    FLAG,
    TABLE,
    TEXT,
    Document,
    Fields,
    Rule,
    line,
    list_of,
    read_json,
    real,
    whole,
    whole_letters,
)

LONGEST = 600  # characters of a learner's sentence
MOST_TEXT = 60_000  # characters of everything that a browser keeps
# An older page may have kept that a loss was not finite.
KEPT = Document(sentence("What a browser keeps of the Learn page"), MOST_TEXT, has_nan=True)
LIST = list_of(ANY, MOST_TEXT)
MOST_TRIES = 99
TRIES = whole(MOST_TRIES, 1)
RESULT = real(-1e9, 1e9)  # of a bet
RESULT_NAME = line(200)  # the same, if it is not a number
T = TypeVar("T")
Key = tuple[str, str]  # a lesson, and the name of one of its steps
Draft: TypeAlias = "tuple[Value | None, ...]"
SHOWN = 4  # lessons, as many as one can look over without reading


@dataclass(frozen=True)
class Progress:
    """answers, words: by lesson and step. ticked: the keys of lessons that count as done, whatever
    is settled: a link says so, or they were done before their questions changed.

    results: of the bets, as the learner's runs showed
    drafts: what is in the boxes of a question that is not placed yet, None for an empty one
    more: what other parts of the page keep, by their names, such as the concept test
    """

    answers: Mapping[Key, Answer] = field(default_factory=dict)
    words: Mapping[Key, str] = field(default_factory=dict)
    ticked: frozenset[str] = frozenset()
    more: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[Key, tuple[Value, ...]] = field(default_factory=dict)
    drafts: Mapping[Key, Draft] = field(default_factory=dict)

    def question(self, lesson: Lesson, name: str) -> Question:
        """A task or a bet with the learner's answer. Raises KeyError if there is none."""
        return lesson.questions[name].with_answer(self.answers.get((lesson.key, name)))

    def questions(self, lesson: Lesson) -> list[Question]:
        """A lesson's tasks and bets with the learner's answers."""
        return [self.question(lesson, name) for name in lesson.questions]

    def with_answer(self, lesson: Lesson, name: str, answer: Answer) -> Progress:
        """The same with one answer, which is then no draft any more."""
        key = (lesson.key, name)
        drafts = {it: draft for it, draft in self.drafts.items() if it != key}
        return replace(self, answers={**self.answers, key: answer}, drafts=drafts)

    def with_draft(self, lesson: Lesson, name: str, draft: Draft) -> Progress:
        """The same with what is in the boxes of a question; without a draft if all are empty."""
        drafts = {key: it for key, it in self.drafts.items() if key != (lesson.key, name)}
        own = {(lesson.key, name): draft} if any(it is not None for it in draft) else {}
        return replace(self, drafts={**drafts, **own})

    def only(self, lesson: Lesson) -> Progress:
        """Only one lesson's part: its answers, its bets' results, its tick."""
        answers = {key: it for key, it in self.answers.items() if key[0] == lesson.key}
        results = {key: it for key, it in self.results.items() if key[0] == lesson.key}
        ticked = self.ticked & {lesson.key}
        return Progress(answers=answers, results=results, ticked=ticked)

    def without_answers(self, lesson: Lesson) -> Progress:
        """The same without one lesson's part, so that it can be done again."""
        kept = {key: it for key, it in self.answers.items() if key[0] != lesson.key}
        results = {key: it for key, it in self.results.items() if key[0] != lesson.key}
        drafts = {key: it for key, it in self.drafts.items() if key[0] != lesson.key}
        ticked = self.ticked - {lesson.key}
        return replace(self, answers=kept, results=results, ticked=ticked, drafts=drafts)

    def with_result(self, lesson: Lesson, name: str, values: Sequence[Value]) -> Progress:
        """The same with a bet's results, one value for each of its answers."""
        return replace(self, results={**self.results, (lesson.key, name): tuple(values)})

    def with_words(self, lesson: Lesson, name: str, words: str) -> Progress:
        """The same with a sentence of the learner's; without one if it is empty."""
        others = {key: it for key, it in self.words.items() if key != (lesson.key, name)}
        own = {(lesson.key, name): words[:LONGEST]} if words.strip() else {}
        return replace(self, words={**others, **own})

    def with_more(self, name: str, value: Any) -> Progress:
        """The same with what another part of the page keeps, which JSON can hold."""
        return replace(self, more={**self.more, name: value})

    def settled(self, lesson: Lesson) -> tuple[int, int]:
        """How many of a lesson's tasks and bets are settled, and how many it has."""
        questions = self.questions(lesson)
        return sum(it.is_settled for it in questions), len(questions)

    def awaited(self, lesson: Lesson) -> int:
        """How many of a lesson's bets are placed but have not shown their results."""
        revealed = {name for step in lesson.steps if step.kind == "reveal" for name in step.of}
        return sum(
            it.kind == "bet" and it.is_answered and (lesson.key, it.name) not in self.results
            for it in self.questions(lesson)
            if it.name in revealed
        )

    def has_begun(self, lesson: Lesson) -> bool:
        """Whether anything was written, answered or ticked off in a lesson."""
        keys = [*self.answers, *self.drafts, *self.words]
        return lesson.key in self.ticked or any(key == lesson.key for key, _ in keys)

    def is_done(self, lesson: Lesson) -> bool:
        """Whether all its tasks and bets are settled, and each bet that was placed has shown its
        result, here or where a link comes from.
        """
        done, count = self.settled(lesson)
        is_over = count > 0 and done == count and not self.awaited(lesson)
        return lesson.key in self.ticked or is_over

    def merged(self, other: Progress) -> Progress:
        """Both together; where both have something, this one's."""
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
        found |= {"more": dict(self.more), "results": results, "version": VERSION}
        if self.drafts:
            found["drafts"] = [[*key, list(it)] for key, it in sorted(self.drafts.items())]
        return whole_letters(json.dumps(found, ensure_ascii=False, sort_keys=True))


def progress_from_text(text: Any, lessons: Mapping[str, Lesson]) -> Progress:
    """What a browser kept.

    Anything is left out that does not belong to a present lesson, or that a page would not write.
    Of the rest, pages show only answers to known steps and the learner's own words.
    """
    try:
        kept = read_json(text, KEPT)
        steps = {key: [step.name for step in it.steps] for key, it in lessons.items()}
        table = Fields(present(kept, steps) if TABLE.fits(kept) else kept, KEPT)
    except Refusal:
        return Progress()
    found = Progress(ticked=_ticked(table, lessons))
    for lesson, step, row in _rows(table, "answers", 5, lessons):
        answer = _answer(step, *row) if isinstance(step, Question) else None
        found = found if answer is None else found.with_answer(lesson, step.name, answer)
    for lesson, step, (words,) in _rows(table, "words", 3, lessons):
        if TEXT.fits(words):
            found = found.with_words(lesson, step.name, TEXT.value(words))
    for lesson, step, (values,) in _rows(table, "results", 3, lessons):
        if _are_results(step, values):
            found = found.with_result(lesson, step.name, values)
    for lesson, step, (values,) in _rows(table, "drafts", 3, lessons):
        if _is_draft(step, values):
            found = found.with_draft(lesson, step.name, tuple(values))
    return replace(found, more=_kept(table, "more", TABLE, {}))


def _kept(table: Fields, key: str, rule: Rule[T], nothing: T) -> T:
    """A field; `nothing` if it is not as a page writes it."""
    try:
        return table.maybe(key, rule, nothing)
    except Refusal:
        return nothing


def _rows(
    table: Fields, key: str, width: int, lessons: Mapping[str, Lesson]
) -> Iterator[tuple[Lesson, Step, list[Any]]]:
    """The rows of a field that belong to a present lesson and step, each with the
    values after these.
    """
    for row in _kept(table, key, LIST, []):
        if not isinstance(row, list) or len(row) != width or not all(map(TEXT.fits, row[:2])):
            continue
        lesson = lessons.get(row[0])
        step = None if lesson is None else lesson.step(row[1])
        if lesson is not None and step is not None:
            yield lesson, step, row[2:]


def _ticked(table: Fields, lessons: Mapping[str, Lesson]) -> frozenset[str]:
    return frozenset(it for it in _kept(table, "ticked", LIST, []) if TEXT.fits(it)) & set(lessons)


def _are_results(step: Step, values: Any) -> bool:
    """Whether these are results of a bet: a number for each item that asks for one, else a text."""
    pairs = _pairs(step, values)
    return (
        step.kind == "bet"
        and pairs is not None
        and all((RESULT if item.is_number else RESULT_NAME).fits(it) for item, it in pairs)
    )


def _is_draft(step: Step, values: Any) -> bool:
    """Whether these could be in the boxes of a question."""
    pairs = _pairs(step, values)
    return bool(pairs and all(value is None or is_answer(item, value) for item, value in pairs))


def _pairs(step: Step, values: Any) -> list[tuple[Item, Any]] | None:
    """The items of a question, each with its value; None if their numbers differ, or
    it has no items.
    """
    if not isinstance(step, Question) or not isinstance(values, list):
        return None
    is_whole = len(values) == len(step.items)
    return list(zip(step.items, values, strict=True)) if is_whole else None


def _answer(question: Question, values: Any, tries: Any, is_right: Any) -> Answer | None:
    if not TRIES.fits(tries) or not FLAG.fits(is_right):
        return None
    if values is None:
        return Answer(None, tries)
    try:
        return Answer(check_answers(question, values), tries, is_right)
    except Refusal:
        return None


class Whereabouts(NamedTuple):
    """next: the lesson to do now, None if all are done; begun: whether any was begun before.

    shown: the lessons from the next one on, or the last four; earlier, later: those around them.
    """

    next: Lesson | None
    begun: bool
    earlier: Sequence[Lesson]
    shown: Sequence[Lesson]
    later: Sequence[Lesson]


def whereabouts(known: Progress, lessons: Sequence[Lesson]) -> Whereabouts:
    """Where a learner left.

    It is the farthest lesson that was begun. If that is done, it is the first unfinished one after
    it, then what was left out before. A class may begin anywhere.
    """
    begun = [place for place, lesson in enumerate(lessons) if known.has_begun(lesson)]
    farthest = max(begun, default=0)
    order = [*range(farthest, len(lessons)), *range(farthest)]
    place = next((it for it in order if not known.is_done(lessons[it])), None)
    if place is None:
        return Whereabouts(None, bool(begun), lessons, (), ())
    first = max(0, min(place, len(lessons) - SHOWN))
    end = first + SHOWN
    return Whereabouts(
        lessons[place], bool(begun), lessons[:first], lessons[first:end], lessons[end:]
    )
