"""The live parts that a lesson can show: what each is, its options, and the figures that it gives.

The page Learn has a function of the same name for each. README.md is for those who use them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dino.locale.sentences import mark

MOST_RECIPES = 12  # of an experiment, that have a figure of their own
EXPERIMENT_FIGURES = (
    *("lowest", "lowest_loss", "highest", "highest_loss", "without_loss"),
    *("difference", "difference_error", "verdict", "order", "stronger", "better"),
    *(f"loss_{i}" for i in range(1, MOST_RECIPES + 1)),
)


class Panel(NamedTuple):
    """What a panel shows, the options that it takes, and the figures that it gives once it ran."""

    about: str
    options: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()


PANELS: Mapping[str, Panel] = {
    "run": Panel(
        mark("Trains a network with the lesson's recipe, live, and shows its losses."),
        figures=(
            *("run_start_loss", "run_val_loss", "run_train_loss", "run_gap"),
            *("run_best_step", "run_best_loss", "run_rise", "run_steps"),
        ),
    ),
    "experiment": Panel(
        mark(
            "Trains every level of a setting with each seed on each split, and compares the losses."
        ),
        options=("vary", "seeds", "splits", "compare"),
        figures=EXPERIMENT_FIGURES,
    ),
    "compare": Panel(mark("A link to the page Compare, which has the lesson's experiments, too.")),
    "one_step": Panel(
        mark("One update of the untrained network on one name: losses, gradient, weights."),
        options=("show",),
    ),
    "stretch": Panel(
        mark("The stretches of the next symbols, and a draw that falls on one of them."),
        options=("controls",),
    ),
    "likelier": Panel(
        mark("The probability of the greedy name, and of one that the learner types."),
        figures=("greedy_one_in", "found_one_in", "likelier_ratio", "likeliest"),
    ),
    "echo": Panel(
        mark("Trains each cell on made-up words whose last letter repeats the first."),
        figures=("echo_rnn", "echo_gru", "echo_lstm"),
    ),
    "memory_curves": Panel(mark("The loss of cells trained with a bounded memory.")),
    "gates": Panel(mark("The gate that keeps the state, at each letter of a name.")),
}
