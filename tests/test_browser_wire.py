"""What a first visitor of the Lab loads, in which order, and what waits for plotly.js."""

from __future__ import annotations

import os
from urllib.parse import urljoin

import pytest
from browser import DESKTOP, IN_A_BROWSER, adapt, button, settled
from playwright.sync_api import Browser, Route, expect
from waiting import wait_for
from wire import Wire

pytestmark = IN_A_BROWSER
CHART = ".st-key-live .dino-plot"
PAGES = ("", "learn", "inside", "compare", "data")
# Of the longest curve among the lines that are drawn before plotly.js is there.
POINTS = """() => Math.max(0, ...[...document.querySelectorAll(".early polyline")].map(
    (line) => line.points.length))"""


@pytest.mark.long
def test_the_lab_takes_clicks_after_few_bytes_and_then_fetches_plotly(
    chrome: Browser, address: str
) -> None:
    page = adapt(chrome.new_context().new_page(), DESKTOP)
    wire = Wire(page)
    page.goto(address)
    took = wire.took_clicks()
    page.wait_for_selector(f"{CHART}[data-draws]")
    settled(page)
    assert not [it for it in wire.requests(took) if "plotly" in it.address]
    assert wire.files(took) <= 1_600_000
    assert len(wire.requests(took)) <= 130
    assert wire.files() <= 3_000_000
    assert sum("plotly" in it.address for it in wire.requests()) == 1


@pytest.mark.long
def test_a_curve_is_drawn_in_its_place_as_soon_as_plotly_comes(
    chrome: Browser, address: str
) -> None:
    page = adapt(chrome.new_context().new_page(), DESKTOP)
    held: list[Route] = []
    page.route("**/plotly-*", lambda route: held.append(route))
    page.goto(address)
    button(page, "Train").click()
    expect(page.locator(".dino-live [data-label='names_seen'] .value")).not_to_have_text("–")
    chart = page.locator(CHART)
    assert chart.get_attribute("data-draws") is None
    early = page.locator(".dino-live .early")
    wait_for(lambda: page.evaluate(POINTS) > 3, "a curve in lines alone")
    place = chart.bounding_box()
    assert early.bounding_box() == place
    assert place and place["height"] > 100
    while held:
        held.pop().continue_()
    page.wait_for_selector(f"{CHART}[data-draws]")
    expect(chart.locator(".scatterlayer .trace").first).to_be_visible()
    assert chart.bounding_box() == place
    expect(early).to_have_count(0)


@pytest.mark.long
def test_pages_reach_no_other_computer_but_where_a_host_counts_visits(
    chrome: Browser, address: str
) -> None:
    page = adapt(chrome.new_context().new_page(), DESKTOP)
    wire, sockets = Wire(page), list[str]()
    page.on("websocket", lambda it: sockets.append(it.url))
    for name in PAGES:
        page.goto(urljoin(f"{address}/", name))
        page.wait_for_selector(".st-key-page_top")
        settled(page)
    asked = [it.address for it in wire.requests()]
    assert len(asked) > 100 and len(sockets) >= len(PAGES)
    assert all(it.startswith(f"{address.replace('http', 'ws', 1)}/") for it in sockets)
    elsewhere = [it for it in asked if not it.startswith(f"{address}/")]
    assert bool(elsewhere) == (os.environ.get("DINO_HOST") == "1"), elsewhere
