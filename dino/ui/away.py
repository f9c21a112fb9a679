"""The invisible component that says when a page has lost its server, and what became of it.

The browser compares the server and its version with those of the page's first script: a new server
has kept nothing, and a page of an older version loads again.
"""

from __future__ import annotations

import hashlib
import time
from functools import cache

import streamlit as st

from dino.ui.component import HERE, component
from dino.ui.language import say_part
from dino.ui.server import server

CODE = {".py", ".js", ".css", ".html", ".toml", ".mo"}  # of the files that make a version


@cache
def app_version() -> str:
    """A hash of the app's code, and of Streamlit's version, at this process's first page."""
    found = hashlib.sha256(st.__version__.encode())
    for file in sorted(it for it in HERE.parent.rglob("*") if it.suffix in CODE):
        found.update(f"\n{file.relative_to(HERE.parent)}\n".encode())
        found.update(file.read_bytes())
    return found.hexdigest()[:16]


def draw_away() -> None:
    """Draw the component. Every page does so, at its beginning."""
    component("away", '<div class="dino-away"></div>', isolate_styles=False)(
        key="away",
        height=1,
        on_back_change=_nothing,
        data=[
            {
                "at": time.monotonic(),  # else Streamlit would not hand over what has not changed
                "server": server().mark,
                "version": app_version(),
                "words": say_part("components", "away"),
            }
        ],
    )


def _nothing() -> None:
    """The trigger only has the page drawn."""
