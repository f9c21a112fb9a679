"""Two languages in a real browser: its own, the button, the link, live news, what is typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from browser import DESKTOP, IN_A_BROWSER, PHONE, adapt, button, href, settled, watch_link
from playwright.sync_api import Browser, Page, expect
from sources import ROOT
from waiting import wait_for

from dino.ui.settings import MARK

pytestmark = IN_A_BROWSER
SCREENSHOTS = ROOT / "tests" / "screenshots"
OVERFLOW = "() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
SMALL = "?hidden_size=8&batch_size=4&engine=torch"


@pytest.fixture
def visitor(chrome: Browser) -> Iterator[Any]:
    """A function that opens a page in a browser of a language."""

    def open_browser(locale: str, size: tuple[int, int] = DESKTOP) -> Page:
        return adapt(chrome.new_context(locale=locale).new_page(), size)

    yield open_browser


def open_spanish(page: Page, address: str) -> None:
    """Open the Lab, wait until it takes clicks."""
    page.goto(address)
    page.wait_for_selector(".st-key-live [data-draws]")
    expect(page.locator(".dino-run-buttons .main")).to_be_enabled()
    expect(page.locator(".dino-run-buttons .main")).to_contain_text("Entrenar")


@pytest.mark.long
def test_the_browser_s_language_decides_and_a_button_overrides_it(
    visitor: Any, address: str
) -> None:
    page = visitor("es-CO")
    open_spanish(page, address + SMALL)
    expect(page.locator("html")).to_have_attribute("lang", "es")
    assert "lang=" not in href(page)
    button(page, "English").click()
    expect(page.locator(".dino-run-buttons .main")).to_contain_text("Train")
    wait_for(lambda: "lang=en" in href(page), "the language in the address")
    assert "hidden_size=8" in href(page)
    page.reload()
    expect(page.locator(".dino-run-buttons .main")).to_contain_text("Train")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    button(page, "Español").click()
    expect(page.locator(".dino-run-buttons .main")).to_contain_text("Entrenar")
    # What a browser remembers by its words, and what the page's script draws by itself
    expect(page.locator(".st-key-preset input")).to_have_value("Primer éxito")
    expect(page.locator(".st-key-list input")).to_have_value("Dinosaurios")
    expect(page.locator(".dino-live .figures")).to_contain_text("Nombres vistos")
    expect(page.locator(".dino-live dl.lines")).to_contain_text("Pérdida (entropía cruzada)")
    page.locator(".dino-run-buttons .main").click()  # a chart without curves has no legend
    expect(page.locator(".st-key-live .legendtext").last).to_have_text("validación")


@pytest.mark.long
def test_two_browsers_watch_one_run_each_in_its_language(visitor: Any, address: str) -> None:
    english, spanish = visitor("en-US"), visitor("es-ES")
    english.goto(address + SMALL + "&max_steps=100000")
    expect(english.locator(".dino-run-buttons .main")).to_be_enabled()
    button(english, "Train").click()
    wait_for(lambda: "run=1" in href(english), "a run with a number")
    spanish.goto(watch_link(english))
    line = ".dino-run-line"
    expect(spanish.locator(line)).to_contain_text(re.compile(r"Actualización [\d\u202f]+ de"))
    expect(english.locator(line)).to_contain_text(re.compile(r"Update [\d,]+ of"))
    before = spanish.locator(line).inner_text()
    wait_for(lambda: spanish.locator(line).inner_text() != before, "news of the run")
    assert "Actualización" in spanish.locator(line).inner_text()
    assert "Update" in english.locator(line).inner_text()


@pytest.mark.long
def test_numbers_have_a_comma_in_spanish_and_a_comma_may_be_typed(
    visitor: Any, address: str
) -> None:
    page = visitor("es")
    open_spanish(page, address + SMALL)
    ticks = page.locator(".st-key-live .ytick text")
    expect(ticks.nth(1)).to_have_text(re.compile(r"^\d(,\d+)?$"))
    assert any("," in text for text in ticks.all_text_contents())
    box = page.locator(".st-key-learning_rate input")
    for typed in ("0,02", "0.03"):
        box.click()
        box.fill(typed)
        box.press("Enter")
        expect(box).to_have_value(typed.replace(".", ",") + MARK)
        wait_for(
            lambda typed=typed: f"learning_rate={typed.replace(',', '.')}" in href(page),
            "the rate in the address",
        )


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("color", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.long
def test_every_page_has_room_for_its_words(
    visitor: Any, address: str, size: tuple[int, int], color: str, locale: str
) -> None:
    page = visitor(locale, size)
    page.emulate_media(color_scheme=color)
    page.goto(address + SMALL + "&max_steps=60")
    expect(page.locator(".dino-run-buttons .main")).to_be_enabled()
    page.locator(".dino-run-buttons .main").click()
    wait_for(lambda: "run=1" in href(page), "a run with a number")
    for name in ("lab", "data", "inside", "compare"):
        if name != "lab":
            page.locator(f".st-key-page_top a[href*='{name}']").click()
            wait_for(lambda name=name: f"/{name}" in href(page), "the page")
        settled(page)
        assert page.evaluate(OVERFLOW) <= 0
        if name == "lab":  # its last button is not cut
            reset = page.locator(".dino-run-buttons button").nth(2).bounding_box()
            assert reset and reset["x"] + reset["width"] <= size[0]
        SCREENSHOTS.mkdir(exist_ok=True)
        kind = "phone" if size == PHONE else "desktop"
        page.screenshot(path=SCREENSHOTS / f"{name}-{locale}-{kind}-{color}.png", full_page=True)
