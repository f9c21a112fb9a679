"""What pages asked of a run and is still to be done: updates, settings, and the pace 'watch'."""

from __future__ import annotations

import math
import threading

from dino.jobs import limits
from dino.run import snapshot_steps

SPEED_OVER = 10.0  # seconds over which a run's speed is averaged


class Wishes:
    """Any thread may set wishes; the worker that has the run's turn takes them.

    steps: updates to make; steps_later: updates to make once a page shows the run again;
    extra_steps: by how much the budget of steps grows; last_rate: the learning rate that was last
    wished for, carried out or not; shrink: whether the run is to give its trainer's memory back.
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
        """Train on, or add steps to those that are wished for already."""
        with self._lock:
            self.steps_later = 0
            self.steps += steps

    def stop(self) -> None:
        """Make no more updates."""
        with self._lock:
            self.steps = self.steps_later = 0

    def stop_at_budget(self) -> None:
        """The budget is used up: make no more updates, unless a larger one is wished for."""
        with self._lock:
            if not self.extra_steps:
                self.steps = 0

    def extend(self, steps: int) -> None:
        """Make the budget larger by these steps."""
        with self._lock:
            self.extra_steps += steps

    def set_rate(self, rate: float) -> None:
        """Use another learning rate from the next update on."""
        with self._lock:
            self.rate = self.last_rate = rate

    def park(self) -> None:
        """Make the wished updates later, and shrink."""
        with self._lock:
            self.steps_later, self.steps = self.steps or self.steps_later, 0
            self.shrink = True

    def settings(self) -> tuple[float | None, int]:
        """The rate and the extra steps that are wished for. They stay wishes until `fulfil`."""
        with self._lock:
            return self.rate, self.extra_steps

    def fulfil(self, rate: float | None, extra_steps: int) -> None:
        """Note that these were carried out and are visible. Wishes made since then stay."""
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
        with self._lock:  # Pause, pressed meanwhile, has set it to 0
            self.steps = max(0, self.steps - made)


class Pacer:
    """When a watched run trains on. It goes from moment to moment, and each lasts equally long.

    Times are seconds of any one clock. interval: how long a moment lasts, so that all moments of
    the recipe's budget together last `limits.WATCH_SECONDS`; longer where training to the next one
    takes longer. goal: the moment that the run is at, or on its way to.
    """

    def __init__(self, max_steps: int) -> None:
        self.interval = limits.WATCH_SECONDS / len(snapshot_steps(max_steps))
        self.goal, self._due = 0, 0.0

    def go_on(self) -> None:
        """Let the run leave its present moment at once."""
        self._due = 0.0

    def left(self, step: int, max_steps: int) -> float:
        """Seconds that the moments after this step last together."""
        return self.interval * sum(goal > step for goal in snapshot_steps(max_steps))

    def rest(self, step: int, now: float) -> float:
        """Seconds until the run may leave this step; 0 on the way to a moment."""
        return max(0.0, self._due - now) if step >= self.goal else 0.0

    def leave(self, step: int, max_steps: int, now: float) -> bool:
        """If the run is at a moment and its rest is over, set the next goal and return True."""
        is_at_goal = step >= self.goal
        if is_at_goal:
            self.goal = next(goal for goal in snapshot_steps(max_steps) if goal > step)
            self._due = now + self.interval
        return is_at_goal


def smoothed(speed: float, newest: float, seconds: float, total: float) -> float:
    """The mean speed after a stretch of `seconds` at the speed `newest`.

    It is a mean over about `SPEED_OVER` seconds, or over all of `total` while that is less.
    """
    # At first the second term is larger: it gives the plain mean of all seconds so far.
    weight = max(1 - math.exp(-seconds / SPEED_OVER), min(1.0, seconds / total))
    return speed + weight * (newest - speed)
