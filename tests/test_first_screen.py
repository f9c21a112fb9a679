"""The first screen in a real browser: what explains the chart is in it, in each language."""

from __future__ import annotations

import pytest
from browser import DESKTOP, IN_A_BROWSER, adapt, settled
from playwright.sync_api import Browser, expect

from dino.locale.sentences import languages

pytestmark = IN_A_BROWSER


@pytest.mark.long
@pytest.mark.parametrize("locale", languages())
def test_the_first_screen_has_all_that_explains_its_chart(
    chrome: Browser, address: str, locale: str
) -> None:
    page = adapt(chrome.new_context(locale=locale).new_page(), DESKTOP)
    page.goto(address)
    expect(page.locator(".dino-live dl.lines dd")).to_have_count(4)
    expect(page.locator(".dino-run-buttons .main")).to_be_enabled()
    settled(page)
    box = page.locator(".st-key-live").bounding_box()
    assert box and box["y"] + box["height"] <= DESKTOP[1]
