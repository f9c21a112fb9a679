"""The page Inside in a real browser: the time machine, clicks, and how quick it is."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable
from typing import Any

import pytest
from browser import (
    COVERED,
    DESKTOP,
    IN_A_BROWSER,
    PHONE,
    ROOT,
    SharedApp,
    SharedBrowser,
    adapt,
    box_at_rest,
    button,
    href,
    open_lab,
    settled,
    touched,
    visitor,
)
from playwright.sync_api import Locator, Page, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from waiting import wait_for

pytestmark = IN_A_BROWSER
SCREENSHOTS = ROOT / "tests" / "screenshots"
TOOLS = [
    "The picked name",
    "Letter by letter",
    "Memory",
    "Units",
    "Gradient",
    "Weights",
    "Two models",
]
# Records for every chart how long after the last key it was redrawn.
WATCH = """() => {
    window.drawn = {};
    document.addEventListener('keydown', () => {
        window.keyed = performance.now(); window.drawn = {};
    }, true);
    new MutationObserver((changes) => changes.forEach(({target}) => {
        const key = target.closest('[class*=st-key-]').className.match(/st-key-(\\S+)/)[1];
        window.drawn[key] = performance.now() - window.keyed;
    })).observe(document.body, {subtree: true, attributeFilter: ['data-draws']});
}"""
SLIDER = ".st-key-moment input[type=range]"
# In one instant: on a slow machine it would play on between two clicks.
PLAY_AND_WAIT = """(strip, mode) => {
    for (const name of [mode, 'one']) strip.querySelector(`.bar .${name}`).click(); }"""
WIDE = """() => [document.documentElement, ...document.querySelectorAll(
    '[data-testid=stMain], [data-testid=stAppViewContainer]')].filter(
    e => e.scrollWidth > e.clientWidth + 1).length"""


def open_inside(page: Page, address: str, query: str = "") -> None:
    """Open Inside without a run, train one, and wait for its pictures."""
    page.goto(f"{address}/inside{query}")
    button(page, "Train one in two seconds").click()
    shows_its_end(page)


def shows_its_end(page: Page) -> None:
    """Wait for the pictures of a run that has come to its end."""
    expect(page.locator(".st-key-past [data-draws]")).to_be_visible()
    expect(page.locator(".st-key-inside_hidden [data-draws]")).to_be_visible()
    expect(page.get_by_text("After 1,200 of 1,200 updates", exact=False)).to_be_visible()


@pytest.fixture(scope="module")
def cookies(shared_browser: SharedBrowser, shared_app: SharedApp) -> list[Any]:
    """Those of a visitor who has trained a run on Inside."""
    with visitor(shared_browser.home()) as (page, found):
        open_inside(page, shared_app.address())
        wait_for(lambda: "run=1" in href(page), "the run in the address")
    return found


@pytest.fixture
def inside(page: Page, address: str, cookies: list[Any]) -> Callable[[], Page]:
    """A function that opens Inside with this run: tests that only look at it share it."""

    def open_again() -> Page:
        page.context.add_cookies(cookies)
        page.goto(f"{address}/inside?run=1")
        shows_its_end(page)
        return page

    return open_again


def look_at(page: Page, tool: str) -> None:
    page.locator(".st-key-tool").get_by_text(tool, exact=True).click()


def names(page: Page) -> list[str]:
    return page.locator(".st-key-morph td:first-child").all_inner_texts()


def names_at_rest(page: Page) -> list[str]:
    """The names once they stay the same: a step's sentence may be drawn before its names."""
    seen: list[list[str]] = []

    def stay() -> bool:
        seen.append(names(page))
        return len(seen) >= 40 and all(each == seen[-1] for each in seen[-40:])

    wait_for(stay, "names that stay")
    return seen[-1]


def drawn(page: Page, keys: set[str]) -> float:
    """Milliseconds from the last key until all of these charts were drawn again."""
    wait_for(lambda: keys <= set(page.evaluate("Object.keys(window.drawn)")), str(keys))
    return max(v for k, v in page.evaluate("window.drawn").items() if k in keys)


