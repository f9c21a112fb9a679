"""Links to give away, in a real browser: copied, as a QR code, opened by somebody else."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from browser import (
    IN_A_BROWSER,
    PHONE,
    adapt,
    button,
    finish,
    href,
    metric,
    new_page,
    open_lab,
    settled,
)
from playwright.sync_api import Browser, Page, expect
from waiting import wait_for

from dino.saved.saved_run import from_bytes
from dino.ui.component import HERE, code

pytestmark = IN_A_BROWSER


def shared(page: Page, name: str) -> str:
    """Open the dialog of a link by its button, copy the link there, and close it."""
    page.evaluate("""() => {
        window.copied = "";
        navigator.clipboard.writeText = async (text) => { window.copied = text; };
    }""")
    button(page, name).click()
    dialog = page.get_by_role("dialog", name=name)
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Copy", exact=True).click()
    expect(dialog.get_by_role("button", name="Copied", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    return str(page.evaluate("window.copied"))


@pytest.mark.long
def test_a_link_to_settings_trains_ones_own_run_and_a_link_to_a_run_only_shows_it(
    page: Page, chrome: Browser, address: str
) -> None:
    open_lab(page, address + "/?hidden_size=16&max_steps=200")
    button(page, "Train").click()
    finish(page)
    settled(page)
    link, run = shared(page, "Link to these settings"), shared(page, "Show my run")
    assert link.startswith(address) and "hidden_size=16" in link and "run=" not in link
    other = new_page(chrome)
    open_lab(other, link)
    button(other, "Train").click()
    finish(other)
    expect(other.get_by_text("another browser controls", exact=False)).to_be_hidden()
    other.goto(run)
    expect(other.get_by_text("another browser controls", exact=False)).to_be_visible()
    other.close()


@pytest.mark.long
def test_a_link_from_inside_says_what_a_part_of_the_page_shows_now(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/inside")
    button(page, "Train one in two seconds").click()
    expect(page.locator(".st-key-inside_hidden [data-draws]")).to_be_visible()
    page.locator(".st-key-morph tbody tr").nth(1).click()
    page.locator(".st-key-tool").get_by_text("Units", exact=True).click()
    settled(page)
    link = shared(page, "Link to these settings")
    assert "row=2" in link and "tab=units" in link and "run=" not in link


@pytest.mark.long
def test_a_class_reads_the_link_from_the_screen(page: Page, address: str) -> None:
    open_lab(page, address + "/?level=simple")
    expect(page.get_by_text("This link hides these settings", exact=False)).to_be_visible()
    expect(page.locator(".st-key-preset")).to_have_count(0)
    button(page, "Link to these settings").click()
    dialog = page.get_by_role("dialog", name="Link to these settings")
    button(page, "Show a QR code").click()
    code = dialog.get_by_role("img", name="Link to these settings").locator("svg")
    expect(code).to_be_visible()
    box = code.bounding_box()
    assert box is not None and box["width"] > 250 and abs(box["width"] - box["height"]) < 2
    assert dialog.get_by_role("textbox").input_value() == href(page).split("&by=")[0]


# The component alone, with the code of an earlier link.
SHARING = """async ([source, html]) => {
    document.body.innerHTML = html;
    const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
    const module = await import(url);
    window.draw = (link) => void module.default({
        data: [{words: {close: "Close", qr: "QR", copy: "Copy"}, links: [
            {kind: "settings", title: "Link", words: "", link, qr: `code of ${link}`}]}],
        parentElement: document.body, setTriggerValue: () => {}});
    draw("/?seed=1");
}"""


def test_a_code_is_never_that_of_an_earlier_link(chrome: Browser) -> None:
    with closing(new_page(chrome)) as page:
        page.route("**/*", lambda route: route.fulfill(content_type="text/html", body="<p></p>"))
        page.goto("http://localhost/")
        html = (HERE / "share.html").read_text(encoding="utf-8")
        page.evaluate(SHARING, [code("share"), html])
        page.evaluate("window.dinoAddress = { link: '/?seed=2' }")
        button(page, "Link").click()
        button(page, "QR").click()
        expect(page.get_by_role("textbox")).to_have_value("http://localhost/?seed=2")
        shown = page.locator(".code")
        assert shown.inner_text() == ""  # until the server has made it
        page.evaluate("draw('/?seed=2')")
        assert shown.inner_text() == "code of /?seed=2"


@pytest.mark.long
def test_on_a_phone_the_dialog_fits_and_the_links_to_all_pages_are_one_line(
    chrome: Browser, address: str
) -> None:
    page = new_page(chrome, PHONE, has_touch=True)
    for language in ("es", "en"):
        page.goto(f"{address}/inside?lang={language}")
        expect(page.locator(".st-key-page_glossary .label")).to_be_attached()
        links = page.locator(".st-key-page_top a").all()
        boxes = [box for link in links if (box := link.bounding_box())]
        assert len(boxes) == 5 and len({box["y"] for box in boxes}) == 1
        # What has no room beside them, the glossary and the language, has a second line.
        top = page.locator(".st-key-page_top").bounding_box()
        assert top is not None and top["height"] < 85  # of 40 pixels each, as a finger needs
    button(page, "Link to these settings").click()
    dialog = page.get_by_role("dialog", name="Link to these settings")
    wait_for(lambda: dialog.bounding_box(), "the dialog")
    box = dialog.bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= PHONE[0]
    page.close()


@pytest.mark.long
def test_a_run_is_taken_home_as_files_and_a_colleague_trains_it_on(
    page: Page, address: str, tmp_path: Path
) -> None:
    open_lab(page, address + "/?hidden_size=16&max_steps=200")
    button(page, "Train").click()
    finish(page)
    page.get_by_text("Take this run home").click()
    page.get_by_role("textbox", name="Your name").fill("Ada")
    # The click on the button is what ends the typing in this box.
    page.get_by_role("textbox", name="Your own sentences").fill("One seed decides nothing.")
    for name, start in (("Report", b"<!doctype html>"), ("Saved run", b"")):
        with page.expect_download() as found:
            button(page, name).click()
        data = found.value.path().read_bytes()
        assert data.lower().startswith(start) and len(data) > 5_000
        if name == "Report":
            assert b"Ada" in data and b"One seed decides nothing." in data
        else:
            assert from_bytes(data).packed is not None
    file = tmp_path / "my *run*.safetensors"
    file.write_bytes(data)
    page.context.clear_cookies()  # the next page is a colleague's
    other = adapt(page.context.new_page())
    open_lab(other, address)
    other.get_by_text("Open a saved run").click()
    other.locator(".st-key-open_box input[type=file]").set_input_files(file)
    expect(other.get_by_text("was opened from the file “my *run*”.", exact=False)).to_be_visible()
    expect(other.get_by_text("Finished", exact=False)).to_be_visible()
    assert metric(other, "names_seen") == "6,400" and "run=1" in href(other)
    settled(other)
    button(other, "Train further").click()
    wait_for(lambda: metric(other, "names_seen") == "12,800", "as many steps again")
