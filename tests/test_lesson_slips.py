"""A teacher's slip in a lesson's file, or in the teacher's sheet, is one sentence and no more."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from dino.lessons import reading, teaching
from dino.lessons.reading import LESSON, lessons_in, parse_lesson
from dino.lessons.teaching import parse_sheet, sheet_from
from dino.outside import read_toml

SHEET = read_toml((teaching.FOLDER / "en.toml").read_text(), LESSON)
LEAST = """
title = "A"
question = "B?"
minutes = 1
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
        (
            ("minutes = 1", "minutes = [1]"),
            "minutes must be a whole number from 0 to 999, not “[1]”.",
        ),
        (('text = "C"', "text = 5"), "In step 1, text must be a text, not “5”."),
        (('text = "C"', "of = 3"), "In step 1, of must be a text or a list of texts, not “3”."),
        (
            ('text = "C"', "low = 9\nhigh = 3"),
            "answer (9) must be below the highest (3). Correct low or high.",
        ),
        (('text = "C"', "a" * 100_000), "may have at most 100,000 characters"),
        (('text = "C"', "more = " + "[" * 50_000), "nested too deeply"),
    ],
    ids=lambda it: it[-1][:12] if isinstance(it, tuple) else "",
)
def test_the_usual_slips_are_named_with_their_place(change: tuple[str, str], words: str) -> None:
    assert parse_lesson("01-x.toml", LEAST)
    with pytest.raises(ValueError) as refused:
        parse_lesson("01-x.toml", LEAST.replace(*change))
    assert words in str(refused.value)


def test_a_lesson_with_a_slip_is_left_out_and_the_log_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for folder in ("en", "es"):
        (tmp_path / folder).mkdir()
    (tmp_path / "en" / "01-good.toml").write_text(LEAST)
    (tmp_path / "en" / "02-bad.toml").write_text(LEAST.replace("minutes = 1", "minutes = [1]"))
    found, count = lessons_in(tmp_path, "en")
    assert list(found) == ["good"] and count == 1
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("en/02-bad.toml: In the lesson, minutes must be ")
    (tmp_path / "es" / "01-good.toml").write_text(LEAST.replace('"A"', "5"))
    found, count = lessons_in(tmp_path, "es")
    assert found["good"].title == "A" and count == 1  # in English where only Spanish has a slip


def test_the_sheet_in_a_text_is_read_like_one_in_a_table() -> None:
    assert parse_sheet((teaching.FOLDER / "en.toml").read_text()) == sheet_from(SHEET)
    assert reading.left_out("en") == reading.left_out("es") == 0
