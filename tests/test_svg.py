"""Figures as SVG: what is drawn lies where the axes say, is named, and has the theme's colours."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources import ROOT

from dino.charts import factors as charts
from dino.charts.bet_axis import Belief, bet_and_result
from dino.charts.compare import RunCurves, overlaid_losses
from dino.charts.differences import PairRow, differences_figure
from dino.charts.factors import MOST_LEVELS, Ladder, LevelBand, band, ladder
from dino.charts.loss import loss_curves, loss_picture, with_bet
from dino.charts.svg import LETTER, LINE, figure_svg, ticks
from dino.difference import Difference
from dino.locale.sentences import ENGLISH, languages
from dino.reports.report_frame import FOLDER, WIDTHS

STYLE = FOLDER / "report.css"
WIDE = WIDTHS["wide"]
PUT = ENGLISH.put
each_width = pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)


def drawn(figure: Any, width: int = WIDE, put: Any = PUT) -> str:
    return figure_svg(figure, "What it shows", put, width)


def of_losses(losses: np.ndarray, levels: Any = (), steps: int = 100, rates: Any = (), **more: Any):
    """A figure of three curves of losses, 10 steps apart."""
    x = np.arange(len(losses)) * 10
    train, val, evaluated = (x, losses), (x, losses + 0.2), (x, losses - 0.1)
    return loss_picture(train, val, evaluated, dict(levels), steps, rates=rates, put=PUT, **more)


def elements(svg: str, tag: str, style: str) -> list[dict[str, str]]:
    """The attributes of all elements of a kind in a drawing, of this class among others."""
    found = [
        dict(re.findall(r'([\w-]+)="([^"]*)"', it)) for it in re.findall(f"<{tag} [^>]*>", svg)
    ]
    return [it for it in found if {*style.split()} <= {*it.get("class", "").split()}]


def corners(svg: str, tag: str, style: str) -> list[np.ndarray]:
    """The points of the lines or areas of a class, x and y."""
    found = elements(svg, tag, style)
    return [np.array([it.split(",") for it in one["points"].split()], float) for one in found]


def texts(svg: str) -> list[str]:
    return re.findall("<text [^>]*>([^<]*)</text>", svg)


# ---- curves of losses


@each_width
def test_a_curve_lies_where_its_axes_say(width: int) -> None:
    svg = drawn(of_losses(np.linspace(3.0, 2.0, 11), {"nothing": 3.3, "sixes": 1.5}), width)
    (points,) = corners(svg, "polyline", "c1")
    across = next(a for a in elements(svg, "line", "axis") if a["y1"] == a["y2"])
    assert points[0, 0] == float(across["x1"]) and points[-1, 0] == float(across["x2"])
    assert np.allclose(np.diff(points[:, 0]), np.diff(points[:, 0])[0], atol=0.2)
    grid = [float(a["y1"]) for a in elements(svg, "line", "grid")]
    assert len(set(np.round(np.diff(grid), 0))) == 1 and 3 <= len(grid) <= 9
    # The held-out curve ends at 2.2, so 2.2 − 2.0 of a tick's distance above the line of 2.0.
    labels = texts(svg)
    two = grid[labels[: len(grid)].index("2.0")]
    half = labels.index("2.5") if "2.5" in labels else labels.index("3.0")
    scale = (two - grid[half]) / (float(labels[half]) - 2.0)
    assert points[-1, 1] == pytest.approx(two - 0.2 * scale, abs=0.3)


def test_a_training_loss_has_no_figure_because_it_is_that_of_a_few_batches() -> None:
    """The table has the mean of the last 50 steps, which would be another figure."""
    found = {*texts(drawn(of_losses(np.linspace(3.0, 2.0, 11), {"sixes": 1.5})))}
    assert {"train", "held out 2.20", "train, evaluated 1.90", "sixes 1.50"} < found


@pytest.mark.parametrize("highest", [1.5, 3.35])
def test_names_at_the_right_end_never_overlap(highest: float) -> None:
    levels = {f"k{i}": highest - 0.001 * i for i in range(8)}
    svg = drawn(of_losses(np.linspace(3.3, highest + 0.1, 20), levels, steps=190))
    named = [
        it for it in elements(svg, "text", "") if it["text-anchor"] == "start" and "class" in it
    ]
    places = sorted(float(it["y"]) for it in named)
    assert len(places) == 11 and min(np.diff(places)) >= LINE - 0.11
    assert 0 < places[0] and places[-1] < 360


def test_what_is_no_number_leaves_a_gap() -> None:
    losses = np.array([3.0, 2.5, np.nan, 2.4, np.nan, 2.2, 2.1])
    svg = drawn(of_losses(losses, steps=60))
    assert len(elements(svg, "polyline", "c1")) == 2
    assert len(elements(svg, "circle", "c1 dot")) == 1
    assert "nan" not in svg


def test_a_changed_rate_is_marked() -> None:
    svg = drawn(of_losses(np.linspace(3, 2, 11), rates=[(0, 0.1), (30, 0.01)]))
    assert len(elements(svg, "line", "level rule")) == 1 and "rate 0.01" in texts(svg)


def test_a_baseline_is_dashed_and_a_loss_beyond_the_axis_stays_at_its_end() -> None:
    losses = np.array([3.0, 2.5, 90.0, 2.4])
    svg = drawn(of_losses(losses, {"sixes": 1.5}, steps=30))
    (level,) = elements(svg, "line", "level c3")
    assert level["stroke-dasharray"] and level["y1"] == level["y2"]
    (points,) = corners(svg, "polyline", "c1")
    up = next(a for a in elements(svg, "line", "axis") if a["x1"] == a["x2"])
    assert points[2, 1] == float(up["y1"]) and (points[:, 1] >= float(up["y1"])).all()


@given(st.floats(0, 5), st.floats(0.01, 1e5), st.integers(2, 9))
def test_ticks_are_round_and_within(low: float, length: float, most: int) -> None:
    found = ticks(low, low + length, most)
    assert all(low - 1e-6 * length <= tick <= low + length * (1 + 1e-6) for tick in found)
    assert 3 <= len(found) <= max(most + 3, 7)  # of two or three wanted, the next finer ones
    gaps = np.diff(found)
    assert np.allclose(gaps, gaps[0], rtol=1e-6)
    assert ticks(0, 10, 20, integers=True) == list(range(11))
    assert ticks(0, 450, 2, integers=True) == [0, 200, 400]
    assert ticks(0, 1, 4, integers=True) == [0, 1]


def test_numbers_have_the_marks_of_the_language() -> None:
    figure = of_losses(np.linspace(3, 2, 11), steps=100_000)
    assert {"2.5", "20,000"} <= {*texts(drawn(figure))}
    assert {"2,5", "20\u202f000"} <= {*texts(drawn(figure, put=languages()["es"].put))}


# ---- differences, bands


@each_width
def test_points_lie_where_the_axis_says_and_bars_are_as_long_as_errors(width: int) -> None:
    rows = [PairRow("a", 0.03, 0.01, "clear"), PairRow("b " * 60, -0.01, 0.02, "open")]
    svg = drawn(differences_figure(rows, width, PUT), width)
    points = [(float(it["cx"]), float(it["cy"])) for it in elements(svg, "circle", "dot")]
    bars = [float(it["x2"]) - float(it["x1"]) for it in elements(svg, "line", "bar")]
    marks = elements(svg, "line", "level")
    (zero,) = {float(it["x1"]) for it in marks}
    scale = (points[0][0] - points[1][0]) / 0.04
    assert zero == pytest.approx(points[0][0] - 0.03 * scale, abs=0.3)
    assert bars == pytest.approx([0.02 * scale, 0.04 * scale], abs=0.3)
    assert all(0 < x < width for x, _ in points)
    heights = [y for _, y in points]
    words = [float(it["y"]) for it in elements(svg, "text", "") if it["text-anchor"] == "start"]
    assert heights[0] < words[1] < heights[1] and len(words) > 2  # long words take several lines
    for it in marks:  # the line of zero is beside points, and through no words
        top, end = float(it["y1"]), float(it["y2"])
        assert sum(top < y < end for y in heights) == 1
        assert not any(top < y < end + 8 for y in words)
    *_, lower = re.findall(r'y="([\d.]+)" text-anchor="middle"[^>]*>([^<]+)<', svg)
    height = float(re.search(r'viewBox="0 0 \d+ (\d+)"', svg)[1])
    assert float(lower[0]) < height and lower[1].endswith("symbol")
    assert all(LETTER * len(words) < width for words in texts(svg))


BANDS = [
    LevelBand(
        "A" * 90,
        np.array([0, 50, 100]),
        *np.array([[3, 2.5, 2], [2.9, 2.3, 1.8], [3.1, 2.7, 2.2]]),
        4,
    ),
    LevelBand("B", np.array([0, 50]), *np.array([[3, 2.8]] * 3), 1),
    LevelBand("C", *np.empty((4, 0)), 2),
]


@each_width
def test_mean_curves_lie_in_their_bands_where_the_axis_says(width: int) -> None:
    svg = drawn(band(BANDS, PUT), width)
    (mean,), (other,) = (corners(svg, "polyline", f"c{i}") for i in (6, 7))
    (area,), (none,) = (corners(svg, "polygon", f"c{i}") for i in (6, 7))
    labels = re.findall(r'<text x="[\d.]+" y="([\d.]+)" text-anchor="end">([\d.]+)<', svg)
    (y0, loss0), *_, (y1, loss1) = np.array(labels, float)
    each = (y1 - y0) / (loss1 - loss0)

    def y(losses: list[float]) -> np.ndarray:
        return y0 - 4 + each * (np.array(losses) - loss0)

    assert mean[:, 1] == pytest.approx(y([3, 2.5, 2]), abs=0.3)
    assert area[:, 1] == pytest.approx(y([3.1, 2.7, 2.2, 1.8, 2.3, 2.9]), abs=0.3)
    assert mean[:2, 0].tolist() == other[:, 0].tolist() and mean[2, 0] <= width
    assert np.allclose(none[:2], none[:1:-1])  # one member has no band: its edges are one line
    height = int(re.search(r'viewBox="0 0 \d+ (\d+)"', svg)[1])
    assert max(float(y) for y in re.findall(r' y="([\d.]+)"', svg)) < height
    assert svg.index(">B<") < svg.index("<polyline") and "A" * 120 not in svg  # it takes two lines


def test_of_many_levels_the_later_ones_are_dashed() -> None:
    x, losses = np.array([0, 10]), np.array([3.0, 2.0])
    svg = drawn(band([LevelBand(f"L{i}", x, *[losses] * 3, 1) for i in range(MOST_LEVELS)], PUT))
    lines = re.findall("<polyline [^>]*>", svg)
    for place, (line, sample) in enumerate(
        zip(lines, elements(svg, "line", "sample"), strict=True)
    ):
        is_dashed = charts.style(place)[1] != "solid"
        assert ("stroke-dasharray" in line) == ("stroke-dasharray" in sample) == is_dashed


def test_a_long_curve_can_have_fewer_points() -> None:
    losses = np.linspace(3, 2, 5000)
    few = LevelBand("A", np.arange(5000), *[losses] * 3, 1).with_fewer_points(600)
    (mean,) = corners(drawn(band([few], PUT)), "polyline", "c6")
    assert len(mean) == 600 and few.steps[-1] == 4999 and mean[0, 1] < mean[-1, 1]


# ---- any figure of curves

CURVE = np.array([0, 10, 20]), np.array([3.0, 2.5, 2.0])
TYPED = "</text><script>alert(1)</script> & <b>"
RATES = np.array([0.001, 0.01, 0.1])
FIGURES = {
    "loss": loss_curves(
        CURVE, CURVE, {"sixes": 1.5}, 20, evaluated=CURVE, earlier=[(TYPED, CURVE)], put=PUT
    ),
    "a bet on a loss": with_bet(loss_curves(CURVE, CURVE, {}, 20, put=PUT), "y", 1.7, PUT),
    "a bet on a step": with_bet(loss_curves(CURVE, CURVE, {}, 20, put=PUT), "x", 5, PUT),
    "runs": overlaid_losses([RunCurves(TYPED, "@6", CURVE, CURVE)], by="step", put=PUT),
    "bands": band([LevelBand(TYPED, *CURVE, *[CURVE[1]] * 2, 2)], PUT),
    "learning rates": ladder([Ladder(TYPED, RATES, CURVE[1], CURVE[1] / 50, 1)], PUT),
    "bet and result": bet_and_result(
        Belief(0.1, 0.02), Difference(0.05, 0.01, 152), TYPED, "other", PUT
    ),
    "differences": differences_figure([PairRow(TYPED, 0.1, 0.02, "bet")], WIDE, PUT),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_of_curves_is_drawn_as_text_and_lines_within_its_frame(name: str) -> None:
    json.dumps(FIGURES[name])
    svg = drawn(FIGURES[name])
    assert "<script" not in svg and "<b>" not in svg and "nan" not in svg and "undefined" not in svg
    curves = [it for it in FIGURES[name]["data"] if len(it["x"])]
    assert svg.count("<polyline") + svg.count("<circle") >= len(curves)
    width, height = map(int, re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).groups())
    for x, most in (("x", width), ("y", height)):
        places = [float(it) for it in re.findall(rf' c?{x}[12]?="(-?[\d.]+)"', svg)]
        assert places and 0 <= min(places) and max(places) <= most
    assert 'aria-label="What it shows"' in svg and 'role="img"' in svg


def test_a_figure_of_other_parts_is_refused() -> None:
    figure = {**FIGURES["loss"], "data": [{"type": "heatmap"}]}
    with pytest.raises(TypeError, match="this figure has a heatmap"):
        drawn(figure)


def test_colours_are_those_of_the_light_theme() -> None:
    theme = (ROOT / ".streamlit" / "config.toml").read_text().split("[theme.light]")[1]
    colors = re.findall("#[0-9a-f]{6}", theme.split("chartCategoricalColors = ")[1].split("\n")[0])
    style = STYLE.read_text()
    for place, color in enumerate(colors):
        rule = re.search(rf"svg \.c{place}\b[^}}]*color: (#[0-9a-f]+);", style)
        assert rule[1] == color
    assert len(colors) == 11
