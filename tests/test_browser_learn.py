"""Learn in a real browser: a lesson on a phone, kept over a reload and erased; the projector."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from browser import IN_A_BROWSER, PHONE, adapt, box_at_rest, leave, settled, touched
from playwright.sync_api import BrowserContext, Locator, Page, expect
from sampling import one_in
from waiting import wait_for

from dino.lessons.reading import lessons

pytestmark = IN_A_BROWSER
LESSON = "scores-to-loss"
OWN_WORDS = 12  # its last step
KEPT = "() => JSON.parse(localStorage.getItem('dino-learn') ?? '{}')"


def open_lesson(page: Page, address: str) -> None:
    page.goto(f"{address}/learn?tab={LESSON}")
    expect(page.get_by_role("heading", name="Scores to loss")).to_be_visible()
    expect(step(page, OWN_WORDS).get_by_text("In your own words").first).to_be_visible()


def own_words(page: Page) -> Locator:
    """The box for own words; it is folded until somebody opens it."""
    words = step(page, OWN_WORDS).get_by_role("textbox")
    if not words.is_visible():
        step(page, OWN_WORDS).get_by_text("In your own words").first.click()
    expect(words).to_be_visible()
    return words


def step(page: Page, number: int) -> Locator:
    return page.locator(f".st-key-step_{LESSON}_{number}")


def kept(page: Page) -> Any:
    return page.evaluate(KEPT)


def answers(page: Page) -> list[str]:
    return [row[1] for row in kept(page).get("answers", [])]


@pytest.mark.long
def test_a_lesson_on_a_phone_is_kept_over_a_reload_and_erased_with_the_rest(
    page: Page, address: str
) -> None:
    adapt(page, PHONE)
    open_lesson(page, address)
    expect(step(page, 4)).to_contain_text("Place your bet above")
    box = step(page, 3).get_by_role("spinbutton")
    box.fill("3.26")
    box.press("Tab")
    step(page, 3).get_by_role("button", name="Place the bet").click()
    step(page, 4).get_by_role("button", name="Train it").click()
    expect(step(page, 5)).to_contain_text("You bet 3.26. The result is 3.34")
    expect(step(page, 5)).to_contain_text("The network has to say where a name ends")
    step(page, 2).get_by_role("button", name="Skip this").click()
    words = own_words(page)
    words.fill("<b>because</b>")
    words.press("Control+Enter")
    wait_for(lambda: kept(page).get("words"), "the words in the browser's storage")
    assert sorted(answers(page)) == ["softmax", "untrained"]
    wide = "() => document.documentElement.scrollWidth - innerWidth"
    assert page.evaluate(wide) <= 0
    page.reload()
    expect(own_words(page)).to_have_value("<b>because</b>")
    expect(step(page, 3)).to_contain_text("Your bet is placed.")
    expect(step(page, 5)).to_contain_text("You bet 3.26. The result is 3.34")  # its run is there
    page.get_by_role("link", name="Inside").first.click()
    page.get_by_role("button", name="Erase my data").click()
    page.get_by_role("button", name="Erase now").click()
    wait_for(lambda: not kept(page).get("answers"), "an empty storage")
    open_lesson(page, address)
    expect(step(page, 3).get_by_role("button", name="Place the bet")).to_be_visible()
    assert not answers(page)


def test_what_a_page_keeps_as_it_closes_is_not_the_next_visitors(
    home: BrowserContext, address: str
) -> None:
    for _ in range(2):
        page = home.new_page()
        page.goto(f"{address}/_stcore/health")
        assert page.evaluate("localStorage.length") == 0
        page.evaluate("setInterval(() => localStorage.setItem('dino-learn', 'late'))")
        page.wait_for_function("localStorage.length")
        leave(page)


def test_that_all_was_erased_is_seen_where_the_button_is_at_the_foot_of_a_page(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/learn")
    page.get_by_role("button", name="Erase my data").click()
    page.get_by_role("button", name="Erase now").click()
    expect(page.locator(".st-key-notice_box")).to_be_in_viewport(ratio=1)


@pytest.mark.long
def test_two_tabs_of_a_browser_show_the_same_answers(page: Page, address: str) -> None:
    open_lesson(page, address)
    other = page.context.new_page()
    open_lesson(other, address)
    step(page, 2).get_by_role("button", name="Skip this").click()
    expect(step(other, 2)).to_contain_text("You skipped this.")
    other.get_by_role("button", name="Answer its questions again").click()
    other.get_by_role("button", name="Yes, answer it again").click()
    expect(step(page, 2).get_by_role("button", name="Skip this")).to_be_visible()
    assert json.loads(page.evaluate("localStorage.getItem('dino-learn')"))["answers"] == []


@pytest.mark.long
def test_a_projector_shows_one_step_at_a_time_by_the_keys_of_a_presenter(
    page: Page, address: str
) -> None:
    open_lesson(page, address)
    page.get_by_role("button", name="Projector mode").click()
    expect(page.get_by_text(f"1 / {OWN_WORDS}")).to_be_visible()
    expect(step(page, 1)).to_be_visible()
    expect(step(page, 2)).to_be_hidden()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")  # which leaves the task open
    expect(step(page, 3)).to_be_visible()
    assert not answers(page)
    page.keyboard.press("PageUp")
    for _ in range(2):  # but space skips it, and the bet
        page.keyboard.press(" ")
    expect(page.get_by_text(f"4 / {OWN_WORDS}")).to_be_visible()
    expect(step(page, 4).get_by_role("button", name="Train it")).to_be_visible()
    wait_for(lambda: sorted(answers(page)) == ["softmax", "untrained"], "both in the storage")
    page.keyboard.press("PageUp")
    expect(step(page, 3)).to_be_visible()
    for _ in range(OWN_WORDS - 3):
        page.keyboard.press("ArrowRight")
    words = own_words(page)
    words.click()
    page.keyboard.type("a b")
    page.keyboard.press("ArrowLeft")  # in the box
    expect(words).to_have_value("a b")
    expect(step(page, OWN_WORDS)).to_be_visible()
    page.get_by_role("button", name="Answer its questions again").click()
    page.get_by_role("button", name="Yes, answer it again").click()
    expect(page.get_by_text(f"1 / {OWN_WORDS}")).to_be_visible()
    expect(step(page, 1)).to_be_visible()
    expect(step(page, OWN_WORDS)).to_be_hidden()
    wait_for(lambda: not answers(page), "answers that are deleted")
    page.get_by_role("button", name="Leave projector mode").click()
    expect(step(page, 1)).to_be_visible()
    expect(step(page, 4)).to_contain_text("Place your bet above")  # all steps are there again


PLACE = "() => { const page = document.querySelector('[data-testid=stMain]'); return ["
PLACE += "page.scrollTop, page.scrollHeight - page.clientHeight - page.scrollTop]; }"


@pytest.mark.long
def test_keys_that_point_down_scroll_a_high_step_before_they_turn_and_each_opens_at_its_top(
    page: Page, address: str
) -> None:
    adapt(page, (1280, 300))  # less high than the steps, as a projector may be
    page.goto(f"{address}/learn?tab={LESSON}&projector=1")
    for place, key in enumerate(("ArrowDown", "PageDown"), 1):
        expect(page.get_by_text(f"{place} / {OWN_WORDS}")).to_be_visible()
        wait_for(lambda: page.evaluate(PLACE)[1] > 8, "a step that is higher than the screen")
        while page.evaluate(PLACE)[1] >= 8:
            before = page.evaluate(PLACE)[0]
            page.keyboard.press(key)
            assert page.evaluate(PLACE)[0] > before
        page.keyboard.press(key)  # it turns
        assert page.evaluate(PLACE)[0] == 0
    expect(page.get_by_text(f"3 / {OWN_WORDS}")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text(f"2 / {OWN_WORDS}")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")  # which turns wherever the step is scrolled to
    expect(page.get_by_text(f"3 / {OWN_WORDS}")).to_be_visible()
    assert page.evaluate(PLACE)[0] == 0


STRIP = "one-step-slowly"


@pytest.mark.long
def test_a_strip_is_whole_on_a_projector(page: Page, address: str) -> None:
    adapt(page, (1280, 720))
    page.goto(f"{address}/learn?tab={STRIP}&projector=1")
    picture = page.locator(".dino-strip .picture").first
    expect(page.get_by_text("1 / ")).to_be_visible()
    for _ in range(20):
        page.keyboard.press(" ")  # skips every bet
    expect(page.get_by_text("This lesson is done.")).to_be_visible()
    while not picture.is_visible():
        page.keyboard.press("ArrowLeft")
    expect(picture.locator("svg").first).to_be_visible()
    assert picture.evaluate("(it) => it.scrollWidth - it.clientWidth") <= 1


SAMPLE = "one-sample"
COLOUR = "(it) => getComputedStyle(it).color"
PRESSED = """(rows) => rows.map((row) => [...row.querySelectorAll("button")].map(
    (cell) => Number(cell.ariaPressed === "true")))"""


def sample_step(page: Page, address: str, name: str) -> Locator:
    """A step of the lesson with the radio buttons and the cells."""
    page.goto(f"{address}/learn?tab={SAMPLE}")
    names = [it.name for it in lessons("en")[SAMPLE].steps]
    found = page.locator(f".st-key-step_{SAMPLE}_{1 + names.index(name)}")
    expect(found).to_be_visible()
    settled(page)  # until then, its parts still move
    return found


@pytest.mark.long
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_was_chosen_is_as_easy_to_read_once_it_is_settled(
    page: Page, address: str, theme: Literal["light", "dark"]
) -> None:
    adapt(page, color_scheme=theme)
    bet = sample_step(page, address, "seed")
    options = bet.get_by_test_id("stRadioOption")
    options.first.click()
    bet.get_by_role("button", name="Place the bet").click()
    expect(bet).to_contain_text("Your bet is placed.")
    expect(options.first.get_by_role("radio")).to_be_disabled()
    text = page.locator(".stApp").evaluate(COLOUR)
    assert options.first.locator("p").evaluate(COLOUR) == text
    assert options.last.locator("p").evaluate(COLOUR) != text  # it was not chosen
    tasks = sample_step(page, address, "targets")
    tasks.get_by_role("button", name="Skip this").click()
    expect(tasks).to_contain_text("You skipped this.")
    labels = tasks.locator("[data-testid=stRadio] > [data-testid=stWidgetLabel] p")
    assert labels.evaluate_all(f"(all) => all.map({COLOUR})") == [text] * 3


@pytest.mark.long
def test_cells_take_the_mark_of_the_one_where_the_mouse_began_to_drag(
    page: Page, address: str
) -> None:
    tasks = sample_step(page, address, "targets")
    tasks.get_by_role("button", name="Skip this").click()
    table = page.locator(".dino-cells")
    expect(table).to_contain_text("drag the mouse")
    settled(page)  # the rest of the page comes after it, and moves it
    table.scroll_into_view_if_needed()
    rows, cells = table.locator("tr"), table.locator("tr").first.get_by_role("button")

    def drag(first: int, last: int) -> list[int]:
        """The marks of the first row after a drag; the others have none."""
        places = [box_at_rest(cells.nth(i)) for i in (first, last)]
        (x, y), (end, _) = ((it["x"] + it["width"] / 2, it["y"] + 9) for it in places)
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(end, y, steps=20)
        page.mouse.up()
        page.mouse.move(x, y)  # with no button down
        found: list[list[int]] = rows.evaluate_all(PRESSED)
        assert not any(map(any, found[1:]))
        return found[0]

    none = [0] * cells.count()
    assert drag(0, 3) == [1] * 4 + none[4:]
    assert drag(2, 2) == [1, 1, 0, 1, *none[4:]]  # a click
    assert drag(3, 5) == [1, 1, *none[2:]]
    cells.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    assert rows.evaluate_all(PRESSED)[0] == [1, *none[1:]]
    touched(page)
    cells.nth(4).scroll_into_view_if_needed()
    box = box_at_rest(cells.nth(4))
    finger = page.context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [{"x": box["x"] + 9, "y": box["y"] + 9}]),
        ("touchEnd", []),
    ):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    expect(cells.nth(4)).to_have_attribute("aria-pressed", "true")
    settled(page)
    assert rows.evaluate_all(PRESSED)[0] == [1, *none[1:4], 1, *none[5:]]


DRAG = "how-large-how-long"


@pytest.mark.long
def test_a_skipped_bet_leaves_no_line_on_the_axes_of_its_chart(page: Page, address: str) -> None:
    page.goto(f"{address}/learn?tab={DRAG}")
    line = page.locator(".dino-drag [role=slider]")
    expect(line).to_be_visible()
    line.focus()
    page.keyboard.press("End")
    expect(page.get_by_role("spinbutton").first).to_have_value("1200")
    page.get_by_role("button", name="Skip this").first.click()
    expect(line).to_have_count(0)
    expect(page.locator(".dino-drag svg")).to_be_visible()


@pytest.mark.long
def test_a_bet_is_dragged_on_the_axes_of_its_chart_on_a_phone_and_moved_with_keys(
    page: Page, address: str
) -> None:
    adapt(page, PHONE)
    page.goto(f"{address}/learn?tab={DRAG}")
    line, typed = page.locator(".dino-drag [role=slider]"), page.get_by_role("spinbutton").first
    expect(line).to_be_visible()
    picture = page.locator(".dino-drag svg")
    picture.scroll_into_view_if_needed()
    place = picture.bounding_box()
    assert place is not None
    middle = place["y"] + place["height"] / 2
    page.mouse.move(place["x"] + 60, middle)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] / 2, middle, steps=4)
    page.mouse.up()
    expect(typed).to_have_value(str(line.get_attribute("aria-valuenow")))
    assert 450 < float(typed.input_value()) < 750
    line.focus()
    page.keyboard.press("End")
    expect(typed).to_have_value("1200")
    page.keyboard.press("PageDown")
    expect(typed).to_have_value("1080")
    typed.fill("400")
    typed.press("Tab")
    expect(line).to_have_attribute("aria-valuenow", "400")
    wide = "() => document.documentElement.scrollWidth - innerWidth"
    assert page.evaluate(wide) <= 0
    page.get_by_role("button", name="Place the bet").first.click()
    page.get_by_role("button", name="Train it").first.click()
    curves = page.locator(".dino-drag path.curve")
    expect(curves).to_have_count(2)
    expect(page.get_by_role("button", name="Train it again")).to_be_visible()
    expect(page.get_by_role("img", name="On held-out names it was lowest after")).to_have_count(1)
    last = picture.locator("text", has_text="held-out names").bounding_box()
    assert last is not None and place["x"] <= last["x"] and last["width"] < place["width"]
    assert page.evaluate(wide) <= 0


@pytest.mark.long
def test_the_marked_statement_of_a_long_function_is_seen_on_a_phone(
    page: Page, address: str
) -> None:
    adapt(page, PHONE)
    page.goto(f"{address}/learn?tab=letters-to-numbers")
    page.get_by_role("button", name="Skip this").first.click()  # the code answers the bet
    boxes = page.locator(".dino-code pre")
    expect(boxes).to_have_count(3)
    for fold in page.locator("details").filter(has=page.locator(".dino-code")).all():
        fold.locator("summary").click()
    seen = """(box) => {
        const frame = box.getBoundingClientRect();
        const line = box.querySelector(".here").getBoundingClientRect();
        return [box.scrollHeight > box.clientHeight, line.top >= frame.top - 1,
                line.bottom <= frame.bottom + 1];
    }"""
    wait_for(
        lambda: all(boxes.nth(i).evaluate(seen)[1:] == [True, True] for i in range(3)),
        "the marked lines",
    )
    assert boxes.nth(1).evaluate(seen)[0]  # it does not fit, and so it scrolls


# Of a panel that stays in view: how many parts of it have to be pushed sideways.
CUT = """panel => [panel, ...panel.querySelectorAll('*')].flatMap(
    it => [it, ...(it.shadowRoot?.querySelectorAll('*') ?? [])]
).filter(it => it.scrollWidth > it.clientWidth + 1 && getComputedStyle(it).overflowX === 'auto'
).length"""
GROUND = "it => getComputedStyle(it).backgroundColor"


@pytest.mark.long
@pytest.mark.parametrize("lesson", ["the-cell", "a-gate-by-hand"])
@pytest.mark.parametrize("size", [PHONE, (1280, 800)], ids=["phone", "desktop"])
def test_what_one_computes_with_is_in_view_in_its_whole_width_and_covers_what_is_behind_it(
    page: Page, address: str, lesson: str, size: tuple[int, int]
) -> None:
    adapt(page, size, "dark")
    page.goto(f"{address}/learn?tab={lesson}")
    stays = page.locator("[class*=st-key-beside_stays_]")
    expect(stays.locator("table")).to_have_count(3)
    wait_for(lambda: stays.evaluate(CUT) == 0, "tables that have room")
    if size == PHONE:
        ground = page.locator(".stApp").evaluate(GROUND)
        assert stays.locator("xpath=..").evaluate(GROUND) == ground


SIZES = """() => { const plot = document.querySelector('.st-key-step_how-far-back_9 .dino-plot');
    const text = plot.querySelector('.ytitle'), line = plot.querySelector('path.js-line');
    const place = (it) => it.getBoundingClientRect();
    return [parseFloat(getComputedStyle(text).fontSize),
        parseFloat(getComputedStyle(line).strokeWidth), place(plot).height,
        place(plot.closest('[class*=st-key-learn_how-far-back]')).height]; }"""


@pytest.mark.long
def test_charts_are_larger_on_a_projector_and_whole_and_as_before_after_it(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/learn?tab=how-far-back")
    bet = page.locator(".st-key-step_how-far-back_8")  # it opens the chart
    bet.get_by_role("button", name="Skip this").click()
    expect(bet).to_contain_text("You skipped this.")
    plot = page.locator(".st-key-step_how-far-back_9 .dino-plot[data-draws]")
    expect(plot).to_be_visible()
    before = page.evaluate(SIZES)
    page.get_by_role("button", name="Projector mode").click()
    expect(page.get_by_text("1 / 11")).to_be_visible()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    expect(plot).to_be_visible()
    wait_for(lambda: page.evaluate(SIZES)[0] > before[0], "larger words")
    words, line, height, room = page.evaluate(SIZES)
    assert (words, line, height) == pytest.approx([1.5 * it for it in before[:3]], rel=0.02)
    assert room >= height - 1
    page.get_by_role("button", name="Leave projector mode").click()
    wait_for(lambda: page.evaluate(SIZES)[:3] == before[:3], "the sizes of before")


@pytest.mark.long
def test_a_lesson_begins_at_its_top_and_back_leads_to_the_list(page: Page, address: str) -> None:
    adapt(page, PHONE)
    page.goto(f"{address}/learn")
    page.get_by_text("More lessons: 5 to 18").click()
    page.get_by_role("button", name="8 · Scores to loss").click()
    top = page.get_by_role("button", name="All lessons")
    expect(top).to_be_in_viewport()
    page.get_by_role("button", name="Next lesson:").click()
    expect(page.get_by_role("heading", name="One step, slowly")).to_be_in_viewport()
    expect(top).to_be_in_viewport()
    page.go_back()
    expect(page.get_by_role("heading", name="Scores to loss")).to_be_visible()
    page.go_back()
    again = page.get_by_role("button", name="8 · Scores to loss")
    expect(again).to_be_visible()  # its fold is open
    page.go_forward()
    expect(page.get_by_role("heading", name="Scores to loss")).to_be_visible()


@pytest.mark.long
def test_a_number_that_is_placed_while_it_is_typed_stays_in_its_box(
    page: Page, address: str
) -> None:
    open_lesson(page, address)
    box = step(page, 3).get_by_role("spinbutton")
    box.click()
    page.keyboard.type("3.3")
    step(page, 3).get_by_role("button", name="Place the bet").click()
    expect(step(page, 3)).to_contain_text("Your bet is placed.")
    expect(box).to_have_value("3.3")
    page.get_by_role("button", name="Answer its questions again").click()
    page.get_by_role("button", name="Yes, answer it again").click()
    expect(box).to_have_value("")
    expect(box).to_be_enabled()


# Another tab of the browser has done two lessons; how much moves in this one, as Chrome defines it.
TWO_DONE = """() => {
    window.moved = 0;
    new PerformanceObserver((list) => {
        for (const { value } of list.getEntries()) window.moved += value;
    }).observe({ type: "layout-shift" });
    const newValue = '{"ticked": [1, 2], "results": []}';
    localStorage.setItem("dino-learn", newValue);
    dispatchEvent(new StorageEvent("storage", { key: "dino-learn", newValue }));
}"""


@pytest.mark.parametrize("size", one_in(2, [[390, 664], [1280, 800]]), ids=str)
def test_a_learner_continues_where_they_left_and_the_list_does_not_jump(
    page: Page, address: str, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{address}/learn")
    start = page.locator(".st-key-continue button")
    expect(start).to_contain_text("Start here: Concept test")
    settled(page)
    expect(start).to_be_in_viewport()
    before = box_at_rest(start)
    page.evaluate(TWO_DONE)
    expect(start).to_contain_text("Continue at 3 · Letters to numbers")
    earlier = page.get_by_text("Earlier lessons: 1 to 2")
    expect(earlier).to_be_visible()
    assert box_at_rest(start)["y"] == before["y"] and page.evaluate("moved") < 0.03
    second = page.get_by_role("button", name="2 · Where is the order of the letters?")
    expect(second).to_be_hidden()
    page.locator("summary", has=earlier).focus()
    page.keyboard.press("Enter")
    box_at_rest(second)
    second.click()
    expect(
        page.get_by_role("heading", name="2 · Where is the order of the letters?")
    ).to_be_visible()
    page.get_by_role("button", name="All lessons").click()
    expect(second).to_be_visible()  # where one comes from is open
    start.click()
    expect(page.get_by_role("heading", name="3 · Letters to numbers")).to_be_visible()


@pytest.mark.parametrize("lesson, rows", one_in(2, [("the-cell", 9), ("a-gate-by-hand", 5)]))
def test_on_a_phone_the_weights_that_one_computes_with_stay_in_view_above_their_questions(
    page: Page, address: str, lesson: str, rows: int
) -> None:
    adapt(page, PHONE)
    page.goto(f"{address}/learn?tab={lesson}")
    box = page.locator("[class*=st-key-beside_asks_]").get_by_role("spinbutton").last
    box.scroll_into_view_if_needed()
    page.locator("[data-testid=stMain]").evaluate("it => it.scrollBy(0, 200)")
    box_at_rest(box)
    expect(box).to_be_in_viewport(ratio=1)
    weights = page.locator("[class*=st-key-beside_stays_] tbody tr")
    for row in range(rows):
        expect(weights.nth(row)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize(
    "lesson", one_in(3, ["dialects", "a-small-transformer", "what-came-after"])
)
def test_on_a_phone_the_tables_of_what_one_reads_fit(page: Page, address: str, lesson: str) -> None:
    adapt(page, PHONE)
    page.goto(f"{address}/learn?tab={lesson}&lang=es")
    tables = page.locator("[data-testid=stMarkdownContainer] table")
    expect(tables.first).to_be_visible()
    settled(page)
    wide = "its => its.map(it => it.scrollWidth - it.clientWidth)"
    assert max(tables.evaluate_all(wide)) <= 1
    assert page.locator("[data-testid=stMain]").evaluate_all(wide) == [0]


def test_what_gets_the_focus_is_scrolled_below_the_header(page: Page, address: str) -> None:
    adapt(page, (1280, 800))
    page.goto(f"{address}/learn?tab=a-gate-by-hand")
    expect(page.locator("[class*=st-key-beside_stays_]")).to_be_visible()
    room = "it => parseFloat(getComputedStyle(it).scrollPaddingTop)"
    assert page.locator("[data-testid=stMain]").evaluate(room) >= 60
