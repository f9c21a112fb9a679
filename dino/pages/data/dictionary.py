"""Data, dictionary: symbol to index and back."""

from __future__ import annotations

import streamlit as st

from dino.data import Vocab
from dino.pages.data.list_view import ListView, code_point
from dino.ui.language import say
from dino.ui.table import draw_table
from dino.ui.text import show_text


def draw_dictionary(view: ListView) -> None:
    """The two mappings, side by side."""
    vocab = view.corpus.vocab
    left, right = st.columns(2, gap="medium")
    with left:
        _draw_to_index(vocab)
    with right:
        _draw_to_symbol(vocab)
    show_text(
        say(
            "These two mappings are the dictionary (vocabulary) of the list. It has {symbols} "
            "symbols.\nThe end mark, shown as ⏎, is the line break of the file. It comes first; "
            "the others follow in the order of their codes.\nThe network reads and predicts these "
            "indices; it never sees the symbols themselves.\nA symbol is one code point of "
            "Unicode. Some letters with accents and many emoji consist of several.",
            symbols=len(vocab),
        )
    )


def _draw_to_index(vocab: Vocab) -> None:
    st.markdown(say("**Symbol → index**"))
    draw_table(
        [say("symbol"), say("index")],
        [[vocab.labels[i], str(vocab.index[symbol])] for i, symbol in enumerate(vocab.symbols)],
        "to_index",
        say("From symbol to index"),
        numeric=(1,),
        names=(0,),
        max_height=420,
    )


def _draw_to_symbol(vocab: Vocab) -> None:
    st.markdown(say("**Index → symbol**"))
    draw_table(
        [say("index"), say("symbol"), say("code")],
        [[str(i), vocab.labels[i], code_point(symbol)] for i, symbol in enumerate(vocab.symbols)],
        "to_symbol",
        say("From index to symbol"),
        names=(1, 2),
        max_height=420,
    )
