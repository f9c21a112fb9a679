"""Inside, letter by letter: the network's equations with the numbers of one step in them."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dino import anatomy
from dino.charts import inside as charts_inside
from dino.config import GATES
from dino.pages.inside.view import View
from dino.ui import state
from dino.ui.formulas import FORMULAS, OUTPUT
from dino.ui.plot import plot
from dino.ui.table import draw_table
from dino.ui.text import show_text

SHOWN_TERMS = 8
TERM_COLUMNS = ["from", "value", "× weight", "= term"]
TANH_GATES = ("h", "n", "g")  # the others are squashed by a sigmoid


def draw_equations(view: View, text: str) -> None:
    """One step, which reads the last letter of `text`: its vectors, one sum, one probability."""
    step = anatomy.take_apart(view.model, view.vocab, text, view.context)
    st.latex(FORMULAS[view.config.cell])
    show_text(_input_words(view, step))
    unit = _draw_unit_box(view.config.hidden_size)
    plot(
        charts_inside.strips(_vectors(view.config.cell, step), unit),
        "strips",
        "The vectors of this step, unit by unit",
        on_point=lambda x, _: state.UNIT.set(int(x)),
    )
    st.caption(
        "Each column is a hidden unit, each row a vector of this step; beyond ±1 the colour "
        "stays as at ±1. Click a column to open its unit."
    )
    st.latex(_unit_latex(view.config.cell, step, unit))
    _draw_sum(view, step, unit)
    _draw_softmax(view, step)


def _input_words(view: View, step: anatomy.Step) -> str:
    if step.letter == view.vocab.start:
        return "x_t is the letter read last: none: this is the start, all zeros."
    return (
        f"x_t is the letter read last: {view.vocab.labels[step.letter]}, number {step.letter} of "
        "the dictionary, a one there and zeros elsewhere."
    )


def _draw_unit_box(hidden_size: int) -> int:
    """Draw the box; return the unit whose numbers are shown."""
    last = hidden_size - 1
    if int(state.UNIT.get() or 0) > last:  # chosen in a larger network
        state.UNIT.set(0)
    st.number_input(
        f"Open a unit (0 to {last})", 0, last, key="unit", persist_state="session", width=170
    )
    return min(max(int(state.UNIT.get() or 0), 0), last)


def _vectors(cell: str, step: anatomy.Step) -> dict[str, np.ndarray]:
    """Every vector of the step under its name, in the order of the equations. (H,) each"""
    vectors = {"h before": step.h_prev}
    if cell == "rnn":
        vectors["sum"] = step.sums
    else:
        gates = step.gates.reshape(-1, len(step.h))
        for name, gate in zip(anatomy.GATE_NAMES[cell], gates, strict=True):
            vectors[anatomy.block_title(name)] = gate
    if step.c is not None and step.c_prev is not None:
        vectors |= {"c before": step.c_prev, "c now": step.c}
    return vectors | {"h now": step.h}


def _unit_latex(cell: str, step: anatomy.Step, unit: int) -> str:
    """The formula of one unit with its numbers."""
    lines = [_gate_latex(cell, step, unit, gate) for gate in range(GATES[cell])]
    if cell != "rnn":
        lines += _state_latex(step, unit)
    return r"\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}"


def _gate_latex(cell: str, step: anatomy.Step, unit: int, gate: int) -> str:
    """One gate of a unit: what it adds up, and what tanh or the sigmoid makes of that."""
    name = anatomy.GATE_NAMES[cell][gate]
    column = gate * len(step.h) + unit
    past = _bracketed(step.from_state[column])
    if name == "n":  # the GRU's reset gate scales the past of its candidate
        past = f"{_bracketed(step.gates[unit])} \\cdot {past}"
    squash = r"\tanh" if name in TANH_GATES else r"\sigma"
    left = "h_t" if cell == "rnn" else name
    return (
        rf"{left} &= {squash}(\underbrace{{{_bracketed(step.from_letter[column])}}}_{{x_t W}} + "
        rf"\underbrace{{{_bracketed(step.bias[column])}}}_{{b}} + "
        rf"\underbrace{{{past}}}_{{h_{{t-1}} W}}) = {squash}({step.sums[column]:.3f}) = "
        rf"{step.gates[column]:.3f}"
    )


def _state_latex(step: anatomy.Step, unit: int) -> list[str]:
    """How a unit's gates make its new state, for a GRU or an LSTM."""
    b, h = _bracketed, step.h[unit]
    gates = step.gates.reshape(-1, len(step.h))[:, unit]
    if step.c is None or step.c_prev is None:  # a GRU, which has no cell state
        _, z, n = gates
        h_prev = step.h_prev[unit]
        return [rf"h_t &= (1 - {b(z)}) \cdot {b(n)} + {b(z)} \cdot {b(h_prev)} = {h:.3f}"]
    i, f, g, o = gates
    c, c_prev = step.c[unit], step.c_prev[unit]
    return [
        rf"c_t &= {b(f)} \cdot {b(c_prev)} + {b(i)} \cdot {b(g)} = {c:.3f}",
        rf"h_t &= {b(o)} \cdot \tanh({c:.3f}) = {h:.3f}",
    ]


