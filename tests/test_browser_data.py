"""The page Data in a real browser: paste, upload, broken files, other scripts, privacy."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from browser import (
    DESKTOP,
    IN_A_BROWSER,
    PHONE,
    ROOT,
    adapt,
    button,
    finish,
    href,
    new_page,
    settled,
    touched,
    watch_link,
)
from playwright.sync_api import Browser, Page, expect
from test_lists import SCRIPTS
from waiting import wait_for

from dino.charts.base import MOST_ROWS
from dino.data import load_bundled

pytestmark = IN_A_BROWSER
SCREENSHOTS = ROOT / "tests" / "screenshots"
TOOLS = ["Names", "Letters", "Repeats and suspects", "Dictionary", "One name, encoded", "Split"]
READY = {
    "Names": ".st-key-names td",
    "Letters": ".st-key-pairs [data-draws]",
    "Repeats and suspects": "text=four-letter counts",
    "Dictionary": ".st-key-to_symbol td",
    "One name, encoded": ".st-key-one_hot [data-draws]",
    "Split": ".st-key-val_side td",
}
WIDE = """() => [document.documentElement, ...document.querySelectorAll(
    '[data-testid=stMain], [data-testid=stAppViewContainer]')].filter(
    e => e.scrollWidth > e.clientWidth + 1).length"""
TOWNS = load_bundled("colombian-towns", keep_case=True).rows
# Elements and attributes that would be there if a name were read as HTML or Markdown.
TRACES = "[data-nasty], img[src^=nasty], a[href*='nasty.example'], strong:has-text('nasty')"
NASTY = [
    "<i data-nasty=1>x</i>",
    "<img src=nasty>",
    "[x](http://nasty.example)",
    "**nasty**",
    "$\\nasty$",
    ":red[nasty]",
    "=1+1",
    "<b>&amp;</b>",
]


def open_data(page: Page, address: str, query: str = "") -> None:
    """Open the page and wait for its names."""
    page.goto(f"{address}/data{query}")
    expect(page.locator(READY["Names"]).first).to_be_visible()


def choose(page: Page, title: str) -> None:
    page.locator(".st-key-data_list").get_by_text(title, exact=True).click()


def look_at(page: Page, tool: str) -> None:
    page.locator(".st-key-data_tool").get_by_text(tool, exact=True).click()
    expect(page.locator(".st-key-data_tool [aria-checked=true]")).to_have_text(tool)
    if tool in READY:
        expect(page.locator(READY[tool]).first).to_be_visible()


def paste(page: Page, names: list[str]) -> None:
    choose(page, "Your own")
    page.locator(".st-key-own_text textarea").fill("\n".join(names))
    button(page, "Check the names").click()


def use(page: Page, names: list[str]) -> None:
    """Paste a list and use it."""
    paste(page, names)
    button(page, "Use this list").click()
    expect(page.get_by_text("The next run uses Your list.")).to_be_visible()


def upload(page: Page, path: Path) -> None:
    choose(page, "Your own")
    page.locator(".st-key-own_how").get_by_text("Upload", exact=True).click()
    page.locator("input[type=file]").set_input_files(path)


def train(page: Page) -> None:
    """Train on the chosen list; the page goes to the Lab."""
    page.locator(".st-key-data_train button").click()
    finish(page)


@pytest.mark.long
def test_towns_are_learned_and_ñ_appears(page: Page, address: str) -> None:
    open_data(page, address)
    choose(page, "Colombian towns")
    expect(page.get_by_text("GeoNames", exact=False).first).to_be_visible()
    expect(page.get_by_text("The next run uses Colombian towns.")).to_be_visible()
    train(page)
    expect(page.get_by_text("Names: Colombian towns.", exact=False)).to_be_visible()
    expect(page.get_by_text("GeoNames", exact=False)).to_be_visible()
    page.locator(".st-key-number_count input").fill("100")
    page.locator(".st-key-number_count input").press("Enter")
    button(page, "Write").click()
    written = page.locator(".st-key-written td:first-child")
    expect(written).to_have_count(100)
    for _ in range(20):
        names = written.all_inner_texts()
        if any("ñ" in name for name in names):
            break
        button(page, "New random draws").click()
        wait_for(lambda old=names: written.all_inner_texts() != old, "other names")
    assert any("ñ" in name for name in names) and any(" " in name for name in names)
    box = page.locator(".st-key-prefix input")
    box.fill("San ")
    box.press("Enter")
    wait_for(
        lambda: all(name.startswith("san ") for name in written.all_inner_texts()),
        "names that begin so",
    )


@pytest.mark.long
def test_a_pasted_list_is_reported_used_and_outlives_a_reload(page: Page, address: str) -> None:
    open_data(page, address, "?max_steps=200")
    paste(page, [*TOWNS[:40], "", TOWNS[0], "x" * 80])
    report = page.locator(".st-key-own_report")
    expect(report).to_contain_text("rows read")
    expect(report.locator("tr", has_text="longer than 60")).to_contain_text("1")
    expect(report.locator("tr", has_text="repeat a name")).to_contain_text(TOWNS[0].lower())
    button(page, "Use this list").click()
    expect(page.get_by_text("The next run uses Your list.")).to_be_visible()
    train(page)
    settled(page)
    wait_for(lambda: "list=own" in href(page), "the address")
    page.reload()
    expect(page.get_by_text("Names: Your list.", exact=False).first).to_be_visible()
    page.get_by_role("link", name="Data").first.click()
    expect(page.locator(".st-key-names td").first).to_have_text(
        sorted(name.lower() for name in TOWNS[:40])[0]
    )


@pytest.mark.long
def test_a_list_of_ones_own_is_shown_to_its_own_browser_only(
    page: Page, chrome: Browser, address: str
) -> None:
    open_data(page, address)
    use(page, list(TOWNS[:40]))
    train(page)
    settled(page)
    shared = watch_link(page)
    other = new_page(chrome)
    other.goto(shared)
    expect(other.locator(".st-key-notice_box")).to_contain_text("its owner does not show it")
    expect(other.get_by_text("Untrained. Its weights are random", exact=False)).to_be_visible()
    assert "own" not in href(other)
    # the owner then trains on a bundled list: the earlier private run stays hidden, too
    page.locator(".st-key-list").get_by_role("combobox").click()
    page.get_by_role("option", name="Dinosaurs").click()
    button(page, "New run").click()
    expect(page.locator(".dino-runs th.group").last).to_contain_text("On other names: Your list")
    finish(page)
    other.goto(watch_link(page))
    expect(other.get_by_text("Finished", exact=False)).to_be_visible()
    for window, runs in ((page, 2), (other, 1)):
        window.get_by_role("link", name="Inside").first.click()
        window.locator(".st-key-inside_run").get_by_role("combobox").click()
        expect(window.get_by_role("option")).to_have_count(runs)
    other.close()


@pytest.mark.long
def test_files_are_read_or_refused_in_one_sentence(
    page: Page, address: str, tmp_path: Path
) -> None:
    open_data(page, address)
    text = "\n".join(TOWNS[:60])
    (tmp_path / "towns.txt").write_bytes(text.encode("utf-16"))
    upload(page, tmp_path / "towns.txt")
    report = page.locator(".st-key-own_report")
    expect(report.locator("tr", has_text="will be used")).to_contain_text("60")

    (tmp_path / "old.txt").write_bytes(text.encode("cp1252"))
    page.locator("input[type=file]").set_input_files(tmp_path / "old.txt")
    expect(page.locator(".st-key-own_preview")).to_contain_text("Abriaquí")
    expect(report).to_have_count(0)
    button(page, "This looks right. Read it as Latin-1 (Windows-1252)").click()
    expect(report.locator("tr", has_text="will be used")).to_contain_text("60")

    rows = "\n".join(f"{i};{name}" for i, name in enumerate(TOWNS[:60]))
    (tmp_path / "table.csv").write_text(f"id;nombre\n{rows}", encoding="utf-8")
    page.locator("input[type=file]").set_input_files(tmp_path / "table.csv")
    expect(page.locator(".st-key-own_table")).to_contain_text("Abejorral")
    # While a new file's column is drawn, the former one's is still on the page below it.
    column = page.locator("[class*=st-key-own_column]").get_by_role("combobox").first
    expect(column).to_have_value("2: nombre")  # found by its heading
    expect(report.locator("tr", has_text="will be used")).to_contain_text("abejorral")
    column.click()
    page.get_by_role("option", name="1: id").click()
    expect(report.locator("tr", has_text="will be used")).not_to_contain_text("abejorral")

    rows = "\n".join(f"{name};{i}" for i, name in enumerate(TOWNS[:60]))
    (tmp_path / "odd.csv").write_text(f"**b** <i>x</i> :red[y];$z$\n{rows}", encoding="utf-8")
    page.locator("input[type=file]").set_input_files(tmp_path / "odd.csv")
    expect(column).to_have_value("1: **b** <i>x</i> :red[y]")
    expect(page.locator(".st-key-own_table")).to_contain_text("2: $z$")

    refused = page.locator(".st-key-own_refused")
    (tmp_path / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 9)
    page.locator("input[type=file]").set_input_files(tmp_path / "picture.txt")
    expect(refused).to_contain_text("but “picture.txt” is not")
    (tmp_path / "short.txt").write_text("rex\nmei\n")
    page.locator("input[type=file]").set_input_files(tmp_path / "short.txt")
    expect(refused).to_contain_text("at least 20 distinct names")
    (tmp_path / "large.txt").write_bytes(b"a\n" * 700_000)
    page.locator("input[type=file]").set_input_files(tmp_path / "large.txt")
    expect(page.get_by_text("must be 1.0MB or smaller", exact=False)).to_be_visible()
    choose(page, "Dinosaurs")
    expect(page.get_by_text("The next run uses Dinosaurs.")).to_be_visible()


@pytest.mark.long
def test_nothing_of_a_list_is_markup_in_a_browser(page: Page, address: str) -> None:
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog), dialog.dismiss()))
    open_data(page, address)
    use(page, [f"{nasty}{chr(97 + i)}" for i in range(4) for nasty in NASTY])
    for tool in TOOLS:
        look_at(page, tool)
        assert page.locator(TRACES).count() == 0, tool
    look_at(page, "Letters")
    page.locator(".st-key-pairs").scroll_into_view_if_needed()
    box = page.locator(".st-key-pairs .xy").first.bounding_box()
    rows = page.locator(".st-key-pairs .ytick text").all_text_contents()
    place = (rows.index("<") + 0.5) / len(rows)
    page.mouse.move(box["x"] + 30, box["y"] + place * box["height"])
    expect(page.locator(".st-key-pairs .hoverlayer")).to_contain_text("follows < in")
    train(page)
    assert page.locator(TRACES).count() == 0
    page.get_by_role("link", name="Inside").first.click()
    expect(page.locator(".st-key-inside_probs [data-draws]")).to_be_visible()
    assert page.locator(TRACES).count() == 0 and not dialogs


@pytest.mark.long
def test_a_name_is_taken_out_and_put_back_by_a_click(page: Page, address: str) -> None:
    open_data(page, address)
    look_at(page, "Repeats and suspects")
    first = page.locator(".st-key-repeats tbody tr").first
    expect(first).to_contain_text("skeleton")
    settled(page)
    before = first.bounding_box()
    first.click()
    expect(page.get_by_text("The next run uses Dinosaurs, 1 removed.")).to_be_visible()
    expect(first).to_contain_text("(removed)")
    settled(page)
    assert first.bounding_box()["y"] == before["y"]  # the next click hits what it points at
    first.click()
    expect(page.get_by_text("The next run uses Dinosaurs.")).to_be_visible()


@pytest.mark.long
def test_joined_names_are_shown_with_their_halves_before_a_click_removes_them(
    page: Page, address: str
) -> None:
    open_data(page, address)
    look_at(page, "Repeats and suspects")
    removal = button(page, "I checked them. Remove 11 suspects")
    expect(removal).to_have_count(0)
    button(page, "Check the 11 joined names…").click()
    expect(page.get_by_text("aetonyxafromimus = aetonyx + afromimus")).to_be_visible()
    removal.click()
    expect(page.get_by_text("The next run uses Dinosaurs, 11 removed.")).to_be_visible()
    expect(page.locator(".st-key-check_joined")).to_have_count(0)
    button(page, "Put all back").click()
    expect(page.get_by_text("The next run uses Dinosaurs.")).to_be_visible()


@pytest.mark.long
def test_a_removal_that_leaves_too_few_is_refused_at_once(page: Page, address: str) -> None:
    open_data(page, address)
    use(page, [*TOWNS[:20], TOWNS[0]])
    look_at(page, "Repeats and suspects")
    page.locator(".st-key-repeats tbody tr").first.click()
    expect(page.locator(".st-key-notice_box")).to_contain_text("19 would be left")


def test_downloads_hold_the_list(page: Page, address: str) -> None:
    open_data(page, address)
    with page.expect_download() as txt:
        button(page, "This list as .txt").click()
    lines = Path(txt.value.path()).read_text(encoding="utf-8").split("\n")
    assert lines == list(load_bundled().rows)
    with page.expect_download() as table:
        page.locator(".st-key-as_csv button").first.click()
    assert (
        Path(table.value.path())
        .read_bytes()
        .startswith(b"\xef\xbb\xbfname,letters,rows,set\r\naachenosaurus,13,1,trained on\r\n")
    )


@pytest.mark.long
def test_a_phone_never_scrolls_sideways(page: Page, address: str) -> None:
    touched(page)
    open_data(page, address)
    for tool in TOOLS:
        look_at(page, tool)
        assert page.evaluate(WIDE) == 0, tool
    choose(page, "Your own")
    assert page.evaluate(WIDE) == 0


@pytest.mark.long
def test_a_long_list_of_many_symbols_leaves_the_page_quick(
    page: Page, address: str, tmp_path: Path
) -> None:
    rng = random.Random(0)
    letters = [
        chr(c)
        for c in (
            *range(0x61, 0x7B),
            *range(0x3B1, 0x3CA),
            *range(0x430, 0x450),
            *range(0x561, 0x587),
            *range(0x10D0, 0x10F1),
        )
    ]
    letters += [chr(c) for c in range(0xE0, 0x180) if chr(c).islower()][: 199 - len(letters)]
    weights = [20] * 26 + [1] * (len(letters) - 26)
    names = {"".join(rng.choices(letters, weights, k=rng.randint(7, 14))) for _ in range(50_000)}
    (tmp_path / "long.txt").write_text("\n".join(sorted(names)), encoding="utf-8")
    open_data(page, address)
    upload(page, tmp_path / "long.txt")
    used = page.locator(".st-key-own_report tr", has_text="will be used")
    expect(used).to_contain_text(f"{len(names):,}")
    button(page, "Use this list").click()
    expect(page.get_by_text("The next run uses Your list.")).to_be_visible()
    train(page)
    rows = page.locator(".st-key-probabilities .ytick text")
    expect(rows).to_have_count(MOST_ROWS)
    expect(rows.last).to_have_text(re.compile(r"\+\d+"))  # the rest in one row


@pytest.mark.long
@pytest.mark.parametrize(
    "script, size, scheme",
    [
        ("Latin", DESKTOP, "light"),
        ("Latin", PHONE, "light"),
        ("Latin", DESKTOP, "dark"),
        ("Latin", PHONE, "dark"),
        ("Chinese", DESKTOP, "light"),
        ("Chinese", PHONE, "dark"),
        ("Arabic", DESKTOP, "dark"),
        ("Arabic", PHONE, "light"),
    ],
)
def test_screenshots_to_look_at(
    page: Page, address: str, script: str, scheme: str, size: tuple[int, int]
) -> None:
    adapt(page, (size[0], 2000), color_scheme=scheme)
    open_data(page, address)
    SCREENSHOTS.mkdir(exist_ok=True)
    stem = f"data-{script.lower()}-{size[0]}-{scheme}"
    tools = list(READY)
    if script != "Latin":
        tools = ["Letters", "One name, encoded"]
        paste(page, SCRIPTS[script].split())
        expect(page.locator(".st-key-own_report td").first).to_be_visible()
        page.screenshot(path=SCREENSHOTS / f"{stem}-report.png")
        button(page, "Use this list").click()
        expect(page.get_by_text("The next run uses Your list.")).to_be_visible()
    for tool in tools:
        look_at(page, tool)
        expect(page.get_by_text("Comparing every name", exact=False)).to_have_count(0)
        path = SCREENSHOTS / f"{stem}-{tool.split()[0].strip(',').lower()}.png"
        page.screenshot(path=path)
        assert path.stat().st_size > 20_000
    if script != "Latin":
        train(page)
        page.screenshot(path=SCREENSHOTS / f"{stem}-lab.png")
