"""Answers that are not typed: cells that one marks, and a step of a run that one drags.

Cells are marked by clicks, by dragging the mouse, by touch or by keyboard. The step is a line on
the empty axes of a loss chart, which one drags or moves with keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dino.lessons.grids import Grid
from dino.lessons.item import Item
from dino.ui import state
from dino.ui.component import component
from dino.ui.language import say, say_number
from dino.ui.widgets import run_to_end

HERE = Path(__file__).parent
TICKS = 4  # parts of the axis that have a number at their ends
LOSSES = (1.0, 2.0, 3.0)  # nats, on the axis of the loss; it has no curve yet


def draw_cells(grid: Grid, box: state.Value[Any], label: str, is_over: bool) -> None:
    """Draw a table whose cells can be marked.

    box: holds the marks, in the form of an answer. is_over: whether the cells can no longer be
    marked.
    """
    key = f"cells_{box.key}"

    @run_to_end
    def take() -> None:
        """Callback: take the cells that are marked now."""
        marks = state.sent_value(key, "marks")
        if grid.is_answer(marks) and not is_over:
            box.set(marks)

    held = box.get()
    marks = held if grid.is_answer(held) else grid.none_marked
    cells = [list(row) for row in grid.cells]
    hint = say(
        "Click a cell to mark it, or drag the mouse over several. You can also use the arrow keys "
        "and the space bar."
    )
    data = {
        "heads": list(grid.heads),
        "cells": cells,
        "marks": marks,
        "label": label,
        "hint": hint,
        "over": is_over,
    }
    # A list, because Streamlit imports pandas to look for tables in a dictionary.
    component("cells", '<div class="dino-cells"></div>', HERE)(
        key=key, on_marks_change=take, data=[data]
    )


class Dragged(NamedTuple):
    """A run in the chart of its bet.

    curves: of each its kind, its name and its points; said: what they show, for screen readers
    """

    curves: Sequence[Any] = ()
    said: str = ""


def draw_drag(item: Item, box: state.Value[Any], label: str, is_over: bool, shown: Dragged) -> None:
    """Draw the axes and the line of the bet.

    box: holds the step under the line, in the form of an answer. is_over: whether the line can no
    longer be moved. shown: the run that is bet on.
    """
    key = f"drag_{box.key}"

    @run_to_end
    def take() -> None:
        """Callback: take the present place of the line."""
        value = state.sent_value(key, "value")
        if _is_number(value) and item.low <= value <= item.high and not is_over:
            box.set(float(round(value)))

    held = None if is_over and item.answer is None else box.get()  # None: it was skipped
    ticks = [item.low + i * (item.high - item.low) / TICKS for i in range(TICKS + 1)]
    data = {
        "low": item.low,
        "high": item.high,
        "value": held if _is_number(held) else None,
        "across": [[it, say_number(it, ",.0f")] for it in ticks],
        "up": [[it, say_number(it, ".0f")] for it in LOSSES],
        "titles": [say("update"), say("loss, nats per symbol")],
        "label": label,
        "bet": say("your bet"),
        "hint": say("Drag the line to the update that you bet on, or use the arrow keys."),
        "thousands": say_number(1000, ",.0f")[1:-3],  # what is written before the last three digits
        "over": is_over,
        "curves": list(shown.curves),
        "said": shown.said,
    }
    # A list, because Streamlit imports pandas to look for tables in a dictionary.
    component("drag", '<div class="dino-drag own-keys"></div>', HERE)(
        key=key, on_value_change=take, data=[data]
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
