"""The components alone in a real browser, called as Streamlit calls them: again for all new data,
sometimes out of order, with the cleanup of an older call. A fake plotly.js records its calls."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest
from browser import IN_A_BROWSER, browser, new_page
from load.server import family
from playwright.sync_api import Browser, Page

from dino.locale.sentences import prose_part
from dino.pages.lab.training import PARTS
from dino.ui import component

LAB = Path(component.__file__).parents[1] / "pages" / "lab"

pytestmark = IN_A_BROWSER
SCENE = """async (source) => {
    const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
    document.body.innerHTML =
        '<div id=parent><div class=dino-frame><div class=dino-plot></div></div></div>';
    const parentElement = window.parent = document.getElementById("parent");
    const figure = () => ({data: [], layout: {height: 100, font: {}, xaxis: {}, yaxis: {}}});
    window.draw = (alt = "a picture", source = "none.js") => module.default({
        data: [{figure: figure(), source: {file: source}, alt, failed: "It could not be drawn."}],
        parentElement,
        setTriggerValue: () => {}});
    window.host = parentElement.querySelector(".dino-plot");
    window.purged = 0;
    window.stub = {react: async (host) => {
                       host.shows = host.ariaLabel;
                       host.on = () => {};
                       host.picture ??= host.appendChild(document.createElement("svg"));
                   },
                   purge: () => { purged += 1; }, Plots: {resize: () => {}}};
    window.module = await import(url);
}"""
NOTED = "async () => { await host.drawing; return [Number(host.dataset.draws || 0), purged]; }"


@pytest.fixture
def scene(page: Page) -> Page:
    page.evaluate(SCENE, component.code("plot"))
    page.evaluate("() => { window.Plotly = stub; window.dinoPlotly = Promise.resolve(stub); }")
    return page


def test_the_cleanup_of_an_overtaken_call_leaves_the_picture(scene: Page) -> None:
    scene.evaluate("() => { const first = draw('old'); window.last = draw('new'); first(); }")
    drawn, purged = scene.evaluate(NOTED)
    assert drawn >= 1 and purged == 0
    assert scene.evaluate("host.shows") == "new"
    scene.evaluate("() => { host.remove(); last(); }")
    assert scene.evaluate(NOTED)[1] == 1


def test_an_overtaken_call_that_comes_last_changes_nothing(scene: Page) -> None:
    scene.evaluate("() => { draw('new'); draw('old')(); }")
    drawn, purged = scene.evaluate(NOTED)
    assert drawn >= 1 and purged == 0
    assert scene.evaluate("[host.shows, host.ariaLabel]") == ["new", "new"]


def test_two_calls_that_wait_for_plotly_draw_the_newer_once(scene: Page) -> None:
    scene.evaluate("""() => {
        window.dinoPlotly = new Promise((resolve) => { window.arrived = () => resolve(stub); });
        draw('old');
        draw('new');
        arrived();
    }""")
    assert scene.evaluate(NOTED) == [1, 0]
    assert scene.evaluate("[host.shows, host.contains(host.picture)]") == ["new", True]


def test_plotly_is_fetched_once_the_main_button_takes_clicks(scene: Page) -> None:
    early = scene.evaluate("""async () => {
        document.body.insertAdjacentHTML(
            "beforeend", "<p class=dino-run-buttons><button class=main></button></p>");
        window.Plotly = window.dinoPlotly = null;
        draw("early", "http://127.0.0.1:1/none.js");
        for (let i = 0; i < 20; i += 1)
            await new Promise((resolve) => { requestAnimationFrame(resolve); });
        return [...document.scripts].map((it) => it.src);
    }""")
    assert not early
    scene.evaluate("document.querySelector('.main').dataset.kind = 'play'")
    scene.wait_for_function("() => [...document.scripts].some((it) => it.src.endsWith('none.js'))")


def test_a_later_call_leaves_the_picture_where_it_is(scene: Page) -> None:
    scene.evaluate("async () => { draw('old'); await host.drawing; draw('new'); }")
    assert scene.evaluate(NOTED) == [2, 0]
    assert scene.evaluate("[host.shows, host.contains(host.picture)]") == ["new", True]


def test_an_element_that_comes_back_before_it_was_drawn_is_drawn(scene: Page) -> None:
    scene.evaluate("""() => {
        const last = draw();
        parent.remove();
        last();
        document.body.append(parent);
        draw();
    }""")
    drawn, purged = scene.evaluate(NOTED)
    assert drawn == 1 and purged == 0


def test_an_element_that_left_the_page_is_not_drawn_but_purged(scene: Page) -> None:
    scene.evaluate("() => { const last = draw(); host.remove(); last(); }")
    assert scene.evaluate(NOTED) == [0, 1]


def test_a_table_shows_the_newer_rows_in_whichever_order_the_calls_come(page: Page) -> None:
    page.evaluate(SCENE, component.code("table"))
    shown = page.evaluate("""() => {
        const frame = host.parentElement;
        frame.className = "frame";
        const table = (cell) => module.default({
            data: [{columns: ["c"], rows: [[cell]], caption: "", numeric: [], names: [], less: []}],
            parentElement: parent, setTriggerValue: () => {}});
        const seen = [];
        const first = table("old");
        table("new");
        first();
        seen.push(frame.querySelector("td").textContent);
        table("newest");
        table("old")();
        return [...seen, frame.querySelector("td").textContent];
    }""")
    assert shown == ["new", "newest"]


def test_plotly_that_did_not_load_is_asked_for_again(scene: Page) -> None:
    scene.evaluate("() => { window.dinoPlotly = null; window.Plotly = undefined; }")
    scene.evaluate("void draw('a', 'data:text/javascript,')")  # loads, and brings nothing
    assert scene.evaluate(NOTED) == [0, 0]
    assert "could not be drawn" in scene.evaluate("host.textContent")
    scene.evaluate("void draw('a', 'data:text/javascript,window.Plotly = window.stub')")
    assert scene.evaluate(NOTED)[0] == 1
    assert scene.evaluate("host.textContent") == ""


def test_words_that_a_newer_frame_overtook_are_not_shown(page: Page) -> None:
    page.evaluate(SCENE, component.code("run_line", LAB, ("words",)))
    shown = page.evaluate(
        """(html) => {
        parent.innerHTML = html;
        const words = parent.querySelector(".words");
        const draw = (at, text, key = "k") => {
            module.default({data: [{key, stream: false, pace: 1, done: 0, offers: [], paces: [],
                    words: {},
                frame: {at, kind: "on", phase: "paused", watching: false,
                        status: [[text, false]]}}],
                parentElement: parent, setTriggerValue: () => {}});
            return words.textContent;
        };
        return [draw(5, "pausing"), draw(7, "paused"), draw(6, "pausing"), draw(7, "paused again"),
                draw(1, "of another session", "another")];
    }""",
        component.component_source("run_line.html", LAB),
    )
    assert shown == ["pausing", "paused", "paused", "paused again", "of another session"]


def test_who_begins_to_listen_late_gets_what_the_stream_has_brought_before(page: Page) -> None:
    page.route(
        "http://dino.test/**",
        lambda route: route.fulfill(
            status=200, content_type="text/html", body="<html><body></body></html>"
        ),
    )
    page.goto("http://dino.test/")
    page.evaluate("""() => {
        window.asked = [];
        window.fetch = async (url, { headers, signal }) => {
            const type = { headers: { "content-type": "text/event-stream" } };
            if (String(url).endsWith("here")) return new Response("", type);
            asked.push(headers["Last-Event-ID"] ?? "");
            const frame = {at: 1, phase: "paused", watching: false, status: [["all", false]]};
            return new Response(new ReadableStream({start(controller) {
                const text = `id: 7\\ndata: ${JSON.stringify(frame)}\\n\\n`;
                controller.enqueue(new TextEncoder().encode(text));
                signal.addEventListener("abort", () => controller.error(new Error("over")));
            }}), type);
        };
    }""")
    page.evaluate(SCENE, component.code("run_line", LAB, ("words",)))
    join = """(html) => {
        const parentElement = document.body.appendChild(document.createElement("div"));
        parentElement.innerHTML = html;
        const frame = {at: 0, kind: "on", phase: "paused", watching: false, status: []};
        module.default({data: [{key: "k", stream: true, pace: 1, done: 0, offers: [], paces: [],
                    words: {},
                                frame}], parentElement, setTriggerValue: () => {}});
    }"""
    for listeners in (1, 2):
        page.evaluate(join, component.component_source("run_line.html", LAB))
        page.wait_for_function(
            "(count) => [...document.querySelectorAll('.words')].filter("
            "it => it.textContent === 'all').length === count",
            arg=listeners,
        )
    assert page.evaluate("asked") == ["", ""]


@pytest.mark.long
def test_a_table_of_runs_asks_for_a_missing_row_until_it_is_there(page: Page) -> None:
    page.evaluate(SCENE, component.code("runs", LAB))
    page.evaluate("""() => {
        window.asked = 0;
        parent.innerHTML = '<div class="dino-runs"></div>';
        window.dinoEvents = {
            listen: (key, { heard }) => { window.heard = heard; return () => {}; }};
        const row = {number: 2, present: true, name: "Run 2", cells: ["", "", ""], changed: "",
                     link: ""};
        window.draw = (rows) => module.default({
            data: [{key: "k", stream: true, words: {}, columns: [],
                    groups: [{title: "", rows}]}],
            parentElement: parent, setTriggerValue: () => { asked += 1; }});
        window.row = row;
        draw([]);
        heard({at: 1, number: 2, step: 1, row: ["1 of 60", "3.30", "–"]});
    }""")
    page.wait_for_function("() => asked > 2")  # the run is at rest: no frame comes any more
    page.evaluate("() => { draw([row]); window.asked = 0; }")
    assert "1 of 60" in page.locator(".present").inner_text()
    page.wait_for_function("() => parent.querySelector('.dino-runs').reminder === null")
    assert page.evaluate("asked") == 0


def test_a_chart_that_is_planned_is_drawn_with_the_words_of_the_newest_call(page: Page) -> None:
    page.evaluate(SCENE, component.code("training", LAB, PARTS))
    names = page.evaluate(
        """async (html) => {
        window.Plotly = stub;
        window.dinoPlotly = Promise.resolve(stub);
        parent.innerHTML = html;
        const plot = parent.querySelector(".dino-plot");
        const curve = {from: 0, x: [0], y: [3]};
        const draw = (words, at) => module.default({
            data: [{key: "k", stream: false, pace: 1, drawn: "", source: {}, labels: [], lines: [],
                    measured: ["", []], words: {}, separators: ".,", failed: "", doubt: "",
                    traces: words.map((name) => ({name})),
                    frame: at && {at, phase: "paused", state: "", sentence: "", figures: {},
                                  train: curve, evaluated: curve, val: curve,
                                  layout: {height: 100, font: {}, xaxis: {}, yaxis: {}}}}],
            parentElement: parent, setTriggerValue: () => {}});
        const shown = async () => {
            while (plot.planned) await new Promise((resolve) => setTimeout(resolve, 5));
            return plot.figure.data.map((trace) => trace.name);
        };
        draw(["train", "evaluated", "held out"], 1);
        draw(["entrenamiento", "evaluado", "validación"]);  // the same moment in another language
        const first = await shown();
        draw(["train", "evaluated", "held out"], 2);
        draw(["entrenamiento", "evaluado", "validación"], 3);
        return [first, await shown()];
    }""",
        component.component_source("training.html", LAB),
    )
    assert names == [["entrenamiento", "evaluado", "validación"]] * 2


def launched() -> list[str]:
    """The Chromiums that this process has started, without what each of them starts."""
    found = []
    for pid in family(os.getpid()):
        with suppress(OSError):  # it has just ended
            found.append(Path(f"/proc/{pid}/cmdline").read_text())
    return [it for it in found if "--user-data-dir=" in it and "--type=" not in it]


def test_pages_of_other_visitors_are_in_the_same_chromium(page: Page, chrome: Browser) -> None:
    other = new_page(chrome)
    assert other.context != page.context and other.context.browser == page.context.browser
    assert len(launched()) == 1
    with pytest.raises(RuntimeError, match="a browser runs already"), browser():
        pass


# ---- the table of the Compare page

COMPARE = LAB.parent / "compare"
TABLE_SCENE = """async ([source, css, data]) => {
    const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
    document.body.innerHTML = '<style></style><div id=parent><div class=dino-compared></div></div>';
    document.querySelector("style").textContent = css;
    const parentElement = document.getElementById("parent");
    (await import(url)).default({data: [data], parentElement, setTriggerValue: () => {}});
}"""
EDGES = """() => {
    const end = document.querySelector('.dino-compared').getBoundingClientRect().bottom;
    return [...document.querySelectorAll('tr[data-number]')].map((row) => {
        const box = row.getBoundingClientRect();
        return [box.top - end, box.bottom - end];
    });
}"""


def table_of_runs(page: Page, runs: int, changed: str = "") -> None:
    """The table alone, with this many runs; changed: what each changed, if that has a column."""
    row = {"title": "", "pinned": False, "color": None, "changed": changed}
    rows = [
        {**row, "number": n, "token": f"t{n}", "name": f"Run {n} · RNN 64 · Adam 0.005"}
        | {"cells": [["1.711", 1.711], ["RNN", "RNN"]]}
        for n in range(runs, 0, -1)
    ]
    words = {name: f"({name})" for name in prose_part("components", "compared_runs")}
    group = {"title": "Dinosaurs · split seed 0", "why": "", "rows": rows}
    data = {"figures": [["last", "last held out"]], "settings": [["cell", "cell"]], "words": words}
    data |= {"groups": [group], "full": False, "changes": bool(changed), "longest": 40}
    css = component.component_source("compared_runs.css", COMPARE)
    page.evaluate(TABLE_SCENE, [component.code("compared_runs", COMPARE), css, data])


def test_of_fourteen_runs_eight_are_seen_and_the_next_is_cut_so_that_more_are_expected(
    page: Page,
) -> None:
    table_of_runs(page, 14)
    edges = page.evaluate(EDGES)
    assert sum(bottom <= 0 for _, bottom in edges) >= 8
    assert any(top < -5 and bottom > 5 for top, bottom in edges)
    table_of_runs(page, 3)
    assert all(bottom <= 0 for _, bottom in page.evaluate(EDGES))  # nothing is cut without need


def test_what_was_changed_takes_two_lines_until_it_has_the_focus(page: Page) -> None:
    table_of_runs(page, 3)
    assert page.locator(".changed").count() == 0  # the settings that differ have columns
    words = "; ".join(f"setting {i} {i} → {i + 1}" for i in range(60))
    table_of_runs(page, 3, words)
    lines = page.locator(".lines").first
    row = "(it) => it.closest('tr').getBoundingClientRect().height"
    assert lines.evaluate(row) < 3.5 * 18
    assert lines.get_attribute("title") == words and lines.inner_text() == words
    lines.focus()
    assert lines.evaluate("(it) => it.scrollHeight <= it.clientHeight + 1")
    assert lines.evaluate(row) > 5 * 18


def test_every_column_of_the_runs_has_a_heading_with_words(page: Page) -> None:
    table_of_runs(page, 2, "cell RNN → GRU")
    headings = page.locator("thead th").all()
    assert len(headings) == 6 and all(it.text_content() for it in headings)
