"""Chooses the recipe of the preset Best LSTM on splits 3 to 7.

    python -m tests.search_lstm          some ten minutes of one core on compiled kernels

Every recipe is trained on splits 3 to 5 with one seed, and the lowest of them on splits 3 to 7 with
three. The lowest mean of these is the preset. `python -m tests.results_table` measures the preset
on splits that this choice did not use. The search continues where it stopped
(`data/search_lstm.json`); `--again` starts over. Losses are nats per symbol on the held-out names.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from dino.compiled import engine
from dino.config import Config
from dino.data import load
from dino.lists import DATA
from dino.ngram import ORDERS, NGram
from dino.regularised_contexts import RECIPE
from dino.train import Trainer
from dino.trained_contexts import digest

FILE = DATA / "search_lstm.json"
SCREEN, CHOICE = (3, 4, 5), (3, 4, 5, 6, 7)
SEEDS, KEPT = (0, 1, 2), 2
LIMIT = 60  # seconds of one core that the preset may take
_LONGER: dict[str, Any] = {"learning_rate": 0.005, "max_steps": 6000, "average": 0.998}
_HALF: dict[str, Any] = {"count_teacher": 0.5}
TRIED: tuple[dict[str, Any], ...] = (  # changes of `RECIPE`, the preset before this search
    {},
    {"count_teacher": 0.3},
    _HALF,
    {**_HALF, **_LONGER},
    {**_HALF, "weight_drop": 0.4},
    {"count_teacher": 0.7, "weight_drop": 0.4},
    {**_HALF, "weight_drop": 0.4, "letter_dropout": 0.05},
    {**_HALF, "weight_drop": 0.4, "letter_dropout": 0.15},
    {**_HALF, "weight_drop": 0.4, **_LONGER},
    {**_HALF, "weight_drop": 0.3},
    {**_HALF, "weight_drop": 0.2},
    {**_HALF, "weight_drop": 0.0},
)


def main() -> None:
    """Train what the file does not have yet, write it after every network, and print the tables."""
    engine.prepare()
    found = begin()
    for changes in TRIED:
        measure(found, changes, SCREEN, SEEDS[:1])
    print("\n".join(table(found, TRIED, SCREEN, SEEDS[:1])))
    finalists = kept(found)
    for changes in finalists:
        measure(found, changes, CHOICE, SEEDS)
    print("\n".join(table(found, finalists, CHOICE, SEEDS)))


def kept(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The lowest recipes of the screening."""
    return lowest(found, TRIED, SCREEN, SEEDS[:1])[:KEPT]


def chosen(found: dict[str, Any]) -> dict[str, Any]:
    """The changes of the recipe that the search chose."""
    return lowest(found, kept(found), CHOICE, SEEDS)[0]


def begin() -> dict[str, Any]:
    """What the file has already, if it is of the same names."""
    head = {"digest": digest(load())}
    if "--again" not in sys.argv and FILE.exists():
        found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
        if all(found[key] == value for key, value in head.items()):
            return found
    return {**head, "sixes": {}, "recipes": {}}


def called(changes: dict[str, Any]) -> str:
    """A recipe's name in the file: 'count_teacher=0.5 weight_drop=0.4'."""
    return " ".join(f"{name}={changes[name]}" for name in sorted(changes)) or "as it was"


def measure(
    found: dict[str, Any], changes: dict[str, Any], splits: Iterable[int], seeds: Iterable[int]
) -> None:
    """Add what is missing of a recipe: [loss, seconds of a core] by split and seed."""
    for split in splits:
        corpus = load(split_seed=split)
        sixes = NGram(ORDERS["sixes"], corpus.train, corpus.vocab).loss(corpus.val)
        found["sixes"][str(split)] = round(sixes, 5)
        losses = found["recipes"].setdefault(called(changes), {}).setdefault(str(split), {})
        for seed in seeds:
            if str(seed) not in losses:
                losses[str(seed)] = train(RECIPE.replace(**changes, seed=seed, split_seed=split))
                write(found)
                print(called(changes), split, seed, losses[str(seed)], flush=True)


def train(config: Config) -> list[float]:
    """The held-out loss at the end of a run, and the seconds of a core that it took."""
    trainer = Trainer(config, load(split_seed=config.split_seed), takes_snapshots=False)
    began = time.process_time()
    while not trainer.done:
        trainer.advance(seconds=60)
    trainer.settle()
    took = time.process_time() - began
    return [round(float(trainer.history.val_losses[-1]), 5), round(took, 1)]


def write(found: dict[str, Any]) -> None:
    """Each network in one line."""
    text = json.dumps(found, indent=1)
    text = re.sub(r"\[[^\[\]]*\]", lambda row: " ".join(row[0].split()), text)
    FILE.write_text(text + "\n", encoding="utf-8")


def losses_of(
    found: dict[str, Any], changes: dict[str, Any], splits: Sequence[int], seeds: Sequence[int]
) -> np.ndarray:
    """Losses and seconds of a recipe. (splits, seeds, 2)"""
    rows = found["recipes"][called(changes)]
    return np.array([[rows[str(split)][str(seed)] for seed in seeds] for split in splits])


def lowest(
    found: dict[str, Any],
    tried: Sequence[dict[str, Any]],
    splits: Sequence[int],
    seeds: Sequence[int],
) -> list[dict[str, Any]]:
    """The recipes within the limit of time, the lowest mean first."""
    means = [losses_of(found, it, splits, seeds).mean((0, 1)) for it in tried]
    order = sorted(range(len(tried)), key=lambda i: float(means[i][0]))
    return [tried[i] for i in order if means[i][1] <= LIMIT]


def table(
    found: dict[str, Any],
    tried: Sequence[dict[str, Any]],
    splits: Sequence[int],
    seeds: Sequence[int],
) -> Iterable[str]:
    """Each recipe's mean, its difference to counting sixes ± the error over splits, its seconds."""
    sixes = np.array([found["sixes"][str(split)] for split in splits])
    yield f"\nsplits {splits[0]} to {splits[-1]}, seeds: {len(seeds)}"
    for changes in lowest(found, tried, splits, seeds):
        both = losses_of(found, changes, splits, seeds)
        gaps = both[..., 0].mean(1) - sixes
        error = gaps.std(ddof=1) / len(gaps) ** 0.5
        mean, took = both.mean((0, 1))
        yield f"{mean:.4f}  {gaps.mean():+.4f} ± {error:.4f}  {took:3.0f} s  {called(changes)}"


if __name__ == "__main__":
    main()
