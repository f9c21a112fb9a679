"""Ablations of the notebook's recipe: its two causes, and the state carried as it writes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from dino.experiments.plan import Plan, make_plan
from dino.lessons.figures_training import experiment_figures
from dino.presets import PRESETS
from dino.run import Run

from . import Ablation, Finding, Seeds, finding, trained

BASE = PRESETS["notebook-through-time"].config.replace(engine="torch")
RATES = (0.0005, 0.1)
MEMORIES = {1: "one letter", 0: "all letters"}
VARY = ("context=1,0", "learning_rate=0.0005,0.1")


def notebook(seeds: Seeds) -> Iterator[Finding]:
    """The notebook's recipe with its memory, its rate, or both of them cured."""
    for context, memory in MEMORIES.items():
        for rate in RATES:
            losses = [_trained(context, rate, seed).val_loss for seed in seeds]
            yield finding(f"{memory}, rate {rate:g}: held-out loss", losses)
    figures = [_figures(seed) for seed in seeds]
    yield finding(
        "the rate is the stronger cause", [f["stronger"] == "learning_rate" for f in figures]
    )
    yield finding("the order of losses is 4, 2, 3, 1", [f["order"] == "4,2,3,1" for f in figures])
    gains = [_trained(1, RATES[0], s).val_loss - _trained(0, RATES[0], s).val_loss for s in seeds]
    yield finding(f"rate {RATES[0]:g}: memory lowers the loss by", gains, 3)
    for rate in RATES:
        still = [_trained(1, rate, seed).recurrent_moved == 0 for seed in seeds]
        yield finding(f"one letter, rate {rate:g}: W_hh is exactly as it began", still)


def carried(seeds: Seeds) -> Iterator[Finding]:
    """Networks trained from a zero state at each letter, read with the state carried."""
    for rate in RATES:
        runs = [_trained(1, rate, seed) for seed in seeds]
        losses = [run.val_loss for run in runs]
        carrying = [run.carried_loss for run in runs]
        yield finding(f"one letter, rate {rate:g}: held-out loss as trained", losses)
        yield finding(f"one letter, rate {rate:g}: held-out loss with the state carried", carrying)
        rises = [b > a for a, b in zip(losses, carrying, strict=True)]
        yield finding(f"one letter, rate {rate:g}: carrying the state raises the loss", rises)


def _trained(context: int, rate: float, seed: int) -> Run:
    return trained(BASE.replace(context=context, learning_rate=rate, seed=seed)).run()


@cache
def _plan() -> Plan:
    return make_plan(BASE, VARY, 1, 1)


def _figures(seed: int) -> dict:
    """What the lesson says of the four cells, with the losses of one seed."""
    losses = np.array([[_trained(c, rate, seed).val_loss for rate in RATES] for c in MEMORIES])
    return experiment_figures(_plan(), losses[..., None, None])


ABLATIONS = {"notebook": Ablation(notebook, 12), "carried": Ablation(carried, 12)}
