"""Losses measured in advance: every preset, trained with eight seeds.

`python -m tests.seed_spreads` trains them and writes the file. It also states what was trained: the
recipe, the seeds, and the names.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from dino.config import Config
from dino.data import Corpus
from dino.lists import DATA
from dino.trained_contexts import digest

FILE = DATA / "seed_spreads.json"


def seed_losses(config: Config, corpus: Corpus) -> tuple[float, ...]:
    """The held-out losses at the end of training, one for each seed. Nats per symbol.

    None at all if the recipe, apart from seed and engine, or a name differs from those of the file.
    """
    found, mine = _read(), seedless_recipe(config)
    if found["digest"] != digest(corpus):
        return ()
    rows = (row["losses"] for row in found["spreads"] if row["recipe"] == mine)
    return tuple(next(rows, ()))


def seedless_recipe(config: Config) -> dict[str, Any]:
    """The settings that the runs of all seeds have in common: all except the seed and the engine.

    The list's digest includes whether there is a final exam.
    """
    free = ("seed", "split_seed", "exam", "engine")
    return {name: value for name, value in config.as_dict().items() if name not in free}


@cache
def _read() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found
