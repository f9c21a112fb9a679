"""Widgets of a Streamlit page, and how their values go to the server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from streamlit.proto.ButtonGroup_pb2 import ButtonGroup
from streamlit.proto.Selectbox_pb2 import Selectbox
from streamlit.proto.Slider_pb2 import Slider
from streamlit.proto.WidgetStates_pb2 import WidgetState

FIELDS = {  # the field of a WidgetState that has a widget's value
    "Slider": "double_array_value",
    "TextInput": "string_value",
    "TextArea": "string_value",
    "Checkbox": "bool_value",
    "Selectbox": "string_value",
    "ButtonGroup": "string_array_value",
    "NumberInput": "double_value",
    "BidiComponent": "json_value",
    "Button": "trigger_value",
}


class Widget(NamedTuple):
    """A widget on the page."""

    id: str
    fragment: str
    element: Any


# The elements of a page by their place: the run that drew each, its fragment, the element.
Elements = Mapping[tuple[int, ...], tuple[str, str, Any]]
WITH_WORDS = ("markdown", "text", "alert", "heading", "metric", "progress")


def parts_of(elements: Elements) -> Iterator[tuple[str, str, Any]]:
    """Kind, fragment and content of every element, in the order of the page."""
    for _, (_, fragment, element) in sorted(elements.items(), key=lambda it: it[0]):
        if kind := element.WhichOneof("type"):
            yield kind, fragment, getattr(element, kind)


def widgets_of(elements: Elements) -> list[Widget]:
    """All widgets of a page."""
    return [
        Widget(part.id, fragment, part)
        for _, fragment, part in parts_of(elements)
        if str(getattr(part, "id", "")).startswith("$$")
    ]


def texts_of(elements: Elements) -> list[str]:
    """The words of a page."""
    return [
        str(getattr(part, "body", "") or getattr(part, "text", ""))
        for kind, _, part in parts_of(elements)
        if kind in WITH_WORDS
    ]


def set_state(element: Any) -> WidgetState | None:
    """What a script set a widget to, as its browser then sends it; None if it sends nothing."""
    field = FIELDS.get(type(element).__name__, "")
    if isinstance(element, ButtonGroup):
        value: Any = list(element.raw_values)
    elif isinstance(element, Slider):
        value = list(element.raw_value) or list(element.value)
    else:
        value = getattr(element, "raw_value" if isinstance(element, Selectbox) else "value", "")
    if field in ("", "json_value", "trigger_value"):
        return None
    if field == "double_array_value" and value and isinstance(value[0], str):
        field = "string_array_value"
    return state_of(element.id, field, value)


def value_of(state: WidgetState) -> Any:
    """The value that a browser sends of a widget; of a list with one value, this one."""
    value = getattr(state, state.WhichOneof("value") or "bool_value")
    if not hasattr(value, "data") or isinstance(value, str):
        return value
    return value.data[0] if len(value.data) == 1 else list(value.data)


def pressed(widget: str) -> WidgetState:
    """A button that was pressed."""
    return WidgetState(id=widget, trigger_value=True)


def state_of(widget: str, field: str, value: Any) -> WidgetState:
    """A widget's value in a field of WidgetState; a text for a slider is one of its choices."""
    if field == "double_array_value" and isinstance(value, str):
        field = "string_array_value"
    state = WidgetState(id=widget)
    if field.endswith("_array_value"):
        getattr(state, field).data.extend(value if isinstance(value, list) else [value])
    else:
        setattr(state, field, value)
    return state
