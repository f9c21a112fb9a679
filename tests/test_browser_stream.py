"""The live page in a real browser: its stream of events, and what it does without one."""

from __future__ import annotations

import json
import urllib.request
from contextlib import closing

import pytest
from browser import (
    IN_A_BROWSER,
    SharedApp,
    app,
    button,
    href,
    metric,
    new_page,
    open_lab,
    settled,
    watch_link,
)
from playwright.sync_api import Browser, Page, Route, expect
from waiting import PATIENCE, wait_for

from dino.ui.component import component_source

pytestmark = IN_A_BROWSER
LONG = "?max_steps=100000&hidden_size=256"  # no test waits for its end
HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def health(address: str) -> dict[str, float]:
    """What the operator sees."""
    with urllib.request.urlopen(f"{address}/dino/health", timeout=PATIENCE) as answer:
        return json.load(answer)


def asked(page: Page) -> list[int]:
    """A list that grows with every message that the page sends to Streamlit."""
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(1)))
    return sent


def train(page: Page, address: str) -> None:
    open_lab(page, address + LONG)
    button(page, "Train").click()
    wait_for(lambda: metric(page, "names_seen") not in ("0", "–"), "the run")


def moves(page: Page) -> None:
    """Wait until the figures have changed a few times."""
    for _ in range(4):
        before = metric(page, "names_seen")
        wait_for(lambda before=before: metric(page, "names_seen") != before, "a new figure")


def hears_all(page: Page) -> None:
    """Wait until the page has drawn all that a run at work has: from then on it only listens."""
    expect(button(page, "Pause")).to_be_visible()
    expect(page.locator(".dino-runs .present")).to_be_visible()
    moves(page)
    settled(page)


@pytest.mark.long
def test_a_page_that_hears_its_run_asks_for_nothing(page: Page, address: str) -> None:
    sent = asked(page)
    train(page, address)
    hears_all(page)
    before = len(sent)
    moves(page)
    moves(page)
    assert len(sent) == before
    button(page, "Pause").click()
    expect(page.get_by_text("Paused at update", exact=False)).to_be_visible()
    expect(button(page, "Train on")).to_be_visible()


def html(route: Route) -> None:
    """Streamlit's answer to an unknown address."""
    route.fulfill(status=200, content_type="text/html", body="<html></html>")


@pytest.mark.parametrize(
    "fault",
    [
        "unreachable",
        pytest.param("a page instead", marks=pytest.mark.long),
        pytest.param("an error", marks=pytest.mark.long),
    ],
)
@pytest.mark.long
def test_where_the_stream_cannot_be_reached_the_page_asks(
    page: Page, address: str, fault: str
) -> None:
    answer = {
        "unreachable": lambda route: route.abort(),
        "a page instead": html,
        "an error": lambda route: route.fulfill(status=502, body="bad gateway"),
    }[fault]
    page.route("**/dino/**", answer)
    sent = asked(page)
    train(page, address)
    moves(page)
    assert len(sent) > 3
    button(page, "Pause").click()
    expect(page.get_by_text("Paused at update", exact=False)).to_be_visible()
    expect(button(page, "Train on")).to_be_visible()


@pytest.mark.long
def test_a_stream_that_a_proxy_keeps_back_is_given_up(page: Page, address: str) -> None:
    held: list[Route] = []
    page.route("**/dino/events", lambda route: held.append(route))  # it is never answered
    sent = asked(page)
    train(page, address)
    moves(page)
    assert held and len(sent) > 3


@pytest.mark.long
def test_a_hidden_page_has_no_stream_and_its_run_trains_on(page: Page, address: str) -> None:
    train(page, address)
    wait_for(lambda: health(address)["streams"] >= 1, "its stream")
    open_before = health(address)["streams"]
    page.evaluate(HIDE, True)
    wait_for(lambda: health(address)["streams"] < open_before, "the end of its stream")
    before = metric(page, "names_seen")
    page.evaluate(HIDE, False)
    wait_for(lambda: metric(page, "names_seen") != before, "the figures of now")
    moves(page)


@pytest.mark.long
def test_a_browser_with_many_tabs_never_hangs(chrome: Browser, address: str) -> None:
    context = chrome.new_context()
    tabs = []
    for _ in range(8):  # a browser opens six connections to a server
        for tab in tabs:
            tab.evaluate(HIDE, True)
        tabs.append(context.new_page())
        open_lab(tabs[-1], address)
    button(tabs[-1], "Train").click()
    wait_for(lambda: metric(tabs[-1], "names_seen") not in ("0", "–"), "the last tab's run")
    context.close()


@pytest.mark.long
def test_behind_a_path_also_in_a_frame_the_page_hears_its_run(
    chrome: Browser, shared_app: SharedApp
) -> None:
    shared_app.end()
    with app(base="/course/dino") as (address, _):
        page = new_page(chrome)
        sent = asked(page)
        train(page, address)
        wait_for(lambda: health(address)["streams"] == 1, "its stream")
        hears_all(page)
        before = len(sent)
        moves(page)
        assert len(sent) == before
        page.close()
        outer = new_page(chrome)
        outer.set_content(
            f'<iframe src="{address}/?embed=true" style="width: 1200px; height: 900px"></iframe>'
        )
        inner = outer.frame_locator("iframe")
        inner.get_by_role("button", name="Train", exact=True).click()
        expect(inner.locator(".dino-live [data-label='names_seen'] .value")).not_to_have_text("–")
        wait_for(lambda: health(address)["streams"] == 1, "the frame's stream")
        outer.close()


