"""The glossary in a real browser: opened, searched, left by a link or by Escape; nothing moves."""

from __future__ import annotations

import pytest
from browser import IN_A_BROWSER, PHONE, adapt, open_lab, settled
from playwright.sync_api import Page, expect

pytestmark = IN_A_BROWSER
HEAD = ".st-key-page_glossary"
PLACES = """() => [...document.querySelectorAll('.st-key-page_top > *, .st-key-settings_row')].map(
    (part) => { const { x, y, width } = part.getBoundingClientRect(); return [x, y, width]; })"""
RUNS = """() => { window.runs = 0; new MutationObserver(() => {
    window.runs += document.querySelector('.stApp').dataset.testScriptState === 'running';
}).observe(document.querySelector('.stApp'), { attributes: true }); }"""


def open_glossary(page: Page) -> None:
    page.locator(HEAD).get_by_role("button", name="Glossary").click()
    expect(page.get_by_role("dialog", name="Glossary")).to_be_visible()


def shown(page: Page) -> list[str]:
    return page.locator(f"{HEAD} .entry:not([hidden]) b").all_inner_texts()


@pytest.mark.long
def test_it_is_searched_and_closed_by_the_keyboard_and_runs_no_script(
    page: Page, address: str
) -> None:
    open_lab(page, address)
    settled(page)
    before = page.evaluate(PLACES)
    assert len(before) > 3
    page.evaluate(RUNS)
    page.locator(HEAD).get_by_role("button", name="Glossary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox")).to_be_focused()
    assert len(shown(page)) > 45
    page.keyboard.type("recurrent cell")  # an r alone is Streamlit's shortcut
    assert shown(page) == ["GRU", "LSTM", "vanilla RNN"]
    page.get_by_role("searchbox").fill("entropia CRUZ")
    assert shown(page) == ["cross-entropy"]
    page.get_by_role("searchbox").fill("zzz")
    expect(page.get_by_text("No term contains this.")).to_be_visible()
    page.keyboard.press("Escape")  # once, though a search is typed
    expect(page.get_by_role("dialog", name="Glossary")).to_have_count(0)
    expect(page.locator(HEAD).get_by_role("button", name="Glossary")).to_be_focused()
    assert page.evaluate(PLACES) == before
    assert page.evaluate("window.runs") == 0


@pytest.mark.long
def test_it_stays_open_while_a_run_trains_and_a_link_leads_to_its_tab(
    page: Page, address: str
) -> None:
    open_lab(page, address)
    page.locator(".st-key-run_buttons").get_by_role("button", name="Train").click()
    open_glossary(page)
    page.get_by_role("searchbox").fill("forget gate")
    page.get_by_role("button", name="Inside, Letter by letter").first.click()
    expect(page.get_by_role("dialog", name="Glossary")).to_have_count(0)
    expect(page.get_by_text("The start of a name", exact=False).first).to_be_visible()
    open_glossary(page)
    page.get_by_role("searchbox").fill("vanishing")
    page.get_by_role("button", name="Inside, Gradient").first.click()
    expect(page.locator(".st-key-gradient [data-draws]")).to_be_visible()
    open_glossary(page)
    page.get_by_role("searchbox").fill("padding")
    page.get_by_role("button", name="Data, One name, encoded").first.click()
    expect(page.locator(".st-key-encoded")).to_be_visible()


@pytest.mark.long
def test_on_a_phone_it_is_one_tap_away_and_all_of_it_can_be_read(page: Page, address: str) -> None:
    adapt(page, PHONE)
    open_lab(page, address)
    settled(page)
    button = page.locator(HEAD).get_by_role("button", name="Glossary").bounding_box()
    menu = page.get_by_role("button", name="Main menu").bounding_box()
    assert button["x"] + button["width"] <= menu["x"] and button["y"] >= 0
    open_glossary(page)
    box = page.get_by_role("dialog", name="Glossary").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE[0]
    assert box["y"] >= 0 and box["y"] + box["height"] <= PHONE[1]
    assert page.locator(f"{HEAD} dl").evaluate("(list) => list.scrollWidth <= list.clientWidth")
    page.locator(f"{HEAD} .entry").last.scroll_into_view_if_needed()
    expect(page.locator(f"{HEAD} .entry").last).to_be_in_viewport()
    page.mouse.click(PHONE[0] / 2, 4)  # beside the dialog
    expect(page.get_by_role("dialog", name="Glossary")).to_have_count(0)
