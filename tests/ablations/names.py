"""Ablations of First success's network: before training, after one update, and trained."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import torch

from dino.anatomy import gradient_decay, gradient_through_time
from dino.config import CELLS, Config
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.figures_axis import flow
from dino.lessons.figures_cell import state_figures, state_lengths
from dino.lessons.figures_step import NAME, THIRDS, OneName, shares_of_thirds, train_on_name
from dino.lessons.figures_writing import greedy_and_search, likelier_figures
from dino.model import CharRNN
from dino.parts import last_result
from dino.presets import PRESETS
from dino.probe import mean_loss

from . import Ablation, Finding, Seeds, finding, trained

FIRST = PRESETS["first-success"].config
SHORT = FIRST.replace(max_steps=300)  # of the lesson on the cell
SIZES = (1, 8, 16, 64)  # units of a network that makes one update
NAMES = 40  # names whose gradients are compared
LARGEST = "the symbol with the largest share of ∂L"
WIDE = FIRST.replace(hidden_size=256)  # overfits within 1,200 updates


def untrained(seeds: Seeds) -> Iterator[Finding]:
    """The held-out loss before the first update, beside that of a uniform guess."""
    uniform = math.log(len(dinosaurs().vocab))
    losses = [mean_loss(_untrained(FIRST.replace(seed=s)), dinosaurs().val_arrays) for s in seeds]
    yield finding(f"begins below ln V = {uniform:.4f}", [loss < uniform for loss in losses])
    yield finding("loss before the first update", losses, 3)


def one_update(seeds: Seeds) -> Iterator[Finding]:
    """One update of Adam on one name: with how many weights do all its losses fall?"""
    for size in SIZES:
        steps = [_one_name(FIRST.replace(seed=seed, hidden_size=size)) for seed in seeds]
        weights = _untrained(FIRST.replace(hidden_size=size)).parameter_count()
        fell = [(it.after.losses < it.before.losses) for it in steps]
        yield finding(
            f"{weights:,} weights: all {len(fell[0])} losses fell", [f.all() for f in fell]
        )
        yield finding(f"{weights:,} weights: losses that fell", [int(f.sum()) for f in fell], 0)


def thirds(seeds: Seeds) -> Iterator[Finding]:
    """Which third of a name adds most to the gradient: of W_hh, and of all weights."""
    steps = [_one_name(FIRST.replace(seed=seed)) for seed in seeds]
    shares = [shares_of_thirds(it.back.parts) for it in steps]
    for third, name in enumerate(THIRDS):
        largest = [int(s.argmax()) == third for s in shares]
        yield finding(f"{NAME}: the {name} third adds most to ∂L/∂W_hh", largest)
    yield finding("share of the middle third in ∂L/∂W_hh", [float(s[1]) for s in shares])
    yield from _of_all_weights(steps)
    others = [_one_name(FIRST.replace(seed=s), name) for s in seeds[:4] for name in _names()]
    middle = [int(shares_of_thirds(it.back.parts).argmax()) == 1 for it in others]
    yield finding(f"{NAMES} names: the middle third adds most to ∂L/∂W_hh", middle)
    last = [_third(it.pulls) == 2 for it in others]
    yield finding(f"{NAMES} names: {LARGEST} is in the last third", last)


def _of_all_weights(steps: Sequence[OneName]) -> Iterator[Finding]:
    places = [_third(it.pulls) for it in steps]
    for third, name in enumerate(THIRDS):
        there = [place == third for place in places]
        yield finding(f"{NAME}: {LARGEST} is in the {name} third", there)
    yield finding("place of that symbol, of 12", [1 + int(it.pulls.argmax()) for it in steps], 0)
    highest = [it.pulls.argmax() == it.before.losses.argmax() for it in steps]
    yield finding("that symbol is the one with the highest loss", highest)


def factor(seeds: Seeds) -> Iterator[Finding]:
    """By what the gradient of the end mark's loss is multiplied for each letter back."""
    for cell in CELLS:
        part = "c" if cell == "lstm" else "h"
        for when in ("untrained", "trained"):
            make = _untrained if when == "untrained" else _trained_model
            models = [make(FIRST.replace(cell=cell, seed=seed)) for seed in seeds]
            of_name = [_factor(model, NAME, part) for model in models]
            yield finding(f"{CELLS[cell]} {when}, {part}, {NAME}: factor for a letter", of_name)
            means = [
                math.exp(np.mean([math.log(_factor(model, name, part)) for name in _names()]))
                for model in models
            ]
            yield finding(f"{CELLS[cell]} {when}, {part}, geometric mean of {NAMES} names", means)


