"""Figures: a component around plotly.js that redraws in place.

`st.plotly_chart` is built again at every change of its data, so a live chart would flash and lose
its zoom.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from dino.live.plotly_file import copy_to_static
from dino.ui import state, workarounds
from dino.ui.component import component, component_source
from dino.ui.kept_parts import Drawn, keep
from dino.ui.language import language, say
from dino.ui.server import server

if TYPE_CHECKING:
    from dino.charts.base import Figure
    from dino.charts.walk import Walk

FRAME = '<div class="dino-chart"><div class="dino-frame"><div class="dino-plot"></div></div></div>'
FRAME_CSS = (
    (
        ".dino-frame { overflow-x: auto; overflow-y: hidden; width: 100%; scrollbar-width: thin; } "
        ".dino-plot { position: relative; } "
        ".dino-pointer { position: absolute; width: 0; pointer-events: none; "
        "border-left: 1px dashed var(--st-text-color); } "
        ".dino-plot.pointed .spikeline { display: none; } "  # plotly's line would lie beside ours
        ".dino-frame.more { mask-image: linear-gradient(to left, transparent, #000 2.5rem); } "
    )
    + component_source("keep.css")
    + component_source("sonify.css")
)
# The fewest pixels below the axes. The button that saves a picture lies there: left of the axis
# title or, if the left margin is narrower than SIDE, below it.
ROOM, ROOM_BELOW, SIDE = 40, 48, 30
_copies: dict[Path, str] = {}  # addresses of copies, by the script that they lie beside


def publish_plotly() -> dict[str, str | None]:
    """Copy plotly.js into the static files if it is missing. Return where a browser finds it.

    route: a route of the server; file: a static file. If both are None, a chart says that it was
    not drawn.
    """
    plotly, script = server().plotly, workarounds.main_script()
    if script not in _copies and (copied := copy_to_static(script)) is not None:
        _copies[script] = copied
    return {"route": f"dino/{plotly.name}" if plotly else None, "file": _copies.get(script)}


def _component() -> Any:
    # plotly puts its styles into the page's head
    return component("plot", FRAME, css=FRAME_CSS, isolate_styles=False)


class Picture(NamedTuple):
    """A figure, and what goes with it.

    alt: what it shows, for screen readers; least_width: pixels; a narrower frame scrolls; walk: how
    keys move over the figure and play it.
    """

    figure: Figure
    alt: str
    least_width: int = 0
    walk: Walk | None = None


def plot(
    figure: Figure,
    key: str,
    alt: str,
    least_width: int = 0,
    on_point: Callable[[float, float], None] | None = None,
    walk: Walk | None = None,
) -> None:
    """Draw a figure; see `Picture`.

    on_point: called with x and y of the point, bar or cell that is clicked.
    """
    data, height = _data(Picture(figure, alt, least_width, walk), on_point is not None)
    _draw(data, height, key, on_point)


def plot_once(
    key: str,
    source: Any,
    make: Callable[[], Picture],
    on_point: Callable[[float, float], None] | None = None,
) -> None:
    """The same. The picture is made and encoded again only if `source` changes: see `keep`."""

    def encode() -> Drawn:
        data, height = _data(make(), on_point is not None)
        return Drawn(workarounds.Encoded(data), height)

    found = source, tuple(publish_plotly().values()), on_point is not None
    _draw(*keep(f"picture {key}", found, encode), key, on_point)


def _draw(
    data: list[Any], height: int, key: str, on_point: Callable[[float, float], None] | None
) -> None:
    def clicked_point() -> None:
        point = state.sent_value(key, "point")
        if on_point and _is_point(point):
            on_point(*point)

    _component()(key=key, height=height, on_point_change=clicked_point, data=data)


def _data(picture: Picture, clickable: bool) -> tuple[list[Any], int]:
    """What the component needs, and the height of the figure."""
    figure = with_room(with_separators(picture.figure))
    data = {
        "figure": figure,
        "source": publish_plotly(),
        "alt": picture.alt,
        **picture_words(),
        "least_width": picture.least_width,
        "clickable": clickable,
        "walk": picture.walk,
    }
    return [data], figure["layout"]["height"]


def with_separators(figure: Figure) -> Figure:
    """The figure with the decimal mark of the page's language in its axes and labels."""
    marks = language().separators
    return {**figure, "layout": {**figure["layout"], "separators": marks}}


def with_room(figure: Figure) -> Figure:
    """Add room below a figure's axes, so that the button that saves it covers no data."""
    layout = figure["layout"]
    sides = layout["margin"]
    more = max(0, (ROOM if sides["l"] >= SIDE else ROOM_BELOW) - sides["b"])
    margin = {**sides, "b": sides["b"] + more}
    return {**figure, "layout": {**layout, "height": layout["height"] + more, "margin": margin}}


def picture_words() -> dict[str, str]:
    """The texts beside a figure: if a browser cannot draw it, and on the button that saves it."""
    return {
        "failed": say("This picture could not be drawn. Reload the page to try again."),
        "keep": say("Save this picture"),
    }


def _is_point(value: Any) -> bool:
    """Whether a browser sent a pair of numbers, x and y, as `plot.js` does."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(number, int | float) for number in value)
    )


def load_early(here: Callable[[], None]) -> None:
    """Make the browser load plotly.js before there is a figure, because it takes a second.

    here: called once the browser shows the page.
    """
    _component()(
        key="early",
        height=1,
        on_here_change=here,
        data=[{"source": publish_plotly(), "greet": True}],
    )


def theme_colors(kind: str) -> dict[str, Any]:
    """The colour of each token of a figure in the 'light' or the 'dark' theme."""
    theme = f"theme.{kind}"
    colors = {f"@{i}": c for i, c in enumerate(st.get_option(f"{theme}.chartCategoricalColors"))}
    named = {"@text": "textColor", "@ground": "backgroundColor", "@rule": "borderColor"}
    for token, option in named.items():
        colors[token] = st.get_option(f"{theme}.{option}")
    for name in ("Sequential", "Diverging"):
        scale = st.get_option(f"{theme}.chart{name}Colors")
        colors[f"@{name.lower()}"] = [[i / (len(scale) - 1), c] for i, c in enumerate(scale)]
    return colors


def theme_options(kind: str) -> dict[str, str]:
    """The colours of the 'light' or the 'dark' theme, by the end of their CSS names, --st-….

    The colours of a list are joined by commas.
    """
    names = "text background secondaryBackground border primary".split()
    lists = "chartCategorical chartDiverging".split()
    options = {f"{name}Color": st.get_option(f"theme.{kind}.{name}Color") for name in names}
    for name in lists:
        options[f"{name}Colors"] = ",".join(st.get_option(f"theme.{kind}.{name}Colors"))
    return {re.sub("[A-Z]", lambda it: f"-{it[0].lower()}", name): c for name, c in options.items()}
