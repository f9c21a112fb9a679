"""Inside, letter by letter: write a name with the network, and see what it expects next."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dino import anatomy
from dino.charts import base
from dino.charts import inside as charts_inside
from dino.charts import name as name_charts
from dino.data import Vocab
from dino.lists import END
from dino.locale.sentences import Sentence, comma_list, sentence
from dino.metrics import IN_EXAM, novelty
from dino.pages.inside.equations import draw_equations
from dino.pages.inside.start_box import LONGEST, draw_start_box, fill_start_box
from dino.pages.inside.view import View
from dino.sample import draws, write
from dino.ui import state
from dino.ui.language import put, say, say_number
from dino.ui.plot import plot
from dino.ui.strip import Walk, draw_strip
from dino.ui.table import draw_twin
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end


def draw_letters(view: View) -> None:
    """Draw the start of a name, which one types or clicks; beside it the network's sums for this
    step.
    """
    fill_start_box(view, state.WALK, view.picked_trace.name[:4])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=420):
            text = draw_start_box(
                view, state.WALK, say("The start of a name: type it, or click the bars")
            )
        _draw_buttons(view, text)
    if text is None:
        return
    if len(text) >= LONGEST:
        st.caption(say("The start of a name may have at most {most} letters.", most=LONGEST))
    below = say("The formulas below show the numbers of this step.")
    ended = bool(state.WALK_ENDED.get())
    walk = Walk(view.key, view.model, view.config, view.vocab, text, ended, view.context)
    step = draw_strip(walk, below=below)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        _draw_next_letter(view, text)
    with right:
        draw_equations(view, step)


def _draw_buttons(view: View, text: str | None) -> None:
    empty = not state.WALK.get()
    complete = text is None or len(text) >= LONGEST or state.WALK_ENDED.get()
    with st.container(horizontal=True):
        st.button(
            say("Back"),
            icon=":material/backspace:",
            key="walk_back",
            on_click=_remove_last,
            disabled=empty,
        )
        st.button(
            say("Clear"), icon=":material/close:", key="walk_clear", on_click=_clear, disabled=empty
        )
        st.button(
            say("Let it finish"),
            icon=":material/auto_fix_high:",
            key="walk_finish",
            on_click=_complete,
            args=(view,),
            disabled=complete,
        )


def _set_start(text: str, ended: bool = False) -> None:
    """Set the start. Call it last in a callback, because a callback that runs again reads the
    start.
    """
    state.WALK_ENDED.set(ended)
    state.WALK.set(text)


@run_to_end
def _remove_last() -> None:
    _set_start((state.WALK.get() or "")[:-1])


@run_to_end
def _clear() -> None:
    _set_start("")


@run_to_end
def _complete(view: View) -> None:
    """Callback: the network writes the rest of the name; each press uses other draws."""
    seed = int(state.FINISHES.get()) + 1
    state.FINISHES.set(seed)
    text = view.vocab.normalize(state.WALK.get() or "")
    if len(text) < LONGEST:
        (trace,) = write(view.model, view.vocab, draws(1, seed), prefix=text, context=view.context)
        _set_start(trace.name, trace.finished)


@run_to_end
def _append(vocab: Vocab, x: float) -> None:
    """Callback: append the symbol of the clicked bar."""
    if not 0 <= x < len(vocab):
        return
    symbol = vocab.symbols[int(x)]
    text = vocab.normalize(state.WALK.get() or "")
    if symbol == END:
        state.WALK_ENDED.set(True)
    elif len(text) < LONGEST:
        _set_start(text + symbol)


def _draw_next_letter(view: View, text: str) -> None:
    """Draw the probability of every symbol after `text`, and what was expected at its letters."""
    reading = anatomy.read_name(view.model, view.vocab, text, view.context)
    vocab, probs, labels = view.vocab, reading.probs[-1], view.vocab.labels
    plot(
        charts_inside.next_symbol(probs, labels, text, put=put),
        "next_bars",
        say("Probability of each symbol to come next"),
        base.least_width(len(labels)),
        on_point=lambda x, _: _append(vocab, x),
    )
    if state.WALK_ENDED.get():
        show_text(put(ending_sentence(text, novelty(text, view.corpus))))
    show_text("\n".join(put(line) for line in next_letter_sentences(text, probs, labels)))
    st.caption(
        say(
            "Greedy decoding takes the most likely letter each time. It may miss the most "
            "probable name, which may begin with a less likely letter."
        )
    )
    _draw_next_twin(reading, labels)
    if text:
        _draw_expected(view, text, reading)


def next_letter_sentences(text: str, probs: np.ndarray, labels: list[str]) -> list[Sentence]:
    """Say which symbols are the most likely after `text`. probs (V,), labels (V,)."""
    order = np.argsort(-probs, kind="stable")[:3]
    best = comma_list(
        [sentence("{symbol} ({p:.2f})", symbol=labels[v], p=float(probs[v])) for v in order]
    )
    if text:
        most = sentence("After “{start}” the most likely are {symbols}.", start=text, symbols=best)
    else:
        most = sentence("At the start the most likely are {symbols}.", symbols=best)
    return [most, sentence("Click a bar to take that letter.")]


def _draw_next_twin(reading: anatomy.Reading, labels: list[str]) -> None:
    probs, logits = reading.probs[-1], reading.logits[-1]
    rows = [
        [labels[v], say_number(float(logits[v]), "+.3f"), say_number(float(probs[v]), ".4f")]
        for v in np.argsort(-probs, kind="stable")
    ]
    draw_twin(
        [say("symbol"), say("logit"), "p"],
        rows,
        "next_twin",
        say("Every next symbol"),
        numeric=(1, 2),
    )


def ending_sentence(text: str, kind: str) -> Sentence:
    """Say what a finished name is. kind: of `metrics.novelty`."""
    if kind == "copied":
        return sentence("⏎ ends the name. “{name}” is copied from the training names.", name=text)
    if kind == "new":
        return sentence("⏎ ends the name. “{name}” is new, not in the list.", name=text)
    if kind == IN_EXAM:
        return sentence(
            "⏎ ends the name. “{name}” is one of the names of the final exam.", name=text
        )
    return sentence("⏎ ends the name. “{name}” is one of the held-out names.", name=text)


def _draw_expected(view: View, text: str, reading: anatomy.Reading) -> None:
    """Draw what the network expected at each letter of `text`, and what surprised it most."""
    labels = view.vocab.labels
    ids = np.array([*view.vocab.encode(text), -1])
    prefixes = [text[:t] for t in range(len(ids))]
    plot(
        name_charts.probabilities(reading.probs, ids, labels, prefixes, put),
        "walk_probs",
        say("What the network expected at each of these letters"),
        base.least_width(len(ids)),
        walk=name_charts.letters_walk(reading.probs, ids, labels, put, len(text)),
    )
    chosen = reading.probs[np.arange(len(text)), ids[:-1]]
    taken = [labels[i] for i in ids[:-1]]
    show_text("\n".join(put(line) for line in expected_sentences(text, taken, chosen)))


def expected_sentences(text: str, taken: list[str], chosen: np.ndarray) -> list[Sentence]:
    """Say which letter of a typed text was the least expected.

    taken (T,): its letters as a figure shows them; chosen (T,): their probabilities.
    """
    worst = int(chosen.argmin())
    what, p = taken[worst], float(chosen[worst])
    picture = sentence(
        "The picture shows what the network expected at each letter. Your letters are outlined."
    )
    if worst:
        least = sentence(
            "The least expected letter is {symbol} after “{start}”: p = {p:.2g}.",
            symbol=what,
            start=text[:worst],
            p=p,
        )
    else:
        least = sentence(
            "The least expected letter is the first one, {symbol}: p = {p:.2g}.", symbol=what, p=p
        )
    return [picture, least]
