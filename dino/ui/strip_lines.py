"""The lines of code that compute the parts of the strip, each with a sentence on it.

The way back is shown in the compiled engine: in PyTorch's, autograd makes it of the way forward.
"""

from __future__ import annotations

from typing import NamedTuple

from dino import sample
from dino.locale.sentences import Text, mark
from dino.model import CharRNN
from dino.source import Code, Kernel, source_line

PART_NAMES = {
    "shared": mark("the one W_hh of all steps"),
    "h0": mark("initial state h_0"),
    "input": mark("input x_t"),
    "W_xh": mark("input sum, x_t W_xh + b_h"),
    "W_hh": mark("recurrent sum, h_(t−1) W_hh"),
    "cell": mark("new state h_t"),
    "W_hy": mark("logits, h_t W_hy + b_y"),
    "p": mark("probabilities p_t"),
}


class Lines(NamedTuple):
    """The lines of a function that compute a part; markers: words that each of them has."""

    code: Code
    markers: tuple[str, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """Which lines of the function, from 0."""
        return tuple(source_line(self.code, marker).number for marker in self.markers)


class Part(NamedTuple):
    """What computes a part of the strip, and a text on it."""

    about: Text
    lines: tuple[Lines, ...] = ()


Parts = dict[str, Part]  # by the names of `PART_NAMES`


def _part(about: Text, code: Code, *markers: str) -> Part:
    return Part(about, (Lines(code, markers),))


def _cells(name: str) -> Kernel:
    return Kernel("dino.compiled.cells", name)


def _layers(name: str) -> Kernel:
    return Kernel("dino.compiled.layers", name)


FORWARD_CELLS = {
    "rnn": _part(
        mark("tanh of the sum: each unit is between −1 and 1."),
        CharRNN.step,
        "torch.tanh(a_x + a_h)",
    ),
    "gru": _part(
        mark("The update gate z mixes the candidate n with the state before."),
        CharRNN.step,
        "(n + z * (state[0] - n),)",
    ),
    "lstm": _part(
        mark("The new state h is tanh of the cell state c, times the output gate o."),
        CharRNN.step,
        "torch.sigmoid(o) * torch.tanh(c)",
    ),
}
FORWARD_PARTS = {  # besides the cell
    "shared": _part(
        mark("The network has one W_hh, and each step uses it."),
        CharRNN.__init__,
        "self.W_hh = nn.Parameter(",
    ),
    "h0": _part(
        mark("Before the first letter the state is all zeros: nothing is remembered."),
        CharRNN.initial_state,
        "zeros = torch.zeros(",
    ),
    "input": _part(
        mark("The input is one-hot, so the product with W_xh is one of its rows."),
        CharRNN.hidden_states,
        "self.input_table()[inputs]",
    ),
    "W_xh": _part(
        mark("The row of W_xh for this letter, plus b_h; the same W_xh at every step."),
        CharRNN.input_table,
        "torch.cat([self.W_xh",
    ),
    "W_hh": _part(
        mark("The state before times W_hh: what is remembered; the same W_hh at every step."),
        CharRNN.step,
        "a_h = state[0] @",
    ),
    "W_hy": _part(
        mark("A score (logit) for every symbol; the same W_hy at every step."),
        CharRNN.logits,
        "return h @ self.W_hy",
    ),
    "p": _part(
        mark("Softmax turns the scores into probabilities: positive numbers that add up to 1."),
        sample.probabilities,
        "exps / exps.sum(",
    ),
}
BACKWARD_CELLS: dict[str, Parts] = {
    "rnn": {
        "cell": _part(
            mark(
                "dh is the gradient of the state, da that of its sum: dh times the slope of tanh, "
                "which is 1 − h²."
            ),
            _cells("backward_rnn"),
            "da[k] = dh[k] * (F(1) - h[k] * h[k])",
        ),
        "W_hh": _part(
            mark(
                "The dh of the state before, which has its own loss already, grows by da times "
                "W_hhᵀ."
            ),
            _cells("backward_rnn"),
            "multiply(gradients.da[i : i + n], W_hh_T",
        ),
    },
    "gru": {
        "cell": _part(
            mark(
                "d is the gradient of the state; d_new, d_z and d_r are those of the sums of n, z "
                "and r, with the slopes of tanh and sigmoid."
            ),
            _cells("backward_gru"),
            "d_new = d *",
            "d_z = d *",
            "d_r = d_new *",
        ),
        "W_hh": _part(
            mark(
                "To the state before goes da_h times W_hhᵀ, and d times the update gate z "
                "directly, without W_hh."
            ),
            _cells("backward_gru"),
            "dh[b, k] = d * z",
            "dh[j : j + n] += dh[i : i + n]",
            "multiply(da_h[i : i + n], W_hh_T",
        ),
    },
    "lstm": {
        "cell": _part(
            mark(
                "d_c is the gradient of the cell state c: from h, and from the next step's c. The "
                "lines of da are the gradients of the sums of i, f, g and o."
            ),
            _cells("backward_lstm"),
            "d_c = d * o *",
            "= d_c * g * gate_i",
            "= d_c * c[last + b, k]",
            "= d_c * gate_i * (F(1) - g * g)",
            "= d * squashed * o",
        ),
        "W_hh": _part(
            mark(
                "To the h before goes da times W_hhᵀ; to the c before d_c times the forget gate f "
                "directly, without W_hh."
            ),
            _cells("backward_lstm"),
            "dc[b, k] = d_c * gate_f",
            "multiply(da[i : i + n], W_hh_T",
        ),
    },
}
BACKWARD_PARTS = {  # besides the cell, W_hh and h_0
    "shared": _part(
        mark(
            "∂L/∂W_hh collects its sum here: h_(t−1)ᵀ times the gradient of the recurrent sum, "
            "added up over all steps and names in one product."
        ),
        Kernel("dino.compiled.kernels", "compute_gradient"),
        "transpose_multiply(work.states.h_prev",
    ),
    "input": _part(
        mark("A letter is given, not learned: it only decides which row of ∂L/∂W_xh grows."),
        _layers("backpropagate_input"),
        "if v < V:",
    ),
    "W_xh": _part(
        mark("Each step adds its da to the row of its letter in ∂L/∂W_xh, and to ∂L/∂b_h."),
        _layers("backpropagate_input"),
        "dW_xh[v, k] += ",
        "db_h[k] += ",
    ),
    "W_hy": _part(
        mark(
            "The gradient of the scores gives that of W_hy, summed over all steps, and, times "
            "W_hyᵀ, that of the states."
        ),
        _layers("backpropagate_output"),
        "transpose_multiply(h, d_logits",
        "multiply_transposed(",
    ),
    "p": _part(
        mark(
            "The gradient of the scores is p, less 1 at the symbol that came next, divided by the "
            "number of symbols that L is a mean of."
        ),
        _layers("compute_cross_entropy"),
        "logits[i, v] = table[i, v] * share",
        "logits[i, goal] -= ",
    ),
}


def end_of_way(cell: str) -> Part:
    """The initial state on the way back, in the kernel of this cell."""
    return _part(
        mark("The way back ends at step 1: h_0 is fixed at zero, so it needs no gradient."),
        _cells(f"backward_{cell}"),
        "if t:",
    )


RULES = {  # the lines that move the weights, in dino/optim.py and in the compiled engine
    "sgd": ("w.sub_(learning_rate * g)", "w[i] -= eta * g[i]"),
    "momentum": ("w.sub_(learning_rate * v)", "w[i] -= eta * moment1[i]"),
    "rmsprop": ("w.addcdiv_(", "(np.sqrt(moment1[i]) + F(1e-8))"),
    "adagrad": ("w.addcdiv_(", "(np.sqrt(moment1[i]) + F(1e-10))"),
    "adam": ("w.addcdiv_(", "w[i] = shrink * w[i]"),
    "adamw": ("w.addcdiv_(", "w[i] = shrink * w[i]"),
}
