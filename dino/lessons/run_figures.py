"""The figures that a run gives a lesson."""

from __future__ import annotations

from dino.lessons.lesson import Value
from dino.run import Run


def run_figures(run: Run) -> dict[str, Value]:
    """The figures of a run that has made all its steps; of another one those that it has.

    Losses are in nats per symbol: the held-out one before the first step and at the end, and the
    training loss measured as the held-out one is; the step of the lowest held-out loss.
    """
    steps, losses = run.val_curve()
    if not len(losses):
        return {}
    found: dict[str, Value] = {"run_start_loss": float(losses[0])}
    if run.step < run.max_steps:
        return found
    return found | {
        "run_val_loss": float(losses[-1]),
        "run_train_loss": float(run.train_eval_curve()[1][-1]),
        "run_best_step": float(run.best_moment.step),
        "run_steps": float(run.step),
    }
