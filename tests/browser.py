"""What the browser tests share: the app as a server of its own, and the machine's Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from waiting import wait_for

ROOT = Path(__file__).resolve().parent.parent
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]
expect.set_options(timeout=30_000)  # as Playwright waits for everything else: machines are shared
DESKTOP, PHONE = (1440, 900), (390, 844)


def chromium() -> str | None:
    """The machine's Chromium or Chrome, if it has one."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next(filter(None, map(shutil.which, names)), None)


# One server and one browser, in one worker; a machine without a browser fails in CI.
IN_A_BROWSER = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        chromium() is None and not os.environ.get("CI"),
        reason="no Chromium on this machine: apt-get install chromium, or install Chrome"),
]


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            yield launched
        finally:
            launched.close()


# `streamlit run` as hosts have it that do not look for `st.App`.
PLAIN = """import sys
from streamlit.web import bootstrap
options = {"server_port": int(sys.argv[2]), "server_address": "127.0.0.1", "server_headless": True}
bootstrap.load_config_options(options)
bootstrap.run(sys.argv[1], False, [], options)
"""


@contextmanager
def app(
    script: str = "app.py", options: tuple[str, ...] = (), plain: bool = False
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The app on a free port, as `streamlit run app.py` starts it: its address and process.

    plain: as a host that runs the script alone, without the routes.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    start = ["-c", PLAIN, script, str(port)] if plain else [
        "-m", "streamlit", "run", script, f"--server.port={port}", "--server.address=127.0.0.1",
        "--server.headless=true", *options]
    server = subprocess.Popen(
        [sys.executable, *start], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "default"})
    try:
        wait_for(lambda: _healthy(address) or any(
            _healthy(f"{address}/{option.partition('=')[2]}") for option in options), "the server")
        yield address, server
    finally:
        server.terminate()
        server.wait(10)


def _healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def button(page: Page, name: str):
    """A button of the page by its exact words."""
    return page.get_by_role("button", name=name, exact=True)


def open_lab(page: Page, address: str) -> None:
    """Open the Lab and wait until its chart is drawn and it takes clicks."""
    page.goto(address)
    page.wait_for_selector(".st-key-live [data-draws]")
    expect(page.locator(".st-key-play button")).to_be_enabled()


def settled(page: Page) -> None:
    """Wait until the page's script has run to its end: the address is whole, no part is redrawn."""
    expect(page.locator("[data-test-script-state=notRunning]")).to_be_attached(timeout=20_000)


def draws(page: Page) -> int:
    """How often the loss chart was redrawn."""
    return int(page.locator("[data-draws]").first.get_attribute("data-draws") or 0)


def metric(page: Page, label: str) -> str:
    """One of the live figures."""
    return page.locator(f".dino-live [data-label='{label}'] .value").inner_text()


def finish(page: Page) -> None:
    """Wait until the run has used up its steps and the names are written."""
    expect(page.get_by_text("Finished", exact=False)).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Written with the weights")).to_be_visible(timeout=20_000)
