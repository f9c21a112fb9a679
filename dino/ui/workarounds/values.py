"""The widget values that a browser sends, and what to do with impossible ones."""

from __future__ import annotations

import logging
from typing import Any

from dino.config import quoted
from dino.files import MAX_BYTES
from dino.locale.sentences import Sentence, sentence
from dino.ui.workarounds.echoes import tell_again
from dino.ui.workarounds.sessions import note, notes_of, session_id
from dino.ui.workarounds.wrapping import attempt, find_class, wrap

_log = logging.getLogger(__name__)

# The most that a control may send; nothing reads a longer value. (A box's `max_chars` holds only in
# the browser.)
LETTERS = 5_000  # of a text; the sentences of a report may have 4,000
LIST_LETTERS = {"own_text": MAX_BYTES + 1}  # of the box for a list; its page refuses the last one
JSON_LETTERS = 300_000  # of what a component sends; a learner's progress is the longest
MOST_VALUES = 1_000  # values of one control
DEPTH = 40  # levels of a component's JSON; copying fails in Python at about 300

# What a widget of each value type takes, in words.
_TAKES = {
    "trigger_value": sentence("a click"),
    "bool_value": sentence("on or off"),
    "string_value": sentence("a text"),
    "int_value": sentence("a number within its bounds"),
    "double_value": sentence("a number within its bounds"),
    "int_array_value": sentence("a number within its bounds"),
    "file_uploader_state_value": sentence("a file"),
    "double_array_value": sentence("a number within its bounds"),
    "string_array_value": sentence("one of its choices"),
    "json_value": sentence("what its own page sends"),
    "json_trigger_value": sentence("what its own page sends"),
}
_OTHER = sentence("a value of its kind")
ALIKE = {  # the other field in which a widget's value may arrive
    "int_value": "double_value",
    "double_value": "int_value",
    "int_array_value": "double_array_value",
    "double_array_value": "int_array_value",
}
# Streamlit silently replaces a wrong value of these kinds. To notice it, send the value back.
_EXACT = {
    "int_value",
    "double_value",
    "int_array_value",
    "double_array_value",
    "string_array_value",
}
_WIDGETS = ("$$ID-", "$$STREAMLIT_INTERNAL_KEY_$$ID-")  # of widgets; of a component's events


def forgive_nonsense() -> None:
    """If a browser sends a value that a widget cannot have, let the widget keep its old one.

    The page of that browser collects a sentence. The log stays clean, and no other page is
    affected.
    """
    state = find_class("streamlit.runtime.state.session_state", "SessionState")
    wrap(state, "set_widgets_from_proto", _sifting_all)
    wrap(state, "register_widget", _sifting_one)


def _sifting_all(original: Any) -> Any:
    """Around SessionState.set_widgets_from_proto: check all values of a message."""

    def take(self: Any, widget_states: Any) -> None:
        original(self, widget_states)
        new = self._new_widget_state
        for name in [it.id for it in widget_states.widgets]:
            if not name.startswith(_WIDGETS):  # the key of a value that is not a widget's
                new.states.pop(name, None)
            elif name in new.widget_metadata:
                attempt("values of widgets", _sift, self, new.widget_metadata[name])

    return take


def _sifting_one(original: Any) -> Any:
    """Around SessionState.register_widget: check values that came before their widget was known."""

    def register(self: Any, metadata: Any, user_key: str | None) -> Any:
        attempt("values of widgets", _sift, self, metadata)
        return original(self, metadata, user_key)

    return register


def _sift(state: Any, metadata: Any) -> None:
    """Replace what came for a widget by its Python value, or drop it if it is nonsense."""
    from streamlit.runtime.state.session_state import Serialized, Value

    new, name = state._new_widget_state, metadata.id
    item = new.states.get(name)
    if not isinstance(item, Serialized):
        return
    known, sent = notes_of(session_id()), hash(item.value.SerializeToString())
    try:
        value = _read(metadata, item.value)
    except Exception as error:
        del new.states[name]  # so the value of the last run counts
        tell_again(state, metadata)
        if name in state._old_state and not _bears(metadata, state._old_state[name]):
            new.states[name] = Value(metadata.deserializer(None))
        # A browser repeats all its values in every message. New options may have made an old value
        # wrong. It was right when it was chosen, so it needs no notice.
        if sent not in (known.taken.get(name), known.told.get(name)):
            known.told[name] = sent
            _log.debug("Refused a value for %s: %s", name, type(error).__name__)
            note(session_id(), _sentence(metadata, item.value))
    else:
        new.states[name] = Value(value)
        known.taken[name] = sent
        known.told.pop(name, None)


