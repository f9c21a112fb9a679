"""Inside, memory: how many of the last letters the network needs."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dino import probe
from dino.charts import memory as charts_memory
from dino.jobs import Measurement
from dino.ngram import ORDERS
from dino.pages.inside.changes import measure_loss
from dino.pages.inside.view import View
from dino.ui import measurements, state
from dino.ui.plot import plot
from dino.ui.table import draw_twin
from dino.ui.text import count_text, show_text

FURTHEST = 12  # letters of memory that are tried


def draw_memory(view: View) -> None:
    """The held-out loss against how many letters a prediction may see; one place of a name."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.slider(
            "Let its memory reach back (0: as trained)",
            0,
            FURTHEST,
            key="reach",
            persist_state="session",
            help="At evaluation only: names, pictures and losses on this page are computed as if "
            "it saw just so many letters. The weights stay.",
        )
    left, right = st.columns([5, 6], gap="medium")
    with left:
        _draw_losses(view)
    with right:
        _draw_one_place(view)


def _draw_losses(view: View) -> None:
    measurement = measurements.measure(
        (*view.key, "dial", view.silent),
        lambda: probe.loss_by_memory(view.model, view.val_arrays, FURTHEST),
    )
    if measurement.result is None:
        st.progress(measurement.share, "Measuring the memory…")
        return
    if len(view.silent) == view.config.hidden_size:
        st.markdown("With all units silent, it uses no letter at all.")
        return
    measured = measure_loss(view, view.config.context)
    trained_loss = view.moment.val_loss if measured is None else measured
    _draw_measured(view, measurement, trained_loss)


def _draw_measured(view: View, measurement: Measurement, trained_loss: float) -> None:
    """The losses with a memory of k letters, beside the one with the memory of training."""
    losses, baselines = measurement.result, view.entry.baselines
    # Counting n symbols at a time sees n - 1 letters.
    counting = {name: (n - 1, baselines[name]) for name, n in ORDERS.items()}
    plot(
        charts_memory.loss_by_memory(losses, counting, trained_loss, view.memory_limit),
        "dial",
        "Held-out loss against the letters a prediction may see",
    )
    if measurement.done:
        st.markdown(f"**{used_words(losses, trained_loss, view.config.context)}**")
    else:  # no answer yet: the first names alone may give a different one
        st.progress(measurement.share, "Measuring on more names…")
    st.caption(
        "Held-out loss if every prediction starts from a zero state over its last k letters. Grey: "
        "counting that sees as many (sixes count six symbols at a time: five seen, and the next). "
        f"Enough is the first k within {probe.CLOSE_ENOUGH} nats per symbol of its own memory."
    )
    named = {k: f"{name} {loss:.3f}" for name, (k, loss) in counting.items()}
    rows = [
        [str(k), f"{loss:.4f}", f"{loss - trained_loss:+.4f}", named.get(k, "")]
        for k, loss in enumerate(losses.tolist(), 1)
    ]
    draw_twin(
        ["k", "held-out loss", "above its own", "counting"],
        rows,
        "dial_twin",
        "Held-out loss by letters seen",
        numeric=(0, 1, 2),
    )


def used_words(losses: np.ndarray, trained_loss: float, context: int) -> str:
    """How many letters the network uses, in one sentence.

    losses (K,): with a memory of k = 1, 2, … letters; trained_loss: with the memory of training,
    which is `context` letters, 0 for all. Nats per symbol.
    """
    if context:
        return _bounded_words(losses, trained_loss, context)
    best = int(losses.argmin()) + 1
    if losses[best - 1] < trained_loss - probe.CLOSE_ENOUGH:
        return (
            "This network does better with less memory: seeing its last "
            f"{count_text(best, 'letter')} alone it loses {losses[best - 1]:.3f}, "
            f"with its own memory {trained_loss:.3f}."
        )
    used = probe.letters_used(losses, trained_loss)
    if used is None:
        return f"This network uses more than {len(losses)} letters."
    return (
        f"This network uses about {count_text(used, 'letter')}: seeing so much it loses "
        f"{losses[used - 1]:.3f}, with its own memory {trained_loss:.3f}."
    )


def _bounded_words(losses: np.ndarray, trained_loss: float, context: int) -> str:
    """The same for a network that was trained with a bounded memory."""
    if context >= len(losses):
        more = f"this picture ends at {len(losses)} letters"
    elif losses[context:].min() < trained_loss:
        more = "a longer memory improves it"
    else:
        more = "a longer memory does not improve it"
    return (
        f"It was trained with a memory of {count_text(context, 'letter')}. Its loss is "
        f"{trained_loss:.3f}, and {more}."
    )


def _draw_one_place(view: View) -> None:
    """One place of the picked name, with a memory of 1, 2, … letters."""
    labels = view.vocab.labels
    prefix = _draw_place_slider(view.picked_trace.name)
    probs = probe.probs_by_memory(view.model, view.vocab, prefix, FURTHEST)  # (K, V)
    plot(
        charts_memory.probs_by_memory(probs, prefix, labels, view.memory_limit or None),
        "window",
        "What comes next if only the last letters are seen",
        charts_memory.probs_by_memory_width(prefix, len(view.vocab)),
    )
    best = [f"{labels[int(p.argmax())]} ({p.max():.2f})" for p in probs]
    sees_start = prefix and len(probs) > len(prefix)
    most = "all of them and the start" if sees_start else f"{len(probs)} letters"
    show_text(
        "Each row sees one letter more; dots stand for letters cut off. With one letter the "
        f"likeliest next is {best[0]}, with {most} it is {best[-1]}."
    )
    rows = [[str(k), labels[int(p.argmax())], f"{p.max():.3f}"] for k, p in enumerate(probs, 1)]
    draw_twin(
        ["k", "likeliest next", "p"],
        rows,
        "window_twin",
        "The likeliest next symbol by memory",
        numeric=(0, 2),
    )


def _draw_place_slider(name: str) -> str:
    """Draw the slider; return the letters of the picked name that were read."""
    if not name:
        return ""
    chosen = state.PLACE.get()
    place = len(name) if chosen is None else min(int(chosen), len(name))
    state.PLACE.set(place)
    st.slider(
        "After how many letters of the picked name",
        0,
        len(name),
        key="place",
        persist_state="session",
    )
    return name[:place]
