"""Data, names: all names of the list, searchable; each with the side it is on; downloads."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from dino.files import to_csv
from dino.pages.data.list_view import LISTED, ListView
from dino.ui.table import draw_table
from dino.ui.text import show_text

COLUMNS = ["name", "letters", "rows", "is"]


def draw_names(view: ListView) -> None:
    """A search, the names that it finds, and the list as files."""
    counts = Counter(view.complete.rows)
    typed = st.text_input("Find names that hold", key="find", persist_state="session", max_chars=60)
    wanted = view.complete.vocab.normalize(typed or "")
    matching = [name for name in view.complete.names if wanted in name]
    draw_table(
        COLUMNS,
        [[name, str(len(name)), str(counts[name]), view.side(name)] for name in matching[:LISTED]],
        "names",
        "Names of the list",
        numeric=(1, 2),
        names=(0,),
        fluid=True,
        max_height=420,
    )
    show_text(_search_words(view, wanted, len(matching)))
    with st.container(horizontal=True):
        _draw_downloads(view, counts)


def _search_words(view: ListView, wanted: str, matching: int) -> str:
    removed = f" ({len(view.removed):,} of them removed)" if view.removed else ""
    condition = f" hold “{wanted}”" if wanted else ""
    first = f"; the first {LISTED} are shown" if matching > LISTED else ""
    return (
        f"{matching:,} of {len(view.complete.names):,} distinct names{removed}{condition}{first}. "
        "Held out: the network never trains on it, and is judged by it."
    )


def _draw_downloads(view: ListView, counts: Counter[str]) -> None:
    st.download_button(
        "This list as .txt",
        lambda: "\n".join(view.corpus.rows),
        "names.txt",
        "text/plain",
        key="as_txt",
        icon=":material/download:",
        on_click="ignore",
    )
    st.download_button(
        "With sides, as .csv",
        lambda: _as_csv(view, counts),
        "names.csv",
        "text/csv",
        key="as_csv",
        icon=":material/download:",
        on_click="ignore",
        help="What a spreadsheet would take for a formula has an apostrophe in front.",
    )


def _as_csv(view: ListView, counts: Counter[str]) -> bytes:
    rows = [[name, len(name), counts[name], view.side(name)] for name in view.complete.names]
    return to_csv(COLUMNS, rows)
