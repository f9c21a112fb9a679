"""Callbacks, which Streamlit breaks off while another message of their page waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from streamlit.runtime.scriptrunner import RerunException

from dino.ui.workarounds.wrapping import find_class, wrap

# Streamlit raises it where the session's state is next read or set. A callback is then not called
# again: the rest of its work is lost. Only this exception tells such a callback from a failed
# one, so `dino/ui/widgets.py` catches it, and raises it again when the callback is done.
BrokenOff = RerunException

_thread = threading.local()  # whose callbacks run


def finish_callbacks() -> None:
    """Run a message's callbacks to their ends, and look only then for what waits."""
    state = find_class("streamlit.runtime.state.session_state", "SessionState")
    runner = find_class("streamlit.runtime.scriptrunner.script_runner", "ScriptRunner")
    wrap(state, "_call_callbacks", _whole)
    wrap(runner, "_maybe_handle_execution_control_request", _not_in_callbacks)


def _whole(original: Callable[..., None]) -> Callable[..., None]:
    def call(self: Any, *about: Any, **named: Any) -> None:
        _thread.in_callbacks = True
        try:
            original(self, *about, **named)
        finally:
            _thread.in_callbacks = False

    return call


def _not_in_callbacks(original: Callable[..., None]) -> Callable[..., None]:
    def look(self: Any) -> None:
        if not getattr(_thread, "in_callbacks", False):
            original(self)

    return look
