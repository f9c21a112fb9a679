"""Data, letters: how often each occurs, which follows which, how long names are."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dino import survey
from dino.charts import data as charts_data
from dino.charts.base import LEAST_COLUMN
from dino.pages.data.list_view import ListView, code_point
from dino.ui.plot import plot
from dino.ui.table import draw_twin
from dino.ui.text import count_text, show_text

OFTEN = 10  # a symbol must occur this often before the page says what follows it
TOP = 3  # symbols that are named
LISTED = 60  # pairs in the table


def draw_letters(view: ListView) -> None:
    """How often symbols occur, anywhere and first; pairs of them; how long names are."""
    names, vocab = view.corpus.names, view.corpus.vocab
    counts, firsts = survey.letter_counts(names, vocab), survey.first_letter_counts(names, vocab)
    plot(
        charts_data.frequencies(counts, firsts, vocab.labels),
        "frequencies",
        "How often each symbol stands anywhere, and how often first",
        LEAST_COLUMN * len(vocab),
    )
    show_text(
        f"The commonest symbols: {_top_words(counts, vocab.labels)}. Names begin most often with "
        f"{_top_words(firsts, vocab.labels)}. {vocab.labels[0]} is the end mark: one for every "
        "name."
    )
    _draw_frequency_twin(view, counts, firsts)
    _draw_pairs(view, survey.pair_counts(names, vocab))
    _draw_lengths(names)


def _top_words(counts: np.ndarray, labels: list[str]) -> str:
    """The most frequent symbols, with their shares in percent. (V,)"""
    order = np.argsort(-counts, kind="stable")[:TOP]
    shares = 100 * counts / counts.sum()
    return ", ".join(f"{labels[v]} ({shares[v]:.1f} %)" for v in order if counts[v])


def _draw_frequency_twin(view: ListView, counts: np.ndarray, firsts: np.ndarray) -> None:
    vocab, rows = view.corpus.vocab, []
    shares = 100 * counts / counts.sum()
    for v, symbol in enumerate(vocab.symbols):
        numbers = [f"{counts[v]:,}", f"{shares[v]:.2f}", f"{firsts[v]:,}"]
        rows.append([vocab.labels[v], code_point(symbol), *numbers])
    draw_twin(
        ["symbol", "code", "times", "%", "first"],
        rows,
        "letters_twin",
        "How often each symbol stands",
        (2, 3, 4),
        (0, 1),
    )


def _draw_pairs(view: ListView, counts: np.ndarray) -> None:
    """How often each symbol follows each other one. counts (V + 1, V), the start last"""
    labels = view.corpus.vocab.labels
    st.markdown("**Which symbol follows which**")
    shown = len(charts_data.most_frequent(counts, len(labels)))
    plot(
        charts_data.pairs(counts, labels),
        "pairs",
        "How likely each symbol is after each other",
        charts_data.pairs_width(shown),
    )
    left_out = f" Shown are the {shown} commonest symbols." if shown < len(labels) else ""
    show_text(
        f"Each row: what came after one symbol.{_surest_words(counts[:-1], labels)} A network that "
        f"sees one letter can know this picture, and no more.{left_out}"
    )
    _draw_pairs_twin(counts, labels)


def _surest_words(counts: np.ndarray, labels: list[str]) -> str:
    """The symbol whose next one is most nearly certain, of those that occur often enough to say."""
    totals = counts.sum(axis=1)
    shares = np.where(totals >= OFTEN, counts.max(axis=1) / np.maximum(totals, 1), 0)
    if not shares.any():
        return ""
    row = int(shares.argmax())
    v = int(counts[row].argmax())
    return (
        f" Of the symbols that stand {OFTEN} times or more, {labels[row]} leaves least doubt: "
        f"{labels[v]} follows in {counts[row, v]:,} of {totals[row]:,} cases."
    )


def _draw_pairs_twin(counts: np.ndarray, labels: list[str]) -> None:
    shares = counts / np.maximum(counts.sum(axis=1), 1)[:, None]
    before = [*labels, "start"]
    rows = []
    for flat in np.argsort(-counts.reshape(-1), kind="stable")[:LISTED]:
        b, v = divmod(int(flat), len(labels))
        rows.append([before[b], labels[v], f"{counts[b, v]:,}", f"{shares[b, v]:.3f}"])
    draw_twin(
        ["before", "next", "times", "p"],
        rows,
        "pairs_twin",
        f"The {LISTED} commonest pairs",
        (2, 3),
        (0, 1),
    )


def _draw_lengths(names: list[str]) -> None:
    st.markdown("**How long names are**")
    counts = survey.length_counts(names)
    plot(charts_data.lengths(counts), "lengths", "How many names have so many letters")
    show_text(
        f"{_length_words(names)}. Every name gives the network one more target than letters: the "
        "end mark."
    )
    rows = [[str(length), f"{n:,}"] for length, n in enumerate(counts) if n]
    draw_twin(["letters", "names"], rows, "lengths_twin", "Names by length", (0, 1))


def _length_words(names: list[str]) -> str:
    sizes = [len(name) for name in names]
    shortest, longest = min(names, key=len), max(names, key=len)
    if len(shortest) == len(longest):
        return f"All have {count_text(len(shortest), 'letter')}"
    return (
        f"From {count_text(len(shortest), 'letter')} ({shortest}) to {len(longest)} ({longest}), "
        f"{np.mean(sizes):.1f} on average"
    )
