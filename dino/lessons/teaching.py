"""The teacher's sheet: plans of lessons, with notes on each, read from a text file (TOML)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dino.lessons.item import Item
from dino.lessons.lengths import minutes_of
from dino.lessons.lesson import Lesson, Question
from dino.lessons.reading import HERE, LESSON, MOST_TABLES, TEMPLATE, WHOLE, fields_of, read_file
from dino.locale.sentences import Refusal, Sentence, Text, number_sentence, sentence
from dino.outside import TEXT, Fields, Rule, list_of, read_toml
from dino.setting import decimal_of, quoted

if TYPE_CHECKING:
    from dino.lessons.figures import Figures

KEY = "teacher"  # in addresses
FOLDER = HERE / "teacher"
DIFFICULTIES = (1, 2, 3)
SHEET = ("title", "about", "after_a_bet", "assignment", "paper", "note", "plan")
NOTE = ("lesson", "hard", "stress", "prepare", "question")
QUESTION = ("ask", "answer")
PLAN = ("minutes", "title", "goal", "prepare", "part")
PART = ("minutes", "lesson", "title", "do")
STRIPPED = Rule(TEXT.words, TEXT.fits, str.strip)
FROM_THE_RUN = sentence("as your run shows")
SHORT = 240  # letters of a question that is shown whole
BETWEEN_SENTENCES = re.compile(r"(?<=[.?!])\s+")


@dataclass(frozen=True)
class LessonNote:
    """What a teacher should know about a lesson. lesson: its key; hard: from 1 to 3; questions:
    asked, with answers.

    Its texts are templates. Their fields are figures that need no training, or ends of claims.
    """

    lesson: str
    hard: int
    stress: str
    prepare: str
    questions: tuple[tuple[str, str], ...]

    @property
    def fields(self) -> set[str]:
        """The figures in its texts."""
        texts = (self.stress, self.prepare, *(text for asked in self.questions for text in asked))
        return set().union(*map(fields_of, texts))


@dataclass(frozen=True)
class PlanPart:
    """A part of a plan. lesson: its key; None for something else, which has a title."""

    minutes: int
    lesson: str | None
    title: str
    do: str


@dataclass(frozen=True)
class ClassPlan:
    """A plan for one class. minutes: how long it is; goal: what students can do after it."""

    minutes: int
    title: str
    goal: str
    prepare: tuple[str, ...]
    parts: tuple[PlanPart, ...]

    @property
    def lessons(self) -> list[str]:
        """The keys of its lessons, in their order."""
        return [part.lesson for part in self.parts if part.lesson is not None]


@dataclass(frozen=True)
class Sheet:
    """The whole sheet. notes: by the keys of lessons; assignment: a text to paste; paper: a
    template whose fields are figures that need no training.
    """

    title: str
    about: str
    after_a_bet: str
    assignment: str
    paper: str
    notes: Mapping[str, LessonNote]
    plans: tuple[ClassPlan, ...]


@cache
def teachers_sheet(language: str) -> Sheet:
    """The sheet in a language, or in English if that has none. Raises Refusal."""
    path = FOLDER / f"{language}.toml"
    return read_sheet(path if path.exists() else FOLDER / "en.toml")


def read_sheet(path: Path) -> Sheet:
    """The sheet in a file. Raises Refusal with one sentence that names the file and the cure."""
    return read_file(path, parse_sheet)


def parse_sheet(text: str) -> Sheet:
    """The sheet in a text. Raises Refusal."""
    return sheet_from(read_toml(text, LESSON))


def sheet_from(table: Mapping[str, Any]) -> Sheet:
    """The sheet in a table. Raises Refusal."""
    fields = Fields(table, LESSON, sentence("the teacher's sheet"), SHEET)
    notes = map(_note, fields.tables("note", MOST_TABLES, sentence("a note"), NOTE))
    plans = map(_plan, fields.tables("plan", MOST_TABLES, sentence("a plan"), PLAN))
    return Sheet(
        **{name: fields.take(name, STRIPPED) for name in SHEET[:4]},
        paper=fields.take("paper", TEMPLATE),
        notes={note.lesson: note for note in notes},
        plans=tuple(plans),
    )


def _note(fields: Fields) -> LessonNote:
    lesson, hard = fields.take("lesson", TEXT), fields.take("hard", WHOLE)
    if hard not in DIFFICULTIES:
        raise Refusal(
            sentence(
                "hard must be 1 (easy), 2 or 3 (hard). In the note on {lesson} it is {value}.",
                lesson=quoted(lesson),
                value=str(hard),
            )
        )
    place = fields.place
    asked = fields.tables("question", MOST_TABLES, place, QUESTION) if "question" in fields else []
    return LessonNote(
        lesson,
        hard,
        fields.take("stress", TEMPLATE),
        fields.maybe("prepare", TEMPLATE, ""),
        tuple((it.take("ask", TEMPLATE), it.take("answer", TEMPLATE)) for it in asked),
    )


def _plan(fields: Fields) -> ClassPlan:
    place = sentence("a part of a plan")
    return ClassPlan(
        fields.take("minutes", WHOLE),
        fields.take("title", STRIPPED),
        fields.take("goal", STRIPPED),
        tuple(fields.take("prepare", list_of(STRIPPED, MOST_TABLES))),
        tuple(map(_part, fields.tables("part", MOST_TABLES, place, PART))),
    )


def _part(fields: Fields) -> PlanPart:
    minutes, do = fields.take("minutes", WHOLE), fields.take("do", STRIPPED)
    title = fields.maybe("title", TEXT, "")
    if ("lesson" in fields) == ("title" in fields):
        raise Refusal(sentence("A part of a plan needs a lesson's key or a title. Add one."))
    return PlanPart(minutes, fields.take("lesson", TEXT) if "lesson" in fields else None, title, do)


def sheet_mistakes(sheet: Sheet, lessons: Mapping[str, Lesson]) -> Iterator[Sentence]:
    """A sentence for each plan that cannot be carried out, and each lesson without a note."""
    yield from _note_mistakes(sheet, lessons)
    for plan in sheet.plans:
        total = sum(part.minutes for part in plan.parts)
        if total != plan.minutes:
            yield sentence(
                "The parts of the plan of {minutes} minutes take {total} minutes. Change one.",
                minutes=plan.minutes,
                total=total,
            )
        for part in plan.parts:
            yield from _part_mistakes(sheet, part, lessons)


def _note_mistakes(sheet: Sheet, lessons: Mapping[str, Lesson]) -> Iterator[Sentence]:
    from dino.lessons.figures import FIGURES  # loads torch

    unknown = fields_of(sheet.paper) - set(FIGURES)
    for lesson in lessons.values():
        note = sheet.notes.get(lesson.key)
        if note is not None:
            unknown |= note.fields - set(FIGURES) - set(lesson.figures_of_claims())
        elif lesson.questions:
            yield sentence("Lesson {number} has no note. Add one.", number=lesson.number)
    for name in sorted(unknown):
        yield sentence(
            "The teacher's sheet names the figure {name}, which needs training and is "
            "neither the lowest nor the highest value of a claim of its lesson. Correct "
            "its name.",
            name=quoted(name),
        )


def _part_mistakes(
    sheet: Sheet, part: PlanPart, lessons: Mapping[str, Lesson]
) -> Iterator[Sentence]:
    key = part.lesson
    if key is None:
        return
    if key not in sheet.notes:
        yield sentence("A plan has {lesson}, which has no note. Add one.", lesson=quoted(key))
    if key not in lessons:
        yield sentence("A plan has {lesson}, which is not the key of a lesson.", lesson=quoted(key))
    elif part.minutes < (needed := minutes_of(lessons[key]).least):
        yield sentence(
            "{lesson} takes at least {needed} minutes, but a plan gives it {minutes}.",
            lesson=quoted(key),
            needed=needed,
            minutes=part.minutes,
        )


# ---- the answers: to each question a choice, a figure or a claim; nothing of it is typed


def filled(template: str, lesson: Lesson | None = None) -> Sentence:
    """A text of the teacher's sheet with its figures: those that need no training, and in a note
    the ends of its lesson's claims. Raises KeyError for any other.
    """
    from dino.lessons.figures import figure  # loads torch

    claims = {} if lesson is None else lesson.figures_of_claims()
    names = fields_of(template)
    return Sentence(template, {it: claims[it] if it in claims else figure(it) for it in names})


def question_words(question: Question, item: Item, figures: Figures) -> Text:
    """What an item asks, as Markdown.

    It is the question's text if that is short, else the last question in it, with the item's own
    words. Items after the first have only their own words.
    """
    if item.text and item is not question.items[0]:
        return _filled(item.text, figures)
    lines = (line for line in question.text.splitlines() if not line.startswith("|"))  # no tables
    text = " ".join(" ".join(lines).split())
    asked = [part for part in BETWEEN_SENTENCES.split(text) if part.endswith("?")]
    is_whole = not asked or (len(text) <= SHORT and figures.all_of(fields_of(text)) is not None)
    return _filled(f"{text if is_whole else asked[-1]} {item.text}".strip(), figures)


def _filled(template: str, figures: Figures) -> Text:
    """A text with its figures; `FROM_THE_RUN` if a run has to give one of them."""
    found = figures.all_of(fields_of(template))
    return FROM_THE_RUN if found is None else Sentence(template, found)


def answer_words(lesson: Lesson, item: Item, figures: Figures) -> Text:
    """The answer to an item: a choice, a number, or the numbers between which it must be."""
    from dino.lessons.figures import FIGURES  # loads torch

    claim = lesson.claims.get(str(item.right))
    value = claim if isinstance(claim, str) else item.right
    if item.choices:
        known = FIGURES[str(value)]() if value in FIGURES else value
        chosen = [choice for choice in item.choices if choice.name == str(known)]
        return _filled(chosen[0].text, figures) if chosen else FROM_THE_RUN
    if item.grid:
        return item.words(figures.value(item.right) or "")
    if isinstance(claim, tuple):
        low, high = (number_sentence(decimal_of(end), ",f") for end in claim)
        return item.with_unit(sentence("{low} to {high}", low=low, high=high))
    if isinstance(value, str) and value not in FIGURES:
        return FROM_THE_RUN
    return item.words(FIGURES[value]() if isinstance(value, str) else value)
