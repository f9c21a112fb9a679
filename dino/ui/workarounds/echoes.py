"""What a page has set, and whether its browser has heard of it.

A browser sends the values of all its widgets with every message, also those that a page has
replaced since, and Streamlit takes any that differs for a visitor's choice. The two look alike.
So every part of a page ends with a hidden box that holds how many values were set until then. What
the browser sends of this box says which of them it knew when it sent the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from dino.ui.workarounds.wrapping import attempt, find_class, wrap

HEARD = "heard_"  # how the keys of the hidden boxes begin
MOST = 60  # values of one widget that are kept until its browser has heard of the last
PATIENCE = 60.0  # seconds after which a browser that never says what it heard is believed
# The key of what is known of a session, among its values: such names are not seen as such
_KEPT = "$$STREAMLIT_INTERNAL_KEY_dino_unheard"
# Kinds of values that no page sets.
_NOT_SET = (
    *("trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value"),
    *("json_value", "bytes_value", "arrow_value", "file_uploader_state_value"),
)


class _Set(NamedTuple):
    """A page replaced the value of a widget. number: how many had been set then; before: the value
    as the browser sends it; at: seconds of the monotonic clock.
    """

    number: int
    before: bytes
    at: float


class _Unheard:
    """Of a session: how many values were set, those that the browser may not have heard of, by
    widget, and the widgets that were not drawn since.
    """

    def __init__(self) -> None:
        self.count = 0
        self.of: dict[str, list[_Set]] = {}
        self.untold: set[str] = set()

    def add(self, widget: str, before: bytes) -> None:
        """A page replaces this value of a widget."""
        self.count += 1
        kept = self.of.get(widget, [])
        self.of[widget] = [*kept, _Set(self.count, before, time.monotonic())][-MOST:]
        self.untold.add(widget)


def keep_what_is_set() -> None:
    """Let no browser undo what a page has set, by a message from before it had heard of it."""
    state = find_class("streamlit.runtime.state.session_state", "SessionState")
    wrap(state, "__setitem__", _noting_set)
    wrap(state, "__delitem__", _noting_deletion)
    wrap(state, "set_widgets_from_proto", _dropping_echoes)
    wrap(state, "register_widget", _telling)


def values_set() -> int:
    """How many values of widgets the pages of this session have set so far."""
    return attempt("what was set", _count) or 0


def _count() -> int:
    from streamlit.runtime.state import get_session_state

    safe: Any = get_session_state()
    return _of(safe._state).count


def _of(state: Any) -> _Unheard:
    kept: _Unheard | None = state._old_state.get(_KEPT)
    if kept is None:
        kept = state._old_state[_KEPT] = _Unheard()
    return kept


# What a page sets


def _noting_set(original: Callable[..., None]) -> Callable[..., None]:
    def set_item(state: Any, user_key: str, value: Any) -> None:
        before = attempt("what a page sets", _shown, state, user_key)
        original(state, user_key, value)
        if before and before[1] != attempt("what a page sets", _sent, state, before[0], value):
            _of(state).add(*before)

    return set_item


def _noting_deletion(original: Callable[..., None]) -> Callable[..., None]:
    def delete(state: Any, key: str) -> None:
        before = attempt("what a page sets", _shown, state, key)
        original(state, key)
        if before:
            _of(state).add(*before)

    return delete


def _shown(state: Any, user_key: str) -> tuple[str, bytes] | None:
    """A widget by its key, and its value as a browser that has heard of it sends it."""
    widget = state._key_id_mapper.get_id_from_key(user_key, None)
    metadata = widget and state._new_widget_state.widget_metadata.get(widget)
    if not metadata or metadata.value_type in _NOT_SET or user_key.startswith(HEARD):
        return None
    try:
        before = _sent(state, widget, state._getitem(widget, user_key))
    except KeyError:  # it has none
        return None
    return None if before is None else (widget, before)


def _sent(state: Any, widget: str, value: Any) -> bytes | None:
    """A value of a widget as a browser sends it; None for one that the widget cannot have."""
    from streamlit.runtime.state.session_state import Value, WStates

    metadata = state._new_widget_state.widget_metadata[widget]
    try:
        proto = WStates({widget: Value(value)}, {widget: metadata}).get_serialized(widget)
        return proto.SerializeToString(deterministic=True) if proto is not None else None
    except Exception:  # whatever the widget's code raises for it
        return None


def _telling(original: Callable[..., Any]) -> Callable[..., Any]:
    """Around SessionState.register_widget: a value that was set is sent to the browser, also where
    the script that set it was broken off before it drew the widget.
    """

    def register(state: Any, metadata: Any, user_key: str | None) -> Any:
        attempt("what a page sets", _tell, state, metadata.id, user_key)
        return original(state, metadata, user_key)

    return register


def _tell(state: Any, widget: str, user_key: str | None) -> None:
    unheard = _of(state)
    if user_key is None or widget not in unheard.untold:
        return
    unheard.untold.discard(widget)
    if not state.is_new_state_value(user_key):
        try:
            state.reset_state_value(user_key, state._getitem(widget, user_key))
        except KeyError:  # it was deleted, and starts over
            return


# What a browser sends


def _dropping_echoes(original: Callable[..., None]) -> Callable[..., None]:
    def take(state: Any, widget_states: Any) -> None:
        original(state, widget_states)
        attempt("what a browser has heard", _drop_echoes, state, widget_states.widgets)

    return take


def _drop_echoes(state: Any, sent: Any) -> None:
    """Leave a widget what a page has set where the browser only repeats the value before it."""
    unheard, new = _of(state), state._new_widget_state
    for each, pending in list(_unheard_in(state, sent)):
        if not pending:
            unheard.of.pop(each.id)
        elif _is_echo(each, pending):
            new.states.pop(each.id, None)
            unheard.untold.add(each.id)
        elif each.SerializeToString(deterministic=True) == _now(state, each.id):
            unheard.of.pop(each.id)  # it shows what was set last
        else:  # chosen meanwhile: the browser is yet to replace it by what was set
            unheard.add(each.id, _now(state, each.id) or b"")


def _unheard_in(state: Any, sent: Any) -> Iterator[tuple[Any, list[_Set]]]:
    """The widgets in a message that a page has set, with what the browser had not heard of."""
    unheard, known = _of(state).of, state._new_widget_state.widget_metadata
    if not unheard:
        return
    heard, oldest = _heard(known, sent), time.monotonic() - PATIENCE
    for each in sent:
        metadata = known.get(each.id)
        if each.id in unheard and metadata is not None:
            count = max(heard.get(None, 0), heard.get(metadata.fragment_id, 0))
            yield each, [it for it in unheard[each.id] if it.number > count and it.at > oldest]


def _heard(known: Any, sent: Any) -> dict[str | None, int]:
    """How many of the values that were set a browser had heard of, by the part of the page."""
    found: dict[str | None, int] = {}
    for each in sent:
        metadata = known.get(each.id) if f"-{HEARD}" in each.id else None
        if metadata is not None and each.string_value.isdecimal():
            found[metadata.fragment_id] = int(each.string_value[:12])
    return found


def _is_echo(sent: Any, pending: list[_Set]) -> bool:
    value = sent.SerializeToString(deterministic=True)
    return any(value == it.before for it in pending)


def _now(state: Any, widget: str) -> bytes | None:
    """What a page has set last, as a browser sends it."""
    key = state._key_id_mapper.id_key_mapping.get(widget)
    value = state._new_session_state.get(key, state._old_state.get(widget))
    return _sent(state, widget, value)


def is_echo(state: Any, client_state: Any, widget: str) -> bool:
    """Whether a message only repeats a value of a widget that a page has replaced."""
    if f"-{HEARD}" in widget:
        return True
    found = _unheard_in(state, client_state.widget_states.widgets)
    return any(_is_echo(each, pending) for each, pending in found if each.id == widget)
