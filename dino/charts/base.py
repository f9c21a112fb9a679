"""The common parts of all figures: colour tokens, axes, layout, heatmaps, escaped text.

A figure is a plain plotly dictionary, `{"data": …, "layout": …}`. A colour in it is a token that
the page replaces with the theme's colour, so one figure suits the light and the dark theme. "@0" is
the first chart colour of `.streamlit/config.toml`, "@text" the colour of text, "@sequential" and
"@diverging" are colour scales. Text from users occurs only in labels and hover texts, and is
escaped, because plotly interprets HTML tags there. Charts of a page share one pointer if their
layouts have the same `meta`, which names what their x axes count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from dino.locale.sentences import Text, mark, number_sentence

Figure = dict[str, Any]
Part = dict[str, Any]  # a part of a figure: a curve, an axis, a box
Put = Callable[[Text], str]  # gives the words of a language

SERIES = ("@0", "@1", "@2", "@3")  # for curves that are compared with each other
TRAIN, VAL, CHOSEN, BASELINE = SERIES
NEUTRAL = "@4"  # bars that are not compared
EARLIER = "@5"  # held-out curves of earlier runs, behind the present one
RUNS = ("@6", "@7", "@8", "@9", "@10")  # runs that are compared, one colour each
TEXT, GROUND, RULE = "@text", "@ground", "@rule"
SEQUENTIAL, DIVERGING = "@sequential", "@diverging"

# Pictures one above the other have the same margins, so that their columns are aligned.
LETTER_MARGIN = {"l": 48, "r": 64, "t": 26, "b": 8}
SMALL = {"size": 12}
HOVER = {"bgcolor": GROUND, "font": {"color": TEXT}, "bordercolor": RULE}
MOST_ROWS = 48  # symbols that have their own row in a figure
PALE_AREA = 0.22  # how opaque the area between two curves is
LEAST_COLUMN = 14  # pixels that a letter's column needs to be legible


def escape(text: str) -> str:
    """The same text in a form that plotly shows as it was typed."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def numbers(values: np.ndarray) -> list[Any]:
    """An array as JSON takes it: rounded to four decimals, None for NaN and ±∞ (a gap)."""
    rounded = np.round(np.asarray(values, dtype=np.float64), 4)
    listed = rounded.astype(object)
    listed[~np.isfinite(rounded)] = None
    return list(listed.tolist())


def make_figure(data: list[Part], height: int, margin: Mapping[str, int], **more: Any) -> Figure:
    """A figure of these curves and heatmaps; the rest as in `make_layout`."""
    return {"data": data, "layout": make_layout(height, margin, **more)}


def make_layout(height: int, margin: Mapping[str, int], **more: Any) -> Part:
    """A plotly layout in the style of the app, sizes in pixels; `more` adds to it or overrides."""
    return {
        "height": height,
        "margin": dict(margin),
        "font": {"color": TEXT},
        "showlegend": False,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "dragmode": False,
        "hoverlabel": HOVER,
        **more,
    }


