"""A page at several sizes, in both themes and languages: nothing is cut, covered or too pale."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from browser import (
    DESKTOP,
    IN_A_BROWSER,
    adapt,
    box_at_rest,
    button,
    finish,
    open_lab,
    settled,
    touched,
)
from playwright.sync_api import Page, expect
from sampling import one_in
from waiting import wait_for

pytestmark = IN_A_BROWSER
# The cells of the table of moments whose text is cut off.
CUT = """(column) => [...document.querySelectorAll(
    `.dino-live .moments tr > :nth-child(${column})`)].filter(
    (cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.innerText)"""
# What this is, in the first line: whether it is seen whole, and whether it is seen at all.
ABOUT = """() => {
  const words = document.querySelector('.st-key-page_about p').getBoundingClientRect();
  const place = document.querySelector('.st-key-page_top > :has(> .st-key-page_about)');
  if (getComputedStyle(place).display === 'none') return [false, false];
  const { left, right, top, bottom } = place.getBoundingClientRect();
  const menu = document.querySelector('[data-testid=stMainMenu]').getBoundingClientRect();
  const seen = words.top < bottom && words.bottom > top;
  return [seen, seen && words.left >= left && words.right <= Math.min(right, menu.left)];
}"""

# How high and wide a finger may miss the middle of each of these, seen or not, and still reach it.
REACH = """(selectors) => selectors.map((selector) => {
  const part = document.querySelector(selector), root = part.shadowRoot;
  const target = root ? root.querySelector('button') : part;
  target.scrollIntoView({ block: 'center' });
  const box = target.getBoundingClientRect();
  const x = box.left + box.width / 2, y = box.top + box.height / 2;
  const hit = (dx, dy) => part.contains(document.elementFromPoint(x + dx, y + dy));
  return [selector, [[0, 19], [0, -19], [19, 0], [-19, 0]].every(([dx, dy]) => hit(dx, dy))];
})"""
TARGETS = [
    ".dino-run-buttons .pace",
    ".dino-run-buttons .pace:last-child",
    ".dino-run-buttons .jump",
    ".st-key-page_top a[href$=data]",
    ".st-key-page_top a[href$=learn]",
    ".st-key-page_glossary",
    ".st-key-page_top button",
    "[data-testid=stMainMenuButton]",
    "[data-testid=stExpandSidebarButton]",
    ".dino-live .measured summary",
    ".dino-live button.label",
    ".st-key-live .dino-keep > button",
]
# The contrast (WCAG 2) of the letters of each part with what lies behind them.
CONTRASTS = """(selector) => {
  const pixels = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    pixels.clearRect(0, 0, 1, 1);
    pixels.fillStyle = color;
    pixels.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pixels.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], ground) => [r, g, b].map((c, i) => a * c + (1 - a) * ground[i]);
  const behind = (part) => {
    if (!part) return [255, 255, 255];
    const color = rgba(getComputedStyle(part).backgroundColor);
    return color[3] === 1 ? color.slice(0, 3) : over(color, behind(part.parentElement));
  };
  const light = (color) => color.map((c) => c / 255).map(
    (c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  ).reduce((sum, c, i) => sum + [0.2126, 0.7152, 0.0722][i] * c, 0);
  return [...document.querySelectorAll(selector)].filter(
    (part) => part.innerText.trim() && part.checkVisibility({ visibilityProperty: true })
  ).map((part) => {
    const ground = behind(part), color = rgba(getComputedStyle(part).color);
    for (let it = part; it; it = it.parentElement) color[3] *= getComputedStyle(it).opacity;
    const words = over(color, ground);
    const [a, b] = [light(words), light(ground)].sort((one, other) => other - one);
    return [part.innerText.slice(0, 40), (a + 0.05) / (b + 0.05)];
  });
}"""
PALE = "[data-testid=stCaptionContainer] p, [data-testid=stBaseButton-primary] :is(p, span)"
# What is chosen from or followed, and the buttons of components, that are less than 40 pixels high.
LOW = """() => {
  const all = (root) => [...root.querySelectorAll('*')].flatMap(
    (part) => part.shadowRoot ? all(part.shadowRoot) : [part]);
  return all(document.querySelector('[data-testid=stMain]')).filter((part) => part.matches(
    '[data-testid=stRadioOption], [data-testid=stCheckbox] label, .share button,'
    + '[data-testid=stButtonGroup] [data-variant], [data-testid=stPageLink-NavLink],'
    + '[data-testid=stBaseButton-tertiary],'
    + '.chips button, .dino-strip .bar button')
  ).map((part) => [part.innerText, part.getBoundingClientRect().height]
  ).filter(([, height]) => height && height < 40);
}"""
# Of each of these, in this order, some is on the page.
CHOICES = {
    "data": "[data-testid=stButtonGroup] [data-variant], [data-testid=stCheckbox] label",
    "learn?tab=what-comes-next": ".chips .place",
    "learn?tab=concept-test": "[data-testid=stRadioOption]",
}


# Which of the boxes that only the browser writes to were seen, at any frame since the page opened.
SEEN = """() => {
  window.seen = [];
  const look = () => {
    for (const part of document.querySelectorAll('[class*=st-key-heard_]'))
      if (part.getBoundingClientRect().height) seen.push(part.className);
    requestAnimationFrame(look);
  };
  look();
}"""


@pytest.mark.parametrize("path", ["", "/data"])
def test_no_box_of_the_browser_s_own_is_seen_while_a_page_opens(
    page: Page, address: str, path: str
) -> None:
    page.add_init_script(f"({SEEN})()")
    page.goto(address + path)
    expect(page.locator("[class*=st-key-heard_]").first).to_be_attached()
    settled(page)
    assert page.evaluate("seen") == []


@pytest.mark.parametrize(
    ("theme", "color"), [("light", "rgba(0, 0, 0, 0)"), ("dark", "rgb(15, 21, 25)")]
)
def test_the_first_frame_is_as_dark_as_the_page(
    page: Page, address: str, theme: Literal["light", "dark"], color: str
) -> None:
    adapt(page, color_scheme=theme)
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    page.route("**/*.js", lambda it: it.abort())  # only the page's own file is there
    page.goto(address)
    assert page.evaluate(ground) == color
    page.unroute("**/*.js")
    page.reload()
    app = page.get_by_test_id("stApp")
    expect(app).to_be_visible()
    if theme == "dark":
        expect(app).to_have_css("background-color", color)
    assert page.evaluate(ground) == "rgba(0, 0, 0, 0)", "another theme may have been chosen"


@pytest.mark.long
def test_on_a_phone_the_sidebar_is_closed_by_its_own_button(page: Page, address: str) -> None:
    touched(page)
    open_lab(page, address)
    page.get_by_test_id("stExpandSidebarButton").click()
    close = page.get_by_test_id("stSidebarCollapseButton").get_by_role("button")
    box = box_at_rest(close)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_test_id("stSidebar")).not_to_be_in_viewport()
    expect(page.locator(".dino-run-buttons .main")).to_be_in_viewport()  # still the Lab


@pytest.mark.long
def test_on_a_phone_a_finger_may_miss_the_middle_of_a_button_by_half_of_40_pixels(
    page: Page, address: str
) -> None:
    touched(page)
    open_lab(page, address)
    button(page, "Update").click()
    expect(page.locator(".dino-run-buttons .jump")).to_be_visible()
    expect(page.locator(".st-key-live .dino-keep > button")).to_be_visible()
    settled(page)
    found = dict(page.evaluate(REACH, TARGETS))
    assert not [selector for selector, is_reached in found.items() if not is_reached]


@pytest.mark.long
@pytest.mark.parametrize(("path", "some"), CHOICES.items())
def test_on_a_phone_what_a_finger_chooses_is_40_pixels_high(
    page: Page, address: str, path: str, some: str
) -> None:
    touched(page)
    page.goto(f"{address}/{path}")
    expect(page.locator(some).first).to_be_visible()
    settled(page)
    assert page.evaluate(LOW) == []


@pytest.mark.long
def test_on_a_phone_a_lesson_opens_with_the_links_to_the_pages_in_view(
    page: Page, address: str
) -> None:
    touched(page)
    page.goto(f"{address}/learn")
    page.get_by_text("More lessons: 5 to 18").click()
    lesson = page.get_by_role("button", name="The cell", exact=False).first
    lesson.click()
    expect(page.get_by_role("button", name="All lessons", exact=False)).to_be_in_viewport()
    settled(page)
    expect(page.locator(".st-key-page_top a[href$=data]")).to_be_in_viewport(ratio=1)


@pytest.mark.long
@pytest.mark.parametrize("theme", one_in(2, ["dark", "light"]))
def test_the_name_of_a_function_in_a_caption_has_a_contrast_of_4_5(
    page: Page, address: str, theme: Literal["light", "dark"]
) -> None:
    adapt(page, color_scheme=theme)
    page.goto(f"{address}/learn?tab=letters-to-numbers")
    page.get_by_role("button", name="Skip this").first.click()  # the code answers the bet
    page.locator("details").filter(has=page.locator(".dino-code")).first.locator("summary").click()
    names = "[data-testid=stCaptionContainer] code"
    expect(page.locator(names).first).to_be_visible()
    settled(page)
    assert min(ratio for _, ratio in page.evaluate(CONTRASTS, names)) >= 4.5


@pytest.mark.parametrize("theme", one_in(2, ["dark", "light"]))
def test_the_words_of_a_green_button_that_is_disabled_are_seen(
    page: Page, address: str, theme: Literal["light", "dark"]
) -> None:
    adapt(page, color_scheme=theme)
    page.goto(f"{address}/learn?tab=failure-zoo")
    expect(button(page, "This is the cause")).to_be_disabled()
    settled(page)
    found = page.evaluate(CONTRASTS, "[data-testid=stBaseButton-primary]:disabled p")
    assert found and not [each for each in found if each[1] < 2]


@pytest.mark.parametrize("theme", one_in(2, ["dark", "light"]))
def test_captions_and_green_buttons_have_a_contrast_of_4_5(
    page: Page, address: str, theme: Literal["light", "dark"]
) -> None:
    adapt(page, color_scheme=theme)
    open_lab(page, address)
    button(page, "Update").click()  # before a first step, no button but Train is green
    expect(page.locator(".st-key-write [data-testid=stBaseButton-primary]")).to_be_visible()
    settled(page)
    for path in ("", "data"):
        if path:
            page.locator(f".st-key-page_top a[href$={path}]").click()
            expect(page.get_by_test_id("stBaseButton-primary").first).to_be_visible()
            settled(page)
        found = page.evaluate(CONTRASTS, PALE)
        assert len(found) >= 4 and min(ratio for _, ratio in found) >= 4.5, found
        assert any(ratio > 5 for _, ratio in found)


@pytest.mark.parametrize("theme", one_in(2, ["dark", "light"]))
def test_a_command_in_a_caption_has_a_contrast_of_4_5(
    page: Page, address: str, theme: Literal["light", "dark"]
) -> None:
    adapt(page, color_scheme=theme)
    page.goto(f"{address}/learn")
    page.get_by_text("Hand in what you did", exact=True).click()
    expect(page.locator("[data-testid=stCaptionContainer] code").first).to_be_visible()
    found = page.evaluate(CONTRASTS, "[data-testid=stCaptionContainer] :is(p, code)")
    assert min(ratio for _, ratio in found) >= 4.5, found


@pytest.mark.long
def test_on_a_tablet_the_settings_take_no_more_lines_than_they_need(
    page: Page, address: str
) -> None:
    adapt(page, (768, 1024))
    open_lab(page, address)
    row = box_at_rest(page.locator(".st-key-settings_row"))
    fields = page.locator(".st-key-settings_row [class*=st-key-field_]")
    assert len({round(box_at_rest(field)["y"]) for field in fields.all()}) == 1
    assert row["height"] == box_at_rest(fields.first)["height"]
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.get_by_test_id("stSidebar")).to_be_in_viewport()
    assert box_at_rest(page.locator(".st-key-settings_row"))["height"] > 1.5 * row["height"]


@pytest.mark.long
def test_a_long_run_ends_with_the_names_of_its_last_step_and_no_step_is_cut(
    page: Page, address: str
) -> None:
    open_lab(page, address + "?max_steps=12000&hidden_size=4&batch_size=1&average=0")
    button(page, "Train").click()
    finish(page)
    expect(page.locator(".dino-live .when")).to_contain_text("Update 12,000 ")
    last = page.locator(".dino-live .moments tbody tr").last
    expect(last.locator("td").first).to_have_text("12,000")
    for size in (DESKTOP, (1280, 800), (390, 844)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert page.evaluate(CUT, 1) == []


@pytest.mark.parametrize("language", one_in(2, ["es", "en"]))
def test_what_the_app_is_is_told_whole_or_not_at_all(
    page: Page, address: str, language: str
) -> None:
    open_lab(page, f"{address}?lang={language}")
    found = {}
    for width in (1001, 1024, 1280, 1366, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        found[width] = page.evaluate(ABOUT)
    assert all(seen == whole for seen, whole in found.values()), found
    assert found[1366] == found[1920] == [True, True]


# One text, as plotly.js measures it before it draws a chart: in a drawing of its own in the body.
MEASURED = """() => {
  const tester = document.querySelector('#js-plotly-tester') ?? document.body;
  const text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
  text.textContent = 'Ankylosaurus';
  tester.append(text);
  text.getBoundingClientRect();
  text.remove();
}"""


def looked_at_for_a_text(page: Page) -> float:
    """The share of a page's parts whose style the browser computes again to measure one text: the
    least of a few tries, because a page may change at the same moment.
    """
    tries = [looks for _ in range(4) if (looks := _looked_at(page))]
    assert tries, "the browser recorded nothing"
    return min(map(sum, tries)) / page.locator("*").count()


def _looked_at(page: Page) -> list[int]:
    page.evaluate("document.body.getBoundingClientRect().x")  # for what has changed before
    events: list[Any] = []
    devtools = page.context.new_cdp_session(page)
    devtools.on("Tracing.dataCollected", lambda some: events.extend(some["value"]))
    devtools.send(
        "Tracing.start", {"categories": "devtools.timeline", "transferMode": "ReportEvents"}
    )
    page.evaluate(MEASURED)
    ended: list[Any] = []
    devtools.on("Tracing.tracingComplete", lambda how: ended.append(how))
    devtools.send("Tracing.end")
    wait_for(lambda: page.evaluate("1") and ended, "the end of what the browser recorded")
    devtools.detach()
    looks = [it["args"] for it in events if it["name"] == "UpdateLayoutTree"]
    return [it.get("elementCount", 0) for it in looks]


@pytest.mark.long
@pytest.mark.parametrize(
    ("path", "drawn"),
    [
        ("", ".st-key-live"),
        ("data", ".st-key-data_page"),
        ("inside", ".st-key-inside"),
        ("compare", ".st-key-compare"),
        ("learn?tab=scores-to-loss", ".st-key-learn"),
    ],
)
def test_a_browser_measures_a_text_of_a_chart_without_another_look_at_all_parts(
    page: Page, address: str, path: str, drawn: str
) -> None:
    """A chart has a hundred texts: with a style that makes each one a look at the whole page, a run
    ended with a page that did nothing for four seconds.
    """
    open_lab(page, f"{address}?max_steps=40")
    button(page, "Train").click()
    finish(page, full_speed=False)
    if path:
        page.goto(f"{address}/{path}")
    expect(page.locator(drawn).first).to_be_attached()
    found = {}
    for width in (1440, 1280, 1024, 700, 390):
        page.set_viewport_size({"width": width, "height": 800})
        settled(page)
        found[width] = looked_at_for_a_text(page)
    assert max(found.values()) < 0.1, found
