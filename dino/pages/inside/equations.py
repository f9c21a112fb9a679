"""Inside, letter by letter: the network's equations with the numbers of one step."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dino import anatomy
from dino.charts import inside as charts_inside
from dino.config import GATES
from dino.locale.sentences import MINUS, Sentence, sentence
from dino.pages.inside.units import unit_box
from dino.pages.inside.view import View
from dino.ui import state
from dino.ui.formulas import FORMULAS, OUTPUT
from dino.ui.language import put, say, say_number
from dino.ui.number_box import draw_number, draw_refusals
from dino.ui.plot import plot
from dino.ui.table import draw_table
from dino.ui.text import show_text

SHOWN_TERMS = 8
TANH_GATES = ("h", "n", "g")  # the others use a sigmoid


def draw_equations(view: View, text: str) -> None:
    """Draw the step that reads the last letter of `text`: its vectors, one sum, one probability."""
    step = anatomy.take_apart(view.model, view.vocab, text, view.context)
    cell = view.config.cell
    st.latex(FORMULAS[cell])
    lines = input_sentences(step, view.vocab.start, view.vocab.labels, view.context)
    show_text("\n".join(put(line) for line in lines))
    unit = _draw_unit_box(view.config.hidden_size)
    plot(
        charts_inside.strips(_vectors(cell, step), unit, put),
        "strips",
        say("The vectors of this step, unit by unit"),
        on_point=lambda x, _: state.UNIT.set(int(x)),
    )
    st.caption(
        "  \n".join(
            (
                say("Each column is a hidden unit, each row a vector of this step."),
                say("Values beyond ±1 have the colour of ±1."),
                say("Click a column to see the numbers of its unit."),
            )
        )
    )
    st.latex(unit_latex(cell, step, unit))
    _draw_sum(view, step, unit)
    _draw_softmax(view, step)


def input_sentences(
    step: anatomy.LetterStep, start: int, labels: list[str], context: int
) -> list[Sentence]:
    """Say what the step reads and, for the first step, its initial state.

    start: the index for no letter; labels (V,); context: how many inputs it sees, 0 for all.
    """
    if step.letter == start:
        found = [sentence("x_t is all zeros because no letter has been read yet.")]
    else:
        found = [
            sentence(
                "x_t is the last letter read: {letter}, number {number} of the dictionary "
                "(vocabulary).",
                letter=labels[step.letter],
                number=step.letter,
            ),
            sentence("It is one-hot: 1 at that number, 0 everywhere else."),
        ]
    if step.letter == start or context == 1:
        found.append(_initial_sentence(step.c is not None))
    return found


def _initial_sentence(is_lstm: bool) -> Sentence:
    if is_lstm:
        return sentence(
            "This step starts from the initial states h_0 and c_0, which are all zeros."
        )
    return sentence("This step starts from the initial state h_0, which is all zeros.")


def _draw_unit_box(hidden_size: int) -> int:
    """Draw the box. Return the unit whose numbers are shown."""
    last = hidden_size - 1
    if int(state.UNIT.get() or 0) > last:  # chosen in a larger network
        state.UNIT.set(0)
    label = say("Open a unit (0 to {last})", last=last)
    box = unit_box(hidden_size)
    draw_number(box, label, says=False, width=170)
    draw_refusals(box)
    return min(max(int(state.UNIT.get() or 0), 0), last)


def _vectors(cell: str, step: anatomy.LetterStep) -> dict[str, np.ndarray]:
    """Every vector of the step by its name, in the order of the equations. (H,) each."""
    vectors = {say("h before"): step.h_prev}
    if cell == "rnn":
        vectors[say("sum")] = step.sums
    else:
        gates = step.gates.reshape(-1, len(step.h))
        for name, gate in zip(anatomy.GATE_NAMES[cell], gates, strict=True):
            vectors[put(anatomy.BLOCK_TITLES[name])] = gate
    if step.c is not None and step.c_prev is not None:
        vectors |= {say("c before"): step.c_prev, say("c now"): step.c}
    return vectors | {say("h now"): step.h}


def unit_latex(cell: str, step: anatomy.LetterStep, unit: int) -> str:
    """The formula of one unit with its numbers, in LaTeX: h_t[5] is entry 5 of h_t."""
    lines = [_gate_latex(cell, step, unit, gate) for gate in range(GATES[cell])]
    if cell != "rnn":
        lines += _state_latex(step, unit)
    return r"\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}"


def _gate_latex(cell: str, step: anatomy.LetterStep, unit: int, gate: int) -> str:
    """One gate of a unit: its sum, and the value of tanh or the sigmoid."""
    name = anatomy.GATE_NAMES[cell][gate]
    column = gate * len(step.h) + unit
    past = _braced(step.from_state[column], f"(h_{{t-1}} W_{{h{name}}})[{unit}]")
    if name == "n":  # the GRU's reset gate multiplies this part
        past = f"{_braced(step.gates[unit], f'r[{unit}]')} \\cdot {past}"
    squash = r"\tanh" if name in TANH_GATES else r"\sigma"
    left = "h_t" if cell == "rnn" else name
    letter = _braced(step.from_letter[column], f"(x_t W_{{x{name}}})[{unit}]")
    bias = _braced(step.bias[column], f"b_{name}[{unit}]")
    return (
        rf"{left}[{unit}] &= {squash}({letter} + {bias} + {past}) \\ &= "
        rf"{squash}({_number(step.sums[column])}) = {_number(step.gates[column])}"
    )


def _state_latex(step: anatomy.LetterStep, unit: int) -> list[str]:
    """How a unit's gates make its new state, for a GRU or an LSTM."""
    b, h = _bracketed, _number(step.h[unit])
    gates = step.gates.reshape(-1, len(step.h))[:, unit]
    if step.c is None or step.c_prev is None:  # a GRU has no cell state
        _, z, n = gates
        h_prev = step.h_prev[unit]
        kept = rf"(1 - {b(z)}) \cdot {b(n)} + {b(z)} \cdot {b(h_prev)}"
        return [rf"h_t[{unit}] &= {kept} \\ &= {h}"]  # two lines, for a phone
    i, f, g, o = gates
    c = _number(step.c[unit])
    return [
        rf"c_t[{unit}] &= {b(f)} \cdot {b(step.c_prev[unit])} + {b(i)} \cdot {b(g)} \\ &= {c}",
        rf"h_t[{unit}] &= {b(o)} \cdot \tanh({c}) = {h}",
    ]


