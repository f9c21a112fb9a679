"""The statement that computes something, marked in its whole function."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from dino.lessons.checking import code_of
from dino.pages.learn.stage import Stage
from dino.source import statement
from dino.ui.component import component, read
from dino.ui.language import say

HERE = Path(__file__).parent
HTML = '<div class="dino-code own-keys"></div>'


@cache
def _component() -> Any:
    return component("code_view", html=HTML, css=read("code_view.css", HERE), folder=HERE)


def draw_code(stage: Stage) -> None:
    """Draw a function as it runs, with the statement that is meant; below, where it is."""
    found = code_of(stage.step)
    lines = statement(found)
    file = stage.step.source.split(".")
    place = "/".join(file[:2]) + ".py · " + ".".join(file[2:])
    data = {"lines": list(found.lines), "first": lines[0], "last": lines[-1], "label": place}
    # A list, because Streamlit imports pandas to look for tables in a dictionary.
    _component()(key=stage.key("code"), data=[data])
    st.caption(_place_words(lines, f"`{place}`"))


def _place_words(lines: range, place: str) -> str:
    """Which lines are marked, and of what."""
    if len(lines) == 1:
        return say(
            "Line {number} of this function computes it. The text is read from the program that "
            "runs: {place}.",
            number=lines[0] + 1,
            place=place,
        )
    return say(
        "Lines {first} to {last} of this function compute it: they are one statement. The text is "
        "read from the program that runs: {place}.",
        first=lines[0] + 1,
        last=lines[-1] + 1,
        place=place,
    )
