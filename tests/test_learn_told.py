"""What a lesson tells after an answer: why, the way to it, fewer decimals, one way to say it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pressing import type_numbers
from streamlit.testing.v1 import AppTest
from test_learn_page import look, open_learn, press, tell, texts

from dino.lessons import reading
from dino.lessons.reading import lessons
from dino.pages.learn.lesson_view import groups
from dino.pages.learn.told import right_words
from dino.ui import server

LESSON = """
title = "T"
question = "Q?"

[[evidence]]
name = "sum"
kind = "closed form"
text = "1 − 0.614 is the share."

[[step]]
kind = "read"
text = "The table"
beside = true

[[step]]
kind = "task"
name = "loss"
text = "How much?"
because = "That is so because of the sum."
solution = "First this, then that."
evidence = "sum"
answer = 1.386
digits = 3
[[step.wrong]]
value = 1.443
belief = "b"
reply = "Think of the share."

[[step]]
kind = "bet"
name = "sure"
text = "And this?"
because = "Such a bet is even."
answer = "uniform_loss"
digits = 2

[[step]]
kind = "reveal"
of = "sure"
text = "It is even."

[[step]]
kind = "words"
name = "why"
text = "Say why."
model = "It is the share."

[[step]]
kind = "code"
source = "dino.model.nll"
marker = "cross_entropy"
text = "The line that computes it:"
"""
KEY = "told"
WHY, WAY = "That is so because of the sum.", "First this, then that."


@pytest.fixture(autouse=True)
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    for code in ("en", "es"):
        (tmp_path / code).mkdir()
        (tmp_path / code / f"01-{KEY}.toml").write_text(LESSON)
    monkeypatch.setattr(reading, "HERE", tmp_path)
    yield
    server.renew()


def open_told() -> AppTest:
    return tell(press(open_learn(), f"open_{KEY}"), "{}")


def check(page: AppTest, value: str) -> AppTest:
    look(type_numbers(page, {f"ask_{KEY}_loss_0": value}))
    return press(page, f"learn_{KEY}_2_place")


def is_open(page: AppTest) -> bool:
    """Whether the way to the answer is shown outside of a folded box."""
    folded = [it for box in page.expander for it in box.markdown if it.value == WAY]
    return len([it for it in page.markdown if it.value == WAY]) > len(folded)


def is_folded(page: AppTest) -> bool:
    return any(it.value == WAY for box in page.expander for it in box.markdown)


def test_after_two_wrong_tries_the_way_is_shown_and_why_only_when_it_is_settled() -> None:
    page = check(open_told(), "1.2")
    assert WAY not in texts(page) and WHY not in texts(page)
    check(page, "1.443")
    assert "Think of the share." in texts(page)
    assert is_open(page) and WHY not in texts(page)
    check(page, "1.386")
    assert "Right, after 3 tries." in texts(page) and WHY in texts(page)
    assert is_folded(page) and not is_open(page)


def test_beside_the_way_a_wrong_answer_that_nobody_listed_is_sent_to_it() -> None:
    page = check(open_told(), "2.7")
    assert "try once more" in texts(page)
    check(page, "2.8")
    assert is_open(page) and "try once more" not in texts(page)
    assert "Compare your way with the worked solution below." in texts(page)


def test_a_skipped_task_says_its_answer_why_and_the_way() -> None:
    page = press(open_told(), f"learn_{KEY}_2_skip")
    assert "The answer: 1.386." in texts(page) and WHY in texts(page) and is_open(page)
    press(page, f"learn_{KEY}_3_skip")
    (known,) = [it for it in page.expander if it.label == "How do we know?"]
    assert "1 − 0.614 is the share. (a formula)" in known.markdown[0].value


def test_a_right_rounding_to_fewer_decimals_counts_and_the_rest_is_said() -> None:
    page = open_told()
    assert "3 decimals" in texts(page)
    check(page, "1.4")  # the listed wrong answer rounds to the same
    assert "could be another number" in texts(page)
    check(page, "1.39")
    assert "Right, after 2 tries; more exactly 1.386." in texts(page)


def test_right_roundings_of_several_answers_are_told_apart() -> None:
    (asked,) = [it for it in lessons("en")[KEY].questions.values() if it.name == "loss"]
    (item,) = asked.items
    items = (replace(item, text="one", answer=1.39), replace(item, text="two", answer=1.39))
    shown = right_words(replace(asked, items=tuple(replace(it, result=1.386) for it in items)))
    assert "one: 1.386; two: 1.386" in shown


def test_one_way_to_say_it_comes_after_own_words_or_when_it_is_asked_for() -> None:
    page, shown = open_told(), "**One way to say it:** It is the share."
    assert shown not in texts(page)
    press(page, f"learn_{KEY}_5_model")
    assert shown in texts(page)
    page = open_told()
    page.text_area[0].set_value("mine")
    assert shown in texts(look(page))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("3.30", "You bet 3.30, and the result is also 3.30."),
        ("3.3", "You bet 3.30, and the result is also 3.30."),
        ("3", "You bet 3.00. The result is 3.30"),
        ("5", "You bet 5.00. The result is 3.30"),
        ("", "You skipped this."),
    ],
)
def test_a_bet_says_why_whether_it_was_right_wrong_or_skipped(value: str, said: str) -> None:
    page = open_told()
    assert "Such a bet is even." not in texts(page)
    if value:
        look(type_numbers(page, {f"ask_{KEY}_sure_0": value}))
    press(page, f"learn_{KEY}_3_{'place' if value else 'skip'}")
    assert "Such a bet is even." in texts(page) and said in texts(page)


def test_code_and_own_words_are_folded_and_a_panel_stays_beside_its_questions() -> None:
    page = open_told()
    assert [it.label for it in page.expander] == ["In your own words", "The line that computes it"]
    assert [list(it) for it in groups(lessons("en")[KEY])] == [[1, 2, 3, 4], [5], [6]]
