"""The pace 'watch': a run goes from moment to moment, each as long as the next."""

from __future__ import annotations

import math

from dino.jobs import limits
from dino.run import snapshot_steps

SPEED_OVER = 10.0  # seconds: a run's speed is its mean over about as long


def smoothed(speed: float, newest: float, seconds: float, total: float) -> float:
    """A speed after a stretch of `seconds` at the newest one: its mean over about `SPEED_OVER`
    seconds, or over all of `total` while that is less.
    """
    weight = max(1 - math.exp(-seconds / SPEED_OVER), min(1.0, seconds / total))
    return speed + weight * (newest - speed)


class Pacer:
    """When a watched run trains on from one moment to the next. Seconds of any one clock.

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