@pytest.mark.long
def test_the_slider_moves_everything_and_quickly(page: Page, inside: Callable[[], Page]) -> None:
    inside()
    last = names_at_rest(page)
    page.evaluate(WATCH)
    slider, times = page.locator(SLIDER), []
    for _ in range(20):
        slider.press("ArrowLeft")
        times.append(drawn(page, {"past", "inside_probs", "inside_hidden"}))
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"\nmoving the slider: median {statistics.median(times):.0f} ms, p95 {p95:.0f} ms")
    slider.press("Home")
    expect(page.get_by_text("After 0 of 1,200 updates", exact=False)).to_be_visible()
    wait_for(lambda: names(page) != last, "names of the untrained network")
    untrained = names(page)
    slider.press("End")
    expect(page.get_by_text("After 1,200 of 1,200 updates", exact=False)).to_be_visible()
    wait_for(lambda: names(page) == last, "the same names again")
    assert untrained != last and len(last) == 5


PICTURE = ".st-key-panel :is(.dino-plot .main-svg, .dino-strip svg)"


@pytest.mark.long
@pytest.mark.parametrize("tool", TOOLS[:-1])  # of two models, a second one is chosen first
def test_a_tab_that_is_pressed_shows_its_picture_in_the_first_screen(
    page: Page, inside: Callable[[], Page], tool: str
) -> None:
    adapt(inside(), (1280, 800))
    look_at(page, tool)
    expect(page.locator(".st-key-tool [aria-checked=true]")).to_have_text(tool)
    expect(page.locator(PICTURE).first).to_be_visible()
    settled(page)
    assert box_at_rest(page.locator(".st-key-tool"))["y"] < 400
    tops = [picture.bounding_box()["y"] for picture in page.locator(PICTURE).all()]
    assert min(tops) < 800 - 120  # so much of it is seen without scrolling


@pytest.mark.long
def test_a_click_on_the_strip_of_the_loss_goes_to_that_moment(
    page: Page, inside: Callable[[], Page]
) -> None:
    inside()
    before = names_at_rest(page)
    plot = box_at_rest(page.locator(".st-key-past .nsewdrag"))
    page.mouse.click(plot["x"] + plot["width"] / 10, plot["y"] + plot["height"] / 2)
    when = page.locator(".st-key-inside").get_by_text(re.compile("^After ([0-9,]+) of 1,200"))
    wait_for(lambda: 0 < shown_step(when) < 300, "an early moment")
    wait_for(lambda: names(page) != before, "its names")
    page.locator(SLIDER).press("Home")
    expect(page.get_by_text("After 0 of 1,200 updates", exact=False)).to_be_visible()
    page.locator(SLIDER).press("End")
    wait_for(lambda: names(page) == before, "the last names again")


def shown_step(words: Locator) -> int:
    """The step that the page says it shows."""
    return int(re.findall(r"After ([0-9,]+) of", words.inner_text())[0].replace(",", ""))


@pytest.mark.long
def test_play_runs_through_the_moments_without_a_remount(
    page: Page, inside: Callable[[], Page]
) -> None:
    inside()
    page.evaluate("document.querySelector('.st-key-past .dino-plot').mine = true")
    page.evaluate("""() => { window.at = []; new MutationObserver(() => {
        const text = document.body.innerText.match(/After ([0-9,]+) of/)?.[1];
        if (text && text !== window.at.at(-1)?.[0]) window.at.push([text, performance.now()]);
    }).observe(document.body, {subtree: true, childList: true, characterData: true}); }""")
    button(page, "Play").click()
    wait_for(lambda: page.evaluate("window.at.length") >= 14, "moments")
    button(page, "Stop").click()
    expect(button(page, "Play")).to_be_visible()
    at = page.evaluate("window.at")
    pace = (len(at) - 1) / (at[-1][1] - at[0][1]) * 1000
    print(f"\n{pace:.1f} moments a second")
    assert page.evaluate("document.querySelector('.st-key-past .dino-plot').mine") is True
    shown = page.get_by_text("of 1,200 updates", exact=False).inner_text()
    assert "After 1,200" not in shown


