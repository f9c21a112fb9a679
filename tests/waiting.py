"""Waiting for a condition instead of for a time, and for what is asynchronous."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any


def wait_for(
    condition: Callable[[], object], what: str = "the condition", seconds: float = 60.0
) -> None:
    """Return once `condition()` holds; fail, naming `what`, if it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true in {seconds:g} s"
        time.sleep(0.005)


def in_thread(work: Callable[..., Any], *args: Any) -> Any:
    """What `work` gives or raises, done in a thread of its own.

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
    """What a coroutine gives or raises."""
    return in_thread(asyncio.run, work)
