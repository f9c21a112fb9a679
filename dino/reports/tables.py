"""The curve and the names of a run as tables (.csv), with English headings and numbers."""

from __future__ import annotations

from typing import NamedTuple

from dino.data import Corpus
from dino.files import to_csv
from dino.run import Run

CURVE = ("step", "names_seen", "train_loss", "train_eval_loss", "val_loss", "learning_rate")
NAMES = ("step", "val_loss", "name", "in_training_names", "held_out", "in_exam")


class CurveRow(NamedTuple):
    """The losses measured after a step, in nats per symbol.

    train: the mean over the updates since the row before, each weighted by its targets; None if
    there were none. evaluated: on training names, measured like `held_out`.
    """

    step: int
    train: float | None
    evaluated: float
    held_out: float


def curve_rows(run: Run) -> list[CurveRow]:
    """The losses of a run, a row for each measurement.

    A kept run may have fewer rows, and means over its stretches of updates. For a run that
    diverged, they end before that.
    """
    steps = run.val_steps[: run.drawn].tolist()
    return [
        CurveRow(step, _mean_loss(run, before, step), float(train_loss), float(val_loss))
        for before, step, train_loss, val_loss in zip(
            [0, *steps], steps, run.train_eval_losses, run.val_losses, strict=False
        )
    ]


def curve(run: Run, corpus: Corpus) -> bytes:
    """These losses as a table. val_loss: the held-out loss; learning_rate: of the last update."""
    rows = [
        (
            row.step,
            row.step * run.config.batch_size,
            "" if row.train is None else row.train,
            row.evaluated,
            row.held_out,
            _rate(run, row.step),
        )
        for row in curve_rows(run)
    ]
    return to_csv(CURVE, rows)


def names(run: Run, corpus: Corpus) -> bytes:
    """The names that a run wrote at its moments, and whether each is in the list.

    A name that was cut off ends with an ellipsis.
    """
    found = (*run.named_moments, *run.snapshots, run.best_moment)
    moments = {moment.step: moment for moment in found}
    rows = [
        (
            step,
            float(moments[step].val_loss),
            name,
            name in corpus.train_set,
            name in corpus.val_set,
            name in corpus.exam_set,
        )
        for step in sorted(moments)
        for name in moments[step].names
    ]
    return to_csv(NAMES, rows)


def _mean_loss(run: Run, before: int, step: int) -> float | None:
    """The mean loss of the updates after step `before`, up to `step`."""
    last = len(run.losses) if step == run.step else step // run.stretch
    part = slice(before // run.stretch, last)
    losses, symbols = run.losses[part].astype(float), run.symbols[part].astype(float)
    return float((losses * symbols).sum() / symbols.sum()) if len(losses) else None


def _rate(run: Run, step: int) -> float:
    """The rate of the last update up to `step`; at 0, of the first update."""
    return next(rate for since, rate in reversed(run.learning_rates) if since < step or since == 0)