@pytest.mark.long
def test_a_bar_that_is_clicked_becomes_the_next_letter(
    page: Page, inside: Callable[[], Page]
) -> None:
    inside()
    look_at(page, "Letter by letter")
    box = page.locator(".st-key-walk input")
    expect(box).to_be_visible()
    button(page, "Clear").click()
    expect(box).to_have_value("")
    expect(page.get_by_text("At the start the most likely", exact=False)).to_be_visible()
    bars = page.locator(".st-key-next_bars .points path")
    bars.nth(20).scroll_into_view_if_needed()
    bar = box_at_rest(bars.nth(20))  # the 21st symbol: ⏎, a, b, …, t
    page.mouse.click(bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] - 2)
    expect(box).to_have_value("t")
    expect(page.get_by_text("x_t is the last letter read: t,", exact=False)).to_be_visible()
    button(page, "Let it finish").click()
    expect(box).to_have_value(re.compile("^t.+"))  # the box may follow a frame after its sentence
    whole = box.input_value()
    expect(page.get_by_text(f"ends the name. “{whole}” is", exact=False)).to_be_visible()
    button(page, "Back").click()
    expect(box).to_have_value(whole[:-1])
    for nonsense in ("ñ", "<b>x</b>", "**x**"):
        box.fill(nonsense)
        box.press("Enter")
        expect(page.locator(".st-key-walk_refused")).to_contain_text("does not occur")


@pytest.mark.long
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_part_of_the_strip_lights_its_inputs_and_its_line_of_code(
    page: Page, inside: Callable[[], Page], size: tuple[int, int]
) -> None:
    adapt(inside(), size)
    look_at(page, "Letter by letter")
    box = page.locator(".st-key-walk input")
    box.fill("tri")
    box.press("Enter")
    strip = page.locator(".dino-strip")

    def part(name: str) -> Locator:
        return strip.locator(f"[data-part='{name}']")

    expect(part("cell 3")).to_be_visible()
    settled(page)
    part("cell 2").click()
    lit = strip.locator(".part.lit")
    assert sorted(lit.evaluate_all("(all) => all.map((it) => it.dataset.part)")) == [
        *("W_hh 2", "W_xh 2", "cell 1", "cell 2", "input 2")
    ]
    expect(strip.locator(".line.here")).to_contain_text("torch.tanh(a_x + a_h)")
    expect(page.get_by_text("x_t is the last letter read: r,", exact=False)).to_be_visible()
    expect(lit).to_have_count(5)  # the page has drawn the formulas of that step: all is as chosen
    strip.locator("button.line", has_text="a_h = state[0]").click()  # and back: a line, its part
    expect(part("W_hh 2")).to_have_attribute("aria-pressed", "true")
    settled(page)
    part("W_hh 2").focus()
    for key, name in (("ArrowRight", "W_hh 3"), ("ArrowLeft", "W_hh 2"), ("ArrowLeft", "W_hh 1")):
        page.keyboard.press(key)
        expect(part(name)).to_be_focused()
    page.keyboard.press("Enter")
    expect(part("W_hh 1")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("x_t is the last letter read: t,", exact=False)).to_be_visible()
    settled(page)
    expect(part("W_hh 1")).to_be_focused()  # though the picture was drawn again
    page.keyboard.press("Escape")
    expect(lit).to_have_count(0)
    settled(page)
    assert not page.evaluate(WIDE)


