"""How a private part of Streamlit is found and wrapped, or left out if it is missing."""

from __future__ import annotations

import functools
import importlib
import logging
import threading
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

# What a server hands to its middleware.
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_log = logging.getLogger(__name__)
_lock = threading.RLock()
reported: set[str] = set()
_missed: list[str] = []  # every part that was not found, once for each time


def apply(mends: Mapping[Callable[[], None], str]) -> list[str]:
    """Apply workarounds, and return what the server lacks because a part of Streamlit was missing.

    mends: each workaround, with what the server lacks without it. The log names all that are
    missing in one line, because an operator has to know.
    """
    gone = []
    for mend, lack in mends.items():
        before = len(_missed)
        mend()
        if len(_missed) > before:
            gone.append(lack)
    if gone:
        _log.warning(
            "This server runs with a version of Streamlit that it was not tested with: %s. "
            "Install the version that requirements.txt names.",
            "; ".join(gone),
        )
    return gone


def log_missing(what: str, error: object = "") -> None:
    """Log, once, that this version of Streamlit lacks a part."""
    with _lock:
        _missed.append(what)
        if what not in reported:
            reported.add(what)
            _log.warning("This version of Streamlit lacks %s; left out. %s", what, error)


def find_class(path: str, name: str) -> Any:
    """Find a private class of Streamlit; None if it is missing."""
    try:
        return getattr(importlib.import_module(path), name)
    except (ImportError, AttributeError) as error:
        log_missing(f"{path}.{name}", error)
        return None


def wrap(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Wrap a method, only once by each maker. If the owner is None, the log has said so already."""
    with _lock:
        original = getattr(owner, name, None)
        if original is None:
            if owner is not None:
                log_missing(f"{owner.__name__}.{name}")
        elif make.__qualname__ not in getattr(original, "by_dino", ()):
            wrapped: Any = functools.wraps(original)(make(original))
            # Several makers may wrap one method, so the mark names all of them.
            wrapped.by_dino = (*getattr(original, "by_dino", ()), make.__qualname__)
            setattr(owner, name, wrapped)


def attempt(what: str, work: Callable[..., Any], *args: Any) -> Any:
    """Run `work`, which needs a private part. If that differs, log one line and return None."""
    try:
        return work(*args)
    except (AttributeError, ImportError, KeyError, TypeError) as error:
        log_missing(what, f"{type(error).__name__}: {error}")
        return None
