"""What the browser tests share: the app as a server of its own, and the machine's Chromium."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urljoin

import pytest
from load.server import ROOT, Site, command, free_port, only_one, served
from load.web import HOST
from playwright.sync_api import (
    Browser,
    BrowserContext,
    FloatRect,
    Frame,
    Locator,
    Page,
    expect,
    sync_playwright,
)
from waiting import PATIENCE, in_thread, wait_for

from dino.ui.settings import MARK

# No page reaches another computer: hosts that count visits are asked for where DINO_HOST=1 is set.
HERE_ONLY = "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.*"
FLAGS = [
    f"--host-resolver-rules={HERE_ONLY}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
T = TypeVar("T")
expect.set_options(timeout=1000 * PATIENCE)  # long, because machines are shared
LOOKS = 10  # at a page, one after another, before it counts as at rest
DESKTOP, PHONE = (1440, 900), (390, 844)
SEEN = """() => document.querySelector(
    ".dino-live [data-label='names_seen'] .value")?.innerText ?? ''"""
# Parts of a chart that its closed button must not cover: points, cells, words, and other buttons.
COVERED = """() => [...document.querySelectorAll('.dino-chart')].flatMap(chart => {
  const own = chart.querySelector('.dino-keep > button')?.getBoundingClientRect();
  if (!own) return [];  // its chart is not drawn yet
  const parts = chart.querySelectorAll(
    '.nsewdrag, .plot, text, .legend, .cbcoloraxis, .colorbar, button:not(.dino-keep *)');
  return [...parts].filter(part => {
    const box = part.getBoundingClientRect();
    return box.width && box.left < own.right - 1 && box.right > own.left + 1 &&
      box.top < own.bottom - 1 && box.bottom > own.top + 1;
  }).map(part => part.outerHTML.slice(0, 90));
})"""


def chromium() -> str | None:
    """The machine's Chromium or Chrome, if it has one."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next(filter(None, map(shutil.which, names)), None)


# All tests that start a server are in one group: xdist runs it on one worker, so that there is one
# server at a time. A machine without a browser fails in CI.
ONE_SERVER = pytest.mark.xdist_group("server")
IN_A_BROWSER = [
    ONE_SERVER,
    pytest.mark.usefixtures("kernels"),
    pytest.mark.skipif(
        chromium() is None and not os.environ.get("CI"),
        reason="no Chromium on this machine: apt-get install chromium, or install Chrome",
    ),
]


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with only_one("browser"), sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            yield launched
        finally:
            launched.close()


@contextmanager
def home(folder: Path) -> Iterator[BrowserContext]:
    """A Chromium that keeps the app's scripts compiled from page to page, as one's own does.

    All its pages of the app are in one process, which lasts because its first page stays open: a
    page opens in about half the time that a new context takes. folder: its profile.
    """
    with only_one("browser"), sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder, executable_path=chromium(), args=[*FLAGS, "--process-per-site"]
        )
        first = context.pages[0]
        first.route(
            "**", lambda route: route.fulfill(content_type="text/html", body="<html></html>")
        )
        first.goto(f"http://{HOST}/")  # of the app's site, whatever port a server has
        first.unroute("**")
        try:
            yield context
        finally:
            context.close()


class SharedBrowser:
    """The Chromium of all tests. It is stopped while a test has its own."""

    def __init__(self, folder: Path) -> None:
        """folder: its profile."""
        self._folder, self._running = folder, ExitStack()
        self._home: BrowserContext | None = None

    def home(self) -> BrowserContext:
        """Its own pages and cookies; starts it if it does not run. `home().browser` opens other
        contexts in the same Chromium.
        """
        if self._home is None:
            self._home = self._running.enter_context(home(self._folder))
        return self._home

    def end(self) -> None:
        """Stop it, until it is needed again."""
        self._home = None
        self._running.close()


def new_page(chrome: Browser, size: tuple[int, int] = DESKTOP, **how: Any) -> Page:
    """A page in a context of its own, with the patience of all tests."""
    return adapt(chrome.new_page(**how), size)


def adapt(
    page: Page, size: tuple[int, int] = DESKTOP, color_scheme: Literal["light", "dark"] = "light"
) -> Page:
    """The page in this size and theme, with the patience of all tests."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=color_scheme)
    page.set_default_timeout(1000 * PATIENCE)
    return page


@contextmanager
def visitor(home: BrowserContext) -> Iterator[tuple[Page, list[Any]]]:
    """A page of a new visitor, and the cookies that bring its visitor back; they are there once it
    is closed. Tests that only look at the same runs share one training so.
    """
    page, cookies = adapt(home.new_page()), []
    yield page, cookies
    cookies.extend(home.cookies())
    page.close()
    home.clear_cookies()


def leave(page: Page) -> None:
    """Close a page. What it kept in the browser's storage is not the next visitor's.

    A script that ends as a test ends would have the page keep more after the storage is emptied.
    So first an empty page of the same site takes its place.
    """
    if page.url.startswith("http"):
        page.route("**", lambda route: route.fulfill(content_type="text/html", body=""))
        page.goto(urljoin(page.url, "/empty"))
        page.evaluate("localStorage.clear()")
    page.close()


def touched(page: Page) -> Page:
    """The page on a phone whose screen takes fingers."""
    adapt(page, PHONE)
    phone = page.context.new_cdp_session(page)
    phone.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    return page


@contextmanager
def running(words: list[str], address: str, **how: Any) -> Iterator[subprocess.Popen[bytes]]:
    """The server that these words start, once it answers; it is stopped in the end."""
    with only_one("server"), one_of_several(words, address, **how) as server:
        yield server


@contextmanager
def one_of_several(words: list[str], address: str, **how: Any) -> Iterator[subprocess.Popen[bytes]]:
    """The same for a test that has taken "server" and starts several."""
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **how)
    try:
        wait_for(lambda: healthy(address), "the server")
        yield server
    finally:
        server.terminate()
        server.wait(PATIENCE)


@contextmanager
def app(
    script: str | Path = "app.py", base: str = "", plain: bool = False, port: int = 0
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The app on a free port, as `streamlit run app.py` starts it: its address and process.

    base: the path that its pages are behind, "/course/dino". plain: as a host that runs the script
    alone, without the routes. port: where an earlier server was; 0 for a free one.
    """
    port = port or free_port()
    address, env = f"http://{HOST}:{port}{base}", {**os.environ, "PYTHONWARNINGS": "default"}
    with running(command(Path(script), port, plain, base), address, cwd=ROOT, env=env) as server:
        yield address, server


