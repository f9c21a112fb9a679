"""The lesson *Together*: its network beside counting sixes, a uniform guess and a second network.

    python -m tests.together_letters                     five seeds on each of eight splits
    python -m tests.together_letters --again             measure all of them again

It continues where it stopped (`data/together_letters.json`). All 40 networks take about ten minutes
of one core on compiled kernels. All losses are nats per symbol on the held-out names. On another
machine a loss may differ in its third decimal: BLAS libraries add in different orders.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from dino.compiled import engine
from dino.config import Config
from dino.data import Corpus, load
from dino.lessons.figures_together import (
    FILE,
    PARTNER,
    disagreement,
    guessed,
    half_and_half,
    mean_loss,
)
from dino.lessons.reading import lessons
from dino.ngram import ORDERS, NGram
from dino.trained_contexts import digest, recipe_values
from tests.results_table import trained

SEEDS, SPLITS = (0, 1, 2, 3, 4), range(8)
DIGITS = 5


def main() -> None:
    """Train what the file does not have yet, and write it after every split."""
    engine.prepare()
    found = begin(recipe())
    for split in SPLITS:
        if str(split) not in found["splits"]:
            found["splits"][str(split)] = measure(recipe(), SEEDS, load(split_seed=split))
            FILE.write_text(as_text(found), encoding="utf-8")
            print(split, found["splits"][str(split)], flush=True)


def recipe() -> Config:
    """The recipe that the lesson names."""
    return lessons("en")["together"].config()


def begin(config: Config) -> dict[str, Any]:
    """What the file has already, if it is of the same recipe and names."""
    head = {"recipe": recipe_values(config), "seeds": list(SEEDS), "digest": digest(load())}
    if "--again" not in sys.argv and FILE.exists():
        found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
        same = recipe_values(Config(**found["recipe"])) == head["recipe"]
        if same and all(found[key] == head[key] for key in ("seeds", "digest")):
            return found
    return {**head, "splits": {}}


def measure(config: Config, seeds: Sequence[int], corpus: Corpus) -> dict[str, Any]:
    """What is measured on one split: the loss of counting, and of each seed's network its loss, its
    mixtures, and how it disagrees with counting and with the network of the next seed.
    """
    counting = NGram(ORDERS[PARTNER], corpus.train, corpus.vocab).surprises(corpus.val)
    networks = [trained(config.replace(seed=seed), corpus) for seed in seeds]
    rows = []
    for i, network in enumerate(networks):
        other = networks[(i + 1) % len(networks)]
        row: dict[str, Any] = {
            "network": mean_loss(network),
            "both": half_and_half(network, counting),
            "guessing": half_and_half(network, guessed(network, len(corpus.vocab))),
            "second": half_and_half(network, other),
            "with_counting": list(disagreement(network, counting)),
            "with_second": list(disagreement(network, other)),
        }
        rows.append({name: np.round(value, DIGITS).tolist() for name, value in row.items()})
    return {"counting": round(mean_loss(counting), DIGITS), "runs": rows}


def as_text(found: dict[str, Any]) -> str:
    """Each run in one line, so that a change can be read."""
    text = json.dumps(found, indent=1)
    text = re.sub(r"\[[^\[\]{}]*\]", lambda row: " ".join(row[0].split()), text)
    return re.sub(r"\{[^{}]*\}", lambda row: " ".join(row[0].split()), text) + "\n"


if __name__ == "__main__":
    main()
