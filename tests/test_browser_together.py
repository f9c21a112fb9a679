"""Network and counting together in a real browser: the control, by keys and fingers, and what the
pictures then show, on the Lab and Inside.
"""

from __future__ import annotations

from typing import Any

import pytest
from browser import (
    COVERED,
    DESKTOP,
    IN_A_BROWSER,
    PHONE,
    SharedApp,
    SharedBrowser,
    adapt,
    button,
    finish,
    href,
    open_box,
    open_lab,
    settled,
    visitor,
)
from playwright.sync_api import Page, expect
from sampling import one_in
from test_browser_axe import SCHEMES, violations
from waiting import wait_for

pytestmark = IN_A_BROWSER
BOX, WITH, SHARE = ".st-key-mix_box", ".st-key-mix_with", ".st-key-mix_share"
OFF = ".st-key-off_mix button"
SIXES = {"en": "sixes", "es": "sextetos"}
SAID = {
    "en": "Only these names are written together with counting.",
    "es": "Solo estos nombres se escriben junto con el conteo.",
}
# The row below the heatmap: the numbers in it, and the head of it.
ROW = """picture => [...(document.querySelector(picture)?.querySelectorAll(
    '.textpoint text, .ytick text') ?? [])].map(it => it.textContent)"""
WIDER = "() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
OUTSIDE = """box => { const at = box.getBoundingClientRect();
    return Math.max(0, -at.left, at.right - innerWidth); }"""


@pytest.fixture(scope="module")
def cookies(shared_browser: SharedBrowser, shared_app: SharedApp) -> list[Any]:
    """Those of a visitor with one short run."""
    with visitor(shared_browser.home()) as (page, found):
        open_lab(page, f"{shared_app.address()}/?max_steps=60&batch_size=8")
        button(page, "Train").click()
        finish(page)
        settled(page)
    return found


def opened(page: Page, address: str, cookies: list[Any], place: str) -> None:
    page.context.add_cookies(cookies)
    page.goto(f"{address}/{place}")
    settled(page)


def names(page: Page) -> list[str]:
    found = page.locator(".st-key-written td:first-child")
    expect(found.first).to_be_visible()  # a run that has just come to rest writes in a moment
    return found.all_inner_texts()


def row(page: Page, key: str) -> list[str]:
    """The words of the row of shares: its head and a number for each letter; empty without it."""
    found: list[str] = page.evaluate(ROW, f".st-key-{key}")
    return found if "%" in found else []


@pytest.mark.parametrize("code", one_in(2, ["en", "es"]))
def test_it_is_chosen_moved_and_turned_off_by_keys(
    page: Page, address: str, cookies: list[Any], code: str
) -> None:
    opened(page, address, cookies, f"?run=1&lang={code}")
    own = names(page)
    assert own and not row(page, "probabilities")
    opener = page.locator(f"{BOX} button").first
    opener.press("Enter")
    page.locator(f"{WITH} input").press("ArrowDown")
    page.keyboard.type(SIXES[code])
    page.keyboard.press("Enter")
    expect(page.get_by_text(SAID[code])).to_be_visible()
    page.locator(f"{SHARE} input[type=range]").press("ArrowLeft")
    wait_for(lambda: "mix=sixes%3A0.45" in href(page), "the share in the address")
    settled(page)
    mixed = names(page)
    assert mixed != own
    numbers = [it for it in row(page, "probabilities") if it.isdigit()]
    assert numbers and all(0 <= int(it) <= 100 for it in numbers)
    page.keyboard.press("Escape")
    expect(page.locator(WITH)).not_to_be_visible()
    expect(opener).to_be_focused()
    page.locator(OFF).first.press("Enter")
    expect(page.locator(OFF)).to_have_count(0)
    settled(page)
    assert names(page) == own and not row(page, "probabilities") and "mix=" not in href(page)


@pytest.mark.parametrize("code", one_in(2, ["es", "en"]))
def test_on_a_phone_all_of_it_is_inside_the_window(
    page: Page, address: str, cookies: list[Any], code: str
) -> None:
    adapt(page, PHONE)
    opened(page, address, cookies, f"?run=1&lang={code}&mix=sixes:0.5")
    open_box(page.locator(f"{BOX} button").first)
    for part in (WITH, SHARE):
        expect(page.locator(part)).to_be_visible()
        assert page.locator(part).evaluate(OUTSIDE) == 0
    assert page.locator(OFF).first.evaluate(OUTSIDE) == 0
    assert page.evaluate(WIDER) <= 0 and page.evaluate(COVERED) == []


@pytest.mark.long
@pytest.mark.parametrize("place", ["?run=1&mix=sixes:0.5", "inside?run=1&tab=name&mix=sixes:0.5"])
def test_axe_finds_nothing_serious_with_the_control_open(
    page: Page, address: str, cookies: list[Any], place: str
) -> None:
    opened(page, address, cookies, place)
    found = []
    for scheme in SCHEMES:
        adapt(page, DESKTOP, scheme)
        settled(page)
        if not page.locator(WITH).is_visible():
            open_box(page.locator(f"{BOX} button").first)
        expect(page.locator(SHARE)).to_be_visible()
        found += violations(page)
    assert not found, "\n".join(found)


def test_the_picked_name_inside_is_written_together_and_other_tabs_are_not(
    page: Page, address: str, cookies: list[Any]
) -> None:
    opened(page, address, cookies, "inside?run=1&tab=name")
    assert not row(page, "inside_probs")
    open_box(page.locator(f"{BOX} button").first)
    page.locator(f"{WITH} input").press("ArrowDown")
    page.keyboard.type("sixes")
    page.keyboard.press("Enter")
    wait_for(lambda: row(page, "inside_probs"), "the row of shares")
    page.keyboard.press("Escape")
    words = page.get_by_text("all other tabs show the network without counting")
    expect(words).to_be_visible()
    page.locator(".st-key-tool").get_by_text("Memory", exact=True).click()
    expect(words).not_to_be_visible()
    expect(page.locator(BOX)).to_have_count(0)
