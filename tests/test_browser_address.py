"""The address in a real browser: what Back, Forward, a reload and another browser find."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from browser import (
    IN_A_BROWSER,
    SharedApp,
    SharedBrowser,
    adapt,
    app,
    button,
    home,
    href,
    new_page,
    settled,
    watch_link,
)
from load.web import HOST
from playwright.sync_api import Browser, Page, expect
from waiting import wait_for

from dino.ui.component import code

pytestmark = IN_A_BROWSER
SHORT = "?max_steps=40"


def said(page: Page) -> dict[str, str]:
    """The parameters of the address, and its path's last part as `on`."""
    path, query = page.evaluate("[location.pathname, location.search]")
    return {"on": path.rsplit("/", 1)[1], **dict(parse_qsl(query[1:]))}


def says(page: Page, **wanted: str | None) -> None:
    """Wait until the address says this; None: nothing under that name."""

    def holds() -> bool:
        found = said(page)
        return all(found.get(name) == value for name, value in wanted.items())

    wait_for(holds, f"an address that says {wanted}", progress=lambda: str(said(page)))


def entries(page: Page) -> int:
    """How many entries the browser's history has."""
    return page.evaluate("history.length")


def open_lab(page: Page, address: str, query: str = SHORT) -> None:
    """Open the Lab and wait until it takes clicks and its address is whole."""
    page.goto(f"{address}/{query}")
    page.wait_for_selector(".st-key-live [data-draws]")
    settled(page)


def ended(page: Page) -> None:
    """Wait until the run has used up its steps."""
    expect(page.locator(".dino-run-line .words")).to_contain_text("Finished")
    settled(page)


def train(page: Page, number: int) -> None:
    """Train the untrained network of the page to its end; it gets this number."""
    button(page, "Train").click()
    ended(page)
    says(page, run=str(number))


def train_another(page: Page, number: int) -> None:
    """A new run, with the settings as shown."""
    page.locator(".dino-run-buttons .reset").click()
    expect(button(page, "Train")).to_be_enabled()
    says(page, run=None)
    train(page, number)


def go(page: Page, name: str) -> None:
    """Click the link to a page."""
    page.get_by_role("link", name=name, exact=True).click()
    says(page, on="" if name == "Lab" else name.lower())
    settled(page)


def choose_cell(page: Page, label: str) -> None:
    page.locator(".st-key-cell").get_by_text(label, exact=True).click()
    says(page, cell=None if label == "RNN" else label.lower())


def tab(page: Page, key: str, label: str) -> None:
    """Click a tab."""
    page.locator(f".st-key-{key}").get_by_text(label, exact=True).click()
    settled(page)


def present(page: Page) -> str:
    """The number of the run that the table of runs calls the present one."""
    return page.evaluate("document.querySelector('.dino-runs .present')?.dataset.number ?? ''")


def seen(page: Page) -> str:
    """How far a page is: its address, its table of runs, its words on the present one."""
    return str(
        page.evaluate("""() => ({
            address: location.href,
            runs: document.querySelectorAll(".dino-runs tbody tr[data-number]").length,
            words: document.querySelector(".dino-run-line .words")?.innerText,
            notices: document.querySelector(".st-key-notice_box")?.innerText,
            script: document.querySelector(".stApp")?.dataset.testScriptState,
            connection: document.querySelector(".stApp")?.dataset.testConnectionState,
        })""")
    )


def shows_run(page: Page, number: int) -> None:
    wait_for(
        lambda: present(page) == str(number),
        f"run {number} on the page",
        progress=lambda: seen(page),
    )


@pytest.fixture
def other(chrome: Browser) -> Iterator[Page]:
    """A page of another browser."""
    opened = new_page(chrome)
    yield opened
    opened.close()


