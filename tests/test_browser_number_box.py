"""The number boxes in a real browser: typing, keys, refusals, on a phone and while a run trains."""

from __future__ import annotations

import pytest
from browser import IN_A_BROWSER, PHONE, adapt, box_at_rest, button, draws, open_lab
from playwright.sync_api import Locator, Page, expect
from waiting import wait_for

pytestmark = IN_A_BROWSER
ROOM = """box => box.getBoundingClientRect().height"""


def box_of(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-number_{key} input")


def refusal_of(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-number_{key} #refusal")


def redrawn(page: Page, times: int = 3) -> None:
    """Wait until a run that trains has redrawn its chart so many times."""
    before = draws(page)
    wait_for(lambda: draws(page) >= before + times, "a chart that is redrawn")


@pytest.mark.long
def test_a_refusal_makes_no_popover_wider_and_greedy_wraps_no_label(
    page: Page, address: str
) -> None:
    open_lab(page, f"{address}/?max_steps=20&hidden_size=8")
    page.locator(".dino-run-buttons .main").click()
    button(page, "More").click()
    box = box_of(page, "top_k")
    before = box_at_rest(page.locator("[data-testid=stPopoverBody]"))
    box.fill("x")
    box.press("Enter")
    expect(refusal_of(page, "top_k")).to_contain_text("not “x”")
    refused = box_at_rest(page.locator("[data-testid=stPopoverBody]"))
    assert (refused["x"], refused["width"]) == (before["x"], before["width"])
    page.locator("[data-testid=stPopoverBody]").get_by_text("Greedy").click()
    expect(box).to_be_disabled()
    label = page.locator(".st-key-number_count label, .st-key-number_count .head").first
    assert box_at_rest(label)["height"] < 30  # one line: the row below does not move


@pytest.mark.long
@pytest.mark.parametrize(("code", "mark"), [("es", ","), ("en", ".")])
def test_a_number_is_typed_while_a_run_trains(
    page: Page, address: str, code: str, mark: str
) -> None:
    open_lab(page, f"{address}/?lang={code}&max_steps=100000&engine=torch")
    page.get_by_text("Más ajustes" if code == "es" else "More settings", exact=True).click()
    box = box_of(page, "clip_norm")
    expect(box).to_have_value("1")
    page.locator(".dino-run-buttons .main").click()
    redrawn(page)
    box.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("0,")
    redrawn(page)
    page.keyboard.type("5")
    redrawn(page)
    expect(box).to_have_value("0,5")  # no redraw takes away what is being typed
    page.keyboard.press("Tab")
    expect(page.locator(".st-key-back_clip_norm button").first).to_be_visible()
    expect(box).to_have_value(f"0{mark}5")
    box.press("ArrowUp")
    expect(box).to_have_value("1")
    for _ in range(3):
        box.press("ArrowDown")
    box.press("Tab")
    expect(box).to_have_value("0")
    batch = box_of(page, "batch_size")
    batch.fill("1e9")
    batch.press("Enter")
    expect(refusal_of(page, "batch_size")).to_contain_text("“1e9”")
    expect(batch).to_have_value("32")
    batch.fill("64")
    batch.press("Escape")
    expect(batch).to_have_value("32")
    batch.fill("40")
    page.locator(".dino-run-buttons .main").click()  # a click elsewhere takes it
    expect(page.locator(".st-key-back_batch_size button").first).to_be_visible()
    expect(batch).to_have_value("40")
    expect(refusal_of(page, "batch_size")).to_be_empty()


@pytest.mark.long
def test_an_answer_is_typed_with_a_comma_on_a_phone_and_refused_in_spanish(
    page: Page, address: str
) -> None:
    adapt(page, PHONE, "dark")
    page.goto(f"{address}/learn?lang=es&tab=scores-to-loss")
    first, second = (box_of(page, f"ask_scores-to-loss_softmax_{i}") for i in (0, 1))
    expect(first).to_be_visible()
    assert first.locator("..").evaluate(ROOM) >= 40
    assert first.get_attribute("inputmode") == "decimal"
    first.fill("0,84")
    second.fill("1,5")
    button(page, "Comprobar").first.click()
    key = "ask_scores-to-loss_softmax_1"
    expect(refusal_of(page, key)).to_contain_text("un número de 0 a 1, no “1,5”")
    expect(page.get_by_text("no “1,5”").last).to_be_visible()
    expect(second).to_have_value("1,5")
    expect(second).to_have_attribute("aria-invalid", "true")
    assert second.get_attribute("aria-describedby") == "rule refusal"
    second.fill("0.11")
    button(page, "Comprobar").first.click()
    expect(page.get_by_text("Correcto.", exact=True)).to_be_visible()
    for box, text in ((first, "0,84"), (second, "0,11")):
        expect(box).to_have_value(text)
        expect(box).to_be_disabled()
