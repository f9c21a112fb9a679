"""Components of our own: how their parts are handed to Streamlit."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent
# What each component's JavaScript uses besides `latest.js`, which all of them do.
_SHARED = {"plot": ("stream", "chart"), "live": ("stream", "chart"), "status": ("stream",),
           "pulse": ("stream",)}


def text(file: str) -> str:
    """A file of this folder."""
    return (_HERE / file).read_text(encoding="utf-8")


@cache
def code(name: str) -> str:
    """The JavaScript of a component, after what it shares with others."""
    return "".join(text(f"{part}.js") for part in ("latest", *_SHARED.get(name, ()), name))


def component(name: str, html: str, css: str, isolate_styles: bool = True) -> Any:
    """The component that `name`.js draws into `html`."""
    return st.components.v2.component(
        f"dino_{name}", html=html, css=css, js=code(name), isolate_styles=isolate_styles)
