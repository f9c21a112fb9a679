"""The lines of code that compute the parts of the strip, each with a sentence on it.

The way back is shown in the compiled engine, because PyTorch's autograd has no lines for it.
"""

from __future__ import annotations

from typing import NamedTuple

from dino import sample
from dino.locale.sentences import Text, prose
from dino.model import CharRNN
from dino.source import Code, Kernel, source_line

_PARTS = "shared h0 input W_xh W_hh cell W_hy p".split()
PART_NAMES = {name: prose("strip", f"names.{name}") for name in _PARTS}


class Lines(NamedTuple):
    """The lines of a function that compute a part. markers: words that identify each line."""

    code: Code
    markers: tuple[str, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """Their line numbers in the function, from 0."""
        return tuple(source_line(self.code, marker).number for marker in self.markers)


class StripPart(NamedTuple):
    """What computes a part of the strip, and the text about it."""

    about: Text
    lines: tuple[Lines, ...] = ()


Parts = dict[str, StripPart]  # by the names of `PART_NAMES`


def _part(about: str, code: Code, *markers: str) -> StripPart:
    """about: its key in the table `strip`"""
    return StripPart(prose("strip", about), (Lines(code, markers),))


def _cells(name: str) -> Kernel:
    return Kernel("dino.compiled.cells", name)


def _layers(name: str) -> Kernel:
    return Kernel("dino.compiled.layers", name)


FORWARD_CELLS = {
    "rnn": _part("forward.rnn_cell", CharRNN.step, "torch.tanh(a_x + a_h)"),
    "gru": _part("forward.gru_cell", CharRNN.step, "(n + z * (state[0] - n),)"),
    "lstm": _part("forward.lstm_cell", CharRNN.step, "torch.sigmoid(o) * torch.tanh(c)"),
}
FORWARD_PARTS = {  # besides the cell
    "shared": _part("forward.shared", CharRNN.__init__, "self.W_hh = nn.Parameter("),
    "h0": _part("forward.h0", CharRNN.initial_state, "zeros = torch.zeros("),
    "input": _part("forward.input", CharRNN.hidden_states, "self.input_table()[inputs]"),
    "W_xh": _part("forward.W_xh", CharRNN.input_table, "torch.cat([self.W_xh"),
    "W_hh": _part("forward.W_hh", CharRNN.step, "a_h = state[0] @"),
    "W_hy": _part("forward.W_hy", CharRNN.logits, "return h @ self.W_hy"),
    "p": _part("forward.p", sample.probabilities, "exps / exps.sum("),
}
BACKWARD_CELLS: dict[str, Parts] = {
    "rnn": {
        "cell": _part(
            "backward.rnn_cell", _cells("backward_rnn"), "da[k] = dh[k] * (F(1) - h[k] * h[k])"
        ),
        "W_hh": _part(
            "backward.rnn_W_hh", _cells("backward_rnn"), "multiply(gradients.da[i : i + n], W_hh_T"
        ),
    },
    "gru": {
        "cell": _part(
            "backward.gru_cell", _cells("backward_gru"), "d_new = d *", "d_z = d *", "d_r = d_new *"
        ),
        "W_hh": _part(
            "backward.gru_W_hh",
            _cells("backward_gru"),
            "dh[b, k] = d * z",
            "dh[j : j + n] += dh[i : i + n]",
            "multiply(da_h[i : i + n], W_hh_T",
        ),
    },
    "lstm": {
        "cell": _part(
            "backward.lstm_cell",
            _cells("backward_lstm"),
            "d_c = d * o *",
            "= d_c * g * gate_i",
            "= d_c * c[last + b, k]",
            "= d_c * gate_i * (F(1) - g * g)",
            "= d * squashed * o",
        ),
        "W_hh": _part(
            "backward.lstm_W_hh",
            _cells("backward_lstm"),
            "dc[b, k] = d_c * gate_f",
            "multiply(da[i : i + n], W_hh_T",
        ),
    },
}
BACKWARD_PARTS = {  # besides the cell, W_hh and h_0
    "shared": _part(
        "backward.shared",
        Kernel("dino.compiled.kernels", "compute_gradient"),
        "transpose_multiply(work.states.h_prev",
    ),
    "input": _part("backward.input", _layers("backpropagate_input"), "if v < V:"),
    "W_xh": _part(
        "backward.W_xh", _layers("backpropagate_input"), "dW_xh[v, k] += ", "db_h[k] += "
    ),
    "W_hy": _part(
        "backward.W_hy",
        _layers("backpropagate_output"),
        "transpose_multiply(h, d_logits",
        "multiply_transposed(",
    ),
    "p": _part(
        "backward.p",
        _layers("compute_cross_entropy"),
        "logits[i, v] = table[i, v] * share",
        "logits[i, goal] -= ",
    ),
}


def end_of_way(cell: str) -> StripPart:
    """What reaches the initial state on the way back, in the kernel of this cell."""
    return _part("backward.h0", _cells(f"backward_{cell}"), "if t:")


RULES = {  # the lines that move the weights, in dino/optim.py and in the compiled engine
    "sgd": ("w.sub_(learning_rate * g)", "w[i] -= eta * g[i]"),
    "momentum": ("w.sub_(learning_rate * v)", "w[i] -= eta * moment1[i]"),
    "rmsprop": ("w.addcdiv_(", "(np.sqrt(moment1[i]) + F(1e-8))"),
    "adagrad": ("w.addcdiv_(", "(np.sqrt(moment1[i]) + F(1e-10))"),
    "adam": ("w.addcdiv_(", "w[i] = shrink * w[i]"),
    "adamw": ("w.addcdiv_(", "w[i] = shrink * w[i]"),
}
