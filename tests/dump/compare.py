"""Two dumps side by side: the files that only one has, and the lines that differ, in brief."""

from __future__ import annotations

import difflib
from collections import Counter
from pathlib import Path

WIDE = 200  # letters of a line that are printed


def differing(before: list[str], after: list[str]) -> list[str]:
    """The lines that differ, each after - or +; not those that only moved inwards."""
    one, other = ([line.strip() for line in lines] for lines in (before, after))
    found = list(difflib.unified_diff(one, other, lineterm="", n=0))[2:]  # after both names
    return [line for line in found if not line.startswith("@@")]


def read(path: Path) -> list[str]:
    """The lines of a file of a dump."""
    return path.read_text(encoding="utf-8").splitlines()


def compare(before: Path, after: Path, most: int) -> int:
    """Print what differs; 1 where anything does. most: lines of each file; the rest are counted.

    A change that many files have in common is printed where it is met first, with their number.
    """
    one, other = ({it.name for it in folder.glob("*.txt")} for folder in (before, after))
    for name in sorted(one ^ other):
        print(f"only in {(before if name in one else after).name}: {name}")
    changes = {name: differing(read(before / name), read(after / name)) for name in one & other}
    files = Counter(line for lines in changes.values() for line in set(lines))
    seen: set[str] = set()
    for name in sorted(name for name, lines in changes.items() if lines):
        new = [line for line in dict.fromkeys(changes[name]) if line not in seen]
        seen |= set(new)
        if not new:
            continue
        print(f"{name}: {len(changes[name])} lines")
        for line in new[:most]:
            print(f"  {line[:WIDE]}{f'   [{files[line]} files]' if files[line] > 1 else ''}")
        if len(new) > most:
            print(f"  … and {len(new) - most} more")
    count = sum(1 for lines in changes.values() if lines)
    print(f"{len(one & other)} files in both, {count} differ, {len(one ^ other)} in one alone.")
    return int(bool(count or one ^ other))
