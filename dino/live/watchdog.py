"""Logs when Python's lock was held for over a second, so that no other thread could answer.

A thread beats twice a second, and each time sets a timer of `faulthandler`, which needs no lock. If
a beat comes too late, the thread finds in its file where every thread was meanwhile. The log has
only files, lines and functions, never a value.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import re
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

from dino.places import PACKAGE, is_installed

_log = logging.getLogger(__name__)

BEAT = 0.5  # seconds between two beats
LIMIT = 1.0  # seconds that a beat may be late
# The share of that time that one thread must have computed. If the machine slept or the process was
# stopped, a beat is late although nobody held the lock.
BUSY = 0.2
MOST_FRAMES = 12
OURS = str(PACKAGE if is_installed() else PACKAGE.parent) + os.sep
TASKS = Path("/proc/self/task")
_THREAD = re.compile(r"Thread 0x([0-9a-f]+)")
_FRAME = re.compile(r'  File "([^"\n]*)", line (\d+) in (.*)')


class CodeLine(NamedTuple):
    """A line that a thread was at, or was called from."""

    file: str
    line: str
    function: str

    def __str__(self) -> str:
        return f"{self.file.removeprefix(OURS)}:{self.line} {self.function}"


class Watchdog:
    """The thread that beats. A process has one, because `faulthandler` has one timer."""

    def __init__(self) -> None:
        self.beats = 0
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to watch, unless it already does."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._ended.set()

    def _watch(self) -> None:
        with tempfile.TemporaryFile() as file:
            while not self._ended.is_set():
                self._beat(file)
            faulthandler.cancel_dump_traceback_later()

    def _beat(self, file: IO[bytes]) -> None:
        computed, waited, names = _computed(), _waited(), _names()
        together = time.process_time()
        faulthandler.dump_traceback_later(BEAT + LIMIT, file=file)
        due = time.monotonic() + BEAT
        self._ended.wait(BEAT)
        late = time.monotonic() - due - (_waited() - waited)
        if late > LIMIT:
            dump, spent = _taken(file), _spent(computed)
            ended = [it for it, _ in _stacks(dump) if it not in spent]
            if ended and spent:  # one of those that have ended computed what no other thread did
                spent[ended[0]] = time.process_time() - together - sum(spent.values())
            if words := who_held(dump, late, spent, {**names, **_names()}):
                _log.warning("%s", words)
        self.beats += 1


def who_held(
    dump: str, late: float, spent: Mapping[int, float], names: Mapping[int | None, str]
) -> str:
    """Which thread held the lock, and where; '' if none computed while the beat was late.

    dump: what `faulthandler` wrote; spent: seconds of the processor by thread; names: of threads
    """
    holder = max(spent, key=lambda it: spent[it], default=0)
    if spent and spent[holder] < BUSY * late:
        return ""
    at = " < ".join(map(str, _told(dict(_stacks(dump)).get(holder, []))))
    return (
        f"Python's lock was held for {late:.1f} s by the thread "
        f"{names.get(holder, 'that has ended')} at {at or 'an unknown place'}"
    )


def _taken(file: IO[bytes]) -> str:
    """What is in the file; it is empty afterwards."""
    file.seek(0)
    found = file.read().decode("utf-8", "replace")
    file.seek(0)
    file.truncate()
    return found


def _told(stack: list[CodeLine]) -> list[CodeLine]:
    """Of a thread's frames: the innermost one, and those in our own code."""
    return [it for i, it in enumerate(stack) if not i or it.file.startswith(OURS)][:MOST_FRAMES]


def _stacks(dump: str) -> Iterator[tuple[int, list[CodeLine]]]:
    """The frames of each thread, by its number, from what `faulthandler` wrote."""
    for part in dump.split("\n\n"):
        for named in _THREAD.finditer(part):
            yield int(named[1], 16), [CodeLine(*it.groups()) for it in _FRAME.finditer(part)]


def _names() -> dict[int | None, str]:
    return {thread.ident: thread.name for thread in threading.enumerate()}


def _spent(computed: Mapping[int, float]) -> dict[int, float]:
    """The seconds of the processor that each thread has used since `computed`."""
    return {it: now - computed.get(it, 0.0) for it, now in _computed().items()}


def _computed() -> dict[int, float]:
    """The seconds of the processor that each thread has used, by its number; empty if the system
    does not say.
    """
    found: dict[int, float] = {}
    for thread in threading.enumerate():
        fields = _numbers(thread, "stat")
        if thread.ident is not None and len(fields) > 12:
            found[thread.ident] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return found


def _waited() -> float:
    """The seconds for which this thread was ready but waited for a processor."""
    fields = _numbers(threading.current_thread(), "schedstat")
    return int(fields[1]) / 1e9 if len(fields) > 1 else 0.0


def _numbers(thread: Any, name: str) -> list[str]:
    """The numbers that a file of the system has after a thread's name."""
    try:
        return (TASKS / str(thread.native_id) / name).read_text().rpartition(")")[2].split()
    except OSError:
        return []
