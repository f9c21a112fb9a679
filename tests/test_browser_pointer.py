"""One pointer for all charts of a page that count the same along x, in a real browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from browser import IN_A_BROWSER, touched
from playwright.sync_api import Page
from waiting import wait_for

from dino.charts.base import RUNS
from dino.charts.compare import RunCurves, name_lengths, overlaid_losses
from dino.charts.factors import LevelBand, band
from dino.live.plotly_file import source
from dino.ui.component import code
from dino.ui.plot import FRAME, FRAME_CSS

pytestmark = [*IN_A_BROWSER, pytest.mark.long]
CURVES, BANDS, LENGTHS = range(3)  # the charts of the scene
SCENE = """async ([js, frame]) => {
    const url = URL.createObjectURL(new Blob([js], {type: "text/javascript"}));
    const module = await import(url);
    window.dinoPlotly = Promise.resolve(Plotly);
    document.body.innerHTML = `<div class="chart" style="width: 340px">${frame}</div>`.repeat(3);
    window.hosts = [...document.querySelectorAll(".dino-plot")];
    window.draw = (chart, figure) => {
        module.default({data: [{figure, source: {}, alt: "", failed: ""}],
            parentElement: hosts[chart].closest(".chart"), setTriggerValue: () => {}});
        return hosts[chart].drawing;
    };
}"""
# Where each chart has the line of another one's pointer, in units of its own x axis; or null.
LINES = """() => hosts.map((host) => {
    const line = host.querySelector(".dino-pointer"), { xaxis } = host._fullLayout;
    const left = line?.getBoundingClientRect().left - host.getBoundingClientRect().left;
    return line && xaxis.p2d(left - xaxis._offset);
})"""
# What each chart has in its box of values, and how many lines of its own it shows.
BOXES = "() => hosts.map((host) => host.querySelector('.hoverlayer .legend')?.textContent ?? '')"
OWN = """() => hosts.map((host) => [...host.querySelectorAll('.spikeline')].filter(
    (line) => getComputedStyle(line).display !== 'none').length > 0)"""
# Whether a chart takes the next tap for one by itself, no longer for the second of a double one.
TAP_IS_OVER = """(chart) => {
    const { _mouseDownTime, _context } = hosts[chart];
    return Date.now() - (_mouseDownTime ?? 0) > _context.doubleClickDelay;
}"""
PLACE = """([chart, x]) => {
    const host = hosts[chart], box = host.getBoundingClientRect();
    const { xaxis, yaxis } = host._fullLayout;
    return [box.left + xaxis._offset + xaxis.d2p(x),
            box.top + yaxis._offset + 0.6 * yaxis._length];
}"""


def curves(by: str = "step", log_x: bool = False) -> dict[str, Any]:
    x = np.arange(0.0, 101.0, 4.0)
    run = RunCurves("one", RUNS[0], (x, 3 - x / 100), (x, 3 - x / 90))
    return overlaid_losses([run], by=by, log_x=log_x, put=str)


def bands(last: float = 80) -> dict[str, Any]:
    x = np.arange(0.0, last + 1, 10.0)
    return band([LevelBand("RNN", x, 3 - x / 100, 2.9 - x / 100, 3.1 - x / 100, 3)], put=str)


@pytest.fixture
def charts(page: Page) -> Page:
    """The curves of runs over steps, those of an experiment, and the lengths of names."""
    page.set_content("<html><body></body></html>")
    page.add_script_tag(path=source())
    page.add_style_tag(content=FRAME_CSS)
    page.evaluate(SCENE, [code("plot"), FRAME])
    lengths = name_lengths([("one", RUNS[0], np.array([0, 40, 40, 20]))], str)
    for chart, figure in enumerate((curves(), bands(), lengths)):
        draw(page, chart, figure)
    return page


def draw(page: Page, chart: int, figure: dict[str, Any]) -> None:
    page.evaluate("([chart, figure]) => draw(chart, figure)", [chart, figure])


def hover(page: Page, chart: int, x: float) -> None:
    """Move the mouse to this x of a chart."""
    place = page.evaluate(PLACE, [chart, x])
    page.mouse.move(place[0] - 3, place[1])
    page.mouse.move(*place)


def wait_for_lines(page: Page, *expected: float | None) -> None:
    def are_there() -> bool:
        found = [None if x is None else pytest.approx(x, abs=0.4) for x in expected]
        return bool(page.evaluate(LINES) == found)

    wait_for(are_there, f"lines at {expected}", progress=lambda: str(page.evaluate(LINES)))


def test_where_one_is_hovered_those_with_the_same_unit_have_a_line_and_their_values(
    charts: Page,
) -> None:
    hover(charts, CURVES, 48)
    wait_for_lines(charts, None, 48, None)
    wait_for(lambda: "RNN" in charts.evaluate(BOXES)[BANDS], "the values of the bands")
    assert charts.evaluate(OWN) == [True, False, False]
    hover(charts, BANDS, 20)
    wait_for_lines(charts, 20, None, None)
    assert charts.evaluate(OWN) == [False, True, False]
    hover(charts, LENGTHS, 2)
    wait_for_lines(charts, None, None, None)
    wait_for(lambda: charts.evaluate(OWN)[:2] == [False, False], "no pointer in the others")
    assert charts.evaluate(BOXES)[:2] == ["", ""]
    hover(charts, CURVES, 96)  # the bands end at 80
    wait_for(lambda: charts.evaluate(OWN)[CURVES], "a pointer")
    wait_for_lines(charts, None, None, None)


def test_a_line_follows_an_axis_that_changes(charts: Page) -> None:
    hover(charts, BANDS, 40)
    wait_for_lines(charts, 40, None, None)
    draw(charts, CURVES, curves(log_x=True))
    wait_for_lines(charts, 40, None, None)
    draw(charts, CURVES, curves(by="names"))
    wait_for_lines(charts, None, None, None)
    draw(charts, CURVES, curves())
    wait_for_lines(charts, 40, None, None)
    charts.evaluate("() => hosts[1].closest('.chart').remove()")
    draw(charts, CURVES, curves())
    assert not charts.locator(".dino-pointer").count()


def test_a_finger_points_too(charts: Page) -> None:
    touched(charts)
    fingers = charts.context.new_cdp_session(charts)
    for x in (40, 60):
        left, top = charts.evaluate(PLACE, [BANDS, x])
        points = [{"x": left, "y": top}]
        fingers.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points})
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        wait_for_lines(charts, x, None, None)
        wait_for(lambda: charts.evaluate(TAP_IS_OVER, BANDS), "a tap that is no half of two")
