"""The formulas of the pages: read as a student reads them, they compute what the network does."""

import re

import numpy as np
import pytest
import torch

from dino import anatomy
from dino.config import CELLS
from dino.model import CharRNN
from dino.ui.formulas import BLOCKS, FORMULAS, OUTPUT

TOKEN = re.compile(r"\\?[A-Za-z]+(?:_\{[^}]*\}|_\w)?|[()+\-,]|\d+")
FUNCTIONS = {
    r"\tanh": np.tanh,
    r"\sigma": lambda x: 1 / (1 + np.exp(-x)),
    r"\softmax": lambda x: np.exp(x) / np.exp(x).sum(),
}


class Reader:
    """Reads a formula from left to right. A product binds closer than a sum, and two products,
    side by side or by ⊙, are taken in their order: nothing is known that is not written.
    """

    def __init__(self, text, values):
        self.tokens, self.values = TOKEN.findall(text), values

    def next(self):
        return self.tokens[0] if self.tokens else ""

    def sum(self):
        value = self.product()
        while self.next() in ("+", "-"):
            sign = 1 if self.tokens.pop(0) == "+" else -1
            value = value + sign * self.product()
        return value

    def product(self):
        value = self.factor()
        while self.next() not in ("", "+", "-", ")"):
            if self.next() == r"\odot":
                self.tokens.pop(0)
                value = value * self.factor()
            else:
                value = value @ self.factor()
        return value

    def factor(self):
        token = self.tokens.pop(0)
        if token in FUNCTIONS:
            assert self.next() == "("
            return FUNCTIONS[token](self.factor())
        if token == "(":
            value = self.sum()
            assert self.tokens.pop(0) == ")"
            return value
        return int(token) if token.isdigit() else self.values[token]


def evaluate(latex, values):
    """All that the lines of a formula define, from `values`."""
    found = dict(values)
    text = latex.replace(r"\mathrm{softmax}", r"\softmax")
    for line in re.sub(r"\\(begin|end)\{aligned\}", "", text).split(r"\\"):
        left, right = line.replace("&", "").split("=")
        reader = Reader(right, found)
        found[left.strip()] = reader.sum()
        assert not reader.tokens, reader.tokens
    return found


def of_model(model, cell):
    """The weights of a model by the names that the formulas give them."""
    arrays = {name: p.detach().double().numpy() for name, p in model.named_parameters()}
    values = {"W_{hy}": arrays["W_hy"], "b_y": arrays["b_y"]}
    gates = anatomy.GATE_NAMES[cell]
    for k, gate in enumerate(gates):
        shown = slice(k * model.hidden_size, (k + 1) * model.hidden_size)
        values[f"W_{{x{gate}}}"] = arrays["W_xh"][:, shown]
        values[f"W_{{h{gate}}}"] = arrays["W_hh"][:, shown]
        values[f"b_{gate}"] = arrays["b_h"][shown]
    return values


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("cell", CELLS)
def test_a_formula_read_from_left_to_right_computes_what_the_network_does(cell, seed):
    random = torch.Generator().manual_seed(seed)
    model = CharRNN(cell, 5, 9).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=random, dtype=torch.float64))
    state = tuple(torch.randn(1, 5, generator=random, dtype=torch.float64) for _ in range(2))
    state = state if cell == "lstm" else state[:1]
    new = model.step(model.input_table()[[3]], state)
    x = np.eye(9)[[3]]
    before = {"x_t": x, "h_{t-1}": state[0].numpy(), "c_{t-1}": state[-1].numpy()}
    found = evaluate(FORMULAS[cell], {**of_model(model, cell), **before})
    assert found["h_t"] == pytest.approx(new[0].detach().numpy(), abs=1e-12)
    if cell == "lstm":
        assert found["c_t"] == pytest.approx(new[1].detach().numpy(), abs=1e-12)
    p = evaluate(OUTPUT, found)["p_t"]
    expected = torch.softmax(model.logits(new[0]), -1).detach().numpy()
    assert p == pytest.approx(expected, abs=1e-12)


def test_without_its_brackets_the_candidate_is_of_another_network():
    values = {"r": np.array([[0.2, 0.9]]), "h": np.array([[1.0, -2.0]]), "W": np.eye(2)[::-1] + 1}
    ours, theirs = (evaluate(rf"n = r \odot {text}", values)["n"] for text in ("(h W)", "h W"))
    assert not np.allclose(ours, theirs)


@pytest.mark.parametrize("cell", CELLS)
def test_the_words_under_a_formula_name_each_gate_and_block(cell):
    for gate in anatomy.GATE_NAMES[cell] if cell != "rnn" else ():
        assert re.search(rf"\b{gate} (is the|the) ", BLOCKS[cell].replace(", ", " "))
        assert f"W_x{gate}" in BLOCKS[cell]
