"""When the kernels are compiled and loaded: beforehand, or in a process beside the server.

    python -m dino compile
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import subprocess
import sys
import threading
from importlib.metadata import version
from pathlib import Path

import numpy as np

from dino.config import GATES
from dino.parts import Parts

_log = logging.getLogger(__name__)
_HERE = Path(__file__).resolve().parent
_SOURCES = ("kernels.py", "blas.py")
TIME_LIMIT = 600  # seconds: some 30 on a core of its own
NICE = 1  # lower than the server's, yet above half a core where two others want both
WAIT = 0.01  # seconds that one look at whether they are ready may take

_ready, _lock = threading.Event(), threading.Lock()
_preparing: threading.Thread | None = None


def available() -> bool:
    """Whether the libraries are there that the compiled engine needs."""
    return all(importlib.util.find_spec(name) for name in ("numba", "scipy"))


def ready() -> bool:
    """Whether the kernels are compiled and loaded."""
    return _ready.is_set()


def prepare() -> None:
    """Compile the kernels, or load them from disk, by running them once on next to nothing; note
    on disk that they are there.
    """
    if ready():
        return
    from dino.compiled import kernels

    inputs, targets = np.array([[1, 0]]), np.array([[0, -1]])
    lengths, rows = np.array([1]), np.zeros((1, 1), np.int64)
    for gates in set(GATES.values()):
        size = 1 * gates + gates + gates + 1 + 1  # one symbol, one unit
        w, g, average, first, second = np.zeros((5, size), np.float32)
        kernels.train(gates, 1, 1, w, g, average, first, second, 0, rows, inputs, targets, lengths,
                      0, 0.1, 1.0, 0.5, 0.0, 0.0, 0, np.ones(1, np.uint64),
                      np.empty(1, np.float32), np.empty(1, np.int32))
        kernels.evaluate(gates, 1, 1, w, rows[0], inputs, targets, lengths)
    try:
        _mark().touch()
    except OSError:  # no folder to write to: the next start compiles again
        _log.info("compiled kernels cannot be kept on disk")
    _ready.set()


def prepare_beside() -> None:
    """Have another process compile, unless that is done, so that this one stays quick; then load.
    """
    if ready() or not available():
        return
    if not kept() and os.access(_folder() if _folder().exists() else _HERE, os.W_OK):
        done = subprocess.run(
            [sys.executable, "-m", "dino.compiled.compiling"], cwd=_HERE.parents[1],
            timeout=TIME_LIMIT,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            _log.error("the kernels could not be compiled: %s", done.stderr.strip()[-2000:])
    prepare()


def preparing() -> Parts[None]:
    """Wait until the kernels are ready, and yield meanwhile; another thread prepares them.

    Raises what `prepare` raises.
    """
    global _preparing
    if ready():
        return
    with _lock:
        if _preparing is None or not _preparing.is_alive():
            _preparing = threading.Thread(target=_quietly, name="compiler", daemon=True)
            _preparing.start()
        thread = _preparing
    while thread.is_alive() and not _ready.wait(WAIT):
        yield
    prepare()


def _quietly() -> None:
    try:
        prepare_beside()
    except Exception:  # the app works without it
        _log.exception("the kernels failed to compile or load; runs stay on PyTorch")


def kept() -> bool:
    """Whether the kernels are compiled and on disk, so that loading is quick."""
    return available() and _mark().exists()


def _folder() -> Path:
    """Where numba keeps machine code."""
    return Path(os.environ.get("NUMBA_CACHE_DIR") or _HERE / "__pycache__")


def _mark() -> Path:
    """A file that says: all kernels of these sources, this Python, numba and processor are there.
    """
    text = b"".join((_HERE / name).read_bytes() for name in _SOURCES)
    text += f"{sys.version}{version('numba')}{_processor()}".encode()
    return _folder() / f"dino-kernels-{hashlib.sha256(text).hexdigest()[:16]}"


def _processor() -> str:
    """The processor's name: machine code is for one kind."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    return next((line for line in lines if line.startswith("model name")), "")


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(NICE)
    prepare()
