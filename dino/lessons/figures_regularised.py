"""How much memory names need: a regularised network with 3, 5 and all letters, and counting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial

from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.item import Value
from dino.regularised_contexts import (
    CONTEXTS,
    COUNTING,
    RECIPE,
    RegularisedContexts,
    regularised_contexts,
)

NAMED = {0: "all"}  # what a figure's name calls a memory; else its letters


@cache
def measured() -> RegularisedContexts:
    """The networks of that recipe."""
    found = regularised_contexts(RECIPE, dinosaurs())
    assert found is not None  # a test compares its recipe
    return found


def _loss(context: int) -> float:
    return measured().loss(context)


def _lowest(context: int) -> float:
    return float(measured().trained[context].losses.min())


def _highest(context: int) -> float:
    return float(measured().trained[context].losses.max())


def _train(context: int) -> float:
    return float(measured().trained[context].train_losses.mean())


def _cost(context: int) -> float:
    return measured().cost(context)[0]


def _cost_error(context: int) -> float:
    return measured().cost(context)[1]


def _counting(baseline: str) -> float:
    return measured().counting_loss(baseline)


def _of_each(name: str, figure: Callable[[int], float]) -> dict[str, Callable[[], Value]]:
    return {name.format(NAMED.get(k, k)): partial(figure, k) for k in CONTEXTS}


# regular_3, regular_5, regular_all: the mean loss over seeds; _lowest, _highest: over seeds;
# _train: the training loss; _cost: above all letters; _cost_error: its error over names
FIGURES: Mapping[str, Callable[[], Value]] = {
    "regular_seeds": lambda: len(measured().seeds),
    **_of_each("regular_{}", _loss),
    **_of_each("regular_{}_lowest", _lowest),
    **_of_each("regular_{}_highest", _highest),
    **_of_each("regular_{}_train", _train),
    **_of_each("regular_{}_cost", _cost),
    **_of_each("regular_{}_cost_error", _cost_error),
    **{f"regular_{name}": partial(_counting, name) for name in COUNTING},
}
