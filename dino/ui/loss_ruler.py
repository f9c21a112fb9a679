"""Losses on one ruler, in nats, bits and perplexity: a picture and a table."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dino import metrics
from dino.charts import loss_ruler as ruler_chart
from dino.charts.loss_ruler import Loss
from dino.ui.language import put, say, say_number
from dino.ui.plot import Picture, plot_once
from dino.ui.table import Table, draw_twin_once

BITS = metrics.bits(1.0)  # of one nat


def draw_losses(losses: Sequence[Loss], key: str) -> None:
    """Draw losses on three scales, and how the units belong together. key: of the picture."""
    plot_once(key, tuple(losses), lambda: _picture(losses))
    st.caption(
        say(
            "1 nat is {bits:.2f} bits. Perplexity is e to the power of the loss in nats.", bits=BITS
        )
    )
    draw_twin_once(f"{key}_twin", tuple(losses), lambda: _table(losses))


def _picture(losses: Sequence[Loss]) -> Picture:
    words = say("Losses as points on scales of nats, bits and perplexity")
    return Picture(ruler_chart.ruler(losses, put), words)


def _table(losses: Sequence[Loss]) -> Table:
    rows = [
        [
            loss.name,
            say_number(loss.nats, ".2f"),
            say_number(metrics.bits(loss.nats), ".2f"),
            say_number(metrics.perplexity(loss.nats), ".1f"),
        ]
        for loss in sorted(losses, key=lambda loss: loss.nats)
    ]
    return Table(
        [say("loss of"), say("nats"), say("bits"), say("perplexity")],
        rows,
        say("Losses in nats, bits and perplexity"),
        numeric=(1, 2, 3),
    )
