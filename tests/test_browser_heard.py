"""Charts by keyboard and ear, in a real browser: what was heard is a list of frequencies and
sentences, which is compared with the numbers that the chart was made of."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
import pytest
from browser import IN_A_BROWSER, open_lab, settled
from playwright.sync_api import Locator, Page, expect
from waiting import wait_for

from dino.charts.base import line_name
from dino.charts.bet_axis import Belief, bet_and_result, bet_walk, guesses, guesses_walk
from dino.charts.loss import loss_curves, with_bet
from dino.charts.name import letters_walk, probabilities
from dino.charts.walk import curve_walk
from dino.data import Vocab
from dino.difference import Difference
from dino.live.plotly_file import source
from dino.locale.sentences import languages
from dino.ui.component import code
from dino.ui.plot import FRAME, FRAME_CSS

pytestmark = IN_A_BROWSER
SCENE = """async ([js, frame]) => {
    const url = URL.createObjectURL(new Blob([js], {type: "text/javascript"}));
    const module = await import(url);
    window.dinoPlotly = Promise.resolve(Plotly);
    document.body.innerHTML = `<button>before</button><div id=chart style="width: 600px">${frame}
        </div><button>after</button>`;
    window.host = document.querySelector(".dino-plot");
    window.draw = (figure, walk) => {
        module.default({data: [{figure, walk, source: {}, alt: "a chart", failed: ""}],
            parentElement: document.getElementById("chart"), setTriggerValue: () => {}});
        return host.drawing;
    };
}"""
# Everything that is heard from now on; and the tones as the browser's audio has them.
LISTEN = """() => {
    Object.assign(window, {heard: [], tones: [], contexts: 0});
    document.addEventListener("dino-heard", ({detail}) => heard.push(detail));
    window.AudioContext = class extends AudioContext {
        constructor() { super(); contexts += 1; }
        createOscillator() { const tone = super.createOscillator(); tones.push(tone); return tone; }
    };
}"""
TUNE = "() => tones.map((tone) => tone.frequency.value)"
FOCUS = "() => document.activeElement.className || document.activeElement.innerText"
BASELINES = {"nothing": 3.3, "letters": 2.8, "pairs": 2.2}
STEPS = np.arange(0, 1201, 100)
LOSSES = np.array([3.4, 3.0, 2.7, 2.5, 2.3, 2.1, 2.0, 1.9, 1.85, 1.8, 1.82, 1.9, 2.3])
TRAIN = LOSSES - 0.05


class Heard(NamedTuple):
    """A tone in hertz, None for none; and what was said, '' for nothing."""

    frequency: float | None
    sentence: str


def pitch(value: float, low: float, high: float) -> Any:
    """220 Hz at the bottom of a chart, two octaves more at its top."""
    return pytest.approx(220 * 4 ** min(1, max(0, (value - low) / (high - low))), rel=1e-3)


def heard(page: Page) -> list[Heard]:
    """What was heard since the last look."""
    found = page.evaluate("() => heard.splice(0)")
    return [Heard(it["frequency"], it["sentence"]) for it in found]


def press(page: Page, *keys: str) -> list[Heard]:
    """Press these keys; what each of them made heard."""
    for key in keys:
        page.keyboard.press(key)
    return heard(page)


def played(page: Page, end: str) -> list[Heard]:
    """All that is heard when P is pressed, until a sentence with this end."""
    found = press(page, "p")

    def is_over() -> bool:
        found.extend(heard(page))
        return found[-1].sentence.endswith(end)

    wait_for(is_over, "the end of the tune", progress=lambda: str(len(found)))
    return found


@pytest.fixture
def scene(page: Page) -> Page:
    """A page with one chart between two buttons, whose sounds are noted."""
    page.set_content("<html><body></body></html>")
    page.add_script_tag(path=source())
    page.add_style_tag(content=FRAME_CSS)
    page.evaluate(SCENE, [code("plot"), FRAME])
    page.evaluate(LISTEN)
    return page


def draw(page: Page, figure: dict[str, Any], walk: dict[str, Any] | None) -> tuple[float, float]:
    """Draw a chart, and put the focus before it; the ends of its losses."""
    figure["layout"].setdefault("separators", ".,")
    page.evaluate("([figure, walk]) => draw(figure, walk)", [figure, walk])
    page.get_by_text("before").focus()
    low, high = figure["layout"]["yaxis"]["range"]
    return low, high


def draw_curves(page: Page, code: str = "en", val: np.ndarray = LOSSES) -> tuple[float, float]:
    put = languages()[code].put
    figure = loss_curves((STEPS, TRAIN), (STEPS, val), BASELINES, 1200, put=put)
    figure["layout"]["separators"] = languages()[code].separators
    return draw(page, figure, curve_walk(put))


def test_keys_walk_along_a_curve_whose_losses_are_heard_and_told(scene: Page) -> None:
    ends = draw_curves(scene)
    scene.keyboard.press("Tab")
    chart = scene.get_by_role("application", name="a chart")
    expect(chart).to_be_focused()
    expect(chart).to_have_accessible_description(re.compile("Left and right walk along a curve"))
    assert not scene.evaluate("contexts") and not heard(scene)  # nothing sounds by itself
    first, second, down, back, end = press(
        scene, "ArrowRight", "ArrowRight", "ArrowDown", "ArrowUp", "End"
    )
    assert first == (pitch(3.4, *ends), "“held out”: Update 0: 3.40. The curve starts here.")
    assert second == (pitch(3.0, *ends), "Update 100: 3.00. Now below “guessing” (3.30).")
    assert down == (pitch(2.95, *ends), "“train”: Update 100: 2.95. Now below “guessing” (3.30).")
    assert back.sentence.startswith("“held out”: Update 100")
    assert end == (
        pitch(2.3, *ends),
        "Update 1,200: 2.30. Now above “pairs” (2.20). The curve ends here.",
    )
    lowest = press(scene, "PageUp", "PageDown", "Home", *["ArrowRight"] * 9)[-1]
    assert lowest == (pitch(1.8, *ends), "Update 900: 1.80. Its lowest point.")
    expect(scene.locator(".dino-said")).to_have_text(lowest.sentence)
    expect(scene.locator(".dino-said")).to_have_attribute("aria-live", "polite")
    tones = scene.evaluate(TUNE)  # as the audio has them
    assert scene.evaluate("contexts") == 1 and len(tones) == 17
    assert tones[-1] == pytest.approx(lowest.frequency)


def test_a_ring_is_where_the_keys_are_and_stays_there_when_the_chart_is_drawn_again(
    scene: Page,
) -> None:
    draw_curves(scene)
    scene.keyboard.press("Tab")
    press(scene, "ArrowRight", "ArrowRight", "ArrowRight")

    def place() -> list[float]:
        return list(
            scene.evaluate("""() => {
                const ring = host.querySelector(".dino-ring").getBoundingClientRect();
                const box = host.getBoundingClientRect(), {xaxis, yaxis} = host._fullLayout;
                return [xaxis.p2d(ring.left + 8 - box.left - xaxis._offset),
                        yaxis.p2d(ring.top + 8 - box.top - yaxis._offset)]; }""")
        )

    assert place() == [pytest.approx(200, abs=3), pytest.approx(2.7, abs=0.01)]
    figure = loss_curves((STEPS, TRAIN), (STEPS, LOSSES), BASELINES, 5000, put=str)
    figure["layout"]["separators"] = ".,"
    scene.evaluate("([figure, walk]) => draw(figure, walk)", [figure, curve_walk(str)])
    assert place() == [pytest.approx(200, abs=12), pytest.approx(2.7, abs=0.01)]
    assert press(scene, "ArrowRight")[0].sentence == "Update 300: 2.50."
    scene.keyboard.press("Tab")
    expect(scene.locator(".dino-ring")).to_be_hidden()
    expect(scene.locator(".dino-said")).to_be_empty()


@pytest.mark.long
def test_p_plays_a_whole_curve_and_tells_its_start_its_crossings_its_lowest_and_its_end(
    scene: Page,
) -> None:
    ends = draw_curves(scene)
    scene.keyboard.press("Tab")
    tune = played(scene, "The curve ends here.")
    assert [it.frequency for it in tune] == [pitch(loss, *ends) for loss in LOSSES]
    assert [it.sentence for it in tune if it.sentence] == [
        "“held out”: Update 0: 3.40. The curve starts here.",
        "Update 100: 3.00. Now below “guessing” (3.30).",
        "Update 200: 2.70. Now below “letters” (2.80).",
        "Update 500: 2.10. Now below “pairs” (2.20).",
        "Update 900: 1.80. Its lowest point.",
        "Update 1,200: 2.30. Now above “pairs” (2.20). The curve ends here.",
    ]


def test_of_a_long_curve_about_sixty_points_are_heard_its_lowest_and_its_crossings_among_them(
    scene: Page,
) -> None:
    steps = np.arange(0, 3000)
    losses = 1.5 + 2 * np.exp(-steps / 400)
    losses[1234] = 1.4
    figure = loss_curves((steps, losses), (steps, losses), BASELINES, 3000, put=str)
    ends = draw(scene, figure, curve_walk(str))
    scene.keyboard.press("Tab")
    tune = played(scene, "The curve ends here.")
    frequencies = [it.frequency for it in tune]
    assert 60 <= len(tune) <= 64
    assert frequencies[0] == pitch(losses[0], *ends) and frequencies[-1] == pitch(losses[-1], *ends)
    assert min(filter(None, frequencies)) == pitch(1.4, *ends)
    said = " ".join(it.sentence for it in tune)
    for name, level in BASELINES.items():
        first = int(np.argmax(losses < level))
        words = (
            f"Update {first:,}: {losses[first]:.2f}. Now below “{line_name(name)}” ({level:.2f})."
        )
        assert words in said
    assert "Update 1,234: 1.40. Its lowest point." in said


def test_m_mutes_the_tones_and_no_sentence_and_escape_leaves(scene: Page) -> None:
    draw_curves(scene)
    scene.keyboard.press("Tab")
    off, silent, on, loud = press(scene, "m", "ArrowRight", "M", "ArrowRight")
    assert off == (None, "Sound off.") and on == (None, "Sound on.")
    assert silent.frequency is None and silent.sentence and loud.frequency
    assert len(scene.evaluate(TUNE)) == 1
    press(scene, "p", "Escape")
    assert scene.evaluate(FOCUS) != "dino-plot"
    told = len(heard(scene))
    scene.keyboard.press("ArrowRight")  # is the page's again
    scene.keyboard.press("Tab")  # goes on from the chart
    assert scene.evaluate(FOCUS) == "after" and len(heard(scene)) == told == 0


def test_keys_of_the_page_stay_its_own(scene: Page) -> None:
    """Arrows are taken only while the chart has the focus, and none with Ctrl, Alt or Meta."""
    draw_curves(scene)
    scene.evaluate("""() => { window.kept = [];
        const keep = (event) => event.defaultPrevented || kept.push(event.key);
        addEventListener("keydown", keep); }""")
    press(scene, "ArrowDown", " ")
    scene.keyboard.press("Tab")
    assert not press(scene, "Control+ArrowRight", "Alt+ArrowLeft", "x", "Enter")
    assert len(press(scene, "ArrowDown", "Shift+ArrowRight")) == 2
    kept = scene.evaluate("kept.filter((key) => key.length > 1 && !/Control|Alt|Shift/.test(key))")
    assert kept == ["ArrowDown", "Tab", "ArrowRight", "ArrowLeft", "Enter"]


def test_gaps_are_stepped_over_and_a_loss_above_the_chart_is_as_high_as_its_top(
    scene: Page,
) -> None:
    wild = LOSSES.copy()
    wild[3:6] = np.nan, 90.0, np.inf
    draw_curves(scene, val=wild)
    scene.keyboard.press("Tab")
    found = press(scene, *["ArrowRight"] * 5)
    assert [it.sentence.split(":")[0] for it in found[2:]] == [
        "Update 200",
        "Update 400",
        "Update 600",
    ]
    assert found[3].frequency == pytest.approx(880)


@pytest.mark.long
def test_a_bet_on_a_step_or_a_loss_is_told_where_the_curve_passes_it(scene: Page) -> None:
    figure = loss_curves((STEPS, TRAIN), (STEPS, LOSSES), BASELINES, 1200, put=str)
    for axis, bet in (("x", 350), ("y", 2.05)):
        figure = with_bet(figure, axis, bet, str)
    draw(scene, figure, curve_walk(str))
    scene.keyboard.press("Tab")
    said = [
        it.sentence for it in played(scene, "The curve ends here.") if "your bet" in it.sentence
    ]
    assert said == [
        "Update 400: 2.30. Here is “your bet”.",
        "Update 600: 2.00. Now below “your bet” (2.05).",
        "Update 1,200: 2.30. Now above “pairs” (2.20). Now above “your bet” (2.05). "
        "The curve ends here.",
    ]


def test_numbers_are_those_of_the_pages_language(scene: Page) -> None:
    draw_curves(scene, "es")
    scene.keyboard.press("Tab")
    end = press(scene, "ArrowRight", "End")[-1].sentence
    assert end.startswith("Actualización 1200: 2,30. Ahora por encima de «pares» (2,20).")
    for value, words in ((12345.678, "12\u202f345,68"), (-0.5, "\u22120,50")):
        put = languages()["es"].put
        figure = loss_curves(
            (np.array([0.0, 20000.5]), np.array([value, value])),
            (np.array([0]), np.array([np.nan])),
            {"nothing": 3.3},
            20001,
            put=put,
        )
        figure["layout"]["separators"] = languages()["es"].separators
        draw(scene, figure, curve_walk(put))
        scene.keyboard.press("Tab")
        said = press(scene, "End")[-1].sentence
        assert f"Actualización 20\u202f000,5: {words}." in said


VOCAB = Vocab("abc")
PROBS = np.array([[0.1, 0.6, 0.25, 0.05], [0.2, 0.3, 0.35, 0.15], [0.7, 0.1, 0.15, 0.05]])
IDS = np.array([2, 1, 0])  # "ba⏎"


def test_in_the_picture_of_a_name_the_letter_taken_and_the_most_likely_ones_are_heard(
    scene: Page,
) -> None:
    labels = VOCAB.labels
    figure = probabilities(PROBS, IDS, labels, ["", "b", "ba"], str)
    draw(scene, figure, letters_walk(PROBS, IDS, labels, str, given=1))
    scene.keyboard.press("Tab")
    assert press(scene, *["ArrowRight"] * 3) == [
        (
            pitch(0.25, 0, 1),
            "Letter 1: b was given, p = 0.25. Most likely: a 0.60; b 0.25; ⏎ 0.10.",
        ),
        (pitch(0.3, 0, 1), "Letter 2: a was taken, p = 0.30. Most likely: b 0.35; a 0.30; ⏎ 0.20."),
        (pitch(0.7, 0, 1), "Letter 3: ⏎ was taken, p = 0.70. Most likely: ⏎ 0.70; b 0.15; a 0.10."),
    ]
    _, up, *_, least, _, back = press(
        scene, "ArrowLeft", "ArrowUp", *["ArrowDown"] * 4, "ArrowRight"
    )
    assert up == (pitch(0.35, 0, 1), "p(b | b) = 0.35")
    assert least == (pitch(0.15, 0, 1), "p(c | b) = 0.15")
    assert back.sentence.startswith("Letter 3: ⏎ was taken")
    scene.keyboard.press("Home")
    heard(scene)
    tune = played(scene, "a 0.10.")
    assert [it.frequency for it in tune] == [pitch(p, 0, 1) for p in (0.25, 0.3, 0.7)]


def test_more_symbols_than_have_rows_and_a_letter_that_is_still_open(scene: Page) -> None:
    vocab = Vocab([chr(0x4E00 + i) for i in range(80)])
    probs = np.full((2, len(vocab)), 0.004)
    probs[:, 70], probs[0, 71] = 0.5, 0.184
    ids = np.array([71, -1])
    labels = vocab.labels
    figure = probabilities(probs, ids, labels, ["", labels[71]], str)
    draw(scene, figure, letters_walk(probs, ids, labels, str))
    scene.keyboard.press("Tab")
    taken, open_end = press(scene, "ArrowRight", "ArrowRight")
    assert taken.frequency == pitch(0.184, 0, 1)
    assert taken.sentence.startswith(f"Letter 1: {labels[71]} was taken, p = 0.18. Most likely: ")
    assert open_end.sentence.startswith(f"Letter 2. Most likely: {labels[70]} 0.50; ")
    assert open_end.frequency == pitch(0.5, 0, 1)


def test_bets_and_their_results_are_heard_row_by_row(scene: Page) -> None:
    rows = [("vowels", 4.0, 7.0), ("others", 20.0, 10.0)]
    words = [("Your bet: 4.", "It is 7."), ("Your bet: 20.", "It is 10.")]
    figure = guesses(rows, "symbols", str)
    draw(scene, figure, guesses_walk(rows, words, str))
    ends = figure["layout"]["xaxis"]["range"]
    scene.keyboard.press("Tab")
    assert press(scene, "ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft") == [
        (pitch(4, *ends), "“vowels”: Your bet: 4."),
        (pitch(7, *ends), "It is 7."),
        (pitch(10, *ends), "“others”: It is 10."),
        (pitch(20, *ends), "Your bet: 20."),
    ]


def test_a_belief_and_what_an_experiment_found_are_heard(scene: Page) -> None:
    bet, found = Belief(0.1, 0.05), Difference(-0.02, 0.01, 3, enough=2)
    figure = bet_and_result(bet, found, "A", "B", str)
    draw(scene, figure, bet_walk(bet, found, str))
    ends = figure["layout"]["xaxis"]["range"]
    scene.keyboard.press("Tab")
    assert press(scene, "ArrowRight", "ArrowRight") == [
        (pitch(0.1, *ends), "bet: 0.100 ± 0.050"),
        (pitch(-0.02, *ends), "result: −0.020 ± 0.010"),
    ]


def test_a_chart_with_nothing_to_hear_is_a_picture_that_takes_no_focus(scene: Page) -> None:
    figure = guesses([("", 1.0, 2.0)], "letters", str)
    draw(scene, figure, None)
    expect(scene.get_by_role("img", name="a chart")).to_be_visible()
    scene.keyboard.press("Tab")
    assert scene.evaluate(FOCUS) == "after"


# ---- in the app

LIVE = ".st-key-live .dino-plot"
# The held-out curve as the page has it, the ends of the chart's losses, and its dashed lines.
CURVE = """() => {
    const {val, layout} = document.querySelector(".dino-live");
    const lines = layout.shapes.filter(({name}) => name).map(({name, y0}) => [name, y0]);
    return [val.x, val.y, layout.yaxis.range, lines];
}"""


def tab_to(page: Page, target: Locator, most: int = 150) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(most):
        if target.evaluate("(it) => it === it.getRootNode().activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{target} is not reached by {most} times Tab")


def is_part(part: list[Any], whole: list[Any]) -> bool:
    """Whether `part` is in `whole`, in its order."""
    rest = iter(whole)
    return all(any(it == other for other in rest) for it in part)


@pytest.mark.long
def test_keyboard_and_sound_alone_train_a_network_and_tell_which_letters_were_likely(
    page: Page, address: str
) -> None:
    open_lab(page, f"{address}?max_steps=300&hidden_size=16")
    page.evaluate(LISTEN)
    tab_to(page, page.locator(".dino-run-buttons .main"))
    page.keyboard.press("Enter")
    expect(page.locator(".dino-live")).to_have_attribute("data-phase", "done")
    expect(page.get_by_text("Written with the weights of update 300")).to_be_visible()
    settled(page)
    assert not heard(page)
    tab_to(page, page.locator(LIVE))
    check_curve(page, played(page, "The curve ends here."))
    tab_to(page, page.get_by_role("button", name="New random draws"))
    names = page.locator(".st-key-written tbody")
    before = names.inner_text()
    page.keyboard.press("Enter")
    wait_for(lambda: names.inner_text() != before, "other names")
    settled(page)
    tab_to(page, page.locator(".st-key-written tbody tr[tabindex]").first)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    name = page.locator(".st-key-written tr[aria-selected=true] td").first
    expect(page.locator(".st-key-written tbody tr").nth(1)).to_have_attribute(
        "aria-selected", "true"
    )
    settled(page)
    check_letters(page, name.inner_text())


def check_curve(page: Page, tune: list[Heard]) -> None:
    """The curve that was heard falls as the run's held-out loss does, and its sentences hold."""
    steps, losses, ends, lines = page.evaluate(CURVE)
    frequencies, said = [it.frequency for it in tune], [it.sentence for it in tune if it.sentence]
    assert is_part(frequencies, [pitch(loss, *ends) for loss in losses])
    assert frequencies[0] == pitch(losses[0], *ends) and frequencies[-1] == pitch(losses[-1], *ends)
    assert frequencies == sorted(frequencies, reverse=True)  # as this run's loss does
    assert said[0] == f"“held out”: Update 0: {losses[0]:.2f}. The curve starts here."
    assert said[-1].startswith(f"Update 300: {losses[-1]:.2f}. ")
    lowest = steps[int(np.argmin(losses))]
    assert [it for it in said if "lowest" in it][0].startswith(
        f"Update {lowest}: {min(losses):.2f}."
    )
    passed = [(name, level) for name, level in lines if losses[0] >= level > losses[-1]]
    assert len(passed) >= 2
    for name, level in passed:
        first = int(np.argmax(np.array(losses) < level))
        words = f"Update {steps[first]}: {losses[first]:.2f}. Now below “{name}” ({level:.2f})."
        assert any(it.startswith(words) for it in said)


