"""A figure as SVG: it needs no script, and prints.

    figure_svg(figure, "Loss against steps", put, 720) -> "<svg …>"

It draws these parts of a plotly figure: curves and points with their bars of error, the lines and
areas of its shapes, its labels, its legend and its axes. A colour's token is a class, "@0" is `c0`
and "@text" is `text`; the file that contains the drawing sets the colour. Words at the right side,
each at the end of a line, are moved apart.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from html import escape, unescape
from typing import Any, NamedTuple

from dino.charts.base import Figure, Part, Put
from dino.locale.sentences import number_sentence

LINE, TICK, LETTER = 14, 5, 7  # pixels: of a line of small text, of a tick, of a wide letter
LEAD = 13  # pixels from the right end of a line to the words that name it
BETWEEN = 80, 45  # about how far apart ticks are, across and upwards
SAMPLE, GAP = 26, 6  # of the line beside a name in the legend; from the legend to what is below
TITLE = 22  # pixels of the title above the axis of losses
DASHES = {"dash": "7 5", "dot": "2 3", "dashdot": "9 4 2 4", "longdash": "14 6"}
ANCHORS = {"left": "start", "center": "middle", "right": "end"}
PAD = {"start": 3, "middle": 0, "end": -3}  # pixels from a line to the words beside it
DROPS = {"top": 12, "middle": 4, "bottom": -4}  # pixels from a label's place to its first line
COMMANDS = str.maketrans("MLZ", "   ")  # of a path
Point = tuple[float, float]  # in pixels


class Scale(NamedTuple):
    """An axis: its values at both ends, the pixels of these ends, and whether it is logarithmic."""

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def at(self, value: float) -> float:
        """The place of a value. A value beyond an end of the axis is at that end."""
        shown = math.log10(value) if self.is_log else value
        return self.share(min(max((shown - self.low) / (self.high - self.low), 0.0), 1.0))

    def share(self, share: float) -> float:
        """The place at a share of the axis, from 0 to 1."""
        return round(self.start + share * (self.end - self.start), 1)


class Frame(NamedTuple):
    """The place of a drawing's axes."""

    x: Scale
    y: Scale

    def point(self, x: float, y: float) -> Point:
        """The place of two values."""
        return self.x.at(x), self.y.at(y)


def figure_svg(figure: Figure, about: str, put: Put, width: int, style: str = "") -> str:
    """A drawing of a figure, `width` pixels wide. about: what it shows, for people who do not see
    it; style: its class. Raises TypeError for a figure with other parts than curves.
    """
    layout, data = figure["layout"], figure["data"]
    if other := next((it["type"] for it in data if it["type"] != "scatter"), None):
        raise TypeError(f"A drawing has curves and points alone; this figure has a {other}.")
    shapes, words = layout.get("shapes", ()), layout.get("annotations", ())
    legend, above = _legend(data, width) if layout["showlegend"] else ([], 0)
    if layout["yaxis"]["title"]["text"]:  # it is above the axis, and needs less room than a legend
        above += TITLE - layout["margin"]["t"]
    height = layout["height"] + above
    beside = [it for it in words if _is_beside(it)]
    frame = _frame(layout, width, height, above, beside)
    parts = [
        *legend,
        *(_area(it, frame) for it in shapes if it["type"] != "line"),
        *_axes(layout, frame, height, put),
        *(_level(it, frame) for it in shapes if it["type"] == "line"),
        *(part for it in data for part in _curve(it, frame)),
        *(part for it in words if not _is_beside(it) for part in _label(it, frame)),
        *_labels_beside(beside, frame),
    ]
    box = f'viewBox="0 0 {width} {round(height)}" class="{style}"'
    return f'<svg role="img" aria-label="{escape(about)}" {box}>{"".join(parts)}</svg>'


