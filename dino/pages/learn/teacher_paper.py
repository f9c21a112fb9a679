"""The two-unit exercise to print: its task and weights, and its solution where that is wanted."""

from __future__ import annotations

import streamlit as st

from dino.lessons.expected import filled
from dino.lessons.figures_cell import Exercise, exercise, parts_of_sums
from dino.lessons.teaching import Sheet
from dino.pages.learn.panel_cell import START, draw_exercise
from dino.ui import state
from dino.ui.language import put, say, say_number
from dino.ui.table import draw_table

DIGITS = ".2f"


def draw_solution_switch() -> None:
    """Whether the exercise has its solution; no sheet says that it could have one."""
    st.toggle(say("With the solution"), key=state.SOLUTION.key, persist_state="session")


def draw_paper(sheet: Sheet) -> None:
    """Draw the exercise; with its solution below it where that is chosen."""
    found = exercise()
    st.markdown(put(filled(sheet.paper)))
    draw_exercise("paper_{}".format)
    inputs = [letter or START for letter in found.inputs]
    st.caption(
        say(
            "The inputs, in their order: {inputs}, where {start} is no letter.",
            inputs=", ".join(inputs),
            start=START,
        )
    )
    if state.SOLUTION.get():
        st.markdown(f"##### {say('Solution')}")
        _draw_states(found, inputs)
        _draw_outputs(found, inputs)


def _draw_states(found: Exercise, inputs: list[str]) -> None:
    """Each sum with its parts, and the state that is its tanh: a row for each input and unit."""
    rows = [
        [letter, say_number(j + 1), *(say_number(it, DIGITS) for it in numbers)]
        for t, letter in enumerate(inputs)
        for j, numbers in enumerate(parts_of_sums(found)[t].tolist())
    ]
    draw_table(
        [say("input"), say("unit"), "x W_xh", "h W_hh", "b_h", say("sum"), say("h, its tanh")],
        rows,
        "paper_states",
        say("Sums with their parts, and the states that are their tanh"),
        numeric=range(1, 7),
    )


def _draw_outputs(found: Exercise, inputs: list[str]) -> None:
    """The scores and the probabilities after each input."""
    draw_table(
        [
            say("input"),
            *(say("score of {symbol}", symbol=it) for it in found.symbols),
            *(say("p of {symbol}", symbol=it) for it in found.symbols),
        ],
        [
            [letter, *(say_number(it, DIGITS) for it in (*scores.tolist(), *probs.tolist()))]
            for letter, scores, probs in zip(inputs, found.logits, found.probs, strict=True)
        ],
        "paper_outputs",
        say("Scores, and the probabilities that softmax makes of them"),
        numeric=range(1, 1 + 2 * len(found.symbols)),
    )
