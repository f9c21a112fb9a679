"""The two-unit exercise to print: its task and weights, and its solution where that is wanted."""

from __future__ import annotations

import streamlit as st

from dino.lessons.figures_cell import Exercise, exercise
from dino.lessons.teaching import Sheet
from dino.pages.learn.panel_cell import START, draw_exercise
from dino.ui import state
from dino.ui.language import say, say_number
from dino.ui.table import draw_table

DIGITS = ".2f"


def draw_paper(sheet: Sheet) -> None:
    """Draw the exercise; with its solution below it where that is chosen."""
    st.toggle(say("With the solution"), key=state.SOLUTION.key, persist_state="session")
    st.markdown(sheet.paper)
    draw_exercise("paper_{}".format)
    found = exercise()
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
    """The sums and the states after each input."""
    units = range(1, found.states.shape[1] + 1)
    draw_table(
        [
            say("input"),
            *(say("sum {number}", number=j) for j in units),
            *(say("h, unit {number}", number=j) for j in units),
        ],
        [
            [letter, *(say_number(it, DIGITS) for it in (*sums.tolist(), *states.tolist()))]
            for letter, sums, states in zip(inputs, found.sums, found.states, strict=True)
        ],
        "paper_states",
        say("Sums, and the states that are their tanh"),
        numeric=range(1, 1 + 2 * len(units)),
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
