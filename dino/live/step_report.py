"""What a page shows of a single step: each letter's loss, the gradient, how far weights moved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dino.data import Vocab
    from dino.step_report import StepReport

DARKEST = 1.5  # times the loss of knowing nothing: the loss from which on a letter is darkest


def report_frame(report: StepReport, vocab: Vocab) -> dict[str, Any]:
    """A step as JSON takes it. Losses in nats.

    names: for each its letters, as they are shown, and their losses; scale: the loss of knowing
    nothing, and the one from which on all are equally dark; moved: for each matrix its name, the
    length of its change, its length before, the change as a share of that.
    """
    nothing = math.log(len(vocab))
    return {
        "step": report.step,
        "title": f"What step {report.step:,} did",
        "batch": batch_sentence(report),
        "gradient": gradient_sentence(report),
        "names": [_name(name, losses, vocab) for name, losses in report.names],
        "scale": [round(nothing, 2), round(DARKEST * nothing, 2)],
        "moved": [_moved(*row) for row in report.moved],
    }


def batch_sentence(report: StepReport) -> str:
    """The batch and its loss."""
    letters = sum(len(losses) for _, losses in report.names)
    count, shown = report.batch_size, len(report.names)
    names = "one name" if count == 1 else f"{count:,} names"
    words = f"The batch: {names}"
    if shown < count:
        words += f", {shown} of them below"
    words += f". Its training loss was {report.loss:.3f} nats per symbol"
    if report.with_dropout:
        return (
            f"{words}, with dropout. The letters' losses below are measured without it, so their "
            "mean is another number."
        )
    if shown == count:
        words += f", the mean over its {letters:,} symbols"
    return f"{words}."


def gradient_sentence(report: StepReport) -> str:
    """How long the gradient was, and whether that was too long."""
    length = f"The gradient was {report.gradient_norm:.3g} long"
    if not report.clip_norm:
        how = "; this recipe does not clip it"
    elif report.clipped:
        limit = f"{report.clip_norm:g}"
        how = f", more than {limit}, so it was clipped: shortened to {limit}"
    else:
        how = f", not more than {report.clip_norm:g}, so it was not clipped"
    return f"{length}{how}. Learning rate {report.learning_rate:g}."


def _name(name: str, losses: Any, vocab: Vocab) -> list[Any]:
    ids = [*vocab.encode(name), 0]  # the end mark has a loss too
    labels = vocab.labels
    return [[labels[i] for i in ids], [round(float(loss), 3) for loss in losses]]


def _moved(matrix: str, change: float, before: float) -> list[Any]:
    share = _percent(change / before) if before else "from zero"
    return [matrix, f"{change:.3g}", f"{before:.3g}", share, round(change, 6)]


def _percent(share: float) -> str:
    if not share:
        return "0 %"
    if share < 1e-5:
        return "< 0.001 %"
    return f"{100 * share:.2g} %" if share < 0.995 else f"{100 * share:,.0f} %"
