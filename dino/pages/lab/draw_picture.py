"""The draw behind one letter of a written name: in which symbol's stretch of [0, 1) it fell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from weakref import ref

import numpy as np
import streamlit as st

from dino.charts import name as draw_chart
from dino.config import Writing
from dino.data import Corpus
from dino.jobs import WrittenNames
from dino.locale.sentences import Sentence, sentence
from dino.pages.lab.parts import draw_part
from dino.ui import session, settings, state
from dino.ui.language import put, say, say_number
from dino.ui.plot import Picture, plot_once
from dino.ui.table import Table, draw_twin_once
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:  # PyTorch takes a second to load; draw the page first
    from dino.sample import Trace


def draw_stretches(corpus: Corpus, written: WrittenNames, picked: int) -> None:
    """Draw how one letter of the picked name was chosen: the symbols' stretches, and the draw."""
    trace, labels, then = written.traces[picked], corpus.vocab.labels, written.writing
    t = picked_letter(trace)
    about = say(
        "A draw is a random number between 0 and 1. Each symbol has a stretch as long as its "
        "probability. The symbol on whose stretch the draw falls is written."
    )
    if t < trace.given:
        st.markdown(say("**Letter {number} was given**", number=t + 1))
    else:
        st.markdown(say("**How letter {number} was chosen**", number=t + 1), help=about)
    if len(trace.ids) > 1:
        _draw_slider(t + 1, len(trace.ids))
    source = ref(trace), t, written_with(then)
    plot_once("stretches", source, lambda: _picture(trace, t, labels, then))
    if is_drawn(trace, t) and _explains_draw((written.step, picked, t)):
        st.caption(about)
    draw_part("words_on_draw", _draw_words, trace, t, labels, then)
    draw_twin_once("stretches_twin", source, lambda: _table(labels, _edges(trace, t, then)))


def _edges(trace: Trace, t: int, then: Writing) -> np.ndarray:
    """Where the stretches of the symbols begin at letter t, and the end of the last. (V + 1,)"""
    from dino.sample import stretches

    return stretches(trace.probs(*written_with(then))[t])


def _picture(trace: Trace, t: int, labels: Sequence[str], then: Writing) -> Picture:
    edges = _edges(trace, t, then)
    hover = [put(_stretch_sentence(*stretch)) for stretch in _stretches(labels, edges)]
    figure = draw_chart.stretches(edges, labels, hover, int(trace.ids[t]), trace.draws[t], put)
    if is_drawn(trace, t):
        return Picture(figure, say("The stretch of each symbol, and the draw that fell on one"))
    return Picture(figure, say("The stretch of each symbol"))


def _draw_words(trace: Trace, t: int, labels: Sequence[str], then: Writing) -> None:
    for words in draw_sentences(trace, t, labels, then, settings.writing_settings()):
        show_text(put(words))


def _explains_draw(letter: tuple[int, int, int]) -> bool:
    """Whether the page says what a draw is: at the first letter that a visitor looks at. Later the
    title has it as its help.

    letter: the step of the weights that wrote, the row of the name, and the letter in it
    """
    if state.DRAW_EXPLAINED.get() is None:
        state.DRAW_EXPLAINED.set(letter)
    return state.DRAW_EXPLAINED.get() == letter


def picked_letter(trace: Trace) -> int:
    """The letter that is shown, from 0. Until the visitor picks one, the first that was drawn."""
    chosen, last = state.PICKED_LETTER.get(), len(trace.ids) - 1
    return min(trace.given if chosen is None else max(int(chosen) - 1, 0), last)


def _draw_slider(letter: int, letters: int) -> None:
    state.PICKED_LETTER.correct(letter)
    with session.whole_part("letter"):
        st.slider(
            say("Which letter"),
            1,
            letters,
            key=state.PICKED_LETTER.key,
            persist_state="session",
            width=260,
            help=say(
                "Letters are counted from 1. You can also click a column in the picture of "
                "probabilities."
            ),
        )


@run_to_end
def pick_letter(x: float, _y: float) -> None:
    """Callback: the visitor clicked a column of a name's picture, counted from 0."""
    state.PICKED_LETTER.set(max(0, int(x)) + 1)


def written_with(writing: Writing) -> tuple[float, int]:
    """The temperature and the number of symbols with which names were drawn.

    Greedy decoding draws nothing and is shown at temperature 1.
    """
    return (1.0, 0) if writing.greedy else (writing.temperature, writing.top_k)


def is_drawn(trace: Trace, t: int) -> bool:
    """Whether letter t was drawn: neither given nor the most probable one of greedy decoding."""
    return t >= trace.given and bool(np.isfinite(trace.draws[t]))


def draw_sentences(
    trace: Trace, t: int, labels: Sequence[str], then: Writing, now: Writing
) -> list[Sentence]:
    """Say how letter t was chosen, and what its draw gives at the temperature on the controls.

    then: the settings with which the name was written; now: those on the controls.
    """
    taken, draw = int(trace.ids[t]), float(trace.draws[t])
    if t < trace.given:
        return [sentence("{symbol} was given, not drawn.", symbol=labels[taken])]
    probs = trace.probs(*written_with(then))[t]
    if not is_drawn(trace, t):
        return [
            sentence(
                "Greedy decoding draws no random number. It takes the symbol with the longest "
                "stretch, here {symbol} with p = {p:.2f}.",
                symbol=labels[taken],
                p=float(probs[taken]),
            )
        ]
    found = [_fall_sentence(labels[taken], draw, probs, taken)]
    if now.temperature != then.temperature:
        found.append(_other_sentence(labels, draw, trace, t, now.temperature, then.top_k))
    return found


def _fall_sentence(symbol: str, draw: float, probs: np.ndarray, taken: int) -> Sentence:
    from dino.sample import stretches

    edges = stretches(probs)
    return sentence(
        "The draw was {draw:.4f}. It fell on the stretch of {symbol}, from {low:.4f} to "
        "{high:.4f}, so {symbol} was written.",
        draw=draw,
        symbol=symbol,
        low=float(edges[taken]),
        high=float(edges[taken + 1]),
    )


def _other_sentence(
    labels: Sequence[str], draw: float, trace: Trace, t: int, temperature: float, top_k: int
) -> Sentence:
    from dino.sample import choose

    other = choose(trace.probs(temperature, top_k)[t : t + 1], np.array([draw]))
    return sentence(
        "At temperature {temperature:g} the same draw falls on {symbol}.",
        temperature=temperature,
        symbol=labels[int(other[0])],
    )


def _stretches(labels: Sequence[str], edges: np.ndarray) -> list[tuple[str, float, float]]:
    """Each symbol with the start and the end of its stretch."""
    return list(zip(labels, edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def _stretch_sentence(symbol: str, low: float, high: float) -> Sentence:
    return sentence(
        "{symbol}: from {low:.4f} to {high:.4f}, p = {p:.4f}",
        symbol=symbol,
        low=low,
        high=high,
        p=high - low,
    )


def _table(labels: Sequence[str], edges: np.ndarray) -> Table:
    """The stretches as a table, longest first."""
    rows = [
        [symbol, say_number(low, ".4f"), say_number(high, ".4f")]
        for symbol, low, high in sorted(_stretches(labels, edges), key=lambda s: s[1] - s[2])
    ]
    return Table(
        [say("symbol"), say("from"), say("to")],
        rows,
        say("The stretch of each symbol"),
        numeric=(1, 2),
        names=(0,),
    )