@pytest.mark.long
def test_the_strip_plays_forward_backward_and_writing(
    page: Page, inside: Callable[[], Page]
) -> None:
    inside()
    look_at(page, "Letter by letter")
    box = page.locator(".st-key-walk input")
    box.fill("tri")
    box.press("Enter")
    strip = page.locator(".dino-strip")
    expect(strip.locator("[data-part='cell 3']")).to_be_visible()
    settled(page)
    for mode, first, end in (
        ("Forward", "Step 1 reads no letter", "Each step used the same matrices."),
        (
            "Backward",
            "Step 4: ∂L/∂h_4 has norm",
            "The sum over all steps is the gradient of the shared W_hh.",
        ),
        ("Writing", "If t is drawn", "becomes the next input."),
    ):
        strip.evaluate(PLAY_AND_WAIT, mode.lower())
        expect(strip.locator(".status")).to_contain_text(first)
        assert strip.locator(".later").count() > 0
        for _ in range(16):
            strip.get_by_role("button", name="One stage", exact=True).click()
        expect(strip.locator(".status")).to_contain_text(end)
        expect(strip.locator(".part.later")).to_have_count(0)
    strip.evaluate(PLAY_AND_WAIT, "update")
    expect(strip.locator(".status")).to_contain_text("The rule moves each matrix once.")
    assert strip.locator(".part.later").count() > 0
    strip.get_by_role("button", name="One stage", exact=True).click()
    expect(strip.locator(".status")).to_contain_text("every step uses the new ones at once.")
    expect(strip.locator(".part.later")).to_have_count(0)
    strip.get_by_role("button", name="Forward", exact=True).click()  # it ends by itself
    expect(strip.locator(".status")).to_contain_text("Each step used the same matrices.")
    strip.get_by_role("button", name="Show all", exact=True).click()
    expect(strip.locator(".status")).to_have_text("")
    button(page, "Clear").click()
    for name in ("Backward", "Update"):
        expect(strip.get_by_role("button", name=name, exact=True)).to_be_disabled()


@pytest.mark.long
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_on_the_way_back_the_strip_has_the_lines_of_the_compiled_engine(
    page: Page, inside: Callable[[], Page], size: tuple[int, int]
) -> None:
    adapt(inside(), size)
    look_at(page, "Letter by letter")
    box = page.locator(".st-key-walk input")
    box.fill("tri")
    box.press("Enter")
    strip = page.locator(".dino-strip")
    here, place = strip.locator(".line.here"), strip.locator(".code .place")
    expect(strip.locator("[data-part='cell 3']")).to_be_visible()
    settled(page)
    strip.evaluate(PLAY_AND_WAIT, "backward")
    for _ in range(16):  # to the end, where all parts of the gradient are in the one W_hh
        expect(place.first).to_contain_text("dino/compiled/")
        assert here.count() > 0
        strip.get_by_role("button", name="One stage", exact=True).click()
    expect(place).to_have_text("dino/compiled/kernels.py · compute_gradient")
    expect(here).to_contain_text("gradient.W_hh)")
    expect(strip.locator(".engine")).to_contain_text("test_every_gradient_is_that_of_autograd")
    strip.locator("[data-part='cell 2']").focus()
    page.keyboard.press("Enter")
    expect(place).to_have_text("dino/compiled/cells.py · backward_rnn")
    expect(here).to_contain_text("da[k] = dh[k]")
    lit = strip.locator(".part.lit")
    assert sorted(lit.evaluate_all("(all) => all.map((it) => it.dataset.part)")) == [
        *("W_hh 3", "W_hy 2", "cell 2")
    ]
    settled(page)
    strip.locator("button.line", has_text="multiply(gradients.da").focus()
    page.keyboard.press("Enter")  # and back: a line, its part
    expect(strip.locator("[data-part='W_hh 2']")).to_have_attribute("aria-pressed", "true")
    settled(page)
    expect(here).to_contain_text("multiply(gradients.da")  # the page was drawn again
    strip.locator("button.line", has_text="if t:").click()
    expect(strip.locator("[data-part='h0 0']")).to_have_attribute("aria-pressed", "true")
    settled(page)
    assert not page.evaluate(WIDE)