def _braced(value: float, name: str) -> str:
    """A number for a formula, with its meaning below a brace."""
    return rf"\underbrace{{{_bracketed(value)}}}_{{{name}}}"


def _bracketed(value: float) -> str:
    """A number for a formula; a negative one is in brackets."""
    return _number(value) if value >= 0 else f"({_number(value)})"


def _number(value: float, spec: str = ".3f") -> str:
    """A number for a formula.

    LaTeX adds a space after a comma unless it is in braces, and a hyphen becomes a minus.
    """
    return say_number(float(value), spec).replace(",", "{,}").replace(MINUS, "-")


def _draw_sum(view: View, step: anatomy.LetterStep, unit: int) -> None:
    """Draw the sum of one gate of one unit, term by term."""
    cell = view.config.cell
    gate = _draw_gate_box(cell)
    column = gate * view.config.hidden_size + unit
    W = view.model.W_hh.detach().numpy()[:, column]
    scaled = cell == "gru" and gate == 2  # r multiplies the state's part before the rest is added
    total = step.from_state[column] if scaled else step.sums[column]
    rows = [
        *([] if scaled else _input_rows(view, step, column)),
        *_largest_rows(step.h_prev, W),
        [say("all together"), "", "", _signed(total, 4)],
    ]
    columns = [say("from"), say("value"), say("× weight"), say("= term")]
    caption = say("The sum of unit {unit}, term by term", unit=unit)
    draw_table(columns, rows, "terms", caption, numeric=(1, 2, 3))
    show_text("\n".join(put(line) for line in sum_sentences(unit, scaled)))
    with st.expander(say("All terms")):
        draw_table(
            columns,
            [_term_row(k, step.h_prev, W) for k in _by_size(step.h_prev * W)],
            "all_terms",
            say("All terms of unit {unit}", unit=unit),
            numeric=(1, 2, 3),
            max_height=300,
        )


