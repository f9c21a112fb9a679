"""The Lab's first screen: what it is about is seen without scrolling, and stays where it is."""

from __future__ import annotations

import pytest
from browser import COVERED, IN_A_BROWSER, adapt, box_at_rest, button, new_page, open_lab, settled
from layout_shift import median_shift
from playwright.sync_api import Page, expect
from sampling import one_in

pytestmark = IN_A_BROWSER
LAPTOP, LEFT_OF_A_PHONE, WIDE = (1280, 800), (390, 664), (1920, 1080)  # its browser takes the rest
LYING = (664, 390)
PARTS = (
    ".dino-run-buttons .main",
    ".st-key-live_network",
    ".dino-live .figures",
    ".dino-live .dino-plot",
)
ROW = [f".st-key-field_{it}" for it in "cell hidden_size optimizer learning_rate max_steps".split()]
FOLD = ".dino-fold button"
# Buttons and words of the run's buttons that end outside the window.
CUT_OFF = """() => [...document.querySelectorAll('.dino-run-buttons :is(button, .call, .jump)')]
  .filter(it => it.getBoundingClientRect().right > innerWidth - 15).map(it => it.innerText)"""


def opened(page: Page, address: str, size: tuple[int, int]) -> None:
    adapt(page, size)
    open_lab(page, address)
    settled(page)


def bottom(page: Page, part: str) -> float:
    box = box_at_rest(page.locator(part).first)
    return box["y"] + box["height"]


def heights(page: Page) -> list[float]:
    parts = (".st-key-live_network", ".dino-live .dino-plot")
    return [round(box_at_rest(page.locator(part))["height"]) for part in parts]


@pytest.mark.parametrize("language", one_in(2, ["es", "en"]))
def test_on_a_laptop_settings_network_chart_and_first_names_are_seen_at_once(
    page: Page, address: str, language: str
) -> None:
    opened(page, f"{address}?lang={language}", LAPTOP)
    for part in (*ROW, *PARTS, ".dino-live .newest", ".dino-live .moments tbody tr"):
        assert bottom(page, part) < LAPTOP[1], part
    assert heights(page) == [190, 260]
    expect(page.locator(FOLD)).not_to_be_visible()


@pytest.mark.parametrize("language", one_in(2, ["es", "en"]))
def test_on_a_phone_train_network_and_chart_are_seen_at_once(
    page: Page, address: str, language: str
) -> None:
    opened(page, f"{address}?lang={language}", LEFT_OF_A_PHONE)
    for part in (FOLD, *PARTS[:2], ".dino-live .dino-plot"):
        assert bottom(page, part) <= LEFT_OF_A_PHONE[1], part
    assert heights(page) == [160, 220]
    assert box_at_rest(page.locator(FOLD))["height"] >= 40


@pytest.mark.long
def test_on_a_wide_screen_the_picture_and_both_halves_use_the_width(
    page: Page, address: str
) -> None:
    opened(page, address, WIDE)
    room = box_at_rest(page.locator(".st-key-lab_live"))["width"]
    assert room > 1500
    assert box_at_rest(page.locator(".st-key-live_network"))["width"] == room
    chart = box_at_rest(page.locator(".dino-live .dino-plot"))
    names = box_at_rest(page.locator(".dino-live .moments"))
    assert chart["width"] + names["width"] > 0.95 * room
    assert min(chart["width"], names["width"]) > 0.3 * room


@pytest.mark.long
def test_the_chart_has_another_height_where_a_window_becomes_a_phone_s(
    page: Page, address: str
) -> None:
    opened(page, address, LAPTOP)
    for size, height in ((LEFT_OF_A_PHONE, 220), (LAPTOP, 260)):
        adapt(page, size)
        expect(page.locator(".dino-live .dino-plot .main-svg").first).to_have_attribute(
            "height", str(height)
        )


