"""One ruler for the loss of the network that wrote the names: in nats, bits and perplexity."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from dino import metrics
from dino.charts import loss_ruler as ruler_chart
from dino.charts.base import line_name
from dino.charts.loss_ruler import Loss
from dino.jobs import RunHandle, WrittenNames
from dino.ui.language import put, say, say_number
from dino.ui.plot import plot
from dino.ui.table import draw_twin

if TYPE_CHECKING:
    from dino.run import Run


def draw_ruler(job: RunHandle, written: WrittenNames) -> None:
    """Draw the held-out loss of the names' network and the baselines: a picture and a table."""
    if job.run is None or not written.step:  # an untrained network has no loss to show
        return
    step, loss = loss_at(job.run, written.step)
    if not math.isfinite(loss):
        return
    losses = [Loss(say("this network"), loss, own=True)]
    for key, other in (job.baselines or {}).items():
        losses.append(Loss(put(line_name(key)), other))
    with st.expander(say("Nats, bits and perplexity on one ruler")):
        st.caption(
            say(
                "At step {step:,} the held-out loss is {loss:.2f} nats per symbol. That is "
                "{bits:.2f} bits per symbol, or a perplexity of {perplexity:.1f}.",
                step=step,
                loss=loss,
                bits=metrics.bits(loss),
                perplexity=metrics.perplexity(loss),
            )
        )
        plot(
            ruler_chart.ruler(losses, put),
            "ruler",
            say("Losses as points on scales of nats, bits and perplexity"),
        )
        st.caption(
            say(
                "1 nat is {bits:.2f} bits. Perplexity is e to the power of the loss in nats.",
                bits=BITS,
            )
        )
        _draw_table(losses)


BITS = metrics.bits(1.0)  # of one nat


def loss_at(run: Run, step: int) -> tuple[int, float]:
    """Return the last held-out loss up to a step, in nats per symbol, after its own step."""
    i = max(0, int(np.searchsorted(run.val_steps, step, side="right")) - 1)
    return int(run.val_steps[i]), float(run.val_losses[i])


def _draw_table(losses: list[Loss]) -> None:
    rows = [
        [
            loss.name,
            say_number(loss.nats, ".2f"),
            say_number(metrics.bits(loss.nats), ".2f"),
            say_number(metrics.perplexity(loss.nats), ".1f"),
        ]
        for loss in sorted(losses, key=lambda loss: loss.nats)
    ]
    draw_twin(
        [say("loss of"), say("nats"), say("bits"), say("perplexity")],
        rows,
        "ruler_twin",
        say("Losses in nats, bits and perplexity"),
        numeric=(1, 2, 3),
    )
