"""A teacher's slip in a lesson's file, or in the teacher's sheet, is one sentence and no more."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from dino.lessons import reading, teaching
from dino.lessons.checking import mistakes, path_mistakes
from dino.lessons.lesson import Question
from dino.lessons.reading import LESSON, lessons_in, parse_lesson
from dino.lessons.teaching import parse_sheet, sheet_from
from dino.outside import read_toml

SHEET = read_toml((teaching.FOLDER / "en.toml").read_text(), LESSON)
LEAST = """
title = "A"
question = "B?"
needs = []
[[step]]
kind = "task"
name = "a"
text = "C"
answer = "yes"
choice = [{name = "yes", text = "Yes"}, {name = "no", text = "No"}]
wrong = [{value = "no", belief = "d", reply = "e"}]
"""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((', reply = "e"', ""), "In a wrong answer of step 1, reply is missing. Add it."),
        ((', text = "No"', ""), "In a choice of step 1, text is missing. Add it."),
        (('title = "A"', "title = [1]"), "In the lesson, title must be a text, not “[1]”."),
        (('text = "C"', "text = 5"), "In step 1, text must be a text, not “5”."),
        (('text = "C"', "of = 3"), "In step 1, of must be a text or a list of texts, not “3”."),
        (
            ('text = "C"', "low = 9\nhigh = 3"),
            "answer (9) must be below the highest (3). Correct low or high.",
        ),
        (('text = "C"', "a" * 100_000), "may have at most 100,000 characters"),
        (('text = "C"', "more = " + "[" * 50_000), "nested too deeply"),
        (
            ('text = "C"', "a" + ".a" * 101 + " = 1"),
            "A line may have at most 100 dots, but line 8 has 101. Split the line.",
        ),
        (("needs = []", "defines = 3"), "defines must be a list of at most 99 elements, each a"),
        (('text = "C"', "beside = 1"), "In step 1, beside must be true or false, not “1”."),
        (('text = "C"', "evidence = 1"), "In step 1, evidence must be a text or a list of texts"),
        (
            ("needs = []", 'evidence = [{name = "a", kind = "rumour", text = "b"}]'),
            "In an evidence, kind must be one of closed form, source, ablation, not “rumour”.",
        ),
        (
            ("needs = []", 'evidence = [{name = "a", kind = "ablation", text = "b"}]'),
            "In an evidence, command is missing. Add it.",
        ),
    ],
    ids=lambda it: it[-1][:12] if isinstance(it, tuple) else "",
)
def test_the_usual_slips_are_named_with_their_place(change: tuple[str, str], words: str) -> None:
    assert parse_lesson("01-x.toml", LEAST)
    with pytest.raises(ValueError) as refused:
        parse_lesson("01-x.toml", LEAST.replace(*change))
    assert words in str(refused.value)


EVIDENCE = '[[evidence]]\nname = "e"\nkind = "closed form"\ntext = "f"\n[[step]]'
ABLATION = EVIDENCE.replace('"closed form"', '"ablation"\ncommand = "ls"')


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([('text = "C"', 'text = "Because so"')], ["In step 1, a text says “because” without"]),
        ([('text = "C"', 'because = "So, porque no"')], ["In step 1, a text says “porque”"]),
        ([('reply = "e"', 'reply = "because x"')], ["In step 1, a text says “because” without"]),
        ([('text = "C"', 'text = "C"\nevidence = "e"')], ["the evidence “e” is unknown"]),
        ([("[[step]]", EVIDENCE)], ["Nothing names the evidence “e”."]),
        ([("[[step]]", EVIDENCE), ('text = "C"', 'solution = "Because"\nevidence = "e"')], []),
        (
            [("[[step]]", ABLATION), ('reply = "e"', 'reply = "because x", evidence = ["e"]')],
            ["“e” must be python -m tests.ablations NAME, not “ls”."],
        ),
        ([("needs = []", 'defines = ["loss", "lot"]')], ["defines “lot”, which is not"]),
        ([('text = "C"', 'solution = "{{cymbals}}"')], ["In step 1, the figure “cymbals”"]),
    ],
    ids=lambda it: str(it[0][1])[:24] if it and isinstance(it[0], tuple) else "",
)
def test_a_reason_names_its_evidence_and_every_evidence_is_of_a_reason(
    changes: list[tuple[str, str]], words: list[str]
) -> None:
    text = LEAST
    for change in changes:
        text = text.replace(*change)
    found = [str(it) for it in mistakes(parse_lesson("01-x.toml", text))]
    assert len(found) == len(words)
    assert all(want in said for want, said in zip(words, found, strict=True)), found


BIASED = "\nforget_bias = 3"
VARIED = 'panel = "experiment"\noptions = {vary = "forget_bias=1,3"}'
BIAS_WORDS = "forget_bias must be 1 unless the cell is lstm, not “3”. Set cell to lstm, or delete"


@pytest.mark.parametrize(
    ("recipe", "step", "words"),
    [
        ("", "", ""),
        ('cell = "lstm"' + BIASED, "", ""),
        ("forget_bias = 1.0", "", ""),
        (BIASED, "", f"In the recipe, {BIAS_WORDS} forget_bias."),
        ('cell = "gru"' + BIASED, 'recipe = {cell = "lstm"}', f"In the recipe, {BIAS_WORDS}"),
        ("", "recipe = {forget_bias = 3}", f"In step 1, {BIAS_WORDS} forget_bias."),
        ('cell = "lstm"', "recipe = {forget_bias = 3}", ""),
        ("", 'recipe = {cell = "lstm", forget_bias = 3}', ""),
        ('cell = "lstm"', VARIED, ""),
        ("", VARIED, "In step 1: The cell must be LSTM where Forget bias is varied, not “RNN”."),
        ("", VARIED.replace("1,3", "1,x"), "In step 1: forget_bias must be a number"),
        ("", VARIED.replace('"forget_bias=1,3"', "3"), "In step 1: vary must be a text such as"),
        ("", VARIED.replace("}", ', seeds = "2"}'), "In step 1: seeds must be a whole number"),
    ],
)
def test_a_recipe_has_no_forget_bias_where_the_cell_has_no_forget_gate(
    recipe: str, step: str, words: str
) -> None:
    text = LEAST.replace("needs = []", f"[recipe]\n{recipe}").replace(
        'name = "a"', f'name = "a"\n{step}'
    )
    found = [str(it) for it in mistakes(parse_lesson("01-x.toml", text))]
    assert len(found) == bool(words)
    assert all(it.startswith(words) for it in found), found


def test_a_lesson_needs_one_that_comes_before_it() -> None:
    first = parse_lesson("01-x.toml", LEAST)
    second = parse_lesson("02-y.toml", LEAST.replace("needs = []", 'needs = ["x"]'))
    assert not list(path_mistakes({"x": first, "y": second}))
    (said,) = path_mistakes({"y": second, "x": first})
    assert "Lesson 2 needs “x”" in str(said)


def choices_of(name: str, more: str = "") -> list[str]:
    many = ", ".join(f'{{name = "{it}", text = "{it}"}}' for it in ["yes", "no", *"abcdefgh"])
    text = LEAST.replace('choice = [{name = "yes", text = "Yes"}, {name = "no", text = "No"}]', "")
    step = parse_lesson(name, f"{text}\nchoice = [{many}]\n{more}").steps[0]
    assert isinstance(step, Question)
    return [it.name for it in step.items[0].choices]


def test_choices_come_in_an_order_drawn_for_their_question_unless_they_are_a_scale() -> None:
    here, again, there = map(choices_of, ("01-x.toml", "12-x.toml", "01-y.toml"))
    assert here == again != there and sorted(here) == sorted(there)
    assert choices_of("01-x.toml", "ordered = true") == ["yes", "no", *"abcdefgh"]


def test_a_lesson_with_a_slip_is_left_out_and_the_log_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for folder in ("en", "es"):
        (tmp_path / folder).mkdir()
    (tmp_path / "en" / "01-good.toml").write_text(LEAST)
    (tmp_path / "en" / "02-bad.toml").write_text(LEAST.replace('title = "A"', "title = [1]"))
    found, count = lessons_in(tmp_path, "en")
    assert list(found) == ["good"] and count == 1
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("en/02-bad.toml: In the lesson, title must be ")
    (tmp_path / "es" / "01-good.toml").write_text(LEAST.replace('"A"', "5"))
    found, count = lessons_in(tmp_path, "es")
    assert found["good"].title == "A" and count == 1  # in English where only Spanish has a slip


def test_the_sheet_in_a_text_is_read_like_one_in_a_table() -> None:
    assert parse_sheet((teaching.FOLDER / "en.toml").read_text()) == sheet_from(SHEET)
    assert reading.left_out("en") == reading.left_out("es") == 0
