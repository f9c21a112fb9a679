"""The cell in lessons: the two-unit exercise, to be done by hand, and a state without tanh."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import streamlit as st

from dino.charts.cells import state_lengths as draw_lengths
from dino.jobs import RunEntry
from dino.lessons import figures_cell
from dino.lessons.figures_cell import READ_NAME, Lengths, exercise, state_figures
from dino.lessons.lesson import Value
from dino.locale.sentences import Sentence, sentence
from dino.model import rebuild
from dino.pages.learn.panel_run import draw_run
from dino.pages.learn.stage import Stage
from dino.pages.learn.training import run_of
from dino.ui.language import put, say, say_number
from dino.ui.plot import plot
from dino.ui.table import draw_table
from dino.ui.text import show_text

START = "·"  # heads the input that is no letter


def draw_two_units(stage: Stage) -> Mapping[str, Value]:
    """The weights of the exercise, and a table of tanh."""
    draw_exercise(stage.key)
    return {}


def draw_exercise(key: Callable[[str], str]) -> None:
    """The weights as tables, which print well, and a table of tanh. key: names a table."""
    found = exercise()
    units = [say("unit {number}", number=j + 1) for j in range(len(found.b_h))]
    into = [
        *_rows("W_xh", found.symbols, found.W_xh),
        *_rows("W_hh", units, found.W_hh),
        ["b_h", "", *_cells(found.b_h)],
    ]
    heads = [say("weights"), say("row")]
    caption = say("What goes into each unit: a column for each")
    draw_table([*heads, *units], into, key("into"), caption, numeric=range(2, 4))
    out = [*_rows("W_hy", units, found.W_hy), ["b_y", "", *_cells(found.b_y)]]
    caption = say("What goes into the score of each symbol: a column for each")
    draw_table([*heads, *found.symbols], out, key("out"), caption, numeric=range(2, 5))
    _draw_tanh_table(key, found.tanh)


def _rows(name: str, heads: Sequence[str], matrix: np.ndarray) -> list[list[str]]:
    return [[name, head, *_cells(row)] for head, row in zip(heads, matrix, strict=True)]


def _cells(values: np.ndarray) -> list[str]:
    return [say_number(value, ".1f") for value in values.tolist()]


def _draw_tanh_table(key: Callable[[str], str], table: Sequence[tuple[float, float]]) -> None:
    """tanh from 0 to 2 in steps of a tenth: a row for each unit digit, a column for each tenth."""
    tenths = [say_number(x, ".1f") for x, _ in table[:10]]
    rows = [
        [say_number(x, ".0f"), *(say_number(y, ".3f") for _, y in table[i : i + 10])]
        for i, (x, _) in list(enumerate(table))[::10]
    ]
    about = say("tanh x, if your calculator has none; tanh(−x) = −tanh x")
    st.caption(about)
    rows = [row + [""] * (1 + len(tenths) - len(row)) for row in rows]
    draw_table(
        ["x", *(f"+ {tenth}" for tenth in tenths)], rows, key("tanh"), about, numeric=range(1, 11)
    )


def draw_without_tanh(stage: Stage) -> Mapping[str, Value]:
    """Train the lesson's recipe; then its state along a name, with tanh and without it."""
    found = dict(draw_run(stage))
    entry = run_of(stage.config)
    if entry is None or entry.run.step < entry.run.max_steps:
        return found
    lengths = lengths_of(entry)
    heads = [START, *READ_NAME]
    bound = float(np.sqrt(entry.run.config.hidden_size))
    words = put(lengths_sentence(lengths))
    figure = draw_lengths(lengths.bounded, lengths.linear, bound, heads, put)
    plot(figure, stage.key("lengths"), words, 14 * 24)
    show_text(words)
    return found | state_figures(lengths)


def lengths_of(entry: RunEntry) -> Lengths:
    """The lengths of the states of a run's network along the lesson's name."""
    vocab, run = entry.corpus.vocab, entry.run
    model = rebuild(run.config, len(vocab), run.weights)
    return figures_cell.state_lengths(model, vocab)


def lengths_sentence(lengths: Lengths) -> Sentence:
    """What the picture shows at the name's end."""
    return sentence(
        "After {count:,} inputs the state has the length {bounded:,.1f} with tanh and "
        "{linear:,.1f} without it, with the same weights.",
        count=len(lengths.bounded),
        bounded=float(lengths.bounded[-1]),
        linear=float(lengths.linear[-1]),
    )