def _bracketed(value: float) -> str:
    """A number for a formula, in brackets where it has a sign."""
    return f"{value:.3f}" if value >= 0 else f"({value:.3f})"


def _draw_sum(view: View, step: anatomy.Step, unit: int) -> None:
    """The sum of one gate of one unit, term by term."""
    cell = view.config.cell
    gate = _draw_gate_box(cell)
    column = gate * view.config.hidden_size + unit
    W = view.model.W_hh.detach().numpy()[:, column]
    scaled = cell == "gru" and gate == 2  # r scales what comes from the state, before the rest
    total = step.from_state[column] if scaled else step.sums[column]
    rows = [
        *([] if scaled else _input_rows(view, step, column)),
        *_largest_rows(step.h_prev, W),
        ["all together", "", "", f"{total:+.4f}"],
    ]
    draw_table(
        TERM_COLUMNS, rows, "terms", f"The sum of unit {unit}, term by term", numeric=(1, 2, 3)
    )
    order = ", before r scales it." if scaled else "."
    show_text(f"What unit {unit} adds up, the largest terms first{order}")
    with st.expander("All terms"):
        draw_table(
            TERM_COLUMNS,
            [_term_row(k, step.h_prev, W) for k in _by_size(step.h_prev * W)],
            "all_terms",
            f"All terms of unit {unit}",
            numeric=(1, 2, 3),
            max_height=300,
        )


def _draw_gate_box(cell: str) -> int:
    """Draw the box; return the number of the gate whose sum is shown."""
    names = anatomy.GATE_NAMES[cell]
    if len(names) == 1:
        return 0
    chosen = st.segmented_control(
        "Sum of", names, key=f"gate_{cell}", required=True, default=names[0]
    )
    return names.index(chosen)


def _input_rows(view: View, step: anatomy.Step, column: int) -> list[list[str]]:
    """The terms of the letter and of the bias."""
    letter = [*view.vocab.labels, "start"][step.letter]
    one = "0" if step.letter == view.vocab.start else "1"
    x, b = step.from_letter[column], step.bias[column]
    return [
        [f"letter {letter}", one, f"{x:+.3f}", f"{x:+.4f}"],
        ["bias", "1", f"{b:+.3f}", f"{b:+.4f}"],
    ]


def _largest_rows(h_prev: np.ndarray, W: np.ndarray) -> list[list[str]]:
    """The largest terms h_prev W of a unit's sum, and all others as one."""
    products = h_prev * W
    order = _by_size(products)
    shown = [k for k in order[:SHOWN_TERMS] if products[k]]  # at the start there is no state yet
    others = order[len(shown) :]
    rows = [_term_row(k, h_prev, W) for k in shown]
    if len(others):
        rows.append([f"the other {len(others)}", "", "", f"{products[others].sum():+.4f}"])
    return rows


def _by_size(products: np.ndarray) -> np.ndarray:
    return np.argsort(-np.abs(products), kind="stable")


def _term_row(k: int, h_prev: np.ndarray, W: np.ndarray) -> list[str]:
    return [f"unit {k}", f"{h_prev[k]:+.3f}", f"{W[k]:+.3f}", f"{h_prev[k] * W[k]:+.4f}"]


def _draw_softmax(view: View, step: anatomy.Step) -> None:
    """From the hidden state to the largest probability, with its numbers."""
    v = int(step.probs.argmax())
    bias, logit = float(view.model.b_y[v].detach()), float(step.logits[v])
    total = float(np.exp(step.logits.astype(float)).sum())
    st.latex(OUTPUT)
    st.latex(
        rf"\begin{{aligned}} \mathrm{{logit}} &= \underbrace{{{logit - bias:.3f}}}_{{h_t "
        rf"W_{{hy}}}} + \underbrace{{({bias:.3f})}}_{{b_y}} = {logit:.3f} \\ p &= "
        rf"\frac{{e^{{{logit:.3f}}}}}{{\sum e^{{\mathrm{{logit}}}}}} = "
        rf"\frac{{{np.exp(logit):.4g}}}{{{total:.4g}}} = {step.probs[v]:.3f} "
        r"\end{aligned}"
    )
    show_text(f"These are the numbers of the likeliest symbol, {view.vocab.labels[v]}.")