def legend_on_top(size: int = 12) -> Part:
    """A legend in one row above the plot. size: of its font, in pixels."""
    return {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": size}}


def axis(title: str = "", **more: Any) -> Part:
    """A plotly axis in the style of the app. `more` adds to it or overrides it."""
    style = {"gridcolor": RULE, "linecolor": RULE, "zeroline": False, "tickfont": SMALL}
    return {**style, "title": {"text": title, "font": SMALL}, "automargin": False, **more}


def labelled_axis(title: str, labels: Sequence[str], **more: Any) -> Part:
    """An axis with a label at each of 0, 1, 2, …, without grid or zoom."""
    ticks = {"tickvals": list(range(len(labels))), "ticktext": list(labels)}
    return axis(title, **ticks, showgrid=False, fixedrange=True, **more)


def signed_axis(title: str, **more: Any) -> Part:
    """An axis with its zero drawn, without zoom."""
    return axis(title, fixedrange=True, zeroline=True, zerolinecolor=RULE, **more)


def heads(ids: np.ndarray, labels: Sequence[str]) -> list[str]:
    """The head of each column: the symbol chosen there, or '?' if there is none (id below 0)."""
    return [escape(labels[i]) if i >= 0 else "?" for i in ids.tolist()]


def bars(y: np.ndarray, color: str | list[str], hover: Sequence[str], **more: Any) -> Part:
    """A bar for each of `y`, at 0, 1, 2, …, with its hover text."""
    return {
        "type": "bar",
        "x": list(range(len(y))),
        "y": numbers(y),
        "marker": {"color": color},
        "hoverinfo": "text",
        "textposition": "none",
        "text": list(hover),
        **more,
    }


def heat(
    z: np.ndarray, scale: str, limits: tuple[float, float], hover: list[list[str]], **more: Any
) -> Part:
    """A heatmap of `z` (rows, columns), coloured between `limits`; hover: a text for each cell."""
    return {
        "type": "heatmap",
        "z": numbers(z),
        "zmin": limits[0],
        "zmax": limits[1],
        "colorscale": scale,
        "text": hover,
        "hoverinfo": "text",
        **more,
    }


def color_bar(ticks: Sequence[float], **more: Any) -> Part:
    """The scale beside a heatmap that maps colours to numbers."""
    style = {"thickness": 10, "outlinewidth": 0, "tickfont": SMALL, "x": 1.0, "xpad": 6}
    return {**style, "tickvals": list(ticks), **more}


def letter_heat(
    z: np.ndarray, scale: str, low: float, hover: list[list[str]], name: str, size: int
) -> Part:
    """A heatmap from `low` to 1 with one column for each letter, `size` pixels high.

    name: the title of its colour bar.
    """
    bar = color_bar([low, (low + 1) / 2, 1], title={"text": name}, xpad=8)
    bar |= {"lenmode": "pixels", "len": min(size, 220), "y": 1, "yanchor": "top"}
    row_gap = 1 if size / len(z) > 8 else 0
    return heat(z, scale, (low, 1), hover, colorbar=bar, xgap=1, ygap=row_gap)


def outline(x0: float, x1: float, y0: float, y1: float) -> Part:
    """A box around the chosen cells."""
    line = {"color": CHOSEN, "width": 2}
    return {"type": "rect", "x0": x0, "x1": x1, "y0": y0, "y1": y1, "line": line}


def area(x: np.ndarray, high: np.ndarray, low: np.ndarray, color: str) -> Part:
    """The area between two lines over x, pale and behind all lines. x, high, low (n,), or `low`
    is one number.

    It is a shape, because a curve's own filling would be opaque.
    """
    around = np.concatenate([x, x[::-1]])
    edges = np.round(np.concatenate([high, np.broadcast_to(low, x.shape)[::-1]]), 5)
    corners = zip(around.tolist(), edges.tolist(), strict=True)
    path = " L ".join(f"{a},{b}" for a, b in corners)
    line = {"width": 0, "color": color}
    shape = {"type": "path", "path": f"M {path} Z", "line": line, "layer": "below"}
    return {**shape, "fillcolor": color, "opacity": PALE_AREA}


def letter_figure(
    data: list[Part], rows: Part, ids: np.ndarray, labels: Sequence[str], height: int, **more: Any
) -> Figure:
    """A figure with one column for each letter, headed by it. rows: the vertical axis."""
    T = len(ids)
    columns = labelled_axis("", heads(ids, labels), side="top", range=[-0.5, T - 0.5], tickangle=0)
    columns["tickfont"] = {"size": 13, "color": CHOSEN}
    rows = {**rows, "fixedrange": True}
    return make_figure(data, height, LETTER_MARGIN, xaxis=columns, yaxis=rows, **more)


def least_width(columns: int) -> int:
    """The width in pixels that this many letters need; a narrower frame scrolls."""
    return LETTER_MARGIN["l"] + LETTER_MARGIN["r"] + LEAST_COLUMN * columns


def line_name(baseline: str) -> str:
    """The name of a baseline's line: its key. The uniform guess has another name, because its key
    would read as a loss of zero. A mark of the catalogues.
    """
    return mark("guessing") if baseline == "nothing" else baseline


def count_format(most: int, put: Put) -> str:
    """How an axis up to this number writes counts: as sentences do. Spanish does not
    group four digits.
    """
    return "d" if most < 10_000 and put(number_sentence(1000)).isdecimal() else ",d"
