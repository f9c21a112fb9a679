"""Inside, weights: the matrices as pictures, beside the map of the letters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import streamlit as st

from dino import anatomy
from dino.charts import inside as charts_weights
from dino.config import Config
from dino.locale.sentences import Sentence, Text, mark, sentence
from dino.pages.inside.letter_map import draw_map
from dino.pages.inside.view import View
from dino.setting import Setting
from dino.ui import state
from dino.ui.language import put, say, say_number
from dino.ui.number_box import draw_number
from dino.ui.plot import plot
from dino.ui.table import draw_twin
from dino.ui.text import draw_lines, show_text
from dino.ui.typed_numbers import NumberBox

SHOWN_UNITS = 96  # of a weight matrix at one time
LISTED = 50  # weights in the table of the largest ones
MATRICES = ("W_xh", "W_hh", "W_hy")
STATE_GATES = ("r", "f")  # these gates only multiply what comes from the previous state


def draw_weights(view: View) -> None:
    """Draw a weight matrix as a picture, and the map of the letters."""
    left, right = st.columns([5, 4], gap="medium")
    with left:
        _draw_matrix(view)
    with right:
        draw_map(view)


class Block(NamedTuple):
    """The part of a weight matrix that is shown: one gate's, for some units."""

    title: Text
    weights: np.ndarray  # (R, C)
    rows: list[str]
    columns: list[str]
    sides: tuple[str, str]  # the titles of rows and columns


def _draw_matrix(view: View) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.segmented_control(
            say("Weights"), MATRICES, key=state.MATRIX.key, persist_state="session", required=True
        )
        name = chosen or "W_hh"
        gate = _draw_gate_box(view.config.cell, name)
        first = _draw_unit_box(view.config.hidden_size)
    block = _block(view, name, gate, slice(first, first + SHOWN_UNITS))
    if not has_effect(view.config, name, gate):
        show_text(put(_no_effect_sentence(block.title)))
        return
    shown = range(first, min(first + SHOWN_UNITS, view.config.hidden_size))
    plot(
        charts_weights.weights(block.weights, block.rows, block.columns, block.sides),
        "matrix_plot",
        put(charts_weights.weights_alt(block.title, shown, view.config.hidden_size)),
    )
    lines = matrix_sentences(name, block, is_silent=set(shown) <= set(view.silent))
    if not block.weights.any():
        show_text("\n".join(map(put, lines)))
        return
    draw_lines(lines[:1], more=lines[1:])
    _draw_largest(block)


def has_effect(config: Config, name: str, gate: int) -> bool:
    """Whether a block of a matrix can change a prediction of this recipe.

    With a memory of one letter, the state is zero before every letter. So W_hh, and the gates that
    only multiply the state, have no effect and no gradient.
    """
    is_of_state = name == "W_hh"
    if name == "W_xh":
        is_of_state = anatomy.GATE_NAMES[config.cell][gate] in STATE_GATES
    return config.context != 1 or not is_of_state


def _no_effect_sentence(title: Text) -> Sentence:
    return sentence(
        "{matrix} has no effect here, because the state is zero before every letter.", matrix=title
    )


def matrix_sentences(name: str, block: Block, is_silent: bool) -> list[Sentence]:
    """Say what a matrix does, its largest weight, and how large its weights are on average.

    is_silent: whether all shown units are silent.
    """
    found, W = [_meaning(name, block.title)], block.weights
    if not W.any() and is_silent:
        return [*found, sentence("All weights shown are zero because these units are silent.")]
    if not W.any():
        return [*found, sentence("All weights shown are zero.")]
    i, j = np.unravel_index(np.abs(W).argmax(), W.shape)
    return [
        *found,
        _largest(name, block.rows[int(i)], block.columns[int(j)], float(W[i, j])),
        sentence("The mean absolute weight is {mean:.2f}.", mean=float(np.abs(W).mean())),
    ]


def _meaning(name: str, title: Text) -> Sentence:
    if name == "W_xh":
        return sentence("{matrix}: what each letter adds to each unit's sum.", matrix=title)
    if name == "W_hh":
        return sentence(
            "{matrix}: how much each unit counts in each unit's next sum.", matrix=title
        )
    return sentence(
        "{matrix}: how much each unit counts in each symbol's logit (score).", matrix=title
    )


def _largest(name: str, row: str, column: str, weight: float) -> Sentence:
    fields = {"weight": weight, "row": row, "column": column}
    if name == "W_xh":
        return sentence(
            "The weight farthest from 0 here is {weight:+.2f}, from letter {row} to hidden unit "
            "{column}.",
            **fields,
        )
    if name == "W_hh":
        return sentence(
            "The weight farthest from 0 here is {weight:+.2f}, from hidden unit {row} to hidden "
            "unit {column}.",
            **fields,
        )
    return sentence(
        "The weight farthest from 0 here is {weight:+.2f}, from hidden unit {column} to symbol "
        "{row}.",
        **fields,
    )


def _draw_gate_box(cell: str, name: str) -> int:
    """Draw the box. Return the number of the gate whose block is shown; W_hy has one block."""
    gates = anatomy.GATE_NAMES[cell]
    if len(gates) == 1 or name == "W_hy":
        return 0
    chosen = st.segmented_control(
        say("Block"),
        gates,
        format_func=lambda name: put(anatomy.BLOCK_TITLES[name]),
        key=f"weights_{cell}",
        required=True,
        default=gates[0],
    )
    return gates.index(chosen)


def _draw_unit_box(hidden_size: int) -> int:
    """Draw the box if there is no room for all units. Return the first unit that is shown."""
    if hidden_size <= SHOWN_UNITS:
        return 0
    first = Setting(int, mark("From unit"), "", low=0, high=hidden_size - 1)
    box = NumberBox(state.Value(f"from_{hidden_size}", 0), first)
    return int(draw_number(box, step=SHOWN_UNITS, width=130))


def _block(view: View, name: str, gate: int, shown: slice) -> Block:
    cell, H, labels = view.config.cell, view.config.hidden_size, view.vocab.labels
    W = getattr(view.model, name).detach().numpy()
    units = [str(k) for k in range(H)][shown]
    letter, unit_from, unit_to = say("letter"), say("from hidden unit"), say("to hidden unit")
    if name == "W_hy":
        return Block(name, W[shown].T, labels, units, (say("to symbol"), unit_from))
    gates = anatomy.GATE_NAMES[cell]
    title: Text = name
    if len(gates) > 1:
        block = anatomy.BLOCK_TITLES[gates[gate]]
        title = sentence("{matrix}, {block}", matrix=name, block=put(block))
    W = W[:, gate * H : (gate + 1) * H]
    if name == "W_xh":
        return Block(title, W[:, shown], labels, units, (letter, unit_to))
    return Block(title, W[shown, shown], units, units, (unit_from, unit_to))


def _draw_largest(block: Block) -> None:
    W, rows = block.weights, []
    for flat in np.argsort(-np.abs(W), axis=None)[:LISTED]:
        r, c = np.unravel_index(flat, W.shape)
        rows.append([block.rows[r], block.columns[c], say_number(float(W[r, c]), "+.3f")])
    draw_twin(
        [*block.sides, say("weight")],
        rows,
        "matrix_twin",
        say("The largest weights of this picture"),
        numeric=(2,),
    )
