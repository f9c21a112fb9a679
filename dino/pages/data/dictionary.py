"""Data, dictionary: symbol to index and back."""

from __future__ import annotations

import streamlit as st

from dino.data import Vocab
from dino.pages.data.list_view import ListView, code_point
from dino.ui.table import draw_table


def draw_dictionary(view: ListView) -> None:
    """The two mappings, side by side."""
    vocab = view.corpus.vocab
    left, right = st.columns(2, gap="medium")
    with left:
        _draw_to_index(vocab)
    with right:
        _draw_to_symbol(vocab)
    st.caption(
        f"The dictionary as two mappings: {len(vocab)} symbols in the order of their codes, the "
        "end mark (the line break of the file, shown as ⏎) first. The network knows numbers only: "
        "these. A symbol is one code point of Unicode; an accent that has no letter of its own, or "
        "an emoji put together from several, counts as several."
    )


def _draw_to_index(vocab: Vocab) -> None:
    st.markdown("**Symbol → index**")
    draw_table(
        ["symbol", "index"],
        [[vocab.labels[i], str(vocab.index[symbol])] for i, symbol in enumerate(vocab.symbols)],
        "to_index",
        "From symbol to index",
        numeric=(1,),
        names=(0,),
        max_height=420,
    )


def _draw_to_symbol(vocab: Vocab) -> None:
    st.markdown("**Index → symbol**")
    draw_table(
        ["index", "symbol", "code"],
        [[str(i), vocab.labels[i], code_point(symbol)] for i, symbol in enumerate(vocab.symbols)],
        "to_symbol",
        "From index to symbol",
        names=(1, 2),
        max_height=420,
    )
