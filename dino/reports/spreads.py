"""How far seeds move the loss of a recipe, measured in advance for the presets."""

from __future__ import annotations

import statistics
from typing import NamedTuple

from dino.data import Corpus
from dino.run import Run
from dino.seed_losses import seed_losses


class Spread(NamedTuple):
    """The standard deviation of a recipe's held-out losses over some seeds, in nats per symbol."""

    deviation: float
    seeds: int


def measured_spread(run: Run, corpus: Corpus) -> Spread | None:
    """The spread of a run's recipe on its list and split, if it was measured; else None."""
    losses = seed_losses(run.config, corpus) if run.is_by_its_recipe else ()
    return Spread(statistics.stdev(losses), len(losses)) if len(losses) > 1 else None
