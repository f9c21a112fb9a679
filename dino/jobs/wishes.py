"""What was asked of a run and is not carried out yet: updates, settings, the pace 'watch'."""

from __future__ import annotations

import math
import threading

from dino.jobs import limits
from dino.run import snapshot_steps

SPEED_OVER = 10.0  # seconds: a run's speed is its mean over about as long


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


class Pacer:
    """When a watched run trains on: it goes from moment to moment, each as long as the next.
    Seconds of any one clock.

    interval: how long a moment lasts, so that those of the recipe's own budget last
    `limits.WATCH_SECONDS` together; longer where training to the next takes longer.
    goal: the moment that the run is at, or on its way to.
    """

    def __init__(self, max_steps: int) -> None:
        self.interval = limits.WATCH_SECONDS / len(snapshot_steps(max_steps))
        self.goal, self._due = 0, 0.0

    def go_on(self) -> None:
        """Let the run leave the moment that it is at, at once."""
        self._due = 0.0

    def left(self, step: int, max_steps: int) -> float:
        """Seconds that the moments after this step are shown for, together."""
        return self.interval * sum(goal > step for goal in snapshot_steps(max_steps))

    def rest(self, step: int, now: float) -> float:
        """Seconds until the run may leave this step; 0 on the way to a moment."""
        return max(0.0, self._due - now) if step >= self.goal else 0.0

    def leave(self, step: int, max_steps: int, now: float) -> bool:
        """Set the next goal, where the run is at one and its rest is over. Whether it was."""
        is_at_goal = step >= self.goal
        if is_at_goal:
            self.goal = next(goal for goal in snapshot_steps(max_steps) if goal > step)
            self._due = now + self.interval
        return is_at_goal


def smoothed(speed: float, newest: float, seconds: float, total: float) -> float:
    """A speed after a stretch of `seconds` at the newest one: its mean over about `SPEED_OVER`
    seconds, or over all of `total` while that is less.
    """
    weight = max(1 - math.exp(-seconds / SPEED_OVER), min(1.0, seconds / total))
    return speed + weight * (newest - speed)
