"""The batches that a seed draws, in lessons."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dino.lessons.figures_sample import SEED, SIZE, drawn
from dino.lessons.lesson import Value
from dino.pages.learn.stage import Stage
from dino.ui.language import say, say_number
from dino.ui.table import draw_table

SHOWN = 3  # batches
HIGHEST = 9999  # seed


def draw_batches(stage: Stage) -> Mapping[str, Value]:
    """A box for a seed, and the first batches that it draws from the training names."""
    seed = st.number_input(
        say("Seed of the generator"),
        0,
        HIGHEST,
        value=SEED,
        step=1,
        key=stage.key("seed"),
        width=220,
    )
    rows = [
        [say_number(number), *names] for number, names in enumerate(drawn(int(seed or 0), SHOWN), 1)
    ]
    heads = [say("name {number}", number=number) for number in range(1, SIZE + 1)]
    draw_table(
        [say("batch"), *heads],
        rows,
        stage.key("batches"),
        say("The first batches that this seed draws"),
        names=range(1, SIZE + 1),
    )
    return {}