def test_a_phone_s_line_tells_the_settings_and_opens_them_by_the_keyboard(
    page: Page, address: str
) -> None:
    opened(page, f"{address}?cell=gru&max_steps=60", LEFT_OF_A_PHONE)
    fold = page.get_by_role("button", name="Settings: GRU · 64 units · Adam · 0.005 · 60 updates")
    lstm = page.locator(".st-key-cell").get_by_text("LSTM", exact=True)
    expect(fold).to_have_attribute("aria-expanded", "false")
    expect(lstm).not_to_be_visible()
    fold.focus()
    page.keyboard.press("Enter")
    expect(fold).to_have_attribute("aria-expanded", "true")
    expect(lstm).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.st-key-settings_row') !== null")
    lstm.click()
    closing = page.get_by_role("button", name="Settings: LSTM · 64 units", exact=False)
    expect(closing).to_have_attribute("aria-expanded", "true")  # it stays open by a change
    settled(page)
    closing.click()
    expect(lstm).not_to_be_visible()
    button(page, "Train").click()
    expect(page.get_by_text("Finished", exact=False)).to_be_visible()
    adapt(page, LAPTOP)
    expect(page.get_by_role("radio", name="LSTM")).to_be_checked()


@pytest.mark.long
def test_a_phone_s_line_tells_no_setting_that_a_link_hides(page: Page, address: str) -> None:
    opened(page, f"{address}?hide=cell,max_steps", LEFT_OF_A_PHONE)
    expect(page.locator(f"{FOLD} .said")).to_have_text("64 units · Adam · 0.005")
    opened(page, f"{address}?hide=cell,hidden_size,max_steps,optimizer,learning_rate", WIDE)
    expect(page.locator(FOLD)).to_have_count(0)


@pytest.mark.parametrize("language", one_in(2, ["es", "en"]))
@pytest.mark.parametrize("width", one_in(3, [320, 360, 390]))
def test_on_the_narrowest_phones_nothing_is_cut_off(
    page: Page, address: str, width: int, language: str
) -> None:
    opened(page, f"{address}?lang={language}", (width, 664))
    assert page.evaluate(CUT_OFF) == []
    network = page.locator(".dino-live-network")
    expect(network).to_have_attribute("data-state", "rest")
    words = network.locator(".words")
    assert words.evaluate("it => it.scrollHeight <= it.clientHeight"), words.inner_text()
    scale, acts = (box_at_rest(network.locator(part)) for part in (".scale", ".acts"))
    head = box_at_rest(network.locator(".units"))
    is_hidden = scale["y"] >= head["y"] + head["height"]
    assert is_hidden or scale["x"] + scale["width"] <= acts["x"]


@pytest.mark.long
def test_on_a_phone_the_axis_has_room_for_its_name_under_a_tall_legend(
    page: Page, address: str
) -> None:
    opened(page, f"{address}?lang=es&max_steps=60", LEFT_OF_A_PHONE)
    button(page, "Entrenar").click()
    expect(page.get_by_text("Terminado", exact=False)).to_be_visible()
    assert page.evaluate(COVERED) == []


def test_on_a_phone_that_lies_the_network_is_in_sight(page: Page, address: str) -> None:
    opened(page, f"{address}?lang=es", LYING)
    expect(page.locator(FOLD)).to_be_visible()
    top = box_at_rest(page.locator(".dino-live-network .picture"))["y"]
    assert top < 0.7 * LYING[1]


@pytest.mark.long
@pytest.mark.parametrize("size", [LAPTOP, LEFT_OF_A_PHONE])
def test_while_the_lab_loads_its_parts_stay_where_they_are(
    page: Page, address: str, size: tuple[int, int]
) -> None:
    chrome = page.context.browser
    assert chrome is not None

    def load() -> Page:
        fresh = new_page(chrome, size)
        open_lab(fresh, address)
        settled(fresh)
        return fresh

    assert median_shift(load, 3) < 0.1
