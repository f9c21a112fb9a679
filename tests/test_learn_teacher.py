"""The teacher's sheet on the page: each plan with links, answers and beliefs; the exercise."""

from __future__ import annotations

import pytest
from pressing import part
from streamlit.testing.v1 import AppTest
from test_learn_page import look, open_learn, press, texts

from dino.lessons.figures import Figures
from dino.lessons.figures_cell import exercise
from dino.lessons.item import Item
from dino.lessons.lesson import Lesson
from dino.lessons.reading import lessons
from dino.lessons.teaching import ClassPlan, answer_words, filled, teachers_sheet
from dino.ui import server, state

SHEET = teachers_sheet("en")
EACH = [pytest.param(plan, id=str(plan.minutes)) for plan in SHEET.plans]


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


def open_sheet(chosen: str = "", **params: str) -> AppTest:
    page = press(open_learn(**params), "open_teacher")
    if chosen:
        page.session_state[state.TEACHER_PART.key] = chosen
        look(page)
    return page


def items_of(lesson: Lesson) -> list[Item]:
    return [it for question in lesson.questions.values() for it in question.items]


def numbers(row: list[str]) -> list[float]:
    """The cells of a row but its head."""
    return [float(cell.replace("−", "-")) for cell in row[1:]]


def test_the_list_of_parts_opens_it_with_the_first_plan() -> None:
    page = open_sheet()
    assert page.subheader[0].value == SHEET.title
    assert SHEET.plans[0].goal in texts(page)


@pytest.mark.parametrize("plan", EACH)
def test_a_plan_has_a_link_the_answers_and_the_beliefs_of_each_lesson(plan: ClassPlan) -> None:
    page = open_sheet(str(plan.minutes))
    words = texts(page)
    assert SHEET.after_a_bet in words and all(it in words for it in plan.prepare)
    for key in plan.lessons:
        lesson = lessons("en")[key]
        assert f"[{lesson.number} · {lesson.title}](learn?tab={lesson.key})" in words
        note = SHEET.notes[key]
        for text in (note.stress, note.prepare, *(it for asked in note.questions for it in asked)):
            assert str(filled(text, lesson)) in words
        for it in items_of(lesson):
            assert f"**{answer_words(lesson, it, Figures(lesson))}**" in words
            assert all(belief in words for belief in it.beliefs)
    rows = part(page, "teacher_plan")[1]["rows"]
    assert len(rows) == len(plan.parts)
    assert int(rows[-1][0]) + int(rows[-1][1]) == plan.minutes


def test_a_link_keeps_the_language_that_was_chosen() -> None:
    page = open_sheet()
    page.session_state[state.LANGUAGE.key] = "es"
    look(look(page))
    assert "&lang=es)" in texts(page)
    assert page.subheader[0].value == teachers_sheet("es").title


def test_the_assignment_is_a_text_to_copy() -> None:
    page = open_sheet("assignment")
    assert [it.value for it in page.code] == [SHEET.assignment]


def test_the_exercise_is_printed_without_its_solution_until_that_is_asked_for() -> None:
    page = open_sheet("paper")
    assert str(filled(SHEET.paper)) in texts(page)
    assert part(page, "paper_into") and part(page, "paper_states") is None
    page.toggle(key=state.SOLUTION.key).set_value(True)
    look(page)
    found = exercise()
    rows = part(page, "paper_states")[1]["rows"]
    assert len(rows) == found.sums.size
    for row, total, state_of in zip(rows, found.sums.flat, found.states.flat, strict=True):
        *parts, shown, after = numbers(row)[1:]
        assert sum(parts) == pytest.approx(shown, abs=0.02)
        assert (shown, after) == pytest.approx((total, state_of), abs=0.005)
    rows = part(page, "paper_outputs")[1]["rows"]
    assert numbers(rows[2]) == pytest.approx([*found.logits[2], *found.probs[2]], abs=0.005)


def test_reading_screens_are_listed_under_their_own_heading_and_are_no_lessons_to_do() -> None:
    page = open_learn()
    reading = [it.title for it in lessons("en").values() if not it.questions]
    assert f"Reading: {' · '.join(reading)}" in [it.label for it in page.expander]
    asking = [lesson for lesson in lessons("en").values() if lesson.questions]
    assert f"0 of {len(asking)} lessons are done." in texts(page)
    icons = {it.key: it.icon for it in page.button if it.key and it.key.startswith("open_")}
    for lesson in lessons("en").values():
        is_book = icons[f"open_{lesson.key}"] == ":material/menu_book:"
        assert is_book == (lesson not in asking)


def test_lessons_and_reading_screens_are_counted_apart_and_without_a_gap() -> None:
    page = open_learn()
    entries = [it.label for it in page.button if it.key and it.key.startswith("open_")]
    asking = [lesson for lesson in lessons("en").values() if lesson.questions]
    numbered = [label for label in entries if label[0].isdigit()]
    assert numbered == [f"{i} · {lesson.title}" for i, lesson in enumerate(asking, 1)]
    reading = [it for it in lessons("en").values() if it not in asking]
    titles = [f"R{i} · {lesson.title}" for i, lesson in enumerate(reading, 1)]
    assert entries[-len(titles) :] == titles
    press(page, f"open_{reading[0].key}")
    assert page.subheader[0].value == titles[0]


def test_every_lesson_has_its_note_to_print() -> None:
    page = open_sheet("notes")
    box = page.selectbox(key=state.TEACHER_LESSON.key)
    assert len(box.options) == len(SHEET.notes)
    for key in ("where-is-order", "one-step-slowly", "how-far-back"):
        page.selectbox(key=state.TEACHER_LESSON.key).set_value(key)
        look(page)
        words, lesson = texts(page), lessons("en")[key]
        assert str(filled(SHEET.notes[key].stress, lesson)) in words
        assert str(filled(SHEET.notes[key].prepare, lesson)) in words
        beliefs = {it for item in items_of(lesson) for it in item.beliefs}
        assert beliefs and all(belief in words for belief in beliefs)
    assert part(page, "print_button") is not None
