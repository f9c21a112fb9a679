"""One ruler for the loss of the network that wrote the names: in nats, bits and perplexity."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from dino import metrics
from dino.charts.base import line_name
from dino.charts.loss_ruler import Loss
from dino.jobs import RunHandle, WrittenNames
from dino.ui.language import put, say
from dino.ui.loss_ruler import draw_losses

if TYPE_CHECKING:
    from dino.run import Run


def draw_ruler(job: RunHandle, written: WrittenNames, together: float | None = None) -> None:
    """Draw the held-out loss of the names' network and the baselines: a picture and a table.

    together: its loss together with counting, if that is known.
    """
    if job.run is None or not written.step:  # an untrained network has no loss to show
        return
    step, loss = loss_at(job.run, written.step)
    if not math.isfinite(loss):
        return
    losses = [Loss(say("this network"), loss, own=True)]
    if together is not None:
        losses.append(Loss(say("together"), together, own=True))
    for key, other in (job.baselines or {}).items():
        losses.append(Loss(put(line_name(key)), other))
    with st.expander(say("Nats, bits and perplexity on one ruler")):
        st.caption(
            say(
                "At update {step:,} the held-out loss is {loss:.2f} nats per symbol. That is "
                "{bits:.2f} bits per symbol, or a perplexity of {perplexity:.1f}.",
                step=step,
                loss=loss,
                bits=metrics.bits(loss),
                perplexity=metrics.perplexity(loss),
            )
        )
        draw_losses(losses, "ruler")


def loss_at(run: Run, step: int) -> tuple[int, float]:
    """Return the last held-out loss up to a step, in nats per symbol, after its own step."""
    i = max(0, int(np.searchsorted(run.val_steps, step, side="right")) - 1)
    return int(run.val_steps[i]), float(run.val_losses[i])
