"""The figures that a run gives a lesson."""

from __future__ import annotations

from dino.lessons.lesson import Value
from dino.metrics import perplexity
from dino.run import Run


def run_figures(run: Run) -> dict[str, Value]:
    """The figures of a run that has made all its steps; of another one those that it has.

    Losses are in nats per symbol: the held-out one before the first step and at the end (and its
    perplexity), the training loss measured as the held-out one is; the lowest held-out loss, its
    step, and how far the held-out loss has risen since.
    """
    steps, losses = run.val_curve()
    if not len(losses):
        return {}
    found: dict[str, Value] = {"run_start_loss": float(losses[0])}
    if run.step < run.max_steps:
        return found
    val, train = float(losses[-1]), float(run.train_eval_curve()[1][-1])
    best = run.best_moment
    return found | {
        "run_val_loss": val,
        "run_val_perplexity": perplexity(val),
        "run_train_loss": train,
        "run_gap": val - train,
        "run_best_step": float(best.step),
        "run_best_loss": float(best.val_loss),
        "run_rise": val - float(best.val_loss),
        "run_steps": float(run.step),
    }
