"""Losses measured in advance: a regularised network that was trained with a memory of 3 letters, of
5, and of all, beside counting fours and sixes.

Training them takes most of an hour, so no page does it. `python -m tests.regularised_contexts`
writes the file. It also states what was trained: the recipe, the seeds, and the names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from dino.config import Config
from dino.data import Corpus
from dino.lists import DATA
from dino.metrics import loss_difference
from dino.trained_contexts import digest, recipe_values

FILE = DATA / "regularised_contexts.json"
CONTEXTS = (3, 5, 0)  # letters of memory; 0 is unbounded
RECIPE = Config(  # what was trained, with each memory in `CONTEXTS`
    cell="lstm",
    hidden_size=128,
    learning_rate=0.01,
    letter_dropout=0.1,
    hidden_dropout=0.3,
    weight_drop=0.6,
    average=0.997,
    max_steps=3400,
)
COUNTING = ("fours", "sixes")  # they see the 3 and the 5 previous letters


class Trained(NamedTuple):
    """The networks of one memory, for S seeds, at the end of their training. Nats.

    losses (S,): on the held-out names, per symbol; train_losses (S,): without dropout, on training
    names; curves (S, E): the held-out losses at `RegularisedContexts.steps`; name_losses (S, N):
    the sum over each held-out name
    """

    losses: np.ndarray
    train_losses: np.ndarray
    curves: np.ndarray
    name_losses: np.ndarray


class RegularisedContexts(NamedTuple):
    """What was measured. trained: by memory; counting: each baseline's sum over each held-out name
    (N,); symbols (N,): the targets of each; steps (E,): the updates after which losses were noted
    """

    seeds: tuple[int, ...]
    trained: Mapping[int, Trained]
    counting: Mapping[str, np.ndarray]
    symbols: np.ndarray
    steps: np.ndarray

    def loss(self, context: int) -> float:
        """The mean over seeds. Nats per symbol."""
        return float(self.trained[context].losses.mean())

    def counting_loss(self, baseline: str) -> float:
        """Nats per symbol."""
        return float(self.counting[baseline].sum() / self.symbols.sum())

    def cost(self, context: int) -> tuple[float, float]:
        """How much a memory's mean loss over seeds is above that of all letters, and the standard
        error of that over names.
        """
        short, whole = (self.trained[c].name_losses.mean(0) for c in (context, 0))
        return loss_difference(short, whole, self.symbols)

    def below(self, baseline: str, context: int) -> tuple[float, float]:
        """How much a memory's mean loss over seeds is below that of counting, and the error."""
        mine = self.trained[context].name_losses.mean(0)
        return loss_difference(self.counting[baseline], mine, self.symbols)


def regularised_contexts(config: Config, corpus: Corpus) -> RegularisedContexts | None:
    """The networks of this recipe that were trained with a bounded memory.

    None if a name, or the recipe apart from `context`, seed and engine, differs from that of the
    file.
    """
    found = _read()
    seeds = [seed for seed in map(str, found["seeds"]) if _is_complete(found["runs"], seed)]
    same = config.cell == found["cell"] and recipe_values(config) == recipe_values(
        Config(**found["recipe"])  # with the defaults of settings that are newer than the file
    )
    if len(seeds) < 2 or not same or digest(corpus) != found["digest"]:
        return None
    return RegularisedContexts(
        seeds=tuple(map(int, seeds)),
        trained={context: _trained(found["runs"][str(context)], seeds) for context in CONTEXTS},
        counting={name: np.array(found["counting"][name]) for name in COUNTING},
        symbols=np.array([len(name) + 1 for name in corpus.val]),
        steps=np.array(found["steps"]),
    )


def _trained(runs: Mapping[str, Mapping[str, Any]], seeds: list[str]) -> Trained:
    columns = ("loss", "train_loss", "curve", "names")
    return Trained(*(np.array([runs[seed][column] for seed in seeds]) for column in columns))


@cache
def _read() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def _is_complete(runs: Mapping[str, Mapping[str, Any]], seed: str) -> bool:
    return all(seed in runs.get(str(context), {}) for context in CONTEXTS)
