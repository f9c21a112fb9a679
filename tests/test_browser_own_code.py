"""How a browser comes by the code of the components: once, again after failures, or in messages."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing

import pytest
from browser import DESKTOP, IN_A_BROWSER, SharedApp, adapt, app, button, new_page, open_lab
from playwright.sync_api import Browser, Page, Route, expect
from waiting import wait_for

from dino.ui.own_code import code_file, contents, loader

pytestmark = IN_A_BROWSER
FILE = f"**/{code_file().name}"


def first_visit(chrome: Browser, address: str, answer: Callable[[Route], None]) -> Page:
    """The Lab in a browser that has kept nothing, which takes clicks. answer: to whoever asks for
    the file.
    """
    page = adapt(chrome.new_context().new_page(), DESKTOP)
    page.route(FILE, answer)
    open_lab(page, f"{address}?max_steps=40&hidden_size=8")
    return page


def trains(page: Page) -> None:
    button(page, "Train").click()
    expect(page.locator(".dino-run-line .words")).to_contain_text("Finished")
    page.context.close()


@pytest.mark.long
def test_a_browser_fetches_the_code_once_and_keeps_it(chrome: Browser, address: str) -> None:
    context = chrome.new_context()
    page, asked = adapt(context.new_page(), DESKTOP), list[bool]()
    listening = context.new_cdp_session(page)
    listening.send("Network.enable")
    kept = set[str]()
    listening.on("Network.requestServedFromCache", lambda it: kept.add(it["requestId"]))
    listening.on(
        "Network.responseReceived",
        lambda it: (
            asked.append(it["requestId"] in kept or it["response"]["fromDiskCache"])
            if code_file().name in it["response"]["url"]
            else None
        ),
    )
    open_lab(page, f"{address}?max_steps=40&hidden_size=8")
    assert asked.count(False) == 1
    page.reload()
    expect(button(page, "Train")).to_be_enabled()
    assert asked.count(False) == 1 and len(asked) > 1
    context.close()


@pytest.mark.long
@pytest.mark.parametrize("how", ["it breaks off", "a portal answers", "the file is damaged"])
def test_a_browser_whose_first_requests_fail_asks_again(
    how: str, chrome: Browser, address: str
) -> None:
    failed = list[str]()

    def answer(route: Route) -> None:
        failed.append(route.request.url)
        if len(failed) > 2:
            route.continue_()
        elif how == "it breaks off":
            route.abort()
        elif how == "a portal answers":
            route.fulfill(status=200, content_type="text/html", body="<p>Log in</p>")
        else:
            route.fulfill(status=200, content_type="application/json", body='{"mark": "another"}')

    page = first_visit(chrome, address, answer)
    assert len(failed) > 2
    trains(page)


# The loader alone, of a file at two addresses, of which the first one never answers.
HANGING = """async ([source, file]) => {
    window.asked = [];
    window.fetch = async (address) => {
        asked.push(new URL(address).pathname);
        return asked.length > 1 ? new Response(file) : new Promise(() => {});
    };
    const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
    const module = await import(url);
    module.default({parentElement: document.body});
}"""


def test_an_address_that_hangs_is_waited_for_two_seconds(chrome: Browser) -> None:
    content = {"mark": contents()[0], "texts": {"a": "export default () => { window.drawn = 1; };"}}
    source = loader("a", ["a"], ("dino/code.json", "app/static/code.json"))
    with closing(new_page(chrome)) as page:
        page.route("**/*", lambda route: route.fulfill(content_type="text/html", body="<p></p>"))
        page.clock.install()
        page.goto("http://localhost/")
        page.clock.pause_at(10_000_000_000)
        page.evaluate(HANGING, [source, json.dumps(content)])
        page.clock.run_for(1900)
        assert page.evaluate("asked") == ["/dino/code.json"]
        page.clock.run_for(200)
        assert page.evaluate("asked") == ["/dino/code.json", "/app/static/code.json"]
        wait_for(lambda: page.evaluate("window.drawn"), "the component")


@pytest.mark.long
def test_a_browser_that_never_gets_the_file_gets_the_code_in_messages(
    chrome: Browser, address: str
) -> None:
    page = first_visit(chrome, address, lambda route: route.abort())
    trains(page)


@pytest.mark.long
def test_without_routes_it_takes_the_copy_and_keeps_that(
    chrome: Browser, shared_app: SharedApp
) -> None:
    shared_app.end()
    with app(plain=True) as (address, _):
        context = chrome.new_context()
        page, came = adapt(context.new_page(), DESKTOP), list[str]()
        page.on("response", lambda it: came.append(it.url))
        open_lab(page, f"{address}?max_steps=40&hidden_size=8")
        trains(page)
    assert [it for it in came if f"/app/static/{code_file().name}" in it]
