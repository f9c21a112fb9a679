"""The teacher's sheet on the page: each plan with links, answers and beliefs; the exercise."""

from __future__ import annotations

import re
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from pressing import part
from streamlit.testing.v1 import AppTest
from test_learn_page import look, open_learn, press, texts

from dino.lessons.chips import round_of
from dino.lessons.figures import Figures, figure
from dino.lessons.figures_cell import exercise
from dino.lessons.grids import GRIDS
from dino.lessons.item import Item
from dino.lessons.lesson import Lesson, Step
from dino.lessons.reading import lessons
from dino.lessons.teaching import (
    ClassPlan,
    answer_words,
    chips_answer,
    filled,
    teachers_sheet,
    with_titles,
)
from dino.locale.sentences import ENGLISH, languages
from dino.pages.learn.lesson_on_paper import ALL
from dino.pages.learn.part_table import PARTS
from dino.ui import address, server, state

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


def title(lesson: Lesson) -> str:
    return f"{lesson.number} · {lesson.title}"


def linked(text: str) -> str:
    """A text with links to the lessons that it names."""
    known = lessons("en")
    return with_titles(text, lambda key: f"[{title(known[key])}](learn?tab={key})")


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
    assert SHEET.after_a_bet in words and all(linked(it) in words for it in plan.prepare)
    for key in plan.lessons:
        lesson = lessons("en")[key]
        assert f"[{lesson.number} · {lesson.title}](learn?tab={lesson.key})" in words
        note = SHEET.notes[key]
        assert all(linked(str(filled(text, lesson))) in words for text in note.texts)
        assert all(f"- {aim}" in words for aim in lesson.aims)
        if lesson.needs:
            before = ", ".join(linked(f"[[{it}]]") for it in lesson.needs)
            assert f"**Needs.** {before}" in words
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
    (assignment,) = [it.value for it in page.code]
    assert assignment == with_titles(SHEET.assignment, lambda key: title(lessons("en")[key]))
    assert "[[" not in assignment


def test_a_bet_of_chips_is_expected_with_the_symbol_that_came() -> None:
    page = open_sheet("notes")
    page.selectbox(key=state.TEACHER_LESSON.key).set_value("what-comes-next")
    words = texts(look(page))
    chips = [it for it in lessons("en")["what-comes-next"].questions.values() if not it.items]
    assert len(chips) == 3
    assert all(f"{round_of(it).start}… → **{chips_answer(it)}**" in words for it in chips)


def test_a_lesson_on_paper_has_the_losses_of_a_prepared_run() -> None:
    page = open_sheet("lessons")
    page.toggle(key=state.SOLUTION.key).set_value(True)
    look(page)
    steps = enumerate(lessons("en")["what-comes-next"].steps, 1)
    number = next(i for i, step in steps if step.panel == "run")
    assert part(page, f"learn_what-comes-next_{number}_paper_curve") is not None


@pytest.mark.parametrize(
    ("key", "name", "picture"),
    [
        ("one-sample", "ordered", "splits"),
        ("the-notebook", "cells", "grid"),
        ("how-fast", "ladder", "ladder"),
        ("how-fast", "pair", "grid"),
        ("how-large-how-long", "sizes", "grid"),
        ("is-it-better", "cells", "ladder"),
    ],
)
def test_a_lesson_on_paper_has_the_results_of_its_experiments(
    key: str, name: str, picture: str
) -> None:
    page = open_sheet("lessons")
    page.selectbox(key=state.PAPER_LESSON.key).set_value(key)
    look(page)
    steps = {it.name: i for i, it in enumerate(lessons("en")[key].steps, 1) if it.panel}
    levels, shown = (f"learn_{key}_{steps[name]}_{it}" for it in ("levels", picture))
    assert part(page, levels) is None  # a result that gives a bet away
    page.toggle(key=state.SOLUTION.key).set_value(True)
    words = texts(look(page))
    assert part(page, levels) is not None and part(page, shown) is not None
    assert "measured in advance" in words
    (reveal,) = [it for it in lessons("en")[key].steps if it.kind == "reveal" and fits(it, name)]
    first = reveal.text.split("{")[0]
    assert first.strip() and first in words and "…" not in words.split(first)[1][:200]


def fits(reveal: Step, name: str) -> bool:
    """Whether a reveal quotes the figures of this panel."""
    return f"{{{name}_" in reveal.text


def test_the_assignment_has_a_report_with_its_marks() -> None:
    words = texts(open_sheet("assignment"))
    assert str(filled(SHEET.sample)) in words and "8 of 10" in words
    given = [int(it) for it in re.findall(r"\| (\d+) of \d+ \|", SHEET.sample)]
    most = [int(it) for it in re.findall(r"\| \d+ of (\d+) \|", SHEET.sample)]
    assert sum(given[:-1]) == given[-1] and sum(most[:-1]) == most[-1] == 10
    cost, error = float(figure("regular_5_cost")), float(figure("regular_5_cost_error"))
    assert cost > 2 * error  # as it says


