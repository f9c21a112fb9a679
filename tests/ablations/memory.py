"""How much memory names need: regularised networks, from their file, and overfitted ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dino.config import CELLS
from dino.lessons.figures_regularised import measured
from dino.presets import PRESETS
from dino.regularised_contexts import CONTEXTS, COUNTING

from . import Ablation, Finding, Seeds, finding, trained

FIRST = PRESETS["first-success"].config
CALLED = {3: "3 letters", 5: "5 letters", 0: "all letters"}


def memory(seeds: Seeds) -> Iterator[Finding]:
    """An LSTM with 3, 5 and all letters, as `python -m tests.regularised_contexts` trained it."""
    found = measured()
    rows = [found.seeds.index(seed) for seed in seeds if seed in found.seeds]
    losses = {context: found.trained[context].losses[rows] for context in CONTEXTS}
    for context in CONTEXTS:
        yield finding(f"{CALLED[context]}: held-out loss", losses[context], 3)
        training = found.trained[context].train_losses[rows]
        yield finding(f"{CALLED[context]}: training loss at the end", training, 3)
        curves = found.trained[context].curves[rows]
        rises = curves[:, -1] - curves.min(1)
        yield finding(f"{CALLED[context]}: rise since the lowest", rises, 3)
    for context in CONTEXTS[:-1]:
        cost, error = found.cost(context)
        claim = f"{CALLED[context]} cost {cost:.3f} ± {error:.3f} (over names); by seed"
        yield finding(claim, losses[context] - losses[0], 3)
    for baseline in COUNTING:
        counted = found.counting_loss(baseline)
        for context in CONTEXTS:
            gap, error = found.below(baseline, context)
            claim = f"{CALLED[context]}: {gap:.3f} ± {error:.3f} below counting {baseline}"
            yield finding(f"{claim} ({counted:.3f}); below it", losses[context] < counted)


def overfitted(seeds: Seeds) -> Iterator[Finding]:
    """First success with 3 letters of memory and with all: at its lowest loss and at the end."""
    for cell, name in CELLS.items():
        for context in (3, 0):
            config = FIRST.replace(cell=cell, context=context)
            runs = [trained(config.replace(seed=seed)).run() for seed in seeds]
            called = f"{name}, {CALLED[context]}"
            yield finding(f"{called}: lowest held-out loss", [run.best[1] for run in runs], 3)
            yield finding(f"{called}: held-out loss at the end", [r.val_loss for r in runs], 3)
        costs = [_end(cell, 3, seed) - _end(cell, 0, seed) for seed in seeds]
        yield finding(f"{name}: at the end 3 letters cost", costs, 3)


def _end(cell: str, context: int, seed: int) -> float:
    run = trained(FIRST.replace(cell=cell, context=context, seed=seed)).run()
    assert run.val_loss is not None and np.isfinite(run.val_loss)
    return run.val_loss


ABLATIONS = {"memory": Ablation(memory, 5), "overfitted": Ablation(overfitted, 5)}
