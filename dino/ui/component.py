"""Components of our own: how their parts are handed to Streamlit."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).parent
# What each component's JavaScript uses besides `latest.js`, which all of them do.
_SHARED = {
    "plot": ("stream", "keep", "pointer", "sonify", "chart"),
    "print": ("stream", "keep", "pointer", "sonify", "chart"),
    "live_network": ("stream",),
    "training": ("stream", "keep", "pointer", "sonify", "chart"),
    "run_buttons": ("stream", "clicks"),
    "run_line": ("stream", "clicks"),
    "runs": ("stream", "copy"),
    "share": ("copy",),
    "pulse": ("stream",),
    "address": ("storage",),
    "learn_store": ("storage",),
    "ways_in": ("clicks", "storage"),
}


def read(file: str, folder: Path = HERE) -> str:
    """A file of this folder, or of a page's."""
    return (folder / file).read_text(encoding="utf-8")


@cache
def code(name: str, folder: Path = HERE, parts: tuple[str, ...] = ()) -> str:
    """The JavaScript of a component, after what it shares with others and its own other parts."""
    shared = (read(f"{part}.js") for part in ("latest", *_SHARED.get(name, ())))
    return "".join((*shared, *(read(f"{part}.js", folder) for part in (*parts, name))))


def component(
    name: str,
    html: str,
    css: str,
    isolate_styles: bool = True,
    folder: Path = HERE,
    parts: tuple[str, ...] = (),
) -> Any:
    """The component that `name`.js of a folder draws into `html`. parts: more files beside it."""
    js = code(name, folder, parts)
    return st.components.v2.component(
        f"dino_{name}", html=html, css=css, js=js, isolate_styles=isolate_styles
    )
