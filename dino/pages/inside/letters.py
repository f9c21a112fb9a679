"""Inside, letter by letter: write a name with the network and see what it expects next."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dino import anatomy
from dino.charts import base
from dino.charts import inside as charts_inside
from dino.charts import name as name_charts
from dino.lists import END
from dino.metrics import novelty
from dino.pages.inside.equations import draw_equations
from dino.pages.inside.start_box import LONGEST, draw_start_box, fill_start_box
from dino.pages.inside.view import View
from dino.sample import draws, write
from dino.ui import state
from dino.ui.plot import plot
from dino.ui.table import draw_twin
from dino.ui.text import quoted_start, show_text
from dino.ui.widgets import run_to_end, set_widgets, undo_stale_echo


def draw_letters(view: View) -> None:
    """Type or click the next letter; the network's own sums for this step beside it."""
    fill_start_box(view, state.WALK, view.picked_trace.name[:4])
    left, right = st.columns([5, 6], gap="medium")
    with left:
        text = draw_start_box(view, state.WALK, "A start of a name: type, or click the bars")
        _draw_buttons(view, text)
        if text is None:
            return
        if len(text) >= LONGEST:
            st.caption(f"A start has at most {LONGEST} letters.")
        _draw_next_letter(view, text)
    with right:
        draw_equations(view, text)


def _draw_buttons(view: View, text: str | None) -> None:
    empty = not state.WALK.get()
    complete = text is None or len(text) >= LONGEST or state.WALK_ENDED.get()
    with st.container(horizontal=True):
        st.button(
            "Back",
            icon=":material/backspace:",
            key="walk_back",
            on_click=_remove_last,
            disabled=empty,
        )
        st.button(
            "Clear", icon=":material/close:", key="walk_clear", on_click=_clear, disabled=empty
        )
        st.button(
            "Let it finish",
            icon=":material/auto_fix_high:",
            key="walk_finish",
            on_click=_complete,
            args=(view,),
            disabled=complete,
        )


def _set_start(text: str, ended: bool = False) -> None:
    """Call it last in a callback: it changes the text that a repeated callback would start from."""
    state.WALK_ENDED.set(ended)
    set_widgets(walk=text)


@run_to_end
def _remove_last() -> None:
    undo_stale_echo("walk")
    _set_start((state.WALK.get() or "")[:-1])


@run_to_end
def _clear() -> None:
    _set_start("")


@run_to_end
def _complete(view: View) -> None:
    """Callback: the network writes the rest of the name, each time from other draws."""
    undo_stale_echo("walk")
    seed = int(state.FINISHES.get()) + 1
    state.FINISHES.set(seed)
    text = view.vocab.normalize(state.WALK.get() or "")
    if len(text) < LONGEST:
        (trace,) = write(view.model, view.vocab, draws(1, seed), prefix=text, context=view.context)
        _set_start(trace.name, trace.finished)


@run_to_end
def _append(view: View, x: float) -> None:
    """Callback: the symbol of the bar that was clicked comes next."""
    undo_stale_echo("walk")
    if not 0 <= x < len(view.vocab):
        return
    symbol = view.vocab.symbols[int(x)]
    text = view.vocab.normalize(state.WALK.get() or "")
    if symbol == END:
        state.WALK_ENDED.set(True)
    elif len(text) < LONGEST:
        _set_start(text + symbol)


def _draw_next_letter(view: View, text: str) -> None:
    """The probability of every symbol after `text`, and what was expected at its letters."""
    reading = anatomy.read(view.model, view.vocab, text, view.context)
    probs = reading.probs[-1]
    labels = view.vocab.labels
    plot(
        charts_inside.next_symbol(probs, labels, text),
        "next_bars",
        "Probability of every symbol as the next",
        base.least_width(len(labels)),
        on_point=lambda x, _: _append(view, x),
    )
    if state.WALK_ENDED.get():
        show_text(_end_words(view, text))
    order = np.argsort(-probs, kind="stable")
    best = ", ".join(f"{labels[v]} ({probs[v]:.2f})" for v in order[:3])
    show_text(f"After {quoted_start(text)} the likeliest are {best}. Click a bar to take it.")
    rows = [[labels[v], f"{reading.logits[-1][v]:+.3f}", f"{probs[v]:.4f}"] for v in order]
    draw_twin(["symbol", "logit", "p"], rows, "next_twin", "Every next symbol", numeric=(1, 2))
    if text:
        _draw_expected(view, text, reading)


def _end_words(view: View, text: str) -> str:
    kind = novelty(text, view.corpus)
    return f"⏎ ends it: “{text}” is {'a copied name' if kind == 'copied' else kind}."


def _draw_expected(view: View, text: str, reading: anatomy.Reading) -> None:
    """What the network expected at each letter of `text`, and which surprised it most."""
    labels = view.vocab.labels
    ids = np.array([*view.vocab.encode(text), -1])
    plot(
        name_charts.probabilities(reading.probs, ids, labels, [text[:t] for t in range(len(ids))]),
        "walk_probs",
        "What it expected at each of these letters",
        base.least_width(len(ids)),
    )
    chosen = reading.probs[np.arange(len(text)), ids[:-1]]
    worst = int(chosen.argmin())
    show_text(
        "What it expected at each letter of yours (outlined). The greatest surprise: "
        f"{labels[ids[worst]]} after {quoted_start(text[:worst])}, p = {chosen[worst]:.2g}."
    )
