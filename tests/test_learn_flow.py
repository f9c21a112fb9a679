"""Learn, as a learner goes through it: when a lesson is done, and what is said on the way."""

from __future__ import annotations

import json

import pytest
from addresses import said
from pressing import part
from test_learn_page import (
    KEY,
    answer,
    button,
    has,
    look,
    open_lesson,
    press,
    tell,
    texts,
)
from waiting import wait_for

from dino.lessons.lesson import Lesson
from dino.lessons.progress import Answer, Progress, progress_from_text
from dino.lessons.reading import lessons
from dino.ui import server

TRAIN, AGAIN = f"learn_{KEY}_4_run_train", f"learn_{KEY}_4_run_again"


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


# ---- when a lesson is done


def settled(lesson: Lesson, *, skips: bool) -> Progress:
    """All questions answered, the tasks rightly; the bets placed or skipped."""
    found = Progress()
    for step in lesson.asking():
        values = None if skips else (1.0,) * len(step.items)
        found = found.with_answer(lesson, step.name, Answer(values, 1, step.kind == "task"))
    return found


@pytest.mark.parametrize("lesson", lessons("en").values(), ids=lessons("en").keys())
def test_a_lesson_is_done_when_each_bet_that_was_placed_has_shown_its_result(
    lesson: Lesson,
) -> None:
    bets = [step for step in lesson.asking() if step.kind == "bet"]
    found = settled(lesson, skips=False)
    for left in range(len(bets), 0, -1):
        assert not found.is_done(lesson) and found.awaited(lesson) == left
        bet = bets[left - 1]
        found = found.with_result(lesson, bet.name, [1.0] * len(bet.items))
    asks = any(lesson.asking())
    assert found.is_done(lesson) == asks and not found.awaited(lesson)
    assert settled(lesson, skips=True).is_done(lesson) == asks  # a skipped bet needs no result


def test_what_was_kept_before_there_were_results_stays_ticked_off() -> None:
    lesson = lessons("en")[KEY]
    found = Progress().with_answer(lesson, "softmax", Answer((0.84, 0.11), 1, True))
    found = found.with_answer(lesson, "untrained", Answer((3.3,)))
    table = json.loads(found.to_text())
    assert not progress_from_text(json.dumps(table), lessons("en")).is_done(lesson)
    del table["results"]
    assert progress_from_text(json.dumps(table), lessons("en")).ticked == {lesson.number}
    del table["answers"][0]
    assert not progress_from_text(json.dumps(table), lessons("en")).ticked
    assert Progress(ticked=frozenset({lesson.number})).is_done(lesson)  # by a link


def test_the_page_says_what_is_left_and_ticks_a_lesson_off_once_the_result_was_shown() -> None:
    page = open_lesson()
    assert "2 questions of this lesson are open" in texts(page)
    press(page, button("softmax", "skip"))
    assert "One question of this lesson is open" in texts(page)
    answer(page, "untrained", 3.26)
    press(page, button("untrained", "place"))
    assert "Run what is below your bet to see how it went" in texts(page)
    assert "done" not in said(page) and "This lesson is done." not in texts(page)
    press(page, TRAIN)
    wait_for(lambda: "This lesson is done." in texts(look(page)), "the result")
    assert said(page)["done"] == "7" and "Run what is below" not in texts(page)


def test_a_bet_of_chips_has_its_result_once_the_network_is_trained() -> None:
    lesson = lessons("en")["what-comes-next"]
    chips = [0.0] * 27
    chips[1] = 100.0
    kept = Progress()
    for step in lesson.asking():
        values = tuple(chips) if step.kind == "bet" else None
        kept = kept.with_answer(lesson, step.name, Answer(values))
    page = tell(open_lesson(lesson.key), kept.to_text())
    assert "Run what is below your 3 bets" in texts(page) and "done" not in said(page)
    press(page, f"learn_{lesson.key}_6_run_train")
    wait_for(lambda: "This lesson is done." in texts(look(page)), "the result")
    assert said(page)["done"] == "1"


# ---- a network that is there already


def test_a_network_that_was_trained_is_said_to_be_and_can_be_trained_once_more() -> None:
    words = "You have trained this network already: its losses are below."
    page = press(open_lesson(), button("untrained", "skip"))
    assert words not in texts(page) and not has(page, AGAIN)
    press(page, TRAIN)
    wait_for(lambda: has(look(page), AGAIN), "the run")
    assert words in texts(page) and not has(page, TRAIN)
    assert part(page, f"learn_{KEY}_4_run_curve") is not None
    mine = server.jobs().runs_of(page.session_state["visit"].browser)
    press(page, AGAIN)
    wait_for(
        lambda: len(server.jobs().runs_of(page.session_state["visit"].browser)) > len(mine),
        "another run",
    )
    wait_for(lambda: has(look(page), AGAIN), "the run")
