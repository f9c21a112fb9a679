"""What a page has set, and whether its browser has heard of it.

A browser sends the values of all its widgets with every message. If a page has replaced a value and
the browser has not heard of it, the old value looks like a new choice of the visitor, and Streamlit
takes it. So every part of a page ends with a hidden box that holds how many values have been set.
The browser sends this box with the others, so it tells which of them it knew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from dino.ui.workarounds.wrapping import attempt, find_class, wrap

HEARD = "heard_"  # how the keys of the hidden boxes begin
MOST = 60  # values of one widget that are kept until its browser has heard of the newest
PATIENCE = 60.0  # seconds: then a browser that does not say what it heard is believed
# Where a session keeps its `_Unheard`. Streamlit hides names with this beginning from the app.
_KEPT = "$$STREAMLIT_INTERNAL_KEY_dino_unheard"
# Kinds of values that a page cannot set.
_NOT_SET = (
    *("trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value"),
    *("json_value", "bytes_value", "arrow_value", "file_uploader_state_value"),
)


class _Set(NamedTuple):
    """A page replaced the value of a widget.

    number: which replacement this was in the session; before: the old value, as the browser sends
    it; at: seconds of the monotonic clock.
    """

    number: int
    before: bytes
    at: float


class _Unheard:
    """What a session's browser may not have heard of.

    count: how many values were set; of: the values that were replaced, by widget id; untold:
    widgets that were set and not drawn since; sent: the last value that the browser sent of each
    widget in `of`, and how many sets it had heard of.
    """

    def __init__(self) -> None:
        self.count = 0
        self.of: dict[str, list[_Set]] = {}
        self.untold: set[str] = set()
        self.sent: dict[str, tuple[int, bytes]] = {}

    def add(self, widget: str, before: bytes) -> None:
        """Note that a page replaces this value of a widget."""
        self.count += 1
        kept = self.of.get(widget, [])
        self.of[widget] = [*kept, _Set(self.count, before, time.monotonic())][-MOST:]
        self.untold.add(widget)

    def forget(self, widget: str) -> None:
        """The browser has heard of all that was set. Told again, it would lose a later choice."""
        self.untold.discard(widget)
        self.of.pop(widget)
        self.sent.pop(widget, None)


def keep_what_is_set() -> None:
    """Let no browser undo what a page has set with a message that it sent before it heard of it."""
    state = find_class("streamlit.runtime.state.session_state", "SessionState")
    wrap(state, "__setitem__", _noting_set)
    wrap(state, "__delitem__", _noting_deletion)
    wrap(state, "set_widgets_from_proto", _dropping_echoes)
    wrap(state, "register_widget", _telling)


def values_set() -> int:
    """Count the widget values that the pages of this session have set so far."""
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
    """Find a widget by its key. Return its id, and its value as a browser would send it."""
    widget = state._key_id_mapper.get_id_from_key(user_key, None)
    metadata = widget and state._new_widget_state.widget_metadata.get(widget)
    if not metadata or metadata.value_type in _NOT_SET or user_key.startswith(HEARD):
        return None
    try:
        before = _sent(state, widget, state._getitem(widget, user_key))
    except KeyError:  # it has no value
        return None
    return None if before is None else (widget, before)


def _sent(state: Any, widget: str, value: Any) -> bytes | None:
    """Encode a value as a browser would send it; None if the widget cannot have this value."""
    from streamlit.runtime.state.session_state import Value, WStates

    metadata = state._new_widget_state.widget_metadata[widget]
    try:
        proto = WStates({widget: Value(value)}, {widget: metadata}).get_serialized(widget)
        return proto.SerializeToString(deterministic=True) if proto is not None else None
    except Exception:  # the widget's own code may raise anything
        return None


def _telling(original: Callable[..., Any]) -> Callable[..., Any]:
    """Around SessionState.register_widget: send a value that was set to the browser.

    Streamlit forgets to send it if the script that set it was stopped before it drew the widget.
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
    # Streamlit sends a browser only values that are new in this run, so make it new again.
    if not state.is_new_state_value(user_key):
        try:
            state.reset_state_value(user_key, state._getitem(widget, user_key))
        except KeyError:  # it was deleted, so the widget begins with its default
            return