@pytest.mark.long
def test_ten_changed_settings_and_one_back_leads_to_the_page_before(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/data")
    says(page, on="data", tab="names")
    settled(page)
    go(page, "Lab")
    before = entries(page)
    for label in ("GRU", "LSTM", "RNN") * 3 + ("GRU",):
        choose_cell(page, label)
    assert entries(page) == before
    page.go_back()
    says(page, on="data", tab="names", cell="gru")  # and nothing that was set is lost
    expect(page.locator(".st-key-data_tool")).to_be_visible()
    page.go_forward()
    says(page, on="", cell="gru")
    expect(page.locator(".st-key-live")).to_be_visible()


@pytest.mark.long
def test_back_and_forward_lead_over_pages_and_tabs(page: Page, address: str) -> None:
    open_lab(page, address)
    train(page, 1)
    went = [{"on": "", "tab": None}]
    go(page, "Data")
    for tool, label in (("letters", "Letters"), ("split", "Split")):
        tab(page, "data_tool", label)
        says(page, tab=tool)
        went.append({"on": "data", "tab": tool})
    go(page, "Inside")
    says(page, tab="name")
    went.append({"on": "inside", "tab": "name"})
    tab(page, "tool", "Units")
    says(page, tab="units")
    before = entries(page)
    page.go_back()
    says(page, on="inside", tab="name")
    expect(page.locator(".st-key-tool [aria-checked=true]")).to_have_text("The picked name")
    page.go_back()
    says(page, on="data", tab="split")
    expect(page.locator(".st-key-data_tool [aria-checked=true]")).to_have_text("Split")
    page.go_back()
    says(page, on="data", tab="letters")
    expect(page.locator(".st-key-data_tool [aria-checked=true]")).to_have_text("Letters")
    page.go_back()  # the tab that the page began with
    page.go_back()
    says(page, on="", run="1")
    expect(page.locator(".st-key-live")).to_be_visible()
    for step in went[1:]:
        if step == went[1]:
            page.go_forward()
        page.go_forward()
        says(page, **step)
    assert entries(page) == before


@pytest.mark.long
def test_back_and_forward_lead_over_runs_with_their_settings(page: Page, address: str) -> None:
    open_lab(page, address)
    train(page, 1)
    before = entries(page)
    choose_cell(page, "LSTM")
    train_another(page, 2)
    assert entries(page) == before + 1  # the untrained network between them is no entry
    choose_cell(page, "GRU")
    says(page, run="2", cell="gru")  # else the step back would leave an entry without it
    page.go_back()
    says(page, run="1", cell="lstm")
    shows_run(page, 1)
    page.go_forward()
    says(page, run="2", cell="gru")
    shows_run(page, 2)
    page.locator(".dino-runs [data-number='1'] button.open").click()
    says(page, run="1", cell=None)  # a run is opened with its recipe
    shows_run(page, 1)
    page.go_back()
    says(page, run="2", cell="gru")
    assert entries(page) == before + 2


@pytest.mark.long
def test_quick_steps_back_come_to_rest_where_the_address_says(page: Page, address: str) -> None:
    open_lab(page, address)
    train(page, 1)
    go(page, "Inside")
    for label in ("Memory", "Units", "Weights"):
        tab(page, "tool", label)
        says(page, tab=label.lower())
    page.evaluate("history.back(); setTimeout(() => history.back(), 60)")
    says(page, on="inside", tab="memory")
    expect(page.locator(".st-key-tool [aria-checked=true]")).to_have_text("Memory")
    settled(page)
    says(page, tab="memory")


@pytest.mark.long
def test_a_reload_shows_the_run_of_the_address(page: Page, address: str) -> None:
    open_lab(page, address)
    train(page, 1)
    for number in (2, 3):
        train_another(page, number)
    page.reload()
    shows_run(page, 3)
    says(page, run="3", max_steps="40")
    ended(page)
    page.goto(f"{address}/?run=2")
    shows_run(page, 2)


@pytest.mark.long
def test_in_another_browser_the_number_is_a_link_to_the_settings(
    page: Page, other: Page, address: str
) -> None:
    open_lab(page, address, SHORT + "&hidden_size=25")
    train(page, 1)
    open_lab(other, address)
    train(other, 1)  # it has a run of that number, too
    link = page.evaluate("location.href")
    other.goto(link)
    other.wait_for_selector(".st-key-live [data-draws]")
    says(other, run=None, hidden_size="25")
    expect(other.locator(".st-key-notice_box")).to_have_count(0)
    train(other, 2)
    says(page, run="1")


@pytest.mark.long
def test_a_watch_link_lets_another_browser_watch(page: Page, other: Page, address: str) -> None:
    open_lab(page, address)
    train(page, 1)
    train_another(page, 2)
    for number in (2, 1):  # the present run, and one that is only kept
        link = watch_link(page, f"[data-number='{number}']")
        other.goto(link)
        expect(other.get_by_text("another browser controls", exact=False)).to_be_visible()
        ended(other)
        token = said(other)["run"]
        assert len(token) == 16
        other.reload()
        expect(other.get_by_text("another browser controls", exact=False)).to_be_visible()
        says(other, run=token)
    shows_run(page, 2)


@pytest.mark.long
def test_erasing_forgets_the_runs_wherever_the_history_leads(page: Page, address: str) -> None:
    open_lab(page, address)
    train(page, 1)
    go(page, "Inside")
    erase_all(page)
    says(page, run=None)
    page.go_back()
    says(page, on="", run=None)
    assert present(page) == ""
    page.goto(f"{address}/?run=1")
    page.wait_for_selector(".st-key-live [data-draws]")
    says(page, run=None)


def erase_all(page: Page) -> None:
    page.locator(".st-key-erase_runs button").first.click()
    page.get_by_role("button", name="Erase now").click()
    expect(page.locator(".st-key-notice_box")).to_contain_text("were erased")
    settled(page)


# The component without a server, which does not know the browser's key and does not answer.
ASKING = """async (source) => {
    const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
    const module = await import(url);
    window.asked = [];
    window.draw = (waits, visit) => module.default({
        data: [{visit, waits, asks: true, key: "", refused: [], erased: 0, language: "en"}],
        setTriggerValue: () => asked.push(performance.now())});
    draw(true, "first");
}"""


def test_a_page_whose_server_does_not_know_it_tells_it_ever_more_seldom(chrome: Browser) -> None:
    with closing(new_page(chrome)) as page:
        page.clock.install()
        page.evaluate(ASKING, code("address"))
        page.clock.run_for(300_000)
        asked = page.evaluate("asked")
        waits = [round((after - before) / 1000) for before, after in pairwise(asked)]
        assert waits[:5] == [2, 4, 8, 16, 30] and set(waits[5:]) == {30}, waits
        page.evaluate("draw(true, 'first')")  # the same question does not begin again
        assert len(page.evaluate("asked")) == len(asked)
        page.evaluate("draw(true, 'second')")  # another session is told at once
        page.clock.run_for(7000)
        assert len(page.evaluate("asked")) == len(asked) + 3


# The component of a page whose server says what the test has it say.
SAYING = """async (source) => {
    const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
    const module = await import(url);
    let at = 0;
    window.say = (run, steps) => module.default({
        data: [{visit: "one", at: at += 1, page: "lab", query: `run=${run}`, link: "",
            place: {run}, by: 1, steps, followed: steps ? `run=${run}` : "", followed_to: {run},
            key: "", refused: [], erased: 0, language: "en"}],
        setTriggerValue: () => {}});
}"""


def test_a_late_answer_to_a_repeated_step_does_not_touch_the_next_entry(chrome: Browser) -> None:
    with closing(new_page(chrome)) as page:
        page.route("**", lambda it: it.fulfill(content_type="text/html", body="<html></html>"))
        page.goto(f"http://{HOST}/")
        page.clock.install()
        page.evaluate(SAYING, code("address"))
        page.evaluate("say(1, 0); say(2, 0)")
        assert href(page).endswith("?run=2")
        before = entries(page)
        page.evaluate("history.back()")
        wait_for(lambda: href(page).endswith("?run=1"), "the first entry")
        page.clock.run_for(2100)  # the step is repeated, and the server follows it twice
        page.evaluate("say(1, 1)")
        page.evaluate("history.forward()")
        wait_for(lambda: href(page).endswith("?run=2"), "the second entry")
        page.evaluate("say(1, 2)")
        assert href(page).endswith("?run=2")
        page.evaluate("say(2, 3)")
        assert href(page).endswith("?run=2") and entries(page) == before
        page.evaluate("history.back()")
        wait_for(lambda: href(page).endswith("?run=1"), "the first entry once more")
        page.evaluate("say(1, 4); say(3, 4)")  # what comes next is written
        assert href(page).endswith("?run=3") and entries(page) == before


# Where cookies are blocked

BLOCKED = {"profile": {"default_content_setting_values": {"cookies": 2}}}


@contextmanager
def blocking_browser(folder: Path) -> Iterator[Page]:
    """A page of a browser that is set to block cookies; Chromium blocks the tab's storage then."""
    preferences = folder / "Default" / "Preferences"
    preferences.parent.mkdir()
    preferences.write_text(json.dumps(BLOCKED))
    with home(folder) as context:
        yield adapt(context.pages[0])


@pytest.fixture(params=["cookies", "cookies and storage"])
def blocked(
    request: pytest.FixtureRequest,
    shared_browser: SharedBrowser,
    shared_app: SharedApp,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[Page, str]]:
    """A page without cookies, and the app's address. Without cookies only: a server that sets
    none is to the app what such a browser is.
    """
    with ExitStack() as stack:
        if request.param == "cookies":
            shared_app.end()
            monkeypatch.delenv("DINO_HOST", raising=False)  # such a host forces the cookie
            monkeypatch.setenv("STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION", "false")
            address, _ = stack.enter_context(app())
            page = stack.enter_context(closing(new_page(shared_browser.home().browser)))
        else:
            address = shared_app.address()
            shared_browser.end()
            page = stack.enter_context(blocking_browser(tmp_path))
        yield page, address
        assert not page.context.cookies()


@pytest.mark.long
def test_without_cookies_a_reload_finds_the_runs_again(blocked: tuple[Page, str]) -> None:
    page, address = blocked
    open_lab(page, address)
    train(page, 1)
    train_another(page, 2)
    for _ in range(2):
        page.reload()
        shows_run(page, 2)
        says(page, run="2", max_steps="40")
    expect(page.locator(".dino-runs [data-number='1']")).to_be_visible()
    train_another(page, 3)
    page.go_back()
    shows_run(page, 2)


@pytest.mark.long
def test_without_cookies_erasing_erases_all(blocked: tuple[Page, str]) -> None:
    page, address = blocked
    open_lab(page, address)
    train(page, 1)
    go(page, "Inside")
    says(page, run="1", tab="name")
    page.reload()
    expect(page.locator(".st-key-inside_run")).to_be_visible()
    says(page, on="inside", run="1", tab="name")
    erase_all(page)
    says(page, run=None)
    page.goto(f"{address}/?run=1")
    page.wait_for_selector(".st-key-live [data-draws]")
    settled(page)
    says(page, run=None)
    assert present(page) == ""
