"""When the kernels are compiled and loaded: in advance, or in a process beside the server.

python -m dino compile
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from dino.compiled.jit import (
    HERE,
    empty_cache_folder,
    find_cache_folder,
    make_cache_folder,
    remove_older_folders,
)
from dino.compiled.tries import NoRoom, NotCompiled, NotYet, Tries
from dino.config import GATES
from dino.parts import Parts

_log = logging.getLogger(__name__)
# Processor seconds of a try; all kernels take some 30. A small share of a core makes a try longer,
# not worse, so the clock on the wall ends only a process that neither works nor ends: after IDLE
# seconds without any work, or after STUCK where the system does not say how much it works.
PROCESSOR_LIMIT, IDLE, STUCK = 600, 300.0, 6 * 3600.0
CHECK = 5.0  # seconds between two looks at it
NICE = 1  # below the server, but with more than half a core beside two busy workers
WAIT = 0.01  # seconds between two checks whether the kernels are ready

ready, _lock = threading.Event(), threading.Lock()
_one_compiles = threading.Lock()  # others of this process wait, and then find the kernels ready
_preparing: threading.Thread | None = None
tries = Tries()


def is_available() -> bool:
    """Whether the libraries that the compiled engine needs are installed, and there may be memory
    for its compiler.
    """
    return not tries.is_hopeless and all(
        importlib.util.find_spec(name) for name in ("numba", "scipy")
    )


def is_ready() -> bool:
    """Whether the kernels are compiled and loaded."""
    return ready.is_set()


def is_on_disk() -> bool:
    """Whether all kernels are compiled and on disk, so that loading them is quick."""
    if not is_available():
        return False
    folder = find_cache_folder()
    return folder is not None and (folder / _mark_name()).exists()


def prepare() -> None:
    """Compile the kernels, or load them from disk, by running each once on very little data."""
    if is_ready():
        return
    for gates in set(GATES.values()):
        _run_once(gates)
    note_on_disk()
    ready.set()


def note_on_disk() -> None:
    """Mark the machine code on disk as complete, and remove that of earlier versions."""
    folder = make_cache_folder()
    if folder is None:  # the next start compiles again
        _log.info("compiled kernels cannot be kept on disk")
        return
    (folder / _mark_name()).touch()
    remove_older_folders()


def _run_once(gates: int) -> None:
    """Train and evaluate a network of one symbol and one unit on a name of one letter, and let it
    write a name.
    """
    from dino.compiled import kernels, writer

    shape = kernels.Shape(gates, hidden_size=1, vocab_size=1)
    recipe = kernels.Recipe(
        0,
        rate=0.1,
        clip_norm=1.0,
        average=0.5,
        letter_dropout=0.0,
        hidden_dropout=0.0,
        weight_drop=0.0,
    )
    weights = kernels.Weights(*np.zeros((5, 3 * gates + 2), np.float32))
    data = kernels.Data(np.array([[1, 0]]), np.array([[0, -1]]), np.array([1]))
    batches, random = np.zeros((1, 1), np.int64), np.ones(1, np.uint64)
    kernels.train(shape, recipe, weights, data, kernels.NO_TEACHER, batches, 0, 0, random)
    kernels.evaluate(shape, weights.w, data, batches[0])
    writer.write(shape, weights.w, 0, np.zeros((1, 1)))


def prepare_beside() -> None:
    """Compile in another process if needed, so that this one stays responsive; then load.

    Raises NotCompiled if that fails, whatever the reason, or may not begin now.
    """
    with _one_compiles:
        if is_ready() or not is_available():
            return
        with tries.one(only_loads=is_on_disk()):
            try:
                _compile_and_load()
            except NotCompiled:
                raise
            except Exception as error:
                _log.exception("the kernels failed to compile or load")
                empty_cache_folder()
                raise NotCompiled(_last_line(f"{type(error).__name__}: {error}")) from error


def why_not_prepared() -> str:
    """Do the same for a program without pages. Returns '', or why it failed."""
    try:
        prepare_beside()
    except NotCompiled as error:
        return str(error)
    return ""


def _compile_and_load() -> None:
    if not is_on_disk():
        with tries.room():
            _compile()
    if not is_ready():
        prepare()  # loads from disk


def _compile() -> None:
    """Compile beside this process; here without a folder, or where no process can be started."""
    if make_cache_folder() is None or not _compile_beside():
        prepare()


def _compile_beside() -> bool:
    """Run this module as a program; return whether it could be started.

    Raises NotCompiled if it does not end well.
    """
    try:
        command = [sys.executable, "-m", "dino.compiled.compiling"]
        done = run_while_it_works(command, gives_way=tries.gives_way)
    except OSError as error:
        _log.info("no process for the compiler: %s", error)
        return False
    if done.returncode < 0:  # what it has done is kept
        raise NotCompiled(f"the compiler was ended by signal {_signal(-done.returncode)}")
    if done.returncode:
        _log.info("what the compiler wrote: %s", done.stderr)
        empty_cache_folder()  # perhaps the disk is full, or a file is broken
        raise NotCompiled(_last_line(done.stderr) or f"it ended with {done.returncode}")
    return True


def _last_line(words: str) -> str:
    return " ".join((words.strip().splitlines() or [""])[-1].split())[:500]


def _signal(number: int) -> str:
    """The number of a signal, with what it may mean if the system or somebody sent it."""
    if number not in {getattr(signal, name, None) for name in ("SIGKILL", "SIGXCPU")}:
        return str(number)
    return f"{number}: it had {PROCESSOR_LIMIT} s of a processor, or memory ran out"


def run_while_it_works(
    command: list[str],
    idle: float = IDLE,
    check: float = CHECK,
    gives_way: Callable[[], bool] = lambda: False,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end. It is ended, and NotCompiled raised, once it has used no processor
    time for `idle` seconds, or after `STUCK` seconds where the system does not say; NoRoom once
    `gives_way()`, which is asked every `check` seconds.
    """
    spent, since = processor_time(os.getpid()), time.monotonic()
    most, what = (STUCK, "was not done after") if spent is None else (idle, "did nothing for")
    nothing, pipe = subprocess.DEVNULL, subprocess.PIPE
    with subprocess.Popen(
        command, cwd=HERE.parents[1], stdin=nothing, stdout=nothing, stderr=pipe, text=True
    ) as process:
        while True:
            try:
                _, words = process.communicate(timeout=check)
                return subprocess.CompletedProcess(command, process.returncode, "", words)
            except subprocess.TimeoutExpired:
                before, spent = spent, processor_time(process.pid)
                since = since if spent == before else time.monotonic()
                if time.monotonic() - since > most:
                    process.kill()
                    raise NotCompiled(f"the compiler {what} {most:g} s") from None
                if gives_way():
                    process.kill()
                    raise NoRoom("runs waited for the compiler's memory") from None
            except BaseException:
                process.kill()
                raise


