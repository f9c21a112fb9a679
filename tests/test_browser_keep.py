"""Charts saved as pictures from the button in their corner, in a real browser."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from browser import COVERED, DESKTOP, IN_A_BROWSER, PHONE, new_page
from playwright.sync_api import Browser, Page, expect

from dino.ui.component import component_source
from dino.ui.plot import with_room

pytestmark = IN_A_BROWSER
CHART = ".st-key-pairs"


def open_letters(page: Page, address: str) -> None:
    page.goto(f"{address}/data?tab=letters")
    page.locator(".st-key-data_tool").get_by_text("Letters", exact=True).click()
    expect(page.locator(f"{CHART} [data-draws]")).to_be_visible()


def saved(page: Page, kind: str) -> tuple[str, bytes]:
    """The name and the bytes of the picture that the keyboard alone saves."""
    page.locator(f"{CHART} .dino-keep > button").focus()
    page.keyboard.press("Enter")
    choice = page.locator(CHART).get_by_role("button", name=kind, exact=True)
    while not choice.evaluate("it => it === document.activeElement"):
        page.keyboard.press("Tab")
    with page.expect_download() as found:
        page.keyboard.press("Enter")
    expect(choice).to_be_hidden()
    return found.value.suggested_filename, Path(found.value.path()).read_bytes()


@pytest.mark.long
@pytest.mark.parametrize(
    "size, dark",
    [
        pytest.param(DESKTOP, False, id="desktop-light"),
        pytest.param(PHONE, True, id="phone-dark"),
        pytest.param(DESKTOP, True, id="desktop-dark"),
        pytest.param(PHONE, False, id="phone-light"),
    ],
)
def test_a_chart_is_saved_as_png_and_as_svg_in_its_own_colours(
    chrome: Browser, address: str, size: tuple[int, int], dark: bool
) -> None:
    page = new_page(chrome, size, color_scheme="dark" if dark else "light")
    open_letters(page, address)
    height = page.locator(CHART).bounding_box()["height"]
    expect(page.locator(CHART).get_by_role("button", name="Save this picture")).to_be_visible()
    assert page.evaluate(COVERED) == []
    name, raw = saved(page, "PNG")
    assert name.startswith("dino-") and name.endswith(".png") and " " not in name
    assert raw.startswith(b"\x89PNG")
    name, raw = saved(page, "SVG")
    assert name.endswith(".svg")
    whole = ElementTree.fromstring(raw)
    assert whole.tag.endswith("svg")
    shown = page.locator(f"{CHART} .dino-plot text").all_text_contents()
    words = {"".join(it.itertext()) for it in whole.iter() if it.tag.endswith("}text")}
    assert set(shown) - {""} <= words and len(words) > 5
    ground = page.evaluate(f"document.querySelector('{CHART} .dino-plot').ground")
    assert color(ground) in [color(part) for part in grounds(whole)]
    assert page.locator(CHART).bounding_box()["height"] == height
    page.locator(f"{CHART} .dino-keep > button").click()
    page.keyboard.press("Escape")
    expect(page.locator(CHART).get_by_role("button", name="SVG")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator(f"{CHART} .dino-keep")).to_be_hidden()
    page.context.close()


def test_a_file_name_has_letters_digits_and_hyphens_whatever_a_chart_is_called(page: Page) -> None:
    page.evaluate(
        "code => { window.pictureName = eval(`${code}; pictureName`); }",
        component_source("keep.js"),
    )
    names = {
        "Loss against steps. Its loss is 2": "dino-loss-against-steps",
        "<b>etc/../x</b>": "dino-b-etc",
        "Pérdida según “ñandú” /a": "dino-pérdida-según-ñandú-a",
        "a" * 99: "dino-" + "a" * 60,
        "": "dino-chart",
    }
    assert {it: page.evaluate("it => pictureName(it)", it) for it in names} == names


@pytest.mark.parametrize(("left", "below", "more"), [(52, 44, 0), (48, 8, 32), (14, 26, 22)])
def test_a_chart_with_little_room_below_its_axes_becomes_higher_by_what_is_missing(
    left: int, below: int, more: int
) -> None:
    figure = {"data": [], "layout": {"height": 200, "margin": {"l": left, "b": below}}}
    layout = with_room(figure)["layout"]
    assert layout["height"] == 200 + more and layout["margin"] == {"l": left, "b": below + more}
    assert figure["layout"]["height"] == 200


def grounds(whole: ElementTree.Element) -> list[str]:
    """The colours of what lies behind a picture."""
    rows = [whole.get("style", ""), *(it.get("style", "") for it in whole.iter())]
    pairs = [part.partition(":")[::2] for row in rows for part in row.split(";")]
    return [value for key, value in pairs if key.strip() in ("background", "fill")]


def color(text: str) -> tuple[int, ...]:
    """Red, green and blue of a colour, as #rrggbb or rgb(…)."""
    text = text.strip()
    if text.startswith("#") and len(text) == 7:
        return tuple(int(text[i : i + 2], 16) for i in (1, 3, 5))
    digits = "".join(c if c.isdigit() else " " for c in text.partition(")")[0])
    return tuple(map(int, digits.split()))[:3]
