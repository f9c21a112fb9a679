"""The line of code that computes something, marked in its whole function."""

from __future__ import annotations

import streamlit as st

from dino.lessons.checking import code_of
from dino.pages.learn.stage import Stage
from dino.ui.language import say


def draw_code(stage: Stage) -> None:
    """Draw a function as it runs, and below which of its lines is meant."""
    found = code_of(stage.step)
    file = stage.step.source.split(".")
    st.code("\n".join(found.lines), language="python", wrap_lines=True, line_numbers=True)
    st.caption(
        say(
            "Line {number} of this function computes it. The text is read from the program that "
            "runs: {place}.",
            number=found.number + 1,
            place="`" + "/".join(file[:2]) + ".py · " + ".".join(file[2:]) + "`",
        )
    )
    st.code(found.lines[found.number].strip(), language="python", wrap_lines=True)
