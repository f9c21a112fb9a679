"""The picture of one written name: the probabilities of each letter, and the hidden units behind
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import ref

import numpy as np
import streamlit as st

from dino.charts import base, name_rows
from dino.charts import name as name_charts
from dino.config import Writing
from dino.data import Corpus
from dino.jobs import WrittenNames
from dino.locale.sentences import Sentence, mark, plural_sentence, sentence
from dino.mix import mix_of
from dino.pages.lab.draw_picture import pick_letter, picked_letter, written_with
from dino.ui import settings
from dino.ui.language import put, say, say_number
from dino.ui.mix_controls import share_cells, share_head
from dino.ui.plot import Picture, plot_once
from dino.ui.table import Table, draw_table_once

if TYPE_CHECKING:  # PyTorch takes a second to load; draw the page first
    from dino.sample import Trace

RANKS = (mark("1st"), mark("2nd"), mark("3rd"), mark("4th"), mark("5th"))


def draw_probabilities(
    corpus: Corpus, written: WrittenNames, picked: int, context: int = 0
) -> None:
    """Draw how likely every symbol was at every letter of the picked name.

    context: how many letters each prediction saw; 0 for all.
    """
    trace, labels = written.traces[picked], corpus.vocab.labels
    now, then = settings.writing_settings(), written.writing
    shown, at = shown_with(now, then), picked_letter(trace)
    st.markdown(say("**What each letter was chosen from**"))
    st.caption(" ".join(put(words) for words in how_chosen(now, then, trace.given)))
    plot_once(
        "probabilities",
        (ref(trace), shown, at),
        lambda: _probabilities(trace, trace.probs(*shown), labels, at),
        on_point=pick_letter,
    )
    st.caption(put(column_sentence(context)))
    if trace.from_network is not None:
        found = name_rows.network_sentences(trace.from_network, trace.ids, trace.given)
        st.caption(" ".join(map(put, [*found, *before_sentences(*shown_with(now, then))])))
    if (left_out := name_rows.rows_left_out(len(labels))) is not None:
        st.caption(put(left_out))


def _probabilities(trace: Trace, probs: np.ndarray, labels: list[str], at: int) -> Picture:
    """How likely every symbol was at every letter. at: the letter that is marked."""
    ids, mixed = trace.ids, trace.from_network
    return Picture(
        name_charts.probabilities(
            probs, ids, labels, _prefixes(trace), put, at=at, from_network=mixed
        ),
        put(name_charts.probabilities_alt(len(labels))),
        base.least_width(len(ids)),
        name_charts.letters_walk(probs, ids, labels, put, trace.given, mixed),
    )


def before_sentences(temperature: float, top_k: int) -> list[Sentence]:
    """Say that temperature and top-k act on the mixture, if they change anything."""
    if temperature == 1 and not top_k:
        return []
    return [
        sentence("These percentages are those before temperature and top-k act on the mixture.")
    ]


def column_sentence(context: int) -> Sentence:
    """Say what a column of the picture is. context: how many letters it is given; 0 for all."""
    if context:
        return plural_sentence(
            "Each column is one step. It shows the probability of every symbol, given only the "
            "last letter to its left. The outlined symbol was written, and ⏎ ends the name. "
            "Choose a column to see how its letter was chosen.",
            "Each column is one step. It shows the probability of every symbol, given only the "
            "last {count} letters to its left. The outlined symbol was written, and ⏎ ends the "
            "name. Choose a column to see how its letter was chosen.",
            context,
        )
    return sentence(
        "Each column is one step. It shows the probability of every symbol, given the letters to "
        "its left. The outlined symbol was written, and ⏎ ends the name. Choose a column to see "
        "how its letter was chosen."
    )


def how_chosen(now: Writing, then: Writing, given: int) -> list[Sentence]:
    """Say how the letters of a name were chosen, and how the picture shows them.

    now: the settings on the controls; then: those with which it was written; given: how many of its
    first letters were given.
    """
    found = [_how_drawn(then, given)]
    if given:
        words = plural_sentence(
            "The first letter was given.", "The first {count} letters were given.", given
        )
        found.insert(0, words)
    if (mix := mix_of(then.mix)) is not None:
        found.append(name_rows.mixed_sentence(mix))
    if then.greedy or now.temperature != then.temperature:
        temperature = shown_with(now, then)[0]
        found.append(
            sentence("The picture shows the probabilities at temperature {t:g}.", t=temperature)
        )
    return found


def _how_drawn(then: Writing, given: int) -> Sentence:
    if then.greedy and given:
        return sentence(
            "After that, the most probable symbol was taken each time (greedy decoding)."
        )
    if then.greedy:
        return sentence("The most probable symbol was taken each time (greedy decoding).")
    if then.top_k and given:
        return plural_sentence(
            "Each of the other letters was drawn at temperature {t:g} from the single most "
            "probable symbol (top-k sampling).",
            "Each of the other letters was drawn at temperature {t:g} from the {count} most "
            "probable symbols (top-k sampling).",
            then.top_k,
            t=then.temperature,
        )
    if then.top_k:
        return plural_sentence(
            "Each letter was drawn at temperature {t:g} from the single most probable symbol "
            "(top-k sampling).",
            "Each letter was drawn at temperature {t:g} from the {count} most probable symbols "
            "(top-k sampling).",
            then.top_k,
            t=then.temperature,
        )
    if given:
        return sentence(
            "Each of the other letters was drawn at random (sampling) at temperature {t:g}.",
            t=then.temperature,
        )
    return sentence(
        "Each letter was drawn at random (sampling) at temperature {t:g}.", t=then.temperature
    )


def draw_hidden(corpus: Corpus, cell: str, trace: Trace) -> None:
    """Draw the hidden units at each letter of a name, in columns below its probabilities."""
    plot_once(
        "hidden_states",
        ref(trace),
        lambda: Picture(
            name_charts.hidden_states(trace.hidden, trace.ids, corpus.vocab.labels, put),
            say("Value of every hidden unit when each letter was drawn"),
            base.least_width(len(trace.ids)),
        ),
    )
    st.caption(put(hidden_sentence(cell, trace.hidden.shape[1])))


def hidden_sentence(cell: str, units: int) -> Sentence:
    """Say what the hidden units are, and whether they are all that the network remembers."""
    if cell == "lstm":
        return plural_sentence(
            "The hidden unit (the hidden state) when each letter was chosen, from −1 to 1. "
            "Together with the cell state c, it is all that the network remembers of the letters "
            "to the left.",
            "The {count} hidden units (the hidden state) when each letter was chosen, from −1 to "
            "1. Together with the cell state c, they are all that the network remembers of the "
            "letters to the left.",
            units,
        )
    return plural_sentence(
        "The hidden unit (the hidden state) when each letter was chosen, from −1 to 1. It is all "
        "that the network remembers of the letters to the left.",
        "The {count} hidden units (the hidden state) when each letter was chosen, from −1 to 1. "
        "They are all that the network remembers of the letters to the left.",
        units,
    )


def draw_surprise(corpus: Corpus, written: WrittenNames, picked: int) -> None:
    """Draw how unlikely each letter of the picked name was; a table has all figures."""
    trace, labels = written.traces[picked], corpus.vocab.labels
    shown = shown_with(settings.writing_settings(), written.writing)
    bits = trace.surprise(*shown)
    plot_once(
        "surprise",
        (ref(trace), shown),
        lambda: Picture(
            name_charts.surprise(bits, trace.ids, labels, put),
            say("Surprise of every letter in bits"),
            base.least_width(len(trace.ids)),
        ),
    )
    said = surprise_sentences(bits, *shown, trace.given, trace.from_network is not None)
    st.caption(" ".join(map(put, said)))
    with st.expander(say("The same as a table: the five most probable symbols at each letter")):
        draw_table_once(
            "top_five",
            (ref(trace), shown),
            lambda: _top_five(trace, trace.probs(*shown), bits, labels),
        )


def surprise_sentences(
    bits: np.ndarray, temperature: float, top_k: int, given: int = 0, is_mixed: bool = False
) -> list[Sentence]:
    """Say what the surprise of a name is, and how it differs from a loss.

    bits (T,): of these letters; given: how many of the first ones were given; is_mixed: whether
    network and counting wrote together.
    """
    finite = bits[np.isfinite(bits)]
    found = []
    if len(finite):
        found.append(
            sentence(
                "Surprise (information content) is −log₂ p of the symbol written. Here it is "
                "{mean:.2f} bits per symbol on average and {total:.1f} bits for the whole name.",
                mean=float(finite.mean()),
                total=float(finite.sum()),
            )
        )
    if given and np.isfinite(bits[:given]).all():
        found.append(
            plural_sentence(
                "Both figures include the letter that was given.",
                "Both figures include the {count} letters that were given.",
                given,
            )
        )
    if without := len(bits) - len(finite):
        found.append(
            plural_sentence(
                "{count} given letter has probability 0, so its surprise is infinite and is not "
                "counted.",
                "{count} given letters have probability 0, so their surprise is infinite and is "
                "not counted.",
                without,
            )
        )
    found.append(_no_loss_sentence(temperature, top_k, given, is_mixed))
    return found


def _no_loss_sentence(temperature: float, top_k: int, given: int, is_mixed: bool) -> Sentence:
    if is_mixed and given:
        return plural_sentence(
            "The loss is that of the network without counting, in nats, on real names. The first "
            "letter of this name was given, and network and counting wrote the rest together, so "
            "this surprise is not a loss.",
            "The loss is that of the network without counting, in nats, on real names. The first "
            "{count} letters of this name were given, and network and counting wrote the rest "
            "together, so this surprise is not a loss.",
            given,
        )
    if is_mixed:
        return sentence(
            "The loss is that of the network without counting, in nats, on real names. This name "
            "was written together with counting, so this surprise is not a loss."
        )
    if temperature != 1 or top_k:
        return sentence(
            "The loss is in nats and uses the network's unchanged probabilities. Temperature or "
            "top-k changed these, so this surprise is not a loss."
        )
    if given:
        return plural_sentence(
            "The loss is measured in nats on real names. The first letter of this name was given, "
            "and the network wrote the rest.",
            "The loss is measured in nats on real names. The first {count} letters of this name "
            "were given, and the network wrote the rest.",
            given,
        )
    return sentence(
        "The loss is measured in nats on real names. The network wrote this name itself."
    )


def shown_with(now: Writing, then: Writing) -> tuple[float, int]:
    """The temperature and the number of symbols for the pictures of a name.

    now: the settings on the controls; then: those with which it was written. A changed temperature
    shows its effect on the same name at once. Greedy decoding has no temperature and is shown at 1.
    """
    drawn = written_with(then)
    return drawn if then.greedy else (now.temperature, drawn[1])


def _prefixes(trace: Trace) -> list[str]:
    """The letters before each letter of a name, and before its end mark. (T,)"""
    return [trace.name[:t] for t in range(len(trace.ids))]


def _top_five(trace: Trace, probs: np.ndarray, bits: np.ndarray, labels: list[str]) -> Table:
    rows, ids, prefixes = [], trace.ids, _prefixes(trace)
    shares, more = share_cells(trace.from_network, ids), share_head(trace.from_network)
    for t, row in enumerate(probs):
        top = np.argsort(-row, kind="stable")[:5]
        rows.append(
            [
                prefixes[t] or say("start"),
                labels[ids[t]],
                say_number(row[ids[t]], ".3f"),
                say_number(bits[t], ".2f"),
                *shares[t],
                *(f"{labels[i]} {say_number(row[i], '.2f')}" for i in top),
            ]
        )
    return Table(
        [say("after"), say("taken"), "p", say("bits"), *more, *map(put, RANKS)],
        rows,
        say("The five most probable symbols at each letter"),
        numeric=(2, 3, *range(4, 4 + len(more))),
        names=(0, 1, *range(4 + len(more), 9 + len(more))),
    )
