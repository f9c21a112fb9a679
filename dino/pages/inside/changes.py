"""What the visitor removed from the network, the loss without it, and a button to undo that."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from dino.pages.inside.view import View
from dino.parts import Parts
from dino.probe import mean_loss_in_parts
from dino.ui import measurements, state
from dino.ui.text import count_text
from dino.ui.widgets import run_to_end

LISTED = 8  # silent units that are named


def draw_changes(view: View, always: bool) -> None:
    """The silent units, the memory limit, and the held-out loss with and without these changes.

    always: keep the box even if nothing is changed, so that controls below it do not move.
    """
    changes = [words for words in (_silence_words(view), _memory_words(view)) if words]
    if not changes and not always:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="changed"):
        st.markdown(_loss_words(view, changes), width="content")
        st.button(
            "Back to the whole network",
            key="whole",
            on_click=_restore_network,
            type="tertiary",
            icon=":material/undo:",
            disabled=not changes,
        )


def measure_loss(view: View, context: int) -> float | None:
    """Held-out loss of the network without its silent units, in nats per symbol.

    None while it is measured in the background. context: how many letters back it sees.
    """
    key = (*view.key, "loss", view.silent, context)
    measurement = measurements.measure(
        key, lambda: _as_measurement(mean_loss_in_parts(view.model, view.val_arrays, context))
    )
    return None if measurement.result is None else float(measurement.result)


def _as_measurement(parts: Parts[float]) -> Iterator[tuple[float, float | None]]:
    """Work that returns its result in the end, as pairs of share and result."""
    while True:
        try:
            next(parts)
        except StopIteration as end:
            yield 1.0, end.value
            return
        yield 0.0, None


def _silence_words(view: View) -> str:
    silent = view.silent
    if not silent:
        return ""
    if len(silent) == view.config.hidden_size:
        return "all units silent"
    listed = ", ".join(map(str, silent[:LISTED])) + ("…" if len(silent) > LISTED else "")
    return f"{'unit' if len(silent) == 1 else 'units'} {listed} silent"


def _memory_words(view: View) -> str:
    trained = view.config.context
    if view.context == trained:
        return ""
    how = "cut" if not trained or view.context < trained else "stretched"
    return f"memory {how} to {count_text(view.context, 'letter')}"


def _loss_words(view: View, changes: list[str]) -> str:
    trained_loss = view.moment.val_loss
    if not changes:
        return f"Nothing is taken away: held-out loss {trained_loss:.3f}."
    loss = measure_loss(view, view.context)
    measured = "…" if loss is None else f"{loss:.3f}"
    return (
        f":material/content_cut: {' and '.join(changes).capitalize()}: held-out loss "
        f"**{measured}** instead of {trained_loss:.3f}."
    )


@run_to_end
def _restore_network() -> None:
    state.SILENT.set(())
    state.REACH.set(0)
