"""A name as the network reads it: the index of each symbol, and its one-hot row."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dino import survey
from dino.charts import data as charts_data
from dino.charts.base import least_width
from dino.data import encode
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.figures_first import READ
from dino.lessons.lesson import Value
from dino.pages.learn.stage import Stage
from dino.ui.language import put, say
from dino.ui.plot import plot
from dino.ui.text import show_text

NONE = "–"  # heads the input that is no letter
ROOM = 40  # pixels of a column, beyond the least: a short name is no wide picture


def draw_one_hot(stage: Stage) -> Mapping[str, Value]:
    """Draw the inputs of all steps of a name, its option `word`."""
    vocab, name = dinosaurs().vocab, str(stage.step.options.get("word", READ))
    data = encode([name], vocab)
    inputs, targets = data.inputs[0], data.targets[0]
    shape = say(
        "{name}: {T} inputs of {V} numbers each. Step 1 has read nothing, so its numbers are all "
        "0; each other one has a single 1, at the index of its letter.",
        name=name,
        T=len(inputs),
        V=len(vocab),
    )
    columns = least_width(len(inputs))
    with st.container(width=columns + ROOM * len(inputs)):
        plot(
            charts_data.one_hot(
                survey.one_hot(inputs, len(vocab)), targets, vocab.labels, put, over=[NONE, *name]
            ),
            stage.key("one_hot"),
            shape,
            columns,
        )
    show_text(shape)
    return {}
