"""Looking back at the bets, the bet that is asked once more, and the path through Learn."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pressing import part, type_numbers
from streamlit.testing.v1 import AppTest
from test_learn_page import look, open_learn, press, tell, texts

from dino.lessons import concept_test, looking_back
from dino.lessons.concept_test import Rounds, keep_rounds
from dino.lessons.figures import FIGURES
from dino.lessons.lesson import Answer, Lesson
from dino.lessons.looking_back import (
    AGAIN,
    LATER,
    asked_in,
    bets,
    judged_again,
    second_answers,
    surprising,
    with_second,
    without_second,
)
from dino.lessons.progress import Progress, progress_from_text
from dino.lessons.reading import lessons
from dino.pages.learn import challenge
from dino.ui import server

LESSONS = lessons("en")
ASKING = [it for it in LESSONS.values() if it.questions]
LESSON = LESSONS["scores-to-loss"]
NAME = "untrained"  # a bet on a number, of which the lesson claims a range
LATER_LESSON = ASKING[ASKING.index(LESSON) + LATER]
WHERE = (LESSON.key, NAME)
BOX = f"ask_again_{LESSON.key}_{NAME}_0"


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


def result_of(lesson: Lesson, name: str) -> str:
    """What a bet on a choice results in with every seed."""
    right = str(lesson.questions[name].items[0].right)
    return str(lesson.claims.get(right, FIGURES[right]() if right in FIGURES else right))


def bet_on(value: float, result: float = 3.36) -> Progress:
    known = Progress().with_answer(LESSON, NAME, Answer((value,)))
    return known.with_result(LESSON, NAME, [result])


# ---- which bets surprise


def test_a_number_surprises_outside_what_any_seed_gives_and_more_the_farther_it_is_off() -> None:
    low, high = LESSON.claims[str(LESSON.questions[NAME].items[0].right)]
    inside, near, far = (
        next(bets(bet_on(value), LESSONS)) for value in (float(low), float(high) + 0.3, 0.5)
    )
    assert inside.surprise == 0 and 0 < near.surprise < far.surprise <= 1
    assert surprising([near, inside, far]) == [far, near]


def test_a_wrong_choice_surprises_and_a_right_one_does_not() -> None:
    lesson = LESSONS["which-axis-is-time"]
    item = lesson.questions["gradient"].items[0]
    for choice in item.choices:
        known = Progress().with_answer(lesson, "gradient", Answer((choice.name,)))
        known = known.with_result(lesson, "gradient", [result_of(lesson, "gradient")])
        (bet,) = bets(known, LESSONS)
        assert bet.surprise == (choice.name != result_of(lesson, "gradient"))


def test_a_bet_without_its_result_a_skipped_one_and_chips_are_not_looked_back_at() -> None:
    open_bet = Progress().with_answer(LESSON, NAME, Answer((1.0,)))
    skipped = Progress().with_answer(LESSON, NAME, Answer(None)).with_result(LESSON, NAME, [3.3])
    first = LESSONS["what-comes-next"]
    chips = tuple(100.0 * (i == 1) for i in range(27))
    name = next(name for name, it in first.questions.items() if it.panel == "chips")
    staked = Progress().with_answer(first, name, Answer(chips))
    assert not [*bets(open_bet, LESSONS), *bets(skipped, LESSONS), *bets(staked, LESSONS)]


# ---- the second time


def test_it_is_asked_two_lessons_later_and_nowhere_else() -> None:
    known = bet_on(0.5)
    found = {it.key: asked_in(known, LESSONS, it.key) for it in LESSONS.values()}
    asked = {key: it.key for key, it in found.items() if it is not None}
    assert asked == {LATER_LESSON.key: WHERE}
    assert asked_in(bet_on(3.36), LESSONS, LATER_LESSON.key) is None


def test_the_second_answer_is_kept_apart_and_comes_back_from_the_browser() -> None:
    known = bet_on(0.5)
    again = with_second(known, WHERE, (3.3,))
    assert again.answers == known.answers and again.results == known.results
    back = progress_from_text(again.to_text(), LESSONS)
    assert second_answers(back, LESSONS) == {WHERE: (3.3,)}
    assert second_answers(with_second(back, WHERE, None), LESSONS) == {WHERE: None}
    (bet,) = bets(back, LESSONS)
    assert bet.question.items[0].answer == 0.5
    assert judged_again(bet, (3.36,)).is_right and not judged_again(bet, (1.0,)).is_right


def test_who_answers_a_lesson_again_is_asked_its_bet_anew() -> None:
    known = with_second(bet_on(0.5), WHERE, (3.3,))
    assert second_answers(without_second(known, LATER_LESSON), LESSONS)
    assert not second_answers(without_second(known, LESSON), LESSONS)
    assert without_second(Progress(), LESSON) == Progress()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=9,
)


@given(values | st.dictionaries(st.sampled_from(["/".join(WHERE), "x", "a/b"]), values))
def test_whatever_a_browser_kept_second_answers_are_some_that_a_page_can_make(kept: object) -> None:
    for found in second_answers(Progress(more={AGAIN: kept}), LESSONS).values():
        assert found is None or (len(found) == 1 and 0 <= float(found[0]) <= 100)


def open_later(known: Progress) -> AppTest:
    page = tell(open_learn(), known.to_text())
    page.session_state["learn_part"] = LATER_LESSON.key
    return look(page)


def test_the_page_asks_once_more_and_shows_both_answers() -> None:
    page = open_later(bet_on(0.5))
    assert f"Once more, from {LESSON.number} · {LESSON.title}" in texts(page)
    press(page, "again_place")
    assert "Type a number" in texts(page)  # nothing is answered for the learner
    look(type_numbers(page, {BOX: 3.3}))
    press(page, "again_place")
    words = texts(page)
    assert "You bet 3.30" in words and "Your first bet: 0.50" in words
    kept = part(page, "learn_store")[1]["text"]
    assert second_answers(progress_from_text(kept, LESSONS), LESSONS) == {WHERE: (3.3,)}


def test_who_skips_it_is_not_asked_any_more() -> None:
    page = press(open_later(bet_on(0.5)), "again_skip")
    assert "Once more, from" not in texts(page)
    assert "Once more, from" not in texts(open_later(bet_on(3.36)))


# ---- the closing page


def done(*found: Lesson) -> Progress:
    return Progress(ticked=frozenset(it.key for it in found))


def open_closing(known: Progress) -> AppTest:
    return press(tell(open_learn(), known.to_text()), f"open_{looking_back.KEY}")


def test_the_closing_page_says_what_was_bet_how_often_right_and_what_surprised() -> None:
    assert "once you have placed some" in texts(open_closing(Progress()))
    wrong = LESSONS["which-axis-is-time"]
    item = wrong.questions["gradient"].items[0]
    result = result_of(wrong, "gradient")
    other = next(it.name for it in item.choices if it.name != result)
    known = bet_on(3.36).with_answer(wrong, "gradient", Answer((other,)))
    known = known.with_result(wrong, "gradient", [result])
    parts = LESSONS["where-is-order"]
    known = known.with_answer(parts, "names", Answer(("one_to_many", "one_to_many")))
    known = known.with_result(parts, "names", ["equal", "one_to_many"])
    page = open_closing(with_second(known, (wrong.key, "gradient"), (result,)))
    words = texts(page)
    assert "3 bets whose results are known" in words and "other seeds are: 1." in words
    assert "What surprised you most" in words and "Asked once more: right" in words
    assert "When it trains. Bet:" in words  # what a part asks ends as a sentence does
    rows = part(page, "looking_back_bets")[1]["rows"]
    assert rows[0][2].startswith("When it trains: ")
    rows = rows[2:]
    assert [row[0] for row in rows] == [str(it.number) for it in (wrong, LESSON)]
    assert (
        rows[1][1] == "right" and rows[0][1] == "wrong"
    )  # beside the lesson, where a phone shows it


# ---- the path


def rounds(over: int) -> Rounds:
    test = concept_test.concept_test("en")
    row = concept_test.right_answers(test)
    return replace(Rounds(), answers=(row, row), over=over)


@pytest.mark.parametrize(
    "known, opens, label",
    [
        (Progress(), "Concept test", "Start here: Concept test"),
        (keep_rounds(Progress(), rounds(1)), "", "Begin with"),
        (done(ASKING[0]), "", "Continue at"),
        (keep_rounds(done(*ASKING), rounds(1)), "Concept test", "Next: Concept test"),
        (keep_rounds(done(*ASKING), rounds(2)), "The challenge", "Next: The challenge"),
        (done(*ASKING), "The challenge", "Next: The challenge"),
        (done(*ASKING).with_more(challenge.KEY, "x"), "Looking back", "Next: Looking back"),
    ],
)
def test_the_path_leads_from_the_test_through_the_lessons_to_the_test_and_the_challenge(
    known: Progress, opens: str, label: str
) -> None:
    page = tell(open_learn(), known.to_text())
    shown = page.button(key="continue").label
    assert shown.startswith(label)
    press(page, "continue")
    assert page.subheader[0].value in (opens, *[f"{it.number} · {it.title}" for it in ASKING])
    assert not opens or page.subheader[0].value == opens


def test_a_newcomer_may_begin_without_the_test() -> None:
    page = open_learn()
    first = ASKING[0]
    assert page.button(key="beside_continue").label == f"Begin with 1 · {first.title}"
    press(page, "beside_continue")
    assert page.subheader[0].value == f"1 · {first.title}"


@pytest.mark.parametrize("lesson", [ASKING[-1], [*LESSONS.values()][-1]], ids=lambda it: it.key)
def test_the_last_lesson_and_the_last_reading_screen_lead_on(lesson: Lesson) -> None:
    page = press(open_learn(), f"open_{lesson.key}")
    press(page, f"on_{lesson.key}")
    assert page.subheader[0].value == "Looking back"


@pytest.mark.parametrize(
    "over, opens", [(0, "Looking back"), (1, "Concept test"), (2, "Looking back")]
)
def test_from_the_last_lesson_the_second_round_of_the_test_comes_first(
    over: int, opens: str
) -> None:
    known = keep_rounds(done(*ASKING), rounds(over))
    page = press(tell(open_learn(), known.to_text()), f"open_{ASKING[-1].key}")
    press(page, f"on_{ASKING[-1].key}")
    assert page.subheader[0].value == opens


def test_from_the_finished_test_the_path_goes_to_looking_back_and_on() -> None:
    known = keep_rounds(done(*ASKING), rounds(2))
    page = press(tell(open_learn(), known.to_text()), f"open_{concept_test.KEY}")
    for title in ("Looking back", "The challenge"):
        press(page, "next_part")
        assert page.subheader[0].value == title
    page = press(open_learn(), f"open_{concept_test.KEY}")
    assert "next_part" not in [it.key for it in page.button]


def test_only_the_list_leads_to_the_lab_at_its_end() -> None:
    page = open_learn()
    assert "Try your own recipe in the Lab" in [it.proto.label for it in page.get("page_link")]
    press(page, f"open_{ASKING[0].key}")
    assert "Try your own recipe in the Lab" not in [it.proto.label for it in page.get("page_link")]
