"""When the kernels are compiled: beforehand, or in a process of its own while the server works.

    python -m dino compile
"""

from __future__ import annotations

import hashlib
import logging
import os
import subprocess
import sys
from pathlib import Path

from dino import engine

_log = logging.getLogger(__name__)
_HERE = Path(__file__).resolve().parent
_SOURCES = ("kernels.py", "blas.py")
TIME_LIMIT = 600  # seconds: some 30 on a core of its own
NICE = 1  # lower than the server's, yet above half a core where two others want both


def folder() -> Path:
    """Where numba keeps machine code."""
    return Path(os.environ.get("NUMBA_CACHE_DIR") or _HERE / "__pycache__")


def _mark() -> Path:
    """A file that says: all kernels of these very sources, this Python and numba are there."""
    from importlib.metadata import version

    text = b"".join((_HERE / name).read_bytes() for name in _SOURCES)
    text += f"{sys.version}{version('numba')}{_processor()}".encode()
    return folder() / f"dino-kernels-{hashlib.sha256(text).hexdigest()[:16]}"


def _processor() -> str:
    """The processor's name: machine code is for one kind."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    return next((line for line in lines if line.startswith("model name")), "")


def kept() -> bool:
    """Whether the kernels are compiled and on disk, so that loading is quick."""
    return engine.available() and _mark().exists()


def compile_now() -> None:
    """Compile all kernels, or load them, in this process; note on disk that they are there."""
    engine.prepare()
    try:
        _mark().touch()
    except OSError:  # no folder to write to: the next start compiles again
        _log.info("compiled kernels cannot be kept on disk")


def prepare_beside() -> None:
    """Compile in another process, unless that is done, so that this one stays quick; then load."""
    if engine.ready() or not engine.available():
        return
    if not kept() and os.access(folder() if folder().exists() else _HERE, os.W_OK):
        done = subprocess.run(
            [sys.executable, "-m", "dino.compiling"], cwd=_HERE.parent, timeout=TIME_LIMIT,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            _log.error("the kernels could not be compiled: %s", done.stderr.strip()[-2000:])
    compile_now()


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(NICE)
    compile_now()
