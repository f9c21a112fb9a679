"""The server around the pages: its routes, and what it does before the first visitor."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from dino.live.compression import Compression
from dino.live.plotly_file import PlotlyFile
from dino.live.routes import Events
from dino.live.routes import routes as live_routes
from dino.ui.listening import find_listener
from dino.ui.own_code import code_file
from dino.ui.public_address import named_address
from dino.ui.server import open_server, server
from dino.ui.workarounds import FirstLook, Guard, UploadGate

HERE = Path(__file__).parent
STYLES = "page_top.css", "first_look.css"
_events = Events(find_listener)
_plotly = PlotlyFile()


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Start the janitor and the loading of what training needs. Nobody waits for either."""
    log = logging.getLogger("dino")
    if not log.handlers:
        log.addHandler(logging.StreamHandler())
        log.setLevel(logging.INFO)
    named_address()  # a wrong one is logged now, not at the first visit
    found = open_server(_events, _plotly)
    _end_streams_when_told_to_stop()
    yield
    found.stop()


def _end_streams_when_told_to_stop() -> None:
    """Close the streams when the process is told to stop.

    Before it stops, the server waits for open responses, and a stream never ends without this.
    """
    # Python sets signal handlers only in the main thread. Tests start servers in others.
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(number)

        # `before` is an argument, because the loop changes the variable.
        def stop(sign: int, frame: Any, before: Any = before) -> None:
            _events.close()
            if callable(before):
                before(sign, frame)

        if callable(before):
            signal.signal(number, stop)


def routes() -> list[Route]:
    """The app's own routes, also under the server's base path."""
    return live_routes(_events, (_plotly, code_file()), lambda: server().figures(), _base())


def _base() -> str:
    return str(st.get_option("server.baseUrlPath") or "")


def middleware() -> list[Middleware]:
    """What a request passes before Streamlit's own routes.

    What changes a page is last, so the changed page is compressed.
    """
    return [
        Middleware(Guard),
        Middleware(UploadGate),
        Middleware(Compression, base=_base()),
        Middleware(FirstLook, css=first_styles(), early=[f"dino/{code_file().name}"]),
    ]


def first_styles() -> str:
    """The styles that every page needs before its parts arrive. They override the styles of these
    parts.
    """
    files = [
        *(HERE / name for name in STYLES),
        *sorted((HERE.parent / "pages").glob("*/places.css")),
    ]
    rules = "".join(file.read_text(encoding="utf-8") for file in files)
    return f":root:root {{ {rules} }}"  # an old browser ignores nested rules, and uses the page's
