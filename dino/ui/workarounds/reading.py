"""When a page's script runs, and how it reads what it needs hundreds of times."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from typing import Any, TypeVar

from dino.ui.workarounds.wrapping import attempt, find_class, log_missing, wrap

T = TypeVar("T")
_NOTHING = object()
_script = threading.local()  # its `memory`: that of the script that runs in this thread


@contextmanager
def remembering() -> Iterator[None]:
    """While a script runs in this thread."""
    before, _script.memory = script_memory(), {}
    try:
        yield
    finally:
        _script.memory = before


def script_memory() -> dict[str, Any] | None:
    """What the script that runs in this thread has found once and needs often; None outside one.

    It ends with the script, and is for what cannot change before: whose page it draws.
    """
    found: dict[str, Any] | None = getattr(_script, "memory", None)
    return found


def once_a_script(what: str, find: Callable[[], T]) -> T:
    """What `find` returns, called once in each script; outside one, each time."""
    memory = script_memory()
    if memory is None:
        return find()
    if what not in memory:
        memory[what] = find()
    found: T = memory[what]
    return found


def around_scripts(at_work: Callable[[], AbstractContextManager[object]]) -> None:
    """Run every page script and every fragment within `at_work()`."""

    def timing(original: Any) -> Any:
        def run(self: Any, *args: Any, **details: Any) -> Any:
            with at_work(), remembering():
                return original(self, *args, **details)

        return run

    wrap(
        find_class("streamlit.runtime.scriptrunner.script_runner", "ScriptRunner"),
        "_run_script",
        timing,
    )


def before_drawing(act: Callable[[], object]) -> None:
    """In a page's script, call this before each element. After it, the script may be broken off."""

    def acting(original: Callable[[Any], None]) -> Callable[[Any], None]:
        def handle(runner: Any) -> None:
            act()
            original(runner)

        return handle

    runner = find_class("streamlit.runtime.scriptrunner.script_runner", "ScriptRunner")
    wrap(runner, "_maybe_handle_execution_control_request", acting)


def look_up_one_value() -> None:
    """Let a widget look up its own value without a copy of all values of the session.

    Boxes for numbers and texts, choices and sliders would copy them, which takes half a millisecond
    each. And let each widget ask whether it has a value without reading it, and copy that of a
    component, most often an empty dictionary, as one.
    """
    attempt("SessionState.filtered_state", _look_up_one_value)
    wrap(find_class("streamlit.runtime.state.session_state", "SessionState"), "__contains__", _asks)
    held = find_class("streamlit.util", "AttributeDictionary")
    if held is not None:
        held.__deepcopy__ = _copy_of_dictionary


def _copy_of_dictionary(held: Any, memo: Any) -> Any:
    return type(held)(deepcopy(dict(held), memo))


def _asks(original: Callable[[Any, str], bool]) -> Callable[[Any, str], bool]:
    def contains(self: Any, key: str) -> bool:
        found = attempt("what has a value", _has_value, self, key)
        return original(self, key) if found is None else found

    return contains


def _has_value(state: Any, key: str) -> bool | None:
    """Whether a session has a value for a key or a widget id; None if it must be read for that."""
    keys = state._key_id_mapper
    widget = keys._key_id_mapping.get(key, key)
    if widget == key:
        key = keys._id_key_mapping.get(widget, key)
    old = state._old_state
    if key in state._new_session_state or widget in old or key in old:
        return True
    return None if widget in state._new_widget_state.states else False


def _look_up_one_value() -> None:
    state = find_class("streamlit.runtime.state.session_state", "SessionState")
    original = state.filtered_state
    if not getattr(original.fget, "by_dino", False):

        def view(self: Any) -> Mapping[str, Any]:
            return _Values(self, original.fget)

        view.by_dino = True  # type: ignore[attr-defined]  # a mark, so that it is wrapped only once
        state.filtered_state = property(view)


class _Values(Mapping[str, Any]):
    """A session's values by key; copied only when something asks for all of them."""

    def __init__(self, state: Any, copy: Callable[[Any], dict[str, Any]]) -> None:
        self._state, self._copy = state, copy

    def __getitem__(self, key: str) -> Any:
        return self._state[key]

    def __contains__(self, key: object) -> bool:
        return key in self._state

    def __iter__(self) -> Iterator[str]:
        return iter(self._copy(self._state))

    def __len__(self) -> int:
        return len(self._copy(self._state))

    def items(self) -> Any:
        """All values by key."""
        return self._copy(self._state).items()

    def __repr__(self) -> str:
        return repr(self._copy(self._state))


def read_values(keys: Mapping[str, Any]) -> dict[str, Any] | None:
    """Read the session's values of these keys; for a key that was never set, the given value.

    None if this version of Streamlit lacks a part.

    For each key Streamlit checks it, finds the session, looks for another click and takes a lock. A
    page reads its settings forty times, about seven hundred values. Of a component, this reads only
    the state that it holds, without what it sends.
    """
    try:
        return _read_values(keys)
    except (AttributeError, ImportError, KeyError, TypeError) as error:
        log_missing("SafeSessionState", error)
        return None


def _session_state() -> Any:
    from streamlit.runtime.state import get_session_state

    return get_session_state()


def _read_values(keys: Mapping[str, Any]) -> dict[str, Any]:
    memory = script_memory()
    safe = None if memory is None else memory.get("state")
    if safe is None:
        safe = once_a_script("state", _session_state)
    safe._yield_callback()
    found, state = dict(keys), safe._state
    # In this order: what was set in this run, what the browser sent, what there was before. Most
    # keys are in the last one, and Streamlit's own search would raise and catch an error for each
    # of the others.
    now, sent, before = state._new_session_state, state._new_widget_state, state._old_state
    widgets = state._key_id_mapper._key_id_mapping
    with safe._lock:
        for key in keys:
            widget = widgets.get(key, key)
            if key in now:
                found[key] = now[key]
            elif widget in sent.states and (held := _sent(sent, widget)) is not _NOTHING:
                found[key] = held
            elif widget in before:
                found[key] = before[widget]
            elif key in before:
                found[key] = before[key]
    return found


def _sent(states: Any, widget: str) -> Any:
    """What a browser has sent for a widget; `_NOTHING` if the script does not know it yet."""
    try:
        return states[widget]
    except KeyError:
        return _NOTHING
