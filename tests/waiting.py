"""Waiting for a condition instead of for a time."""

import time
from collections.abc import Callable


def wait_for(
    condition: Callable[[], object], what: str = "the condition", seconds: float = 60.0
) -> None:
    """Return once `condition()` holds; fail, naming `what`, if it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true in {seconds:g} s"
        time.sleep(0.005)
