"""Whether axe finds anything serious: on every page, tab and lesson, in both themes, on a phone.

axe (https://github.com/dequelabs/axe-core) looks for what keeps people out, such as words of too
little contrast, controls without a name, lists that are none. It cannot judge all of that.
"""

from __future__ import annotations

from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import (
    DESKTOP,
    IN_A_BROWSER,
    PHONE,
    SharedApp,
    SharedBrowser,
    adapt,
    button,
    finish,
    open_lab,
    settled,
    visitor,
)
from playwright.sync_api import Page, expect
from sampling import one_in
from waiting import wait_for

from dino.lessons.reading import lessons
from dino.pages.data.tabs import TABS as DATA
from dino.pages.learn.part_table import PARTS

pytestmark = IN_A_BROWSER
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
SERIOUS = ("serious", "critical")
# What is Streamlit's own and cannot be mended here: the rule, a part of the selector, and why.
STREAMLITS = (
    (
        "scrollable-region-focusable",
        ".katex-display",
        "a formula wider than its column: nothing in st.latex makes it focusable, and a browser "
        "whose keys scroll it (Chromium from 130, Firefox) does so by itself",
    ),
    (
        "color-contrast",
        'span[aria-hidden="true"]',
        "the words over choices that are off: pale as they are, which WCAG 1.4.3 allows, but only "
        "the choices are marked as disabled",
    ),
)
INSIDE = ("name", "letters", "memory", "units", "gradient", "weights", "two")
PAGES = ("", "data", "inside", "compare", "learn")
PLACES = [
    *("", "compare", "learn"),
    *(f"data?tab={tab}" for tab in DATA),
    *(f"inside?tab={tab}" for tab in INSIDE),
    *(f"learn?tab={key}" for key in (*PARTS, *lessons("en"))),
]
PATH = "() => location.pathname"
WORDED = """() => {
  const parts = ['.dino-live-network .inside', '.dino-live .measured > summary'];
  return location.pathname !== '/' || parts.every(
    (it) => document.querySelector(it)?.textContent.trim());
}"""
IS_DARK = "() => matchMedia('(prefers-color-scheme: dark)').matches"
GROUND = "() => getComputedStyle(document.querySelector('.stApp')).backgroundColor"


@pytest.fixture(scope="module")
def cookies(shared_browser: SharedBrowser, shared_app: SharedApp) -> list[Any]:
    """Those of a visitor with two short runs."""
    with visitor(shared_browser.home()) as (page, found):
        for seed in (0, 1):
            open_lab(page, f"{shared_app.address()}/?max_steps=60&batch_size=8&seed={seed}")
            button(page, "Train").click()
            finish(page)
            settled(page)
    return found


def violations(page: Page) -> list[str]:
    """What axe finds that is serious, and finds again: the rule, where, and what is wrong.

    The glossary's button is on every page. Like all parts, it has its words once its code has come.
    """
    expect(page.locator(".glossary .open[title]")).to_be_visible()
    wait_for(lambda: page.evaluate(WORDED), "the words of the Lab's parts")
    for _ in range(3):
        if not (found := _violations(page)):
            break
        settled(page)
    return found


def _violations(page: Page) -> list[str]:
    options = {"resultTypes": ["violations"]}
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']} {node['html'][:200]}"
        for each in Axe().run(page, options=options).response["violations"]
        for node in each["nodes"]
        if each["impact"] in SERIOUS and not is_streamlits(each["id"], str(node["target"]))
    ]


def is_streamlits(rule: str, where: str) -> bool:
    """Whether it is one of `STREAMLITS`."""
    return any(rule == theirs and part in where for theirs, part, _ in STREAMLITS)


def look(page: Page, size: tuple[int, int], scheme: Scheme) -> list[str]:
    """What axe finds in this size and theme, once the page has them."""
    ground, was_dark = page.evaluate(GROUND), page.evaluate(IS_DARK)
    adapt(page, size, scheme)
    if was_dark != (scheme == "dark"):
        wait_for(lambda: page.evaluate(GROUND) != ground, "the other theme")
    settled(page)
    return [f"{scheme}, {size[0]} pixels: {it}" for it in violations(page)]


@pytest.mark.parametrize("place", one_in(3, PAGES))
def test_no_page_has_a_serious_violation(
    page: Page, address: str, cookies: list[Any], place: str
) -> None:
    page.context.add_cookies(cookies)
    page.goto(f"{address}/{place}")
    settled(page)
    found = violations(page)
    assert not found, "\n".join(found)


@pytest.mark.long
@pytest.mark.parametrize("place", PLACES)
def test_no_tab_and_no_lesson_has_one_in_any_theme_and_size(
    page: Page, address: str, cookies: list[Any], place: str
) -> None:
    page.context.add_cookies(cookies)
    page.goto(f"{address}/{place}")
    settled(page)
    found = [
        it for size in (DESKTOP, PHONE) for scheme in SCHEMES for it in look(page, size, scheme)
    ]
    assert not found, "\n".join(found)


@pytest.mark.long
def test_no_page_has_one_while_a_run_trains(page: Page, address: str) -> None:
    open_lab(page, f"{address}/?max_steps=100000")
    button(page, "Train").click()
    expect(button(page, "Pause")).to_be_visible()
    found = []
    for place in PAGES:
        adapt(page)
        title = place.capitalize() or "Lab"
        page.get_by_role("link", name=title, exact=True).first.click()
        wait_for(lambda place=place: page.evaluate(PATH) == f"/{place}", title)
        for size in (DESKTOP, PHONE):
            found += [it for scheme in SCHEMES for it in look(page, size, scheme)]
    assert not found, "\n".join(found)
