"""Requests to a run that are not carried out yet, and the pages that show the run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection


class Wishes:
    """Wishes come from any thread; the worker that has the run's turn takes them.

    steps: updates to make; steps_later: those to make once a page shows the run again;
    extra_steps: by how many the budget of steps grows; last_rate: the learning rate that was wished
    for last, carried out or not; shrink: whether the run is to give its trainer's memory back.
    """

    def __init__(self) -> None:
        self.steps: float = 0
        self.steps_later: float = 0
        self.extra_steps = 0
        self.rate: float | None = None
        self.last_rate: float | None = None
        self.shrink = False
        self._lock = threading.Lock()

    @property
    def changes_settings(self) -> bool:
        """Whether a new rate or a larger budget is wished for."""
        return self.rate is not None or self.extra_steps > 0

    def add_steps(self, steps: float) -> None:
        """Continue training, or add steps to those wished for already."""
        with self._lock:
            self.steps_later = 0
            self.steps += steps

    def stop(self) -> None:
        """Make no more updates."""
        with self._lock:
            self.steps = self.steps_later = 0

    def stop_at_budget(self) -> None:
        """Make no more updates, for the budget is used up; unless a larger one is wished for."""
        with self._lock:
            if not self.extra_steps:
                self.steps = 0

    def extend(self, steps: int) -> None:
        """Allow more steps than the budget has."""
        with self._lock:
            self.extra_steps += steps

    def set_rate(self, rate: float) -> None:
        """Use another learning rate from the next step on."""
        with self._lock:
            self.rate = self.last_rate = rate

    def park(self) -> None:
        """Make the wished updates later, and shrink."""
        with self._lock:
            self.steps_later, self.steps = self.steps or self.steps_later, 0
            self.shrink = True

    def settings(self) -> tuple[float | None, int]:
        """Return the rate and the extra steps that are wished for. They stay wishes meanwhile."""
        with self._lock:
            return self.rate, self.extra_steps

    def fulfil(self, rate: float | None, extra_steps: int) -> None:
        """Note that these were carried out and can be seen; what was wished since stays a wish."""
        with self._lock:
            self.rate = None if self.rate == rate else self.rate
            self.extra_steps -= extra_steps

    def take_later_steps(self) -> float:
        """Return and clear the updates that were to be made later."""
        with self._lock:
            steps, self.steps_later = self.steps_later, 0
        return steps

    def count_down(self, made: int) -> None:
        """Note that some of the wished updates were made."""
        with self._lock:  # a Pause pressed meanwhile has set it to 0
            self.steps = max(0, self.steps - made)


class Watchers:
    """The pages that show a run. `clock` tells the seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._pages = clock, set[str]()
        self._alone_since = clock()

    def add(self, page: str) -> None:
        """Note that a page shows the run."""
        self._pages.add(page)

    def remove(self, page: str) -> None:
        """Note that a page is closed, or shows something else."""
        if page in self._pages:
            self._pages.discard(page)
            if not self._pages:
                self._alone_since = self._clock()

    def keep_only(self, pages: Collection[str]) -> None:
        """Note that of all pages only these are still open."""
        for page in self._pages.difference(pages):
            self.remove(page)

    def alone_for(self) -> float:
        """Seconds since a page last showed the run; 0 while one does."""
        return 0.0 if self._pages else self._clock() - self._alone_since
