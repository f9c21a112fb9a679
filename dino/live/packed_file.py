"""Files of ours that a browser keeps for good: a route's answer, compressed once, or a static file.

Their names change with their contents.
"""

from __future__ import annotations

import gzip
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dino import places
from dino.live.compression import accepts_gzip

KEPT_FOR = 86400  # seconds that an earlier version of a static file stays, at least
CACHE_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}


class PackedFile:
    """A file as a route serves it."""

    def __init__(self, name: str, read: Callable[[], bytes], media_type: str) -> None:
        """read: its contents; empty if there are none."""
        self.name, self._read, self._type = name, read, media_type
        self._packed, self._lock = b"", threading.Lock()

    def load(self) -> None:
        """Compress it, unless that is done: at the server's start, or at the first request."""
        with self._lock:
            if not self._packed and (found := self._read()):
                self._packed = gzip.compress(found, 6)

    def endpoint(self, request: Request) -> Response:
        """Send the file from a thread of Starlette's; compressed, if the browser can read that."""
        self.load()
        if not self._packed:
            return PlainTextResponse("This server does not have this file.", 404)
        if accepts_gzip(",".join(request.headers.getlist("accept-encoding"))):
            headers = {**CACHE_FOREVER, "Content-Encoding": "gzip"}
            return Response(self._packed, media_type=self._type, headers=headers)
        plain = gzip.decompress(self._packed)
        return Response(plain, media_type=self._type, headers=CACHE_FOREVER)


def keep_in_static(script: Path, name: str, write: Callable[[Path], object]) -> str | None:
    """Put a file among Streamlit's static files, for a server without our routes.

    They are in the folder `static/` beside `script`, with which Streamlit was started. write: makes
    the file at a path. Returns its address; None while that folder cannot be written: the next call
    tries again. None also for an installed script, whose folder is not ours.
    """
    static = script.parent / "static"
    if static.is_relative_to(places.INSTALLED):
        return None
    try:
        target = static / name
        if not target.exists():
            static.mkdir(exist_ok=True)
            # Renaming is atomic, and two servers or threads that come at once each have their own
            # copy. So nobody reads a part of the file.
            part = target.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
            try:
                write(part)
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)
            _remove_old(target)
    except OSError:
        return None
    return f"app/static/{name}"


def _remove_old(newest: Path) -> None:
    """Remove earlier versions of a file, but none of the last day: another server may serve it."""
    pattern = newest.name.partition("-")[0] + "-*" + "".join(newest.suffixes)
    with suppress(OSError):
        for file in newest.parent.glob(pattern):
            if file != newest and time.time() - file.stat().st_mtime > KEPT_FOR:
                file.unlink(missing_ok=True)
