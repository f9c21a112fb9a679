"""Learn, as a learner goes through it: when a lesson is done, and what is said on the way."""

from __future__ import annotations

import json

import pytest
from pressing import numbers, part, send, type_numbers
from streamlit.testing.v1 import AppTest
from test_learn_page import KEY, answer, button, has, look, open_lesson, press, tell, texts
from waiting import PATIENCE, wait_for

from dino.lessons.figures import Figures
from dino.lessons.lesson import Answer, Lesson
from dino.lessons.progress import Progress, progress_from_text
from dino.lessons.reading import lessons
from dino.metrics import perplexity
from dino.model import nll
from dino.pages.learn.stage import Stage
from dino.source import source_of
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
    for step in lesson.questions.values():
        values = None if skips else (1.0,) * len(step.items)
        found = found.with_answer(lesson, step.name, Answer(values, 1, step.kind == "task"))
    return found


@pytest.mark.parametrize("lesson", lessons("en").values(), ids=lessons("en").keys())
def test_a_lesson_is_done_when_each_bet_that_was_placed_has_shown_its_result(
    lesson: Lesson,
) -> None:
    bets = [step for step in lesson.questions.values() if step.kind == "bet"]
    found = settled(lesson, skips=False)
    for left in range(len(bets), 0, -1):
        assert not found.is_done(lesson) and found.awaited(lesson) == left
        bet = bets[left - 1]
        found = found.with_result(lesson, bet.name, [1.0] * len(bet.items))
    asks = bool(lesson.questions)
    assert found.is_done(lesson) == asks and not found.awaited(lesson)
    assert settled(lesson, skips=True).is_done(lesson) == asks  # a skipped bet needs no result


def test_what_was_kept_before_there_were_results_stays_ticked_off() -> None:
    lesson = lessons("en")[KEY]
    found = Progress().with_answer(lesson, "softmax", Answer((0.84, 0.11), 1, True))
    found = found.with_answer(lesson, "untrained", Answer((3.3,)))
    table = json.loads(found.to_text())
    assert not progress_from_text(json.dumps(table), lessons("en")).is_done(lesson)
    del table["results"], table["version"]
    assert progress_from_text(json.dumps(table), lessons("en")).ticked == {lesson.key}
    del table["answers"][0]
    assert not progress_from_text(json.dumps(table), lessons("en")).ticked
    assert Progress(ticked=frozenset({lesson.key})).is_done(lesson)  # by a link


def test_a_bet_of_chips_has_its_result_once_the_network_is_trained() -> None:
    lesson = lessons("en")["what-comes-next"]
    chips = [0.0] * 27
    chips[1] = 100.0
    kept = Progress()
    for step in lesson.questions.values():
        values = tuple(chips) if step.kind == "bet" else None
        kept = kept.with_answer(lesson, step.name, Answer(values))
    page = tell(open_lesson(lesson.key), kept.to_text())
    assert "Run the parts below your 3 bets" in texts(page)
    press(page, f"learn_{lesson.key}_6_run_train")
    wait_for(lambda: "This lesson is done." in texts(look(page)), "the result")


# ---- a network that is there already


def test_a_network_that_was_trained_is_said_to_be_and_can_be_trained_once_more() -> None:
    words = "You have already trained this network."
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


# ---- a bet on the loss chart


def dragged(page: AppTest, value: object) -> AppTest:
    """Where `drag.js` says that the line is."""
    send(page, part(page, "drag_ask_how-large-how-long_turn_0")[0].id, "value", value)
    return look(page)


def test_a_bet_on_a_step_is_dragged_or_typed_and_then_only_shown() -> None:
    key, box = "how-large-how-long", "ask_how-large-how-long_turn_0"
    page = open_lesson(key)
    assert part(page, f"drag_{box}")[1]["value"] is None
    press(page, f"learn_{key}_2_place")
    assert "Type a number from 0 to 1,200 first." in texts(page)  # no bet is made for the learner
    dragged(page, 399.7)
    assert numbers(page)[box]["value"] == 400
    type_numbers(page, {box: 700})
    assert part(page, f"drag_{box}")[1]["value"] == 700
    press(page, f"learn_{key}_2_place")
    assert part(page, f"drag_{box}")[1]["over"]
    assert numbers(page)[box]["value"] == 700
    dragged(page, 30)
    assert part(page, f"drag_{box}")[1]["value"] == 700


@pytest.mark.parametrize("value", [-1, 1201, None, "400", [400], True, float("nan")])
def test_what_a_browser_sends_for_a_dragged_bet_may_be_anything(value: object) -> None:
    page = dragged(open_lesson("how-large-how-long"), value)
    assert numbers(page)["ask_how-large-how-long_turn_0"]["value"] is None


def test_a_bet_that_was_placed_is_drawn_into_the_losses_of_the_run() -> None:
    page = answer(open_lesson(), "untrained", 3.9)
    press(page, button("untrained", "place"))
    press(page, TRAIN)
    wait_for(lambda: has(look(page), AGAIN), "the run")
    layout = part(page, f"learn_{KEY}_4_run_curve")[1]["figure"]["layout"]
    assert layout["annotations"][-1]["text"] == "your bet 3.90"
    assert layout["shapes"][-1]["y0"] == layout["shapes"][-1]["y1"] == 3.9
    low, high = layout["yaxis"]["range"]
    assert low < 3.9 < high


