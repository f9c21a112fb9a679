"""The exercise of one LSTM unit: its weights and the tables of σ and tanh, which print well."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from dino.lessons.figures_gate import BLOCKS, UnitExercise, unit_exercise
from dino.lessons.item import Value
from dino.pages.learn.panel_cell import REACHED, draw_tanh_table, draw_values
from dino.pages.learn.stage import Stage
from dino.ui.language import say, say_number
from dino.ui.table import draw_table


def draw_one_unit(stage: Stage) -> Mapping[str, Value]:
    """Draw the weights of the exercise, and the tables of σ and tanh."""
    draw_unit_exercise(stage.key)
    return {}


def draw_unit_exercise(key: Callable[[str], str]) -> None:
    """Draw the weights as a table, one column for each sum, and the two tables. key: makes keys."""
    found = unit_exercise()
    rows = [
        *(["W_xh", *each] for each in _rows(found)),
        ["W_hh", "h", *_cells(found.W_hh)],
        ["b_h", "", *_cells(found.b_h)],
    ]
    caption = say("What goes into each sum of the unit, one column per gate or candidate")
    heads = [say("weights"), say("row"), *BLOCKS]
    draw_table(heads, rows, key("unit"), caption, numeric=range(2, 6), max_height=REACHED)
    about = say("σ(x), if your calculator lacks it. σ(−x) = 1 − σ(x)")
    draw_values(found.sigma, about, key("sigma"))
    draw_tanh_table(key, found.tanh)


def _rows(found: UnitExercise) -> list[list[str]]:
    pairs = zip(found.letters, found.W_xh, strict=True)
    return [[letter, *_cells(weights)] for letter, weights in pairs]


def _cells(values: np.ndarray) -> list[str]:
    return [say_number(value, ".1f") for value in values.tolist()]
