"""The first screen in a real browser: one call, four figures, and no number that is to be guessed;
what loss is, and which curve is which, is in it in each language.
"""

from __future__ import annotations

import pytest
from browser import DESKTOP, IN_A_BROWSER, adapt, button, open_lab, settled
from playwright.sync_api import Browser, Page, expect

from dino.config import OPTIMIZERS
from dino.live.status_figures import LABELS
from dino.locale.sentences import languages

pytestmark = IN_A_BROWSER
ALWAYS = [key for key, label in LABELS.items() if label.always]
# All that can be read or heard of a page, in tooltips, charts and hidden parts, too; not its help.
TOLD = """() => {
  const parts = [...document.querySelectorAll('.stApp *')].filter(
    part => !part.closest('script, style, .dino-glossary'));
  const attributes = parts.flatMap(part => ['title', 'aria-label', 'alt'].map(
    name => part.getAttribute(name) ?? ''));
  const texts = parts.flatMap(part => [...part.childNodes].filter(
    node => node.nodeType === Node.TEXT_NODE).map(node => node.data));
  return [...attributes, ...texts].join('\\n');
}"""
PLACES = """() => [...document.querySelectorAll('.dino-live .figure, .dino-live .halves > *')].map(
    part => JSON.stringify(part.getBoundingClientRect()))"""


def test_before_the_first_run_there_is_one_call_and_nothing_tells_the_first_loss(
    page: Page, address: str
) -> None:
    open_lab(page, address)
    call, jump = page.locator(".dino-run-buttons .call"), page.locator(".dino-run-buttons .jump")
    expect(call).to_contain_text("Press Train")
    expect(jump).to_be_hidden()
    expect(page.locator(".st-key-live .dino-plot")).to_contain_text("triples")  # all is counted
    told = page.evaluate(TOLD)
    assert "Untrained. Its weights are random" in told and "Update 0 · untrained" in told
    for words in ("3.30", "3.3 ", "guessing", "uniform", "same probability", "unequal", "Above"):
        assert words not in told, words
    row = page.locator(".st-key-first_row").inner_text()
    assert str(OPTIMIZERS["adam"].formula) not in row
    page.locator(".st-key-optimizer [data-testid=stTooltipHoverTarget]").hover()
    expect(page.get_by_role("tooltip")).to_contain_text("w ← w − η·m̂/(√ŝ + ε)")
    button(page, "Train").click()
    expect(call).to_be_hidden()
    expect(jump).to_be_visible()
    expect(page.locator(".st-key-live .dino-plot")).to_contain_text("guessing 3.30")
    button(page, "Reset").click()
    expect(page.get_by_text("Untrained. Its weights are random", exact=False)).to_be_visible()
    expect(call).to_be_hidden()  # who has trained knows how


def test_four_figures_are_seen_and_the_others_come_without_moving_anything(
    page: Page, address: str
) -> None:
    open_lab(page, address)
    settled(page)
    figures = page.locator(".dino-live .figure:visible")
    keys = "(all) => all.map((it) => it.dataset.label)"
    assert figures.evaluate_all(keys) == ALWAYS
    more, before = button(page, "more"), page.evaluate(PLACES)
    expect(more).to_have_attribute("aria-expanded", "false")
    more.press("Enter")
    expect(more).to_have_attribute("aria-expanded", "true")
    assert figures.evaluate_all(keys) == [*LABELS]
    assert page.evaluate(PLACES) == before
    open_lab(page, page.url)
    expect(more).to_have_attribute("aria-expanded", "true")
    more.click()
    assert figures.evaluate_all(keys) == ALWAYS


@pytest.mark.long
@pytest.mark.parametrize("locale", languages())
def test_the_first_screen_says_what_loss_is_and_which_curve_is_which(
    chrome: Browser, address: str, locale: str
) -> None:
    page = adapt(chrome.new_context(locale=locale).new_page(), DESKTOP)
    page.goto(address)
    expect(page.locator(".dino-live dl.lines dd")).to_have_count(4)
    expect(page.locator(".dino-run-buttons .main")).to_be_enabled()
    settled(page)
    for line in page.locator(".dino-live dl.lines dd").all()[:2]:
        box = line.bounding_box()
        assert box and box["y"] + box["height"] <= DESKTOP[1]