def overfitting(seeds: Seeds) -> Iterator[Finding]:
    """How far the held-out loss has risen at the end of First success, for each cell."""
    recipes = [(CELLS[cell], FIRST.replace(cell=cell)) for cell in CELLS]
    for name, config in [*recipes, ("RNN of 256 units", WIDE)]:
        runs = [trained(config.replace(seed=seed)).run() for seed in seeds]
        rises = [run.val_loss - run.best[1] for run in runs]
        yield finding(f"{name}: lowest held-out loss", [run.best[1] for run in runs], 3)
        yield finding(f"{name}: update of the lowest", [run.best[0] for run in runs], 0)
        yield finding(f"{name}: held-out loss at the end", [run.val_loss for run in runs], 3)
        yield finding(f"{name}: training loss at the end", _train_losses(runs), 3)
        yield finding(f"{name}: rise since the lowest", rises, 3)


def axis(seeds: Seeds) -> Iterator[Finding]:
    """The gradient of W_hh with a name's letters on the batch axis, and on the time axis."""
    batch, time = ([flow(is_time, seed) for seed in seeds] for is_time in (False, True))
    yield finding(
        "letters on the batch axis: ∂L/∂W_hh is exactly 0", [it.largest == 0 for it in batch]
    )
    yield finding("letters on the time axis: norm of ∂L/∂W_hh", [it.gradient for it in time])
    gaps = [abs(one.loss - other.loss) for one, other in zip(batch, time, strict=True)]
    yield finding("difference of the two losses", gaps)


def tanh(seeds: Seeds) -> Iterator[Finding]:
    """The state's length after a name, with tanh and without it, by the weights' training."""
    for when, config in (("untrained", None), ("after 300 updates", SHORT), ("trained", FIRST)):
        models = [
            _trained_model(config.replace(seed=seed))
            if config
            else _untrained(FIRST.replace(seed=seed))
            for seed in seeds
        ]
        found = [state_figures(state_lengths(model, dinosaurs().vocab)) for model in models]
        yield finding(f"{when}: length with tanh", [f["state_with"] for f in found], 1)
        yield finding(f"{when}: times as long without tanh", [f["state_ratio"] for f in found], 1)


def greedy(seeds: Seeds) -> Iterator[Finding]:
    """Whether a search finds a name that is likelier than the greedy one."""
    models = [_trained_model(FIRST.replace(seed=seed)) for seed in seeds]
    searches = [last_result(greedy_and_search(model, dinosaurs().vocab))[1] for model in models]
    found = [likelier_figures(searched) for searched in searches]
    yield finding("a likelier name was found", [f["most_likely"] == "other" for f in found])
    yield finding("times as likely as the greedy name", [f["likelier_ratio"] for f in found], 1)


def _train_losses(runs: Sequence) -> list[float]:
    return [float(run.train_eval_curve()[1][-1]) for run in runs]


def _untrained(config: Config) -> CharRNN:
    generator = torch.Generator().manual_seed(config.seed)
    return CharRNN(config.cell, config.hidden_size, len(dinosaurs().vocab), generator)


def _trained_model(config: Config) -> CharRNN:
    return trained(config).eval_model


def _one_name(config: Config, name: str = NAME) -> OneName:
    return train_on_name(config, dinosaurs().vocab, name)


@cache
def _names() -> list[str]:
    """Held-out names, evenly from the list, of as many letters as three thirds need."""
    long = [name for name in dinosaurs().val if len(name) >= 6]
    return long[:: len(long) // NAMES][:NAMES]


def _third(shares: np.ndarray) -> int:
    """In which third of a strip the largest share is."""
    return len(THIRDS) * int(shares.argmax()) // len(shares)


def _factor(model: CharRNN, name: str, part: str) -> float:
    norms = gradient_through_time(model, dinosaurs().vocab, name, len(name))[part]
    decay = gradient_decay(norms)
    assert decay is not None
    return decay.factor


ABLATIONS = {
    "untrained": Ablation(untrained, 200),
    "one_update": Ablation(one_update, 12),
    "thirds": Ablation(thirds, 12),
    "factor": Ablation(factor, 6),
    "axis": Ablation(axis, 12),
    "tanh": Ablation(tanh, 6),
    "greedy": Ablation(greedy, 6),
    "overfitting": Ablation(overfitting, 6),
}
