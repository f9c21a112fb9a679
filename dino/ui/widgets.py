"""Widgets that the page sets itself, and callbacks that finish even if something else is clicked.

A browser may re-send a widget's old value, and Streamlit drops a callback if another click waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from dino.ui import state, workarounds
from dino.ui.server import this_visit
from dino.ui.state import Value
from dino.ui.visit import WidgetChange

LAG = 3.0  # seconds in which a browser may still send a value that the page has replaced
CHANGES = 60  # how many of the latest changes are checked for stale echoes

T = TypeVar("T")
Read = Callable[[str, Any], Any]  # of a widget's name and value


def _as_sent(_: str, value: Any) -> Any:
    return value


def run_to_end(callback: Callable[..., None]) -> Callable[..., None]:
    """Run a callback to its end even if another click is waiting.

    Streamlit would abort it at its next access to the state. We start it again, so it must be safe
    to run twice.
    """

    @wraps(callback)
    def run(*args: Any) -> None:
        try:
            before = this_visit().changes
        except workarounds.BrokenOff:  # before the callback began
            callback(*args)
            raise  # now the other click
        try:
            callback(*args)
        except workarounds.BrokenOff:
            _run_again(callback, args, before)
            raise

    return run


def _run_again(
    callback: Callable[..., None], args: tuple[Any, ...], before: tuple[WidgetChange, ...]
) -> None:
    """Run a callback as if it had not begun, but remember the widgets that it had set already."""
    here = this_visit()
    begun = [change for change in here.changes if change not in before]
    here.changes = before
    callback(*args)
    here.changes = (*begun, *here.changes)


def set_widgets(**values: Any) -> None:
    """Set widgets to new values, which `undo_stale_echo` protects from a stale echo."""
    here = this_visit()
    before = _values_of(values)
    if before != values:
        size = sum(before[name] != value for name, value in values.items())
        change = WidgetChange(before, values, time.monotonic(), size)
        here.changes = (*here.changes, change)[-CHANGES:]
    state.set_all(values)


def set_widget(widget: Value[T], value: T) -> None:
    """The same for one that `state` lists."""
    set_widgets(**{widget.key: value})


def set_each(**values: Any) -> None:
    """Set widgets one by one: a browser that lags behind may show some of the new values, and send
    the others as they were.
    """
    here, now = this_visit(), time.monotonic()
    changes = (
        WidgetChange({name: before}, {name: values[name]}, now)
        for name, before in _values_of(values).items()
        if before != values[name]
    )
    here.changes = (*here.changes, *changes)[-CHANGES:]
    state.set_all(values)


def undo_stale_echo(*names: str, read: Read = _as_sent) -> None:
    """Undo a stale echo: the browser re-sent what these widgets showed before the page set them.

    A browser sends the values of all widgets with every message, also outdated ones, and Streamlit
    takes them for a visitor's choice. The two look alike, so use this for widgets whose old value a
    visitor rarely chooses again at once. Where the page set several at once, a browser may lag
    behind for some of them: two old values are an echo, a single one is a visitor's choice.
    read: gives what a widget's value means, which two may do.
    """
    recent = _recent_changes()
    after = _values_after(recent)
    for change in recent:
        before = {name: read(name, value) for name, value in change.before.items()}
        if before.keys() <= set(names):
            held = _values_of(before, read)
            old = [name for name in before if held[name] == before[name] != after[name]]
            if len(old) >= min(2, change.size):
                state.set_all({name: after[name] for name in old})
    accept_choice(*names, read=read)


def accept_choice(*names: str, read: Read = _as_sent) -> None:
    """Note what the visitor chose: from then on these widgets' old values are no echo."""
    recent = _recent_changes()
    after = _values_after(recent)
    held = _values_of({name: None for change in recent for name in change.before}, read)
    chosen = {name for name, value in held.items() if name in names and value != after[name]}
    changes = (change.without(chosen) for change in recent)
    this_visit().changes = tuple(change for change in changes if change.before)


def _recent_changes() -> list[WidgetChange]:
    """The changes that a browser may not have heard of yet, the oldest first."""
    now = time.monotonic()
    return [change for change in this_visit().changes if now - change.at < LAG]


def _values_after(changes: list[WidgetChange]) -> dict[str, Any]:
    """What the page set last for each widget."""
    return {name: value for change in changes for name, value in change.after.items()}


def _values_of(names: Mapping[str, Any], read: Read = _as_sent) -> dict[str, Any]:
    """What the widgets of these names hold now; None for one that holds nothing yet."""
    held = state.get_all(dict.fromkeys(names))
    return {name: read(name, value) for name, value in held.items()}
