"""The dump of all texts: the same twice, each value on its line, and what differs is found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dump.compare import compare, differing
from dump.made import lines_of_file
from dump.texts import flat, number_text, page_lines, steady
from sources import ROOT
from streamlit.testing.v1 import AppTest


def script() -> None:
    import streamlit as st

    st.header("A heading", help="What it is")
    with st.container(key="box"):
        st.selectbox("A box", ["one", "two"], index=1, key="choice")
    st.sidebar.caption("At the side")


def test_a_page_is_its_elements_with_all_that_they_say() -> None:
    lines = [line.strip() for line in page_lines(AppTest.from_function(script).run())]
    for text in ('"A heading"', '"What it is"', '"A box"', '["one", "two"]', '"At the side"'):
        assert any(line.endswith(text) for line in lines), text
    assert any(line.endswith("#box") for line in lines) and "selectbox #choice" in lines
    assert lines.index("---- sidebar") < next(
        i for i, line in enumerate(lines) if "At the side" in line
    )


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ({"b": 1, "a": [1, 0.5, None]}, ["a: [1, 0.5, null]", "b: 1"]),
        ({"x": [{"y": 1 / 3}, "two"]}, ["x[0].y: 0.333333", 'x[1]: "two"']),
        ({"at": 17.2, "is": True}, ["at: <unsteady>", "is: true"]),
        ({"name": "d1d0000000000001 waits"}, ['name: "<token> waits"']),
    ],
)
def test_data_are_a_line_a_value(value: Any, lines: list[str]) -> None:
    assert list(flat(value, "")) == lines


def test_equal_numbers_are_written_alike() -> None:
    assert number_text(3) == number_text(3.0) == "3"
    assert number_text(0.1 + 0.2) == number_text(0.3) == "0.3"
    assert number_text(float("nan")) == "nan" and number_text(True) == "true"


def test_what_differs_each_time_has_a_placeholder() -> None:
    said = steady("Made 2026-11-29 in 1.5 s, 1,200 names per second, 3.2 MB; ?by=0a1f&run=1")
    assert (
        said
        == "Made <date> in <time> s, <speed> names per second, <memory> MB; ?by=<browser>&run=1"
    )
    assert steady("Step 200 of 1,200: loss 1.72") == "Step 200 of 1,200: loss 1.72"


def test_of_a_page_of_html_its_tags_and_texts_are_compared() -> None:
    one, other = (
        lines_of_file("r.html", text.encode())
        for text in (
            '<style>p {color: red}</style><p id="a" class="b">Two\n  words</p>',
            '<style>p {}</style>\n<p class="b" id="a">Two words</p>',
        )
    )
    assert one == other == ["<style>", "<p class=b id=a>", "Two words"]


def test_what_differs_between_two_dumps_is_printed_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in (("a", "one\n  two\n"), ("b", "one\ntwo\n"), ("c", "one\nthree\n")):
        for file in ("x.txt", "y.txt"):
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / file).write_text(text)
    assert compare(tmp_path / "a", tmp_path / "b", 5) == 0
    (tmp_path / "c" / "z.txt").write_text("")
    capsys.readouterr()
    assert compare(tmp_path / "a", tmp_path / "c", 5) == 1
    out = capsys.readouterr().out
    assert "only in c: z.txt" in out and out.count("+three   [2 files]") == 1
    assert "2 files in both, 2 differ, 1 in one alone." in out
    assert differing(["a", "b"], ["a", "c"]) == ["-b", "+c"]


@pytest.mark.long
def test_two_dumps_of_a_scene_are_equal(tmp_path: Path) -> None:
    for name in ("one", "other"):
        command = [sys.executable, "-m", "tests.dump", str(tmp_path / name), "notebook"]
        subprocess.run(command, cwd=ROOT, check=True)
    assert len(list((tmp_path / "one").glob("*.txt"))) > 10
    assert compare(tmp_path / "one", tmp_path / "other", 5) == 0
