"""The notebook's challenge as a new user meets it: two runs, an experiment, its printed report."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import pytest
from browser import (
    DESKTOP,
    IN_A_BROWSER,
    PHONE,
    ROOT,
    adapt,
    button,
    finish,
    open_box,
    open_lab,
    settled,
)
from playwright.sync_api import FloatRect, Page, expect
from waiting import wait_for

from dino.presets import PRESETS

pytestmark = IN_A_BROWSER
SCREENSHOTS = ROOT / "tests" / "screenshots"
NET = "?cell=rnn&batch_size=8&max_steps=60&learning_rate=0.02"
TALL = 12_000  # pixels: higher than any page here, so that a screenshot has all of it
TABLE = ".dino-compared tr[data-number]"
BET = "You bet that the held-out loss of Hidden size 16 is"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# The lowest end of what is drawn, in a window that has all of it.
LOWEST = """() => Math.max(...[...document.querySelectorAll('p, svg, td, button, input, li, pre')]
    .filter((part) => part.checkVisibility()).map((part) => part.getBoundingClientRect().bottom))"""
# Words of the pictures that are shown: those that are cut off, or lie on each other.
UNREADABLE = """() => [...document.querySelectorAll('svg')].filter((svg) => svg.checkVisibility())
  .flatMap((svg) => {
    const all = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')].map((text) => [
      text.textContent, text.getBoundingClientRect()]);
    const cut = texts.filter(([_, box]) => box.left < all.left - 1 || box.right > all.right + 1
      || box.top < all.top - 1 || box.bottom > all.bottom + 1);
    const met = texts.filter(([_, one], i) => texts.slice(i + 1).some(([_, other]) =>
      one.left < other.right - 1 && other.left < one.right - 1
      && one.top < other.bottom - 4 && other.top < one.bottom - 4));
    return [...cut, ...met].map(([words]) => words);
  })"""


def shoot(page: Page, name: str) -> None:
    """A screenshot of a page from its top to its end, to be looked at."""
    assert page.viewport_size is not None
    size = (page.viewport_size["width"], page.viewport_size["height"])
    page.set_viewport_size({"width": size[0], "height": TALL})
    if page.url.startswith("http"):
        settled(page)
    height = min(TALL, page.evaluate(LOWEST) + 20)
    SCREENSHOTS.mkdir(exist_ok=True)
    clip: FloatRect = {"x": 0, "y": 0, "width": size[0], "height": height}
    page.screenshot(path=SCREENSHOTS / f"challenge-{name}-{size[0]}.png", clip=clip)
    page.set_viewport_size({"width": size[0], "height": size[1]})


def fits(page: Page) -> None:
    """Nothing is wider than the window."""
    wait_for(lambda: page.evaluate(TOO_WIDE) <= 0, "a page as wide as its window")


def train_two_runs(page: Page, address: str) -> None:
    """In the Lab, from two links to settings; then both are in the table of Compare."""
    for units in (4, 16):
        open_lab(page, f"{address}/{NET}&hidden_size={units}")
        button(page, "Train").click()
        finish(page)
        settled(page)
    shoot(page, "lab")
    page.get_by_role("link", name="Compare", exact=True).first.click()
    for number, units in ((2, 16), (1, 4)):
        row = page.locator(f"{TABLE}[data-number='{number}']")
        expect(row).to_contain_text(f"RNN {units}")
    expect(page.locator(".st-key-overlaid [data-draws]")).to_be_visible()
    expect(page.locator(".st-key-compare_names tbody")).to_be_visible()
    fits(page)
    shoot(page, "compared")


def pick(page: Page, key: str, option: str) -> None:
    """Choose from a box."""
    open_box(page.locator(f".st-key-{key} input"))
    page.get_by_role("option", name=option, exact=True).click()
    settled(page)


def plan_and_bet(page: Page) -> None:
    """A small experiment: two sizes, one seed, two splits; the bet is on the larger one."""
    pick(page, "experiment_factor", "Hidden size")
    for key, text in (
        ("levels_hidden_size", "4 16"),
        ("number_experiment_seeds", "1"),
        ("number_experiment_splits", "2"),
    ):
        box = page.locator(f".st-key-{key} input")
        box.fill(text)
        box.press("Enter")
        settled(page)
    expect(page.get_by_text("4 members", exact=False).first).to_be_visible()
    expect(page.get_by_text("they take about", exact=False)).to_be_visible()
    pick(page, "bet_lower", "Hidden size 16")
    page.locator(".st-key-number_bet_difference input").fill("0.2")
    page.locator(".st-key-number_bet_difference input").press("Enter")
    settled(page)
    shoot(page, "plan")
    button(page, "Place the bet").click()
    expect(page.get_by_text(BET, exact=False)).to_be_visible()


def start(page: Page) -> str:
    """Start it, and wait for the verdict; its words."""
    expect(button(page, "Start the experiment")).to_be_enabled()
    button(page, "Start the experiment").click()
    expect(page.get_by_text("The verdict", exact=True)).to_be_visible()
    for key in ("experiment_curves", "experiment_bet"):
        expect(page.locator(f".st-key-{key} [data-draws]")).to_be_visible()
    settled(page)
    fits(page)
    shoot(page, "verdict")
    words = page.locator(".st-key-experiments").inner_text()
    return re.findall(r"The verdict\n+(.*?)\n+Your bet", words, re.DOTALL)[0]


def open_the_exam(page: Page) -> None:
    """With the run of the best member."""
    button(page, "Open the best member's run").click()
    button(page, "Go to the final exam").click()
    button(page, "Open the exam").click()
    expect(page.get_by_text("final exam (test loss)")).to_be_visible()
    settled(page)
    fits(page)
    shoot(page, "exam")


def take_home(page: Page, folder: Path) -> Path:
    """The report, with a title, a name and sentences typed just before."""
    page.get_by_text("Take this experiment home").click()
    for name, text in (("Title of the report", "Does size matter?"), ("Your name", "Ada")):
        page.get_by_role("textbox", name=name).fill(text)
        page.keyboard.press("Tab")
        settled(page)
    # The click on the button is what ends the typing in this box.
    page.get_by_role("textbox", name="Your own sentences").fill("I expected more.")
    with page.expect_download() as found:
        button(page, "Report of the experiment").click()
    assert found.value.suggested_filename == "dino-experiment.html"
    path = folder / found.value.suggested_filename
    found.value.save_as(path)
    settled(page)
    shoot(page, "home")
    return path


def read(page: Page, path: Path, verdict: str) -> None:
    """The file, opened without a server: all of it is there, nothing is cut or too wide."""
    page.goto(path.as_uri())
    expect(page.get_by_role("heading", name="Does size matter?")).to_be_visible()
    text = page.locator("main").inner_text()
    for words in ("Ada", "I expected more.", BET, *verdict.splitlines(), "nats off"):
        assert words.strip() in text, words
    assert "Opened with the run of the best member:" in text
    assert "You have opened this exam once in this visit." in text
    assert page.locator("svg.bands:visible").count() == 1
    assert page.locator("svg.bands:visible polygon").count() == 2
    assert page.locator("ul.names li").count() == 20
    assert page.evaluate(TOO_WIDE) <= 0 and page.evaluate(UNREADABLE) == []
    shoot(page, "report")


def print_it(page: Page, path: Path) -> None:
    """On A4, a few sheets of it."""
    paper = page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert 1 <= len(boxes) <= 6
    assert all(abs(float(w) - 595) < 1.5 and abs(float(h) - 842) < 1.5 for w, h in boxes)
    path.write_bytes(paper)


@pytest.mark.long
@pytest.mark.parametrize(
    ("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop-light", "phone-dark"]
)
def test_the_challenge_from_the_first_run_to_the_printed_report(
    page: Page,
    address: str,
    tmp_path: Path,
    size: tuple[int, int],
    scheme: Literal["light", "dark"],
) -> None:
    adapt(page, size, color_scheme=scheme)
    train_two_runs(page, address)
    plan_and_bet(page)
    verdict = start(page)
    open_the_exam(page)
    report = take_home(page, tmp_path)
    read(page, report, verdict)
    print_it(page, SCREENSHOTS / f"challenge-report-{size[0]}.pdf")


def test_the_notebooks_table_leads_to_its_experiment_in_view_and_a_later_visit_to_the_top(
    page: Page, address: str
) -> None:
    """The Lab has no such component, so that the one of Compare is new when its page is opened."""
    open_lab(page, f"{address}/?{urlencode(PRESETS['notebook-as-written'].config.to_url())}")
    page.get_by_role("button", name="Again with five seeds").click()
    title = page.locator(".st-key-experiments")
    expect(page.locator(".st-key-levels_context input")).to_have_value("1 all")
    wait_for(lambda: 0 <= title.evaluate("it => it.getBoundingClientRect().top") < 300, "the box")
    for name in ("Lab", "Compare"):
        page.locator(".st-key-page_top").get_by_role("link", name=name).click()
        settled(page)
    assert title.evaluate("it => it.getBoundingClientRect().top") > 300
