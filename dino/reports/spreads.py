"""How far seeds move the loss of a recipe, measured in advance for the presets.

`python -m tests.seed_spreads` trains them and writes the file, which states what was trained.
"""

from __future__ import annotations

import json
import statistics
from functools import cache
from typing import Any, NamedTuple

from dino import trained_contexts
from dino.config import Config
from dino.data import Corpus
from dino.lists import DATA
from dino.run import Run

FILE = DATA / "seed_spreads.json"


class Spread(NamedTuple):
    """The standard deviation of a recipe's held-out losses over some seeds, in nats per symbol."""

    deviation: float
    seeds: int


def measured_spread(run: Run, corpus: Corpus) -> Spread | None:
    """The spread of a run's recipe on its list and split, if it was measured; else None."""
    found = _read()
    if not run.is_by_its_recipe or found["digest"] != trained_contexts.digest(corpus):
        return None
    mine = spread_recipe(run.config)
    rows = (row["losses"] for row in found["spreads"] if row["recipe"] == mine)
    losses: list[float] = next(rows, [])
    return Spread(statistics.stdev(losses), len(losses)) if len(losses) > 1 else None


def spread_recipe(config: Config) -> dict[str, Any]:
    """The settings that the runs of one spread have in common: all except the seed and the engine.

    The list's digest includes whether there is a final exam.
    """
    free = ("seed", "split_seed", "exam", "engine")
    return {name: value for name, value in config.as_dict().items() if name not in free}


@cache
def _read() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found
