"""plotly.js for the browser: taken from the installed plotly package, compressed once."""

from __future__ import annotations

import gzip
import importlib.util
import os
import shutil
import threading
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dino import places
from dino.live.compression import accepts_gzip

CACHE_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}


@cache
def source() -> Path | None:
    """The file in the installed package; None if there is none."""
    spec = importlib.util.find_spec("plotly")
    if spec is None or spec.origin is None:
        return None
    file = Path(spec.origin).parent / "package_data" / "plotly.min.js"
    return file if file.is_file() else None


def copy_to_static(script: Path) -> str | None:
    """Copy it to Streamlit's static files, for a server without our routes.

    Those files are in the folder `static/` beside `script`, with which Streamlit was started.
    Returns the address of the copy; None while that folder cannot be written: the next call tries
    again. None also for an installed script, whose folder is not ours. The name of the copy changes
    with its size, so that no browser keeps an old one.
    """
    file, static = source(), script.parent / "static"
    if file is None or static.is_relative_to(places.INSTALLED):
        return None
    try:
        target = static / f"plotly-{file.stat().st_size}.min.js"
        if not target.exists():
            static.mkdir(exist_ok=True)
            # Renaming is atomic, and two servers or threads that come at once each have their own
            # copy. So nobody reads a part of the file.
            part = target.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
            try:
                shutil.copyfile(file, part)
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)
    except OSError:
        return None
    return f"app/static/{target.name}"


class PlotlyFile:
    """plotly.js as a route serves it. Its name changes with its size."""

    def __init__(self) -> None:
        file = source()
        self.name = f"plotly-{file.stat().st_size if file else 0}.js"
        self._packed, self._lock = b"", threading.Lock()

    def load(self) -> None:
        """Compress it, unless that is done. It takes half a second, at the server's start."""
        file = source()
        with self._lock:
            if not self._packed and file is not None:
                self._packed = gzip.compress(file.read_bytes(), 6)

    def endpoint(self, request: Request) -> Response:
        """Send the file from a thread of Starlette's; compressed, if the browser can read that."""
        self.load()
        if not self._packed:
            return PlainTextResponse("This server has no plotly.js.", 404)
        if accepts_gzip(",".join(request.headers.getlist("accept-encoding"))):
            return Response(
                self._packed,
                media_type="text/javascript",
                headers={**CACHE_FOREVER, "Content-Encoding": "gzip"},
            )
        return Response(
            gzip.decompress(self._packed), media_type="text/javascript", headers=CACHE_FOREVER
        )
