"""Data, letters: how often each one occurs, which one follows which, and how long names are."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dino import survey
from dino.charts import name_list as charts_data
from dino.charts.base import LEAST_COLUMN
from dino.pages.data.list_view import ListView, code_point
from dino.ui.language import put, say, say_number, say_plural
from dino.ui.plot import plot
from dino.ui.table import draw_twin
from dino.ui.text import show_text

OFTEN = 10  # occurrences that a symbol needs before the page says what follows it
TOP = 3  # symbols that the page names
LISTED = 60  # pairs in the table


def draw_letters(view: ListView) -> None:
    """Draw how often symbols occur, anywhere and first; their pairs; how long names are."""
    names, vocab = view.corpus.names, view.corpus.vocab
    counts, firsts = survey.letter_counts(names, vocab), survey.first_letter_counts(names, vocab)
    plot(
        charts_data.frequencies(counts, firsts, vocab.labels, put),
        "frequencies",
        say("How often each symbol occurs anywhere, and how often as the first letter"),
        LEAST_COLUMN * len(vocab),
    )
    show_text(
        say(
            "Most frequent symbols: {symbols}.\nMost frequent first letters: {firsts}.\n{end} is "
            "the end mark. Every name has one.",
            symbols=_top_words(counts, vocab.labels),
            firsts=_top_words(firsts, vocab.labels),
            end=vocab.labels[0],
        )
    )
    _draw_frequency_twin(view, counts, firsts)
    _draw_pairs(view, survey.pair_counts(names, vocab))
    _draw_lengths(names)


def _top_words(counts: np.ndarray, labels: list[str]) -> str:
    """The most frequent symbols with their shares in percent. Takes (V,)."""
    order = np.argsort(-counts, kind="stable")[:TOP]
    shares = (100 * counts / counts.sum()).tolist()
    return ", ".join(
        say("{symbol} ({share:.1f} %)", symbol=labels[v], share=shares[v])
        for v in order
        if counts[v]
    )


def _draw_frequency_twin(view: ListView, counts: np.ndarray, firsts: np.ndarray) -> None:
    vocab, rows = view.corpus.vocab, []
    shares = 100 * counts / counts.sum()
    for v, symbol in enumerate(vocab.symbols):
        numbers = [
            say_number(int(counts[v])),
            say_number(float(shares[v]), ".2f"),
            say_number(int(firsts[v])),
        ]
        rows.append([vocab.labels[v], code_point(symbol), *numbers])
    draw_twin(
        [say("symbol"), say("code"), say("times"), "%", say("as first letter")],
        rows,
        "letters_twin",
        say("How often each symbol occurs"),
        (2, 3, 4),
        (0, 1),
    )


def _draw_pairs(view: ListView, counts: np.ndarray) -> None:
    """Draw how often each symbol follows each other. counts (V + 1, V), the start last."""
    labels = view.corpus.vocab.labels
    st.markdown(say("**Which symbol follows which**"))
    shown = len(charts_data.most_frequent(counts, len(labels)))
    left_out = (
        [say("Only the {shown} most frequent symbols are shown.", shown=shown)]
        if shown < len(labels)
        else []
    )
    alt = " ".join([say("The probability of each next symbol after each symbol."), *left_out])
    plot(charts_data.pairs(counts, labels, put), "pairs", alt, charts_data.pairs_width(shown))
    words = [say("Each row shows the symbols that follow one symbol."), *left_out]
    if surest := _surest_words(counts[:-1], labels):
        words.append(surest)
    words.append(
        say(
            "Counting these pairs is a bigram model. A network that sees only one letter can learn "
            "these probabilities, and no more."
        )
    )
    show_text("\n".join(words))
    _draw_pairs_twin(counts, labels)


def _surest_words(counts: np.ndarray, labels: list[str]) -> str:
    """Of the symbols that occur often enough, name the one whose next symbol is most certain."""
    totals = counts.sum(axis=1)
    shares = np.where(totals >= OFTEN, counts.max(axis=1) / np.maximum(totals, 1), 0)
    if not shares.any():
        return ""
    row = int(shares.argmax())
    v = int(counts[row].argmax())
    return say(
        "Of the symbols that occur {often} times or more, {symbol} has the most "
        "predictable next symbol. {following} follows it in {count:,} of {total:,} cases.",
        often=OFTEN,
        symbol=labels[row],
        following=labels[v],
        count=int(counts[row, v]),
        total=int(totals[row]),
    )


def _draw_pairs_twin(counts: np.ndarray, labels: list[str]) -> None:
    shares = counts / np.maximum(counts.sum(axis=1), 1)[:, None]
    before = [*labels, say("start")]
    rows = []
    for flat in np.argsort(-counts.reshape(-1), kind="stable")[:LISTED]:
        b, v = divmod(int(flat), len(labels))
        count, share = int(counts[b, v]), float(shares[b, v])
        rows.append([before[b], labels[v], say_number(count), say_number(share, ".3f")])
    draw_twin(
        [say("before"), say("next"), say("times"), "p"],
        rows,
        "pairs_twin",
        say("The {shown} most frequent pairs", shown=len(rows)),
        (2, 3),
        (0, 1),
    )


def _draw_lengths(names: list[str]) -> None:
    st.markdown(say("**How long names are**"))
    counts = survey.length_counts(names)
    plot(charts_data.lengths(counts, put), "lengths", say("How many names have each length"))
    show_text(
        "\n".join(
            (
                _length_words(names),
                say("Each name has one target per letter and one more, the end mark."),
            )
        )
    )
    rows = [[str(length), say_number(n)] for length, n in enumerate(counts.tolist()) if n]
    draw_twin([say("letters"), say("names")], rows, "lengths_twin", say("Names by length"), (0, 1))


def _length_words(names: list[str]) -> str:
    sizes = [len(name) for name in names]
    shortest, longest = min(names, key=len), max(names, key=len)
    if len(shortest) == len(longest):
        return say_plural(
            "All names have {count} letter.", "All names have {count} letters.", sizes[0]
        )
    return say(
        "Letters per name: from {least} (such as {shortest}) to {most} (such as {longest}), "
        "{mean:.1f} on average.",
        shortest=shortest,
        least=len(shortest),
        longest=longest,
        most=len(longest),
        mean=float(np.mean(sizes)),
    )