@pytest.mark.long
def test_the_script_alone_as_another_host_runs_it_draws_all_and_asks(
    chrome: Browser, shared_app: SharedApp
) -> None:
    shared_app.end()
    with app(plain=True) as (address, _):
        with urllib.request.urlopen(f"{address}/dino/here", timeout=PATIENCE) as answer:
            assert "event-stream" not in answer.headers["Content-Type"]
        page = new_page(chrome)
        sent = asked(page)
        train(page, address)
        moves(page)
        assert len(sent) > 3
        button(page, "Pause").click()
        expect(page.get_by_text("Paused at update", exact=False)).to_be_visible()
        expect(page.locator(".st-key-live .js-line").first).to_be_attached()
        page.close()


@pytest.mark.long
def test_a_run_outlives_its_page_and_trains_on_when_it_returns(page: Page, address: str) -> None:
    train(page, address)
    expect(button(page, "Pause")).to_be_visible()
    wait_for(lambda: "run=" in href(page), "the run in the address")
    link = href(page)
    page.goto("about:blank")
    wait_for(lambda: health(address)["training"] == 0, "the pause")
    page.goto(link)
    expect(button(page, "Pause")).to_be_visible()
    moves(page)


@pytest.mark.long
def test_all_of_a_browsers_data_can_be_erased(page: Page, address: str) -> None:
    train(page, address)
    wait_for(lambda: "run=" in href(page), "the run in the address")
    link = href(page)
    page.get_by_role("link", name="Look inside", exact=False).click()
    page.get_by_role("button", name="Erase my data").click()
    page.get_by_role("button", name="Erase now").click()
    expect(page.get_by_text("were erased", exact=False)).to_be_visible()
    page.goto(link)
    expect(button(page, "Train")).to_be_enabled()
    wait_for(lambda: "run=" not in href(page), "an address without the run")


@pytest.mark.long
def test_other_tabs_of_a_browser_begin_again_once_all_was_erased(
    chrome: Browser, address: str
) -> None:
    context = chrome.new_context()
    mine, other = context.new_page(), context.new_page()
    train(mine, address)
    wait_for(lambda: "run=" in href(mine), "the run in the address")
    other.goto(href(mine))
    expect(button(other, "Pause")).to_be_visible()
    moves(other)
    mine.get_by_role("link", name="Look inside", exact=False).click()
    mine.get_by_role("button", name="Erase my data").click()
    mine.get_by_role("button", name="Erase now").click()
    expect(other.get_by_text("were erased", exact=False)).to_be_visible()
    expect(other.get_by_text("Untrained", exact=False).first).to_be_visible()
    button(other, "Train").click()
    moves(other)
    context.close()


@pytest.mark.long
def test_who_watches_keeps_a_run_that_was_reset_and_is_told_when_it_was_erased(
    chrome: Browser, address: str
) -> None:
    owner = new_page(chrome)
    train(owner, address)
    watcher = new_page(chrome)
    watcher.goto(watch_link(owner))
    moves(watcher)
    owner.get_by_role("button", name="Reset", exact=True).click()
    expect(watcher.get_by_text("Paused at update", exact=False)).to_be_visible()
    owner.get_by_role("link", name="Inside", exact=True).click()
    owner.get_by_role("button", name="Erase my data").click()
    owner.get_by_role("button", name="Erase now").click()
    expect(watcher.get_by_text("this page showed is gone", exact=False)).to_be_visible()
    expect(watcher.get_by_text("Untrained", exact=False).first).to_be_visible()
    for page in (owner, watcher):
        page.context.close()


@pytest.mark.long
def test_a_server_ends_at_once_though_a_page_listens(
    chrome: Browser, shared_app: SharedApp
) -> None:
    shared_app.end()
    with app() as (address, server):
        page = new_page(chrome)
        train(page, address)
        wait_for(lambda: health(address)["streams"] == 1, "its stream")
        server.terminate()
        server.wait(PATIENCE)
        page.close()


# A component that has heard of a state which the script does not draw.
ASKING = """async (source) => {
    const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
    await import(url);
    window.asked = [];
    window.draw = (drawn) => dinoAsk(Object.assign(document.body, {pending: "b", event: "changed"}),
        {pace: 1, stream: true, key: "", drawn}, () => asked.push(performance.now()));
    draw("a");
}"""


def test_a_state_that_is_not_drawn_is_asked_for_ever_more_seldom(chrome: Browser) -> None:
    with closing(new_page(chrome)) as page:
        page.clock.install()
        page.evaluate(ASKING, component_source("stream.js") + "window.dinoAsk = dinoAsk;")

        def asked_after(milliseconds: int) -> list[int]:
            """Seconds, since now, at which it asks."""
            page.evaluate("asked.length = 0; window.since = performance.now()")
            page.clock.run_for(milliseconds)
            return page.evaluate("asked.map((at) => Math.round((at - since) / 1000))")

        assert asked_after(100_000) == [2, 4, 8, 16, 32, 64]
        page.evaluate("draw('c')")  # another drawing, and still not this state
        assert len(asked_after(9000)) == 3
        page.evaluate("draw('b')")
        assert asked_after(100_000) == []
