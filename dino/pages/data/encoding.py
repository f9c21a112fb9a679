"""Data, one name, encoded: a name exactly as the network gets it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dino import survey
from dino.charts import data as charts_data
from dino.charts.base import LEAST_COLUMN
from dino.data import Vocab, encode
from dino.lists import MAX_LETTERS
from dino.pages.data.list_view import ListView
from dino.ui import state
from dino.ui.plot import plot
from dino.ui.table import draw_table
from dino.ui.text import count_text, show_text

EXAMPLE = "jinzhousaurus"
SIDES = 112  # pixels beside the columns of the picture


def draw_encoding(view: ListView) -> None:
    """A box for a name, its inputs and targets step by step, and the inputs as a picture."""
    vocab = view.corpus.vocab
    _fill_example(view)
    typed = st.text_input("A name", key="encoded", persist_state="session", max_chars=MAX_LETTERS)
    try:
        inputs, targets = _encode(vocab, vocab.normalize(typed or ""))
    except ValueError as error:
        with st.container(border=True, key="encoded_refused"):
            show_text(str(error))
        return
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _draw_steps(vocab, inputs, targets)
    with right:
        _draw_one_hot(vocab, inputs, targets)


def needs_example(view: ListView) -> bool:
    """Whether the box was never filled, or holds a name that the newly chosen list cannot
    spell.
    """
    name, vocab = state.ENCODED_NAME.get(), view.corpus.vocab
    if name is None:
        return True
    same_list = state.ENCODED_LIST.get() == view.complete.source
    return not same_list and not vocab.index.keys() >= set(vocab.normalize(name))


def _fill_example(view: ListView) -> None:
    """Put an example into the box, where it needs one."""
    names = view.corpus.names
    if needs_example(view):
        state.ENCODED_NAME.set(EXAMPLE if EXAMPLE in names else names[0])
    state.ENCODED_LIST.set(view.complete.source)


def _encode(vocab: Vocab, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (T,) and targets (T,). Raises ValueError for a name too long or of other letters."""
    # Streamlit limits what is typed, but in lower case one letter can become two (İ).
    if len(name) > MAX_LETTERS:
        raise ValueError(
            f"A name has at most {MAX_LETTERS} letters; this has {len(name):,}. Take fewer."
        )
    data = encode([name], vocab)
    return data.inputs[0], data.targets[0]


def _draw_steps(vocab: Vocab, inputs: np.ndarray, targets: np.ndarray) -> None:
    """What the network reads and what it should say, step by step."""
    labels, rows = vocab.labels, []
    read = ["nothing", *(labels[i] for i in inputs[1:])]
    for t, target in enumerate(targets):
        rows.append([str(t), read[t], str(inputs[t]), labels[target], str(target)])
    draw_table(
        ["step", "reads", "input", "should say", "target"],
        rows,
        "encoding",
        "Inputs and shifted targets, step by step",
        numeric=(0, 2, 4),
        names=(1, 3),
        max_height=480,
    )
    T = len(inputs)
    show_text(
        f"{count_text(T - 1, 'letter')} and an end: {count_text(T, 'step')}. The targets are the "
        "inputs one step early: at each step it should name the letter that it reads next, and in "
        "the end ⏎."
    )


def _draw_one_hot(vocab: Vocab, inputs: np.ndarray, targets: np.ndarray) -> None:
    V, T = len(vocab), len(inputs)
    plot(
        charts_data.one_hot(survey.one_hot(inputs, V), targets, vocab.labels),
        "one_hot",
        "The one-hot input of every step",
        LEAST_COLUMN * T + SIDES,
    )
    show_text(
        f"The input, one-hot, shape ({T}, {V}): steps × symbols, {count_text(T - 1, 'one')} and "
        f"{T * V - T + 1:,} zeros; each step is drawn as a column. At step 0 nothing was read yet: "
        f"index {V}, one past the symbols, is a row of zeros. Over each column stands its target; "
        f"targets have shape ({T},). A batch of B names has shape (B, T), padded behind shorter "
        "names; padding counts in no loss."
    )