def _frame(layout: Part, width: int, height: float, above: float, beside: Sequence[Part]) -> Frame:
    """above: the legend's height; beside: the words at the right side. Both need room."""
    margin = layout["margin"]
    letters = max((len(unescape(it["text"])) for it in beside), default=0)
    right = width - (LEAD + 4 + LETTER * letters if beside else margin["r"])
    return Frame(
        _scale(layout["xaxis"], margin["l"], right),
        _scale(layout["yaxis"], height - margin["b"], margin["t"] + above),
    )


def _scale(axis: Part, start: float, end: float) -> Scale:
    low, high = axis["range"]
    return Scale(low, high, start, end, axis.get("type") == "log")


# ---- curves, lines and areas


def _curve(curve: Part, frame: Frame) -> Iterator[str]:
    """A line for each stretch of numbers, with a dot for a single point; then its points."""
    mode, line = curve["mode"], curve["line"] if "line" in curve else {}
    places = [
        None if y is None else frame.point(x, y)
        for x, y in zip(curve["x"], curve["y"], strict=True)
    ]
    for stretch in _stretches(places) if "lines" in mode else ():
        if len(stretch) > 1:
            yield f'<polyline points="{_corners(stretch)}" {_stroke(line)}/>'
        elif mode == "lines":
            yield _dot(stretch[0], 7, line["color"])
    for number, place in enumerate(places if "markers" in mode else ()):
        if place is not None:
            yield from _bars(curve, number, frame)
            yield _marker(place, {name: _one(it, number) for name, it in curve["marker"].items()})


def _stretches(places: Sequence[Point | None]) -> Iterator[list[Point]]:
    found: list[Point] = []
    for place in [*places, None]:
        if place is not None:
            found.append(place)
        elif found:
            yield found
            found = []


def _one(value: Any, number: int) -> Any:
    """The value of a point, if each point has its own; else the common one."""
    return value[number] if isinstance(value, list) else value


def _bars(curve: Part, number: int, frame: Frame) -> Iterator[str]:
    """The error of a point, to both sides."""
    x, y = curve["x"][number], curve["y"][number]
    for bar, dx, dy in ((curve.get("error_x"), 1, 0), (curve.get("error_y"), 0, 1)):
        error = bar["array"][number] if bar else None
        if bar and error is not None:
            ends = [frame.point(x + way * dx * error, y + way * dy * error) for way in (-1, 1)]
            yield _line(ends, {"color": bar["color"], "width": bar["thickness"]}, "bar")


def _marker(place: Point, marker: Mapping[str, Any]) -> str:
    """A point, with an edge around it if it has one."""
    edge = marker.get("line")
    ring = _dot(place, marker["size"], edge["color"], edge["width"]) if edge else ""
    return _dot(place, marker["size"], marker["color"]) + ring


def _dot(place: Point, size: float, color: str, edge: float = 0) -> str:
    style, width = ("ring", f' stroke-width="{edge}"') if edge else ("dot", "")
    where = f'cx="{place[0]}" cy="{place[1]}" r="{round(size / 2, 1)}"'
    return f'<circle {where} class="{style} {_class(color)}"{width}/>'


def _area(shape: Part, frame: Frame) -> str:
    """The area between two curves, or in a box."""
    if shape["type"] == "path":
        corners = shape["path"].translate(COMMANDS).split()
        places = [frame.point(*map(float, corner.split(","))) for corner in corners]
    else:
        x0, x1, y0, y1 = (shape[name] for name in ("x0", "x1", "y0", "y1"))
        places = [frame.point(x, y) for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]
    if "fillcolor" not in shape:
        return f'<polyline points="{_corners([*places, places[0]])}" {_stroke(shape["line"])}/>'
    pale = f'fill-opacity="{shape.get("opacity", 1)}"'
    return f'<polygon points="{_corners(places)}" class="{_class(shape["fillcolor"])}" {pale}/>'


def _level(shape: Part, frame: Frame) -> str:
    """A straight line."""
    ends = [(_place(shape, "x", end, frame.x), _place(shape, "y", end, frame.y)) for end in "01"]
    return _line(ends, shape["line"], "level")


