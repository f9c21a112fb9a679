"""What a server does for its process: it loads what training needs in advance, and returns memory.

Memory that Python has freed goes back to the system if the C library is glibc. It keeps freed
memory in up to eight arenas for each core, which new threads take in turn. So a server whose script
threads come and go would never shrink.
"""

from __future__ import annotations

import ctypes
import logging
import platform
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from dino.compiled import compiling
from dino.compiled.tries import COMPILER_BYTES, NoRoom, NotCompiled, NotYet
from dino.jobs import Jobs
from dino.jobs.workers import load_pytorch
from dino.live.plotly_file import PlotlyFile
from dino.machine import dies_together

_log = logging.getLogger(__name__)
_loading = threading.Lock()

TRIM, MMAP, ARENAS = -1, -3, -8  # names of mallopt's parameters, in malloc.h
# In bytes. A larger block is mapped separately, and returned to the system as soon as it is freed.
# If more than this is free at an arena's end, it is returned. A kernel's workspace is smaller:
# mapping it for every call would cost a tenth of the speed.
LARGE, SPARE = 8 * 2**20, 32 * 2**20
MOST_WAIT = 30.0  # seconds that the compiler's memory may keep a run waiting


def warm_up(pool: Jobs, plotly: PlotlyFile | None = None) -> None:
    """Load everything in separate threads; visitors are served meanwhile."""
    steps: list[Callable[[], object]] = [lambda: load_kernels(pool)]
    if plotly is not None:
        steps.append(plotly.load)
    for step in steps:
        threading.Thread(target=_quietly, args=(step,), name="warm-up", daemon=True).start()


def _quietly(step: Callable[[], object]) -> None:
    try:
        step()
    except Exception:  # the server works without it
        _log.exception("a part of the server's start failed")


def load_kernels(pool: Jobs, rest: Callable[[float], object] = time.sleep) -> None:
    """Load PyTorch, then the kernels: try several times, with growing breaks. rest: waits."""
    load_pytorch(_loading)
    tries, told = compiling.tries, ""
    tries.lend = partial(room_and_a_core, pool)
    if compiling.is_available() and _is_hopeless(pool):
        return
    while tries.may_go_on and compiling.is_available() and not compiling.is_ready():
        try:
            compiling.prepare_beside()
        except NotYet:
            pass  # a run that asked for the kernels has tried meanwhile
        except NotCompiled as error:
            words = _words(error)
            if words != told:  # where no memory is free, the same every half a minute
                _log.warning("the kernels could not be compiled%s", words)
            told = words
        left = tries.seconds_left()
        if left and tries.may_go_on:
            rest(left)


def _words(error: NotCompiled) -> str:
    tries = compiling.tries
    number = "" if isinstance(error, NoRoom) else f" (try {tries.failed})"
    then = f"tried again in {tries.seconds_left():.0f} s"
    return f"{number}: {error}; {then if tries.may_go_on else 'runs stay on PyTorch'}"


def _is_hopeless(pool: Jobs) -> bool:
    """Say once if the compiler never fits into the server's memory; return whether it may not even
    be tried, because the system would end the server with it.
    """
    if pool.memory.could_lend(COMPILER_BYTES) or compiling.is_on_disk():
        return False
    is_hopeless = compiling.tries.is_hopeless = dies_together()
    _log.warning(
        "the server's memory is too small for the compiler of the kernels, which takes %.0f MB: %s",
        COMPILER_BYTES / 1e6,
        "runs stay on PyTorch" if is_hopeless else "it is tried all the same",
    )
    return is_hopeless


@contextmanager
def room_and_a_core(pool: Jobs, size: int) -> Iterator[bool]:
    """While the compiler is at work, its memory counts, and one worker fewer takes turns.

    Where its memory can never be there, it does not count: all runs would wait. The system ends the
    compiler first if memory runs out, unless it would end the server with it.
    """
    wanted, began = pool.workers.wanted, pool.clock()
    compiling.tries.gives_way = lambda: keeps_runs_waiting(pool, began)
    has_room = pool.lend(size) or not (pool.memory.could_lend(size) or dies_together())
    if has_room:
        pool.workers.set_wanted(wanted - 1)
    try:
        yield has_room
    finally:
        pool.memory.take_back()
        pool.workers.set_wanted(wanted)


def keeps_runs_waiting(pool: Jobs, began: float) -> bool:
    """Whether the compiler, at work since `began`, has kept a run waiting for its memory for too
    long. It then ends, and another try continues its work.
    """
    latest = pool.clock() - MOST_WAIT
    return began <= latest and pool.line.lacks_lent(latest)


def bound_arenas(count: int = 2) -> bool:
    """Make all threads share a few arenas, at the server's start; return whether that worked."""
    library = _glibc()
    if library is None:
        return False
    # With the first large block that is freed, glibc would raise both sizes automatically.
    took = [
        library.mallopt(name, value)
        for name, value in ((ARENAS, count), (MMAP, LARGE), (TRIM, SPARE))
    ]
    return all(took)


def trim_memory() -> bool:
    """Return free memory to the system; returns whether there was any. Does not hold the GIL."""
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
