"""What Streamlit does for each element and each part of a page, done once or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx

from dino.ui.workarounds.wrapping import attempt, find_class, wrap

OURS = "dino_"  # how the names of our components begin; each has a key


def mount_components_by_key() -> None:
    """Let a component that has a key be mounted without what Streamlit makes of its data.

    Streamlit encodes and hashes the data of each component twice, the second time for the id of one
    without a key. And whenever a component's value is read, it makes a class, a hundred times while
    a page is drawn, so that a page can write into it.
    """
    module = find_class("streamlit.components.v2.bidi_component", "main")
    mixin = find_class("streamlit.components.v2.bidi_component.main", "BidiComponentMixin")
    wrap(mixin, "_build_bidi_identity_kwargs", _by_key)
    wrap(module, "make_bidi_component_presenter", _to_read)


def _by_key(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def identity(self: Any, *, component_name: str, **about: Any) -> dict[str, Any]:
        if component_name.startswith(OURS):
            return {"component_name": component_name}
        return original(self, component_name=component_name, **about)

    return identity


def _to_read(original: Callable[..., Any]) -> Callable[..., Any]:
    def presenter(sender: str, *about: Any) -> Callable[[Any, Any], Any]:
        def present(held: Any, state: Any) -> Any:
            """The state that a component holds, with what it sends with this message."""
            new = state._new_widget_state
            sent = new[sender] if isinstance(held, dict) and sender in new.states else None
            events = [it for it in sent or () if isinstance(it, dict) and "event" in it]
            return {**{it["event"]: it.get("value") for it in events}, **held} if events else held

        return present

    return presenter


def look_for_no_form() -> None:
    """Let an element know that no form is round it, because no page has a form.

    Streamlit looks for one three times for each element, in all places round it.
    """
    module = find_class("streamlit.elements.lib", "form_utils")
    wrap(module, "_current_form", _no_form)


def _no_form(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def find(place: Any) -> None:
        return None

    return find


class Encoded(list[Any]):
    """A component's data as JSON that is sent as it is. It has no elements; `text` has them."""

    def __init__(self, data: list[Any]) -> None:
        super().__init__()
        self.text = json.dumps(data)

    @property
    def nbytes(self) -> int:
        """How much memory the text takes: it has only ASCII letters."""
        return len(self.text)


def encode_once() -> None:
    """Let a component be drawn with data that was encoded before."""
    module = find_class("streamlit.components.v2.bidi_component", "main")
    wrap(module, "serialize_mixed_data", _as_it_is)


def _as_it_is(original: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    def serialize(data: Any, proto: Any) -> None:
        if isinstance(data, Encoded):
            proto.json = data.text
        else:
            original(data, proto)

    return serialize


def data_to_send(data: Any) -> Any:
    """A component's data as this version of Streamlit takes it."""
    if not isinstance(data, Encoded):
        return data
    module = find_class("streamlit.components.v2.bidi_component", "main")
    wrapped = getattr(getattr(module, "serialize_mixed_data", None), "by_dino", ())
    return data if _as_it_is.__qualname__ in wrapped else json.loads(data.text)


def copy_places_once() -> None:
    """For each part of a page, copy the places in which it is drawn, without what contains them.

    Streamlit copies all containers round each of them, a thousand objects for each part, and keeps
    the copies as long as the part. Of those it reads only which kinds they are.
    """
    place = find_class("streamlit.delta_generator", "DeltaGenerator")
    cursors = [find_class("streamlit.cursor", kind) for kind in ("RunningCursor", "LockedCursor")]
    if None in (place, *cursors) or not attempt("places to copy", _try_copies, place, cursors):
        return
    wrap(place, "__deepcopy__", _without_parents)
    for cursor in cursors:
        cursor.__deepcopy__ = _copy_cursor


def _try_copies(place: Any, cursors: list[Any]) -> bool:
    """Raise KeyError, AttributeError or TypeError if places are not made as the copies need."""
    for cursor in cursors:
        _copy_cursor(cursor(root_container=0), {})
    parts = vars(place())
    return parts["_parent"] is None and parts["_provided_cursor"] is None


def _without_parents(original: Callable[..., Any]) -> Callable[..., Any]:
    def copy(place: Any, memo: Any) -> Any:
        copied = object.__new__(type(place))
        copied.__dict__.update(place.__dict__)
        copied._provided_cursor = deepcopy(place._cursor, memo)
        return copied

    return copy


def _copy_cursor(cursor: Any, memo: Any) -> Any:
    copied = object.__new__(type(cursor))
    copied.__dict__.update(cursor.__dict__)
    held = cursor._transient_elements  # none on our pages
    copied._transient_elements = deepcopy(held, memo) if len(held) else type(held)()
    return copied


def begin_at_the_top() -> None:
    """Draw every page from its top, whatever was drawn before.

    Where a part of a page has been drawn, Streamlit leaves its place as the present one. If a page
    was asked for as that script ended, it is then drawn into that place, where a browser that has
    left the part's page has nothing ("Bad delta path").
    """
    runner = find_class("streamlit.runtime.scriptrunner.script_runner", "ScriptRunner")
    wrap(runner, "_run_script", _from_the_top)


def _from_the_top(original: Callable[..., None]) -> Callable[..., None]:
    def run(runner: Any, wanted: Any) -> None:
        attempt("the place where a page is drawn", _leave_all_places)
        original(runner, wanted)

    return run


def _leave_all_places() -> None:
    from streamlit.delta_generator_singletons import context_dg_stack, get_default_dg_stack_value

    context_dg_stack.set(get_default_dg_stack_value())


def is_redrawn() -> bool:
    """Whether the part of a page that calls this is redrawn by itself, not with the whole page."""
    return bool(attempt("parts of a page", _is_redrawn))


def _is_redrawn() -> bool:
    from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

    context = get_script_run_ctx(suppress_warning=True)
    asked = context.fragment_ids_this_run if context else None
    return bool(asked and ThreadState.get().fragment_id in asked)
