"""Tables of plain text that nothing can turn into markup. They avoid pandas (100 MB of memory)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from dino.ui import state
from dino.ui.component import component
from dino.ui.language import say
from dino.ui.text import isolate


def draw_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    key: str,
    caption: str,
    *,
    numeric: Sequence[int] = (),
    names: Sequence[int] = (),
    less: Sequence[int] = (),
    max_height: int = 0,
    fluid: bool = False,
    selected: int | None = None,
    on_row: Callable[[int], None] | None = None,
) -> None:
    """Show rows of text under their columns. `caption` says what it is, for screen readers.

    numeric: columns aligned right; names: columns in fixed width; less: columns that a phone omits;
    max_height: in pixels, a higher table scrolls; fluid: names share the width that is left, and
    are cut at its end (on a phone they wrap); on_row: called with the index of a clicked row.
    """

    def clicked_row() -> None:
        row = state.sent_value(key, "row")
        if on_row and isinstance(row, int) and 0 <= row < len(rows):
            on_row(row)

    data = {
        "columns": list(columns),
        "rows": [[isolate(cell) for cell in row] for row in rows],
        "caption": caption,
        "numeric": list(numeric),
        "names": list(names),
        "less": list(less),
        "fluid": fluid,
        "max_height": max_height,
        "selected": selected,
        "clickable": on_row is not None,
    }
    # A list, because Streamlit imports pandas to look for tables in a dictionary.
    component("table", '<div class="frame"></div>')(key=key, on_row_change=clicked_row, data=[data])


def draw_twin(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    key: str,
    caption: str,
    numeric: Sequence[int] = (),
    names: Sequence[int] = (),
    title: str = "",
) -> None:
    """A table of a picture's figures, folded until it is opened. title: of the fold."""
    with st.expander(title or say("The same as a table")):
        draw_table(columns, rows, key, caption, numeric=numeric, names=names, max_height=320)
