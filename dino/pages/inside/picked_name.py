"""Inside, the picked name: what each letter was drawn from, and the hidden units behind it."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import streamlit as st

from dino.charts import base, name_rows
from dino.charts import name as name_charts
from dino.locale.sentences import Sentence, plural_sentence, sentence
from dino.pages.inside.view import View
from dino.probe import SATURATED
from dino.ui.language import put, say, say_number
from dino.ui.mix_controls import share_cells, share_head
from dino.ui.plot import plot
from dino.ui.table import draw_twin
from dino.ui.text import more_box


def draw_picked_name(view: View, folds: bool = False) -> None:
    """Draw the probabilities and hidden states behind every letter of the picked name.

    folds: whether the sentences about the pictures are folded.
    """
    probs = view.picked_trace.probs()
    states = view.picked_trace.hidden.copy()
    states[:, list(view.silent)] = 0.0
    left, right = st.columns(2, gap="medium")
    with left:
        _draw_probabilities(view, probs, folds)
    with right:
        _draw_hidden_states(view, states, folds)
    _draw_twin(view, probs, states)


def _prefixes(view: View) -> list[str]:
    """The letters before each letter of the picked name, and before its end mark. (T,)"""
    trace = view.picked_trace
    return [trace.name[:t] for t in range(len(trace.ids))]


def _draw_probabilities(view: View, probs: np.ndarray, folds: bool) -> None:
    trace, labels = view.picked_trace, view.vocab.labels
    ids = trace.ids
    plot(
        name_charts.probabilities(
            probs, ids, labels, _prefixes(view), put, from_network=trace.from_network
        ),
        "inside_probs",
        put(name_charts.probabilities_alt(len(labels))),
        base.least_width(len(ids)),
        walk=name_charts.letters_walk(probs, ids, labels, put, trace.given, trace.from_network),
    )
    lines = probability_sentences(probs[np.arange(len(ids)), ids], len(labels), view.context)
    if trace.from_network is not None:
        lines += name_rows.network_sentences(trace.from_network, ids, trace.given)
    _draw_lines(lines, folds)


def _draw_lines(lines: list[Sentence], folds: bool) -> None:
    with more_box() if folds else nullcontext():
        st.caption("  \n".join(put(line) for line in lines))


def probability_sentences(chosen: np.ndarray, symbols: int, context: int) -> list[Sentence]:
    """Say what the picture shows.

    chosen (T,): the probabilities of the symbols that were drawn; context: how many letters the
    network was given for each, 0 for all.
    """
    found = [
        _column_sentence(context),
        sentence(
            "The outlined symbol was drawn (sampled). On average its probability was {p:.2f}.",
            p=float(chosen.mean()),
        ),
    ]
    left_out = name_rows.rows_left_out(symbols)
    return found if left_out is None else [*found, left_out]


def _column_sentence(context: int) -> Sentence:
    if context:
        return plural_sentence(
            "Each column shows the probability of each next symbol, given only the last letter "
            "to its left.",
            "Each column shows the probability of each next symbol, given only the last {count} "
            "letters to its left.",
            context,
        )
    return sentence(
        "Each column shows the probability of each next symbol, given the letters to its left."
    )


def _draw_hidden_states(view: View, states: np.ndarray, folds: bool) -> None:
    ids = view.picked_trace.ids
    plot(
        name_charts.hidden_states(states, ids, view.vocab.labels, put),
        "inside_hidden",
        say("Value of every hidden unit when each letter was drawn"),
        base.least_width(len(ids)),
    )
    _draw_lines(state_sentences(states), folds)


def state_sentences(states: np.ndarray) -> list[Sentence]:
    """Say what the picture of the hidden states shows, and how many values are saturated. (T, H)"""
    return [
        plural_sentence(
            "The hidden unit (h, from −1 to 1) when each letter was drawn.",
            "The {count} hidden units (h, from −1 to 1) when each letter was drawn.",
            states.shape[1],
        ),
        sentence(
            "{percent:.0f} % of the values are saturated (beyond ±{edge}).",
            percent=100 * float(np.mean(np.abs(states) > SATURATED)),
            edge=SATURATED,
        ),
    ]


def _draw_twin(view: View, probs: np.ndarray, states: np.ndarray) -> None:
    trace, labels, rows = view.picked_trace, view.vocab.labels, []
    shares, more = share_cells(trace.from_network, trace.ids), share_head(trace.from_network)
    steps = zip(_prefixes(view), trace.ids.tolist(), probs, states, shares, strict=True)
    for prefix, i, p, h, share in steps:
        top = int(p.argmax())
        rows.append(
            [
                prefix or say("start"),
                labels[i],
                say_number(float(p[i]), ".3f"),
                *share,
                labels[top],
                say_number(float(p[top]), ".3f"),
                say_number(float(np.abs(h).mean()), ".2f"),
            ]
        )
    draw_twin(
        [say("after"), say("drawn"), "p", *more, say("most likely"), say("its p"), say("mean |h|")],
        rows,
        "inside_twin",
        say("The picked name letter by letter"),
        numeric=(*range(2, 3 + len(more)), 4 + len(more), 5 + len(more)),
        names=(0,),
    )
