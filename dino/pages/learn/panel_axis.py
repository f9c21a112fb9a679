"""The strip of one name in lessons, its letters on the time axis or on the batch axis."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dino.charts.strips import strip
from dino.lessons.figures_axis import NAME, Layout, layout_of
from dino.lessons.lesson import Value
from dino.locale.sentences import Sentence, sentence
from dino.pages.learn.stage import Stage
from dino.ui.language import put, say
from dino.ui.plot import plot
from dino.ui.text import show_text

START = "·"  # heads the input that is no letter
COLUMN = 46  # pixels


def draw_axis(stage: Stage) -> Mapping[str, Value]:
    """A choice of the shape of x, and the strip that comes of it."""
    layouts = {put(shape_sentence(it)): it for it in map(layout_of, (True, False))}
    first, *_ = shapes = list(layouts)
    chosen = st.segmented_control(
        say("Shape of x: batch, time, symbols"),
        shapes,
        default=first,
        required=True,
        key=stage.key("shape"),
    )
    layout = layouts.get(chosen or first, layouts[first])
    words = put(layout_sentence(layout))
    figure = strip([START, *NAME], layout.is_time)
    plot(figure, stage.key("strip"), words, COLUMN * (len(NAME) + 1))
    show_text(words)
    return {}


def shape_sentence(layout: Layout) -> Sentence:
    """A shape as code writes it: (1, 14, 27)."""
    batch, time, symbols = layout.shape
    return sentence("({batch}, {time}, {symbols})", batch=batch, time=time, symbols=symbols)


def layout_sentence(layout: Layout) -> Sentence:
    """What the network makes of x in this shape."""
    batch, time, _ = layout.shape
    if layout.is_time:
        return sentence(
            "{batch} row of {time} steps: each state goes to the next step, and only the first "
            "one begins at 0.",
            batch=batch,
            time=time,
        )
    return sentence(
        "{batch} rows of {time} step: each letter is a name of its own, and every row begins at 0.",
        batch=batch,
        time=time,
    )
