"""What single runs cannot decide: a seed changes every loss, a rate depends on its optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dino.locale.sentences import Sentence, sentence
from dino.ui import run_titles

if TYPE_CHECKING:
    from dino.jobs import RunEntry


def seed_sentences(entries: Sequence[RunEntry]) -> list[Sentence]:
    """Say how far the seed alone moved a loss, if a recipe was trained with several seeds.

    Else say only that the seed matters; nothing if there is no second recipe. entries: runs whose
    losses may be compared, newest first.
    """
    groups = _by_recipe([entry for entry in entries if entry.run.is_by_its_recipe])
    several = max(groups, key=len, default=[])
    if len(several) > 1:
        return [_spread_sentence(several), _advice()]
    if len(groups) < 2:
        return []
    return [
        sentence(
            "Each of these runs has one seed and one split. Another seed or split would also "
            "change its loss, so the lowest loss need not come from the best recipe."
        ),
        _advice(),
    ]


def optimizer_sentences(entries: Sequence[RunEntry]) -> list[Sentence]:
    """If the runs differ in their optimizer, say that equal learning rates do not compare them."""
    if len({entry.run.config.optimizer for entry in entries if entry.run.step}) < 2:
        return []
    return [
        sentence(
            "At the same learning rate, different optimizers take updates of different sizes, so "
            "compare each at its own best rate."
        )
    ]


def _advice() -> Sentence:
    return sentence(
        "To compare two recipes, train each with several seeds on several splits and compare the "
        "means. An experiment does this for you."
    )


def _spread_sentence(entries: Sequence[RunEntry]) -> Sentence:
    """Say how the losses of one recipe spread. entries: its runs, each with another seed."""
    losses = [entry.run.val_loss for entry in entries]
    figures = dict(
        run=run_titles.short_title(entries[0]),
        count=len(entries),
        low=min(losses),
        high=max(losses),
    )
    if len({entry.run.engines for entry in entries}) > 1:
        return sentence(
            "With {count} seeds, the recipe of {run} ended at held-out losses from {low:.3f} to "
            "{high:.3f}. Only the seed and the engine differed.",
            **figures,
        )
    return sentence(
        "With {count} seeds, the recipe of {run} ended at held-out losses from {low:.3f} to "
        "{high:.3f}. Only the seed differed.",
        **figures,
    )


def _by_recipe(entries: Sequence[RunEntry]) -> list[list[RunEntry]]:
    """The runs of each recipe, one per seed. Runs on two engines count as one recipe."""
    found: dict[object, dict[int, RunEntry]] = {}
    for entry in entries:
        config = entry.run.config
        seeds = found.setdefault(config.replace(seed=0, engine="auto"), {})
        seeds.setdefault(config.seed, entry)
    return [list(seeds.values()) for seeds in found.values()]
