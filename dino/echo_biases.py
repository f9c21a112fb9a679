"""Measured in advance: the made-up words of `echo.py`, learned by LSTMs with two forget biases.

`python -m tests.echo_bias` trains them and writes the file. It also states what was trained: the
recipe, the distances, the biases and the seeds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from dino.config import Config
from dino.echo import Echo, echo_recipe
from dino.lists import DATA

FILE = DATA / "echo_biases.json"
DISTANCES = (16, 32, 48)  # k of the made-up words
# The default, and a larger one. Without input, a forget gate with bias b leaves σ(b)³¹ of a cell
# state after 31 letters: 0.00006 with 1, and 0.22 with 3.
BIASES = (1.0, 3.0)
SEEDS = range(10)  # each is the seed of a list, of the first weights and of the batches


class Learned(NamedTuple):
    """Of how many networks, one for each seed, how many learned their list."""

    learned: int
    networks: int


def networks() -> tuple[Echo, ...]:
    """All networks of the file, in the order of their distances, biases and seeds."""
    found = _read()["networks"]
    return tuple(
        Echo("lstm", int(k), int(seed), loss, error, right, words, float(bias))
        for k, of_k in found.items()
        for bias, of_bias in of_k.items()
        for seed, (loss, error, right, words) in of_bias.items()
    )


def learned(k: int, forget_bias: float) -> Learned:
    """How many of the networks of a distance and a bias learned their list."""
    mine = [it.is_learned for it in networks() if (it.k, it.forget_bias) == (k, forget_bias)]
    return Learned(sum(mine), len(mine))


def recipe_values(config: Config) -> Mapping[str, Any]:
    """The settings that these networks have in common. A list's split is always the first."""
    free = ("forget_bias", "seed", "split_seed", "exam", "engine")
    return {name: value for name, value in config.as_dict().items() if name not in free}


def is_of_present_recipe() -> bool:
    """Whether the file's networks have the recipe that `echo.py` trains an LSTM with."""
    return bool(_read()["recipe"] == recipe_values(echo_recipe("lstm")))


@cache
def _read() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found
