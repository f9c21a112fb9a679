"""Logs when Python's lock was held for over a second, so that no other thread could answer.

A thread beats twice a second. If a beat comes too late, the thread looks at once where every other
thread is. Whoever held the lock has just been made to give it away, and is still at that place.

Python's own timer of `faulthandler` would look while the lock is held. But if several threads only
work slowly, it reads their frames while they change. That ended a server on a tenth of a core.

The log has only files, lines and functions, never a value.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from types import FrameType
from typing import NamedTuple

from dino.places import PACKAGE, is_installed

_log = logging.getLogger(__name__)

BEAT = 0.5  # seconds between two beats
LIMIT = 1.0  # seconds that a beat may be late
# The share of that time that one thread must have computed. If the machine slept or the process was
# stopped, a beat is late although nobody held the lock.
BUSY = 0.2
MOST_FRAMES, DEEPEST = 12, 100  # of a stack that are told, and looked at
OURS = str(PACKAGE if is_installed() else PACKAGE.parent) + os.sep
# Linux's kind of clock that counts a thread's seconds of the processor. Its number is in the
# lowest three bits, as `pthread_getcpuclockid` puts it there.
THREAD_CLOCK = 6


class CodeLine(NamedTuple):
    """A line that a thread was at, or was called from."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file.removeprefix(OURS)}:{self.line} {self.function}"


class Watchdog:
    """The thread that beats."""

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
        with closing(_Waits()) as waits:
            while not self._ended.is_set():
                self._beat(waits)

    def _beat(self, waits: _Waits) -> None:
        due = time.monotonic() + BEAT
        computed, names, together = _computed(), _names(), time.process_time()
        waited = waits.seconds()  # gives the lock away, so `due` is set before
        self._ended.wait(max(0.0, due - time.monotonic()))
        if time.monotonic() - due > LIMIT:
            stacks, spent = _stacks(), _spent(computed)  # before anything that gives the lock away
            late = time.monotonic() - due - (waits.seconds() - waited)
            ended = [it for it in stacks if it not in spent]
            if ended and spent:  # one of those that have ended computed what no other thread did
                spent[ended[0]] = time.process_time() - together - sum(spent.values())
            words = who_held(stacks, late, spent, {**names, **_names()}) if late > LIMIT else ""
            if words:
                _log.warning("%s", words)
        self.beats += 1


def who_held(
    stacks: Mapping[int, list[CodeLine]],
    late: float,
    spent: Mapping[int, float],
    names: Mapping[int | None, str],
) -> str:
    """Which thread held the lock, and where; '' if none computed while the beat was late.

    stacks: where each thread is; spent: seconds of the processor by thread; names: of threads
    """
    holder = max(spent, key=lambda it: spent[it], default=0)
    if spent and spent[holder] < BUSY * late:
        return ""
    at = " < ".join(map(str, _told(stacks.get(holder, []))))
    return (
        f"Python's lock was held for {late:.1f} s by the thread "
        f"{names.get(holder, 'that has ended')} at {at or 'an unknown place'}"
    )


def _told(stack: list[CodeLine]) -> list[CodeLine]:
    """Of a thread's frames: the innermost one, and those in our own code."""
    return [it for i, it in enumerate(stack) if not i or it.file.startswith(OURS)][:MOST_FRAMES]


def _stacks() -> dict[int, list[CodeLine]]:
    """Where each thread is, by its number, the innermost line first."""
    return {thread: _lines(frame) for thread, frame in sys._current_frames().items()}


def _lines(frame: FrameType | None) -> list[CodeLine]:
    found: list[CodeLine] = []
    while frame is not None and len(found) < DEEPEST:
        code = frame.f_code
        found.append(CodeLine(code.co_filename, frame.f_lineno or 0, code.co_name))
        frame = frame.f_back
    return found


def _names() -> dict[int | None, str]:
    return {thread.ident: thread.name for thread in threading.enumerate()}


def _spent(computed: Mapping[int, float]) -> dict[int, float]:
    """The seconds of the processor that each thread has used since `computed`."""
    return {it: now - computed.get(it, 0.0) for it, now in _computed().items()}


def _computed() -> dict[int, float]:
    """The seconds of the processor that each thread has used, by its number; empty if the system
    does not say. It never gives the lock away, as reading a file would.
    """
    found: dict[int, float] = {}
    for thread in threading.enumerate():
        if thread.ident is not None and thread.native_id is not None:
            with suppress(AttributeError, OSError, OverflowError):  # another system; has ended
                found[thread.ident] = time.clock_gettime(~thread.native_id << 3 | THREAD_CLOCK)
    return found


class _Waits:
    """How long the present thread was ready but waited for a processor, as Linux counts it."""

    def __init__(self) -> None:
        try:
            self._file = os.open("/proc/thread-self/schedstat", os.O_RDONLY | os.O_CLOEXEC)
        except (AttributeError, OSError):  # another system
            self._file = -1

    def seconds(self) -> float:
        """Those seconds until now; 0 if the system does not say."""
        try:
            fields = os.pread(self._file, 100, 0).split()
        except (AttributeError, OSError):  # another system: it has no such file
            return 0.0
        return int(fields[1]) / 1e9 if len(fields) > 1 else 0.0

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