# What a browser sends


def _dropping_echoes(original: Callable[..., None]) -> Callable[..., None]:
    def take(state: Any, widget_states: Any) -> None:
        original(state, widget_states)
        attempt("what a browser has heard", _drop_echoes, state, widget_states.widgets)

    return take


def _drop_echoes(state: Any, sent: Any) -> None:
    """Keep what a page has set if the browser only repeats an older value."""
    unheard, new = _of(state), state._new_widget_state
    for each, heard, pending, seen in list(_unheard_in(state, sent)):
        value = each.SerializeToString(deterministic=True)
        if not pending:
            unheard.forget(each.id)
            continue
        if _is_echo(unheard, each, heard, pending, seen):
            new.states.pop(each.id, None)
            unheard.untold.add(each.id)
        elif value == _now(state, each.id):
            unheard.forget(each.id)  # it shows what was set last
            continue
        else:  # the visitor chose it meanwhile: the browser still has to hear what was set
            unheard.add(each.id, _now(state, each.id) or b"")
        unheard.sent[each.id] = heard, value


def _unheard_in(state: Any, sent: Any) -> Iterator[tuple[Any, int, list[_Set], int]]:
    """Yield each widget of a message that a page has set, how many sets the browser had heard of,
    those that it missed, and of how many sets any part of the page had heard.
    """
    unheard, known = _of(state).of, state._new_widget_state.widget_metadata
    if not unheard:
        return
    heard, oldest = _heard(known, sent), time.monotonic() - PATIENCE
    seen = max(heard.values(), default=0)
    for each in sent:
        metadata = known.get(each.id)
        if each.id in unheard and metadata is not None:
            count = max(heard.get(None, 0), heard.get(metadata.fragment_id, 0))
            yield (
                each,
                count,
                [it for it in unheard[each.id] if it.number > count and it.at > oldest],
                seen,
            )


def _heard(known: Any, sent: Any) -> dict[str | None, int]:
    """Read from the hidden boxes how many sets the browser had heard of, by part of the page."""
    found: dict[str | None, int] = {}
    for each in sent:
        metadata = known.get(each.id) if f"-{HEARD}" in each.id else None
        if metadata is not None and each.string_value.isdecimal():
            found[metadata.fragment_id] = int(each.string_value[:12])
    return found


def _is_echo(unheard: _Unheard, sent: Any, heard: int, pending: list[_Set], seen: int) -> bool:
    """Whether a browser only repeats a value. If it has heard of nothing since it last sent this
    widget, that is the value it sent then; any other one is a choice.

    seen: how many sets any part has heard of. A part that is being drawn shows some of them before
    its hidden box comes: what they set, and a later one replaced, is no choice.
    """
    value = sent.SerializeToString(deterministic=True)
    before, last = unheard.sent.get(sent.id, (-1, b""))
    if before != heard:
        return any(value == it.before for it in pending)
    half = (later.before for it, later in pairwise(pending) if it.number <= seen)
    return bool(value == last) or value in half


def _now(state: Any, widget: str) -> bytes | None:
    """Encode what a page has set last, as a browser sends it."""
    key = state._key_id_mapper.id_key_mapping.get(widget)
    value = state._new_session_state.get(key, state._old_state.get(widget))
    return _sent(state, widget, value)


def is_echo(state: Any, client_state: Any, widget: str) -> bool:
    """Whether a message only repeats an older value of a widget, or is from a hidden box."""
    if f"-{HEARD}" in widget:
        return True
    found, unheard = _unheard_in(state, client_state.widget_states.widgets), _of(state)
    return any(_is_echo(unheard, *it) for it in found if it[0].id == widget)
