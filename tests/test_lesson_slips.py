"""A teacher's slip in a lesson's file, or in the teacher's sheet, is one sentence and no more."""

from __future__ import annotations

import copy
import datetime
import logging
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dino.lessons import reading, teaching
from dino.lessons.checking import mistakes
from dino.lessons.reading import HERE, lesson_from, lessons, lessons_in, parse_lesson
from dino.lessons.teaching import parse_sheet, sheet_from, sheet_mistakes
from dino.lessons.toml_tables import read_toml

JUNK = (
    *(5, -1, 0, 1.5, math.nan, math.inf, 10**400, True, "", "x", "{{x}}", "{", "\n"),
    *([], [1], ["x"], [[]], [{}], [{"x": 1}], {}, {"x": 1}, {"name": "x"}, datetime.date.min),
)
FILES = {path.name: read_toml(path.read_text()) for path in sorted((HERE / "en").glob("*.toml"))}
SHEET = read_toml((teaching.FOLDER / "en.toml").read_text())
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


def places(found: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to every value in a file."""
    inner: Any = found.items() if isinstance(found, dict) else ()
    inner = enumerate(found) if isinstance(found, list) else inner
    return [way] * bool(way) + [it for key, value in inner for it in places(value, (*way, key))]


@st.composite
def slips(draw: st.DrawFn, table: dict[str, Any]) -> dict[str, Any]:
    """A file in which one value is missing, misspelt, twice there, or of another kind."""
    found = copy.deepcopy(table)
    way = draw(st.sampled_from(places(found)))
    inside = found
    for key in way[:-1]:
        inside = inside[key]
    what = draw(st.sampled_from(("replace", "replace", "remove", "rename", "repeat")))
    if what == "rename" and isinstance(inside, dict):
        inside[way[-1] + "s"] = inside.pop(way[-1])
    elif what == "remove":
        del inside[way[-1]]
    elif what == "repeat" and isinstance(inside, list):
        inside.append(inside[way[-1]])
    else:
        inside[way[-1]] = draw(st.sampled_from(JUNK))
    return found


def assert_one_sentence(words: str) -> None:
    assert words[-1] in ".?" and "\n" not in words and len(words) < 700, words


def assert_only_sentences(read: Any, found: Any) -> None:
    """It is read, with sentences on its mistakes, or refused with one."""
    try:
        said = [str(it) for it in read(found)]
    except ValueError as refusal:
        said = [str(refusal)]
    for words in said:
        assert_one_sentence(words)


@settings(max_examples=250, deadline=None)
@given(st.data(), st.sampled_from(sorted(FILES)))
def test_any_slip_in_a_lesson_is_a_sentence(data: st.DataObject, name: str) -> None:
    table = data.draw(slips(FILES[name]))
    assert_only_sentences(lambda it: mistakes(lesson_from(name, it)), table)


@settings(max_examples=150, deadline=None)
@given(slips(SHEET))
def test_any_slip_in_the_teachers_sheet_is_a_sentence(table: dict[str, Any]) -> None:
    assert_only_sentences(lambda it: sheet_mistakes(sheet_from(it), lessons("en")), table)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((', reply = "e"', ""), "In a wrong answer of step 1 reply is missing. Add it."),
        ((', text = "No"', ""), "In a choice of step 1 text is missing. Add it."),
        (("minutes = 1", "minutes = [1]"), "minutes is a whole number from 0; “[1]” is not."),
        (('text = "C"', "text = 5"), "In step 1 text is a text; “5” is not."),
        (('text = "C"', "of = 3"), "In step 1 of is a text or a list of texts; “3” is not."),
        (('text = "C"', "low = 9\nhigh = 3"), "9 and 3 are not. Correct low or high."),
        (('text = "C"', "a" * 100_000), "has at most 100,000 characters"),
        (('text = "C"', "more = " + "[" * 50_000), "nested too deep"),
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
    assert line.startswith("en/02-bad.toml: In the lesson minutes is ")
    (tmp_path / "es" / "01-good.toml").write_text(LEAST.replace('"A"', "5"))
    found, count = lessons_in(tmp_path, "es")
    assert found["good"].title == "A" and count == 1  # in English where only Spanish has a slip


def test_the_sheet_in_a_text_is_read_like_one_in_a_table() -> None:
    assert parse_sheet((teaching.FOLDER / "en.toml").read_text()) == sheet_from(SHEET)
    assert reading.left_out("en") == reading.left_out("es") == 0
