"""How a browser's message is handled: run all its callbacks to the end, then redraw enough.

Streamlit stops a callback when another message of its page waits. And a browser sends all changes
of one instant as one message, but Streamlit redraws only the part of the page whose widget changed
first. A change in another part would then show only after the next click, for example a setting
that was chosen, or a new run in a table. And a browser may send a choice just after the click on a
link to another page that followed it, and Streamlit then goes back.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from streamlit.runtime.scriptrunner import RerunException

from dino.ui.workarounds.echoes import is_echo, is_hidden
from dino.ui.workarounds.scripts import is_taking
from dino.ui.workarounds.speed import sent_as_one
from dino.ui.workarounds.values import ALIKE
from dino.ui.workarounds.wrapping import attempt, find_class, wrap

# TRIGGERS: values that exist only in the message that brings them. NOT_COMPARED: values that a
# browser may send without a choice by its visitor.
TRIGGERS = ("trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value")
NOT_COMPARED = ("json_value", "bytes_value", "arrow_value", "file_uploader_state_value", None)
# Streamlit raises this when the callback next uses the session's state, and never calls the
# callback again, so the rest of its work would be lost. No other exception tells a stopped callback
# from a failed one. `dino/ui/widgets.py` catches it, finishes the callback and raises it again.
BrokenOff = RerunException

_thread = threading.local()  # how many `unbroken` blocks this thread is in
_together: dict[str, Sequence[str] | None] = {}  # what is redrawn with each part


def redraw_what_changed() -> None:
    """Mend four wrong redraws.

    If the browser or the script has gone to another page, do not redraw a part of the old one. If a
    choice on the old page comes after that, take it and redraw the new page. If a message asks for
    one part and changes another, redraw the whole page. If a part begins again before all of it was
    sent, send nothing for which the browser has no place.
    """
    queue = find_class("streamlit.runtime.forward_msg_queue", "ForwardMsgQueue")
    wrap(queue, "clear", _without_gaps)
    session = find_class("streamlit.runtime.app_session", "AppSession")
    runner = find_class("streamlit.runtime.scriptrunner.script_runner", "ScriptRunner")
    wrap(session, "request_rerun", _redraw_what_changed)
    wrap(session, "_create_new_session_message", _forget_page)
    wrap(runner, "_run_script", _no_part_of_a_left_page)


def _redraw_what_changed(original: Callable[..., None]) -> Callable[..., None]:
    def request_rerun(session: Any, client_state: Any) -> None:
        page = getattr(client_state, "page_script_hash", "")
        part = getattr(client_state, "fragment_id", "")
        asked = getattr(session, "dino_page", "")  # the page that the browser asked for last
        is_late = page and asked not in ("", page)  # sent before the browser knew where it goes
        if is_late and (part or not _asks_for_a_page(client_state)):
            if part and not attempt("a late choice", _has_a_choice, session, client_state):
                return
            client_state.page_script_hash, client_state.fragment_id = asked, ""
        elif not part:
            session.dino_page = page
        elif attempt("the parts of widgets", _changes_another_part, session, client_state):
            client_state.fragment_id = ""
        original(session, client_state)

    return request_rerun


def _asks_for_a_page(client_state: Any) -> bool:
    """Whether a browser goes to a page: such a message has no widgets, because none is on all
    pages.
    """
    return client_state.is_history_navigation or not client_state.widget_states.widgets


def _has_a_choice(session: Any, client_state: Any) -> bool:
    """Whether a message has the value of a widget that is still known."""
    known = session.session_state._new_widget_state.widget_metadata
    sent = client_state.widget_states.widgets
    return any(it.id in known and it.WhichOneof("value") not in NOT_COMPARED for it in sent)


def _changes_another_part(session: Any, client_state: Any) -> bool:
    """Whether a message changes a widget outside the part that it asks to redraw.

    While another one waits, any other value counts: that one may make a choice of what is an echo
    now.
    """
    state, others_wait = session.session_state, has_waiting(session)
    known = state._new_widget_state.widget_metadata
    for sent in client_state.widget_states.widgets:
        widget = known.get(sent.id)
        if widget is None or widget.fragment_id == client_state.fragment_id:
            continue
        if is_hidden(sent.id) or not has_new_value(state, widget, sent):
            continue
        if others_wait or not is_echo(state, client_state, sent.id):
            return True
    return False


def has_waiting(session: Any) -> bool:
    """Whether a message of a session waits for its script, or is taken and not read to its end."""
    from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

    runner = getattr(session, "_scriptrunner", None)
    if runner is None:
        return False
    asked = runner._requests._state  # first, because a script thread changes it before the others
    if asked is ScriptRequestType.RERUN or is_taking(session.session_state):
        return True
    return asked is ScriptRequestType.CONTINUE and not runner._execing


def has_new_value(state: Any, widget: Any, sent: Any) -> bool:
    """Whether a message brings a widget another value than the session has."""
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
        # It has no value yet, or the new value is nonsense, which `forgive_nonsense` handles.
        return False


def _forget_page(original: Callable[..., Any]) -> Callable[..., Any]:
    def create(session: Any, *about: Any, **named: Any) -> Any:
        attempt("the page of a run", _forget_another, session, *about[:2])
        return original(session, *about, **named)

    return create


def _forget_another(session: Any, page: str, run: Any) -> None:
    if run.fragment_ids or page == getattr(session, "dino_page", ""):
        return
    waiting = session._scriptrunner and session._scriptrunner._requests._rerun_data
    if not waiting or waiting.page_script_hash != session.dino_page:
        session.dino_page = ""  # the script itself has gone to another page


def _no_part_of_a_left_page(original: Callable[..., None]) -> Callable[..., None]:
    def run(runner: Any, wanted: Any) -> None:
        if not attempt("the parts of a page", _is_of_a_left_page, runner, wanted):
            original(runner, attempt("the keys of parts", with_others, runner, wanted) or wanted)

    return run


def _is_of_a_left_page(runner: Any, wanted: Any) -> bool:
    """Whether only parts are asked for, all of a page that the script has left.

    Such a message came while that page was drawn, and waited until the script had gone to another.
    """
    parts, drawn = wanted.fragment_id_queue, runner._pages_manager.intended_page_script_hash
    if not parts or wanted.page_script_hash in ("", drawn):
        return False
    return not any(runner._fragment_storage.contains(part) for part in parts)


def _without_gaps(original: Callable[..., None]) -> Callable[..., None]:
    def clear(queue: Any, *about: Any, **named: Any) -> None:
        parts = named.get("fragment_ids_this_run")
        if parts and attempt("the messages of parts", _drop_earlier_runs, queue, parts):
            named["fragment_ids_this_run"] = []  # nothing else is to be dropped
        original(queue, *about, **named)

    return clear


def _drop_earlier_runs(queue: Any, parts: Sequence[str]) -> bool:
    """Drop what earlier runs of these parts have not sent, with all that is inside. Return True.

    If the whole page or a part round them drew them, or if a part of such a run is sent already,
    the rest is sent. Without it, what comes next in the same container has no place in the browser.
    """
    kept, dropped, own = [], set[tuple[int, ...]](), set[str]()
    round_it = set[tuple[int, ...]]()  # containers that the same run drew, and that are sent
    for message in queue._queue:
        if message.WhichOneof("type") == "new_session":
            own, round_it = {*parts} & {*message.metadata.run.fragment_ids}, set()
        place = tuple(message.metadata.delta_path)
        outer = {place[:depth] for depth in range(1, len(place))}
        if outer & dropped:
            continue
        is_kept = message.delta.fragment_id not in own or outer & round_it
        if is_kept:
            kept.append(message)
        if message.delta.WhichOneof("type") == "add_block":
            (round_it if is_kept else dropped).add(place)
            (dropped if is_kept else round_it).discard(place)
    queue._queue = kept
    return True


def redraw_together(part: str, others: Sequence[str] | None) -> None:
    """Whenever a message asks for this part of a page, redraw other parts after it; None for the
    whole page. A part is named by the key of its fragment.
    """
    _together[part] = others


def with_others(runner: Any, wanted: Any) -> Any:
    """The same request with the parts that are redrawn together with those it asks for.

    If one of these is at another place now, the whole page: the browser asked before it knew.
    """
    storage, asked = runner._fragment_storage, wanted.fragment_id_queue
    names, ids = storage._target_key_by_id, storage._ids_by_target_key
    found = dict.fromkeys(asked)  # in order, each once
    for part in asked:
        others = _together.get(names.get(part, ""), ())
        if others is None or not storage.contains(part):
            return dataclasses.replace(wanted, fragment_id_queue=[])
        for other in others:
            found |= dict.fromkeys(ids.get(other, ()))
    return dataclasses.replace(wanted, fragment_id_queue=[*found])


def finish_callbacks() -> None:
    """Run all callbacks of a message to the end. Only then look for a waiting message."""
    state = find_class("streamlit.runtime.state.session_state", "SessionState")
    runner = find_class("streamlit.runtime.scriptrunner.script_runner", "ScriptRunner")
    wrap(state, "_call_callbacks", _whole)
    wrap(runner, "_maybe_handle_execution_control_request", _if_not_unbroken)


@contextmanager
def unbroken() -> Iterator[None]:
    """Draw a block whole: a waiting message breaks a script off before or after it, and a browser
    gets all of the block or none.
    """
    with _uninterrupted(), sent_as_one():
        yield


@contextmanager
def _uninterrupted() -> Iterator[None]:
    _thread.unbroken = getattr(_thread, "unbroken", 0) + 1
    try:
        yield
    finally:
        _thread.unbroken -= 1


def _whole(original: Callable[..., None]) -> Callable[..., None]:
    def call(self: Any, *about: Any, **named: Any) -> None:
        with _uninterrupted():
            original(self, *about, **named)

    return call


def _if_not_unbroken(original: Callable[..., None]) -> Callable[..., None]:
    def look(self: Any) -> None:
        if not getattr(_thread, "unbroken", 0):
            original(self)

    return look
