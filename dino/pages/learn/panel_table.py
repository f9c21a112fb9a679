"""The live parts of lessons, by the names that lessons use.

The parts about what a network reads are drawn here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import streamlit as st

from dino import survey
from dino.charts import name_list as charts_data
from dino.charts.base import least_width
from dino.charts.strips import ARRANGEMENTS, arrangement_picture, arrangement_sentence, strip
from dino.data import encode
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.figures_axis import NAME, NameLayout, layout_of
from dino.lessons.figures_first import READ
from dino.lessons.figures_sample import SEED, SIZE, drawn
from dino.lessons.item import Value
from dino.locale.sentences import Sentence, mark, sentence
from dino.pages.learn.network import draw_run
from dino.pages.learn.panel_cell import (
    START,
    draw_one_step,
    draw_two_units,
    draw_unrolled,
    draw_without_tanh,
)
from dino.pages.learn.panel_chips import draw_chips, draw_chips_table
from dino.pages.learn.panel_experiment import draw_experiment
from dino.pages.learn.panel_factor import draw_factor
from dino.pages.learn.panel_gate import draw_one_unit
from dino.pages.learn.panel_memory import (
    draw_echo,
    draw_gates,
    draw_memory_curves,
    draw_regularised,
)
from dino.pages.learn.panel_ruler import draw_ruler
from dino.pages.learn.panel_together import draw_disagreement, draw_partners, draw_together
from dino.pages.learn.panel_writing import draw_likelier, draw_stretch
from dino.pages.learn.stage import Stage
from dino.setting import Setting
from dino.ui import session, state
from dino.ui.component import component
from dino.ui.language import put, say, say_number
from dino.ui.number_box import draw_number, draw_refusals
from dino.ui.plot import plot
from dino.ui.table import draw_table
from dino.ui.text import show_text
from dino.ui.typed_numbers import NumberBox

NO_LETTER = "–"  # the title of the input that is not a letter
ROOM = 40  # pixels of a column beyond its least width, so that a short name gives no wide picture
SHOWN = 3  # batches
SEED_SETTING = Setting(int, mark("Seed of the random numbers"), "", low=0, high=9999)
AXIS_COLUMN = 46  # pixels
HERE = Path(__file__).parent


def draw_one_hot(stage: Stage) -> Mapping[str, Value]:
    """Draw the inputs of all steps of a name, which is the option `word`."""
    vocab, name = dinosaurs().vocab, str(stage.step.options.get("word", READ))
    data = encode([name], vocab)
    inputs, targets = data.inputs[0], data.targets[0]
    shape = say(
        "{name}: {T} inputs of {V} numbers each. Step 1 has read nothing, so its numbers are all "
        "0. Every other step has a single 1, at the index of its letter.",
        name=name,
        T=len(inputs),
        V=len(vocab),
    )
    columns = least_width(len(inputs))
    with st.container(width=columns + ROOM * len(inputs)):
        plot(
            charts_data.one_hot(
                survey.one_hot(inputs, len(vocab)),
                targets,
                vocab.labels,
                put,
                over=[NO_LETTER, *name],
            ),
            stage.key("one_hot"),
            shape,
            columns,
        )
    show_text(shape)
    return {}


def draw_batches(stage: Stage) -> Mapping[str, Value]:
    """Draw a box for a seed, and the first batches that it draws from the training names."""
    box = NumberBox(state.Value(stage.key("seed"), SEED), SEED_SETTING)
    seed = draw_number(box, says=False, width=220)
    draw_refusals(box)
    rows = [[say_number(number), *names] for number, names in enumerate(drawn(seed, SHOWN), 1)]
    heads = [say("name {number}", number=number) for number in range(1, SIZE + 1)]
    draw_table(
        [say("batch"), *heads],
        rows,
        stage.key("batches"),
        say("The first batches drawn with this seed"),
        names=range(1, SIZE + 1),
    )
    return {}


def draw_axis(stage: Stage) -> Mapping[str, Value]:
    """Draw a choice of the shape of x, and the resulting strip."""
    layouts = {put(shape_sentence(it)): it for it in map(layout_of, (True, False))}
    first, *_ = shapes = list(layouts)
    chosen = st.segmented_control(
        say("Shape of x: batch, time, symbols"),
        shapes,
        default=first,
        required=True,
        key=stage.key("shape"),
    )
    _draw_layout(stage, layouts.get(chosen or first, layouts[first]), "strip")
    return {}


def draw_both_axes(stage: Stage) -> None:
    """Draw the strips of both shapes of x, one below the other."""
    for is_time in (True, False):
        layout = layout_of(is_time)
        show_text(put(shape_sentence(layout)))
        _draw_layout(stage, layout, f"strip_{is_time}")


def _draw_layout(stage: Stage, layout: NameLayout, name: str) -> None:
    words = put(layout_sentence(layout))
    figure = strip([START, *NAME], layout.is_time)
    plot(figure, stage.key(name), words, AXIS_COLUMN * (len(NAME) + 1))
    show_text(words)


def shape_sentence(layout: NameLayout) -> Sentence:
    """A shape as code writes it: (1, 14, 27)."""
    batch, time, symbols = layout.shape
    return sentence("({batch}, {time}, {symbols})", batch=batch, time=time, symbols=symbols)


def layout_sentence(layout: NameLayout) -> Sentence:
    """Say what the network makes of x in this shape."""
    batch, time, _ = layout.shape
    if layout.is_time:
        return sentence(
            "{batch} row of {time} steps. Each state goes to the next step, and only the first "
            "step begins with a zero state.",
            batch=batch,
            time=time,
        )
    return sentence(
        "{batch} rows of {time} step. Each letter is treated as a separate name, and every row "
        "begins with a zero state.",
        batch=batch,
        time=time,
    )


def draw_arrangements(stage: Stage) -> Mapping[str, Value]:
    """Draw all arrangements, each with its name and its meaning."""
    strips = [
        {
            "title": put(shown.title),
            "about": put(shown.about),
            "alt": put(arrangement_sentence(shown)),
            "picture": arrangement_picture(shown),
        }
        for shown in ARRANGEMENTS.values()
    ]
    # A list, because Streamlit imports pandas to look for tables in a dictionary.
    component("arrangements", '<div class="arrangements"></div>', HERE)(
        key=stage.key("arrangements"), data=[{"strips": strips}]
    )
    return {}


def _draw_link(stage: Stage) -> Mapping[str, Value]:
    session.draw_link(
        session.COMPARE, label=say("Open the Compare page"), icon=":material/compare_arrows:"
    )
    return {}


Draw = Callable[[Stage], Mapping[str, Value]]
DRAW: Mapping[str, Draw] = {
    "run": draw_run,
    "ruler": draw_ruler,
    "experiment": draw_experiment,
    "compare": _draw_link,
    "chips": draw_chips,
    "chips_table": draw_chips_table,
    "arrangements": draw_arrangements,
    "one_hot": draw_one_hot,
    "two_units": draw_two_units,
    "one_unit": draw_one_unit,
    "tanh": draw_without_tanh,
    "batches": draw_batches,
    "axis": draw_axis,
    "one_step": draw_one_step,
    "factor": draw_factor,
    "strip": draw_unrolled,
    "stretch": draw_stretch,
    "likelier": draw_likelier,
    "echo": draw_echo,
    "regularised": draw_regularised,
    "memory_curves": draw_memory_curves,
    "gates": draw_gates,
    "together": draw_together,
    "disagreement": draw_disagreement,
    "partners": draw_partners,
}


def draw_panel(stage: Stage) -> Mapping[str, Value]:
    """Draw a step's panel. Return those of its figures that are known now."""
    return DRAW[stage.step.panel](stage)
