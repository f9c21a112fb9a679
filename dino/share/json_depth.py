"""How deep a JSON text is nested, known before anything reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A string, or its beginning where it has no end: so each letter is looked at once.
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")


def json_depth(text: str) -> int:
    """The most levels of lists and objects within each other."""
    return max(_depths(_STRINGS.sub("", text)), default=0)


def _depths(text: str) -> Iterator[int]:
    depth = 0
    for bracket in _BRACKETS.finditer(text):
        depth += 1 if bracket[0] in "[{" else -1
        yield depth
