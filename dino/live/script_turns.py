"""The line in which the scripts of pages wait for their turns.

Each script is pure Python and holds its lock. If several ran at once, each would end as late as the
last. And whenever the event loop has sent something, it would wait for the lock behind all of them,
so the server would answer nobody for many seconds.

The scripts of a page that has just come are the longest. They take their places in the line as if
they had come a second later: then who is here already does not wait for all who come together, and
no newcomer waits for ever. A script that has its turn also lets those pass, between two parts of
its page, that have places before its own.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dino.machine import slowness

TURN = 2.0  # seconds of a whole core until a script that still runs lets the next one begin
NEW, LATER = 3.0, 1.0  # seconds: how long a page is new; how much later its scripts seem to come

# In the line: the time of arrival, a number that no other has, and what says that it has its turn.
Place = tuple[float, int, threading.Event]


class ScriptTurns:
    """The line. longest: seconds after which a script loses its turn if others wait for it.

    A script that has lost its turn runs on beside the next one. It may wait for something itself,
    so others must not wait for it, but only one of them takes its place.
    """

    def __init__(
        self, longest: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.longest = TURN * slowness() if longest is None else longest
        self._clock = clock  # gives the time in seconds; tests replace it
        self._lock = threading.Lock()
        self._line: list[Place] = []  # a heap
        self._arrivals = itertools.count()  # the order of those who come at the same time
        self._holder: threading.Event | None = None
        self._since = 0.0  # when it got its turn
        self._script = threading.local()  # its `place`: that of the script that runs in this thread

    @property
    def waiting(self) -> int:
        """How many scripts wait."""
        return len(self._line)

    @contextmanager
    def turn(self, later: float = 0.0) -> Iterator[None]:
        """Wait for a turn, in the order of arrival, and have it. later: seconds by which it counts
        as having come later.
        """
        with self._lock:
            place = (self._clock() + later, next(self._arrivals), threading.Event())
            heapq.heappush(self._line, place)
            if self._holder is None:
                self._pass_on()
        around = getattr(self._script, "place", None)
        try:
            self._wait(place)
            self._script.place = place
            yield
        finally:
            self._script.place = around
            with self._lock:
                if self._holder is place[-1]:
                    self._pass_on()

    def let_pass(self) -> None:
        """Let the scripts go first that have places before the one of this thread. It then waits
        until it has its turn again.
        """
        place: Place | None = getattr(self._script, "place", None)
        if place is None or not self._line:  # nearly always: a script asks at each element
            return
        with self._lock:
            if self._holder is not place[-1] or not self._line or self._line[0] > place:
                return
            place[-1].clear()
            heapq.heappush(self._line, place)
            self._pass_on()
        self._wait(place)

    def _wait(self, place: Place) -> None:
        has_turn = place[-1]
        while not has_turn.wait(self._rest()):
            with self._lock:
                if not has_turn.is_set() and not self._rest():
                    self._pass_on()

    def _rest(self) -> float:
        """The seconds until the present turn is over."""
        return max(0.0, self._since + self.longest - self._clock())

    def _pass_on(self) -> None:
        self._holder = heapq.heappop(self._line)[-1] if self._line else None
        self._since = self._clock()
        if self._holder is not None:
            self._holder.set()