@pytest.mark.long
def test_an_update_of_the_strip_marks_the_rule_of_both_engines(
    page: Page, inside: Callable[[], Page]
) -> None:
    inside()
    look_at(page, "Letter by letter")
    box = page.locator(".st-key-walk input")
    box.fill("tri")
    box.press("Enter")
    strip = page.locator(".dino-strip")
    expect(strip.locator("[data-part='cell 3']")).to_be_visible()
    settled(page)
    shared = strip.locator("[data-part='shared 0']")
    shared.focus()
    page.keyboard.press("Enter")  # without an update: where the one matrix is made
    expect(strip.locator(".line.here")).to_contain_text("self.W_hh = nn.Parameter(")
    expect(strip.locator(".part.lit")).to_have_count(5)  # it, and the arrow of each step
    settled(page)
    strip.evaluate(PLAY_AND_WAIT, "update")
    expect(strip.locator(".code .place")).to_have_text(
        ["dino/optim.py · adam", "dino/compiled/updates.py · update_adam"]
    )
    assert strip.locator(".line.here").all_inner_texts()[0].strip().startswith("w.addcdiv_(")
    expect(strip.locator(".engine")).to_contain_text("test_an_update_moves_each_weight")
    strip.locator("[data-part='cell 1']").click()
    expect(strip.locator(".code")).to_contain_text("An update moves only weights")
    strip.get_by_role("button", name="Show all", exact=True).click()
    expect(strip.locator(".line.here")).to_contain_text("torch.tanh(a_x + a_h)")


@pytest.mark.long
def test_a_unit_is_silenced_and_everything_follows(page: Page, inside: Callable[[], Page]) -> None:
    inside()
    look_at(page, "Units")
    table = page.locator(".st-key-unit_importance_table tbody")
    first = table.locator("tr").first
    expect(first).to_be_visible()
    expect(table.get_by_text("…")).to_have_count(0)  # until all are measured their order changes
    before = names_at_rest(page)
    unit = first.locator("td").first.inner_text()
    first.click()
    button(page, f"Silence unit {unit}").click()
    changed = page.locator(".st-key-changed")
    expect(changed).to_contain_text(f"Unit {unit} is silent.")
    expect(changed).to_contain_text("instead of")
    loss, whole = map(float, re.findall(r"\d\.\d{3}", changed.inner_text())[:2])
    assert loss > whole
    wait_for(lambda: names(page) != before, "other names")
    button(page, "Back to the whole network").click()
    expect(changed).to_contain_text("You have changed nothing")
    wait_for(lambda: names(page) == before, "the names again")


@pytest.mark.long
def test_the_memory_slider_cuts_letters_off(page: Page, inside: Callable[[], Page]) -> None:
    inside()
    look_at(page, "Memory")
    expect(page.get_by_text(re.compile("The network uses (about|more than)"))).to_be_visible()
    page.locator(".st-key-reach input[type=range]").press("ArrowRight")
    expect(page.locator(".st-key-changed")).to_contain_text("Its memory is limited to 1 letter.")
    sides = page.locator(".st-key-window .ytick text")

    def is_cut() -> bool:
        texts = sides.all_text_contents()
        return len(texts) > 1 and texts[0].count("·") == len(texts[0]) - 1 and "·" in texts[1]

    wait_for(is_cut, "all letters but one cut off", progress=sides.all_text_contents)


@pytest.mark.long
def test_no_picture_is_sent_as_a_mere_reference(page: Page, inside: Callable[[], Page]) -> None:
    """References outlive overtaken messages, and a page that gets one then goes white."""
    received: list[bytes] = []
    page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(frame))
    )
    inside()
    for tool in ("Weights", "The picked name", "Weights"):
        look_at(page, tool)
        expect(page.locator(".st-key-tool [aria-checked=true]")).to_have_text(tool)
        settled(page)
    messages = [ForwardMsg.FromString(frame) for frame in received]
    long = [message for message in messages if message.ByteSize() > 10_000]
    assert len(long) > len({message.hash for message in long})  # some was sent again
    assert not any(message.HasField("ref_hash") for message in messages)