def check_letters(page: Page, name: str) -> None:
    """Of each letter the taken symbol is heard, and the most likely ones are told, as the table
    below the picture has them.
    """
    tab_to(page, page.locator(".st-key-probabilities .dino-plot"))
    found = press(page, *["ArrowRight"] * (len(name) + 1))
    page.get_by_text("The same as a table: the five most probable symbols").click()
    rows = page.locator(".st-key-top_five tbody tr")
    expect(rows).to_have_count(len(name) + 1)
    for t, symbol in enumerate(f"{name}⏎"):
        _, taken, p, _, *top = rows.nth(t).locator("td").all_inner_texts()
        assert taken == symbol and found[t].frequency == pitch(
            float(p), 0, 1
        )  # the table has three decimals
        head, _, likely = found[t].sentence.partition(" Most likely: ")
        assert re.fullmatch(rf"Letter {t + 1}: {re.escape(symbol)} was taken, p = \d\.\d\d\.", head)
        assert likely == f"{'; '.join(top[:3])}."


@pytest.mark.long
def test_a_run_that_trains_tells_how_far_it_is_at_most_every_ten_seconds(
    page: Page, address: str
) -> None:
    """By the browser's clock, which the test moves; and once more when it rests."""
    page.clock.install()
    open_lab(page, f"{address}?max_steps=100000&hidden_size=64")
    page.evaluate("""() => {
        window.told = [];
        const line = document.querySelector(".dino-run-line .progress");
        const words = document.querySelector(".dino-run-line .words");
        new MutationObserver(() => told.push([performance.now(), words.textContent]))
            .observe(line, {childList: true});
    }""")
    words, line = page.locator(".dino-run-line .words"), page.locator(".dino-run-line .progress")
    expect(line).to_have_attribute("aria-live", "polite")
    page.locator(".dino-run-buttons .main").press("Enter")
    expect(words).to_have_text(re.compile(r"^Update [1-9]"))
    expect(words).to_have_attribute("aria-live", "off")  # it changes several times a second
    for _ in range(4):
        seen = words.inner_text()
        page.clock.fast_forward(6000)
        wait_for(lambda seen=seen: words.inner_text() != seen, "later steps")
    page.locator(".dino-run-buttons .main").press("Enter")
    expect(words).to_have_text(re.compile("^Paused at update"))
    expect(words).to_have_attribute("aria-live", "polite")
    step = re.search(r"[\d,]+", words.inner_text())
    assert step
    expect(line).to_have_text(
        re.compile(rf"^Update {step[0]} of 100,000: held-out loss \d\.\d\d\.$")
    )
    times = [at for at, words in page.evaluate("told") if re.match("Update [1-9]", words)]
    assert len(times) >= 2
    # The observer hears of a line a little after it is told, and of one later than of another.
    assert all(later - former >= 9_000 for former, later in zip(times, times[1:], strict=False))


