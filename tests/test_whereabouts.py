"""Where a learner is among the lessons: what comes next, and what the list of Learn shows."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest
from test_learn_page import look, open_learn, press, tell

from dino.lessons.lesson import Answer
from dino.lessons.progress import SHOWN, Progress, whereabouts
from dino.lessons.reading import lessons
from dino.pages.learn.part_table import PARTS
from dino.ui import server

ASKING = [lesson for lesson in lessons("en").values() if lesson.questions]
COUNT = len(ASKING)


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


def done(*numbers: int) -> Progress:
    return Progress(ticked=frozenset(ASKING[number - 1].key for number in numbers))


def begun(known: Progress, number: int) -> Progress:
    """The same with the first question of a lesson skipped."""
    lesson = ASKING[number - 1]
    return known.with_answer(lesson, next(iter(lesson.questions.values())).name, Answer(None))


@pytest.mark.parametrize(
    ("known", "following"),
    [
        (Progress(), 1),
        (done(1), 2),
        (done(1, 2), 3),
        (begun(done(1), 2), 2),  # it is not done yet
        (done(1, 5, 9), 10),  # as a class may do them
        (begun(done(1, 2), 9), 9),
        (done(COUNT), 1),  # what was left out
        (done(*range(2, COUNT + 1)), 1),
        (done(*range(1, COUNT + 1)), None),
    ],
)
def test_what_comes_next_is_where_the_learner_left(known: Progress, following: int | None) -> None:
    found = whereabouts(known, ASKING)
    assert (found.next.number if found.next else None) == following
    assert found.begun == (known != Progress())
    assert [*found.earlier, *found.shown, *found.later] == ASKING  # each once, in their order
    assert len(found.shown) == (SHOWN if following else 0)
    assert found.next is None or found.next in found.shown


def test_a_sentence_or_a_draft_begins_a_lesson_too() -> None:
    lesson = ASKING[6]
    words = next(step.name for step in lesson.steps if step.kind == "words")
    step = next(iter(lesson.questions.values()))
    assert whereabouts(Progress().with_words(lesson, words, "So"), ASKING).next == lesson
    draft = Progress().with_draft(lesson, step.name, (1.0,) * len(step.items))
    assert whereabouts(draft, ASKING).next == lesson


def test_few_lessons_or_none_are_no_mistake() -> None:
    assert whereabouts(Progress(), []) == (None, False, [], (), ())
    found = whereabouts(done(1), ASKING[:2])
    assert found.next == ASKING[1] and found.shown == ASKING[:2] and not found.later


# ---- the page


def folds(page: AppTest) -> dict[str, list[str]]:
    """The parts of the list that are folded, by their labels, with the keys of their entries."""
    return {
        it.label: [str(button.key).removeprefix("open_") for button in it.button]
        for it in page.expander
        if any(str(button.key).startswith("open_") for button in it.button)
    }


def in_sight(page: AppTest) -> list[str]:
    """The keys of the entries that are not folded."""
    folded = {key for keys in folds(page).values() for key in keys}
    keys = [str(it.key).removeprefix("open_") for it in page.button if "open_" in str(it.key)]
    return [key for key in keys if key not in folded]


def keys_of(first: int, last: int) -> list[str]:
    return [lesson.key for lesson in ASKING[first - 1 : last]]


def test_a_newcomer_sees_four_lessons_and_begins_with_the_first() -> None:
    page = open_learn()
    assert in_sight(page) == keys_of(1, SHOWN)
    found = folds(page)
    assert found[f"More lessons: 5 to {COUNT}"] == keys_of(5, COUNT)
    assert [*PARTS] in found.values() and not any("Earlier" in label for label in found)
    assert page.button(key="continue").label == "Start here: Concept test"
    assert page.button(key="beside_continue").label == "Begin with 1 · What comes next?"
    press(page, "beside_continue")
    assert page.subheader[0].value == "1 · What comes next?"


def test_who_did_two_lessons_continues_at_the_third() -> None:
    page = tell(open_learn(), done(1, 2).to_text())
    assert in_sight(page) == keys_of(3, 6)
    assert folds(page)["Earlier lessons: 1 to 2"] == keys_of(1, 2)
    assert page.button(key="continue").label == "Continue at 3 · Letters to numbers"
    press(page, "continue")
    assert page.subheader[0].value == "3 · Letters to numbers"


def test_who_did_all_sees_what_comes_after_them() -> None:
    page = tell(open_learn(), done(*range(1, COUNT + 1)).to_text())
    assert not in_sight(page)
    assert page.button(key="continue").label == "Next: The challenge"
    assert folds(page)[f"Earlier lessons: 1 to {COUNT}"] == keys_of(1, COUNT)
    (beside,) = (it for it in page.expander if it.label.startswith("Beside the lessons"))
    assert beside.proto.expanded


def test_a_fold_is_open_for_who_comes_back_from_it() -> None:
    page = open_learn()
    assert not any(it.proto.expanded for it in page.expander)
    press(page, f"open_{ASKING[8].key}")
    press(page, "all_lessons")
    (opened,) = (it for it in page.expander if it.proto.expanded)
    assert opened.label.startswith("More lessons")
    assert not any(it.proto.expanded for it in look(open_learn(lang="es")).expander)