def test_the_course_has_a_place_for_the_rest_of_the_app_and_a_map_of_the_notebook() -> None:
    page = open_sheet("course")
    words = texts(page)
    parts = [ENGLISH.put(it.title) for key, it in PARTS.items() if key != "teacher"]
    assert all(f"**{it}**" in words for it in parts) and "dino check" in words
    rows = part(page, "teacher_notebook")[1]["rows"]
    assert [row[0] for row in rows] == [it.cell for it in SHEET.notebook]
    assert all(
        title(lessons("en")[key]) in row[1]
        for it, row in zip(SHEET.notebook, rows, strict=True)
        for key in it.lessons
    )
    assert all(f"- {aim}" in words for it in lessons("en").values() for aim in it.aims)


def test_the_links_of_a_plan_have_nothing_of_the_teachers() -> None:
    page = open_sheet("45", cell="lstm", hidden_size="8")
    links = [it.value for it in page.text if "tab=" in it.value]
    keys = [parse_qs(urlsplit(it).query) for it in links]
    assert keys == [{"tab": [it]} for it in ("concept-test", *SHEET.plans[1].lessons)]
    codes = page.get("image")
    assert len(codes) == len(links) and all(
        it.proto.imgs[0].url.startswith("data:image/svg") for it in codes
    )
    assert codes[0].proto.imgs[0].caption == "Concept test"
    assert codes[0].proto.imgs[0].alt == "QR code: Concept test"


@pytest.mark.parametrize("code", ["en", "es"])
def test_every_lesson_is_printed_without_a_run_and_with_its_results(code: str) -> None:
    page = open_sheet("lessons")
    page.session_state[state.LANGUAGE.key] = code
    look(look(page))
    for key, lesson in lessons(code).items():
        page.toggle(key=state.SOLUTION.key).set_value(False)
        page.selectbox(key=state.PAPER_LESSON.key).set_value(key)
        for_students = texts(look(page))
        told = [it.because or it.solution for it in lesson.questions.values()]
        assert lesson.question in for_students and not any(it and it in for_students for it in told)
        page.toggle(key=state.SOLUTION.key).set_value(True)
        words = texts(look(page))
        assert lesson.question in words and "{{" not in words
        for it in items_of(lesson):
            assert (
                f"**{languages()[code].put(answer_words(lesson, it, Figures(lesson)))}**" in words
            )
            assert words.count("☐") >= len(it.choices)


def opened_key(lesson: Lesson, panel: str, name: str) -> str:
    """The key of a part of a panel that answers open."""
    steps = enumerate(lesson.steps, 1)
    number = next(i for i, step in steps if step.panel == panel and step.of)
    return f"learn_{lesson.key}_{number}_{name}"


def test_what_bets_open_is_not_on_the_students_paper() -> None:
    page = open_sheet("lessons")
    for key, panel, name in (
        ("how-far-back", "regularised", "regularised"),
        ("one-step-slowly", "one_step", "parts"),
        ("which-axis-is-time", "axis", "strip_False"),
    ):
        page.selectbox(key=state.PAPER_LESSON.key).set_value(key)
        found = []
        for is_told in (False, True):
            page.toggle(key=state.SOLUTION.key).set_value(is_told)
            look(page)
            found.append(part(page, opened_key(lessons("en")[key], panel, name)) is not None)
        assert found == [False, True], key
    assert "Whose bug is this?" in texts(page)
    page.toggle(key=state.SOLUTION.key).set_value(False)
    assert "Whose bug is this?" not in texts(look(page))


@pytest.mark.parametrize("is_told", [False, True])
def test_all_lessons_are_one_print_with_lines_to_write_on_and_the_tables_to_mark(
    is_told: bool,
) -> None:
    page = open_sheet("lessons")
    page.selectbox(key=state.PAPER_LESSON.key).set_value(ALL)
    page.toggle(key=state.SOLUTION.key).set_value(is_told)
    words = texts(look(page))
    for lesson in lessons("en").values():
        assert lesson.question in words
        models = [it.model for it in lesson.steps if it.model and "{{" not in it.model]
        assert all((it.strip() in words) == is_told for it in models)
    # Markdown makes a rule of a line of underscores alone, and a rule is not printed.
    assert r"\_\_\_" in words and not re.search(r"(?m)^_+\s*$", words)
    lesson = lessons("en")["one-sample"]
    number = next(
        i
        for i, it in enumerate(lesson.steps, 1)
        if it in lesson.questions.values() and it.items[0].grid
    )
    rows = part(page, f"learn_one-sample_{number}_grid_0")[1]["rows"]
    assert [row[1:] for row in rows] == GRIDS["batch_targets"]().cells
    assert "1 to 1 networks" not in words


def test_only_a_name_of_this_computer_is_an_address_of_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for url, is_here in (("http://localhost:8501/learn", True), ("https://x.org/learn", False)):
        monkeypatch.setattr("streamlit.context", SimpleNamespace(url=url))
        assert address.is_only_here() == is_here


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
        assert linked(str(filled(SHEET.notes[key].stress, lesson))) in words
        assert linked(str(filled(SHEET.notes[key].prepare, lesson))) in words
        beliefs = {it for item in items_of(lesson) for it in item.beliefs}
        assert beliefs and all(belief in words for belief in beliefs)
    assert part(page, "print_button") is not None
