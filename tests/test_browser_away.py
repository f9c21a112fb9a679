"""A page whose server goes away and comes back, in a real browser: killed, begun again, updated."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser import IN_A_BROWSER, SharedApp, app, button, metric, new_page, open_lab
from load.server import ROOT
from playwright.sync_api import Browser, Page, expect
from waiting import wait_for

from dino.ui.component import HERE, code
from dino.ui.settings import MARK

pytestmark = IN_A_BROWSER
AT_MOST = 3000  # milliseconds until a page says that its server is away
LONG = "/?max_steps=100000&hidden_size=37"
# A part of the page takes no clicks and no keys.
IS_STILL = """(part) => {
    for (let it = part; it; it = it.parentNode ?? it.host) if (it.inert) return true;
    return false;
}"""
NEW_VERSION = """(version) => window.dinoAway.take(
    {...window.dinoAway.data, version}, () => {}, window.dinoAway.host)"""

# The component without a server: a page whose connection the test sets, with a button of its own.
ALONE = """async (source) => {
    document.body.innerHTML = `<main data-test-connection-state=CONNECTED>
        <div data-testid=stBidiComponent><button id=plain>Open</button><div id=part></div></div>
        <div data-testid=stPopover><button>More</button></div>
        <div data-testid=stBidiComponentIsolated id=rows></div>
        <div data-testid=stBidiComponentIsolated id=words></div>
        <div data-testid=stBidiComponentIsolated id=link></div>
        <div id=holder><div class=dino-away></div></div></main><input id=other>`;
    for (const [host, html] of [
        [part, "<button>Train</button>"],
        [rows, "<table><tr class=clickable><td>Ana</table>"],
        [words, "<table><tr><td>Ana</table>"],
        [link, "<div class=share><button>Copy</button></div>"],
    ]) host.attachShadow({mode: "open"}).innerHTML = html;
    const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
    const module = await import(url);
    const said = Object.fromEntries(["away", "late", "ended"].map((it) => [it, it]));
    window.asked = [];
    window.draw = () => module.default({
        data: [{server: "a", version: "1", words: said}], parentElement: holder,
        setTriggerValue: () => asked.push(performance.now())});
    window.be = async (state) => {
        document.querySelector("main").setAttribute("data-test-connection-state", state);
        await null;
    };
    draw();
}"""


@pytest.fixture
def alone(chrome: Browser) -> Iterator[Page]:
    """The component alone, in a page whose clock the test sets: pages of a context share one."""
    page = new_page(chrome)
    page.clock.install()
    page.evaluate(ALONE, code("away"))
    page.clock.pause_at(10_000_000_000)
    yield page
    page.context.close()


def breaks(page: Page, seconds: int) -> None:
    """The connection is lost, and is back after a while."""
    page.evaluate("be('CONNECTING')")
    page.clock.run_for(1000 * seconds)
    page.evaluate("be('CONNECTED')")


@pytest.mark.long
def test_a_page_that_is_not_drawn_asks_ever_more_seldom_until_it_is(alone: Page) -> None:
    breaks(alone, 3)
    alone.clock.run_for(300_000)
    asked = alone.evaluate("asked")
    waits = [round((after - before) / 1000) for before, after in pairwise(asked)]
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
    alone.evaluate("draw()")
    alone.clock.run_for(300_000)
    assert alone.evaluate("asked.length") == len(asked)
    breaks(alone, 3)
    alone.clock.run_for(2000)
    assert alone.evaluate("asked.length") == len(asked) + 2, "after each break it begins anew"


def test_after_a_minute_a_page_also_says_that_the_app_may_be_asleep(alone: Page) -> None:
    alone.evaluate("be('CONNECTING')")
    for seconds, words in ((3, "away"), (55, "away"), (4, "late"), (600, "late")):
        alone.clock.run_for(1000 * seconds)
        expect(alone.locator(".dino-away-bar")).to_have_text(words)
    alone.evaluate("be('CONNECTED')")
    expect(alone.locator(".dino-away-bar")).to_have_count(0)


@pytest.mark.parametrize("before", [[], ["CONNECTING"]])
def test_a_page_whose_connection_has_ended_does_not_say_that_it_tries_again(
    alone: Page, before: list[str]
) -> None:
    for state in [*before, "DISCONNECTED_FOREVER"]:
        alone.evaluate("(state) => be(state)", state)
    for _ in range(2):
        bar(alone, "ended")
        assert alone.evaluate("part.parentElement.inert")
        assert alone.evaluate("dinoAway.href === location.href")
        alone.clock.run_for(100_000)


@pytest.mark.parametrize("wanted", ["part.shadowRoot.querySelector('button')", "plain"])
@pytest.mark.parametrize("moves", [False, True])
def test_the_focus_comes_back_with_the_server_unless_it_is_elsewhere(
    alone: Page, wanted: str, moves: bool
) -> None:
    focused = "(part.shadowRoot.activeElement ?? document.activeElement)"
    alone.evaluate(f"{wanted}.focus()")
    alone.evaluate("be('CONNECTING')")
    alone.clock.run_for(2000)
    wait_for(lambda: alone.evaluate(f"{focused} === document.body"), "the loss of the focus")
    alone.clock.run_for(60_000)
    if moves:
        alone.evaluate("other.focus()")
    alone.evaluate("be('CONNECTED')")
    assert alone.evaluate(f"{focused} === {'other' if moves else wanted}")


def test_what_would_do_nothing_is_dimmed_until_the_server_is_back(alone: Page) -> None:
    opacities = """[...document.querySelectorAll("[data-testid]")].map(
        (part) => [part.inert, getComputedStyle(part).opacity])"""
    alone.add_style_tag(content=(HERE / "away.css").read_text(encoding="utf-8"))
    alone.evaluate("be('CONNECTING')")
    alone.clock.run_for(2000)
    alone.evaluate("document.querySelector('[data-testid=stPopover]').className = 'drawn again'")
    still, works = [True, "0.45"], [False, "1"]
    assert alone.evaluate(opacities) == [still, still, still, works, works]
    alone.evaluate("be('CONNECTED')")
    assert alone.evaluate(opacities) == [works] * 5


def port_of(address: str) -> int:
    return urlsplit(address).port or 0


def bar(page: Page, words: str) -> None:
    expect(page.locator(".dino-away-bar")).to_contain_text(words, timeout=AT_MOST)


def loads(page: Page) -> list[int]:
    """A list that grows each time that the page is loaded."""
    found: list[int] = []
    page.on("load", lambda _: found.append(1))
    return found


@pytest.mark.long
@pytest.mark.parametrize("plain", [False, True])
def test_a_page_says_that_its_server_is_away_and_what_it_has_lost(
    chrome: Browser, shared_app: SharedApp, plain: bool
) -> None:
    shared_app.end()
    page, at_rest = new_page(chrome, locale="en"), new_page(chrome)
    with app(plain=plain) as (address, server):
        at_rest.goto(f"{address}/learn?lang=es&hidden_size=41")
        expect(at_rest.locator(".st-key-learn")).to_be_visible()
        open_lab(page, address + LONG)
        button(page, "Train").click()
        wait_for(lambda: metric(page, "names_seen") not in ("0", "–"), "the run")
        wait_for(lambda: "run=1" in page.evaluate("location.href"), "the run in the address")
        server.kill()
        bar(page, "The server does not answer.")
        server.wait()
        bar(at_rest, "El servidor no responde.")
        main = page.locator(".dino-run-buttons .main")
        asking = [main, page.locator(".st-key-number_count .more")]
        local = [page.locator(f".st-key-{key} button").first for key in ("glossary", "share")]
        assert [it.evaluate(IS_STILL) for it in asking + local] == [True, True, False, False]
        expect(page.locator(".st-key-page_top a").last).to_be_visible()
        wait_for(lambda: page.evaluate("window.dinoAway.closed"), "Streamlit's own words")
        expect(page.locator("[data-testid=stDialog]")).to_have_count(0)
    with app(plain=plain, port=port_of(address)):
        expect(page.locator(".dino-away-bar")).to_contain_text(
            "runs, lists and experiments are gone"
        )
        expect(page.get_by_text("Run 1 is gone, because", exact=False)).to_be_visible()
        expect(page.locator(".st-key-hidden_size input")).to_have_value(f"37{MARK}")
        expect(button(page, "Train")).to_be_enabled()
        assert [it.evaluate(IS_STILL) for it in asking] == [False, False]
        expect(at_rest.locator(".dino-away-bar")).to_contain_text("ya no están")
        at_rest.locator(".dino-away-bar button").click()
        expect(at_rest.locator(".dino-away-bar")).to_have_count(0)
        button(page, "Train").click()
        wait_for(lambda: metric(page, "names_seen") not in ("0", "–"), "the next run")
    page.context.close()


def another_version(folder: Path) -> Path:
    """The app with one more line in a style sheet."""
    for name in ("dino", ".streamlit"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.nb?")
        )
    shutil.copy(ROOT / "app.py", folder)
    (folder / "static").mkdir()
    (folder / "data").symlink_to(ROOT / "data")
    with (folder / "dino" / "ui" / "page_top.css").open("a") as styles:
        styles.write("/* another version */\n")
    return folder / "app.py"


@pytest.mark.long
def test_a_page_of_an_older_version_loads_again_and_still_says_what_is_gone(
    chrome: Browser, shared_app: SharedApp, tmp_path: Path
) -> None:
    shared_app.end()
    page = new_page(chrome)
    with app() as (address, server):
        open_lab(page, address + LONG)
        button(page, "Train").click()
        wait_for(lambda: "run=1" in page.evaluate("location.href"), "the run in the address")
        server.kill()
        bar(page, "The server does not answer.")
        server.wait()
    count = loads(page)
    with app(another_version(tmp_path), port=port_of(address)):
        expect(page.locator(".dino-away-bar")).to_contain_text("this page was reloaded")
        expect(page.locator(".dino-away-bar")).to_contain_text("experiments from before are gone")
        expect(page.get_by_text("Run 1 is gone, because", exact=False)).to_be_visible()
        expect(page.locator(".st-key-hidden_size input")).to_have_value(f"37{MARK}")
        assert len(count) == 1
    page.context.close()


@pytest.mark.long
@pytest.mark.parametrize("denied", [False, True])
def test_a_page_never_loads_again_and_again(chrome: Browser, address: str, denied: bool) -> None:
    page = new_page(chrome)
    if denied:
        page.add_init_script(
            "Object.defineProperty(window, 'sessionStorage', {get() { throw new Error(); }})"
        )
    open_lab(page, address)
    page.clock.install()
    count = loads(page)
    page.evaluate(NEW_VERSION, "b")
    bar(page, "so this page is reloading")
    page.evaluate(NEW_VERSION, "c")
    page.clock.run_for(10_000)
    page.wait_for_selector(".st-key-live [data-draws]")
    wait_for(lambda: len(count) == 1, "the page")
    if not denied:  # from here on it knows the version, which is again not that of its server
        bar(page, "this page was reloaded")
        page.evaluate(NEW_VERSION, "b")
        page.clock.run_for(10_000)
        bar(page, "this page was reloaded")
    assert len(count) == 1
    page.context.close()
