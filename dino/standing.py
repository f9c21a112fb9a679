"""Which of several runs ends with the lowest held-out loss, and which are too close to call.

Losses are compared name by name on the same held-out names. One run of a recipe does not say what
another seed would reach, so nothing here says which recipe is better, or why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from dino.difference import Difference, Side
from dino.locale.sentences import Sentence, number_list, plural_sentence, sentence
from dino.metrics import loss_difference

CHANCE = 0.05  # of calling two runs different although they differ only by chance
FEWEST = 20  # names; with fewer, an error is too uncertain to call a difference by
LISTED = 6  # runs that are named one by one


class Standing(NamedTuple):
    """How several runs compare on the same held-out names. Runs are given by their numbers.

    lowest: those with the lowest loss, as a page shows it; loss: that loss, in nats per symbol;
    close: the others whose loss is not higher by more than chance explains, the lowest first; runs,
    names: how many were compared
    """

    lowest: tuple[int, ...]
    loss: float
    close: tuple[int, ...]
    runs: int
    names: int


def clear_factor(runs: int) -> float:
    """How many standard errors apart two of several runs must be to be called different.

    With this factor, equally good runs are called different with a probability of at most `CHANCE`,
    whichever two are compared (Bonferroni's correction for all pairs, normal errors).
    """
    pairs = max(1, runs * (runs - 1) // 2)
    return NormalDist().inv_cdf(1 - CHANCE / (2 * pairs))


def difference_of(
    sums: np.ndarray, lowest: np.ndarray, symbols: np.ndarray, runs: int
) -> Difference:
    """How much lower the loss of one of several runs is than the lowest: at most 0.

    sums, lowest (N,): the sum of −ln p over each name's targets; symbols (N,): how many these are
    """
    higher_by, error = loss_difference(sums, lowest, symbols)
    return Difference(-higher_by, error, len(symbols), clear_factor(runs), FEWEST)


def standing(name_losses: Mapping[int, np.ndarray], symbols: np.ndarray) -> Standing | None:
    """How runs compare by their final losses; None if fewer than two have finite losses.

    name_losses: by the run's number, the sum of −ln p over each held-out name's targets
    (N,), in nats;
    symbols (N,): how many these are. With fewer than `FEWEST` names all are close.
    """
    finite = {run: sums for run, sums in name_losses.items() if np.isfinite(sums).all()}
    if len(finite) < 2:
        return None
    means = {run: float(sums.sum() / symbols.sum()) for run, sums in finite.items()}
    order = sorted(finite, key=lambda run: means[run])
    loss = means[order[0]]
    lowest = [run for run in order if round(means[run], 3) == round(loss, 3)]
    close = []
    for run in order[len(lowest) :]:
        beside = difference_of(finite[run], finite[order[0]], symbols, len(finite))
        if beside.side is not Side.HIGHER:
            close.append(run)
    return Standing(tuple(lowest), loss, tuple(close), len(finite), len(symbols))


def standing_sentences(found: Standing) -> list[Sentence]:
    """Which run ends with the lowest held-out loss so far, then which are too close to call."""
    lowest = number_list(sorted(found.lowest))
    fields = {"count": found.runs, "loss": found.loss, "runs": lowest}
    if len(found.lowest) == 1:
        first = sentence(
            "Of {count} runs on the same names, run {runs} ends with the lowest held-out loss so "
            "far: {loss:.3f}.",
            **fields,
        )
    else:
        first = sentence(
            "Of {count} runs on the same names, runs {runs} end with the same held-out loss, the "
            "lowest of all so far: {loss:.3f}.",
            **fields,
        )
    return [first, *_close_sentences(found)]


def _close_sentences(found: Standing) -> list[Sentence]:
    """Which of the other runs may differ from the lowest by chance alone."""
    others = found.runs - len(found.lowest)
    if not others:
        return []
    if found.names < FEWEST:
        return [sentence("With fewer than {fewest} names, no run is called better.", fewest=FEWEST)]
    if not found.close:
        return [
            plural_sentence(
                "The loss of the other run is higher by more than chance explains.",
                "The losses of the others are higher by more than chance explains.",
                others,
            )
        ]
    if len(found.close) == others > 1:
        return [sentence("The differences from all the others are too close to call.")]
    return [_told_sentence(found.close[:LISTED], len(found.close) - LISTED)]


def _told_sentence(told: Sequence[int], more: int) -> Sentence:
    runs = number_list(told)
    if more > 0:
        return sentence(
            "The differences from runs {runs} and {more} more are too close to call.",
            runs=runs,
            more=more,
        )
    return plural_sentence(
        "The difference from run {runs} is too close to call.",
        "The differences from runs {runs} are too close to call.",
        len(told),
        runs=runs,
    )


def left_out_sentences(training: Sequence[int], unknown: Sequence[int]) -> list[Sentence]:
    """Which runs are not compared, by their numbers.

    training: still train; unknown: their loss of each name is not known
    """
    found = []
    if training:
        found.append(
            plural_sentence(
                "Run {runs} is still training and is not counted yet.",
                "Runs {runs} are still training and are not counted yet.",
                len(training),
                runs=number_list(training),
            )
        )
    if unknown:
        found.append(
            plural_sentence(
                "Run {runs} is not counted because its loss is not known name by name.",
                "Runs {runs} are not counted because their losses are not known name by name.",
                len(unknown),
                runs=number_list(unknown),
            )
        )
    return found
