"""The teacher's sheet as data: its plans can be held, and what it expects is not typed."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dino.lessons.figures import FIGURES, Figures
from dino.lessons.item import CELLS, Item
from dino.lessons.lesson import Lesson
from dino.lessons.reading import fields_of, lessons, parse_lesson
from dino.lessons.teaching import (
    FOLDER,
    FROM_THE_RUN,
    TEMPLATES,
    TEXTS,
    Sheet,
    answer_words,
    filled,
    lessons_named,
    parse_sheet,
    question_words,
    read_sheet,
    teachers_sheet,
    with_titles,
)
from dino.lessons.teaching_mistakes import sheet_mistakes
from dino.locale.sentences import Refusal, languages

CODES = list(languages())
each_language = pytest.mark.parametrize("code", CODES)
each_lesson = pytest.mark.parametrize(
    "lesson",
    [pytest.param(it, id=f"{code}-{it.key}") for code in CODES for it in lessons(code).values()],
)


def english() -> str:
    return (FOLDER / "en.toml").read_text(encoding="utf-8")


def numbers_of(sheet: Sheet) -> list[tuple[int, list[Any]]]:
    """A sheet without its words."""
    return [
        (plan.minutes, [(it.minutes, it.lesson, it.tells, it.is_pause) for it in plan.parts])
        for plan in sheet.plans
    ]


@each_language
def test_the_plans_of_a_language_can_be_held(code: str) -> None:
    assert not [str(it) for it in sheet_mistakes(teachers_sheet(code), lessons(code))]


@each_language
def test_a_sheet_is_the_same_in_every_language_but_for_its_words(code: str) -> None:
    ours, other = teachers_sheet("en"), teachers_sheet(code)
    assert numbers_of(ours) == numbers_of(other)
    assert [plan.minutes for plan in other.plans] == [20, 45, 60, 90]
    for key, note in ours.notes.items():
        theirs = other.notes[key]
        assert (theirs.hard, len(theirs.questions)) == (note.hard, len(note.questions))
    assert code == "en" or all(
        getattr(ours, name) != getattr(other, name) for name in (*TEXTS, *TEMPLATES)
    )
    assert lessons_named(other) == lessons_named(ours)
    assert [it.lessons for it in other.notebook] == [it.lessons for it in ours.notebook]
    assert len(other.around) == len(ours.around)
    assert fields_of(other.sample) == fields_of(ours.sample)


@each_language
def test_every_note_answers_a_question_and_every_lesson_of_a_plan_has_one(code: str) -> None:
    sheet = teachers_sheet(code)
    assert all(note.questions for note in sheet.notes.values())
    planned = {key for plan in sheet.plans for key in plan.lessons}
    asking = {it.key for it in lessons(code).values() if it.questions}
    assert "together" in planned < asking == set(sheet.notes)


@each_language
def test_no_text_of_the_sheet_calls_a_lesson_by_its_number(code: str) -> None:
    text = (FOLDER / f"{code}.toml").read_text(encoding="utf-8")
    assert not re.findall(r"(?i)\b(?:lessons?|lecci[oó]n(?:es)?) \d", text)


def test_a_text_has_the_titles_of_the_lessons_that_it_names() -> None:
    assert with_titles("[[a-b]] and [[c]], [d]", str.upper) == "A-B and C, [d]"


def replaced(before: str, after: str) -> str:
    text = english()
    assert before in text
    return text.replace(before, after, 1)


@pytest.mark.parametrize(
    "change, words",
    [
        (("hard = 1", "hard = 4"), "hard must be 1 (easy)"),
        (("[[note]]", "[[note]]\ncolour = 1"), "“colour” is not an allowed name"),
        (("assignment =", "asignment ="), "asignment"),
        (('title = "Opening"', 'title = "Opening"\nlesson = "writing"'), "lesson's key or a title"),
        (('title = "Opening"\n', ""), "lesson's key or a title"),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence(change: tuple[str, str], words: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_sheet(replaced(*change))
    assert words in str(refused.value)


@pytest.mark.parametrize(
    "change, words",
    [
        (("minutes = 20", "minutes = 21"), "take 20 minutes"),
        (("pause = true\n", ""), "pass without a pause"),
        (('tells = ["the-cell"]\n', ""), "“scores-to-loss” needs “the-cell”"),
        (("[[one-sample]]", "[[one-simple]]"), "“one-simple”, which is not the key of a lesson"),
        (('lessons = ["writing"]', 'lessons = ["writting"]'), "“writting”, which is not the key"),
        (("{{regular_5:.3f}}", "{{regular_6:.3f}}"), "regular_6"),
        (('lesson = "where-is-order"\nhard', 'lesson = "x"\nhard'), "Lesson 2 has no note"),
        (("{{read_inputs:.0f}}", "{{read_imputs:.0f}}"), "read_imputs"),
        (("{{run_best_step_low:.0f}}", "{{ladder_loss_1_low:.0f}}"), "ladder_loss_1_low"),
        (
            ('lesson = "scores-to-loss"\nhard', 'lesson = "x"\nhard'),
            "“scores-to-loss”, which has no note",
        ),
        (
            ('minutes = 7\nlesson = "scores-to-loss"', 'minutes = 7\nlesson = "x"'),
            "“x”, which is not the key of a lesson",
        ),
        (
            ('minutes = 7\nlesson = "scores-to-loss"', 'minutes = 0\nlesson = "scores-to-loss"'),
            "“scores-to-loss” takes",
        ),
    ],
)
def test_a_plan_that_cannot_be_held_is_told(change: tuple[str, str], words: str) -> None:
    sheet = parse_sheet(replaced(*change))
    assert any(words in str(it) for it in sheet_mistakes(sheet, lessons("en")))


def test_a_file_that_cannot_be_read_is_refused_with_its_name(tmp_path: object) -> None:
    with pytest.raises(Refusal, match=r"xx\.toml"):
        read_sheet(FOLDER / "xx.toml")


@each_language
def test_the_figures_of_notes_are_computed_and_in_every_language_the_same(code: str) -> None:
    sheet, ours = teachers_sheet(code), teachers_sheet("en")
    with_figures = 0
    for lesson in lessons(code).values():
        note = sheet.notes.get(lesson.key)
        if note is None:
            continue
        assert note.fields == ours.notes[lesson.key].fields
        with_figures += bool(note.fields)
        for text in (note.stress, note.prepare, *(it for asked in note.questions for it in asked)):
            assert "{{" not in str(filled(text, lesson))
    assert with_figures >= 7
    assert fields_of(sheet.paper) == fields_of(ours.paper) != set()


def test_a_note_quotes_what_is_measured() -> None:
    stress = str(filled(teachers_sheet("en").notes["one-step-slowly"].stress))
    low, high = (float(FIGURES[f"step_middle_{end}"]()) for end in ("lowest", "highest"))
    assert f"{low:.0f} to {high:.0f} %" in " ".join(stress.split())
    lesson = lessons("en")["how-large-how-long"]
    first, last = lesson.claims["run_best_step"]
    assert f"after {float(first):.0f} to {float(last):.0f}" in " ".join(
        str(filled(teachers_sheet("en").notes["how-large-how-long"].stress, lesson)).split()
    )
    with pytest.raises(KeyError):
        filled(
            teachers_sheet("en").notes["how-large-how-long"].stress
        )  # a claim is of its own lesson


# ---- what to expect


def beliefs(lesson: Lesson) -> set[str]:
    return {
        wrong.belief
        for step in lesson.questions.values()
        for item in step.items
        for wrong in item.wrong
    }


@each_lesson
def test_every_belief_of_a_lesson_is_answered_on_the_sheet(lesson: Lesson) -> None:
    found = [it.beliefs for step in lesson.questions.values() for it in step.items]
    assert {belief for each in found for belief in each} == beliefs(lesson)
    assert all(len({*each}) == len(each) for each in found)


def expected(lesson: Lesson) -> list[tuple[str, str]]:
    """What is asked, and the answer, in words."""
    figures = Figures(lesson)
    return [
        (str(question_words(step, it, figures)), str(answer_words(lesson, it, figures)))
        for step in lesson.questions.values()
        for it in step.items
    ]


@each_lesson
def test_a_question_on_the_sheet_is_one_of_the_lessons_and_its_answer_the_lessons_own(
    lesson: Lesson,
) -> None:
    figures = Figures(lesson)
    answers = {answer.replace("−", "-") for _, answer in expected(lesson)}

    def shown(item: Item) -> bool:
        value = figures.value(item.right)
        if item.grid:
            return str(value).translate(CELLS) in answers
        if item.choices or item.right not in FIGURES:
            return True
        return any(f"{float(value or 0):,.{item.digits}f}" in answer for answer in answers)

    for step in lesson.questions.values():
        assert all(shown(item) for item in step.items)


EXAMPLE = """
title = "T"
question = "Q?"
minutes = 1
[claims]
run_val_loss = [1.55, 1.75]
lowest = "b"
[[step]]
kind = "bet"
name = "loss"
text = "Look at 2.5 names. What is the loss? Think first."
answer = "run_val_loss"
digits = 1
unit = "nats"
[[step.wrong]]
value = "uniform_loss"
belief = "knows nothing"
reply = "R"
[[step]]
kind = "read"
of = "loss"
panel = "run"
[[step]]
kind = "task"
name = "t"
text = "Which?"
answer = "lowest"
[[step.choice]]
name = "a"
text = "the first"
[[step.choice]]
name = "b"
text = "the second of {{symbols:.0f}}"
[[step]]
kind = "task"
name = "u"
text = "How much?"
[[step.item]]
text = "of it"
answer = "run_gap"
[[step.item]]
text = "and of this"
answer = "symbols"
"""


def test_an_answer_is_a_figure_a_claim_or_the_runs() -> None:
    lesson = parse_lesson("01-x.toml", EXAMPLE)
    assert expected(lesson) == [
        ("Look at 2.5 names. What is the loss? Think first.", "1.55 to 1.75 nats"),
        ("Which?", "the second of 27"),
        ("How much? of it", str(FROM_THE_RUN)),
        ("and of this", "27"),
    ]
    assert lesson.questions["loss"].items[0].beliefs == ("knows nothing",)


@pytest.mark.parametrize("before", ["Words. " * 60, "It ends at {{run_gap:.2f}}. "])
def test_of_a_long_text_or_one_that_a_run_fills_the_question_alone_is_told(before: str) -> None:
    text = EXAMPLE.replace("Look at 2.5 names. ", before)
    assert expected(parse_lesson("01-x.toml", text))[0][0] == "What is the loss?"


@each_language
def test_no_result_is_typed_in_a_note(code: str) -> None:
    """Numbers with two decimals or more are results: the lessons' own files have them."""
    sheet = teachers_sheet(code)
    for note in sheet.notes.values():
        words = " ".join([note.stress, *(part for pair in note.questions for part in pair)])
        assert not re.findall(r"\d[.,]\d\d", words)
