"""What the visitor's runs do not decide: a seed changes every loss, an optimizer every step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dino.locale.sentences import Sentence, sentence
from dino.ui import run_titles

if TYPE_CHECKING:
    from dino.jobs import RunEntry


def seed_sentences(entries: Sequence[RunEntry]) -> list[Sentence]:
    """How far the seed alone moves a loss, where a recipe was trained with several; else that it
    does. Nothing where there is no second recipe to compare with.

    entries: runs whose losses may be compared, the newest first.
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
    """That a learning rate is no common measure of two optimizers, where runs differ in them."""
    if len({entry.run.config.optimizer for entry in entries if entry.run.step}) < 2:
        return []
    return [
        sentence(
            "The same learning rate gives each optimizer steps of a different length, so compare "
            "each at its own best rate."
        )
    ]


def _advice() -> Sentence:
    return sentence(
        "To compare two recipes, train each with several seeds on several splits and compare the "
        "means. An experiment does this for you."
    )


def _spread_sentence(entries: Sequence[RunEntry]) -> Sentence:
    """entries: runs of one recipe, each with another seed."""
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
    """The runs of each recipe, one for each seed. Which engine ran it makes no other recipe."""
    found: dict[object, dict[int, RunEntry]] = {}
    for entry in entries:
        config = entry.run.config
        seeds = found.setdefault(config.replace(seed=0, engine="auto"), {})
        seeds.setdefault(config.seed, entry)
    return [list(seeds.values()) for seeds in found.values()]