def processor_time(pid: int) -> int | None:
    """How much processor time a process has had, in ticks; None where the system does not say."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        return sum(map(int, stat.rpartition(")")[2].split()[11:13]))
    except (OSError, ValueError):
        return None


def bound_compiler(processor_seconds: int = PROCESSOR_LIMIT) -> None:
    """Let the system end this process after so much processor time, and first where memory ends."""
    if hasattr(os, "nice"):
        os.nice(NICE)
    try:
        Path("/proc/self/oom_score_adj").write_text("1000")
    except OSError:
        pass  # not Linux: no such order there
    try:
        import resource  # not on Windows

        most = resource.getrlimit(resource.RLIMIT_CPU)[1]
        if most != resource.RLIM_INFINITY:
            processor_seconds = min(processor_seconds, most)
        resource.setrlimit(resource.RLIMIT_CPU, (processor_seconds, processor_seconds))
    except (ImportError, OSError, ValueError):
        pass  # then only the clock bounds it


def prepare_in_parts() -> Parts[None]:
    """Wait until another thread has prepared the kernels, and yield meanwhile.

    Raises KernelsFailed if that has failed, and in the break after that: the caller would else
    compile in the server itself. Where memory is missing, it is a KernelsLater.
    """
    global _preparing
    if is_ready():
        return
    with _lock:
        if _preparing is None or not _preparing.is_alive():
            _preparing = threading.Thread(target=_prepare_and_log, name="compiler", daemon=True)
            _preparing.start()
        thread = _preparing
    while thread.is_alive() and not ready.wait(WAIT):
        yield
    if not is_ready():
        raise tries.refusal()


def _prepare_and_log() -> None:
    try:
        prepare_beside()
    except (NotYet, NoRoom):
        pass  # the log has the failure before; a server tells itself that it has no room
    except NotCompiled as error:  # the app works without them
        _log.warning("the kernels could not be compiled: %s", error)


def _mark_name() -> str:
    """The name of the file that marks all kernels as compiled for this processor."""
    return f"complete-{hashlib.sha256(_processor().encode()).hexdigest()[:16]}"


def _processor() -> str:
    """The processor's name, because machine code fits only one kind of processor.

    The environment may name a kind for which numba compiles: then that name and its features.
    """
    named = os.environ.get("NUMBA_CPU_NAME")
    if named:
        return f"{named} {os.environ.get('NUMBA_CPU_FEATURES', '')}"
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    return next((line for line in lines if line.startswith("model name")), "")


if __name__ == "__main__":
    bound_compiler()
    prepare()