@contextmanager
def site_of(script: Path, base: str = "") -> Iterator[Site]:
    """An app's server with its log and its process, as `served` starts it, for many tests. base:
    the path that its pages are behind.
    """
    serving = served(script, base=base)
    with closing(asyncio.new_event_loop()) as loop:
        site = in_thread(loop.run_until_complete, serving.__aenter__())
        try:
            yield site
        finally:
            in_thread(loop.run_until_complete, serving.__aexit__(None, None, None))


class SharedApp:
    """The server of all tests that can share one: of the app, or of a page that only some tests
    use. It is stopped while a test has its own.
    """

    def __init__(self) -> None:
        self._running = ExitStack()
        self._key: tuple[Any, ...] = ()
        self._found: Any = None

    def address(self) -> str:
        """The app's address; starts it if it does not run."""
        return self.start(app)[0]

    def start(self, starter: Callable[..., AbstractContextManager[T]], *about: Any) -> T:
        """What this starter gives: of the server that runs if it is that one, else of a new one,
        once the other has ended.
        """
        if self._key != (starter, *about):
            self.end()
            self._found = self._running.enter_context(starter(*about))
            self._key = (starter, *about)
        return self._found

    def end(self) -> None:
        """Stop the server, until it is needed again."""
        self._key, self._found = (), None
        self._running.close()


def healthy(address: str) -> bool:
    """Whether a server answers there."""
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def button(page: Page | Frame, name: str) -> Locator:
    """A button of the page by its exact label."""
    return page.get_by_role("button", name=name, exact=True)


def open_lab(page: Page, address: str) -> None:
    """Open the Lab and wait until its chart is drawn and it takes clicks."""
    page.goto(address)
    page.wait_for_selector(".st-key-live [data-draws]")
    expect(page.locator(".dino-run-buttons .main")).to_be_enabled()


def watch_link(page: Page, run: str = ".present") -> str:
    """The link that lets others watch a run, copied from its row in the table of runs."""
    page.evaluate("""() => {
        window.copied = "";
        navigator.clipboard.writeText = async (text) => { window.copied = text; };
    }""")
    page.locator(f".dino-runs {run} button.copy").click()
    wait_for(lambda: page.evaluate("window.copied"), "a copied link")
    return str(page.evaluate("window.copied"))


def href(page: Page) -> str:
    """The address as it is now; Playwright's own `url` lags behind what the page writes."""
    return str(page.evaluate("location.href"))


def settled(page: Page) -> None:
    """Wait until the page's script has ended: the address is complete, nothing is being redrawn.

    It has to rest for a few looks: a click reaches the server a moment after it is made.
    """
    rests, looks = page.locator("[data-test-script-state=notRunning]"), 0

    def stays() -> bool:
        nonlocal looks
        looks = looks + 1 if rests.count() else 0
        return looks >= LOOKS

    wait_for(stays, "a script that has ended")


def box_at_rest(part: Locator) -> FloatRect:
    """Where a part of the page is once it stays there."""
    seen: list[FloatRect | None] = [None]

    def stays() -> bool:
        seen.append(part.bounding_box())
        return all(box is not None and box == seen[-1] for box in seen[-LOOKS:])

    wait_for(stays, "a part that stays where it is", progress=lambda: str(seen[-1]))
    assert seen[-1] is not None
    return seen[-1]


def open_box(box: Locator) -> None:
    """Its page scrolls to it first: an open box closes when its page scrolls."""
    box.scroll_into_view_if_needed()
    box_at_rest(box)
    box.click()


def draws(page: Page) -> int:
    """How often the loss chart was redrawn."""
    return int(page.locator("[data-draws]").first.get_attribute("data-draws") or 0)


def metric(page: Page, label: str) -> str:
    """One of the live figures."""
    return page.locator(f".dino-live [data-label='{label}'] .value").inner_text()


def enter(page: Page, key: str, text: str) -> None:
    """Type a value into a box of the recipe, and wait until the page has taken it."""
    box = page.locator(f".st-key-{key} input")
    box.click()
    box.fill(text)
    expect(page.get_by_role("option").first).to_be_visible()
    box.press("Enter")
    expect(box).to_have_value(text + MARK)
    settled(page)


def finish(page: Page, full_speed: bool = True) -> None:
    """Wait, while the run makes progress, until it has used up its steps and has written."""
    if full_speed:
        button(page, "Full speed").click()
    finished = page.get_by_text("Finished", exact=False)
    wait_for(finished.is_visible, "the end of the run", progress=lambda: page.evaluate(SEEN))
    expect(page.get_by_text("Written with the weights")).to_be_visible()
