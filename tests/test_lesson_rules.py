"""Bounds and rules for every lesson that is rewritten: words, reasons in choices, minutes; and what
counts as a right number.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from ablations.__main__ import ABLATIONS
from hypothesis import given
from hypothesis import strategies as st

from dino.lessons.checking import ABLATION
from dino.lessons.item import Item, Wrong
from dino.lessons.lengths import (
    Minutes,
    count_words,
    finished_words,
    members,
    minutes_of,
    training_seconds,
    words_before_bets,
)
from dino.lessons.lesson import Lesson, Question, Step
from dino.lessons.panels import PANELS
from dino.lessons.reading import HERE, lessons, parse_lesson
from dino.locale.sentences import Refusal, languages

FINISHED = [
    pytest.param(code, lesson, id=f"{code}-{lesson.key}")
    for code in languages()
    for lesson in lessons(code).values()
]
each_finished = pytest.mark.parametrize("code, lesson", FINISHED)
BEFORE_A_BET, FINISHED_PAGE = 150, 600  # words in English
MORE = {"en": 1.0, "es": 1.2}  # Spanish needs a fifth more
REASON = re.compile(r"[:;]\s|\b(because|so that|since|porque|pues|así que)\b")


# ---- the bounds


@each_finished
def test_a_lesson_is_short(code: str, lesson: Lesson) -> None:
    bounds = BEFORE_A_BET * MORE[code], FINISHED_PAGE * MORE[code]
    assert all(count <= bounds[0] for count in words_before_bets(lesson).values()), lesson.key
    assert finished_words(lesson) <= bounds[1]


@each_finished
def test_the_question_of_a_number_is_plain_because_a_chart_shows_it_too(
    code: str, lesson: Lesson
) -> None:
    items = [it for question in lesson.questions.values() for it in question.items]
    assert not [it.text for it in items if not it.choices and re.search(r"[*$`]", it.text)]


@pytest.mark.parametrize("path", sorted(HERE.rglob("es*/*.toml")) + sorted(HERE.rglob("es.toml")))
def test_two_spanish_numbers_with_a_comma_between_them_are_not_read_as_one(path: Path) -> None:
    """With decimal commas, “464, 97 veces” looks like one number."""
    words = path.read_text(encoding="utf-8")
    assert not re.findall(r".*(?:}}|\d,\d+)\**,\s+\**(?:{{|\d).*", words)


@each_finished
def test_a_lesson_says_what_it_needs_defines_and_aims_at(code: str, lesson: Lesson) -> None:
    (path,) = (HERE / "en").glob(f"*-{lesson.key}.toml")
    assert not re.search(r"^minutes\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert not lesson.questions or 2 <= len(lesson.aims) <= 3


def has_reason(text: str) -> bool:
    return bool(REASON.search(text))


@each_finished
def test_reasons_are_given_with_every_choice_or_with_none(code: str, lesson: Lesson) -> None:
    for question in lesson.questions.values():
        for item in question.items:
            assert len({has_reason(it.text) for it in item.choices}) <= 1, item.choices


@each_finished
def test_a_task_has_its_solution_and_what_can_be_right_or_wrong_its_reason(
    code: str, lesson: Lesson
) -> None:
    for question in lesson.questions.values():
        told = [question, *question.items]
        if question.kind == "task":
            assert any(it.solution for it in told), question.name
        assert not question.items or any(it.because for it in told), question.name
    for step in lesson.steps:
        assert step.kind != "words" or step.model


@pytest.mark.parametrize("code", languages())
def test_an_ablation_of_a_lesson_is_one_that_its_command_knows(code: str) -> None:
    for lesson in lessons(code).values():
        for evidence in lesson.evidence.values():
            if evidence.kind == "ablation":
                assert evidence.command.removeprefix(ABLATION) in ABLATIONS, evidence


# ---- what is counted

COUNTED = """
title = "T"
question = "One two?"
[[step]]
kind = "read"
text = "Three **four** $x_1 + 2$ {{symbols:.0f}} `a b` - | seven |"
[[step]]
kind = "bet"
name = "b"
text = "Nine"
answer = "yes"
choice = [{name = "yes", text = "Ten"}, {name = "no", text = "Eleven twelve"}]
wrong = [{value = "no", belief = "d", reply = "r1 r2 r3"}]
because = "c1"
[[step]]
kind = "reveal"
of = "b"
text = "v1 v2"
[[step]]
kind = "task"
name = "t"
text = "t1"
answer = 3
solution = "s1 s2"
by_hand = 2
[[step]]
kind = "words"
name = "w"
text = "w1"
model = "m1"
"""


def test_words_are_counted_as_they_are_read_and_a_formula_is_one() -> None:
    lesson = parse_lesson("01-x.toml", COUNTED)
    assert count_words("A - b $c + d$ `e f` | {x:.2f} |") == 5
    assert count_words("A\n\n$$b + c$$\n\nd e $f$ g") == 6
    assert words_before_bets(lesson) == {"b": 12}
    assert finished_words(lesson) == 12 + 1 + 3 + 2 + 1
    bets = replace(lesson, steps=(*lesson.steps, replace(lesson.steps[1], name="c")))
    assert words_before_bets(bets) == {"b": 12, "c": 5}  # from the reveal on


def test_minutes_are_those_of_the_rule() -> None:
    lesson = parse_lesson("01-x.toml", COUNTED)
    # 19 words, two answers, two exercises; then a second try, own words, and 4 words more
    assert minutes_of(lesson) == Minutes(7, 9)
    trained = Step("read", panel="run")
    longer = replace(lesson, steps=(*lesson.steps, *[trained] * 30))
    assert minutes_of(longer).least == int(7.12 + 30 * PANELS["run"].seconds / 60)


def test_an_experiment_takes_as_long_as_all_of_its_members() -> None:
    options = {"vary": ["cell=rnn,gru", "learning_rate=1,2,3"], "seeds": 2, "splits": 3}
    step = Step("read", panel="experiment", options=options)
    assert members(step) == 36
    assert training_seconds(step) == pytest.approx(36 * PANELS["experiment"].seconds)
    assert not training_seconds(Step("read", panel="axis"))
    assert members(replace(step, options={"vary": "cell=rnn,gru"})) == 2


# ---- a number with fewer decimals


def item(result: float, answer: float, digits: int, *wrong: float) -> Item:
    listed = tuple(Wrong(it, "b", "r") for it in wrong)
    return Item("", result, digits=digits, wrong=listed, answer=answer, result=result)


@pytest.mark.parametrize(
    ("result", "answer", "digits", "is_right", "is_rounded"),
    [
        (1.3863, 1.386, 3, True, False),
        (1.3863, 1.39, 3, True, True),
        (1.3863, 1.4, 3, True, True),
        (1.3863, 1.38, 3, False, False),  # wrongly rounded
        (1.3863, 1.0, 3, False, False),  # one digit is not enough
        (12.61, 13.0, 2, True, True),
        (0.04, 0.0, 2, False, False),
        (0.625, 0.63, 2, True, False),
        (0.625, 0.62, 2, True, False),
        (-1.26, -1.3, 2, True, True),
        (7.0, 7.4, 0, True, False),
    ],
)
def test_a_right_rounding_to_fewer_decimals_is_right(
    result: float, answer: float, digits: int, is_right: bool, is_rounded: bool
) -> None:
    found = item(result, answer, digits)
    assert (found.is_right, found.is_rounded) == (is_right, is_rounded)
    shown = str(found.result_words).replace("−", "-")
    assert not is_rounded or float(shown) == pytest.approx(result, abs=found.near + 1e-9)
    assert not is_rounded or str(found.number(answer)).replace("−", "-") == f"{answer:g}"


def test_a_rounding_that_a_listed_wrong_answer_has_too_is_not_right() -> None:
    found = item(1.386, 1.4, 3, 1.443)
    assert not found.is_right and found.is_coarse and found.belief is None
    same = item(0.4621, 0.5, 2, 0.5)
    assert not same.is_right and same.belief == same.wrong[0]


@given(st.floats(-99, 99), st.integers(1, 4), st.integers(1, 4))
def test_every_right_rounding_counts_and_the_next_number_does_not(
    result: float, digits: int, fewer: int
) -> None:
    count = min(digits, fewer)
    rounded = round(result, count)
    if rounded and abs(abs(result - rounded) - 0.5 * 10.0**-count) > 1e-6:
        assert item(result, rounded, digits).is_right
        other = round(rounded + 10.0**-count, count)
        is_coarser = other in [round(result, it) for it in range(count)]
        assert is_coarser or not item(result, other, digits).is_right


def test_a_number_that_is_dragged_has_to_be_near() -> None:
    assert not replace(item(1.386, 1.4, 3), drag=True).is_right


@pytest.mark.parametrize(("answer", "is_listed"), [(-1.0, True), (-0.001, True), (0.0, False)])
def test_a_listed_wrong_answer_may_be_a_range(answer: float, is_listed: bool) -> None:
    for ends in ((-1.0, -0.001), (-0.001, -1.0)):
        sign = Wrong(ends[0], "the wrong sign", "r", to=ends[1])
        found = replace(item(0.039, answer, 3), wrong=(sign,))
        assert not found.is_right and (found.belief == sign) == is_listed
    right = replace(item(-0.5, -0.5, 3), wrong=(sign,))
    assert right.is_right and right.belief is None


def test_a_range_of_wrong_answers_is_of_numbers() -> None:
    step = '[[step]]\nkind = "bet"\nname = "b"\ntext = "T"\nanswer = 3\n[[step.wrong]]\n'
    more = 'value = "{value}"\nto = 9\nbelief = "d"\nreply = "r"\n'
    text = 'title = "T"\nquestion = "Q?"\n' + step + more
    with pytest.raises(Refusal, match="number"):
        parse_lesson("01-x.toml", text.format(value="symbols"))
    bet = parse_lesson("01-x.toml", text.replace('"{value}"', "5")).questions["b"]
    assert bet.items[0].wrong == (Wrong(5, "d", "r", to=9.0),)


def test_questions_keep_what_they_tell_when_they_are_answered() -> None:
    lesson = parse_lesson("01-x.toml", COUNTED)
    assert isinstance(lesson.steps[3], Question) and lesson.steps[3].solution == "s1 s2"
