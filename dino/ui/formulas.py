"""The formulas of the pages, and a legend for each: what every symbol in it is.

The network's are LaTeX, with row vectors as in dino/model.py. A test evaluates these very strings,
from left to right as they are read, and compares with the model. An optimizer's is in
`config.OPTIMIZERS`; it is evaluated likewise.
"""

from __future__ import annotations

import math

from dino.config import ADAGRAD_EPSILON, EPSILON, MEAN_DECAY, SQUARE_DECAY, WEIGHT_DECAY
from dino.locale.sentences import Sentence, mark, sentence

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

# One fact a line. Of every cell:
_INPUT = mark(
    "x_t is the letter that is read (one-hot encoding): a one at its number, zeros elsewhere, and "
    "all zeros at the start."
)
_STATE = mark(
    "h_t is the hidden state; before the first letter it is zero, h_0 = 0 (the initial state)."
)
_PROBABILITIES = mark(
    "p_t are the probabilities of the next symbol; softmax makes them from the scores "
    "h_t W_hy + b_y (the logits)."
)
_ROWS = mark(
    "States are rows here; many books write them as columns, W h, with the transposed matrices."
)
_NOTEBOOK = mark(
    "The notebook writes a for h, and W_ax, W_aa and W_ya for the transposed W_xh, W_hh and W_hy."
)
_NOTEBOOK_SIGMA = mark("The notebook's σ is tanh in one formula and softmax in the other.")
# Of those with gates:
_SIGMOID = mark("σ is the sigmoid, between 0 and 1.")
_BY_NUMBER = mark("⊙ multiplies number by number.")
LEGENDS: dict[str, tuple[str, ...]] = {
    "rnn": (
        _INPUT,
        _STATE,
        mark("W_xh, W_hh and W_hy are the weights, b_h and b_y the biases: all are parameters."),
        _PROBABILITIES,
        _ROWS,
        _NOTEBOOK,
        _NOTEBOOK_SIGMA,
    ),
    "gru": (
        _INPUT,
        _STATE,
        mark("r is the reset gate, z the update gate; n is the candidate, which is no gate."),
        _SIGMOID,
        _NOTEBOOK_SIGMA,
        _BY_NUMBER,
        mark(
            "W_xr, W_xz and W_xn are side by side in W_xh; so are W_hr, W_hz and W_hn in W_hh, and "
            "the biases b_r, b_z and b_n in b_h."
        ),
        mark(
            "r acts after the product with W_hn, as in PyTorch and Keras; many books put it before "
            "the product, which is another network."
        ),
        _PROBABILITIES,
        _ROWS,
    ),
    "lstm": (
        _INPUT,
        _STATE,
        mark("c_t is the cell state, which is zero before the first letter, too: c_0 = 0."),
        mark(
            "i is the input gate, f the forget gate, o the output gate; g is the candidate, which "
            "is no gate."
        ),
        _SIGMOID,
        _NOTEBOOK_SIGMA,
        _BY_NUMBER,
        mark(
            "W_xi, W_xf, W_xg and W_xo are side by side in W_xh; so are W_hi, W_hf, W_hg and W_ho "
            "in W_hh, and the biases b_i, b_f, b_g and b_o in b_h."
        ),
        _PROBABILITIES,
        _ROWS,
    ),
}

_WEIGHTS = sentence("w are the weights, g the gradient of the loss with respect to them.")
_RATE = sentence("η is the learning rate.")
_SQUARES = sentence("s is a moving average of g² (the second moment), zero at first.")
_ADAM = (
    _WEIGHTS,
    _RATE,
    sentence("m is a moving average of g (the first moment), s one of g² (the second moment)."),
    sentence(
        "m̂ = m / (1 − {decay:g}ᵗ) and ŝ = s / (1 − {square_decay:g}ᵗ) make up for their start from "
        "zero; t counts the steps.",
        decay=MEAN_DECAY,
        square_decay=SQUARE_DECAY,
    ),
)


RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _epsilon(value: float) -> Sentence:
    power = str(round(math.log10(value))).translate(RAISED)
    return sentence("ε = 10{power} keeps the divisor above zero.", power=power)


# What the symbols of each optimizer's formula are, and whose its constants are.
OPTIMIZER_LEGENDS: dict[str, tuple[Sentence, ...]] = {
    "sgd": (_WEIGHTS, _RATE),
    "momentum": (
        _WEIGHTS,
        _RATE,
        sentence("v is the velocity, a decaying sum of the gradients, zero at first."),
        sentence("The decay {decay:g} is the usual choice.", decay=MEAN_DECAY),
    ),
    "rmsprop": (
        _WEIGHTS,
        _RATE,
        _SQUARES,
        _epsilon(EPSILON),
        sentence(
            "ε and the decay {decay:g} are PyTorch's defaults; Keras has {keras:g} and another ε.",
            decay=SQUARE_DECAY,
            keras=0.9,
        ),
    ),
    "adagrad": (
        _WEIGHTS,
        _RATE,
        sentence("s is the sum of all g² so far, zero at first."),
        _epsilon(ADAGRAD_EPSILON),
        sentence(
            "ε and the start of s are PyTorch's defaults; Keras has another ε and begins s at "
            "{keras:g}.",
            keras=0.1,
        ),
    ),
    "adam": (
        *_ADAM,
        _epsilon(EPSILON),
        sentence(
            "ε and the decay {decay:g} are PyTorch's defaults; for the other decay, {ours:g}, "
            "PyTorch and Keras have {theirs:g}.",
            decay=MEAN_DECAY,
            ours=SQUARE_DECAY,
            theirs=0.999,
        ),
    ),
    "adamw": (
        *_ADAM,
        _epsilon(EPSILON),
        sentence(
            "Adam's step is m ← {decay:g}·m + {share:g}·g;  "
            "s ← {square_decay:g}·s + {square_share:g}·g²;  w ← w − η·m̂/(√ŝ + ε).",
            decay=MEAN_DECAY,
            share=1 - MEAN_DECAY,
            square_decay=SQUARE_DECAY,
            square_share=1 - SQUARE_DECAY,
        ),
        sentence(
            "ε and the weight decay {decay:g} are PyTorch's defaults; Keras has {keras:g} and "
            "another ε.",
            decay=WEIGHT_DECAY,
            keras=0.004,
        ),
        sentence(
            "For Adam's second decay, {ours:g}, PyTorch and Keras have {theirs:g}.",
            ours=SQUARE_DECAY,
            theirs=0.999,
        ),
    ),
}
