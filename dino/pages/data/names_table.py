"""Data, names: all names of the list with the side they are on, a search, and downloads."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from dino.files import to_csv
from dino.locale.sentences import mark
from dino.pages.data.list_view import LISTED, ListView
from dino.ui.language import put, say, say_plural
from dino.ui.table import draw_table
from dino.ui.text import show_text

COLUMNS = mark("name"), mark("letters"), mark("rows"), mark("set")


def draw_names(view: ListView) -> None:
    """Draw a search, the names that it finds, and the list as files."""
    counts = Counter(view.complete.rows)
    typed = st.text_input(
        say("Find names containing"), key="find", persist_state="session", max_chars=60
    )
    wanted = view.complete.vocab.normalize(typed or "")
    matching = [name for name in view.complete.names if wanted in name]
    rows = []
    for name in matching[:LISTED]:
        rows.append([name, str(len(name)), str(counts[name]), put(view.side(name))])
    draw_table(
        [put(column) for column in COLUMNS],
        rows,
        "names",
        say("Names of the list"),
        numeric=(1, 2),
        names=(0,),
        fluid=True,
        max_height=420,
    )
    show_text(" ".join(_search_sentences(view, wanted, len(matching))))
    show_text(
        say(
            "The network is trained on the names marked “trained on” (training set). Its held-out "
            "loss is measured on those marked “held out” (validation set), which it is never "
            "trained on."
        )
    )
    if view.corpus.exam:
        show_text(
            say(
                "The names marked “final exam” (test set) are neither trained on nor held "
                "out. No page shows their loss until you open the exam on the Compare page."
            )
        )
    with st.container(horizontal=True):
        _draw_downloads(view, counts)


def _search_sentences(view: ListView, wanted: str, matching: int) -> list[str]:
    """Say how many names were found, and how many of all names are removed."""
    total, found = len(view.complete.names), []
    if wanted:
        found.append(
            say(
                "{matching:,} of {total:,} distinct names contain “{wanted}”.",
                matching=matching,
                total=total,
                wanted=wanted,
            )
        )
    else:
        found.append(say("The list has {total:,} distinct names.", total=total))
    if matching > LISTED:
        found.append(say("The table shows the first {shown:,}.", shown=LISTED))
    if view.removed:
        count = len(view.removed)
        found.append(
            say_plural(
                "You removed {count:,} name of the list.",
                "You removed {count:,} names of the list.",
                count,
            )
        )
    return found


def _draw_downloads(view: ListView, counts: Counter[str]) -> None:
    st.download_button(
        say("This list as .txt"),
        lambda: "\n".join(view.corpus.rows),
        "names.txt",
        "text/plain",
        key="as_txt",
        icon=":material/download:",
        on_click="ignore",
    )
    st.download_button(
        say("With the set that each name belongs to, as .csv"),
        lambda: _as_csv(view, counts),
        "names.csv",
        "text/csv",
        key="as_csv",
        icon=":material/download:",
        on_click="ignore",
        help=say("Names that a spreadsheet would run as formulas get an apostrophe in front."),
    )


def _as_csv(view: ListView, counts: Counter[str]) -> bytes:
    names = view.complete.names
    # In English in every language, because programs read it.
    return to_csv(COLUMNS, [[n, len(n), counts[n], str(view.side(n))] for n in names])
