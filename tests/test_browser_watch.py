"""Watching in a real browser: moments one by one, what a step did, earlier runs beside this one."""

from __future__ import annotations

import re

import pytest
from browser import IN_A_BROWSER, button, finish, open_lab, settled
from playwright.sync_api import Page, expect
from waiting import wait_for

from dino.config import Config
from dino.data import Corpus
from dino.live.status_text import SLOWED
from dino.live.step_values import report_frame
from dino.train import Trainer

pytestmark = IN_A_BROWSER
# Notes every moment that is shown large, in milliseconds since the first one after the click.
NOTE_MOMENTS = """() => {
    window.moments = [];
    const newest = document.querySelector('.dino-live .newest');
    const text = (part) => newest.querySelector(part).innerText;
    const note = () => {
        const shown = { when: text('.when'), names: text('.large'), passed: text('.passed') };
        if (shown.when !== window.moments.at(-1)?.when)
            window.moments.push({ ...shown, at: performance.now() });
    };
    note();
    new MutationObserver(note).observe(
        newest, { subtree: true, childList: true, characterData: true });
}"""
CURVES = """() => document.querySelector('.st-key-live .dino-plot').data.map(
    (curve) => [curve.name, curve.x.length, curve.line.color])"""


def assert_hover_box_leaves_the_chart_in_sight(page: Page) -> None:
    """What is told where one points lies within the chart, and leaves half of it free."""
    plot = page.locator(".st-key-live .dino-plot")
    place = plot.locator(".nsewdrag").bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    box, chart = plot.locator(".hoverlayer .legend").bounding_box(), plot.bounding_box()
    assert box is not None and chart is not None
    assert chart["x"] <= box["x"] and box["x"] + box["width"] <= chart["x"] + chart["width"]
    assert box["width"] < place["width"] / 2


def earlier(page: Page) -> list[str]:
    """The names of the curves behind the present run's three."""
    return [name for name, _, _ in page.evaluate(CURVES)[:-3]]


def train(page: Page, address: str, query: str) -> None:
    """Open a recipe and train it to its end."""
    open_lab(page, address + query)
    button(page, "Train").click()
    finish(page)
    settled(page)


@pytest.mark.long
def test_at_watch_a_first_visitor_sees_noise_turn_into_names(page: Page, address: str) -> None:
    open_lab(page, address)
    expect(page.locator(".dino-live .newest .name").first).to_be_visible()
    expect(page.locator(".dino-live .newest .passed")).to_be_empty()
    page.evaluate(NOTE_MOMENTS)
    button(page, "Train").click()
    expect(page.locator("[data-label='speed'] .value")).to_have_text(SLOWED)
    finish(page, full_speed=False)
    moments = page.evaluate("window.moments")
    first = moments[1]["at"]
    in_time = [moment for moment in moments[1:] if moment["at"] - first <= 10_000]
    print(f"\n{len(moments) - 1} moments in {(moments[-1]['at'] - first) / 1000:.1f} s")
    assert len({moment["when"] for moment in in_time}) >= 12
    assert len({moment["names"] for moment in in_time}) >= 12
    assert moments[-1]["at"] - first >= 6_000
    passed = list(dict.fromkeys(moment["passed"] for moment in moments))
    assert passed[0] == "" and "the line for counting triples" in passed[-1]
    assert SLOWED in page.locator(".dino-run-line .words").inner_text()
    assert SLOWED not in page.locator(".dino-live .figures").text_content()


@pytest.mark.long
def test_a_single_step_shows_what_it_did_and_training_on_takes_that_away(
    page: Page, address: str, corpus: Corpus
) -> None:
    config = Config(engine="torch", max_steps=5000)
    trainer = Trainer(config, corpus)
    trainer.advance(1, report=True)
    wanted = report_frame(trainer.step_report, corpus.vocab)
    open_lab(page, f"{address}?engine=torch&max_steps=5000")
    report = page.locator(".dino-live .report")
    expect(report).to_be_hidden()
    button(page, "Update").click()
    expect(report).to_be_visible()
    expect(report.locator(".title")).to_have_text(wanted["title"])
    expect(report.locator(".batch")).to_have_text(wanted["batch"])
    expect(report.locator(".gradient")).to_have_text(wanted["gradient"])
    strips = report.locator(".strip")
    assert strips.count() == len(wanted["names"]) == 32
    for i, (letters, losses, *_) in enumerate(wanted["names"]):
        assert strips.nth(i).locator("b").all_inner_texts() == letters
        shown = [float(text) for text in strips.nth(i).locator("i").all_inner_texts()]
        assert shown == pytest.approx(losses, abs=0.0501)  # rounded to a tenth of a nat
    rows = report.locator(".moved tbody tr")
    cells = [rows.nth(i).locator("td").all_inner_texts()[:4] for i in range(rows.count())]
    assert cells == [row[:4] for row in wanted["moved"]]
    button(page, "Train on").click()
    expect(report).to_be_hidden()
    button(page, "Pause").click()


@pytest.mark.long
def test_earlier_runs_lie_behind_the_present_one_until_they_are_switched_off(
    page: Page, address: str
) -> None:
    train(page, address, "?max_steps=60")
    assert earlier(page) == []
    train(page, address, "?max_steps=60&cell=lstm&seed=3&batch_size=16&letter_dropout=0.1")
    wait_for(lambda: len(earlier(page)) == 1, "the run before")
    (name,) = earlier(page)
    assert name == "Run 1"
    assert name in page.locator(".st-key-live .annotation-text").all_text_contents()
    assert_hover_box_leaves_the_chart_in_sight(page)
    colors = [color for _, _, color in page.evaluate(CURVES)]
    assert len(set(colors)) == 3  # both training losses have the same one
    expect(page.get_by_text("The pale curve is the held-out loss", exact=False)).to_be_visible()
    switch = page.locator(".st-key-earlier_shown label")
    switch.click()
    wait_for(lambda: earlier(page) == [], "the chart without it")
    switch.click()
    wait_for(lambda: earlier(page) == [name], "the chart with it")


@pytest.mark.long
def test_runs_on_other_names_are_listed_apart_and_not_drawn(page: Page, address: str) -> None:
    train(page, address, "?max_steps=60")
    page.get_by_text("More settings", exact=True).click()
    page.locator(".st-key-number_split_seed input").fill("1")
    page.locator(".st-key-number_split_seed input").press("Enter")
    button(page, "Reset").click()
    expect(page.get_by_text("1 run is not drawn.")).to_be_visible()
    assert earlier(page) == []
    expect(page.locator(".dino-runs .group")).to_have_count(1)


@pytest.mark.long
def test_the_table_of_runs_opens_one_and_copies_the_link_to_watch_it(
    page: Page, address: str
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    train(page, address, "?max_steps=60")
    button(page, "Reset").click()
    expect(page.get_by_text("Untrained", exact=False).first).to_be_visible()
    button(page, "Update").click()
    rows = page.locator(".dino-runs tbody tr")
    expect(rows).to_have_count(2)
    present = page.locator(".dino-runs .present")
    expect(present).to_contain_text("1 of 60")  # while the button stays what it is
    button(page, "Update").click()
    expect(present).to_contain_text("2 of 60")
    page.get_by_role("button", name=re.compile("^Copy the link to watch Run 1 ")).click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith(address)
    page.get_by_role("button", name=re.compile("^Run 1 ")).click()
    expect(page.get_by_text("Finished", exact=False)).to_be_visible()
    expect(present).to_contain_text("Run 1 ")
    expect(rows).to_have_count(2)
