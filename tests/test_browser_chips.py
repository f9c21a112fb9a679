"""The game of chips in a real browser: taps, keys, what is kept, and what is not told too early."""

from __future__ import annotations

from typing import Any

import pytest
from browser import IN_A_BROWSER, PHONE, adapt
from playwright.sync_api import Locator, Page, expect
from waiting import wait_for

from dino.lessons.chips import rounds
from dino.lessons.dinosaur_list import dinosaurs

pytestmark = IN_A_BROWSER
LESSON = "what-comes-next"
KEPT = "() => JSON.parse(localStorage.getItem('dino-learn') ?? '{}').answers ?? []"
LABELS = dinosaurs().vocab.labels


def open_lesson(page: Page, address: str) -> None:
    page.goto(f"{address}/_stcore/health")
    page.evaluate("localStorage.clear()")  # what another test has kept
    page.goto(f"{address}/learn?tab={LESSON}")
    expect(cell(page, 2, "a")).to_be_visible()


def step(page: Page, number: int) -> Locator:
    return page.locator(f".st-key-step_{LESSON}_{number}")


def cell(page: Page, number: int, symbol: str) -> Locator:
    return step(page, number).locator(".cell").nth(LABELS.index(symbol))


def count(page: Page, number: int, symbol: str) -> str:
    return cell(page, number, symbol).locator(".count").inner_text()


def left(page: Page, number: int) -> Locator:
    return step(page, number).get_by_role("status")


def kept(page: Page) -> dict[str, Any]:
    return {row[1]: row[2] for row in page.evaluate(KEPT)}


@pytest.mark.long
def test_chips_are_tapped_onto_a_phone_kept_over_a_reload_and_cost_what_is_said(
    page: Page, address: str
) -> None:
    adapt(page, PHONE)
    open_lesson(page, address)
    first = rounds()[0]
    came, other = LABELS[first.target], "⏎"
    place = step(page, 2).get_by_role("button", name="Place the bet")
    expect(place).to_be_disabled()
    for _ in range(3):
        cell(page, 2, came).click()
    step(page, 2).get_by_role("button", name="Take back").click()
    cell(page, 2, came).click()
    expect(left(page, 2)).to_have_text("Chips left: 80")
    page.reload()  # what is not placed yet is there again
    expect(left(page, 2)).to_have_text("Chips left: 80")
    assert count(page, 2, came) == "20"
    step(page, 2).get_by_role("button", name="Take back").click()
    cell(page, 2, other).click()  # none lie there
    expect(left(page, 2)).to_have_text("Chips left: 80")
    step(page, 2).get_by_role("button", name="Take back").click()
    step(page, 2).get_by_role("button", name="Chips per tap: 25").click()
    for _ in range(4):
        cell(page, 2, other).click()  # the last tap has 5 left
    assert (count(page, 2, came), count(page, 2, other)) == ("20", "80")
    assert "target" not in (cell(page, 2, came).get_attribute("class") or "").split()
    sizes = cell(page, 2, came).bounding_box()
    assert sizes is not None and min(sizes["width"], sizes["height"]) >= 40  # a finger's width
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    place.click()
    expect(step(page, 2)).to_contain_text("so your loss is −ln(20/100) = 1.61 nats.")
    wait_for(lambda: kept(page).get("first"), "the bet in the browser's storage")
    assert kept(page)["first"][first.target] == 20 and sum(kept(page)["first"]) == 100
    page.reload()
    expect(step(page, 2)).to_contain_text("so your loss is −ln(20/100) = 1.61 nats.")
    expect(cell(page, 2, came)).to_be_disabled()
    assert "target" in (cell(page, 2, came).get_attribute("class") or "").split()


@pytest.mark.long
def test_chips_are_placed_by_the_keyboard_alone_in_projector_mode_too(
    page: Page, address: str
) -> None:
    open_lesson(page, address)
    page.get_by_role("button", name="Projector mode").click()
    expect(page.get_by_text("1 / ")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("2 / ")).to_be_visible()
    cell(page, 2, "⏎").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")  # a: 10
    page.keyboard.press("ArrowDown")  # the cell below it
    page.keyboard.press(" ")
    page.keyboard.type("ooz")
    page.keyboard.press("Backspace")  # z has none again
    page.keyboard.press("Shift+O")
    expect(left(page, 2)).to_have_text("Chips left: 70")
    assert [count(page, 2, symbol) for symbol in "ajoz"] == ["10", "10", "10", ""]
    expect(page.get_by_text("2 / ")).to_be_visible()  # the arrows moved within the chips
    step(page, 2).get_by_role("button", name="One on each").press("Enter")
    expect(left(page, 2)).to_have_text("Chips left: 43")
    cell(page, 2, "o").focus()
    for _ in range(5):
        page.keyboard.press("o")
    expect(left(page, 2)).to_have_text("Chips left: 0")
    step(page, 2).get_by_role("button", name="Place the bet").press("Enter")
    expect(step(page, 2)).to_contain_text("came next: ")


@pytest.mark.long
def test_what_was_begun_stays_while_other_parts_of_the_page_change(
    page: Page, address: str
) -> None:
    """The component is not mounted again when the page runs."""
    open_lesson(page, address)
    step(page, 2).get_by_role("button", name="Skip this").click()
    cell(page, 3, "q").click()
    cell(page, 3, "q").evaluate("(node) => { node.getRootNode().host.mine = true; }")
    step(page, 5).get_by_role("button", name="Skip this").click()
    expect(step(page, 5)).to_contain_text("You skipped this.")
    assert count(page, 3, "q") == "10"
    assert cell(page, 3, "q").evaluate("(node) => node.getRootNode().host.mine")
