"""What a page has told its browser to show, and what a message of the browser says about that.

A browser sends the values of all its widgets with every message. If a page has set a value and the
browser does not show it yet, the old value looks like a new choice of the visitor, and Streamlit
takes it. So what a script tells has a number, and every part of a page ends with a hidden box that
holds it. The browser sends this box with the others, so it says what it showed. A value that it
showed already is no choice; any other one is. A part that a browser may leave out, such as a closed
popover, has a box of its own.

A telling is repeated whenever its widget is drawn, until the browser has said that it shows it: if
two drawings come at once, a browser shows only the second.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from dino.ui.workarounds.wrapping import attempt, find_class, wrap

HEARD, BEGUN = "heard_", "begun_"  # how the keys of the hidden boxes begin
MOST = 60  # tellings of one widget that are kept until its browser shows the newest
LONGEST = 10_000  # bytes of a value that is kept until the next message; a longer one is not
PATIENCE = 60.0  # seconds: then a browser that does not say what it shows is believed
# Where a session keeps its `_Tellings`. Streamlit hides names with this beginning from the app.
_KEPT = "$$STREAMLIT_INTERNAL_KEY_dino_tellings"
# Kinds of values that a page cannot set.
_NOT_SET = (
    *("trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value"),
    *("json_value", "bytes_value", "arrow_value", "file_uploader_state_value"),
)


class _Telling(NamedTuple):
    """A widget was drawn with a value for its browser to show.

    number: of the script that drew it; value: as a browser sends it; at: seconds of the monotonic
    clock.
    """

    number: int
    value: bytes
    at: float


class _Heard(NamedTuple):
    """What a message says of a widget. all: the last script whose telling the browser shows, or a
    later one; None if the widget's box is not there; some: the last one that it may show in part.
    """

    all: int | None
    some: int


class _Shown:
    """What the browser shows in one widget, as far as it is known.

    value: what it sent last; None if nothing is known. told: what it was told since, and may not
    show yet. again: whether the next drawing has to tell it the present value.
    """

    def __init__(self, value: bytes | None) -> None:
        self.value, self.told, self.again = value, list[_Telling](), False

    @property
    def is_sure(self) -> bool:
        """Whether nothing is on its way."""
        return not self.told and not self.again

    def is_chosen(self, value: bytes, heard: _Heard) -> bool:
        """Whether the visitor has chosen this value: the browser did not show it without that."""
        shown, maybe = self._shows(heard)
        return value != shown and value not in (it.value for it in maybe)

    def hear(self, value: bytes, heard: _Heard) -> None:
        """The browser sent this value."""
        shown, maybe = self._shows(heard)
        seen = self._seen(heard)
        if value != shown:
            seen = next((it.number for it in maybe if it.value == value), seen)
        self.told = [it for it in self.told if it.number > seen]
        self.value = value

    def _shows(self, heard: _Heard) -> tuple[bytes | None, list[_Telling]]:
        """What the browser showed before any new choice, and what it may show instead."""
        seen = self._seen(heard)
        shown = [it.value for it in self.told if it.number <= seen]
        maybe = [it for it in self.told if seen < it.number <= heard.some]
        return shown[-1] if shown else self.value, maybe

    def _seen(self, heard: _Heard) -> int:
        """The last script whose telling the browser shows; without a box, the last one long ago."""
        if heard.all is not None:
            return heard.all
        oldest = time.monotonic() - PATIENCE
        return max((it.number for it in self.told if it.at < oldest), default=0)


class _Tellings:
    """The tellings of a session.

    mark: tells its numbers from those of other sessions: a browser that comes back from one sends
    the boxes of that one. number: of the present script. of: what is shown, by widget id; a widget
    that surely shows its value is not there. box: the hidden box at the end of a widget's part, by
    their ids. sent: the last message's values.
    """

    def __init__(self) -> None:
        self.mark, self.number = secrets.token_hex(3), 0
        self.of: dict[str, _Shown] = {}
        self.box: dict[str, str] = {}
        self.sent: dict[str, Any] = {}
        self._drawn: list[str] = []  # since the last box
        self._begun: dict[str, int] = {}  # where in it each part begins

    def begin(self) -> None:
        """A message is taken. A script that another one asks for keeps its number."""
        self.number += 1
        self._drawn, self._begun = [], {}

    def draw(self, widget: str, user_key: str) -> None:
        """A widget is drawn."""
        if user_key.startswith(BEGUN):
            self._begun[user_key.removeprefix(BEGUN)] = len(self._drawn)
        elif user_key.startswith(HEARD):
            first = self._begun.pop(user_key.removeprefix(HEARD), 0)
            self.box.update(dict.fromkeys(self._drawn[first:], widget))
            del self._drawn[first:]
            self._begun = {part: min(at, first) for part, at in self._begun.items()}
        else:
            self._drawn.append(widget)

    def note(self, widget: str, value: bytes) -> None:
        """A widget is drawn with this value for its browser to show."""
        shown = self.find(widget)
        told = _Telling(self.number, value, time.monotonic())
        shown.told, shown.again = [*shown.told, told][-MOST:], False

    def find(self, widget: str, before: bytes | None = None) -> _Shown:
        """What is known of a widget. before: what it shows, if it has sent nothing yet."""
        if widget not in self.of:
            sent = self.sent.get(widget)
            self.of[widget] = _Shown(_bytes(sent) if sent is not None else before)
        return self.of[widget]

    def heard(self, sent: Any) -> Callable[[str], _Heard]:
        """Read the hidden boxes of a message. Return what they say of each widget."""
        found = dict[str, int]()
        for each in sent:
            if is_hidden(each.id):
                mark, _, number = each.string_value[:20].partition(".")
                found[each.id] = int(number) if mark == self.mark and number.isdecimal() else 0
        some = max(found.values(), default=0)
        return lambda widget: _Heard(found.get(self.box.get(widget, "")), some)


def keep_what_is_set() -> None:
    """Let no browser undo what a page has set with a message that it sent before it heard of it."""
    state = find_class("streamlit.runtime.state.session_state", "SessionState")
    wrap(state, "__setitem__", _noting_set)
    wrap(state, "__delitem__", _noting_deletion)
    wrap(state, "set_widgets_from_proto", _dropping_echoes)
    wrap(state, "register_widget", _telling)
    wrap(state, "on_script_will_rerun", _beginning)


def script_number() -> str:
    """The text for a hidden box; empty if there is nothing to ask for, so that it may stay."""
    return attempt("what was told", _script_number) or ""


def _script_number() -> str:
    from streamlit.runtime.state import get_session_state

    safe: Any = get_session_state()
    tellings = _of(safe._state)
    return f"{tellings.mark}.{tellings.number}" if tellings.of else ""


def tell_again(state: Any, metadata: Any) -> None:
    """A value of the browser was refused: have the next drawing tell it the right one."""
    if _can_be_told(metadata, state._key_id_mapper.id_key_mapping.get(metadata.id, "")):
        _of(state).find(metadata.id).again = True


def _of(state: Any) -> _Tellings:
    kept: _Tellings | None = state._old_state.get(_KEPT)
    if kept is None:
        kept = state._old_state[_KEPT] = _Tellings()
    return kept


def _bytes(sent: Any) -> bytes:
    return bytes(sent.SerializeToString(deterministic=True))


# What a page sets


def _beginning(original: Callable[..., None]) -> Callable[..., None]:
    def begin(state: Any, *about: Any, **named: Any) -> None:
        attempt("what a page tells", lambda: _of(state).begin())
        original(state, *about, **named)

    return begin


def _noting_set(original: Callable[..., None]) -> Callable[..., None]:
    def set_item(state: Any, user_key: str, value: Any) -> None:
        before = attempt("what a page sets", _present, state, user_key)
        original(state, user_key, value)
        if before and before[1] != attempt("what a page sets", _sent, state, before[0], value):
            _of(state).find(*before).again = True

    return set_item


def _noting_deletion(original: Callable[..., None]) -> Callable[..., None]:
    def delete(state: Any, key: str) -> None:
        before = attempt("what a page sets", _present, state, key)
        original(state, key)
        if before:
            _of(state).find(*before).again = True

    return delete


def _present(state: Any, user_key: str) -> tuple[str, bytes] | None:
    """Find a widget by its key. Return its id, and its value as a browser would send it."""
    widget = state._key_id_mapper.get_id_from_key(user_key, None)
    metadata = widget and state._new_widget_state.widget_metadata.get(widget)
    if not metadata or not _can_be_told(metadata, user_key):
        return None
    try:
        before = _sent(state, widget, state._getitem(widget, user_key))
    except KeyError:  # it has no value
        return None
    return None if before is None else (widget, before)


def _can_be_told(metadata: Any, user_key: str | None) -> bool:
    """Whether a page can set this widget, and it is none of the hidden boxes."""
    is_hidden = user_key is None or user_key.startswith((HEARD, BEGUN))
    return not is_hidden and metadata.value_type not in _NOT_SET


def _sent(state: Any, widget: str, value: Any) -> bytes | None:
    """Encode a value as a browser would send it; None if the widget cannot have this value."""
    from streamlit.runtime.state.session_state import Value, WStates

    metadata = state._new_widget_state.widget_metadata[widget]
    try:
        proto = WStates({widget: Value(value)}, {widget: metadata}).get_serialized(widget)
        return None if proto is None else _bytes(proto)
    except Exception:  # the widget's own code may raise anything
        return None


def _telling(original: Callable[..., Any]) -> Callable[..., Any]:
    """Around SessionState.register_widget: tell a value until the browser shows it."""

    def register(state: Any, metadata: Any, user_key: str | None) -> Any:
        attempt("what a page sets", _make_new, state, metadata, user_key)
        result = original(state, metadata, user_key)
        attempt("what a page tells", lambda: _of(state).draw(metadata.id, user_key or ""))
        # (Streamlit tells a disabled one its value each time.)
        if result.value_changed and not metadata.disabled and _can_be_told(metadata, user_key):
            attempt("what a page tells", _note, state, metadata.id, result.value)
        return result

    return register


def _make_new(state: Any, metadata: Any, user_key: str | None) -> None:
    """Streamlit tells a browser only values that are new in this run, so make it new again."""
    shown = _of(state).of.get(metadata.id)
    if shown is None or shown.is_sure or user_key is None or state.is_new_state_value(user_key):
        return
    try:
        value = state._getitem(metadata.id, user_key)
    except KeyError:  # it was deleted, so the widget begins with its default
        value = metadata.deserializer(None)
    state.reset_state_value(user_key, value)


def _note(state: Any, widget: str, value: Any) -> None:
    told = _sent(state, widget, value)
    if told is not None:
        _of(state).note(widget, told)


# What a browser sends


def _dropping_echoes(original: Callable[..., None]) -> Callable[..., None]:
    def take(state: Any, widget_states: Any) -> None:
        original(state, widget_states)
        attempt("what a browser shows", _drop_echoes, state, widget_states.widgets)

    return take


def _drop_echoes(state: Any, sent: Any) -> None:
    """Keep what a page has set if the browser only repeats what it showed."""
    tellings, new = _of(state), state._new_widget_state
    heard = tellings.heard(sent if tellings.of else ())
    for each in sent:
        shown = tellings.of.get(each.id)
        if shown is None or each.id not in new.widget_metadata:
            continue
        value, present = _bytes(each), _now(state, each.id)
        is_chosen = shown.is_chosen(value, heard(each.id))
        shown.hear(value, heard(each.id))
        shown.again = shown.again and not is_chosen
        if not is_chosen and value != present:
            new.states.pop(each.id, None)
            shown.again = True
        if shown.is_sure:
            del tellings.of[each.id]
    tellings.sent = {
        it.id: it
        for it in sent
        if it.WhichOneof("value") not in _NOT_SET and it.ByteSize() <= LONGEST
    }


def _now(state: Any, widget: str) -> bytes | None:
    """Encode the value that the session had before the message; None if it had none."""
    key = state._key_id_mapper.id_key_mapping.get(widget)
    places = ((state._new_session_state, key), (state._old_state, widget), (state._old_state, key))
    found = [values[name] for values, name in places if name in values]
    return _sent(state, widget, found[0]) if found else None


def is_hidden(widget: str) -> bool:
    """Whether a widget is a box in which a browser says what it shows."""
    return f"-{HEARD}" in widget or f"-{BEGUN}" in widget


def is_echo(state: Any, client_state: Any, widget: str) -> bool:
    """Whether a message only repeats what a widget showed."""
    tellings, sent = _of(state), client_state.widget_states.widgets
    shown = tellings.of.get(widget)
    value = next((_bytes(it) for it in sent if it.id == widget), None)
    if shown is None or value is None:
        return False
    return not shown.is_chosen(value, tellings.heard(sent)(widget))
