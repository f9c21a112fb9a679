"""How deep a JSON text is nested, known before anything reads it."""

from __future__ import annotations

import re

_SIGNS = re.compile(r'\\.|["\[\]{}]', re.DOTALL)  # an escape hides a quotation mark


def json_depth(text: str) -> int:
    """The most levels of lists and objects within each other."""
    depth = deepest = 0
    in_string = False
    for found in _SIGNS.finditer(text):
        sign = found[0]
        if sign == '"':
            in_string = not in_string
        elif not in_string and len(sign) == 1:
            depth += 1 if sign in "[{" else -1
            deepest = max(deepest, depth)
    return deepest
