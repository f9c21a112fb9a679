"""How clicks wait for a page's script and break it off, and what the page shows if code fails."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Sequence
from typing import Any

from dino.locale.sentences import Text
from dino.ui.workarounds.sessions import note, session_id
from dino.ui.workarounds.wrapping import find_class, wrap

FAST = "runner.fastReruns"
REQUESTS = "streamlit.runtime.scriptrunner_utils.script_requests"
# Messages of a page that wait one by one, and their bytes, as each has all values of the page. Of
# more, the oldest are merged.
MOST, MOST_BYTES = 100, 2_000_000
_taking = set[int]()  # ids of the states whose messages are being read
_log = logging.getLogger("dino.failures")


def run_one_script() -> None:
    """Have a page's running script take its next message, even if the host wants fast reruns.

    Apply it after `read_options_together`, which reads options without asking anybody.
    """
    wrap(importlib.import_module("streamlit.config"), "get_option", _never_fast)


def _never_fast(original: Callable[[str], Any]) -> Callable[[str], Any]:
    def get_option(key: str) -> Any:
        return False if key == FAST else original(key)

    return get_option


class _Messages:
    """Messages that wait together. merged: as Streamlit merges them; each: one by one, in order."""

    def __init__(self, merged: Any, each: Sequence[Any]) -> None:
        self.widgets, self.each = merged.widgets, each


def take_each_message() -> None:
    """Of several messages that waited, run the callbacks of each before the next one is taken."""
    state = find_class("streamlit.runtime.state.session_state", "SessionState")
    wrap(importlib.import_module(REQUESTS), "_coalesce_widget_states", keeping_each)
    wrap(state, "on_script_will_rerun", _taking_each)


def keeping_each(original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Merge messages as `original` does, and also keep each one, up to MOST and MOST_BYTES."""

    def merge(old: Any, new: Any) -> Any:
        merged = original(old, new)
        if not old or not new:
            return merged
        each = [one for some in (old, new) for one in getattr(some, "each", [some])]
        size = sum(one.ByteSize() for one in each)
        while len(each) > 1 and (len(each) > MOST or size > MOST_BYTES):
            first = original(*each[:2])
            size += first.ByteSize() - each[0].ByteSize() - each[1].ByteSize()
            each[:2] = [first]
        return _Messages(merged, each)

    return merge


def is_taking(state: Any) -> bool:
    """Whether messages are being read into a session's state, with their callbacks."""
    return id(state) in _taking


def _taking_each(original: Callable[..., None]) -> Callable[..., None]:
    join = importlib.import_module(REQUESTS)._coalesce_replay_trigger_states

    def take(state: Any, sent: Any, **how: Any) -> None:
        *earlier, last = getattr(sent, "each", [sent])
        clicks = how.pop("replay_trigger_states", None)
        _taking.add(id(state))
        try:
            for one in earlier:
                original(state, one)
                clicks = join(clicks, one)  # a script may read a click that has no callback
            original(state, last, replay_trigger_states=clicks, **how)
        finally:
            _taking.discard(id(state))

    return take


def break_off_at_drawing() -> None:
    """Break a script off only where it draws, never where it reads or writes the session's values.

    What it does between two parts of the page is then done whole or not at all.
    """
    values = find_class("streamlit.runtime.state.safe_session_state", "SafeSessionState")
    wrap(values, "__init__", _uninterrupted)


def _uninterrupted(original: Callable[..., None]) -> Callable[..., None]:
    def start(values: Any, state: Any, yield_callback: Callable[[], None]) -> None:
        original(values, state, yield_callback=lambda: None)

    return start


def survive_callbacks(told: Text) -> None:
    """If a callback fails, log why, draw the page nevertheless, and have it show this sentence."""

    def surviving(original: Callable[..., None]) -> Callable[..., None]:
        def run_callback(state: Any, votes: Any, run: Callable[[], None]) -> None:
            original(state, votes, lambda: _attempt_callback(run, told))

        return run_callback

    state = find_class("streamlit.runtime.state.session_state", "SessionState")
    wrap(state, "_run_callback_and_record_rerun", surviving)


def _attempt_callback(run: Callable[[], None], told: Text) -> None:
    import streamlit as st

    try:
        run()
    except Exception:  # ours may raise anything; what breaks a script off is no Exception
        _log.exception("A callback failed. Its page shows a sentence instead.")
        note(session_id(), told)
        st.rerun()  # the whole page, also for a callback of one part: only it shows notices


def replace_error_box(show: Callable[[], None], told: str) -> None:
    """Where an exception reaches Streamlit, show this in place of the exception or its box.

    told: what a box says where no script can draw, for example if a page's file cannot be compiled.
    """

    def replacing(_: Callable[..., None]) -> Callable[..., None]:
        def show_exception(error: BaseException) -> None:  # Streamlit has logged it
            _log.error("A script failed: %s. Its page shows a sentence instead.", type(error))
            show()

        return show_exception

    wrap(importlib.import_module("streamlit.error_util"), "show_uncaught_app_exception", replacing)

    def saying(original: Callable[..., None]) -> Callable[..., None]:
        def marshall(box: Any, error: BaseException, *about: Any, **named: Any) -> None:
            _log.error("Streamlit has shown a sentence for an error.", exc_info=error)
            original(box, RuntimeError(), *about, **named)
            box.type, box.message, box.message_is_markdown = "", told, False
            del box.stack_trace[:]

        return marshall

    wrap(importlib.import_module("streamlit.elements.exception"), "marshall", saying)
