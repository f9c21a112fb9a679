"""The formulas of the pages: read as a student reads them, they compute what the network does."""

import inspect
import re

import numpy as np
import pytest
import torch

from dino import anatomy
from dino.config import (
    ADAGRAD_EPSILON,
    CELLS,
    EPSILON,
    MEAN_DECAY,
    OPTIMIZERS,
    SQUARE_DECAY,
    WEIGHT_DECAY,
    Config,
)
from dino.model import CharRNN
from dino.optim import RULES
from dino.pages.lab.explain import memory_facts
from dino.ui.formulas import FORMULAS, LEGENDS, OPTIMIZER_LEGENDS, OUTPUT

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


# ---- the legends


def symbols(latex):
    """The symbols of a formula as plain text writes them: x_t, W_xh, b_r, r; ⊙ and σ."""
    text = re.sub(r"\\(begin|end)\{aligned\}|\\mathrm", "", latex)
    found = set(
        re.findall(r"(?<![\\A-Za-z])[A-Za-z](?:_\{[^}]*\}|_\w)?", text.replace("softmax", ""))
    )
    plain = {re.sub("[{}]", "", symbol).replace("t-1", "t") for symbol in found}
    return plain | {shown for tex, shown in ((r"\odot", "⊙"), (r"\sigma", "σ")) if tex in text}


def test_symbols_are_found_in_a_formula():
    assert symbols(OUTPUT) == {"p_t", "h_t", "W_hy", "b_y"}
    assert symbols(r"r &= \sigma(x_t W_{xr}) \odot h_{t-1}") == {
        "r",
        "x_t",
        "W_xr",
        "h_t",
        "⊙",
        "σ",
    }


def names_a_symbol(symbol, lines):
    """Whether one of these lines has it as a word of its own."""
    word = re.compile(rf"(?<![\w_]){re.escape(symbol)}(?![\w_])")
    return any(word.search(str(line)) for line in lines)


@pytest.mark.parametrize("cell", CELLS)
def test_a_legend_has_every_symbol_of_its_formula(cell):
    missing = {
        symbol
        for symbol in symbols(FORMULAS[cell]) | symbols(OUTPUT)
        if not names_a_symbol(symbol, LEGENDS[cell])
    }
    assert not missing


@pytest.mark.parametrize("cell", CELLS)
def test_a_legend_says_the_initial_state_rows_and_what_each_gate_is(cell):
    words = " ".join(map(str, LEGENDS[cell]))
    assert "The notebook's σ is tanh in one formula and softmax in the other." in words
    assert "h_0 = 0" in words and "rows" in words and ("c_0 = 0" in words) == (cell == "lstm")
    gates = {"rnn": (), "gru": ("r is the reset", "z the update"), "lstm": ("i is the input",)}
    assert all(gate in words for gate in gates[cell])
    assert ("not a gate" in words) == (cell != "rnn")
    assert not re.search(r"candidate gate|gate [ng]\b", words)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_legend_has_every_symbol_of_an_optimizers_formula(name):
    lines = [str(line) for line in OPTIMIZER_LEGENDS[name]]
    formula = str(OPTIMIZERS[name].formula)
    shown = set(re.findall(r"[A-Za-zηε][\u0302]?", re.sub("[A-Za-z']{2,}", "", formula)))
    assert shown >= {"w", "η"}
    assert not {symbol for symbol in shown if not names_a_symbol(symbol, lines)}
    for hatted in ("m̂", "ŝ"):
        assert hatted in " ".join(lines) or hatted not in formula


def test_every_optimizer_has_a_legend_whose_constants_are_those_of_its_rule():
    assert list(OPTIMIZER_LEGENDS) == list(OPTIMIZERS) == list(RULES)


def defaults(optimizer):
    """The constants that PyTorch gives this optimizer if nobody says otherwise."""
    found = inspect.signature(optimizer).parameters
    return {name: it.default for name, it in found.items() if it.default is not it.empty}


def test_what_a_legend_calls_pytorchs_default_is_pytorchs_default():
    said = {name: " ".join(map(str, OPTIMIZER_LEGENDS[name])) for name in OPTIMIZERS}
    theirs = defaults(torch.optim.RMSprop)
    assert (theirs["alpha"], theirs["eps"]) == (SQUARE_DECAY, EPSILON)
    assert f"the decay {SQUARE_DECAY} are PyTorch's" in said["rmsprop"]
    theirs = defaults(torch.optim.Adagrad)
    assert (theirs["eps"], theirs["initial_accumulator_value"]) == (ADAGRAD_EPSILON, 0)
    assert "ε = 10⁻¹⁰ " in said["adagrad"] and "start of s are PyTorch's" in said["adagrad"]
    for name, their in (("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW)):
        decays, epsilon = defaults(their)["betas"], defaults(their)["eps"]
        assert (decays[0], epsilon) == (MEAN_DECAY, EPSILON)
        assert f"{SQUARE_DECAY} here, PyTorch and Keras use {decays[1]}" in said[name]
        assert "ε = 10⁻⁸ " in said[name]
    assert defaults(torch.optim.AdamW)["weight_decay"] == WEIGHT_DECAY
    assert f"the weight decay {WEIGHT_DECAY} are PyTorch's" in said["adamw"]
    assert defaults(torch.optim.SGD)["momentum"] == 0 and "usual choice" in said["momentum"]


@pytest.mark.parametrize("cell", CELLS)
def test_where_memory_is_one_letter_the_recurrent_weights_are_said_to_have_no_effect(cell):
    said = [" ".join(map(str, memory_facts(Config(cell=cell, context=k)))) for k in (0, 1, 3)]
    assert said[0] == "" and said[2].endswith("sees only the last 3 letters.")
    assert "sees only the last letter." in said[1] and said[1].endswith("W_hh has no effect.")
    model, inputs = (
        CharRNN(cell, 4, 5, torch.Generator().manual_seed(0)),
        torch.tensor([[4, 1, 2, 3]]),
    )
    with torch.no_grad():
        before = [model.hidden_states(inputs, context).clone() for context in (1, 3)]
        model.W_hh += 0.5
        after = [model.hidden_states(inputs, context) for context in (1, 3)]
    assert torch.equal(before[0], after[0]) and not torch.allclose(before[1], after[1])
