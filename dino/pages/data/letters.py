"""Data, letters: how often each stands where, which follows which, how long names are; and how
symbols become numbers.
"""

from __future__ import annotations

import numpy as np
import streamlit as st

from dino import survey
from dino.charts import data as charts_data
from dino.charts.base import LEAST_COLUMN
from dino.data import encode
from dino.lists import MAX_LETTERS
from dino.pages.data.list_view import Look
from dino.ui.plot import plot
from dino.ui.table import table, twin
from dino.ui.text import counted, said

EXAMPLE = "jinzhousaurus"
OFTEN = 10  # how often a symbol stands before we say what follows it


def letters(look: Look) -> None:
    """How often symbols stand where; which follows which; how long names are."""
    vocab, names = look.corpus.vocab, look.corpus.names
    labels = vocab.labels
    counts, firsts = survey.letters(names, vocab), survey.first_letters(names, vocab)
    plot(charts_data.frequencies(counts, firsts, labels), "frequencies",
         "How often each symbol stands anywhere, and how often first",
         LEAST_COLUMN * len(labels))
    top, start = _top(counts), _top(firsts)
    said("The commonest symbols: " + ", ".join(
        f"{labels[v]} ({100 * counts[v] / counts.sum():.1f} %)" for v in top)
        + ". Names begin most often with " + ", ".join(
        f"{labels[v]} ({100 * firsts[v] / firsts.sum():.1f} %)" for v in start)
        + f". {labels[0]} is the end mark: one for every name.")
    rows = [[labels[v], _code(vocab.symbols[v]), f"{counts[v]:,}",
             f"{100 * counts[v] / counts.sum():.2f}", f"{firsts[v]:,}"] for v in range(len(labels))]
    twin(["symbol", "code", "times", "%", "first"], rows, "letters_twin",
         "How often each symbol stands", (2, 3, 4), (0, 1))
    _pairs(look, survey.pairs(names, vocab))
    _lengths(names)


def _pairs(look: Look, counts: np.ndarray) -> None:
    labels = look.corpus.vocab.labels
    st.markdown("**Which symbol follows which**")
    kept = charts_data.commonest(counts, len(labels))
    plot(charts_data.pairs(counts, labels), "pairs", "How likely each symbol is after each other",
         charts_data.pairs_width(len(kept)))
    totals = counts.sum(1)
    shares = counts / np.maximum(totals, 1)[:, None]
    sides = [*labels, "start"]
    said(f"Each row: what came after one symbol.{_surest(counts[:-1], labels)} A network that sees "
         "one letter can know this picture, and no more."
         + (f" Shown are the {len(kept)} commonest symbols." if len(kept) < len(labels) else ""))
    order = np.argsort(-counts.reshape(-1), kind="stable")[:60]
    pairs = [divmod(int(i), len(labels)) for i in order]
    twin(["before", "next", "times", "p"],
         [[sides[b], labels[n], f"{counts[b, n]:,}", f"{shares[b, n]:.3f}"] for b, n in pairs],
         "pairs_twin", "The 60 commonest pairs", (2, 3), (0, 1))


def _surest(counts: np.ndarray, labels: list[str]) -> str:
    """The symbol whose next one is most nearly certain, of those that stand often enough to say."""
    totals = counts.sum(1)
    shares = np.where(totals >= OFTEN, counts.max(1) / np.maximum(totals, 1), 0)
    if not shares.any():
        return ""
    row = int(shares.argmax())
    v = int(counts[row].argmax())
    return (f" Of the symbols that stand {OFTEN} times or more, {labels[row]} leaves least doubt: "
            f"{labels[v]} follows in {counts[row, v]:,} of {totals[row]:,} cases.")


def _lengths(names: list[str]) -> None:
    st.markdown("**How long names are**")
    counts = survey.lengths(names)
    plot(charts_data.lengths(counts), "lengths", "How many names have so many letters")
    sizes = np.array([len(name) for name in names])
    shortest, longest = min(names, key=len), max(names, key=len)
    span = (f"From {counted(sizes.min(), 'letter')} ({shortest}) to {sizes.max()} ({longest}), "
            f"{sizes.mean():.1f} on average" if sizes.min() < sizes.max() else
            f"All have {counted(sizes.min(), 'letter')}")
    said(f"{span}. Every name gives the network one more target than "
         "letters: the end mark.")
    twin(["letters", "names"], [[str(i), f"{n:,}"] for i, n in enumerate(counts) if n],
         "lengths_twin", "Names by length", (0, 1))


