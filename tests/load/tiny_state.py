"""Runs of the small test app: a run makes 20 steps a second by the clock while it trains."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field

PACE = 20  # steps a second
UNITS = 4
SLOW, QUICK, STUCK = 0.3, 0.05, 3.0  # seconds that its buttons take


@dataclass
class Run:
    """A run without work: it only counts the time."""

    owner: str
    most: int = 10**9
    token: str = field(default_factory=lambda: secrets.token_urlsafe(6))
    steps: float = 0.0
    since: float = 0.0

    @property
    def step(self) -> int:
        """How far it is."""
        made = PACE * (time.monotonic() - self.since) if self.since else 0
        return min(self.most, int(self.steps + made))

    @property
    def phase(self) -> str:
        """Where it is."""
        if self.step >= self.most:
            return "done"
        return "running" if self.since else "paused" if self.steps else "untrained"

    def play(self) -> None:
        """Train on."""
        self.since = self.since or time.monotonic()

    def pause(self) -> None:
        """Stop."""
        self.steps, self.since = self.step, 0.0

    def state(self, mine: bool) -> str:
        """What the buttons depend on."""
        return f"{self.token}-{self.phase}-{mine}"

    def frame(self, mine: bool = True) -> dict[str, object]:
        """What a page is told."""
        return {
            "step": self.step,
            "names_seen": 32 * self.step,
            "phase": self.phase,
            "engine": "compiled",
            "state": self.state(mine),
            "kind": {"running": "pause", "done": "extend"}.get(self.phase, "play"),
            "watching": not mine,
            "line": None,
            "written": {"run": self.token, "step": self.step, "units": UNITS, "name": "a"},
        }


RUNS: dict[str, Run] = {}
PAGES: dict[str, tuple[str, bool]] = {}  # a page's key: its run, and whether it owns it
TRIGGERS: list[tuple[str, object]] = []  # what components sent
