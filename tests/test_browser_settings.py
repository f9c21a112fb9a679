"""The settings in a real browser: where they stand, that nothing moves, what is typed."""

from __future__ import annotations

import pytest
from browser import (
    DESKTOP,
    IN_A_BROWSER,
    PHONE,
    adapt,
    box_at_rest,
    button,
    enter,
    open_lab,
    settled,
    touched,
)
from playwright.sync_api import Locator, Page, expect
from sampling import one_in
from waiting import wait_for

from dino.ui.settings import MARK

pytestmark = IN_A_BROWSER
LAPTOP = (1280, 720)
ROW = ("cell", "hidden_size", "max_steps", "optimizer", "learning_rate")
SIDEBAR = ("batch_size", "clip_norm", "average", "letter_dropout", "context", "seed")
# Where every control, button and picture stands, below the top of what it scrolls with.
PLACES = """() => {
    const top = (selector) => document.querySelector(selector)?.getBoundingClientRect().top ?? 0;
    const parts = document.querySelectorAll("[class*='st-key-field_'], .st-key-run_buttons, "
        + ".st-key-live, .st-key-preset, .st-key-list, .st-key-page_top a");
    return Object.fromEntries([...parts].map((part, i) => {
        const { x, y, width } = part.getBoundingClientRect();
        const origin = part.closest("section") ? ".st-key-preset" : ".st-key-page_top";
        const key = [...part.classList].find((name) => name.startsWith("st-key-")) ?? "link";
        return [`${i} ${key}`, [x, y - top(origin), width].map(Math.round)];
    }));
}"""
WHOLE = "part => part.scrollHeight <= part.clientHeight && part.scrollWidth <= part.clientWidth"
OVERFLOW = "() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"


def places(page: Page) -> dict[str, list[int]]:
    """Where all stands once it has come to rest."""
    settled(page)
    for part in (".st-key-preset_about p", ".st-key-preset label p", ".st-key-list label p"):
        expect(page.locator(part)).to_be_visible()
    found: list[dict[str, list[int]]] = [{}]

    def rests() -> bool:
        found.append(page.evaluate(PLACES))
        return found[-1] == found[-2]

    wait_for(rests, "a page at rest")
    return found[-1]


def choose(page: Page, key: str, text: str) -> None:
    """Choose from a box that lists all it takes."""
    page.locator(f".st-key-{key} [aria-haspopup]").click()
    page.get_by_role("option", name=text, exact=True).click()
    settled(page)


def change(page: Page, key: str) -> None:
    """Give a control of the recipe another value."""
    if key == "cell":
        page.get_by_role("radio", name="LSTM").click()
    elif key == "optimizer":
        choose(page, key, "SGD + momentum")
    elif key in ROW:
        enter(page, key, "37" if key == "hidden_size" else "3")
    else:
        box = page.locator(f".st-key-field_{key} input")
        box.fill("0.5" if "dropout" in key or key == "average" else "3")
        box.press("Enter")
    expect(page.locator(f".st-key-back_{key} button").first).to_be_visible()
    settled(page)


@pytest.mark.long
@pytest.mark.parametrize("size", [DESKTOP, LAPTOP])
def test_nothing_moves_while_every_control_is_changed_once(
    page: Page, address: str, size: tuple[int, int]
) -> None:
    adapt(page, size)
    open_lab(page, address)
    page.get_by_text("More settings").click()
    expect(page.locator(".st-key-field_seed")).to_be_visible()
    settled(page)
    before = places(page)
    assert len(before) > 20
    for key in (*ROW, *SIDEBAR):
        change(page, key)
        assert places(page) == before, key
    for key in (*reversed(ROW), *SIDEBAR):  # an optimizer would bring back its own rate
        page.locator(f".st-key-back_{key} button").first.click()
        expect(page.locator(f".st-key-back_{key} button")).to_have_count(0)
        settled(page)
        assert places(page) == before, key


@pytest.mark.long
def test_nothing_moves_when_a_typed_value_is_refused(page: Page, address: str) -> None:
    open_lab(page, address)
    before = places(page)
    box = page.locator(".st-key-hidden_size input")
    box.click()
    box.fill("1000")
    box.press("Enter")
    expect(page.get_by_text("Hidden size must be a whole number from 1 to 512")).to_be_visible()
    expect(box).to_have_value("64" + MARK)
    settled(page)
    assert places(page) == before


