"""Figures of the reading screens: how many parameters the same network has elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from torch import nn

from dino.config import Config
from dino.cost import weights_count
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.lesson import Value

WIDTH, LAYERS, WIDER = 64, 4, 4  # of makemore's transformer as it comes: WIDER is its inner layer
# Held-out losses in nats per symbol on split 0, at the best moment of one run each, measured in
# November 2026 with makemore's own program and with this app's recipes as they
# were then. They are no result of the app: nothing here computes them again.
MEASURED = {
    "makemore_rnn_loss": 1.662,
    "makemore_gru_loss": 1.633,
    "makemore_transformer_loss": 1.754,
    "found_rnn_loss": 1.658,
    "found_lstm_loss": 1.561,
}


def _parameters(hidden_size: int, cell: str = "rnn") -> int:
    """How many weights and biases a network of this app has."""
    return weights_count(Config(cell=cell, hidden_size=hidden_size), len(dinosaurs().vocab))


def torch_parameters(hidden_size: int) -> int:
    """The same of PyTorch's own vanilla layer and a linear one: it has a second bias."""
    V = len(dinosaurs().vocab)
    layers = nn.RNN(V, hidden_size), nn.Linear(hidden_size, V)
    return sum(weights.numel() for layer in layers for weights in layer.parameters())


def longest_input() -> int:
    """The longest name and what starts it, in symbols: so far a transformer has positions."""
    return 1 + max(map(len, dinosaurs().names))


def transformer_parameters() -> int:
    """The parameters of makemore's transformer for the dinosaurs, its output layer among them.

    Its GPT class in makemore.py (github.com/karpathy/makemore): a vector for each symbol and each
    position; in each layer attention (query, key, value and output) and two linear layers, each
    with biases, and two normalizations; one more of these at the end; an output without a bias.
    """
    C, V = WIDTH, len(dinosaurs().vocab)
    norm, attention = 2 * C, (C * 3 * C + 3 * C) + (C * C + C)
    inner = (C * WIDER * C + WIDER * C) + (WIDER * C * C + C)
    layer = 2 * norm + attention + inner
    return V * C + longest_input() * C + LAYERS * layer + norm + C * V


FIGURES: Mapping[str, Callable[[], Value]] = {
    "torch_parameters_25": lambda: torch_parameters(25),
    "parameters_64": lambda: _parameters(64),
    "lstm_parameters_128": lambda: _parameters(128, "lstm"),
    "transformer_parameters": transformer_parameters,
    "transformer_share": lambda: transformer_parameters() / _parameters(64),
    "longest_input": longest_input,
    **{name: partial(float, loss) for name, loss in MEASURED.items()},
}