@pytest.mark.long
def test_what_was_trained_in_the_lab_is_inside_and_the_last_run_is_kept(
    page: Page, address: str
) -> None:
    open_inside(page, address)
    page.get_by_role("link", name="Lab").first.click()
    expect(button(page, "Train further")).to_be_visible()
    page.get_by_role("radio", name="GRU", exact=True).click()
    button(page, "New run").click()
    expect(page.locator(".dino-runs .present[data-number='2']")).to_be_visible()
    expect(page.locator(".dino-run-line .words")).to_contain_text("Finished")
    page.get_by_role("link", name="Inside").first.click()
    chosen = page.locator(".st-key-inside_run").get_by_role("combobox")
    expect(chosen).to_have_value(re.compile("Run 2 · GRU 64"))
    look_at(page, "Two models")
    expect(page.get_by_text("They disagree most", exact=False)).to_be_visible()
    look_at(page, "Gradient")
    expect(page.locator(".st-key-radii tbody tr")).to_have_count(2)
    page.reload()
    expect(chosen).to_have_value(re.compile("Run 2 · GRU 64"))


def test_the_lab_leads_inside(page: Page, address: str) -> None:
    open_lab(page, address)
    page.get_by_role("link", name="Inside").first.click()
    expect(button(page, "Train one in two seconds")).to_be_visible()


@pytest.mark.long
def test_on_a_phone_play_stays_beside_what_it_plays_and_nothing_scrolls_sideways(
    page: Page, inside: Callable[[], Page]
) -> None:
    touched(page)
    inside()
    play = button(page, "Play")
    upper = PHONE[1] / 3  # the window's upper third, where Play lies above what it plays
    for key in ("past", "morph", "inside_probs", "inside_hidden"):
        page.locator(f".st-key-{key}").evaluate("part => part.scrollIntoView({block: 'end'})")
        wait_for(lambda: 0 < play.bounding_box()["y"] < upper, f"Play above {key}")
        play.click(trial=True)  # nothing lies over it
    page.locator(SLIDER).press("Home")
    expect(page.get_by_text("After 0 of 1,200 updates", exact=False)).to_be_attached()
    for tool in TOOLS:
        look_at(page, tool)
        expect(page.locator(".st-key-tool [aria-checked=true]")).to_have_text(tool)
        assert page.evaluate(WIDE) == 0, tool


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_screenshots_to_look_at(
    page: Page, address: str, scheme: str, size: tuple[int, int]
) -> None:
    height = 1700 if size == DESKTOP else 2600
    adapt(page, (size[0], height), color_scheme=scheme)
    open_inside(page, address)
    SCREENSHOTS.mkdir(exist_ok=True)
    ready = {
        "The picked name": "inside_probs",
        "Letter by letter": "next_bars",
        "Memory": "window",
        "Units": "by_letter",
        "Gradient": "gradient",
        "Weights": "letter_map",
    }
    for tool, key in ready.items():
        look_at(page, tool)
        expect(page.locator(f".st-key-{key} [data-draws]")).to_be_visible()
        assert page.evaluate(COVERED) == []
        path = SCREENSHOTS / f"inside-{size[0]}-{scheme}-{tool.split()[-1].lower()}.png"
        page.screenshot(path=path)
        assert path.stat().st_size > 20_000


@pytest.mark.long
def test_what_was_set_outlives_other_tools_and_other_pages(page: Page, address: str) -> None:
    recipe = "?cell=gru&hidden_size=48&learning_rate=0.003&max_steps=300&temperature=0.8&count=7"
    page.goto(f"{address}/{recipe}")
    button(page, "Train").click()
    expect(page.get_by_text("Finished", exact=False)).to_be_visible()
    page.get_by_role("link", name="Inside").first.click()
    look_at(page, "Letter by letter")
    box = page.locator(".st-key-walk input")
    box.fill("tyra")
    box.press("Enter")
    expect(page.get_by_text("After “tyra”", exact=False)).to_be_visible()
    for tool in ("Memory", "Units", "Weights"):
        look_at(page, tool)
        expect(page.locator(".st-key-tool [aria-checked=true]")).to_have_text(tool)
    expect(page.locator(".st-key-matrix_plot [data-draws]")).to_be_visible()
    look_at(page, "Memory")
    slider = page.locator(".st-key-reach input[type=range]")
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    expect(page.locator(".st-key-changed")).to_contain_text("Its memory is limited to 2 letters.")
    for tool in ("Weights", "Gradient", "Letter by letter"):
        look_at(page, tool)
        expect(page.locator(".st-key-tool [aria-checked=true]")).to_have_text(tool)
    expect(box).to_have_value("tyra")
    expect(page.locator(".st-key-changed")).to_contain_text("Its memory is limited to 2 letters.")
    page.get_by_role("link", name="Lab").first.click()
    expect(page.get_by_text("Finished", exact=False)).to_be_visible()
    settled(page)
    for part in recipe[1:].split("&"):
        wait_for(lambda part=part: part in href(page), "the address")
    expect(page.get_by_text("For the next run", exact=False)).to_have_count(0)
    page.get_by_role("link", name="Inside").first.click()
    expect(box).to_have_value("tyra")


