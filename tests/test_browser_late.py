"""A browser whose messages come late: a run that is opened shows its own settings.

All that it sends lags, so it says for a while what it showed before the page set it anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import IN_A_BROWSER, adapt, button, open_lab, settled
from playwright.sync_api import BrowserContext, Page, expect
from test_browser_address import said, says
from test_late_messages import RECIPES
from test_open_run_page import saved, trainer
from waiting import wait_for

from dino.config import Config
from dino.presets import PRESETS
from dino.ui.settings import MARK, nearest_preset

pytestmark = IN_A_BROWSER
LATE = """() => {  // each message is made now, and sent later
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    setTimeout(() => send.call(this, data), window.dinoLate ?? 0);
  };
}"""
MILLISECONDS = 700


def lag(page: Page, milliseconds: int = MILLISECONDS) -> None:
    """Have what the page sends come late from now on."""
    page.evaluate("(late) => { window.dinoLate = late; }", milliseconds)


def shows(page: Page, number: int, wanted: Config) -> None:
    """The controls, the main button and the address are those of a run, and stay so."""
    for _ in range(2):
        says(page, run=str(number))
        wait_for(lambda: Config.from_url(said(page))[0] == wanted, "the address of the run")
        for name in ("hidden_size", "max_steps"):
            box = page.locator(f".st-key-{name} input")
            expect(box).to_have_value(f"{getattr(wanted, name)}{MARK}")
        preset = PRESETS[nearest_preset(wanted)].label
        expect(page.locator(".st-key-preset input")).to_have_value(str(preset))
        expect(button(page, "Train further")).to_be_enabled()
        settled(page)


@pytest.mark.long
def test_an_opened_run_shows_its_settings_by_file_by_row_and_by_history(
    home: BrowserContext, address: str, tmp_path: Path
) -> None:
    page = adapt(home.new_page())
    page.add_init_script(f"({LATE})()")
    open_lab(page, address)
    page.get_by_text("Open a saved run").click()
    recipes = list(RECIPES.values())
    lag(page)
    for number, recipe in enumerate(recipes, 1):
        file = tmp_path / f"{number}.safetensors"
        file.write_bytes(saved(trainer(recipe, steps=2)))
        page.locator(".st-key-open_box input[type=file]").set_input_files(file)
        shows(page, number, recipe)
    for number in (1, len(recipes), 2, 4, 3):
        page.locator(f".dino-runs [data-number='{number}'] button.open").click()
        shows(page, number, recipes[number - 1])
    for number in (4, 2, len(recipes), 1):
        page.go_back()
        shows(page, number, recipes[number - 1])
    for number in (len(recipes), 2):
        page.go_forward()
        shows(page, number, recipes[number - 1])
    page.close()


@pytest.mark.long
def test_what_is_turned_off_beside_a_closed_popover_stays_off(
    home: BrowserContext, address: str
) -> None:
    """A browser leaves out what is in a closed popover, and goes on sending its old values."""
    page = adapt(home.new_page())
    open_lab(page, address)
    page.locator(".dino-run-buttons .step").click()
    expect(page.locator(".st-key-written")).to_be_visible()
    more, greedy = button(page, "More"), page.locator(".st-key-greedy input")
    off = page.locator(".st-key-off_greedy")
    for _ in range(2):
        more.click()
        page.locator(".st-key-greedy label").first.click()
        expect(off).to_have_count(1)
        page.keyboard.press("Escape")
        expect(greedy).to_have_count(0)
        off.locator("button:visible").click()
        expect(off).to_have_count(0)
        for _ in range(2):  # messages that still have the old value
            page.locator(".st-key-new_draws button:visible").click()
            settled(page)
            expect(off).to_have_count(0)
        more.click()
        expect(greedy).not_to_be_checked()
        page.keyboard.press("Escape")
        expect(greedy).to_have_count(0)
    page.close()
