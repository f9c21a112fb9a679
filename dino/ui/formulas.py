"""The formulas of the pages, and a legend for each: what every symbol in it is.

The legends' texts are in the table `legends`. The network's formulas are LaTeX, with row vectors as
in dino/model.py. A test evaluates these strings from left to right and compares the results with
the model. `config.OPTIMIZERS` has the formulas of the optimizers, which a test also evaluates.
"""

from __future__ import annotations

import math
from typing import Any

from dino.config import ADAGRAD_EPSILON, EPSILON, MEAN_DECAY, SQUARE_DECAY, WEIGHT_DECAY
from dino.locale.sentences import Sentence, prose

FORMULAS = {
    "rnn": r"h_t = \tanh(x_t W_{xh} + h_{t-1} W_{hh} + b_h)",
    "gru": r"""\begin{aligned} r &= \sigma(x_t W_{xr} + h_{t-1} W_{hr} + b_r) \\
        z &= \sigma(x_t W_{xz} + h_{t-1} W_{hz} + b_z) \\
        n &= \tanh(x_t W_{xn} + b_n + r \odot (h_{t-1} W_{hn})) \\
        h_t &= (1 - z) \odot n + z \odot h_{t-1} \end{aligned}""",
    "lstm": r"""\begin{aligned} i &= \sigma(x_t W_{xi} + h_{t-1} W_{hi} + b_i) \\
        f &= \sigma(x_t W_{xf} + h_{t-1} W_{hf} + b_f) \\
        g &= \tanh(x_t W_{xg} + h_{t-1} W_{hg} + b_g) \\
        o &= \sigma(x_t W_{xo} + h_{t-1} W_{ho} + b_o) \\
        c_t &= f \odot c_{t-1} + i \odot g \\
        h_t &= o \odot \tanh(c_t) \end{aligned}""",
}
OUTPUT = r"p_t = \mathrm{softmax}(h_t W_{hy} + b_y)"

_CELL_FACTS = {
    "rnn": "input state rnn_weights probabilities rows notebook notebook_sigma".split(),
    "gru": """input state gru_gates sigmoid notebook_sigma by_number gru_blocks reset_after
        probabilities rows""".split(),
    "lstm": """input state cell_state lstm_gates sigmoid notebook_sigma by_number lstm_blocks
        probabilities rows""".split(),
}
LEGENDS: dict[str, tuple[Sentence, ...]] = {  # one fact per line
    cell: tuple(prose("legends", f"cells.{fact}") for fact in facts)
    for cell, facts in _CELL_FACTS.items()
}


RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _fact(key: str, **fields: Any) -> Sentence:
    return prose("legends", f"optimizers.{key}", **fields)


def _epsilon(value: float) -> Sentence:
    return _fact("epsilon", power=str(round(math.log10(value))).translate(RAISED))


_COMMON = _fact("weights"), _fact("rate")
_ADAM = (
    *_COMMON,
    _fact("adam_moments"),
    _fact("adam_start", decay=MEAN_DECAY, square_decay=SQUARE_DECAY),
    _epsilon(EPSILON),
)
# The symbols of each optimizer's formula, and the optimizer whose constants they are.
OPTIMIZER_LEGENDS: dict[str, tuple[Sentence, ...]] = {
    "sgd": _COMMON,
    "momentum": (*_COMMON, _fact("velocity"), _fact("momentum_decay", decay=MEAN_DECAY)),
    "rmsprop": (
        *_COMMON,
        _fact("squares"),
        _epsilon(EPSILON),
        _fact("rmsprop_defaults", decay=SQUARE_DECAY, keras=0.9),
    ),
    "adagrad": (
        *_COMMON,
        _fact("sum_of_squares"),
        _epsilon(ADAGRAD_EPSILON),
        _fact("adagrad_defaults", keras=0.1),
    ),
    "adam": (*_ADAM, _fact("adam_defaults", decay=MEAN_DECAY, ours=SQUARE_DECAY, theirs=0.999)),
    "adamw": (
        *_ADAM,
        _fact(
            "adam_step",
            decay=MEAN_DECAY,
            share=1 - MEAN_DECAY,
            square_decay=SQUARE_DECAY,
            square_share=1 - SQUARE_DECAY,
        ),
        _fact("adamw_defaults", decay=WEIGHT_DECAY, keras=0.004),
        _fact("adamw_second_decay", ours=SQUARE_DECAY, theirs=0.999),
    ),
}
