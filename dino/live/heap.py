"""Give memory that Python has freed back to the system, where the C library is glibc.

glibc keeps freed memory in up to eight arenas for each core, one after another for the threads that
come and go. A server whose script threads come and go then stays as large as it ever was.
"""

from __future__ import annotations

import ctypes
import logging
import platform

_log = logging.getLogger(__name__)

TRIM, MMAP, ARENAS = -1, -3, -8  # names of mallopt's parameters, in malloc.h
# Bytes from which a block is a mapping of its own, which goes back at once; and of free memory at
# an arena's end from which that goes back. A kernel's work room is smaller: mapped again for every
# call, its pages would cost a tenth of the speed.
LARGE, SPARE = 8 * 2**20, 32 * 2**20


def bound_arenas(count: int = 2) -> bool:
    """Let all threads share a few arenas; whether the C library took it. For the server's start."""
    library = _glibc()
    if library is None:
        return False
    # glibc would raise both sizes by itself with the first large block that is freed.
    took = [
        library.mallopt(name, value)
        for name, value in ((ARENAS, count), (MMAP, LARGE), (TRIM, SPARE))
    ]
    return all(took)


def trim_memory() -> bool:
    """Give back what is free. Whether anything was; takes milliseconds, without Python's lock."""
    library = _glibc()
    return library is not None and bool(library.malloc_trim(0))


def _glibc() -> ctypes.CDLL | None:
    if platform.libc_ver()[0] != "glibc":
        return None
    try:
        library = ctypes.CDLL(None)
        library.mallopt.argtypes = (ctypes.c_int, ctypes.c_int)
        library.malloc_trim.argtypes = (ctypes.c_size_t,)
    except (AttributeError, OSError, TypeError) as error:
        _log.info("No way to give back memory: %s", error)
        return None
    return library
