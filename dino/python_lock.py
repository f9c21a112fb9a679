"""How soon a thread that waits for Python's lock gets it from the thread that has it.

Whoever answers a click, the event loop and then a script, waits for the lock several times. Python
takes it from a thread after 5 ms. If it does so more often, clicks are answered sooner, but all
work takes longer, above all on a part of a core. So it is done more often only while much Python
code runs at once.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dino.machine import slowness

CALM, HURRIED = 0.001, 0.0001  # seconds until a thread gives the lock away, on a whole core

_lock = threading.Lock()
_users = 0  # how many threads are within `hurried`
_before = CALM


def be_calm() -> None:
    """Set a server's usual time, at its start; if somebody is within `hurried`, for afterwards."""
    global _before
    with _lock:
        _before = CALM
        if not _users:
            sys.setswitchinterval(CALM)


@contextmanager
def hurried() -> Iterator[None]:
    """Let waiting threads have the lock up to ten times as often, until the last one has left."""
    global _users, _before
    with _lock:
        if not _users:
            _before = sys.getswitchinterval()
            sys.setswitchinterval(min(CALM, HURRIED * slowness()))
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                sys.setswitchinterval(_before)
