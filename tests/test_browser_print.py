"""Printing in a real browser: a plain copy of the page, its charts and tables whole, on A4."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from browser import DESKTOP, IN_A_BROWSER, PHONE, ROOT, adapt, button, finish, open_lab, settled
from playwright.sync_api import Page, expect
from waiting import wait_for

pytestmark = IN_A_BROWSER
PAPER = 688  # pixels between the margins of A4, at 96 of them an inch
VIEW = "#dino-print"
TOO_WIDE = """([view, width]) => [...document.querySelectorAll(`${view} *`)].filter((part) =>
    !part.closest('svg svg') && part.getBoundingClientRect().right > width + 1
).map((part) => part.outerHTML.slice(0, 200))"""
CLASSES = """(view) => [...new Set([...document.querySelectorAll(`${view} :not(svg *)`)].flatMap(
    (part) => [...part.classList]))]"""
FILLS = """(key) => [...new Set([...document.querySelectorAll('#dino-print svg text')].map(
    (text) => getComputedStyle(text).fill))]"""
ROWS = "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
PRINTED = """() => { window.seen = []; addEventListener('beforeprint', () => window.seen.push(
    document.querySelectorAll('#dino-print svg').length)); }"""


@contextmanager
def printed(page: Page) -> Iterator[None]:
    """The page as it is printed, on a screen as wide as the paper."""
    size = page.viewport_size
    page.emulate_media(media="print")
    expect(page.locator(VIEW)).to_be_visible()
    page.set_viewport_size({"width": PAPER, "height": 1000})
    yield
    page.emulate_media(media="screen")
    page.set_viewport_size(size)
    expect(page.locator(VIEW)).to_have_count(0)


def train(page: Page, address: str, query: str = "") -> None:
    """A run in the Lab that has come to its end, and all that it draws."""
    open_lab(page, address + query)
    button(page, "Train").click()
    finish(page)
    for key in ("probabilities", "hidden_states", "surprise"):
        expect(page.locator(f".st-key-{key} [data-draws]")).to_be_visible()
    expect(page.locator(".st-key-written tbody tr").first).to_be_visible()
    settled(page)


@pytest.mark.long
def test_the_lab_prints_its_charts_and_tables_whole(page: Page, address: str) -> None:
    train(page, address, "?max_steps=200")
    names = page.locator(".st-key-written tbody tr").evaluate_all(ROWS)
    letters = page.locator(".st-key-probabilities .xtick text").count()
    page.evaluate("document.querySelector('.st-key-live .dino-plot').mine = true")
    with printed(page):
        charts = page.locator(f"{VIEW} figure > svg")
        assert charts.count() >= 4
        assert page.evaluate(TOO_WIDE, [VIEW, PAPER]) == []
        assert page.locator(f"{VIEW} rect[fill]").count() >= 27 * letters
        assert page.locator(f"{VIEW} image").count() == 0
        table = page.locator(f"{VIEW} table", has=page.get_by_text("nearest real name"))
        assert table.locator("tbody tr").evaluate_all(ROWS) == names
        text = page.locator(VIEW).inner_text()
        for words in ("Hidden size: 64", "Optimizer: Adam", "Write names", "Written with the"):
            assert words in text
        assert not re.search(r"arrow_|expand_more|Copy watch|New random draws", text)
        assert set(page.evaluate(CLASSES, VIEW)) <= {"small", "pre", "settings", "number", "name"}
    assert page.evaluate("document.querySelector('.st-key-live .dino-plot').mine") is True


def test_printing_is_of_our_own_names_only() -> None:
    code = (ROOT / "dino" / "ui" / "print.js").read_text()
    assert not re.search(
        r"st-key-(?!print_(?:sheet|card|page)\b)|testid|\.st[A-Z]|stMain|emotion|css-|katex"
        r"|baseweb",
        code,
    )


@pytest.mark.long
def test_a_page_is_a4_and_the_view_is_there_when_the_browser_prints(
    page: Page, address: str
) -> None:
    train(page, address)
    page.evaluate(PRINTED)
    paper = page.pdf(prefer_css_page_size=True)
    assert page.evaluate("window.seen")[0] >= 4
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert 2 <= len(boxes) <= 8
    assert all(abs(float(w) - 595) < 1.5 and abs(float(h) - 842) < 1.5 for w, h in boxes)
    expect(page.locator(VIEW)).to_have_count(0)


@pytest.mark.long
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_what_is_dark_prints_dark_on_white_from_a_phone_too(
    page: Page, address: str, size: tuple[int, int]
) -> None:
    adapt(page, size, color_scheme="dark")
    train(page, address)
    with printed(page):
        fills = [tuple(map(int, re.findall(r"\d+", fill)[:3])) for fill in page.evaluate(FILLS)]
        assert fills and all(sum(fill) < 500 for fill in fills)
        assert page.evaluate(TOO_WIDE, [VIEW, PAPER]) == []
        widths = page.locator(f"{VIEW} figure > svg").evaluate_all(
            "(charts) => charts.map((chart) => chart.getBoundingClientRect().width)"
        )
        assert len([width for width in widths if width == PAPER]) >= 4


@pytest.mark.long
def test_inside_prints_every_tab(page: Page, address: str) -> None:
    page.goto(f"{address}/inside")
    button(page, "Train one in two seconds").click()
    expect(page.locator(".st-key-inside_hidden [data-draws]")).to_be_visible()
    ready = {
        "Letter by letter": "next_bars",
        "Memory": "window",
        "Units": "by_letter",
        "Gradient": "gradient",
        "Weights": "letter_map",
    }
    for tool, key in ready.items():
        page.locator(".st-key-tool").get_by_text(tool, exact=True).click()
        expect(page.locator(f".st-key-{key} [data-draws]")).to_be_visible()
        settled(page)
        shown = page.locator(".dino-plot:visible").count()
        with printed(page):
            assert page.locator(f"{VIEW} figure > svg").count() >= shown, tool
            assert page.evaluate(TOO_WIDE, [VIEW, PAPER]) == [], tool
            assert f"Look at: {tool}" in page.locator(VIEW).inner_text()


LIGHT = """() => [...document.querySelectorAll('#dino-print svg .box')].flatMap((box) =>
    [getComputedStyle(box).fill].filter((fill) => !fill.includes(', 0)')))"""


def rgb(colour: str) -> tuple[float, ...]:
    """Red, green and blue from 0 to 255, of a colour as a browser computes it."""
    numbers = tuple(map(float, re.findall(r"\d+(?:\.\d+)?", colour.removeprefix("color(srgb"))[:3]))
    return tuple(255 * it for it in numbers) if colour.startswith("color(srgb") else numbers


@pytest.mark.long
def test_the_strip_prints_in_light_colours_in_parts_and_with_all_lines_of_its_code(
    page: Page, address: str
) -> None:
    adapt(page, DESKTOP, color_scheme="dark")
    page.goto(f"{address}/inside")
    button(page, "Train one in two seconds").click()
    expect(page.locator(".st-key-inside_hidden [data-draws]")).to_be_visible()
    expect(page.get_by_text("After 1,200 of 1,200 updates", exact=False)).to_be_visible()
    page.locator(".st-key-tool").get_by_text("Letter by letter", exact=True).click()
    page.locator(".st-key-walk input").fill("tyrannosaurus")
    page.locator(".st-key-walk input").press("Enter")
    strip = page.locator(".dino-strip")
    strip.locator("[data-part='cell 13']").click()
    expect(strip.locator(".line.here")).to_have_count(1)
    expect(strip.locator("button.line").first).to_be_visible()
    settled(page)
    code = strip.locator("pre").text_content()
    with printed(page):
        assert page.locator(f"{VIEW} pre").first.text_content() == code
        assert page.locator(f"{VIEW} pre strong").count() == 1
        parts = page.locator(f"{VIEW} figure:has(.part) > svg")
        sizes = parts.evaluate_all(
            "(all) => all.map((it) => it.getBoundingClientRect().width / it.viewBox.baseVal.width)"
        )
        assert len(sizes) > 1 and max(sizes) - min(sizes) < 0.01  # at one scale
        fills = [tuple(map(int, re.findall(r"\d+", fill)[:3])) for fill in page.evaluate(LIGHT)]
        assert fills and all(sum(fill) > 600 for fill in fills)
        texts = [rgb(fill) for fill in page.evaluate(FILLS)]
        assert texts and all(sum(fill) < 500 for fill in texts)
        assert page.evaluate(TOO_WIDE, [VIEW, PAPER]) == []


@pytest.mark.long
def test_compare_prints_its_tables_its_curves_and_no_buttons(page: Page, address: str) -> None:
    train(page, address, "/?hidden_size=16&max_steps=200")
    page.locator(".st-key-page_top").get_by_role("link", name="Compare", exact=True).click()
    expect(page.locator(".st-key-name_lengths [data-draws]")).to_be_visible()
    settled(page)
    runs = page.locator(".dino-compared tbody td:nth-child(2)").all_inner_texts()
    assert runs
    with printed(page):
        view = page.locator(VIEW)
        assert view.locator("figure > svg").count() == page.locator(".dino-plot").count() >= 2
        assert page.evaluate(TOO_WIDE, [VIEW, PAPER]) == []
        text = view.inner_text()
        for words in (
            "Your runs of this visit",
            "The written names compared with real ones",
            *runs,
        ):
            assert words in text
        assert not re.search(r"Rename|Unpin|Delete|New random draws", text)
        heads = view.locator("table :is(th, td):first-child").evaluate_all(
            "(cells) => cells.map((cell) => cell.getBoundingClientRect().width)"
        )
        assert min(heads) > 60  # a first column of single letters could not be read


@pytest.mark.long
def test_words_of_users_are_printed_as_text(page: Page, address: str) -> None:
    names = ["<img src=x onerror='window.hacked=1'>", "<b>x</b>", "&amp;lt;", "**y**"]
    names += [f"{a}{b}{'w' * 40}" for a in "abcd" for b in "efghi"]
    page.goto(f"{address}/data")
    page.locator(".st-key-data_list").get_by_text("Your own", exact=True).click()
    page.locator(".st-key-own_text textarea").fill("\n".join(names))
    button(page, "Check the names").click()
    button(page, "Use this list").click()
    expect(page.locator("td", has_text="onerror").first).to_be_visible()
    settled(page)

    def is_printed() -> bool:
        with printed(page):
            return names[0] in page.locator(VIEW).inner_text()

    wait_for(is_printed, "the table of names, which may be drawn once more")
    with printed(page):
        text = page.locator(VIEW).inner_text()
        assert names[0] in text and "&amp;lt;" in text
        assert page.locator(f"{VIEW} :is(img, b)").count() == 0
        assert page.evaluate(TOO_WIDE, [VIEW, PAPER]) == []
    assert page.evaluate("window.hacked") is None


LISTS = """() => [...document.querySelectorAll('#dino-print li')].map((item) =>
    [getComputedStyle(item).listStyleType, item.closest('ul, ol').tagName,
     getComputedStyle(item.closest('ul, ol')).paddingLeft])"""
SIZES = """() => [...document.querySelectorAll('#dino-print :is(li, p:not(.small))')].map((it) =>
    getComputedStyle(it).fontSize)"""


@pytest.mark.long
def test_lists_keep_their_points_and_numbers_and_words_their_weight(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/learn?tab=teacher")
    page.evaluate("() => { window.asked = 0; window.print = () => { window.asked += 1; }; }")
    page.get_by_role("button", name="Print this page").click()
    assert page.evaluate("window.asked") == 1
    expect(page.get_by_text("Everybody writes one sentence", exact=False)).to_be_visible()
    settled(page)
    shown = page.locator(".st-key-part_teacher li").count()
    assert shown > 5
    with printed(page):
        found = page.evaluate(LISTS)
        assert len(found) == shown
        assert {kind for kind, *_ in found} == {"disc", "circle"}  # the beliefs are lists within
        assert all(float(room.removesuffix("px")) > 12 for *_, room in found)
        assert len(set(page.evaluate(SIZES))) == 1
        bold = page.locator(f"{VIEW} strong", has_text="After a bet")
        assert int(bold.evaluate("(it) => getComputedStyle(it).fontWeight")) >= 600
        assert "Print this page" not in page.locator(VIEW).inner_text()
        words = page.locator(VIEW).inner_text().split()
        links = [it for it in words if it.startswith("http")]
        # The links for students have nothing of where the teacher is, or of her run.
        assert links and all(re.fullmatch(r"[^?]+/learn\?tab=[a-z-]+", it) for it in links)
        assert page.locator(f"{VIEW} figure > img").count() == len(links)
        assert page.evaluate("location.pathname + location.search") == "/learn"
    assert "tab=teacher" in page.evaluate("location.search")
    page.get_by_text("Exercise on paper", exact=True).click()
    expect(page.get_by_text("With the solution")).to_be_visible()
    settled(page)
    with printed(page):
        assert {tuple(kind) for *kind, _ in page.evaluate(LISTS)} == {("decimal", "OL")}
        sheet = page.locator(VIEW).inner_text()
        assert sheet.startswith("A network by hand")
        assert not re.search("http|Teacher|[Ss]olution", sheet)


CARDS = """() => [...document.querySelectorAll('#dino-print .card')].map((card) =>
    [card.querySelectorAll('img').length, card.lastChild.textContent,
     getComputedStyle(card).breakInside])"""


@pytest.mark.long
def test_a_code_stays_with_its_address_and_a_quoted_report_is_indented(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/learn?tab=teacher")
    page.get_by_text("90 minutes", exact=True).click()
    expect(page.get_by_text("Links for students")).to_be_visible()
    settled(page)
    with printed(page):
        cards = page.evaluate(CARDS)
        assert len(cards) == page.locator(f"{VIEW} img").count() > 5
        assert all(
            images == 1 and link.startswith("http") and inside == "avoid"
            for images, link, inside in cards
        )
        heads = page.locator(f"{VIEW} p:has(+ ul) > strong:only-child")
        assert heads.count() > 5
        assert {
            it.evaluate("(it) => getComputedStyle(it.parentElement).breakAfter")
            for it in heads.all()
        } == {"avoid"}
    page.get_by_text("Assignment", exact=True).click()
    expect(page.get_by_text("What was handed in")).to_be_visible()
    settled(page)
    with printed(page):
        assert "five letters" in page.locator(f"{VIEW} blockquote").inner_text()
        widths = page.locator(f"{VIEW} th", has_text="marks").evaluate_all(
            "(it) => it.map((head) => head.getClientRects().length && head.clientHeight)"
        )
        lines = page.locator(f"{VIEW} th", has_text="why").evaluate("(it) => it.clientHeight")
        assert widths == [lines]  # its word is not broken


@pytest.mark.long
def test_lessons_on_paper_have_their_drawings_formulas_and_no_controls(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/learn?tab=teacher")
    page.get_by_text("Lessons on paper", exact=True).click()
    box = page.get_by_role("combobox", name="Lesson")
    box.click()
    page.get_by_role("option", name="All lessons").click()
    expect(page.get_by_role("heading", name="R3", exact=False)).to_be_visible()
    settled(page)
    with printed(page):
        pages = page.locator(f"{VIEW} > .page")
        order = pages.filter(has_text="Where is the order")
        assert order.first.locator("figure > svg").count() == 4
        assert page.locator(f"{VIEW} .settings").count() == 0
        assert page.locator(f"{VIEW} td math").count() >= 3
        assert page.locator(f"{VIEW} figure > math:not([display=block])").count() == 0
        named = page.locator(f"{VIEW} mo[rspace]")
        assert named.count() and named.first.text_content() == "\u2061"
        choices = page.locator(f"{VIEW} p", has_text="☐ many to one").first
        assert choices.locator("br").count() == 3
        breaks = pages.evaluate_all("(it) => it.map((part) => getComputedStyle(part).breakBefore)")
        assert breaks == ["auto", *["page"] * (pages.count() - 1)]
        assert page.evaluate(TOO_WIDE, [VIEW, PAPER]) == []


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_to_look_at(page: Page, address: str, scheme: str) -> None:
    adapt(page, color_scheme=scheme)
    train(page, address)
    folder = ROOT / "tests" / "screenshots"
    folder.mkdir(exist_ok=True)
    page.pdf(path=folder / f"lab-{scheme}.pdf", prefer_css_page_size=True)
