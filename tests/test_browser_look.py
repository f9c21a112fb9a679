"""A page at several sizes, in both themes and languages: nothing is cut, covered or too pale."""

from __future__ import annotations

import pytest
from browser import DESKTOP, IN_A_BROWSER, button, finish, open_lab
from playwright.sync_api import Page, expect

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


@pytest.mark.long
def test_a_long_run_ends_with_the_names_of_its_last_step_and_no_step_is_cut(
    page: Page, address: str
) -> None:
    open_lab(page, address + "?max_steps=12000&hidden_size=4&batch_size=1&average=0")
    button(page, "Train").click()
    finish(page)
    expect(page.locator(".dino-live .when")).to_contain_text("Step 12,000 ")
    last = page.locator(".dino-live .moments tbody tr").last
    expect(last.locator("td").first).to_have_text("12,000")
    for size in (DESKTOP, (1280, 800), (390, 844)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert page.evaluate(CUT, 1) == []


@pytest.mark.parametrize("language", ["en", "es"])
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
