"""The decorator of every kernel, and the folder on disk for machine code.

numba decides by the text of one file whether a cached kernel is up to date. But a kernel contains
the machine code of the kernels that it calls, which may be in another file. So the folder's name
has a hash of all files here: after a change of any of them, the folder is empty.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from dino import places

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

HERE = Path(__file__).resolve().parent
REMOVE_AFTER = 3600  # seconds without a change; compiling takes some 30
# Sums may be reordered and products contracted, as in any BLAS. NaN and infinity must be preserved,
# because training checks for them.
OPTIONS = {
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"reassoc", "contract", "arcp", "nsz"},
}


def jit(function: Kernel) -> Kernel:
    """Compile a kernel at its first call, and keep the machine code on disk.

    If no folder can be written, each process compiles for itself.
    """
    from numba import njit

    folder = make_cache_folder()
    if folder is None:
        return njit(**OPTIONS)(function)
    # numba reads the setting when a kernel is declared, not when it is compiled.
    with _numba_cache_in(folder):
        return njit(cache=True, **OPTIONS)(function)


@contextmanager
def _numba_cache_in(folder: Path) -> Iterator[None]:
    """Make numba store the kernels that are declared inside this context in this folder."""
    from numba import config

    before, config.CACHE_DIR = config.CACHE_DIR, str(folder)
    try:
        yield
    finally:
        config.CACHE_DIR = before


@functools.cache
def make_cache_folder() -> Path | None:
    """The folder for machine code, made if it is missing; None if none can be written.

    Computed once, so a process keeps the folder of the source that it has loaded.
    """
    folder = find_cache_folder()
    if folder is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):  # a folder may look writable and still refuse
            return folder
    except OSError:
        return None


def find_cache_folder() -> Path | None:
    """The folder for the machine code of these files, whether it exists or not; None if
    there is none.

    It is in NUMBA_CACHE_DIR if that is set; else beside the files or, if that is read-only or
    installed, in the user's cache.
    """
    named = os.environ.get("NUMBA_CACHE_DIR")
    beside = [] if places.is_installed() else [HERE / "__pycache__"]
    for place in [Path(named)] if named else [*beside, *places.user_cache()]:
        if _is_writable(place):
            return place / cache_name()
    return None


def cache_name() -> str:
    """The folder's name: the place of the files, and a hash of them all and of numba."""
    text = hashlib.sha256(f"{sys.version} {version('numba')} {version('llvmlite')}".encode())
    for file in sorted(HERE.glob("*.py")):
        text.update(file.name.encode() + b"\0" + file.read_bytes())
    return _name_prefix() + text.hexdigest()[:16]


def remove_older_folders() -> None:
    """Remove the folders of earlier versions of these files, for this version of Python.

    A recent one stays, because a process of that version may still be compiling into it.
    """
    folder = make_cache_folder()
    if folder is None:
        return
    for other in folder.parent.glob(_name_prefix() + "*"):
        if other != folder and time.time() - _last_change(other) > REMOVE_AFTER:
            shutil.rmtree(other, ignore_errors=True)


def empty_cache_folder() -> None:
    """Remove the machine code of these files, because it could not be written whole or read."""
    folder = make_cache_folder()
    if folder is not None:
        for path in folder.rglob("*"):
            with suppress(OSError):
                path.unlink()


def _last_change(folder: Path) -> float:
    """When anything in a folder was last written; now, if it is just being removed."""
    try:
        return max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
    except OSError:
        return time.time()


def _name_prefix() -> str:
    """The beginning of all versions' folder names. Each copy of the project has another one."""
    place = hashlib.sha256(str(HERE).encode()).hexdigest()[:8]
    return f"dino-kernels-{place}-py{sys.version_info.major}{sys.version_info.minor}-"


def _is_writable(place: Path) -> bool:
    """Whether a folder can be written, or made."""
    while not place.exists() and place != place.parent:
        place = place.parent
    return place.is_dir() and os.access(place, os.W_OK)
