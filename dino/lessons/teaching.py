"""The teacher's sheet: plans of lessons, with notes on each, read from a text file (TOML)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dino.lessons.item import Item
from dino.lessons.lesson import Lesson, Question
from dino.lessons.reading import HERE, LESSON, MOST_TABLES, TEMPLATE, WHOLE, fields_of, read_file
from dino.locale.sentences import Refusal, Sentence, Text, number_sentence, sentence
from dino.outside import FLAG, TEXT, Fields, Rule, list_of, read_toml
from dino.setting import decimal_of, quoted

if TYPE_CHECKING:
    from dino.lessons.figures import Figures

KEY = "teacher"  # in addresses
FOLDER = HERE / "teacher"
DIFFICULTIES = (1, 2, 3)
TEXTS = ("title", "about", "after_a_bet", "assignment", "around_about", "notebook_about")
TEMPLATES = ("paper", "sample")
SHEET = (*TEXTS, *TEMPLATES, "note", "plan", "around", "notebook")
NOTE = ("lesson", "hard", "stress", "prepare", "question")
QUESTION = ("ask", "answer")
PLAN = ("minutes", "title", "goal", "prepare", "part")
PART = ("minutes", "lesson", "title", "do", "tells", "pause")
AROUND = ("title", "when", "do")
NOTEBOOK = ("cell", "lessons")
STRIPPED = Rule(TEXT.words, TEXT.fits, str.strip)
KEYS_OF_LESSONS = list_of(TEXT, MOST_TABLES)
FROM_THE_RUN = sentence("as your run shows")
SHORT = 240  # letters of a question that is shown whole
LESSON_NAME = re.compile(r"\[\[([a-z0-9-]+)\]\]")  # a lesson in a text: [[the-cell]]
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
        return set().union(*map(fields_of, self.texts))

    @property
    def texts(self) -> tuple[str, ...]:
        """All of its texts."""
        return (self.stress, self.prepare, *(text for asked in self.questions for text in asked))


@dataclass(frozen=True)
class PlanPart:
    """A part of a plan. lesson: its key; None for something else, which has a title.

    tells: the keys of lessons of which the teacher tells what the class needs; is_pause: whether
    nothing is taught
    """

    minutes: int
    lesson: str | None
    title: str
    do: str
    tells: tuple[str, ...] = ()
    is_pause: bool = False


class Around(NamedTuple):
    """A part of the app beside the lessons: its title, when it has its place, and what to do."""

    title: str
    when: str
    do: str


class NotebookCell(NamedTuple):
    """A cell of the teaching notebook, and the keys of the lessons on what it does."""

    cell: str
    lessons: tuple[str, ...]


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
    """The whole sheet. notes: by the keys of lessons; assignment: a text to paste.

    paper, sample: templates whose fields are figures that need no training: the exercise, and a
    report with its marks; around, notebook: tables, each with a text about it
    """

    title: str
    about: str
    after_a_bet: str
    assignment: str
    around_about: str
    notebook_about: str
    paper: str
    sample: str
    notes: Mapping[str, LessonNote]
    plans: tuple[ClassPlan, ...]
    around: tuple[Around, ...]
    notebook: tuple[NotebookCell, ...]


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
    around = fields.tables("around", MOST_TABLES, sentence("a part beside the lessons"), AROUND)
    cells = fields.tables("notebook", MOST_TABLES, sentence("a cell of the notebook"), NOTEBOOK)
    return Sheet(
        **{name: fields.take(name, STRIPPED) for name in TEXTS},
        **{name: fields.take(name, TEMPLATE) for name in TEMPLATES},
        notes={note.lesson: note for note in notes},
        plans=tuple(plans),
        around=tuple(Around(*(it.take(name, STRIPPED) for name in AROUND)) for it in around),
        notebook=tuple(
            NotebookCell(it.take("cell", STRIPPED), tuple(it.take("lessons", KEYS_OF_LESSONS)))
            for it in cells
        ),
    )


def lessons_named(sheet: Sheet) -> set[str]:
    """The keys of lessons that the sheet names in a text, a plan or the map of the notebook."""
    texts = [getattr(sheet, name) for name in (*TEXTS, *TEMPLATES)]
    texts += [text for note in sheet.notes.values() for text in note.texts]
    texts += [text for it in sheet.around for text in it]
    named = {key for cell in sheet.notebook for key in cell.lessons}
    for plan in sheet.plans:
        texts += [plan.goal, *plan.prepare, *(part.do for part in plan.parts)]
        named |= {*plan.lessons, *(key for part in plan.parts for key in part.tells)}
    return named.union(*(LESSON_NAME.findall(text) for text in texts))


def with_titles(text: str, title: Callable[[str], str]) -> str:
    """A text with the titles of the lessons that it names. title: of a key."""
    return LESSON_NAME.sub(lambda found: title(found[1]), text)


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
    return PlanPart(
        minutes,
        fields.take("lesson", TEXT) if "lesson" in fields else None,
        title,
        do,
        tuple(fields.maybe("tells", KEYS_OF_LESSONS, [])),
        fields.maybe("pause", FLAG, False),
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


def chips_answer(question: Question) -> str:
    """The symbol that came in a bet of chips."""
    from dino.lessons.chips import round_of  # loads torch
    from dino.lessons.dinosaur_list import dinosaurs

    return dinosaurs().vocab.labels[round_of(question).target]


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
    if isinstance(claim, tuple) and claim[0] == claim[1]:
        return item.words(float(claim[0]))
    if isinstance(claim, tuple):
        low, high = (number_sentence(decimal_of(end), ",f") for end in claim)
        return item.with_unit(sentence("{low} to {high}", low=low, high=high))
    if isinstance(value, str) and value not in FIGURES:
        return FROM_THE_RUN
    return item.words(FIGURES[value]() if isinstance(value, str) else value)
