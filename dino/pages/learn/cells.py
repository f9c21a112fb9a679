"""A table whose cells are marked by clicks, by touch or by keyboard."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from dino.lessons.grids import Grid
from dino.ui import state
from dino.ui.component import component, read
from dino.ui.language import say
from dino.ui.widgets import run_to_end

HERE = Path(__file__).parent


@cache
def _component() -> Any:
    html = '<div class="dino-cells"></div>'
    return component("cells", html=html, css=read("cells.css", HERE), folder=HERE)


def draw_cells(grid: Grid, box: state.Value[Any], label: str, is_over: bool) -> None:
    """Draw a table; which of its cells are marked is in `box`, as in an answer. is_over: whether
    they are only shown.
    """
    key = f"cells_{box.key}"

    @run_to_end
    def take() -> None:
        """Callback: the cells that are marked now."""
        marks = state.sent_value(key, "marks")
        if grid.is_answer(marks) and not is_over:
            box.set(marks)

    held = box.get()
    marks = held if grid.is_answer(held) else grid.none_marked
    cells = [list(row) for row in grid.cells]
    hint = say("Click a cell to mark it; the arrow keys move, the space bar marks.")
    data = {
        "heads": list(grid.heads),
        "cells": cells,
        "marks": marks,
        "label": label,
        "hint": hint,
        "over": is_over,
    }
    # A list, because Streamlit imports pandas to look for tables in a dictionary.
    _component()(key=key, on_marks_change=take, data=[data])
