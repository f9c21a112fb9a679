"""The words under the loss chart: what its lines are, and what they show of a run.

`put` gives the words of the page's language; by default they are English.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dino.difference import ENOUGH_NAMES, few_names_sentence
from dino.locale.sentences import (
    Sentence,
    Text,
    number_sentence,
    plural_sentence,
    prose,
    prose_part,
)

if TYPE_CHECKING:  # a page is drawn before numpy is loaded
    from dino.charts.base import Put
    from dino.data import Corpus
    from dino.jobs import RunHandle
    from dino.metrics import BesideBaseline
    from dino.run import Run

LOSS = prose("loss_chart", "loss.term")
BITS = 1 / math.log(2)  # in one nat
BEFORE = prose("loss_chart", "loss.before")


def explain_lines(corpus: Corpus, trains: bool = True) -> list[tuple[Text, Sentence]]:
    """What the chart's curves and dashed lines are: a term, and a sentence about it.

    trains: whether the run has begun; before that, nothing says what guessing reaches.
    """
    counting = prose("loss_chart", "counting.about")
    symbols = len(corpus.vocab)
    curves = explain_curves(symbols, len(corpus.val))
    if not trains:
        curves = [(LOSS, _explain_loss()), *curves[1:]]
    return [*curves, (prose("loss_chart", "counting.term"), counting)]


def explain_curves(symbols: int, held_out: int) -> list[tuple[Text, Sentence]]:
    """The same, for the curves only. symbols: of the vocabulary; held_out: how many names are."""
    loss = prose("loss_chart", "loss.about", nothing=math.log(symbols), symbols=symbols, bits=BITS)
    names = plural_sentence(
        "on names it learns from (blue) and on {count} other, the validation set (orange).",
        "on names it learns from (blue) and on {count:,} others, the validation set (orange).",
        held_out,
    )
    evaluated = prose("loss_chart", "evaluated.about")
    return [
        (LOSS, loss),
        (prose("loss_chart", "held_out.term"), names),
        (prose("loss_chart", "evaluated.term"), evaluated),
    ]


def _explain_loss() -> Sentence:
    return prose("loss_chart", "loss.about_untrained", bits=BITS)


def final_losses(run: Run, held_out: Text = "") -> list[tuple[Text, Text]]:
    """Each loss of a run: its name and its number. held_out: the last held-out loss with its error,
    if that is known.
    """
    step, loss = run.best
    rows: list[tuple[Text, Text]] = [
        (prose("loss_chart", "final.held_out"), held_out or number_sentence(run.val_loss, ".3f")),
        (prose("loss_chart", "final.lowest", step=step), number_sentence(loss, ".3f")),
        (prose("loss_chart", "final.evaluated"), number_sentence(run.train_eval_loss, ".3f")),
    ]
    if run.train_loss is not None:
        last = number_sentence(run.train_loss, ".3f")
        rows.append((prose("loss_chart", "final.training"), last))
    return rows


MEASURED = prose("loss_chart", "loss.measured")


def explain_measuring() -> list[Sentence]:
    """How the lines are measured, one fact in each sentence."""
    return list(prose_part("loss_chart", "measuring").values())


def loss_sentence(job: RunHandle, run: Run | None, put: Put = str) -> str:
    """What the loss chart shows now."""
    baselines = job.baselines
    if run is None or not run.step:
        return put(BEFORE)
    if baselines is None:
        return put(prose("loss_chart", "shown.uncounted"))
    names = len(job.corpus.val)
    return " ".join(map(put, loss_sentences(run, baselines, baseline_differences(job, run), names)))


def baseline_differences(job: RunHandle, run: Run) -> list[BesideBaseline]:
    """The run beside each baseline, with its error, while it rests; empty while it trains."""
    counted = job.baseline_name_losses
    if run.val_name_losses is None or counted is None:
        return []
    import numpy as np

    from dino.metrics import baseline_differences

    symbols = np.array([len(name) + 1 for name in job.corpus.val])
    return baseline_differences(run.val_name_losses, counted, symbols)


def loss_sentences(
    run: Run, baselines: Mapping[str, float], compared: Sequence[BesideBaseline], names: int
) -> list[Sentence]:
    """The held-out loss beside the baselines' losses.

    Where they were compared name by name, with the error, else only the numbers. names: how many
    are held out.
    """
    from dino.metrics import compare_with_baselines, list_losses

    if not run.step:
        return _say_untrained(run.val_loss, baselines["nothing"])
    words = compare_with_baselines(compared)
    if not words:
        words = [list_losses(run.val_loss, baselines)]
        if compared:
            words.append(few_names_sentence(names))
    return [*words, *_best_sentences(run, names)]


def _say_untrained(loss: float, nothing: float) -> list[Sentence]:
    """nothing: the loss of the uniform guess."""
    words = [prose("loss_chart", "shown.untrained", loss=loss, nothing=nothing)]
    if round(loss, 2) > round(nothing, 2):
        words.append(prose("loss_chart", "shown.unequal"))
    return words


def _best_sentences(run: Run, names: int) -> list[Sentence]:
    """When the run was best, if that was clearly before now; and whether it overfits or does not.

    names: how many are held out.
    """
    from dino.metrics import overfitting

    best_step, best = run.best
    if found := overfitting(run, names):
        return [
            prose(
                "loss_chart",
                "shown.overfitting",
                step=found.best_step,
                best=found.best_loss,
                rise=found.rise,
            ),
            prose("loss_chart", "shown.chosen"),
        ]
    if run.val_loss <= best + 0.01:
        return []
    lowest = prose("loss_chart", "shown.lowest", step=best_step, loss=best)
    return [lowest, *_both_rose_sentences(run, names)]


def _both_rose_sentences(run: Run, names: int) -> list[Sentence]:
    """That a rise since the best moment is not overfitting, because the training loss rose too.

    Overfitting lowers the training loss. Here it has risen, and was never lower, each by at least
    what a page shows. None if that is not so, or if too few names are held out to tell.
    """
    from dino.metrics import LEAST_SHOWN

    losses = run.train_eval_losses[list(run.val_steps).index(run.best[0]) :]
    then, now = float(losses[0]), float(losses[-1])
    has_risen = now > then + LEAST_SHOWN and losses.min() >= then - LEAST_SHOWN
    if names < ENOUGH_NAMES or run.stopped or not has_risen:
        return []
    return [prose("loss_chart", "shown.both_rose", then=then, now=now)]
