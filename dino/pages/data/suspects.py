"""Data, repeats and suspects: names that occur twice or may be mistakes, and how to remove them."""

from __future__ import annotations

import streamlit as st

from dino import survey
from dino.pages.data.list_view import LISTED, ListView
from dino.survey import Suspect
from dino.ui import chosen_list, measurements
from dino.ui.table import draw_table
from dino.ui.text import show_text


def draw_suspects(view: ListView) -> None:
    """Repeats and suspects, which the visitor may remove from the list."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.markdown("**Repeats**")
        _draw_repeats(view)
    with right:
        st.markdown("**Suspects**")
        _draw_suspects(view)
    _draw_removed(view)


def _draw_repeats(view: ListView) -> None:
    repeated = survey.repeats(view.complete.rows)
    if not repeated:
        show_text("No name stands twice.")
        return
    rows = []
    for name, count in repeated[:LISTED]:
        rows.append([name, f"{count} (removed)" if name in view.removed else str(count)])
    _draw_removable(view, "repeats", ["name", "rows"], rows)
    extra = len(view.complete.rows) - len(view.complete.names)
    show_text(
        f"In the list as it came {len(repeated):,} names stand more than once, {extra:,} rows too "
        "many. Each counts once."
    )


def _draw_suspects(view: ListView) -> None:
    names, vocab = view.complete.names, view.complete.vocab
    measurement = measurements.measure(
        ("suspects", view.complete.source), lambda: survey.find_suspects(names, vocab)
    )
    if not measurement.done:
        st.progress(measurement.share, "Comparing every name with counts over the others…")
    suspects: list[Suspect] = measurement.result or []
    if suspects:
        rows = [[s.name, _reason(s), view.side(s.name)] for s in suspects[:LISTED]]
        _draw_removable(view, "suspects", ["name", "why", "is"], rows)
    if measurement.done:
        show_text(_suspect_words(len(suspects), len(names)))
    st.caption(f"{survey.JOINED_RULE} {survey.ODD_RULE}")
    joined = frozenset(s.name for s in suspects if s.kind == "joined") - view.removed
    if joined:
        st.button(
            f"Remove the {len(joined)} joined ones",
            key="remove_joined",
            on_click=chosen_list.remove_names,
            args=(joined,),
            icon=":material/content_cut:",
        )


def _reason(suspect: Suspect) -> str:
    """The halves of a joined name, or how odd an odd one is."""
    why = " + ".join(suspect.parts) if suspect.parts else f"{suspect.score:.1f} sd"
    return f"{suspect.kind}: {why}"


def _suspect_words(suspects: int, names: int) -> str:
    if not suspects:
        return f"None of the {names:,} names is a suspect by these two rules."
    return (
        f"{suspects:,} of {names:,} names {'is a suspect' if suspects == 1 else 'are suspects'}. A "
        "suspect is no slip yet, and in a careful list most are real names: look before you remove."
    )


def _draw_removable(view: ListView, key: str, columns: list[str], rows: list[list[str]]) -> None:
    """A table with names in its first column; a click removes one, or puts it back."""

    def remove_or_put_back(row: int) -> None:
        names = frozenset([rows[row][0]])
        if names <= view.removed:
            chosen_list.put_back_names(names)
        else:
            chosen_list.remove_names(names)

    draw_table(
        columns,
        rows,
        key,
        "Names; a click takes one out of the list or puts it back",
        names=(0,),
        max_height=380,
        on_row=remove_or_put_back,
    )


def _draw_removed(view: ListView) -> None:
    """How many names are removed, and the button that puts them back."""
    count = len(view.removed)
    if count:
        hint = "Every other name keeps its side, so losses can be compared."
    else:
        hint = "Click a name to take it out of the list."
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{count:,}** {'name is' if count == 1 else 'names are'} removed. {hint}",
            width="content",
        )
        st.button(
            "Put all back",
            key="put_back",
            disabled=not count,
            icon=":material/undo:",
            on_click=chosen_list.put_back_names,
            args=(view.removed,),
        )
