"""The live parts that a lesson can show: what each is, its options, and the figures that it gives.

The page Learn has a function of the same name for each. README.md is for lesson authors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dino.locale.sentences import mark

MOST_RECIPES = 12  # of an experiment, that have a separate figure
RUN_FIGURES = (
    *("run_start_loss", "run_val_loss", "run_val_perplexity", "run_train_loss", "run_gap"),
    *("run_best_step", "run_best_loss", "run_rise", "run_steps"),
)
# The axis of a run's loss chart that a figure is on: steps across, losses up.
ON_CHART: Mapping[str, str] = {
    "run_best_step": "x",
    **dict.fromkeys(("run_start_loss", "run_val_loss", "run_train_loss", "run_best_loss"), "y"),
}
EXPERIMENT_FIGURES = (
    *("lowest", "lowest_loss", "highest", "highest_loss", "without_loss"),
    *("difference", "difference_error", "difference_times", "verdict"),
    *("order", "stronger", "better"),
    *("same_rate", "own_rate_1", "own_rate_2", "other_above_1", "other_above_error_1"),
    *("other_above_2", "other_above_error_2"),
    *(f"{it}_{i}" for it in ("loss", "carried") for i in range(1, MOST_RECIPES + 1)),
)
TOGETHER_FIGURES = (
    *("network_loss", "counting_loss", "both_loss", "lowest_reader"),
    *("below_network", "below_network_error", "below_counting", "below_counting_error"),
)


class Panel(NamedTuple):
    """What a panel shows, its options, and the figures that it gives once it has run.

    asks: whether a bet is placed with the panel itself; its step is then a bet without an answer
    seconds: how long its training took on one core of our machines; of an experiment, each member's
    """

    about: str
    options: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    asks: bool = False
    seconds: float = 0.0


PANELS: Mapping[str, Panel] = {
    "run": Panel(
        mark(
            "Trains a network with the lesson's recipe, live, and shows its losses and some names."
        ),
        options=("names",),
        figures=RUN_FIGURES,
        seconds=4,
    ),
    "ruler": Panel(
        mark("The losses of the lesson's network and of counting, in nats, bits and perplexity.")
    ),
    "experiment": Panel(
        mark(
            "Trains every level of a setting with each seed on each split, and compares the losses "
            "and some names."
        ),
        options=("vary", "seeds", "splits", "compare", "names"),
        figures=EXPERIMENT_FIGURES,
        seconds=0.5,
    ),
    "compare": Panel(mark("A link to the Compare page, which also has the lesson's experiments.")),
    "chips": Panel(
        mark(
            "Asks for a bet of 100 chips on the next symbol of a held-out name, and shows its loss."
        ),
        options=("round",),
        asks=True,
    ),
    "chips_table": Panel(
        mark(
            "The losses of all chip bets beside those of counting pairs, counting fours "
            "and a network on the same symbols."
        )
    ),
    "arrangements": Panel(
        mark("Four small strips that differ in where inputs enter and outputs leave.")
    ),
    "one_hot": Panel(
        mark("A name as the network reads it: the index and the one-hot row of every letter."),
        options=("word",),
    ),
    "two_units": Panel(
        mark("The weights of the two-unit exercise, and a table of tanh, to print.")
    ),
    "one_unit": Panel(
        mark("The weights of the exercise of one LSTM unit, and tables of σ and tanh, to print.")
    ),
    "tanh": Panel(
        mark(
            "Trains the lesson's recipe, then shows its state along a name, with tanh and without."
        ),
        figures=(
            *(*RUN_FIGURES, "state_with", "state_without", "state_ratio", "state_verdict"),
            "state_radius",
        ),
        seconds=1,
    ),
    "batches": Panel(mark("A box for a seed, and the batches of names drawn with it.")),
    "axis": Panel(
        mark("The strip of a name whose letters lie on the time axis or on the batch axis.")
    ),
    "one_step": Panel(
        mark("One update of the untrained network on one name: losses, gradient, weights."),
        options=("show",),
    ),
    "factor": Panel(
        mark(
            "Trains the lesson's recipe, then shows by what its gradient is multiplied for each "
            "letter back."
        ),
        figures=(
            *(*RUN_FIGURES, "gradient_factor", "gradient_reach", "gradient_left"),
            *("gradient_hundred", "gradient_verdict"),
        ),
        seconds=4,
    ),
    "strip": Panel(
        mark(
            "The cell unrolled over a name. It plays forward, backward, the update and writing, "
            "with the line of code of each part."
        ),
        options=("network", "name", "ways"),
    ),
    "stretch": Panel(
        mark(
            "A stretch for each possible next symbol, as long as its probability, and a "
            "random number that falls on one of them."
        ),
        options=("controls",),
    ),
    "likelier": Panel(
        mark("The probability of the greedy name, and of one that the learner types."),
        figures=("greedy_one_in", "found_one_in", "likelier_ratio", "most_likely"),
        seconds=1,
    ),
    "echo": Panel(
        mark(
            "Trains LSTMs with two forget biases on made-up words whose last letter repeats the "
            "first."
        ),
        figures=("echo_bias_1", "echo_bias_3"),
        seconds=4,
    ),
    "regularised": Panel(
        mark("The loss of a regularised LSTM with 3, 5 and all letters, beside counting.")
    ),
    "memory_curves": Panel(mark("The loss of cells trained with a bounded memory.")),
    "gates": Panel(mark("The gate that keeps the state, at each letter of a name.")),
    "together": Panel(
        mark(
            "Trains the lesson's recipe, then shows its held-out loss, that of counting sixes, and "
            "that of half and half."
        ),
        figures=(*RUN_FIGURES, *TOGETHER_FIGURES),
        seconds=12,
    ),
    "disagreement": Panel(
        mark("The loss of network, counting, and half and half on each symbol of a name."),
        figures=("network_better", "counting_better", "apart"),
    ),
    "partners": Panel(
        mark("The network mixed half and half with counting, a uniform guess, and a copy."),
        figures=(
            *("guessing_both", "guessing_above", "guessing_verdict"),
            *("copy_both", "copy_verdict"),
        ),
    ),
}
