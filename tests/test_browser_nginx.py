"""Two servers behind the real nginx, in a browser: a foreign frame stays at one of them, and the
app's own page comes by HTTP/2.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from browser import (
    HERE_ONLY,
    IN_A_BROWSER,
    ROOT,
    SharedApp,
    SharedBrowser,
    adapt,
    button,
    draws,
    metric,
    one_of_several,
    open_lab,
)
from load.server import command, free_port, only_one
from load.web import HOST
from playwright.sync_api import BrowserContext, Page, expect
from test_browser_frames import browser_of_today, ready, run_shown, train
from test_browser_uploads import Course
from test_nginx import NEEDS_NGINX, nginx
from waiting import wait_for

pytestmark = IN_A_BROWSER
NAME = "dino.example.org"  # the site of the app; each course page is another site
BY_NAME = f"--host-resolver-rules=MAP *.example.org {HOST}, MAP *.example {HOST}, {HERE_ONLY}"
HEALTH, STREAM = "/_stcore/health", "/_stcore/stream"
PROTOCOLS = "performance.getEntries().map(it => it.nextHopProtocol).filter(it => it)"


class Served(NamedTuple):
    """A request, as nginx wrote it down: who answered, by which protocol, with which cookie."""

    server: str
    protocol: str
    method: str
    path: str
    cookie: str


class Two:
    """Two servers of the app behind nginx. port: nginx's own."""

    def __init__(self, port: int, log: Path) -> None:
        self.port, self._log = port, log

    @property
    def address(self) -> str:
        return f"https://{NAME}:{self.port}"

    def served(self, path: str = "", since: int = 0) -> list[Served]:
        """The requests that have ended, or those for one path. A WebSocket ends with its page."""
        lines = self._log.read_text().splitlines()[since:]
        found = [Served(*line.split(" ")) for line in lines]
        return [it for it in found if path in ("", it.path)]


@pytest.fixture
def two(shared_app: SharedApp, tmp_path: Path) -> Iterator[Two]:
    shared_app.end()
    with only_one("server"), ExitStack() as ending:
        ports = free_port(), free_port()
        for port in ports:
            words = command(Path("app.py"), port, False, "")
            ending.enter_context(one_of_several(words, f"http://{HOST}:{port}", cwd=ROOT))
        folder = tmp_path / "nginx"
        folder.mkdir()
        port = ending.enter_context(nginx(folder, *ports))
        yield Two(port, folder / "served.log")


@contextmanager
def courses(key: Path) -> Iterator[int]:
    """Pages of other sites, each with a frame, by HTTPS; their port. key: with the certificate."""
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(key)
    with ThreadingHTTPServer((HOST, 0), Course) as server:
        server.socket = secure.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def course_at_another_server(page: Page, two: Two, port: int) -> str:
    """A site whose frames are at another server than the browser's address would lead to."""
    for number in range(40):
        found, since = f"https://course{number}.example:{port}", len(two.served(HEALTH))
        page.goto(f"{found}/?{two.address}{HEALTH}")
        page.reload()
        wait_for(partial(lambda it: len(two.served(HEALTH)) == it + 2, since), "both requests")
        without, sent = two.served(HEALTH)[-2:]
        assert without.cookie == "-" and len(sent.cookie) == 32
        if without.server != sent.server:
            return found
    raise AssertionError("all cookies lead to one server")


@NEEDS_NGINX
@pytest.mark.long
def test_a_foreign_frame_without_other_sites_cookies_stays_at_its_server(
    two: Two, shared_browser: SharedBrowser, tmp_path: Path
) -> None:
    shared_browser.end()
    key = tmp_path / "nginx" / "key.pem"
    with (
        courses(key) as port,
        browser_of_today(tmp_path / "home", True, BY_NAME, ignore_https_errors=True) as context,
    ):
        check_the_frame(context, two, port)
        check_the_page(context, two)


def check_the_frame(context: BrowserContext, two: Two, port: int) -> None:
    page = adapt(context.new_page())
    course = course_at_another_server(page, two, port)
    mine, since = two.served(HEALTH)[-1], len(two.served())
    page.goto(f"{course}/?{two.address}/?max_steps=40")
    ready(page)
    train(page)
    for _ in range(2):
        page.reload()
        ready(page)
        expect(run_shown(page)).to_be_visible()
    assert page.frames[1].evaluate("document.cookie") == ""
    page.close()
    wait_for(lambda: len(two.served(STREAM, since)) >= 3, "the end of three WebSockets")
    seen = two.served(since=since)
    assert {(it.server, it.cookie) for it in seen} == {(mine.server, mine.cookie)}
    assert {it.protocol for it in seen if it.path != STREAM} == {"HTTP/2.0"}
    assert {"/", "/dino/events", HEALTH} <= {it.path for it in seen} and len(seen) > 60


def check_the_page(context: BrowserContext, two: Two) -> None:
    page, since = adapt(context.new_page()), len(two.served())
    open_lab(page, f"{two.address}/?max_steps=100000")
    assert set(page.evaluate(PROTOCOLS)) == {"h2"}
    before = draws(page)
    button(page, "Train").click()
    wait_for(lambda: metric(page, "names_seen") not in ("0", "–"), "the run")
    page.wait_for_function("window.dinoEvents?.up")
    wait_for(lambda: draws(page) > before + 3, "charts that move")
    mine = {it["name"]: it for it in context.cookies(two.address)}["dino_server"]
    assert mine["sameSite"] == "None" and mine["secure"] and mine["httpOnly"]
    button(page, "Pause").click()
    page.get_by_text("Paused at update", exact=False).wait_for()
    page.close()
    wait_for(lambda: two.served(STREAM, since), "the end of the WebSocket")
    first, *others = two.served(since=since)
    assert first.cookie == "-"
    assert {it.cookie for it in others} == {mine["value"]}
    assert len({it.server for it in others}) == 1
