"""Results that are kept in a file, one JSON text a line, so that a long measurement can go on."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def read(results: Path) -> list[dict[str, Any]]:
    """The results so far; a line that was cut off is left out."""
    found = []
    for line in results.read_text().splitlines() if results.exists() else ():
        with contextlib.suppress(ValueError):
            found.append(json.loads(line))
    return found


def add(results: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Add rows; the last line may have been cut off."""
    with results.open("a") as out:
        out.write("\n" + "".join(json.dumps(row, default=str) + "\n" for row in rows))
