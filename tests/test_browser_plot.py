"""The picture component alone in a real browser, called as Streamlit calls it, with a plotly.js
that only notes what is asked of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import IN_A_BROWSER
from playwright.sync_api import Page

import dino.ui

pytestmark = IN_A_BROWSER
SOURCE = (Path(dino.ui.__file__).parent / "plot.js").read_text(encoding="utf-8")
SCENE = """async (source) => {
    const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
    document.body.innerHTML =
        '<div id=parent><div class=dino-frame><div class=dino-plot></div></div></div>';
    const parentElement = document.getElementById("parent");
    const figure = () => ({data: [], layout: {height: 100, font: {}, xaxis: {}, yaxis: {}}});
    window.draw = (source = "none.js") => module.default({
        data: [{figure: figure(), source, alt: "a picture"}], parentElement,
        setTriggerValue: () => {}});
    window.host = parentElement.querySelector(".dino-plot");
    window.purged = 0;
    window.stub = {react: async (host) => { host.on = () => {}; },
                   purge: () => { purged += 1; }, Plots: {resize: () => {}}};
    const module = await import(url);
}"""
NOTED = "async () => { await host.drawing; return [Number(host.dataset.draws || 0), purged]; }"


@pytest.fixture
def scene(page: Page) -> Page:
    page.evaluate(SCENE, SOURCE)
    page.evaluate("() => { window.Plotly = stub; window.dinoPlotly = Promise.resolve(stub); }")
    return page


def test_the_cleanup_of_an_overtaken_call_leaves_the_picture(scene: Page) -> None:
    scene.evaluate("() => { const first = draw(); window.last = draw(); first(); }")
    drawn, purged = scene.evaluate(NOTED)
    assert drawn >= 1 and purged == 0
    scene.evaluate("last()")
    assert scene.evaluate(NOTED)[1] == 1


def test_an_element_that_comes_back_before_it_was_drawn_is_drawn(scene: Page) -> None:
    scene.evaluate("() => { draw()(); draw(); }")
    drawn, purged = scene.evaluate(NOTED)
    assert drawn >= 1 and purged == 0


def test_an_element_that_left_the_page_is_not_drawn_but_purged(scene: Page) -> None:
    scene.evaluate("draw()()")
    assert scene.evaluate(NOTED) == [0, 1]


def test_plotly_that_did_not_load_is_asked_for_again(scene: Page) -> None:
    scene.evaluate("() => { window.dinoPlotly = null; window.Plotly = undefined; }")
    scene.evaluate("void draw('data:text/javascript,')")  # loads, and brings nothing
    assert scene.evaluate(NOTED) == [0, 0]
    assert "could not be drawn" in scene.evaluate("host.textContent")
    scene.evaluate("void draw('data:text/javascript,window.Plotly = window.stub')")
    assert scene.evaluate(NOTED)[0] == 1
    assert scene.evaluate("host.textContent") == ""