def _top(counts: np.ndarray, most: int = 3) -> list[int]:
    return [int(v) for v in np.argsort(-counts, kind="stable")[:most] if counts[v]]


def dictionary(look: Look) -> None:
    """Symbol to index and back."""
    vocab = look.corpus.vocab
    labels = vocab.labels
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Symbol → index**")
        table(["symbol", "index"], [[labels[i], str(vocab.index[s])]
              for i, s in enumerate(vocab.symbols)], "to_index", "From symbol to index",
              numeric=(1,), names=(0,), max_height=420)
    with right:
        st.markdown("**Index → symbol**")
        table(["index", "symbol", "code"], [[str(i), labels[i], _code(vocab.symbols[i])]
              for i in range(len(vocab))], "to_symbol", "From index to symbol", names=(1, 2),
              max_height=420)
    st.caption(f"The dictionary as two mappings: {len(vocab)} symbols in the order of their codes, "
               "the end mark (the line break of the file, shown as ⏎) first. The network knows "
               "numbers only: these. A symbol is one code point of Unicode; an accent that has no "
               "letter of its own, or an emoji put together from several, counts as several.")


def _code(symbol: str) -> str:
    return f"U+{ord(symbol):04X}"


def encoding(look: Look) -> None:
    """One name exactly as the network gets it."""
    vocab = look.corpus.vocab
    _example(look)
    typed = st.text_input("A name", key="encoded", persist_state="session", max_chars=MAX_LETTERS)
    name = vocab.tidy(typed or "")
    try:
        if len(name) > MAX_LETTERS:
            raise ValueError(f"A name has at most {MAX_LETTERS} letters; this has {len(name):,}. "
                             "Take fewer.")
        data = encode([name], vocab)
    except ValueError as error:
        with st.container(border=True, key="encoded_refused"):
            said(str(error))
        return
    inputs, targets, labels = data.inputs[0], data.targets[0], vocab.labels
    V, T = len(vocab), len(inputs)
    hot = survey.one_hot(inputs, V)
    reads = ["nothing", *(labels[i] for i in inputs[1:])]
    left, right = st.columns([2, 3], gap="medium")
    with left:
        rows = [[str(t), reads[t], str(inputs[t]), labels[goal], str(goal)]
                for t, goal in enumerate(targets)]
        table(["step", "reads", "input", "should say", "target"], rows, "encoding",
              "Inputs and shifted targets, step by step", numeric=(0, 2, 4), names=(1, 3),
              max_height=480)
        said(f"{counted(len(name), 'letter')} and an end: {counted(T, 'step')}. The targets are "
             "the inputs one step early: at each step it should name the letter that it reads "
             "next, and in the end ⏎.")
    with right:
        plot(charts_data.one_hot(hot, targets, labels), "one_hot",
             "The one-hot input of every step", LEAST_COLUMN * T + 112)
        said(f"The input, one-hot, shape ({T}, {V}): steps × symbols, {counted(T - 1, 'one')} and "
             f"{T * V - T + 1:,} zeros; each step is drawn as a column. At step 0 nothing was "
             f"read yet: index {V}, one past the symbols, is a row of zeros. "
             f"Over each column stands its target; targets have shape ({T},). A batch of B names "
             "has shape (B, T), padded behind shorter names; padding counts in no loss.")


def _example(look: Look) -> None:
    """A name to begin with; and another where the list has changed and cannot spell it."""
    state, names = st.session_state, look.corpus.names
    of, typed = look.whole.source, look.corpus.vocab.tidy(state.get("encoded") or "")
    unknown = set(typed) - look.corpus.vocab.index.keys()
    if "encoded" not in state or (state.get("encoded_of") != of and unknown):
        state["encoded"] = EXAMPLE if EXAMPLE in names else names[0]
    state["encoded_of"] = of
