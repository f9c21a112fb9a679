"""What a scenario found: figures as they come, and the bounds that were broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


class Report:
    """Figures by name. A figure that is a function is computed when it is read, so that a
    scenario which is cut off still shows what it has.

    must: conditions in every form: nobody waits for ever, nothing is lost, all clicks are answered.
    want: a bound on a figure, checked in the full form only.
    """

    def __init__(self, name: str, short: bool) -> None:
        self.name, self.short = name, short
        self.cut = ""  # why it ended early
        self._figures: dict[str, Any] = {}
        self._bounds: dict[str, Callable[[], object]] = {}

    def __setitem__(self, name: str, value: Any) -> None:
        self._figures[name] = value

    def __getitem__(self, name: str) -> Any:
        value = self._figures[name]
        return value() if callable(value) else value

    def must(self, words: str, holds: Callable[[], object] | bool) -> None:
        """Check this in every form."""
        self._bounds[words] = holds if callable(holds) else lambda: holds

    def want(self, words: str, holds: Callable[[], object] | bool) -> None:
        """Check this in the full form."""
        if not self.short:
            self.must(words, holds)

    @property
    def broken(self) -> list[str]:
        """The bounds that do not hold."""
        found = [f"cut short: {self.cut}"] if self.cut else []
        for words, holds in self._bounds.items():
            try:
                if not holds():
                    found.append(words)
            except (KeyError, TypeError, ValueError, IndexError, ZeroDivisionError) as error:
                found.append(f"{words}: no figure ({type(error).__name__} {error})")
        return found

    @property
    def ok(self) -> bool:
        """Whether all of them hold."""
        return not self.broken

    def figures(self) -> dict[str, Any]:
        """All there is so far, times in milliseconds where a name says so."""
        found: dict[str, Any] = {"scenario": self.name, "form": "short" if self.short else "full"}
        for name in self._figures:
            try:
                found[name] = self[name]
            except Exception as error:  # a figure that is not ready must not hide the others
                found[name] = f"not known: {type(error).__name__} {error}"
        broken = self.broken
        return {**found, "ok": not broken, "broken": broken}

    def text(self) -> str:
        """For people."""
        lines = []
        for name, value in self.figures().items():
            if isinstance(value, dict) and any(isinstance(v, dict) for v in value.values()):
                lines += [f"{name}:", *(f"    {key}: {_plain(v)}" for key, v in value.items())]
            else:
                lines.append(f"{name}: {_plain(value)}")
        return "\n".join(lines)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_plain(v)}" for k, v in value.items()) or "none"
    return value if isinstance(value, str) else json.dumps(value, default=str)
