"""The Lab in a real browser from the keyboard alone."""

from __future__ import annotations

from browser import IN_A_BROWSER, button, open_lab, settled
from playwright.sync_api import Locator, Page, expect
from waiting import wait_for

pytestmark = IN_A_BROWSER
# From the first focus on: every moment of the screen at which nothing has it, with what had it
# before; and every press of a mouse.
WATCH_KEYS = """() => {
    window.lost = [];
    window.pressed = 0;
    let last = null;
    addEventListener("pointerdown", () => { window.pressed += 1; }, true);
    const look = () => {
        const now = document.activeElement;
        if (now && now !== document.body) last = now;
        else if (last) {
            window.lost.push(last.outerHTML.slice(0, 200));
            last = null;
        }
        requestAnimationFrame(look);
    };
    look();
}"""


def tab_to(page: Page, part: Locator, key: str = "Tab") -> None:
    """Press a key until a part has the focus."""
    for _ in range(80):
        if part.evaluate("(it) => it === it.getRootNode().activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} does not come to it")


def test_all_can_be_done_from_the_keyboard_and_no_focus_is_lost(page: Page, address: str) -> None:
    page.add_init_script(f"addEventListener('DOMContentLoaded', {WATCH_KEYS})")
    open_lab(page, address)
    settled(page)
    train, step = (page.locator(f".dino-run-buttons .{name}") for name in ("main", "step"))
    tab_to(page, train)
    page.keyboard.press("Enter")
    tab_to(page, button(page, "Full speed"))
    page.keyboard.press("Space")
    expect(page.locator(".dino-run-line .words")).to_contain_text("Finished 1,200 steps")
    expect(page.get_by_text("Written with the weights of step 1,200")).to_be_visible()
    settled(page)
    tab_to(page, page.locator(".st-key-hidden_size input"), "Shift+Tab")
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-network text").nth(2)).to_have_text("12 hidden")
    settled(page)
    tab_to(page, button(page, "Reset"))
    page.keyboard.press("Enter")
    expect(train).to_have_text("Train")
    expect(page.locator(".dino-run-line .words")).to_contain_text("Untrained")
    settled(page)
    tab_to(page, step, "Shift+Tab")
    for number in range(10):
        page.keyboard.press(("Enter", "Space")[number % 2])
    expect(page.get_by_text("Paused at step 10 of", exact=False)).to_be_visible()
    expect(page.get_by_text("Written with the weights of step", exact=False)).to_be_visible()
    settled(page)
    expect(step).to_be_focused()
    open_a_name(page)
    assert page.evaluate("[window.lost, window.pressed]") == [[], 0]
    button(page, "Write").focus()
    button(page, "Write").blur()
    wait_for(lambda: page.evaluate("window.lost.length") == 1, "a lost focus that is counted")


def open_a_name(page: Page) -> None:
    """Jump to the written names, have those of the present weights written, and open one."""
    tab_to(page, button(page, "Written names ↓"))
    page.keyboard.press("Enter")
    names = page.locator(".st-key-written tbody tr")
    expect(names.first).to_be_focused()
    tab_to(page, button(page, "Write"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Written with the weights of step 10.")).to_be_visible()
    settled(page)
    expect(button(page, "Write")).to_be_focused()
    tab_to(page, names.first)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(names.nth(1)).to_have_attribute("aria-selected", "true")
    settled(page)
    expect(names.nth(1)).to_be_focused()
    expect(page.locator(".st-key-probabilities [role=img]").first).to_be_visible()