@pytest.mark.long
def test_a_bet_in_a_lesson_is_heard_beside_its_result_also_on_a_projector(
    page: Page, address: str
) -> None:
    """Where the chart has the focus, its arrows are not those of projector mode."""
    page.goto(f"{address}/learn?tab=scores-to-loss")
    steps = [page.locator(f".st-key-step_scores-to-loss_{n}") for n in range(8)]
    box = steps[3].get_by_role("spinbutton")
    box.fill("3.26")
    box.press("Tab")
    steps[3].get_by_role("button", name="Place the bet").press("Enter")
    steps[4].get_by_role("button", name="Train it").press("Enter")
    outcome = steps[5].get_by_text("You bet 3.26. The result is")
    expect(outcome).to_be_visible()
    shown = outcome.inner_text()
    page.evaluate(LISTEN)
    chart = steps[5].locator(".dino-plot").first
    settled(page)
    chart.focus()
    ends = chart.evaluate("(host) => host.figure.layout.xaxis.range")
    bet, result = press(page, "ArrowRight", "ArrowRight")
    assert bet.frequency == pitch(3.26, *ends) and bet.sentence.endswith("Your bet: 3.26.")
    said = re.search(r"The result is (\d\.\d+)", result.sentence)
    assert said and result.sentence == shown
    assert result.frequency == pytest.approx(pitch(float(said[1]), *ends).expected, rel=0.02)
    page.get_by_role("button", name="Projector mode").press("Enter")
    at = page.locator(".st-key-projector .at")
    expect(at).to_contain_text("1 /")
    settled(page)
    for n in range(2, 6):
        page.keyboard.press("ArrowRight")
        expect(at).to_contain_text(f"{n} /")
    chart.focus()
    heard(page)
    assert len(press(page, "ArrowRight", "ArrowRight", "ArrowLeft")) == 3
    expect(at).to_contain_text("5 /")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    expect(at).to_contain_text("6 /")
