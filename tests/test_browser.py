"""The Lab in a real browser: what only a browser shows."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from browser import (
    DESKTOP,
    IN_A_BROWSER,
    PHONE,
    ROOT,
    adapt,
    button,
    draws,
    enter,
    finish,
    href,
    metric,
    new_page,
    open_lab,
    settled,
    touched,
    watch_link,
)
from playwright.sync_api import Browser, Page, expect
from waiting import wait_for

pytestmark = IN_A_BROWSER
SCREENSHOTS = ROOT / "tests" / "screenshots"
WATCH_PAUSE = """() => {
    document.addEventListener('click', () => { window.clicked = performance.now(); }, true);
    new MutationObserver(() => {
        if (!window.shown && document.body.innerText.includes('Paused at update'))
            window.shown = performance.now();
    }).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""
RANGES = """() => ['xaxis', 'yaxis'].map(
    axis => document.querySelector('.st-key-live .dino-plot')._fullLayout[axis].range)"""
LONG = "?max_steps=100000"
LONGER = LONG + "&hidden_size=256"  # does not end during a test, however slow the machine


def steps(page: Page) -> int:
    """The step in the status line."""
    text = (
        page.get_by_role("status")
        .filter(has_text=re.compile(r"(Update|Paused at update|Finished) [\d,]+"))
        .inner_text()
    )
    return int(re.search(r"[\d,]+", text).group().replace(",", ""))


def train(page: Page, address: str, query: str = LONG) -> None:
    """Open a run that lasts and let it train."""
    open_lab(page, address + query)
    button(page, "Train").click()
    expect(button(page, "Pause")).to_be_visible()
    wait_for(lambda: metric(page, "names_seen") not in ("0", "–"))


def test_one_click_after_opening_a_curve_falls(page: Page, address: str) -> None:
    open_lab(page, address)
    expect(page.locator(".dino-live .newest .name").first).to_be_visible()
    assert metric(page, "held_out") == "–"  # which a visitor may guess
    expect(page.get_by_text("Names as it learns")).to_be_visible()
    expect(page.get_by_text("Untrained. Its weights are random", exact=False)).to_be_visible()
    button(page, "Train").click()
    finish(page)
    assert float(metric(page, "held_out")) < 2
    assert page.locator(".js-line path, .scatterlayer .js-line").count() >= 2


def test_a_click_on_the_first_button_at_its_first_moment_is_seen(page: Page, address: str) -> None:
    page.add_init_script("""new MutationObserver((_, watcher) => {
        const button = document.querySelector('.dino-run-buttons .main[aria-disabled=false]');
        if (button) { watcher.disconnect(); button.click(); }
    }).observe(document, {subtree: true, childList: true, attributes: true})""")
    page.goto(address + "?max_steps=100000")
    expect(button(page, "Pause")).to_be_visible()
    expect(page.locator(".st-key-live [data-draws]")).to_be_visible()
    button(page, "Pause").click()


def test_the_first_screen_is_complete_without_scrolling(page: Page, address: str) -> None:
    open_lab(page, address)
    for part in (
        button(page, "Train"),
        page.locator(".dino-live-network"),
        page.locator(".st-key-live .dino-plot"),
        page.get_by_text("its loss is drawn here"),
        page.get_by_text("Names as it learns"),
    ):
        box = part.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= DESKTOP[1]


def test_pause_takes_effect_and_train_on_goes_on(page: Page, address: str) -> None:
    train(page, address, LONGER)
    page.evaluate(WATCH_PAUSE)
    button(page, "Pause").click()
    expect(page.get_by_text("Paused at update", exact=False)).to_be_visible()
    print(f"\npause shown {page.evaluate('window.shown - window.clicked'):.0f} ms after the click")
    settled(page)
    paused = steps(page)
    page.get_by_role("button", name="Update", exact=True).click()
    expect(page.get_by_text(f"Paused at update {paused + 1:,}")).to_be_visible()
    settled(page)
    button(page, "Train on").click()
    wait_for(lambda: steps(page) > paused + 1)


@pytest.mark.long
def test_the_live_chart_is_never_remounted_and_keeps_its_zoom(page: Page, address: str) -> None:
    train(page, address)
    page.evaluate("document.querySelector('.st-key-live .dino-plot').mine = true")
    area = page.locator(".st-key-live .nsewdrag").bounding_box()
    page.mouse.move(area["x"] + 40, area["y"] + 60)
    page.mouse.down()
    page.mouse.move(area["x"] + 200, area["y"] + 200, steps=8)
    page.mouse.up()
    zoomed = page.evaluate(RANGES)
    first, began = draws(page), time.perf_counter()
    wait_for(lambda: draws(page) >= first + 30, "redraws")
    print(f"\n{30 / (time.perf_counter() - began):.1f} redraws a second")
    assert page.evaluate("document.querySelector('.st-key-live .dino-plot').mine") is True
    assert page.evaluate(RANGES) == zoomed
    assert zoomed[0][0] > 0 and zoomed[0][1] < 100_000


@pytest.mark.long
def test_a_changed_setting_loses_nothing_and_waits_for_the_next_run(
    page: Page, address: str
) -> None:
    train(page, address)
    page.locator(".st-key-settings_row").get_by_text("LSTM", exact=True).click()
    expect(page.get_by_text("For the next run: cell RNN → LSTM", exact=False)).to_be_visible()
    expect(page.get_by_text("Changed from this preset", exact=False)).to_be_visible()
    before = steps(page)
    wait_for(lambda: steps(page) > before)
    address_before = href(page)
    button(page, "New run").click()
    expect(page.get_by_text("For the next run", exact=False)).to_have_count(0)
    expect(page.get_by_text("64 × 256")).to_be_visible()  # the network is the new one's
    wait_for(lambda: href(page) != address_before, "the new run's address")
    wait_for(lambda: 0 < steps(page))
    page.reload()
    expect(button(page, "Pause")).to_be_visible()


@pytest.mark.long
def test_the_learning_rate_changes_the_run_at_work(page: Page, address: str) -> None:
    train(page, address)
    before = steps(page)
    enter(page, "learning_rate", "0.007")
    expect(page.locator(".st-key-live").get_by_text("rate 0.007")).to_be_visible()
    wait_for(lambda: steps(page) > before)
    expect(page.get_by_text("For the next run", exact=False)).to_have_count(0)


def test_a_reload_finds_the_run_again(page: Page, address: str) -> None:
    train(page, address, LONGER)
    wait_for(lambda: steps(page) > 50)
    before = steps(page)
    page.reload()
    expect(button(page, "Pause")).to_be_visible()
    wait_for(lambda: steps(page) > before, "later steps")
    button(page, "Pause").click()
    expect(page.get_by_text("Paused at update", exact=False)).to_be_visible()


@pytest.mark.long
def test_step_after_step_never_sticks(page: Page, address: str) -> None:
    open_lab(page, address)
    for made in range(1, 13):
        page.get_by_role("button", name="Update", exact=True).click()
        expect(page.get_by_text(f"Paused at update {made} of")).to_be_visible()
        expect(button(page, "Train on")).to_be_visible()


@pytest.mark.long
def test_who_opens_the_link_early_sees_the_run_move(
    page: Page, chrome: Browser, address: str
) -> None:
    open_lab(page, address + LONG)
    button(page, "Update").click()
    other = new_page(chrome)
    other.goto(watch_link(page))
    expect(other.get_by_text("another browser controls", exact=False)).to_be_visible()
    wait_for(lambda: steps(other) == 1, "the watched run")
    button(page, "Train on").click()
    wait_for(lambda: steps(other) > 1, "the watched run")
    expect(button(other, "Pause")).to_be_disabled()
    page.goto("about:blank")  # while the owner is away nobody else may control it
    before = steps(other)
    wait_for(lambda: steps(other) > before, "the run that its watcher keeps going")
    expect(button(other, "Pause")).to_be_disabled()
    other.close()


@pytest.mark.long
def test_what_is_written_stays_on_the_page_while_it_trains(page: Page, address: str) -> None:
    train(page, address)
    button(page, "Write").click()
    expect(page.get_by_text("Written with the weights")).to_be_visible()
    page.locator(".st-key-temperature input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    for rate in ("0.006", "0.007", "0.008", "0.009"):
        enter(page, "learning_rate", rate)
        first = draws(page)
        wait_for(lambda first=first: draws(page) >= first + 2, "redraws")
        assert page.get_by_text("Written with the weights").is_visible()
        assert button(page, "Write").is_visible()
    settled(page)
    wait_for(lambda: "temperature=1.05" in href(page), "the address")


@pytest.mark.long
def test_a_second_visitor_watches_and_cannot_steer(
    page: Page, chrome: Browser, address: str
) -> None:
    train(page, address)
    other = new_page(chrome)
    other.goto(watch_link(page))
    expect(other.get_by_text("another browser controls", exact=False)).to_be_visible()
    expect(button(other, "Pause")).to_be_disabled()
    button(other, "Reset").click()
    expect(button(other, "Train")).to_be_enabled()
    other.close()
    before = steps(page)
    wait_for(lambda: steps(page) > before)


@pytest.mark.long
def test_names_open_as_pictures_and_temperature_redraws_them(page: Page, address: str) -> None:
    open_lab(page, address)
    button(page, "Train").click()
    finish(page)
    for key in ("probabilities", "hidden_states", "surprise"):
        expect(page.locator(f".st-key-{key} svg.main-svg").first).to_be_visible()
    rows = page.locator(".st-key-written tbody tr")
    expect(rows).to_have_count(10)
    name = rows.nth(3).locator("td").first.inner_text()
    rows.nth(3).click()
    heads = page.locator(".st-key-probabilities .xtick text")
    wait_for(lambda: "".join(heads.all_text_contents()) == name + "⏎")
    boxes = page.locator(".st-key-probabilities .shapelayer path")
    assert boxes.count() == len(name) + 2  # one around each symbol, one around the picked column
    page.locator(".st-key-probabilities .nsewdrag").hover(position={"x": 12, "y": 40})
    expect(page.locator(".st-key-probabilities .hoverlayer text").first).to_contain_text(
        re.compile(r"p\(. \| start\) = ")
    )
    page.locator(".st-key-temperature input[type=range]").focus()
    page.keyboard.press("ArrowLeft")
    expect(
        page.get_by_text("shows the probabilities at temperature 0.95", exact=False)
    ).to_be_visible()
    assert rows.nth(3).locator("td").first.inner_text() == name


def opens_the_picture_of_a_name(page: Page, address: str, size: tuple[int, int]) -> None:
    """Train, and jump to the written names by the button of the first screen."""
    open_lab(page, address)
    button(page, "Train").click()
    finish(page)
    jump = button(page, "Written names ↓")
    box = jump.bounding_box()
    assert box["y"] + box["height"] < size[1] and box["x"] + box["width"] <= size[0]
    picture = page.locator(".st-key-probabilities")
    expect(picture.locator("[data-draws]")).to_be_visible()
    jump.click()

    def whole() -> bool:
        box = picture.bounding_box()
        return 60 <= box["y"] and box["y"] + box["height"] <= size[1]

    wait_for(whole, "the whole picture")
    expect(page.locator(".st-key-written tr[aria-selected=true]")).to_be_focused()
    # The page has scrolled, not the window round it, which would hide the links for good.
    assert page.evaluate("""() => {
        const { scrollTop, scrollHeight, clientHeight } =
            document.querySelector("[data-testid=stAppViewContainer]");
        return [scrollTop, scrollHeight - clientHeight]; }""") == [0, 0]


@pytest.mark.long
def test_the_picture_of_a_name_is_one_click_away_and_its_table_has_the_focus(
    page: Page, address: str
) -> None:
    opens_the_picture_of_a_name(page, address, DESKTOP)


@pytest.mark.long
def test_on_a_phone_the_picture_is_one_click_away_and_nothing_scrolls_sideways(
    page: Page, address: str
) -> None:
    opens_the_picture_of_a_name(touched(page), address, PHONE)
    wide = page.evaluate("""() => [document.documentElement, ...document.querySelectorAll(
        '[data-testid=stMain], [data-testid=stAppViewContainer]')].filter(
        e => e.scrollWidth > e.clientWidth + 1).length""")
    assert wide == 0


@pytest.mark.long
def test_a_run_that_diverges_says_so_and_keeps_good_weights(page: Page, address: str) -> None:
    open_lab(page, address + "?optimizer=momentum&learning_rate=10&clip_norm=off&average=off")
    button(page, "Train").click()
    expect(page.get_by_text("Stopped at update", exact=False)).to_be_visible()
    expect(page.get_by_text("Try a learning rate of", exact=False)).to_be_visible()
    assert float(metric(page, "held_out")) < 4
    expect(button(page, "Train further")).to_be_enabled()


@pytest.mark.long
def test_the_notebook_as_written_says_why_it_stays_poor(page: Page, address: str) -> None:
    open_lab(page, address)
    page.locator(".st-key-preset").get_by_role("combobox").click()
    page.get_by_role("option", name="The notebook, as written").click()
    expect(page.get_by_text("2,027")).to_be_visible()
    button(page, "Train").click()
    finish(page)
    expect(page.get_by_text("they have moved by 0.", exact=False)).to_be_visible()
    assert 3.1 < float(metric(page, "held_out")) < 3.3


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_screenshots_to_look_at(
    page: Page, address: str, scheme: str, size: tuple[int, int]
) -> None:
    adapt(page, size, color_scheme=scheme)
    open_lab(page, address)
    button(page, "Train").click()
    finish(page)
    SCREENSHOTS.mkdir(exist_ok=True)
    path = SCREENSHOTS / f"lab-{size[0]}-{scheme}.png"
    page.screenshot(path=path)
    assert Path(path).stat().st_size > 20_000  # a picture of an empty page is far smaller
