"""Give back the memory of what libraries read of their files only to load (Linux).

PyTorch and the compiler read some 150 MB of their code to start, and use a fifth of it afterwards.
The pages count as this process's memory. The system has them in the cache of files, so one that is
needed again is back in a microsecond. What a crowd of visitors brings back is given back again once
they have gone.
"""

from __future__ import annotations

import ctypes
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

MAPS, SMAPS = Path("/proc/self/maps"), Path("/proc/self/smaps")
HEAD = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+ +(/.*\.so\S*)$")
FORGET = 4  # MADV_DONTNEED, in mman.h
GONE = 30.0  # seconds after which visitors who left are taken to stay away


class Part(NamedTuple):
    """A read-only part of a library in memory: where it begins and ends, and its file."""

    start: int
    end: int
    file: str


class LibraryPages:
    """The libraries of this process. `release` is called every second.

    imported: how many modules have been imported
    """

    def __init__(self, imported: Callable[[], int] = lambda: len(sys.modules)) -> None:
        self._imported, self._known = imported, -1
        self._before: list[Part] = []
        self._released: list[Part] = []

    def release(self) -> int:
        """Give the pages back, once after libraries were loaded; return how many bytes.

        A library that is being loaded is mapped as a whole, then written to in places. So this
        waits until all parts are as they were at the call before. It looks at them only after an
        import.
        """
        imported = self._imported()
        if imported == self._known:
            return 0
        found = loaded_parts()
        is_steady, self._before = found == self._before, found
        if not is_steady:
            return 0
        self._known = imported
        if found == self._released:
            return 0
        self._released = found
        known = set(found)
        return sum(forget(part, size) for part, size in unchanged_parts() if part in known)

    def release_again(self) -> None:
        """Let the next call of `release` give the pages back, though nothing was loaded."""
        self._known, self._released = -1, []


class Crowd:
    """Tells when most of the visitors have gone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._most = clock, 0
        self._fewer_since: float | None = None

    def has_gone(self, pages: int) -> bool:
        """Whether fewer than half of the most pages have been open for `GONE` seconds; once.

        pages: how many are open now; called every second
        """
        self._most = max(self._most, pages)
        if 2 * pages >= self._most:
            self._fewer_since = None
            return False
        if self._fewer_since is None:
            self._fewer_since = self._clock()
        if self._clock() - self._fewer_since < GONE:
            return False
        self._most, self._fewer_since = pages, None
        return True


def loaded_parts() -> list[Part]:
    """All parts of libraries that can only be read; none where the system does not say."""
    return [part for line in _lines(MAPS) if (part := _part(line)) is not None]


def unchanged_parts() -> Iterator[tuple[Part, int]]:
    """Those of which no page differs from its file, each with the bytes that are in memory.

    Only this process has the pages that were written to: they are in memory, or swapped out, and
    giving these back would lose what was written. None where the system does not say both.
    """
    part: Part | None = None
    size, written = 0, 1
    for line in _lines(SMAPS):
        name, _, value = line.partition(":")
        if name == "Rss":
            size = 1024 * int(value.split()[0])
        elif name == "Anonymous":
            written = int(value.split()[0])
        elif name == "Swap":  # after the other two
            if part is not None and size and not written and not int(value.split()[0]):
                yield part, size
        elif not name.isidentifier():
            part, size, written = _part(line), 0, 1


def _part(line: str) -> Part | None:
    head = HEAD.match(line)
    if head is None or "w" in head[3]:
        return None
    return Part(int(head[1], 16), int(head[2], 16), head[4])


def forget(part: Part, size: int) -> int:
    """Give back a part; size: its bytes in memory. Returns how many bytes were given back."""
    try:
        advise = ctypes.CDLL(None).madvise
    except (AttributeError, OSError, TypeError):
        return 0
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    return 0 if advise(part.start, part.end - part.start, FORGET) else size


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
