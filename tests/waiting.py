"""Waiting for a condition instead of a fixed time, and running asynchronous code.

A slow machine must not fail a test. So a wait that can see progress ends only after a long time
without any; and every wait has a total limit that no machine should need.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

PATIENCE = 180.0  # seconds for what shows no progress on its way
TOTAL = 900.0  # seconds for anything


def wait_for(
    condition: Callable[[], object],
    what: str = "the condition",
    seconds: float = PATIENCE,
    progress: Callable[[], object] | None = None,
) -> None:
    """Return once `condition()` holds; else fail, naming `what`.

    It fails after `seconds`; if `progress` is given, after that many seconds without a change in
    what `progress()` returns, which the failure then tells, and after TOTAL.
    """
    began = changed = time.monotonic()
    seen = progress() if progress else None
    while not condition():
        now = time.monotonic()
        if progress and (newest := progress()) != seen:
            seen, changed = newest, now
        waited = now - changed
        last = f"; last seen: {seen}" if progress else ""
        assert waited < seconds, f"{what}: nothing has come of it for {waited:.0f} s{last}"
        assert now - began < TOTAL, f"{what} did not come true in {TOTAL:g} s{last}"
        time.sleep(0.005)


def in_thread(work: Callable[..., Any], *args: Any) -> Any:
    """What `work` returns or raises, run in a thread of its own.

    A test that drives a browser leaves an event loop in its thread; no second one may run there.
    """
    found: dict[str, Any] = {}

    def go() -> None:
        try:
            found["result"] = work(*args)
        except BaseException as error:
            found["error"] = error

    thread = threading.Thread(target=go)
    thread.start()
    thread.join()
    if "error" in found:
        raise found["error"]
    return found["result"]


def run_async(work: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns or raises."""
    return in_thread(asyncio.run, work)
