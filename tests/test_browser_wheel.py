"""The app as pip installs it: `dino run` opens it, it trains, and the package stays as it was."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browser import IN_A_BROWSER, adapt, button, metric, open_lab, running
from load.server import free_port
from load.web import HOST
from playwright.sync_api import BrowserContext, Page
from waiting import wait_for
from wheel import build, contents, install

pytestmark = IN_A_BROWSER


@contextmanager
def dino_run(commands: Path, folder: Path, env: Mapping[str, str]) -> Iterator[str]:
    """The installed command as a server: its address."""
    port = free_port()
    words = ["run", "--port", str(port), "--address", HOST, "--headless"]
    address = f"http://{HOST}:{port}"
    with running([str(commands / "dino"), *words], address, cwd=folder, env=env):
        yield address


@pytest.mark.long
def test_an_installed_app_trains_and_writes_only_into_the_user_s_cache(
    home: BrowserContext, shared_app: Any, tmp_path: Path
) -> None:
    shared_app.end()
    commands = install(build("wheel", tmp_path), tmp_path / "environment")
    [package] = (tmp_path / "environment").rglob("site-packages/dino")
    before = contents(package)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    own = ("PYTHONPATH", "NUMBA_CACHE_DIR")
    env = {name: value for name, value in os.environ.items() if name not in own}
    env |= {"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    page = adapt(home.new_page())
    with dino_run(commands, elsewhere, env) as address:
        open_lab(page, address)
        train(page)
        page.get_by_role("link", name="Inside").first.click()
        page.wait_for_selector(".st-key-panel")
        page.close()
    assert contents(package) == before
    assert list((tmp_path / "cache").rglob("dino-kernels-*"))
    assert list(elsewhere.iterdir()) == []


def train(page: Page) -> None:
    """Train until the network has seen names."""
    button(page, "Train").click()
    wait_for(lambda: int(metric(page, "names_seen").replace(",", "") or 0) > 1000, "names")
