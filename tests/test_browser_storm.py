"""Sixty rapid clicks in a real browser end as if made slowly: see `storm_in_browser.py`."""

from __future__ import annotations

import pytest
import storm
from browser import IN_A_BROWSER, SharedApp, SharedBrowser

pytestmark = IN_A_BROWSER


@pytest.mark.long
def test_sixty_rapid_clicks_in_a_browser_end_as_if_made_slowly(
    shared_app: SharedApp, shared_browser: SharedBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared_app.end()
    shared_browser.end()
    monkeypatch.setenv("DINO_HOST", "1")
    assert storm.play_in_browser(1, first=100) == []
