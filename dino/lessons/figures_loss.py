"""Figures of scores and losses: softmax by hand, the loss of knowing nothing, and its units."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import torch

from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.item import Value
from dino.metrics import bits, perplexity
from dino.presets import PRESETS

SCORES = (3, 1, 0)  # of three symbols, whose probabilities are asked for
THREE = (1 / 2, 1 / 4, 1 / 8)  # probabilities whose perplexity is asked for


def symbols() -> int:
    """How many symbols there are: the letters and the end mark."""
    return len(dinosaurs().vocab)


def uniform_loss() -> float:
    """Nats per symbol if every symbol is equally likely: ln V."""
    return math.log(symbols())


def softmax(scores: Sequence[float]) -> list[float]:
    """Probabilities of scores, by the network's own function."""
    found: list[float] = torch.softmax(torch.tensor(scores, dtype=torch.float64), -1).tolist()
    return found


def mean_loss_of(probs: Sequence[float]) -> float:
    """The mean of −ln p. Nats."""
    return sum(-math.log(p) for p in probs) / len(probs)


def _probability(i: int) -> float:
    return softmax(SCORES)[i]


def _share(i: int) -> float:
    return SCORES[i] / sum(SCORES)


FIGURES: Mapping[str, Callable[[], Value]] = {
    "symbols": symbols,
    "letters": lambda: symbols() - 1,
    "uniform_share": lambda: 1 / symbols(),
    "uniform_loss": uniform_loss,
    "uniform_bits": lambda: bits(uniform_loss()),
    "uniform_perplexity": lambda: perplexity(uniform_loss()),
    "letters_loss": lambda: math.log(symbols() - 1),
    "bit_in_nats": lambda: math.log(2),
    "first_units": lambda: PRESETS["first-success"].config.hidden_size,
    **{f"softmax_{score}": partial(_probability, i) for i, score in enumerate(SCORES)},
    **{f"share_{score}": partial(_share, i) for i, score in enumerate(SCORES)},
    **{f"exp_{score}": partial(math.exp, score) for score in SCORES},
    "exp_sum": lambda: sum(map(math.exp, SCORES)),
    "three_loss": lambda: mean_loss_of(THREE),
    "three_perplexity": lambda: perplexity(mean_loss_of(THREE)),
    "three_mean_inverse": lambda: sum(1 / p for p in THREE) / len(THREE),
    "three_inverse_mean": lambda: len(THREE) / sum(THREE),
}
