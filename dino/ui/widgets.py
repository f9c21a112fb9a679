"""Callbacks that finish even if something else is clicked; boxes that are empty until opened.

Streamlit drops a callback if a click waits.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import streamlit as st

from dino.ui import state, workarounds
from dino.ui.typed_numbers import take_typed


def run_to_end(callback: Callable[..., None]) -> Callable[..., None]:
    """Run a callback to its end even if another click is waiting, after what was typed into the
    number boxes of the page is taken.

    Streamlit would abort it at its next access to the state. We start it again, so it must be safe
    to run twice.
    """

    @wraps(callback)
    def run(*args: Any) -> None:
        try:
            take_typed()
            callback(*args)
        except workarounds.BrokenOff:
            take_typed()
            callback(*args)
            raise  # now the other click

    return run


def draw_lazy_box(
    label: str, opened: state.Value[bool], icon: str, draw: Callable[[], None]
) -> None:
    """A folded box, whose content is drawn only while it is open. opened: whether it is"""
    box = st.expander(label, key=opened.key, icon=icon, on_change="rerun")
    if box.open:
        with box:
            draw()