def _bears(metadata: Any, value: Any) -> bool:
    """Whether a widget can have a value. The app itself may have set one that it cannot have."""
    try:
        return (
            metadata.value_type not in _EXACT
            or metadata.deserializer(metadata.serializer(value)) == value
        )
    except Exception:
        return False


def _read(metadata: Any, sent: Any) -> Any:
    """Decode the value that came for a widget. Raises an exception if it is nonsense."""
    from streamlit.runtime.state.common import unpack_widget_state_value

    field = sent.WhichOneof("value")
    if field is None:
        return metadata.deserializer(None)
    if field not in (metadata.value_type, ALIKE.get(metadata.value_type)):
        raise ValueError("the wrong field")
    _check_size(metadata, sent, field)
    raw = unpack_widget_state_value(sent)
    if field == "json_value" and isinstance(metadata.deserializer(None), dict) > isinstance(
        raw, dict
    ):  # a component's state, which Streamlit would replace by an empty one
        raise ValueError("no state")
    value = metadata.deserializer(raw)
    if metadata.value_type in _EXACT:
        back = metadata.serializer(value)
        if (list(back) != list(raw)) if field.endswith("_array_value") else back != raw:
            raise ValueError("a value that the widget cannot have")
    options = metadata.formatted_options
    if field == "string_value" and options is not None and raw not in options:
        raise ValueError("none of the choices")
    if field.startswith("json") and _deep(value):
        raise ValueError("nested too deep")
    return value


def _check_size(metadata: Any, sent: Any, field: str) -> None:
    """Raises ValueError, before reading, if more letters or values came than a control takes."""
    value = getattr(sent, field)
    if field.endswith("_array_value"):
        if len(value.data) > MOST_VALUES:
            raise ValueError("too many values")
        texts = value.data if field == "string_array_value" else []
        if any(len(text) > LETTERS for text in texts):
            raise ValueError("too long")
    elif field.startswith("json"):
        text = getattr(value, "data", value)
        if len(text) > JSON_LETTERS:
            raise ValueError("too long")
    elif isinstance(value, str):
        if len(value) > LIST_LETTERS.get(_key(metadata) or "", LETTERS):
            raise ValueError("too long")


def _key(metadata: Any) -> str | None:
    """The key of a control."""
    from streamlit.runtime.state.common import user_key_from_element_id

    return user_key_from_element_id(metadata.id.removesuffix("__events"))


def _deep(value: Any) -> bool:
    """Whether lists and dicts are nested too deeply for the code that copies them."""
    level = [value]
    for _ in range(DEPTH):
        level = [
            inner
            for it in level
            if isinstance(it, dict | list)
            for inner in (it.values() if isinstance(it, dict) else it)
        ]
        if not level:
            return False
    return True


def _sentence(metadata: Any, sent: Any) -> Sentence:
    """Say the rule, the value that came, and what to do."""
    key = _key(metadata)
    takes = _TAKES.get(metadata.value_type, _OTHER)
    if metadata.formatted_options is not None:
        takes = _TAKES["string_array_value"]
    raw = getattr(sent, sent.WhichOneof("value") or "", "nothing")
    raw = getattr(raw, "data", raw)
    values = [*raw[:3]] if hasattr(raw, "extend") else [raw]
    if any(isinstance(it, str) and len(it) > LETTERS for it in values):
        takes = sentence("at most {most:,} characters", most=LIST_LETTERS.get(key or "", LETTERS))
    text = quoted(", ".join(str(it)[:200] for it in values) if values else "nothing")
    return sentence(
        "{control} takes {takes}, but your browser sent {value}. It keeps its old value. Set it "
        "again, or reload the page.",
        control=key or sentence("A control"),
        takes=takes,
        value=text,
    )
