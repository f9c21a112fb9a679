"""A click, and how long it takes.

Its time runs from the click until the run of the script that answers it has finished: a run
of the whole page, or of the widget's fragment, that began after the click was sent. Runs that were
requested earlier and could be mistaken for it are waited for first, which counts as part of the
click's time. If a run was cut short for a rerun, or its end was never sent, the next run counts.
"""

from __future__ import annotations

import asyncio
import time
from typing import NamedTuple


class Took(NamedTuple):
    """Milliseconds until the first element of the answer, and until it was finished."""

    first: float
    done: float


class Click:
    """A click that waits for its answer."""

    def __init__(self, fragment: str) -> None:
        self.fragment, self.began = fragment, time.perf_counter()
        self.sent = self.followed = False
        self.first = 0.0
        self.runs: set[str] = set()
        self.done: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def begun(self, run: str, fragments: list[str], overtaken: str) -> bool:
        """A run began; return whether our answer ended unnoticed before it.

        Streamlit may not send the end of a run if the next one was requested at the same moment; a
        browser then sees only the end of the next one. overtaken: the run before, if not finished.
        """
        lost = overtaken in self.runs
        self.followed = self.followed or lost
        if self.sent and (not fragments or self.fragment in fragments or self.followed):
            self.runs.add(run)
        return lost

    def finished(self, run: str, early: bool) -> None:
        """A run finished."""
        if run in self.runs:
            if early:
                self.followed = True
            elif not self.done.done():
                self.done.set_result(time.perf_counter())
