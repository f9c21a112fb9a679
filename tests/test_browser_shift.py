"""While a page loads, what one sees of it stays where it is: Data, Inside, Compare, Learn."""

from __future__ import annotations

import pytest
from browser import IN_A_BROWSER, adapt, box_at_rest, button, finish, new_page, open_lab, settled
from layout_shift import median_shift
from playwright.sync_api import Page, expect

pytestmark = IN_A_BROWSER
SIZES = (1280, 800), (390, 664)
MOST = 0.1  # what Chrome calls good
DRAWN = {  # what each page is complete with; without a run the example instead
    "data": ".st-key-data_panel",
    "inside": ".st-key-inside .main-svg",
    "compare": ".st-key-compare .main-svg",
    "learn": ".st-key-learn",
}
WAITING = "[data-testid=stMain] [data-testid=stSkeleton]"


def complete(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/{name}")
    expect(page.locator(DRAWN[name]).first).to_be_attached()
    settled(page)
    expect(page.locator(WAITING)).to_have_count(0)
    box_at_rest(page.locator(DRAWN[name]).first)


@pytest.fixture(scope="module")
def runner(shared_app, shared_browser):
    """The cookies of a visitor who has a run."""
    context = shared_browser.home().browser.new_context()
    page = adapt(context.new_page())
    open_lab(page, shared_app.address())
    button(page, "Train").click()
    finish(page)
    yield context.cookies()
    context.close()


@pytest.mark.long
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("with_run", [False, True])
@pytest.mark.parametrize("name", DRAWN)
def test_a_page_that_loads_shifts_little(chrome, address, runner, name, with_run, size) -> None:
    def load() -> Page:
        page = new_page(chrome, size)  # of a context of its own, which has nothing of the app yet
        page.context.add_cookies(runner if with_run else [])
        complete(page, address, name)
        return page

    assert median_shift(load) < MOST
