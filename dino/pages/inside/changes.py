"""What the visitor removed from the network, its loss without that, and a button to undo it."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np
import streamlit as st

from dino.data import Encoded
from dino.locale.sentences import Sentence, error_sentence, number_list, plural_sentence, sentence
from dino.metrics import loss_difference
from dino.model import CharRNN
from dino.pages.inside.view import View
from dino.probe import name_losses_in_parts
from dino.ui import measurements, state
from dino.ui.language import put, say
from dino.ui.widgets import run_to_end

LISTED = 8  # silent units that are listed


def draw_changes(view: View, always: bool) -> None:
    """Draw the silent units, the memory limit, and the held-out loss with and without these
    changes.

    always: draw the box even if nothing is changed, so that the controls below it do not move.
    """
    changes = change_sentences(
        view.silent, view.config.hidden_size, view.context, view.config.context
    )
    if not changes and not always:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="changed"):
        lines = [*changes, _loss_sentence(view, bool(changes))]
        st.markdown("  \n".join(put(line) for line in lines), width="content")
        st.button(
            say("Back to the whole network"),
            key="whole",
            on_click=_restore_network,
            type="tertiary",
            icon=":material/undo:",
            disabled=not changes,
        )


def change_sentences(
    silent: tuple[int, ...], hidden_size: int, context: int, trained: int
) -> list[Sentence]:
    """Say what is changed: which units are silent, and how far the memory reaches.

    context: letters that the network sees now; trained: those that it saw in training; 0 for all.
    """
    found = [_silence_sentence(silent, hidden_size)] if silent else []
    if context != trained:
        found.append(_memory_sentence(context, trained))
    return found


def _silence_sentence(silent: tuple[int, ...], hidden_size: int) -> Sentence:
    if len(silent) == hidden_size:
        return sentence("All units are silent.")
    units = number_list(silent[:LISTED])
    if len(silent) > LISTED:
        return sentence("{count} units are silent: {units}…", count=len(silent), units=units)
    return plural_sentence(
        "Unit {units} is silent.", "Units {units} are silent.", len(silent), units=units
    )


def _memory_sentence(context: int, trained: int) -> Sentence:
    if not trained:
        return plural_sentence(
            "Its memory is limited to {count} letter.",
            "Its memory is limited to {count} letters.",
            context,
        )
    return plural_sentence(
        "Its memory is limited to {count} letter. In training it was {trained}.",
        "Its memory is limited to {count} letters. In training it was {trained}.",
        context,
        trained=trained,
    )


def _loss_sentence(view: View, is_changed: bool) -> Sentence:
    """The held-out loss, and its difference from the loss of the network as trained."""
    trained_loss = view.moment.val_loss
    if not is_changed:
        return sentence(
            "You have changed nothing. The held-out loss is {loss:.3f}.", loss=trained_loss
        )
    key = (*view.key, "change", view.silent, view.context)
    measurement = measurements.measure(key, lambda: _measure_change(view))
    if measurement.result is None:
        return sentence(
            "Measuring the held-out loss. Before your changes it was {loss:.3f}.", loss=trained_loss
        )
    loss, rise, error = measurement.result.tolist()
    return changed_loss_sentence(loss, rise, error, len(view.val_arrays.lengths))


def changed_loss_sentence(loss: float, rise: float, error: float, names: int) -> Sentence:
    """Say the loss with the changes, and its difference from the loss without them, ± its error.

    With a single name there is no error.
    """
    if names < 2:
        return sentence(
            "The held-out loss is {loss:.3f} instead of {whole:.3f}, a change of {rise:+.3f} on "
            "a single name.",
            loss=loss,
            whole=loss - rise,
            rise=rise,
        )
    return sentence(
        "The held-out loss is {loss:.3f} instead of {whole:.3f}, a change of {rise}.",
        loss=loss,
        whole=loss - rise,
        rise=error_sentence(rise, error, 3, "+"),
    )


def _measure_change(view: View) -> Iterator[tuple[float, np.ndarray | None]]:
    """The changed loss, its difference from the unchanged loss, and the difference's error. (3,)"""
    data, changed, intact = view.val_arrays, view.model, view.intact_model
    whole = yield from _name_losses(intact, data, view.config.context)
    losses = yield from _name_losses(changed, data, view.context)
    loss = losses.sum() / data.lengths.sum()
    yield 1.0, np.array([loss, *loss_difference(losses, whole, data.lengths)])


def _name_losses(
    model: CharRNN, data: Encoded, context: int
) -> Generator[tuple[float, None], None, np.ndarray]:
    """Return each name's summed loss, (N,) nats. Until then, yield that there is no result."""
    found = np.empty(0)
    for _, sums in name_losses_in_parts(model, data, context):
        found = sums
        yield 0.0, None
    return found


@run_to_end
def _restore_network() -> None:
    state.SILENT.set(())
    state.REACH.set(0)