@pytest.mark.long
def test_a_link_waits_for_the_click_before_it(page: Page, address: str) -> None:
    open_lab(page, f"{address}/?max_steps=60")
    page.evaluate("""() => {
        document.querySelector(".dino-run-buttons .main").click();
        document.querySelector(".st-key-page_top a[href$=inside]").click();
    }""")
    expect(page.locator(".st-key-past [data-draws]")).to_be_visible()


@pytest.mark.long
def test_a_choice_just_before_a_link_counts(page: Page, address: str) -> None:
    """Without `links.js`, Streamlit sends the choice after the click on the link."""
    open_lab(page, address)
    expect(page.locator(".st-key-temperature input[type=range]")).to_be_visible()
    page.evaluate("""() => {
        const key = new KeyboardEvent("keydown", { key: "End", bubbles: true });
        document.querySelector(".st-key-temperature input[type=range]").dispatchEvent(key);
        const cells = [...document.querySelectorAll(".st-key-cell [role=radio]")];
        cells.find((it) => it.innerText.trim() === "LSTM").click();
        document.querySelector(".st-key-page_top a[href$=data]").click();
    }""")
    wait_for(lambda: "/data" in href(page), "the page of the link")
    settled(page)
    page.get_by_role("link", name="Lab").first.click()
    expect(page.locator(".st-key-cell [aria-checked=true]")).to_have_text("LSTM")
    expect(page.locator(".st-key-temperature input[type=range]")).to_have_value("5")


@pytest.mark.long
def test_a_part_of_the_page_that_is_left_may_ask_too_late(page: Page, address: str) -> None:
    open_lab(page, address)
    button(page, "Update").click()
    wait_for(lambda: "run=" in href(page), "the run in the address")
    for _ in range(3):
        page.evaluate("""() => {
            const live = document.querySelector(".dino-live");
            document.querySelector(".st-key-page_top a[href$=inside]").click();
            live.ask("changed", "" + Math.random());
        }""")
        expect(page.locator(".st-key-past [data-draws]")).to_be_visible()
        settled(page)
        expect(page.locator(".st-key-past [data-draws]")).to_be_visible()
        page.get_by_role("link", name="Lab").first.click()
        expect(page.locator(".st-key-live [data-draws]")).to_be_visible()
        settled(page)


@pytest.mark.long
def test_the_slider_stays_where_it_was_put_while_the_run_goes_on(page: Page, address: str) -> None:
    page.goto(f"{address}/?max_steps=100000")
    button(page, "Train").click()
    expect(button(page, "Pause")).to_be_visible()  # 'Step' is a button's name too
    page.get_by_role("link", name="Inside").first.click()
    expect(page.locator(".st-key-past [data-draws]")).to_be_visible()
    page.locator(SLIDER).press("Home")
    first = page.get_by_text(re.compile("^After 0 updates, while training continues"))
    expect(first).to_be_visible()
    seen = {first.inner_text()}
    wait_for(lambda: seen.add(first.inner_text()) or len(seen) > 4, "four redraws of step 0")
    page.get_by_role("link", name="Lab").first.click()
    button(page, "Pause").click()
