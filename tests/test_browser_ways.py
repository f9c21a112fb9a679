"""Three ways to begin in a real browser: shown on a first visit, gone after one, moving nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser import DESKTOP, IN_A_BROWSER, PHONE, adapt, button, open_lab, settled
from playwright.sync_api import Browser, Locator, Page, expect
from waiting import wait_for

from dino.locale.sentences import languages

pytestmark = IN_A_BROWSER
# What a visitor looks at or is about to press, beside the three ways.
PLACES = """() => [...document.querySelectorAll(
    '.dino-run-buttons button:not(.jump), .st-key-first_row, .st-key-settings_line, .st-key-live')]
    .map((it) => { const { x, y } = it.getBoundingClientRect(); return [x, y].map(Math.round); })"""
NO_STORAGE = """Object.defineProperty(window, "localStorage", {
    get() { throw new DOMException("refused", "SecurityError"); } });"""
FOCUSED = "() => document.activeElement?.className ?? ''"


@pytest.fixture
def page(chrome: Browser) -> Iterator[Page]:
    """A page of a browser that keeps nothing yet. An error of its scripts fails the test."""
    opened, errors = adapt(chrome.new_context(locale="en").new_page()), list[str]()
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    assert not errors


def ways(page: Page) -> Locator:
    return page.locator(".dino-ways")


def arrive(page: Page, address: str) -> Locator:
    """Open the Lab for a first time."""
    open_lab(page, address)
    expect(ways(page)).to_be_visible()
    return ways(page)


def back_in_the_lab(page: Page) -> None:
    page.get_by_role("link", name="Lab", exact=True).click()
    page.wait_for_selector(".st-key-live [data-draws]")
    settled(page)


def gone(page: Page, address: str) -> None:
    """Neither on the page nor on the next ones."""
    expect(ways(page)).to_be_hidden()
    open_lab(page, address)
    settled(page)
    expect(ways(page)).to_be_hidden()


def places(page: Page) -> list[Any]:
    """Where the parts of the page are, once they stay there."""
    settled(page)
    found: list[Any] = page.evaluate(PLACES)
    return found


@pytest.mark.long
def test_to_try_is_to_press_train_and_nothing_moves_when_the_ways_go(
    page: Page, address: str
) -> None:
    found = arrive(page, address)
    before = places(page)
    found.get_by_text("Try: train now").click()
    expect(found).to_be_hidden()
    expect(button(page, "Pause")).to_be_visible()
    assert "main" in page.evaluate(FOCUSED)
    assert page.evaluate(PLACES) == before
    button(page, "Pause").click()
    button(page, "Reset").click()
    gone(page, address)


@pytest.mark.long
def test_to_play_leads_straight_to_the_game_and_both_ways_of_coming_back_are_without_them(
    page: Page, address: str
) -> None:
    arrive(page, address).get_by_text("Play: real or made?").click()
    expect(page.get_by_role("heading", name="Real or made?")).to_be_visible()
    back_in_the_lab(page)
    gone(page, address)


@pytest.mark.long
def test_to_learn_leads_to_the_first_lesson_from_the_keyboard_too(page: Page, address: str) -> None:
    found = arrive(page, address)
    found.get_by_text("Learn: lesson 1").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="1 · What comes next?")).to_be_visible()
    page.wait_for_function("location.search.includes('tab=what-comes-next')")
    back_in_the_lab(page)
    gone(page, address)


@pytest.mark.long
def test_the_links_lead_there_in_a_tab_of_their_own(page: Page, address: str) -> None:
    link = arrive(page, address).get_by_text("Play: real or made?").get_attribute("href")
    other = page.context.new_page()
    other.goto(f"{address}/{link}")
    expect(other.get_by_role("heading", name="Real or made?")).to_be_visible()
    gone(page, address)  # in the first one, too, without a reload


@pytest.mark.long
def test_training_in_any_way_ends_them(page: Page, address: str) -> None:
    found = arrive(page, address)
    button(page, "Update").click()
    expect(found).to_be_hidden()
    gone(page, address)


@pytest.mark.long
def test_a_look_at_other_pages_does_not_end_them_and_a_lesson_there_does(
    page: Page, address: str
) -> None:
    arrive(page, address)
    page.get_by_role("link", name="Learn", exact=True).click()
    expect(
        page.get_by_role("button", name="2 · Where is the order of the letters?")
    ).to_be_visible()
    back_in_the_lab(page)
    expect(ways(page)).to_be_visible()
    page.goto(f"{address}/learn?tab=scores-to-loss")
    expect(page.get_by_role("heading", name="8 · Scores to loss")).to_be_visible()
    wait_for(lambda: page.evaluate("localStorage['dino-begun']"), "a note in the storage")
    gone(page, address)


@pytest.mark.long
def test_they_work_where_storage_is_refused(page: Page, address: str) -> None:
    page.add_init_script(NO_STORAGE)
    arrive(page, address).get_by_text("Learn: lesson 1").click()
    expect(page.get_by_role("heading", name="1 · What comes next?")).to_be_visible()
    back_in_the_lab(page)
    expect(ways(page)).to_be_hidden()


@pytest.mark.long
def test_to_erase_all_data_brings_them_back(page: Page, address: str) -> None:
    found = arrive(page, address)
    button(page, "Update").click()
    expect(found).to_be_hidden()
    settled(page)
    page.get_by_role("button", name="Erase my data").click()
    page.get_by_role("button", name="Erase now").click()
    expect(ways(page)).to_be_visible()
    expect(page.get_by_text("were erased", exact=False)).to_be_in_viewport()


@pytest.mark.long
@pytest.mark.parametrize("locale", languages())
@pytest.mark.parametrize("size", [DESKTOP, (1280, 800), PHONE, (360, 640)], ids=str)
def test_all_three_can_be_read_and_pressed_in_one_line(
    chrome: Browser, address: str, locale: str, size: tuple[int, int]
) -> None:
    page = adapt(chrome.new_context(locale=locale).new_page(), size)
    found = arrive(page, address)
    line = page.locator(".st-key-settings_line").bounding_box()
    boxes = [way.bounding_box() for way in found.locator("> *").all()]
    assert line is not None and len(boxes) == 3
    right = 0.0
    for box in boxes:
        assert box is not None and box["x"] >= right
        assert line["y"] <= box["y"] and box["y"] + box["height"] <= line["y"] + line["height"] + 1
        assert box["height"] >= (40 if size[0] < 768 else 24)
        right = box["x"] + box["width"]
    assert right <= size[0]
    cut = "(it) => it.scrollWidth > it.clientWidth + 1 || it.scrollHeight > it.clientHeight + 1"
    assert not any(way.evaluate(cut) for way in found.locator("> *").all())
    before = places(page)
    found.locator("button").click()
    expect(found).to_be_hidden()
    assert page.evaluate(PLACES) == before
    page.context.close()