# ---- what is read


def test_a_line_of_code_is_marked_with_its_whole_statement_in_its_whole_function() -> None:
    lesson = lessons("en")["what-comes-next"]
    kept = Progress()
    for name in lesson.questions:
        kept = kept.with_answer(lesson, name, Answer(None))
    page = tell(open_lesson(lesson.key), kept.to_text())
    step = 1 + [it.kind for it in lessons("en")["what-comes-next"].steps].index("code")
    data = part(page, f"learn_what-comes-next_{step}_code")[1]
    first, last = data["first"], data["last"]
    assert tuple(data["lines"]) == source_of(nll) and first < last
    assert "cross_entropy(" in data["lines"][first] and data["lines"][last].strip() == ")"
    assert f"The statement in lines {first + 1} to {last + 1} of this function" in texts(page)


def test_the_line_of_guessing_is_in_a_lessons_chart_once_a_lesson_has_explained_it() -> None:
    """The bet on an untrained network is about this line."""
    for code in ("en", "es"):
        path = list(lessons(code).values())
        first = next(i for i, it in enumerate(path) if "uniform_guess" in it.defines)
        assert path[first].key == KEY and path[first].questions["untrained"].kind == "bet"
        for i, it in enumerate(path):
            stage = Stage(it, it.steps[0], 1, Figures(it))
            assert stage.knows("uniform_guess") == (i >= first)


def test_the_ruler_has_the_lessons_network_before_and_after_its_updates() -> None:
    page = open_lesson()
    for name in ("untrained", "ruler"):
        press(page, button(name, "skip"))
    number = 1 + [step.panel for step in lessons("en")[KEY].steps].index("ruler")
    assert "Train the network above." in texts(page)
    press(page, TRAIN)
    wait_for(lambda: has(look(page), AGAIN), "the run")
    run = server.jobs().runs_of(page.session_state["visit"].browser)[0].run
    rows = {row[0]: row[1:] for row in part(page, f"learn_{KEY}_{number}_ruler_twin")[1]["rows"]}
    assert rows["untrained"][0] == f"{run.val_losses[0]:.2f}"
    assert rows["your network"][2] == f"{perplexity(run.val_loss):.1f}"
    assert rows["guessing"] == ["3.30", "4.75", "27.0"]
    assert "Train the network above." not in texts(page)


def test_a_one_hot_column_is_headed_by_the_letter_that_is_its_input() -> None:
    key = "letters-to-numbers"
    page = open_lesson(key)
    step = lessons("en")[key].step("row")
    assert step is not None
    number = 1 + lessons("en")[key].steps.index(step)
    press(page, f"learn_{key}_{number}_skip")
    layout = part(page, f"learn_{key}_{number + 1}_one_hot")[1]["figure"]["layout"]
    assert layout["xaxis"]["ticktext"] == ["–", "m", "e", "i"]


MORE = """
import streamlit as st
from dino.lessons.figures import Figures
from dino.lessons.lesson import Lesson, Step
from dino.pages.learn.lesson_view import draw_step
from dino.pages.learn.stage import Stage

panel = Step("read", panel="experiment")
step = Step("reveal", "Here.", more=("Same: {same_rate:.3g}.", "Apart: {own_rate_1:.3g}."))
lesson = Lesson(1, "x", "", "", (panel, step), {}, {})
figures = Figures(lesson)
figures.add(panel, FOUND)
draw_step(Stage(lesson, step, 2, figures))
"""


@pytest.mark.parametrize(
    "found, shown",
    [
        ("{'same_rate': 0.1}", ["Here.", "Same: 0.1."]),
        ("{'own_rate_1': 1.0}", ["Here.", "Apart: 1."]),
    ],
)
def test_a_further_text_of_a_reveal_is_shown_only_where_its_figures_are_there(
    found: str, shown: list[str]
) -> None:
    page = look(AppTest.from_string(MORE.replace("FOUND", found), default_timeout=PATIENCE))
    assert [it.value for it in page.markdown] == shown


# ---- the way back from the Compare page


def links(page: AppTest) -> dict[str, str]:
    """The links of a page, by their labels: which page each leads to."""
    found = [getattr(node, "proto", None) for node in page.main]
    return {it.label: it.page for it in found if hasattr(it, "external")}


@pytest.mark.parametrize("key, leads_there", [("is-it-better", True), ("how-fast", False)])
def test_compare_has_a_link_back_to_a_lesson_that_sent_the_learner_there(
    key: str, leads_there: bool
) -> None:
    page = open_lesson(key)
    page.switch_page("dino/pages/compare/page.py")
    found = links(look(page))
    label = f"Back to the lesson: {lessons('en')[key].title}"
    assert (label in found) == leads_there
    assert not leads_there or found[label] == "learn"
    page.switch_page("dino/pages/learn/page.py")
    assert look(page).subheader[0].value.endswith(lessons("en")[key].title)
