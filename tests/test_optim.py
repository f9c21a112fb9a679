"""The update rules: the formulas that the page shows are what runs, and PyTorch agrees."""

import math

import pytest
import torch

from dino.config import OPTIMIZERS
from dino.optim import RULES

THEIRS = {
    "sgd": lambda p, lr: torch.optim.SGD(p, lr=lr),
    "momentum": lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9),
    "rmsprop": lambda p, lr: torch.optim.RMSprop(p, lr=lr, alpha=0.99, eps=1e-8),
    "adagrad": lambda p, lr: torch.optim.Adagrad(p, lr=lr, eps=1e-10),
    "adam": lambda p, lr: torch.optim.Adam(p, lr=lr, betas=(0.9, 0.99), eps=1e-8),
    "adamw": lambda p, lr: torch.optim.AdamW(
        p, lr=lr, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.01
    ),
}


def a_descent(steps=50, size=40):
    """Weights, and a gradient for each step, of very different sizes, in double precision."""
    generator = torch.Generator().manual_seed(0)
    w = torch.randn(size, generator=generator, dtype=torch.float64)
    scale = 10 ** torch.linspace(-4, 2, size, dtype=torch.float64)
    return w, torch.randn(steps, size, generator=generator, dtype=torch.float64) * scale


def rate(step):
    """A learning rate that changes half way, as a visitor may change it."""
    return 0.05 if step < 25 else 0.01


@pytest.mark.parametrize("name", RULES)
def test_a_rule_moves_the_weights_as_pytorch_does(name):
    w, gradients = a_descent()
    theirs = torch.nn.Parameter(w.clone())
    optimizer, state = THEIRS[name]([theirs], rate(0)), {}
    for step, g in enumerate(gradients):
        RULES[name](w, g, rate(step), state)
        optimizer.param_groups[0]["lr"] = rate(step)
        theirs.grad = g.clone()
        optimizer.step()
        torch.testing.assert_close(w, theirs.detach(), rtol=1e-6, atol=1e-12)


def run_formula(text, names):
    """Compute what a line such as 'v ← 0.9·v + g;  w ← w − η·v' says."""
    for shown, python in {
        "←": "=",
        "·": "*",
        "−": "-",
        "²": "**2",
        "η": "eta",
        "ε": "eps",
        "√ŝ": "sqrt(s_hat)",
        "√s": "sqrt(s)",
        "m̂": "m_hat",
    }.items():
        text = text.replace(shown, python)
    for statement in text.split(";"):
        t = names["t"]
        names["m_hat"], names["s_hat"] = names["m"] / (1 - 0.9**t), names["s"] / (1 - 0.99**t)
        exec(statement.strip(), {"sqrt": math.sqrt}, names)


@pytest.mark.parametrize("name", RULES)
def test_the_formula_shown_is_the_rule_that_runs(name):
    formulas = [str(OPTIMIZERS[name].formula)]
    if name == "adamw":
        decay, then = formulas[0].split(", ")
        assert then == "then Adam's step"
        formulas = [decay, str(OPTIMIZERS["adam"].formula)]
    w, state = torch.tensor([1.5], dtype=torch.float64), {}
    names = {"w": 1.5, "v": 0.0, "s": 0.0, "m": 0.0, "eta": 0.1, "eps": 1e-8}
    for t, g in enumerate([0.5, -2.0, 0.25], 1):
        names.update(g=g, t=t)
        for formula in formulas:
            run_formula(formula, names)
        RULES[name](w, torch.tensor([g], dtype=torch.float64), 0.1, state)
        assert float(w) == pytest.approx(names["w"], rel=1e-6)


def test_every_optimizer_offered_has_a_rule_and_a_formula():
    assert list(RULES) == list(OPTIMIZERS) == list(THEIRS)
    assert all("w ← w −" in str(optimizer.formula) for optimizer in OPTIMIZERS.values())


@pytest.mark.parametrize("name", RULES)
def test_two_descents_share_no_state(name):
    w, gradients = a_descent(10)
    alone, state = w.clone(), {}
    for g in gradients:
        RULES[name](alone, g, 0.05, state)
    one, other, mine, yours = w.clone(), w.clone(), {}, {}
    for g in gradients:
        RULES[name](one, g, 0.05, mine)
        RULES[name](other, -g, 0.05, yours)
    assert torch.equal(one, alone)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_leaves_the_gradient_alone(name):
    w, gradients = a_descent(3)
    kept, state = gradients.clone(), {}
    for g in gradients:
        RULES[name](w, g, 0.05, state)
    assert torch.equal(gradients, kept)