def _place(part: Part, axis: str, end: str, scale: Scale) -> float:
    """The place of a part on an axis: of a value, or of a share of the axis."""
    value = part[axis + end]
    return scale.share(value) if part.get(f"{axis}ref") == "paper" else scale.at(value)


def _line(ends: Sequence[Point], line: Part, style: str) -> str:
    (x1, y1), (x2, y2) = ends
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" {_stroke(line, style)}/>'


def _stroke(line: Part, style: str = "") -> str:
    """How a line is drawn: its class, width and dashes."""
    dashes = DASHES.get(line.get("dash", ""), "")
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    named = f"{style} {_class(line['color'])}".strip()
    return f'class="{named}" stroke-width="{line["width"]}"{dashed}'


def _class(color: str) -> str:
    """The class of a colour's token."""
    return re.sub(r"^@(?=\d)", "c", color).removeprefix("@")


def _corners(places: Sequence[Point]) -> str:
    return " ".join(f"{round(x, 1)},{round(y, 1)}" for x, y in places)


# ---- axes


def _axes(layout: Part, frame: Frame, height: float, put: Put) -> Iterator[str]:
    """Both axes with their ticks, numbers and titles. The upright one's title is above it."""
    (x, y), (left, right), (bottom, top) = frame, frame.x[2:4], frame.y[2:4]
    is_whole = layout.get("meta") == "step" or "tickformat" in layout["xaxis"]
    if layout["yaxis"].get("showticklabels", True):
        for at, words in _ticks(layout["yaxis"], y, BETWEEN[1], put):
            yield f'<line x1="{left}" y1="{at}" x2="{right}" y2="{at}" class="grid"/>'
            yield _text((left - TICK, at + 4), words, "end")
        yield f'<line x1="{left}" y1="{top}" x2="{left}" y2="{bottom}" class="axis"/>'
    for at, words in _ticks(layout["xaxis"], x, BETWEEN[0], put, is_whole):
        yield f'<line x1="{at}" y1="{bottom}" x2="{at}" y2="{bottom + TICK}" class="axis"/>'
        yield _text((at, bottom + TICK + 12), words, "middle")
    yield f'<line x1="{left}" y1="{bottom}" x2="{right}" y2="{bottom}" class="axis"/>'
    yield from _lines(
        (x.share(0.5), bottom + TICK + 30), layout["xaxis"]["title"]["text"], "middle"
    )
    yield from _lines((2, top - TITLE + 12), layout["yaxis"]["title"]["text"], "start")


def _ticks(
    axis: Part, scale: Scale, between: int, put: Put, is_whole: bool = False
) -> list[tuple[float, str]]:
    """The ticks of an axis: their places and numbers. If the axis has its own ticks,
    those are used.
    """
    if "tickvals" in axis:
        own = zip(axis["tickvals"], axis["ticktext"], strict=True)
        return [(scale.at(value), words) for value, words in own]
    most = int(abs(scale.end - scale.start)) // between
    found = ticks(scale.low, scale.high, most, is_whole)
    # Losses have at least one decimal.
    least = 1 if between == BETWEEN[1] else 0
    digits = next(n for n in range(least, 10) if all(abs(it - round(it, n)) < 1e-9 for it in found))
    return [(scale.at(it), put(number_sentence(it, f",.{digits}f"))) for it in found]


def ticks(low: float, high: float, most: int, integers: bool = False) -> list[float]:
    """Round numbers from `low` to `high`, 1, 2 or 5 × 10^k apart: about `most` of them; at least
    three if they need not be integers.
    """
    rough = (high - low) / max(1, most)
    power = 10.0 ** math.floor(math.log10(rough))
    each = next(f * power for f in (1, 2, 5, 10) if f * power >= rough * (1 - 1e-9))
    each = max(1.0, each) if integers else each
    first, last = math.ceil(low / each - 1e-9), math.floor(high / each + 1e-9)
    if last - first < 2 and (each > 1 or not integers):
        return ticks(low, high, most + 1, integers)
    return [round(i * each, 9) for i in range(first, last + 1)]