@pytest.mark.parametrize("code", one_in(2, ["es", "en"]))
def test_a_refusal_can_be_read_to_its_end(page: Page, address: str, code: str) -> None:
    adapt(page, (1280, 800))
    open_lab(page, f"{address}/?lang={code}")
    for key, typed in (("learning_rate", "z" * 40), ("hidden_size", "abc")):
        box = page.locator(f".st-key-{key} input")
        box.click()
        page.keyboard.type(typed)
        box.press("Enter")
        said = page.locator(".st-key-settings_line [data-testid=stText]")
        expect(said).to_contain_text(typed)
        line = box_at_rest(page.locator(".st-key-settings_line"))
        text = box_at_rest(said)
        assert text["height"] <= line["height"] and said.evaluate(WHOLE)


@pytest.mark.parametrize("width", one_in(4, [1440, 1280, 1024, 700]))
def test_words_on_a_setting_and_offers_for_a_run_do_not_cover_each_other(
    page: Page, address: str, width: int
) -> None:
    adapt(page, (width, 800))
    open_lab(page, f"{address}/?lang=es")  # the longer words
    main = page.locator(".dino-run-buttons .main")
    main.click()
    expect(page.locator(".dino-run-line .status")).to_contain_text("ctualización")
    main.click()
    choose(page, "optimizer", "SGD")
    offers = page.locator(".dino-run-line .offer button").locator("visible=true")
    expect(offers.first).to_be_visible()
    expect(button(page, "Conservar 0,005")).to_be_visible()
    settled(page)
    line = box_at_rest(page.locator(".st-key-settings_line"))
    box = box_at_rest(offers.first)
    is_beside = line["x"] + line["width"] <= box["x"]
    assert is_beside or line["y"] + line["height"] <= box["y"]
    for text in ("Usar 1, la habitual de SGD", "Conservar 0,005"):
        word = box_at_rest(button(page, text))
        assert word["x"] + word["width"] <= line["x"] + line["width"] + 1


@pytest.mark.long
def test_what_is_typed_is_taken_though_a_stop_begins_alike(page: Page, address: str) -> None:
    open_lab(page, address)
    for size in ("12", "5", "2", "256"):  # beside 128, 512, 25 and 256 itself
        box = page.locator(".st-key-hidden_size input")
        box.click()
        page.keyboard.type(size)
        box.press("Enter")
        expect(page.get_by_text(f"27 symbols in, {size} hidden units")).to_be_visible()


def test_the_settings_stand_in_one_row_beside_train(page: Page, address: str) -> None:
    open_lab(page, address)
    for size in (DESKTOP, LAPTOP):
        adapt(page, size)
        settled(page)
        check_row(page, size[0])


def check_row(page: Page, width: int) -> None:
    """The settings are in one row, Train is to the right of them, and all fits into the width."""
    boxes = [page.locator(f".st-key-field_{key}").bounding_box() for key in ROW]
    train = button(page, "Train").bounding_box()
    assert len({box["y"] for box in boxes}) == 1
    assert boxes[0]["y"] <= train["y"] < boxes[0]["y"] + boxes[0]["height"]
    assert train["x"] > boxes[-1]["x"]
    for name in ("Train", "Update", "Reset"):
        box = button(page, name).bounding_box()
        assert box["x"] + box["width"] <= width
    assert page.evaluate(OVERFLOW) == 0


def test_a_phone_has_settings_train_and_the_charts_top_in_its_first_screen(
    page: Page, address: str
) -> None:
    adapt(page, PHONE)
    open_lab(page, address)
    assert inside(button(page, "Train"))
    assert inside(page.locator(".dino-fold button"))
    assert page.locator(".st-key-live .nsewdrag").bounding_box()["y"] < PHONE[1] - 50
    assert page.evaluate(OVERFLOW) == 0
    check_five_long_names(page)
    page.locator(".dino-fold button").click()
    rows = {page.locator(f".st-key-field_{key}").bounding_box()["y"] for key in ROW}
    assert len(rows) <= 2
    assert page.evaluate(OVERFLOW) == 0


@pytest.mark.long
def test_a_phone_has_both_ways_to_settle_a_rate(page: Page, address: str) -> None:
    adapt(page, PHONE)
    open_lab(page, address + "?batch_size=4&learning_rate=0.0005")
    page.locator(".dino-fold button").click()
    choose(page, "optimizer", "SGD + momentum")
    for words in ("Use 0.07, usual for SGD + momentum", "Keep 0.0005"):
        assert inside(button(page, words))


def inside(part: Locator) -> bool:
    """Whether all of it is in a phone's first screen."""
    box = part.bounding_box()
    return 0 <= box["x"] <= PHONE[0] - box["width"] and 0 <= box["y"] <= PHONE[1] - box["height"]


def tap(part: Locator) -> None:
    """Touch the middle of a part with a finger."""
    part.click(trial=True)  # nothing lies over it
    box = part.bounding_box()
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    finger = part.page.context.new_cdp_session(part.page)
    for kind, points in (("touchStart", [place]), ("touchEnd", [])):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


