"""Callbacks that finish even if something else is clicked: Streamlit drops one if a click waits."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from dino.ui import workarounds


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
