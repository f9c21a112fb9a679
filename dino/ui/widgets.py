"""Callbacks that finish even if something else is clicked, and what a browser has heard of.

Streamlit drops a callback if another click waits. And it takes what a browser sends once more for a
choice, where a page has set another value since: `workarounds.keep_what_is_set`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import streamlit as st

from dino.ui import state, workarounds


def run_to_end(callback: Callable[..., None]) -> Callable[..., None]:
    """Run a callback to its end even if another click is waiting.

    Streamlit would abort it at its next access to the state. We start it again, so it must be safe
    to run twice.
    """

    @wraps(callback)
    def run(*args: Any) -> None:
        try:
            callback(*args)
        except workarounds.BrokenOff:
            callback(*args)
            raise  # now the other click

    return run


def draw_heard(part: str) -> None:
    """Draw the hidden box that a part of the page ends with: what was set until now is drawn, and a
    browser that sends this box has heard of it.
    """
    box = state.heard_in(part)
    box.correct(str(workarounds.values_set()))
    st.text_input(box.key, key=box.key, label_visibility="collapsed")
