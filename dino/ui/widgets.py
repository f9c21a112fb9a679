"""Callbacks that run to the end whatever else is clicked; boxes that are empty until opened.

Streamlit stops a callback if another click waits.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import streamlit as st

from dino.ui import state, workarounds
from dino.ui.typed_numbers import take_typed


def run_to_end(callback: Callable[..., None]) -> Callable[..., None]:
    """Take what was typed into the page's number boxes, then run a callback to its end.

    If another click waits, Streamlit stops the callback at its next access to the state. Then this
    runs it again from the start, so a callback must be safe to run twice.
    """

    @wraps(callback)
    def run(*args: Any) -> None:
        try:
            take_typed()
            callback(*args)
        except workarounds.BrokenOff:
            take_typed()
            callback(*args)
            raise  # now the other click may run

    return run


def draw_lazy_box(
    label: str, opened: state.Value[bool], icon: str, draw: Callable[[], None]
) -> None:
    """A folded box whose content is drawn only while it is open. opened: whether it is."""
    box = st.expander(label, key=opened.key, icon=icon, on_change="rerun")
    if box.open:
        with box:
            draw()