def sum_sentences(unit: int, scaled: bool) -> list[Sentence]:
    """Say in which order `_draw_sum` lists the terms.

    scaled: for a GRU's candidate, whose sum over the units is multiplied before the letter and the
    bias are added.
    """
    if scaled:
        return [
            sentence("The sum of unit {unit} term by term, the largest terms first.", unit=unit),
            sentence("The reset gate r[{unit}] then multiplies it.", unit=unit),
        ]
    return [
        sentence(
            "The sum of unit {unit} term by term: first the letter and the bias, then the units, "
            "the largest terms first.",
            unit=unit,
        )
    ]


def _draw_gate_box(cell: str) -> int:
    """Draw the box. Return the number of the gate whose sum is shown."""
    names = anatomy.GATE_NAMES[cell]
    if len(names) == 1:
        return 0
    chosen = st.segmented_control(
        say("Sum of"),
        names,
        format_func=lambda name: put(anatomy.BLOCK_TITLES[name]),
        key=f"gate_{cell}",
        required=True,
        default=names[0],
    )
    return names.index(chosen)


def _input_rows(view: View, step: anatomy.LetterStep, column: int) -> list[list[str]]:
    """The rows for the letter and for the bias."""
    x, b = step.from_letter[column], step.bias[column]
    if step.letter == view.vocab.start:
        read = [say("no letter"), "0"]
    else:
        read = [say("letter {letter}", letter=view.vocab.labels[step.letter]), "1"]
    return [[*read, _signed(x), _signed(x, 4)], [say("bias"), "1", _signed(b), _signed(b, 4)]]


def _signed(value: float, digits: int = 3) -> str:
    return say_number(float(value), f"+.{digits}f")


def _largest_rows(h_prev: np.ndarray, W: np.ndarray) -> list[list[str]]:
    """The largest terms h_prev W of a unit's sum, and one row for the rest."""
    products = h_prev * W
    order = _by_size(products)
    shown = [k for k in order[:SHOWN_TERMS] if products[k]]  # no state at the start
    others = order[len(shown) :]
    rows = [_term_row(k, h_prev, W) for k in shown]
    if len(others):
        label = say("the other {count}", count=len(others))
        rows.append([label, "", "", _signed(products[others].sum(), 4)])
    return rows


def _by_size(products: np.ndarray) -> np.ndarray:
    return np.argsort(-np.abs(products), kind="stable")


def _term_row(k: int, h_prev: np.ndarray, W: np.ndarray) -> list[str]:
    numbers = _signed(h_prev[k]), _signed(W[k]), _signed(h_prev[k] * W[k], 4)
    return [say("unit {unit}", unit=k), *numbers]


def _draw_softmax(view: View, step: anatomy.LetterStep) -> None:
    """Draw the way from the hidden state to the largest probability, with its numbers."""
    v = int(step.probs.argmax())
    st.latex(OUTPUT)
    st.latex(softmax_latex(step, float(view.model.b_y[v].detach())))
    lines = softmax_sentences(view.vocab.labels[v])
    show_text("\n".join(put(line) for line in lines))


def softmax_latex(step: anatomy.LetterStep, bias: float) -> str:
    """The most likely symbol's probability with its numbers, in LaTeX. bias: its entry of b_y."""
    v = int(step.probs.argmax())
    logit, total = float(step.logits[v]), float(np.exp(step.logits.astype(float)).sum())
    return (
        rf"\begin{{aligned}} \mathrm{{logit}} &= \underbrace{{{_number(logit - bias)}}}_{{h_t "
        rf"W_{{hy}}}} + \underbrace{{({_number(bias)})}}_{{b_y}} = {_number(logit)} \\ p &= "
        rf"\frac{{e^{{{_number(logit)}}}}}{{\sum e^{{\mathrm{{logit}}}}}} = "
        rf"\frac{{{_number(np.exp(logit), '.4g')}}}{{{_number(total, '.4g')}}} = "
        rf"{_number(step.probs[v])} \end{{aligned}}"
    )


def softmax_sentences(symbol: str) -> list[Sentence]:
    """Say what the formula of the output shows."""
    return [
        sentence("These are the numbers of the most likely symbol, {symbol}.", symbol=symbol),
        sentence(
            "A logit is a symbol's score. It can be any number, and a higher one "
            "means a more likely symbol."
        ),
        sentence("Softmax turns all logits into probabilities: positive numbers that add up to 1."),
    ]
