"""Pictures that stay: a component round plotly.js that redraws in place.

`st.plotly_chart` is built anew at every change of its data, so a live chart would flash and lose
its zoom. Where `static/` cannot be written, it serves as the fallback all the same.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from dino.ui.component import component

if TYPE_CHECKING:
    from dino.charts import Figure

_STATIC = Path(__file__).resolve().parents[2] / "static"


@cache
def plotly_source() -> str | None:
    """Where the browser finds plotly.js; None if this server cannot offer it.

    It is copied from the installed plotly package into `static/`, under a name that changes with
    its size, so that no browser keeps an old one.
    """
    spec = importlib.util.find_spec("plotly")
    if spec is None or spec.origin is None:
        return None
    source = Path(spec.origin).parent / "package_data" / "plotly.min.js"
    try:
        target = _STATIC / f"plotly-{source.stat().st_size}.min.js"
        if not target.exists():
            _STATIC.mkdir(exist_ok=True)
            # Whole or not at all, also where two servers start at once: each has its own copy,
            # and renaming is one act.
            part = target.with_suffix(f".{os.getpid()}")
            shutil.copyfile(source, part)
            part.replace(target)
    except OSError:
        return None
    return f"app/static/{target.name}"


@cache
def _component() -> Any:
    return component(
        "plot", html='<div class="dino-frame"><div class="dino-plot"></div></div>',
        css=".dino-frame { overflow-x: auto; overflow-y: hidden; width: 100%; "
            "scrollbar-width: thin; } "
            ".dino-frame.more { mask-image: linear-gradient(to left, transparent, #000 2.5rem); }",
        isolate_styles=False,  # plotly lays its styles into the page's head
    )


def plot(
    figure: Figure, key: str, alt: str, least_width: int = 0,
    on_point: Callable[[float, float], None] | None = None,
) -> None:
    """Draw a figure. `alt` says what it shows, for those who hear the page.

    least_width: pixels under which it scrolls within its own frame; on_point: called with x and y
    of a point, bar or cell that is clicked.
    """
    def clicked() -> None:
        point = st.session_state[key].get("point")
        if on_point and isinstance(point, list) and len(point) == 2 and all(
                isinstance(value, int | float) for value in point):
            on_point(*point)

    source = plotly_source()
    if source is None:
        st.plotly_chart(_with_colors(figure), key=key, theme=None, config={"displayModeBar": False})
        return
    # A list, for Streamlit imports pandas to look for tables in a dictionary.
    _component()(key=key, height=figure["layout"]["height"], on_point_change=clicked, data=[{
        "figure": figure, "source": source, "alt": alt, "least_width": least_width,
        "clickable": on_point is not None}])


def load_early() -> None:
    """Have a browser load plotly.js, which takes it a second, before there is a picture to draw."""
    source = plotly_source()
    if source is not None:
        _component()(key="early", height=1, data=[{"source": source}])


def _with_colors(value: Any, key: str = "") -> Any:
    """The figure with its colour tokens filled in from the theme, as `plot.js` does."""
    if isinstance(value, dict):
        return {k: _with_colors(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_colors(v, key) for v in value]
    return _tokens().get(value, value) if "color" in key and isinstance(value, str) else value


def _tokens() -> dict[str, Any]:
    theme = f"theme.{st.context.theme.type or 'light'}"
    colors = {f"@{i}": c for i, c in enumerate(st.get_option(f"{theme}.chartCategoricalColors"))}
    named = {"@text": "textColor", "@ground": "backgroundColor", "@rule": "borderColor"}
    for token, option in named.items():
        colors[token] = st.get_option(f"{theme}.{option}")
    for name in ("Sequential", "Diverging"):
        scale = st.get_option(f"{theme}.chart{name}Colors")
        colors[f"@{name.lower()}"] = [[i / (len(scale) - 1), c] for i, c in enumerate(scale)]
    return colors
