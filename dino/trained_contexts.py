"""Losses measured in advance: networks trained with a memory of 1, 2, … letters.

Training them takes most of an hour, so no page does it. `python -m tests.trained_contexts` writes
the file. It also states what was trained: the recipe, the seeds, and the names.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

import numpy as np

from dino.config import Config
from dino.data import Corpus
from dino.lists import DATA

FILE = DATA / "trained_contexts.json"
LONGEST = 12  # letters of memory; then comes unbounded memory, `context` 0
CONTEXTS = (*range(1, LONGEST + 1), 0)


def trained_contexts(config: Config, corpus: Corpus) -> np.ndarray | None:
    """Final held-out losses of networks of this cell that were trained with a bounded memory.

    (13, S) nats per symbol, for S seeds: with a memory of 1, …, 12 letters, and last of all
    letters. None if a name, or the recipe apart from `context`, seed and engine, differs from that
    of the file.
    """
    found = _read()
    losses = found["losses"].get(config.cell, {})
    seeds = [seed for seed in map(str, found["seeds"]) if _is_complete(losses, seed)]
    same = recipe_values(config) == found["recipe"] and digest(corpus) == found["digest"]
    if len(seeds) < 2 or not same:
        return None
    return np.array([[losses[str(context)][seed] for seed in seeds] for context in CONTEXTS])


def recipe_values(config: Config) -> dict[str, Any]:
    """The settings that these networks have in common.

    Settings are left out that may differ, that do not matter, or that are in the list's digest.
    """
    free = ("cell", "context", "seed", "split_seed", "exam", "engine")
    return {name: value for name, value in config.as_dict().items() if name not in free}


def digest(corpus: Corpus) -> str:
    """The identity of the names and their split: the SHA-256 of both parts."""
    text = "\n\n".join("\n".join(names) for names in (corpus.train, corpus.val))
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _read() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def _is_complete(losses: dict[str, dict[str, float]], seed: str) -> bool:
    return all(seed in losses.get(str(context), {}) for context in CONTEXTS)
