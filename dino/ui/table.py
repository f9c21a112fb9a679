"""Tables of plain text that nothing can turn into markup. They avoid pandas (100 MB of memory)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import streamlit as st

from dino.ui import state
from dino.ui.component import component
from dino.ui.kept_parts import Drawn, keep
from dino.ui.language import say
from dino.ui.text import isolate
from dino.ui.workarounds import Encoded


class Table(NamedTuple):
    """Rows of text under their columns. `caption` says what it is, for screen readers.

    numeric: columns aligned right; names: columns in fixed width; less: columns that a phone omits;
    max_height: in pixels, a higher table scrolls; fluid: names share the width that is left, and
    are cut at its end (on a phone they wrap); selected: the marked row.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str
    numeric: Sequence[int] = ()
    names: Sequence[int] = ()
    less: Sequence[int] = ()
    max_height: int = 0
    fluid: bool = False
    selected: int | None = None


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
    """Show a `Table`. on_row: called with the index of a clicked row."""
    table = Table(columns, rows, caption, numeric, names, less, max_height, fluid, selected)
    _draw(_data(table, on_row is not None), len(rows), key, on_row)


def draw_table_once(
    key: str, source: Any, make: Callable[[], Table], on_row: Callable[[int], None] | None = None
) -> None:
    """The same. The table is made and encoded again only if `source` changes: see `keep`."""

    def encode() -> Drawn:
        table = make()
        return Drawn(Encoded(_data(table, on_row is not None)), len(table.rows))

    _draw(*keep(f"table {key}", (source, on_row is not None), encode), key, on_row)


def draw_twin_once(key: str, source: Any, make: Callable[[], Table]) -> None:
    """A table of a picture's figures, as `draw_table_once` draws it, folded until it is opened."""
    with st.expander(say("The same as a table")):
        draw_table_once(key, source, lambda: make()._replace(max_height=320))


def _draw(data: list[Any], count: int, key: str, on_row: Callable[[int], None] | None) -> None:
    def clicked_row() -> None:
        row = state.sent_value(key, "row")
        if on_row and isinstance(row, int) and 0 <= row < count:
            on_row(row)

    component("table", '<div class="frame"></div>')(key=key, on_row_change=clicked_row, data=data)


def _data(table: Table, clickable: bool) -> list[Any]:
    """What the component needs.

    A list, because Streamlit imports pandas to look for tables in a dictionary.
    """
    lists = {name: list(getattr(table, name)) for name in ("columns", "numeric", "names", "less")}
    rows = [[isolate(cell) for cell in row] for row in table.rows]
    return [{**table._asdict(), **lists, "rows": rows, "clickable": clickable}]


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
