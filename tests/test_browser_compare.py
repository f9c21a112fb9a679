"""The page Compare in a real browser: sorted, drawn along other axes, opened, and on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from browser import (
    DESKTOP,
    IN_A_BROWSER,
    PHONE,
    ROOT,
    SharedApp,
    SharedBrowser,
    adapt,
    button,
    finish,
    open_box,
    open_lab,
    settled,
    visitor,
)
from playwright.sync_api import Page, expect
from waiting import wait_for

pytestmark = IN_A_BROWSER
SCREENSHOTS = ROOT / "tests" / "screenshots"
NET = "?cell=rnn&max_steps=60&batch_size=8"
TABLE, CHART = ".dino-compared", ".st-key-overlaid .dino-plot"
NUMBERS = f"""() => [...document.querySelectorAll('{TABLE} tr[data-number]')].map(
    (row) => Number(row.dataset.number))"""
CURVES = f"""() => document.querySelector('{CHART}').data.filter((line) => line.line.dash !== 'dot')
    .map((line) => [line.name, line.line.color])"""
AXES = f"""() => {{
    const {{ xaxis, yaxis }} = document.querySelector('{CHART}').layout;
    return [xaxis.type, yaxis.type, xaxis.title.text];
}}"""
ROW_HEIGHTS = f"""() => [...document.querySelectorAll('{TABLE} tr[data-number]')].map(
    (row) => row.getBoundingClientRect().height)"""
# Records how high the page is now, and the least that it is from now on.
LEAST = """() => {
    const part = document.querySelector('[data-testid=stMainBlockContainer]');
    window.height = window.least = part.offsetHeight;
    new ResizeObserver(() => { window.least = Math.min(window.least, part.offsetHeight); })
        .observe(part);
}"""
LINES = f"""() => [...document.querySelectorAll('{TABLE} .box label span')].map(
    (line) => getComputedStyle(line).backgroundColor)"""


def train(page: Page, address: str, query: str) -> None:
    """Open a recipe and train it to its end."""
    open_lab(page, address + NET + query)
    button(page, "Train").click()
    finish(page)
    settled(page)


@pytest.fixture(scope="module")
def cookies(shared_browser: SharedBrowser, shared_app: SharedApp) -> list[Any]:
    """Those of a visitor with two short runs, the second of them larger."""
    with visitor(shared_browser.home()) as (page, found):
        train(page, shared_app.address(), "&hidden_size=4")
        train(page, shared_app.address(), "&hidden_size=24")
        page.get_by_role("link", name="Compare", exact=True).first.click()
        wait_for(lambda: page.evaluate(NUMBERS) == [2, 1], "the table")
    return found


@pytest.fixture
def compared(page: Page, address: str, cookies: list[Any]) -> Page:
    """The page Compare with these two runs."""
    page.context.add_cookies(cookies)
    page.goto(f"{address}/compare")
    expect(page.locator(f"{CHART}[data-draws]")).to_be_visible()
    wait_for(lambda: page.evaluate(NUMBERS) == [2, 1], "the table")
    settled(page)
    return page


def rgb(color: str) -> str:
    """A colour '#rrggbb' as a browser gives it back."""
    return f"rgb({', '.join(str(int(color[i : i + 2], 16)) for i in (1, 3, 5))})"


@pytest.mark.long
def test_runs_are_sorted_drawn_in_their_colours_and_opened(compared: Page) -> None:
    page = compared
    heading = page.get_by_role("columnheader", name="lowest held out")
    best = page.locator(f"{TABLE} tbody tr[data-number] td.number:nth-child(3)")
    for order in ("ascending", "descending"):
        heading.get_by_role("button").press("Enter")
        expect(heading).to_have_attribute("aria-sort", order)
        losses = [float(text) for text in best.all_inner_texts()]
        assert losses == sorted(losses, reverse=order == "descending")
    colors = [color for _, color in page.evaluate(CURVES)]
    in_table = {*page.evaluate(LINES)}
    assert {rgb(color) for color in colors} == in_table and len(in_table) == 2
    box = page.get_by_role("checkbox", name="In the chart: Run 1", exact=False)
    box.uncheck()
    wait_for(lambda: len(page.evaluate(CURVES)) == 1, "one run less in the chart")
    expect(page.get_by_text("Run 2 · RNN 24 has its lowest", exact=False)).to_be_visible()
    page.locator(f"{TABLE} .open", has_text="Run 1").click()
    expect(page.locator(".dino-runs tr.present")).to_contain_text("Run 1")
    expect(page.locator(".dino-run-buttons .main")).to_be_enabled()


@pytest.mark.long
@pytest.mark.parametrize("size", [(1280, 800), PHONE], ids=["desktop", "phone"])
def test_a_row_has_at_most_two_lines_and_the_names_begin_in_the_first_screen(
    compared: Page, size: tuple[int, int]
) -> None:
    page = compared
    adapt(page, size)
    headline = page.get_by_text("Of 2 runs on the same names, run", exact=False)
    expect(headline).to_contain_text("ends with the lowest held-out loss so far")
    expect(page.locator(".st-key-compare_names tbody tr").first).to_be_visible()
    settled(page)
    assert max(page.evaluate(ROW_HEIGHTS)) <= 2 * 1.3 * 14 + 13  # two lines, and their padding
    if size != PHONE:
        assert headline.bounding_box()["y"] < 200
        assert page.locator(".st-key-compare_names tbody tr").nth(4).bounding_box()["y"] < 800


@pytest.mark.long
def test_axes_are_switched_and_a_phone_has_no_sideways_scroll(compared: Page) -> None:
    page = compared
    assert page.evaluate(AXES)[2] == "update"
    for name in ("x logarithmic", "y logarithmic"):
        page.get_by_text(name, exact=True).click()
        settled(page)
    page.get_by_role("radio", name="Names seen").or_(button(page, "Names seen")).first.click()
    wait_for(lambda: page.evaluate(AXES) == ["log", "log", "names seen"], "the other axes")
    adapt(page, PHONE)
    settled(page)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    wait_for(lambda: page.evaluate(wide) <= 0, "a page as wide as the phone")
    box = page.get_by_role("checkbox", name="In the chart", exact=False).first
    expect(box).to_be_visible()
    finger = box.locator("..").bounding_box()
    assert finger and finger["height"] >= 40


@pytest.mark.long
def test_a_run_is_renamed_and_deleted_and_comes_back(compared: Page) -> None:
    page = compared
    button(page, "Rename: Run 1 · RNN 4").click()
    box = page.get_by_role("textbox", name="Title of this run")
    box.fill("<b>mine</b>")
    box.press("Enter")
    expect(page.locator(f"{TABLE} .open", has_text="Run 1 · <b>mine</b>")).to_be_visible()
    button(page, "Pin: Run 1 · <b>mine</b>").click()
    expect(button(page, "Unpin: Run 1 · <b>mine</b>")).to_be_visible()
    button(page, "Delete: Run 1 · <b>mine</b>").click()
    wait_for(lambda: page.evaluate(NUMBERS) == [2], "one run less")
    expect(page.get_by_text("Deleted: Run 1 · <b>mine</b>.")).to_be_visible()
    button(page, "Undo").click()
    wait_for(lambda: page.evaluate(NUMBERS) == [2, 1], "the run")
    expect(button(page, "Unpin: Run 1 · <b>mine</b>")).to_be_visible()


@pytest.mark.long
def test_names_that_are_being_written_leave_an_open_box_open(compared: Page) -> None:
    """The names before stay while others are written: a page that shrinks scrolls, and a box that
    is open closes when its page scrolls.
    """
    page, names = compared, compared.locator(".st-key-compare_names tbody")
    expect(names).to_be_visible()
    before = names.inner_text()
    page.evaluate(LEAST)
    box = page.locator(".st-key-experiment_factor input")
    page.locator(".st-key-compare_other_draws button").click()
    open_box(box)
    wait_for(lambda: names.count() and names.inner_text() != before, "names from other draws")
    settled(page)
    height, least = page.evaluate("[window.height, window.least]")
    assert least > height - 100  # as many pixels as the names of other draws may be lower
    expect(page.get_by_role("option", name="Cell", exact=True)).to_be_visible()
    expect(box).to_be_focused()


@pytest.mark.long
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_started_experiment_is_in_view(page: Page, address: str, size: tuple[int, int]) -> None:
    adapt(page, size)
    page.goto(f"{address}/compare{NET}&hidden_size=4")
    expect(page.locator("[data-draws]").first).to_be_visible()  # of the example
    settled(page)
    open_box(page.locator(".st-key-experiment_factor input"))
    page.get_by_role("option", name="Cell", exact=True).click()
    button(page, "Skip it").click()
    expect(button(page, "Start the experiment")).to_be_enabled()
    button(page, "Start the experiment").click()

    def is_in_view() -> bool:
        box = page.locator(".st-key-experiments").bounding_box()
        return box is not None and 0 <= box["y"] < size[1] / 2  # a short page scrolls no further

    wait_for(is_in_view, "the experiment")
    expect(page.get_by_text("The verdict", exact=True)).to_be_visible()
    settled(page)
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"experiment-{size[0]}.png")
    button(page, "Open the best member's run").click()
    button(page, "Go to the final exam").click()
    wait_for(
        lambda: 0 <= page.locator(".st-key-exam").bounding_box()["y"] < size[1] / 2, "the exam"
    )


@pytest.mark.long
def test_the_box_that_erases_is_closed_once_it_has_erased(page: Page, address: str) -> None:
    page.goto(f"{address}/compare")
    erase = page.locator(".st-key-erase_compared")
    erase.get_by_role("button").click()
    page.get_by_role("button", name="Erase now").click()
    expect(page.get_by_text("were erased", exact=False)).to_be_visible()
    expect(page.get_by_role("button", name="Erase now")).to_be_hidden()
    expect(erase.get_by_role("button")).to_be_visible()
