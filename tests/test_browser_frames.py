"""The app in a frame: of its own origin as a host shows it, and of a foreign page that is sent none
of its cookies.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from browser import (
    DESKTOP,
    FLAGS,
    IN_A_BROWSER,
    ROOT,
    SharedApp,
    SharedBrowser,
    adapt,
    chromium,
    only_one,
    site_of,
)
from load.server import Site
from load.web import HOST
from playwright.sync_api import (
    BrowserContext,
    Frame,
    FrameLocator,
    Locator,
    Page,
    expect,
    sync_playwright,
)
from waiting import wait_for

from dino.ui.address import KEY_LENGTHS
from dino.ui.component import component_source
from dino.ui.settings import MARK

pytestmark = IN_A_BROWSER
INNER = "/~/+"  # where the host shows the app, below the address that visitors see
BLOCKED = {"profile": {"block_third_party_cookies": True, "cookie_controls_mode": 1}}
# As a host does: the frame begins with the outer address, which follows what the frame tells.
SHELL = """<!doctype html><title>A host</title>
<style>body { margin: 0 } iframe { border: 0; width: 100vw; height: 100vh }</style>
<script>
  window.told = [];
  addEventListener("message", ({ data, source, origin }) => {
    if (source !== frames[0] || data.stCommVersion !== 1) return;
    told.push({ ...data, origin });
    const path = "/" + (data.currentPageName ?? location.pathname.slice(1));
    if (!window.follows) return;
    if (data.type === "SET_CURRENT_PAGE_NAME" && path !== location.pathname) {
      history.pushState({}, "", path + location.search);
    }
    if (data.type === "SET_QUERY_PARAM") {
      history.replaceState({}, "", location.pathname + data.queryParams);
    }
  });
</script>
<body></body>
<script>
  const frame = document.createElement("iframe");
  window.follows = FOLLOWS;
  frame.src = ADDRESS + (follows ? location.pathname + location.search : "/?max_steps=40");
  document.body.append(frame);
</script>"""

RELOAD = "void setTimeout(() => location.reload())"
# What a browser has kept, in a page that does not know it yet.
STORE = "(stored) => { localStorage['dino-key'] = stored; delete window.dinoBrowserKey; }"


def shell(address: str, follows: bool) -> str:
    """A page with the app in a frame. follows: whether its address follows the frame's."""
    html = SHELL.replace("ADDRESS", json.dumps(address))
    return html.replace("FOLLOWS", json.dumps(follows), 1)


@contextmanager
def course_page(address: str) -> Iterator[str]:
    """A page of another site, at whatever path, with the app in a frame; its origin."""

    class Course(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(shell(address, follows=False).encode())

        def log_message(self, *about: object) -> None:
            pass

    with ThreadingHTTPServer((HOST, 0), Course) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"  # by its name it is another site
        server.shutdown()


def show_at_the_root(context: BrowserContext, origin: str) -> None:
    """Put a page with the app in a frame at all addresses of its origin but the app's own."""

    def is_outer(url: str) -> bool:
        found = urlsplit(url)
        return url.startswith(f"{origin}/") and not found.path.startswith(INNER)

    html = shell(INNER, follows=True)
    context.route(is_outer, lambda route: route.fulfill(content_type="text/html", body=html))


@pytest.fixture(scope="module")
def site(shared_app: SharedApp) -> Iterator[Site]:
    """The app behind the host's inner path."""
    yield shared_app.start(site_of, ROOT / "app.py", INNER)
    shared_app.end()


@pytest.fixture
def origin(site: Site) -> str:
    return f"http://127.0.0.1:{site.port}"


@contextmanager
def browser_of_today(
    folder: Path, partitions: bool, *more: str, **how: Any
) -> Iterator[BrowserContext]:
    """A Chromium that sends no cookie to other sites than the page's.

    partitions: with its own defaults, by which another site's frame has a storage of its own on
    each site; without, that frame has none. more: further flags; how: further options of
    Playwright.
    """
    settings = folder / "Default" / "Preferences"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(BLOCKED))
    flags: dict[str, Any] = {"args": [*FLAGS, *more], **how}
    if partitions:  # Playwright's own flags turn it off
        own = ["--headless", "--remote-debugging-pipe", f"--user-data-dir={folder}", "about:blank"]
        flags = {**flags, "args": [*FLAGS, *more, *own], "ignore_default_args": True}
    with only_one("browser"), sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder, executable_path=chromium(), **flags
        )
        try:
            yield context
        finally:
            context.close()


@pytest.fixture
def course(origin: str) -> Iterator[str]:
    """The origin of a course page with the app in a frame."""
    with course_page(origin + INNER) as found:
        yield found


def frame_of(page: Page) -> Frame:
    """The app's frame."""
    wait_for(lambda: len(page.frames) > 1 and "/~/+" in page.frames[1].url, "the frame")
    return page.frames[1]