# ---- words


def _legend(data: Sequence[Part], width: int) -> tuple[list[str], float]:
    """A line for each curve beside its name, and the height of all of them."""
    found, y = list[str](), 0
    for curve in (it for it in data if it.get("showlegend", True)):
        found.append(_line([(2, y + LINE - 4), (SAMPLE, y + LINE - 4)], curve["line"], "sample"))
        for words in textwrap.wrap(unescape(curve["name"]), (width - SAMPLE - 8) // LETTER):
            y += LINE
            found.append(_text((SAMPLE + 8, y), escape(words), "start"))
    return found, y + GAP


def _is_beside(words: Part) -> bool:
    """Whether words are at the right side, with a line that leads to them."""
    return bool(words.get("xref") == "paper" and words["x"] == 1 and words["showarrow"])


def _labels_beside(words: Sequence[Part], frame: Frame) -> Iterator[str]:
    """Those words, moved apart if they would overlap; a short line leads to each."""
    ordered = sorted(words, key=lambda it: float(it["y"]))
    places = _apart([frame.y.at(it["y"]) for it in ordered], frame.y.end, frame.y.start)
    x = frame.x.end
    for it, place in zip(ordered, places, strict=True):
        lead = {"color": it["arrowcolor"], "width": it["arrowwidth"]}
        yield _line([(x, frame.y.at(it["y"])), (x + LEAD - 3, place)], lead, "lead")
        yield _text((x + LEAD, place + 4), it["text"], "start", it["font"]["color"])


def _apart(wanted: Sequence[float], top: float, bottom: float) -> list[float]:
    """Places as near as possible to the wanted ones, a line of text apart; the lowest first."""
    places: list[float] = []
    for place in wanted:
        places.append(min(place, places[-1] - LINE if places else bottom))
    least = top
    for i in reversed(range(len(places))):  # places above the top are moved down again
        places[i] = max(places[i], least)
        least = places[i] + LINE
    return [round(place, 1) for place in places]


def _label(words: Part, frame: Frame) -> Iterator[str]:
    """Words at a place in the drawing, or beside it, with a line that leads there."""
    x, y = _place(words, "x", "", frame.x), _place(words, "y", "", frame.y)
    color, place = words["font"]["color"], (x, y - words.get("yshift", 0))
    side = _side(words, x, frame.x)
    if words["showarrow"]:
        place = x + words["ax"], frame.y.at(words["ay"])
        lead = {"color": words["arrowcolor"], "width": words["arrowwidth"]}
        yield _line([(x, y), place], lead, "lead")
    if words.get("xref") != "paper":
        place = place[0] + PAD[side], place[1]
    drop = DROPS[words.get("yanchor", "middle")]
    yield from _lines((place[0], place[1] + drop), words["text"], side, color)


def _side(words: Part, x: float, scale: Scale) -> str:
    """Which end of words is at their place; the other one if they would leave the frame."""
    share, long = (x - scale.start) / (scale.end - scale.start), LETTER * len(words["text"])
    anchor = words.get("xanchor", "center")
    if anchor == "auto":
        anchor = "left" if share < 1 / 3 else "right" if share > 2 / 3 else "center"
    if anchor == "left" and x + long > scale.end and x - long > scale.start:
        anchor = "right"
    return ANCHORS[anchor]


def _lines(place: Point, words: str, anchor: str, color: str = "") -> Iterator[str]:
    """Words at a place, each of their lines below the one before."""
    for number, line in enumerate(words.split("<br>")):
        if line:
            yield _text((place[0], place[1] + LINE * number), line, anchor, color)


def _text(place: Point, words: str, anchor: str, color: str = "") -> str:
    """Words of a figure, in which typed text is escaped. Their start, middle or end
    is at the place.
    """
    x, y = round(place[0], 1), round(place[1], 1)
    style = f' class="{_class(color)}"' if color else ""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{style}>{escape(unescape(words))}</text>'
