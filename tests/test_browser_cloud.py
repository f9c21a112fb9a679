"""The entry point on a public host, run as that host does it: with its settings, at its path."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from browser import IN_A_BROWSER, SharedApp, adapt, button, draws, finish, metric, open_lab, running
from load.server import FORCED, ROOT, free_port
from load.web import HOST
from playwright.sync_api import BrowserContext, Page
from streamlit.web.server.app_discovery import discover_asgi_app

pytestmark = IN_A_BROWSER
ENTRY, BASE = "cloud/streamlit_app.py", "/~/+"
STATIC = ROOT / "cloud" / "static"
# How Streamlit starts: as its command does, or as a host that runs only the script.
SERVE = """import json, sys
from streamlit.web import bootstrap, cli
script, way, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
sys.path = [path for path in sys.path if path]  # a command has not the current folder in it
if way == "command":
    cli._main_run(script, flag_options=options)
else:
    bootstrap.load_config_options(options)
    bootstrap.run(script, False, [], options)
"""


@contextmanager
def host(way: str) -> Iterator[str]:
    """The app as the host runs it: its address."""
    port = free_port()
    options = {"server_port": port, "server_address": HOST, "server_baseUrlPath": BASE.strip("/")}
    options |= {"server_headless": True}
    options |= {name.replace(".", "_"): value for name, value in FORCED.items()}
    words = [sys.executable, "-c", SERVE, ENTRY, way, json.dumps(options)]
    address, env = f"http://{HOST}:{port}{BASE}", {**os.environ, "PYTHONSAFEPATH": "1"}
    with running(words, address, cwd=ROOT, env=env):
        yield f"{address}/"


def train(page: Page) -> None:
    """Train to the end, and see the curve being drawn meanwhile."""
    before = draws(page)
    button(page, "Train").click()
    finish(page)
    assert metric(page, "names_seen") == "9,600"  # 300 updates of 32
    assert draws(page) > before


def test_the_entry_point_is_found_as_an_app_with_routes() -> None:
    found = discover_asgi_app(ROOT / ENTRY)
    assert found.is_asgi_app and found.import_string == "streamlit_app:app"


@pytest.mark.long
@pytest.mark.parametrize(
    ("way", "blocked", "place"),
    [
        pytest.param("command", False, "dino/plotly", id="its routes are let through"),
        pytest.param("command", True, "app/static/plotly", id="its routes are blocked"),
        pytest.param("script", False, "app/static/plotly", id="only the script runs"),
    ],
)
def test_the_app_trains_there(
    way: str, blocked: bool, place: str, home: BrowserContext, shared_app: SharedApp
) -> None:
    shared_app.end()
    for copy in STATIC.glob("plotly-*"):
        copy.unlink()
    page, asked = adapt(home.new_page()), []
    page.on("response", lambda answer: asked.append((answer.status, answer.url)))
    if blocked:
        page.route("**/dino/**", lambda route: route.fulfill(status=404))
    with host(way) as address:
        open_lab(page, f"{address}?max_steps=300&hidden_size=16")
        train(page)
        page.get_by_role("link", name="Inside").first.click()
        page.wait_for_selector(".st-key-panel")
        page.close()
    loaded = [url for status, url in asked if status == 200 and "plotly" in url]
    assert [url for url in loaded if f"{BASE}/{place}" in url] == loaded != []