def inside(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def opened(context: BrowserContext, address: str, size: tuple[int, int] = DESKTOP) -> Page:
    """A page with the app's Lab in a frame, which takes clicks."""
    page = adapt(context.new_page(), size)
    page.goto(address)
    ready(page)
    return page


def ready(page: Page) -> None:
    inside(page).locator(".st-key-live [data-draws]").first.wait_for()
    expect(inside(page).locator(".dino-run-buttons .main")).to_be_visible()


def named(page: Page, name: str) -> Locator:
    return inside(page).get_by_role("button", name=name, exact=True)


def train(page: Page) -> None:
    named(page, "Train").click()
    expect(inside(page).locator(".dino-run-line .words")).to_contain_text("Finished")


def run_shown(page: Page) -> Locator:
    """The row of the run that the page shows."""
    return inside(page).locator(".dino-runs .present[data-number='1']")


def compared(page: Page) -> Locator:
    """The row of the first run on Compare."""
    return inside(page).locator("tbody tr[data-number='1']").first


def choose_size(page: Page, size: str) -> None:
    """Set the hidden size, and wait until the frame's address has it."""
    box = inside(page).locator(".st-key-hidden_size input")
    box.click()
    box.fill(size)
    expect(inside(page).get_by_role("option").first).to_be_visible()
    box.press("Enter")
    frame = frame_of(page)
    wait_for(lambda: f"hidden_size={size}" in str(frame.evaluate("location.search")), "the address")


def size_shown(page: Page, size: str) -> None:
    expect(inside(page).locator(".st-key-hidden_size input")).to_have_value(size + MARK)


def query_of(page: Page) -> dict[str, str]:
    """The parameters of the outer address."""
    return dict(parse_qsl(urlsplit(str(page.evaluate("location.href"))).query))


def told_to(page: Page) -> list[dict[str, str]]:
    """The addresses that the outer page was told."""
    found: list[dict[str, str]] = page.evaluate("told.filter(it => it.type === 'SET_QUERY_PARAM')")
    return found


def key_of(page: Page) -> str:
    return str(frame_of(page).evaluate("window.dinoBrowserKey ?? ''"))


def go(page: Page, name: str) -> None:
    inside(page).locator(".st-key-page_top").get_by_role("link", name=name, exact=True).click()


def settings_link(page: Page) -> str:
    named(page, "Link to these settings").click()
    link = inside(page).locator(".share input")
    expect(link).to_be_visible()
    found = link.input_value()
    page.keyboard.press("Escape")
    return found


def erase(page: Page) -> None:
    inside(page).locator(".st-key-erase_compared button").first.click()
    named(page, "Erase now").press("Enter")
    expect(inside(page).locator(".st-key-notice_box")).to_contain_text("were erased")


@pytest.mark.long
def test_in_a_frame_of_its_own_origin_the_outer_address_keeps_run_and_settings(
    home: BrowserContext, origin: str
) -> None:
    context = home.browser.new_context()
    show_at_the_root(context, origin)
    page = opened(context, f"{origin}/?max_steps=40&hidden_size=8")
    assert not key_of(page)  # it has a cookie
    train(page)
    wait_for(lambda: "run" in query_of(page), "the run in the outer address")
    before = query_of(page)
    assert before["run"] == "1" and before["hidden_size"] == "8"
    page.reload()
    ready(page)
    expect(run_shown(page)).to_be_visible()
    wait_for(lambda: query_of(page) == before, "the same address")
    for link in (settings_link(page),):
        assert link.startswith(f"{origin}/?") and INNER not in link and "hidden_size=8" in link
    go(page, "Inside")
    expect(inside(page).locator(".st-key-inside_run")).to_be_visible()
    wait_for(lambda: urlsplit(page.url).path == "/inside" and "run" in query_of(page), "its page")
    page.reload()
    expect(inside(page).locator(".st-key-inside_run")).to_be_visible()
    wait_for(lambda: query_of(page).get("run") == "1", "its run")
    context.close()


def probed(context: BrowserContext, origin: str, course: str) -> list[list[bool]]:
    """Whether a cookie can be set, and something stored: by a page of the app, by its frame."""
    probe = """() => { document.cookie = "probe=1; SameSite=None; Secure"; let stores = true;
        try { localStorage.probe = 1 } catch { stores = false }
        return [document.cookie.includes("probe"), stores] }"""
    page = adapt(context.new_page())
    page.goto(f"{origin}{INNER}/_stcore/health")
    alone = page.evaluate(probe)
    page.goto(course)
    found = [alone, frame_of(page).evaluate(probe)]
    page.close()
    return found


@pytest.mark.long
def test_in_a_foreign_frame_without_cookies_a_browser_is_known_by_its_key(
    tmp_path: Path, shared_browser: SharedBrowser, origin: str, course: str, site: Site
) -> None:
    shared_browser.end()
    with browser_of_today(tmp_path, partitions=True) as context:
        check_a_foreign_frame(context, origin, course, site)


def check_a_foreign_frame(context: BrowserContext, origin: str, course: str, site: Site) -> None:
    asked = list[str]()
    assert probed(context, origin, course) == [[True, True], [False, True]]
    context.on("request", lambda it: asked.append(f"{it.url} {it.headers.get('referer', '')}"))
    page = opened(context, course)
    key = key_of(page)
    assert len(key) >= 40
    choose_size(page, "37")
    train(page)
    expect(run_shown(page)).to_be_visible()
    assert not [it for it in told_to(page) if "run=" in it["queryParams"]]  # it may not hear it
    check_reloads(page, "37")
    assert key_of(page) == key
    assert settings_link(page).startswith(f"{origin}/?")
    second = opened(context, course + "/week/2")
    assert key_of(second) == key
    go(second, "Compare")
    expect(compared(second)).to_be_visible()
    erase(second)
    wait_for(lambda: key_of(page) not in ("", key), "the first page's new key")
    new = key_of(second)
    assert key_of(page) == new and len(new) >= 40
    expect(run_shown(page)).to_have_count(0)
    page.reload()
    ready(page)
    assert key_of(page) == new
    frame_of(page).evaluate(
        """key => {
        localStorage["dino-key"] = key; sessionStorage.clear() }""",
        key,
    )
    page.reload()  # a browser that still has the old key
    ready(page)
    wait_for(lambda: key_of(page) not in ("", key, new), "a key of its own")
    expect(run_shown(page)).to_have_count(0)
    frame_of(page).evaluate("""() => { localStorage["dino-key"] = "no key" }""")
    page.reload()
    ready(page)
    assert len(key_of(page)) >= 40
    keys = {key, new, key_of(page)}
    assert len(keys) == 3 and len(asked) > 10
    assert not [it for it in (*asked, site.logged()) if any(one in it for one in keys)]


def test_what_the_storage_holds_is_a_key_only_if_the_server_takes_it(page: Page) -> None:
    page.route("**", lambda it: it.fulfill(content_type="text/html", body="<html></html>"))
    page.goto(f"http://{HOST}/")
    for part in ("storage", "browser_key"):
        page.add_script_tag(content=component_source(f"{part}.js"))
    lengths = page.evaluate("[...Array(200).keys()].filter((it) => isKey('k'.repeat(it)))")
    assert lengths == [*KEY_LENGTHS]
    proposed = [secrets.token_urlsafe(32) for _ in range(50)]  # as `Visits` does
    assert page.evaluate("(all) => all.every(isKey)", proposed)
    first, other = proposed[:2]
    for stored in ("", "short", "k" * 129, f"{first[:-1]}é", f"{first} "):
        page.evaluate(STORE, stored)
        found = page.evaluate("(proposed) => [dinoKey(proposed, ''), dinoStoredKey()]", first)
        assert found == [first, first], stored
    assert page.evaluate("(proposed) => dinoKey(proposed, '')", other) == first
    page.evaluate(STORE, other)
    assert page.evaluate("([proposed, old]) => dinoKey(proposed, old)", [first, other]) == first


@pytest.mark.long
def test_where_all_storage_is_denied_a_page_keeps_its_runs_while_it_lives_and_says_so(
    tmp_path: Path, shared_browser: SharedBrowser, origin: str, course: str
) -> None:
    shared_browser.end()
    with browser_of_today(tmp_path, partitions=False) as context:
        check_a_frame_without_storage(context, origin, course)


def check_reloads(page: Page, size: str) -> None:
    """Run and settings are the same after all was loaded again, after only the frame was, and
    after all was once more.
    """
    for load in (page.reload, lambda: frame_of(page).evaluate(RELOAD), page.reload):
        wait_for(lambda: "run=1" in str(frame_of(page).evaluate("location.search")), "the address")
        frame_of(page).evaluate("document.documentElement.dataset.old = ''")
        load()
        expect(inside(page).locator("html:not([data-old])")).to_have_count(1)
        ready(page)
        expect(run_shown(page)).to_be_visible()
        size_shown(page, size)
        expect(inside(page).get_by_text("stores nothing")).to_have_count(0)


@pytest.mark.long
def test_in_a_frame_of_a_neighbour_that_sends_the_cookie_a_reload_keeps_run_and_settings(
    home: BrowserContext, origin: str
) -> None:
    context = home.browser.new_context()
    with course_page(origin + INNER) as course:
        page = opened(context, course.replace("localhost", HOST))  # another origin, the same site
        assert not key_of(page)
        choose_size(page, "37")
        train(page)
        check_reloads(page, "37")
        assert not [it for it in told_to(page) if "run=" in it["queryParams"]]
    context.close()


def check_a_frame_without_storage(context: BrowserContext, origin: str, course: str) -> None:
    assert probed(context, origin, course) == [[True, True], [False, False]]
    allowed = json.dumps({"allowedOrigins": [course.replace("localhost", "*")]})
    context.route("**/_stcore/host-config", lambda it: it.fulfill(body=allowed))
    page = opened(context, course)
    key = key_of(page)
    expect(inside(page).locator(".st-key-notice_box")).to_contain_text("stores nothing")
    train(page)
    wait_for(
        lambda: any("run=1" in it["queryParams"] for it in told_to(page)), "the host's message"
    )
    go(page, "Compare")
    expect(compared(page)).to_be_visible()
    go(page, "Lab")
    ready(page)
    expect(run_shown(page)).to_be_visible()
    assert key_of(page) == key
    page.reload()
    ready(page)
    assert key_of(page) not in ("", key)
