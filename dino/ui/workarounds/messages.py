"""How a browser's message is carried out: its callbacks to their ends, then the part of the page
that it should ask for.

Streamlit breaks callbacks off while another message of their page waits. A browser gathers all that
changes in one instant into one message, and Streamlit has it ask for the part of the page whose
widget changed first. What changed in another part would then not be drawn until something else is
clicked: a chosen setting without its sentence, a run without its row.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from streamlit.runtime.scriptrunner import RerunException

from dino.ui.workarounds.echoes import is_echo
from dino.ui.workarounds.values import ALIKE
from dino.ui.workarounds.wrapping import attempt, find_class, wrap

# Kinds of values that are there only in the message that they make; and those of which a browser
# sends what is no choice of a visitor's.
TRIGGERS = ("trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value")
NOT_COMPARED = ("json_value", "bytes_value", "arrow_value", "file_uploader_state_value", None)
# Streamlit raises it where the session's state is next read or set. A callback is then not called
# again: the rest of its work is lost. Only this exception tells such a callback from a failed
# one, so `dino/ui/widgets.py` catches it, and raises it again when the callback is done.
BrokenOff = RerunException

_thread = threading.local()  # whose callbacks run


def redraw_what_changed() -> None:
    """Refuse to redraw a part of a page that the browser, or the script, has left for another one;
    redraw the page where a message asks for one part and changes another.
    """
    session = find_class("streamlit.runtime.app_session", "AppSession")
    runner = find_class("streamlit.runtime.scriptrunner.script_runner", "ScriptRunner")
    wrap(session, "request_rerun", _redraw_what_changed)
    wrap(session, "_create_new_session_message", _forget_page)
    wrap(runner, "_run_script", _no_part_of_a_left_page)


def _redraw_what_changed(original: Callable[..., None]) -> Callable[..., None]:
    def request_rerun(session: Any, client_state: Any) -> None:
        page = getattr(client_state, "page_script_hash", "")
        if not getattr(client_state, "fragment_id", ""):
            session.dino_page = page  # that the browser asked for last
        elif page and getattr(session, "dino_page", "") not in ("", page):
            return
        elif attempt("the parts of widgets", _changes_another_part, session, client_state):
            client_state.fragment_id = ""
        original(session, client_state)

    return request_rerun


def _changes_another_part(session: Any, client_state: Any) -> bool:
    """Whether a widget outside the part that a message asks for has a new value in it."""
    state = session.session_state
    known = state._new_widget_state.widget_metadata
    for sent in client_state.widget_states.widgets:
        widget = known.get(sent.id)
        if widget is not None and widget.fragment_id != client_state.fragment_id:
            if has_new_value(state, widget, sent) and not is_echo(state, client_state, sent.id):
                return True
    return False


def has_new_value(state: Any, widget: Any, sent: Any) -> bool:
    """Whether a message has another value for a widget than its session."""
    from streamlit.runtime.state.common import unpack_widget_state_value

    kind = sent.WhichOneof("value")
    if kind in TRIGGERS:
        value = getattr(sent, kind)
        return bool(value.ListFields() if hasattr(value, "ListFields") else value)
    if kind in NOT_COMPARED or kind not in (widget.value_type, ALIKE.get(widget.value_type)):
        return False
    try:
        before = state._getitem(sent.id, state._key_id_mapper.id_key_mapping.get(sent.id))
        return bool(widget.deserializer(unpack_widget_state_value(sent)) != before)
    except (KeyError, ValueError, IndexError, TypeError, ArithmeticError):
        # It has no value yet, or this one is nonsense, which `forgive_nonsense` answers.
        return False


def _forget_page(original: Callable[..., Any]) -> Callable[..., Any]:
    def create(session: Any, *about: Any, **named: Any) -> Any:
        attempt("the page of a run", _forget_another, session, *about[:2])
        return original(session, *about, **named)

    return create


def _forget_another(session: Any, page: str, run: Any) -> None:
    if not run.fragment_ids and page != getattr(session, "dino_page", ""):
        session.dino_page = ""  # the script itself has switched pages


def _no_part_of_a_left_page(original: Callable[..., None]) -> Callable[..., None]:
    def run(runner: Any, wanted: Any) -> None:
        if not attempt("the parts of a page", _is_of_a_left_page, runner, wanted):
            original(runner, wanted)

    return run


def _is_of_a_left_page(runner: Any, wanted: Any) -> bool:
    """Whether only parts are wanted, all of a page that the script has left.

    The message was taken while that page was drawn, and waited until the script had switched pages.
    """
    parts, drawn = wanted.fragment_id_queue, runner._pages_manager.intended_page_script_hash
    if not parts or wanted.page_script_hash in ("", drawn):
        return False
    return not any(runner._fragment_storage.contains(part) for part in parts)


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