@pytest.mark.long
def test_a_phone_reaches_every_page_in_one_tap(page: Page, address: str) -> None:
    touched(page)
    open_lab(page, address)
    heard = {"Data": "Names to train on", "Inside": "looks inside", "Compare": "compares your"}
    heard["Lab"] = "64 units"
    for name, words in heard.items():
        link = page.locator(".st-key-page_top").get_by_role("link", name=name, exact=True)
        expect(link).to_be_visible()
        settled(page)
        assert inside(link)
        tap(link)
        expect(page.get_by_text(words, exact=False).first).to_be_visible()
        settled(page)


def check_five_long_names(page: Page) -> None:
    """Five pages with long names would fit above the first screen of a phone."""
    page.evaluate("""() => {
        const links = [...document.querySelectorAll(".st-key-page_top a")];
        const row = links[0].closest(".st-key-page_top");
        while (row.querySelectorAll("a").length < 5)
            row.insertBefore(row.firstElementChild.cloneNode(true), row.lastElementChild);
        const names = ["Lab", "Datos", "Dentro", "Comparar", "Aprender"];
        row.querySelectorAll("a p").forEach((name, i) => { name.textContent = names[i]; });
    }""")
    last = page.locator(".st-key-page_top a").nth(4).bounding_box()
    menu = page.get_by_role("button", name="Main menu").bounding_box()
    assert last["x"] + last["width"] <= menu["x"]


@pytest.mark.long
def test_train_stays_where_it_was_before_the_settings_are_there(page: Page, address: str) -> None:
    page.add_init_script("""window.places = {};
        new MutationObserver(() => {
            const train = document.querySelector(".st-key-run_buttons button");
            const all = document.querySelectorAll("[class*='st-key-field_']").length;
            if (train) window.places[all ? "after" : "before"] = train.getBoundingClientRect().top;
        }).observe(document, {subtree: true, childList: true})""")
    open_lab(page, address)
    settled(page)
    stood = page.evaluate("window.places")
    assert stood["before"] == stood["after"]


@pytest.mark.long
def test_the_usual_rate_is_one_of_two_equal_buttons(page: Page, address: str) -> None:
    open_lab(page, address)
    before = places(page)
    choose(page, "optimizer", "SGD")
    use, keep = button(page, "Use 1, usual for SGD"), button(page, "Keep 0.005")
    expect(use).to_be_visible()
    assert use.bounding_box()["height"] == keep.bounding_box()["height"]
    assert places(page) == before
    use.click()
    expect(use).to_have_count(0)
    expect(page.locator(".st-key-learning_rate input")).to_have_value("1" + MARK)
    assert places(page) == before


@pytest.mark.long
@pytest.mark.parametrize(
    "key, texts",
    [
        ("hidden_size", ["12", "128", "25", "256"]),
        ("max_steps", ["100", "1000"]),
        ("learning_rate", ["0.5", "0.55", "0.05", "0.005"]),
    ],
)
def test_what_is_typed_is_taken_whole_though_it_begins_with_what_is_chosen(
    page: Page, address: str, key: str, texts: list[str]
) -> None:
    open_lab(page, address)
    settled(page)
    box = page.locator(f".st-key-{key} input")
    for text in texts:
        box.click()
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        expect(box).to_have_value(text + MARK)
        settled(page)


@pytest.mark.long
def test_a_setting_chosen_in_the_instant_of_a_click_reaches_the_whole_page(
    page: Page, address: str
) -> None:
    """The browser makes one message of both, for the part of the page that has the button."""
    open_lab(page, address)
    expect(page.get_by_text("RNN: 27 symbols in")).to_be_visible()
    page.locator(".st-key-cell").get_by_text("GRU", exact=True).evaluate(
        "(gru) => { document.querySelector('[data-pace=full]').click(); gru.click(); }"
    )
    expect(page.get_by_text("GRU: 27 symbols in")).to_be_visible()
    expect(button(page, "Full speed")).to_have_attribute("aria-pressed", "true")


@pytest.mark.long
def test_a_pace_that_a_script_says_is_shown_though_a_newer_frame_came_first(
    page: Page, address: str
) -> None:
    """Frames say nothing of the pace."""
    open_lab(page, address)
    assert page.evaluate(
        """() => {
          const clicks = new window.dinoClicked.constructor("another");
          const said = (at, pace) => clicks.see({ at, kind: "play", watching: false, pace });
          said(1, "watch"), said(3), said(2, "full");
          const paces = [clicks.paceNow()];
          said(1, "watch");
          return [...paces, clicks.paceNow()];
        }"""
    ) == ["full", "full"]
