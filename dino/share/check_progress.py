"""How far `check` is, on stderr, and what took how long."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

PARTS = ("reading", "training", "comparing")


class Bar:
    """Progress on stderr: one line redrawn in place on a terminal, a line every 5 s in a log."""

    def __init__(self, reports: int) -> None:
        self.reports, self.number, self.file, self._due = reports, 0, "", 0.0

    def begin(self, file: str) -> None:
        """The next report."""
        words = "".join(c for c in file if c.isprintable())
        self.number, self.file = (
            self.number + 1,
            words if len(words) <= 40 else f"{words[:24]}…{words[-15:]}",
        )
        self.show(0, 0)

    def show(self, step: int, steps: int) -> None:
        """How far its training is."""
        now = time.monotonic()
        if now < self._due:
            return
        on_terminal = sys.stderr.isatty()
        self._due = now + (0.1 if on_terminal else 5.0)
        share = (self.number - 1 + step / max(1, steps)) / self.reports
        words = f"{'█' * int(30 * share):░<30} {self.number}/{self.reports}  {self.file}"
        start, end = ("\r", "\033[K") if on_terminal else ("", "\n")
        told = f"  {step:,}/{steps:,}" if steps else ""
        print(f"{start}{words}{told}", end=end, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Nothing more is redrawn."""
        if sys.stderr.isatty():
            print("\r\033[K", file=sys.stderr, end="", flush=True)


class Clock:
    """How many seconds each part of a check has taken."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(PARTS, 0.0)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Add what is done inside to a part."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] += time.monotonic() - began

    def __str__(self) -> str:
        return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.seconds.items())
