"""The picture of the network that writes: the component alone, under a clock of the test's own, and
in the app. What it draws is read from the element, as it was painted."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from browser import IN_A_BROWSER, SharedApp, app, button, enter, new_page, open_lab, watch_link
from playwright.sync_api import Browser, Page, expect
from waiting import wait_for

from dino.config import Config
from dino.locale.sentences import ENGLISH
from dino.packed_trace import pack_trace
from dino.pages.lab import live_network
from dino.train import Trainer
from dino.ui import component

pytestmark = IN_A_BROWSER
ABC = ("⏎", *"abcdefghijklmnopqrstuvwxyz")
MANY = ("⏎", *(chr(0x4E00 + i) for i in range(199)))
THEME = {
    "text-color": "#0b141d",
    "background-color": "#ffffff",
    "secondary-background-color": "#f3f5f6",
    "border-color": "#d9dfe3",
    "primary-color": "#0b6e69",
    "chart-categorical-colors": "#0072b2,#d55e00,#c2187a,#6b7782,#86a0b3",
    "chart-diverging-colors": "#8a4b00,#f6e3cb,#cfe9e4,#04544c",
    "font": "sans-serif",
    "code-font": "monospace",
}
SCENE = """async ([source, data]) => {
    const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
    const {default: component} = await import(url), parentElement = document.body;
    window.asked = [];
    window.host = document.querySelector(".dino-live-network");
    window.draw = (more = {}) => component({
        data: [{...data, ...more}], parentElement,
        setTriggerValue: (name, value) => asked.push([name, value])});
    window.hear = (detail) => dispatchEvent(new CustomEvent("dino-frame", {detail}));
    window.steps = [];
    draw();
    new MutationObserver(() => {
        if (host.dataset.step !== steps.at(-1)) steps.push(host.dataset.step);
    }).observe(host, {attributes: true});
}"""
DRAWN = "() => ({...host.drawn, state: [...host.drawn.state], probs: [...host.drawn.probs]})"
HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
    document.dispatchEvent(new Event("visibilitychange"));
}"""
PLACE = """(index) => {  // the middle of a unit on the page
    const host = document.querySelector(".dino-live-network"), {field} = host.network.canvas.at;
    const box = host.querySelector("canvas").getBoundingClientRect();
    return [box.x + field.x + (index % field.columns + 0.5) * field.size,
            box.y + field.y + (Math.floor(index / field.columns) + 0.5) * field.size];
}"""


class Written:
    """A moment as the server sends it, and the numbers that it was packed from."""

    def __init__(
        self,
        step: int,
        letters: str = "prot",
        run: str = "run",
        units: int = 12,
        symbols: tuple[str, ...] = ABC,
    ) -> None:
        rng, T = np.random.default_rng(step), len(letters) + 1
        self.ids = np.array([*map(symbols.index, letters), 0])
        self.probs = rng.dirichlet(np.full(len(symbols), 0.5), T)
        self.hidden = rng.uniform(-1, 1, (T, units))
        ends = self.probs.cumsum(axis=1)[np.arange(T), self.ids]
        self.draws = ends - rng.uniform(0.1, 0.9, T) * self.probs[np.arange(T), self.ids]
        packed = pack_trace(step, letters, self.ids, self.probs, self.hidden, self.draws, True)
        self.sent = {"run": run, "cell": "rnn", **packed.as_json(symbols)}


@pytest.fixture
def scene(chrome: Browser) -> Iterator[Page]:
    """The component alone in a page whose clock the test moves, in a context of its own: all pages
    of a context have the same clock.
    """
    page, errors = new_page(chrome), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    colors = "".join(f"--st-{name}: {value};" for name, value in THEME.items())
    page.clock.install()
    page.set_content(
        f"<html><style>body {{ {colors} }} "
        f"{component.component_source('live_network.css', live_network.HERE)}"
        f"</style><body><div class=st-key-live_network>"
        f"{component.component_source('live_network.html', live_network.HERE)}</div></body></html>"
    )
    data = {
        **{"key": "", "stream": False, "run": "run", "at": 1.0, "frame": None, "unit": None},
        **{"words": live_network.words_for(ENGLISH.put), "separators": ".,", "context": 0},
    }
    code = component.code("live_network", live_network.HERE, live_network.PARTS)
    page.clock.pause_at(10_000_000_000)
    page.evaluate(SCENE, [code, data])
    yield page
    assert not errors


def hear(page: Page, written: Written | None, at: float, **more: Any) -> None:
    """A frame of the server's."""
    page.evaluate("(frame) => hear(frame)", {"at": at, "written": written and written.sent, **more})


def told(page: Page) -> tuple[int, int, str]:
    """Step and letter that are shown, and whether it writes or rests."""
    step, letter, state = page.evaluate(
        "() => [host.dataset.step, host.dataset.letter, host.dataset.state]"
    )
    return int(step or -1), int(letter), state


def plain(words: str) -> str:
    """Without the marks of the scripts' directions, and with spaces where a line may not end."""
    return words.replace("\u2068", "").replace("\u2069", "").replace("\u00a0", " ")


def draws(page: Page) -> int:
    return int(page.evaluate("() => Number(host.dataset.draws ?? 0)"))


@pytest.mark.parametrize(("units", "symbols"), [(1, ABC), (64, ABC), (512, ABC), (128, MANY)])
def test_what_is_drawn_is_what_the_network_computed(scene: Page, units, symbols) -> None:
    written = Written(7, "".join(symbols[i] for i in (3, 9, 1, 20)), units=units, symbols=symbols)
    hear(scene, written, 2)
    scene.clock.run_for(3000)
    scene.locator(".letters").press("Home")
    for t in range(5):
        scene.clock.run_for(100)
        drawn = scene.evaluate(DRAWN)
        assert (drawn["step"], drawn["letter"], drawn["share"]) == (7, t, 1)
        states = (np.array(drawn["state"]) - 128) / 127
        np.testing.assert_allclose(states, written.hidden[t], atol=0.51 / 127)
        probs = np.sort(np.array(drawn["probs"]) / 255)
        most = np.sort(written.probs[t])[-len(probs) :]
        taken = written.probs[t, written.ids[t]]
        if taken < most[0]:  # then its bar is the last of twelve
            most[0] = taken
        np.testing.assert_allclose(probs, np.sort(most), atol=0.51 / 255)
        words = scene.locator(".letters").get_attribute("aria-valuetext") or ""
        assert f"The draw {written.draws[t]:.2f} picks" in words
        assert symbols[written.ids[t]] in words.split(" picks ")[1]
        assert words == scene.locator(".words").inner_text()
        scene.locator(".letters").press("ArrowRight")


@pytest.mark.parametrize("letters", ["a", "protocirasaurus", "abcdefghijklmnopqrstuvwxyzabc"])
def test_a_name_is_written_within_two_seconds(scene: Page, letters: str) -> None:
    hear(scene, Written(7, letters), 2)
    scene.clock.run_for(200)
    assert told(scene)[2] == "writes"
    scene.clock.run_for(1800)
    assert told(scene) == (7, len(letters), "rest")


def test_a_name_that_is_begun_is_finished_and_then_the_newest_is_written(scene: Page) -> None:
    hear(scene, Written(1, "protosaurus"), 2)
    for i, step in enumerate((2, 3, 5)):
        scene.clock.run_for(300)
        hear(scene, Written(step, "other"), 3 + i)
        assert told(scene)[0] == 1
    scene.clock.run_for(2000)
    assert told(scene)[0] == 5
    scene.clock.run_for(2000)
    assert told(scene) == (5, 5, "rest")
    assert [it for it in scene.evaluate("steps") if it] == ["1", "5"]


def test_another_run_is_shown_at_once_and_none_of_the_one_before(scene: Page) -> None:
    hear(scene, Written(50, "protosaurus"), 2)
    scene.clock.run_for(300)
    hear(scene, Written(60, "later"), 3)
    scene.evaluate("() => draw({run: 'other', at: 5})")  # after Reset, before it has a network
    assert told(scene)[0] == -1
    hear(scene, Written(70, "late"), 4)  # sent before, of the old run
    assert told(scene)[0] == -1
    hear(scene, Written(0, "new", run="other"), 6)
    assert told(scene)[0] == 0
    scene.evaluate("() => draw({run: 'run', at: 4.5})")  # an old script that comes late
    assert told(scene)[0] == 0
    scene.clock.run_for(4000)
    assert told(scene) == (0, 3, "rest")


def test_a_frame_that_comes_too_late_changes_nothing(scene: Page) -> None:
    hear(scene, Written(20), 5)
    hear(scene, Written(10), 4)
    scene.clock.run_for(4000)
    assert scene.evaluate("steps") == ["20"]
    hear(scene, None, 6)
    assert told(scene)[0] == -1


def test_while_nothing_changes_nothing_is_drawn(scene: Page) -> None:
    hear(scene, Written(20), 5)
    scene.clock.run_for(3000)
    before = draws(scene)
    hear(scene, Written(20), 6)  # the same, once more
    for at in (7, 8, 9):
        scene.evaluate("(at) => hear({at})", at)
    scene.clock.run_for(10_000)
    assert draws(scene) == before


def test_a_draw_is_at_most_one_a_frame_of_the_screen(scene: Page) -> None:
    scene.evaluate("""() => {
        window.frames = new Set();
        const {frame} = host.network;
        host.network.frame = function (now) {
            if (frames.has(now)) window.twice = true;
            frames.add(now);
            frame.call(this, now);
        };
    }""")
    hear(scene, Written(20, "protosaurus"), 5)
    scene.clock.run_for(1000)
    for i in range(5):
        scene.evaluate("(at) => draw({at})", 6 + i)
    scene.clock.run_for(1000)
    assert not scene.evaluate("window.twice")
    assert draws(scene) <= scene.evaluate("frames.size") <= 2000 / 16 + 2


def test_with_reduced_motion_it_shows_the_last_letter_of_each_newest_moment(scene: Page) -> None:
    scene.emulate_media(reduced_motion="reduce")
    scene.clock.run_for(500)  # until it has its place
    for step in (1, 2):
        before = draws(scene)
        hear(scene, Written(step, "protosaurus"), 1 + step)
        scene.clock.run_for(100)
        assert told(scene) == (step, 11, "rest")
        scene.clock.run_for(3000)
        assert draws(scene) == before + 1


def test_a_hidden_page_draws_nothing_and_then_shows_the_newest(scene: Page) -> None:
    hear(scene, Written(1, "protosaurus"), 2)
    scene.clock.run_for(300)
    scene.evaluate(HIDE, True)
    before = draws(scene)
    for step in (2, 3):
        hear(scene, Written(step, "others"), 1 + step)
        scene.clock.run_for(3000)
    assert draws(scene) == before
    scene.evaluate(HIDE, False)
    scene.clock.run_for(3000)
    assert told(scene) == (3, 6, "rest")
    assert scene.evaluate("() => host.drawn.step") == 3


def test_keys_go_from_letter_to_letter_and_what_comes_meanwhile_waits(scene: Page) -> None:
    letters = scene.locator(".letters")
    hear(scene, Written(1, "prot"), 2)
    scene.clock.run_for(3000)
    for key, letter in (("Home", 0), ("ArrowRight", 1), ("ArrowLeft", 0), ("PageUp", 4)):
        letters.press(key)
        assert told(scene) == (1, letter, "rest")
        assert letters.get_attribute("aria-valuenow") == str(letter + 1)
    letters.press("ArrowLeft")
    hear(scene, Written(2, "other"), 3)
    scene.clock.run_for(3000)
    assert told(scene) == (1, 3, "rest")  # it is being looked at
    letters.press("End")
    scene.clock.run_for(3000)
    assert told(scene) == (2, 5, "rest")


def test_who_listens_hears_nothing_while_it_writes(scene: Page) -> None:
    letters = scene.locator(".letters")
    hear(scene, Written(1, "prot"), 2)
    before = letters.get_attribute("aria-valuetext")
    scene.clock.run_for(300)
    assert letters.get_attribute("aria-valuetext") == before
    assert not scene.locator("[aria-live], [role=status]").count()
    scene.clock.run_for(3000)
    assert "the name ends" in (letters.get_attribute("aria-valuetext") or "")


def test_it_is_written_again_and_leads_inside(scene: Page) -> None:
    hear(scene, Written(1, "prot"), 2)
    scene.clock.run_for(3000)
    scene.get_by_role("button", name="Write it again").click()
    scene.clock.run_for(100)
    assert told(scene)[1:] == (0, "writes")
    scene.clock.run_for(3000)
    scene.get_by_role("button", name="Look inside").click()
    scene.locator(".letters").press("Enter")
    scene.locator("canvas").click(position={"x": 5, "y": 5})
    assert scene.evaluate("asked") == 3 * [["inside", {"run": "run", "step": 1}]]


def test_a_units_weights_are_asked_for_once_a_moment(scene: Page) -> None:
    def rest_on(unit: int) -> None:
        scene.mouse.move(*scene.evaluate(PLACE, unit))
        scene.clock.run_for(400)

    hear(scene, Written(1, "prot"), 2)
    scene.clock.run_for(3000)
    for unit in (3, 5, 3, 5):
        rest_on(unit)
        if unit == 5:
            answer = {"run": "run", "step": 1, "unit": 5, "of": 1, "candidate": "g"}
            found = [["reads", 1, -1.5], ["from", 2, 0.75], ["to", 0, 0.5]]
            scene.evaluate("(unit) => draw({unit})", {**answer, "strongest": found})
    units = [value for name, value in scene.evaluate("asked") if name == "unit"]
    assert units == [{"run": "run", "step": 1, "unit": unit} for unit in (3, 5)]
    words = plain(scene.locator(".words").inner_text())
    assert words.startswith("Unit 5: its state is")
    assert "from the letter “a” −1.50, from unit 2 0.75, to the score of “⏎” 0.50" in words
    assert "those of its candidate (g)" in words
    scene.mouse.move(1, 1)
    scene.clock.run_for(200)
    assert plain(scene.locator(".words").inner_text()).startswith("It read “t” after “pro”")
    hear(scene, Written(2, "prot"), 3)
    scene.clock.run_for(3000)
    rest_on(5)
    assert scene.evaluate("asked").pop() == ["unit", {"run": "run", "step": 2, "unit": 5}]


def test_weights_of_a_pointed_unit_are_there_while_moments_pass(scene: Page) -> None:
    hear(scene, Written(1, "prot"), 2)
    scene.clock.run_for(3000)
    scene.mouse.move(*scene.evaluate(PLACE, 5))
    scene.clock.run_for(400)
    answer = {"run": "run", "unit": 5, "candidate": "", "strongest": [["from", 2, 0.75]]}
    scene.evaluate("(unit) => draw({unit})", {**answer, "step": 1, "of": 1})
    hear(scene, Written(2, "prot"), 3)
    scene.clock.run_for(3000)
    words = plain(scene.locator(".words").inner_text())
    assert words.endswith(
        "Its strongest weights: from unit 2 0.75. These are the weights of update 1."
    )
    assert scene.evaluate("asked").pop() == ["unit", {"run": "run", "step": 2, "unit": 5}]
    answer["strongest"] = [["from", 2, 0.5]]
    scene.evaluate("(unit) => draw({unit})", {**answer, "step": 2, "of": 2})
    words = plain(scene.locator(".words").inner_text())
    assert words.endswith("Its strongest weights: from unit 2 0.50.")
    assert len(scene.evaluate("asked")) == 2


def test_the_sentence_on_a_long_name_is_not_cut(scene: Page) -> None:
    scene.set_viewport_size({"width": 984, "height": 800})
    scene.add_style_tag(content="body { font-family: 'DejaVu Sans' }")
    hear(scene, Written(1, "quowvaprcnohawkkhklptkcquowv"), 2)
    scene.clock.run_for(3000)
    words = scene.locator(".words")
    assert plain(words.inner_text()).startswith("It read “v” after “…khklptkcquow”.")
    assert words.evaluate("it => it.scrollWidth <= it.clientWidth")


def test_the_letter_that_is_read_stays_in_its_place(scene: Page) -> None:
    places = set()
    for step, letters in enumerate(("a", "protosaurus", "quowvaprcnohawkkhklptkcquowv")):
        hear(scene, Written(step, letters), 2 + step)
        scene.clock.run_for(3000)
        places.add(scene.evaluate("JSON.stringify(host.network.canvas.at.tile)"))
    assert len(places) == 1


def test_letters_of_a_list_are_never_markup(scene: Page) -> None:
    symbols = ("⏎", "<b id=x>", "&amp;", '"', *"abc")
    written = Written(1, "", symbols=symbols)
    written.sent |= {"ids": [1, 2, 3, 1], "name": "<b id=x>", "draws": [0.1] * 4}
    again = Written(1, "abca", symbols=symbols).sent
    written.sent |= {name: again[name] for name in ("state", "probs", "within")}
    hear(scene, written, 2)
    scene.clock.run_for(3000)
    assert "<b id=x>" in scene.locator(".words").inner_text()
    assert not scene.locator("#x").count()


# In the app

NOTE = """() => {  // the run and the step of every moment that is shown, in their order
    const host = document.querySelector(".dino-live-network");
    window.shown = [];
    const note = () => {
        const {run, step} = host.dataset, [last] = shown.slice(-1);
        if (run && !(last?.[0] === run && last[1] === +step)) shown.push([run, +step]);
    };
    note();
    new MutationObserver(note).observe(host, {attributes: true});
}"""
SHOWN = "() => document.querySelector('.dino-live-network')?.network?.shown ?? null"
AT_REST = "() => document.querySelector('.dino-live-network').dataset.state === 'rest'"
LONG = "?max_steps=100000&hidden_size=256"


def shown(page: Page) -> dict[str, Any]:
    """The moment that is shown, once there is one."""
    wait_for(lambda: page.evaluate(SHOWN), "a name in the picture")
    return dict(page.evaluate(SHOWN))


def newest(page: Page) -> tuple[str, str]:
    """The newest step and its first name, as the text beside the chart has them."""
    when = page.locator(".dino-live .newest .when").inner_text()
    return when.split(" ·")[0], page.locator(".dino-live .newest .name").first.inner_text()


def shows_newest(page: Page) -> bool:
    found = page.evaluate(SHOWN)
    if not found or not page.evaluate(AT_REST):
        return False
    name = found["name"] + ("" if found["finished"] else "…")
    return (f"Update {found['step']:,}", name) == newest(page)


def goes_on(page: Page) -> None:
    """Wait for two newer moments."""
    step, length = shown(page)["step"], page.evaluate("shown.length")
    wait_for(lambda: page.evaluate("shown.length") >= length + 2, "newer names")
    assert shown(page)["step"] > step


def draws_of(page: Page) -> str:
    return str(page.locator(".dino-live-network").get_attribute("data-draws"))


def never_goes_back(page: Page, runs: int) -> None:
    """No older moment came after a newer one of its run, and no run after the next one."""
    found = page.evaluate("shown")
    tokens = list(dict.fromkeys(run for run, _ in found))
    assert len(tokens) <= runs
    for before, after in zip(found, found[1:], strict=False):
        same = before[0] == after[0]
        assert before[1] < after[1] if same else tokens.index(before[0]) < tokens.index(after[0])


def test_an_untrained_network_writes_before_any_click(page: Page, address: str, corpus) -> None:
    open_lab(page, address + "?hidden_size=8&cell=gru&engine=torch&seed=4")
    found = shown(page)
    run = Trainer(Config(hidden_size=8, cell="gru", engine="torch", seed=4), corpus).run()
    assert run.written is not None and found["step"] == 0
    sent = run.written.as_json(corpus.vocab.labels)
    assert {name: found[name] for name in sent if name not in ("state", "probs", "shown")} == {
        name: value for name, value in sent.items() if name not in ("state", "probs", "shown")
    }
    assert all(bytes(found[name]) == b64decode(sent[name]) for name in ("state", "probs"))


@pytest.mark.long
def test_a_click_looks_inside_the_name_that_is_shown(page: Page, address: str) -> None:
    open_lab(page, address + "?max_steps=60&hidden_size=16")
    button(page, "Full speed").click()
    button(page, "Train").click()
    expect(page.get_by_text("Finished", exact=False).first).to_be_visible()
    wait_for(lambda: shows_newest(page), "the last name")
    found = shown(page)
    assert found["step"] == 60
    page.locator(".dino-live-network canvas").click(position={"x": 200, "y": 10})
    expect(page.get_by_text("After 60 of 60 updates.")).to_be_visible()
    names = page.locator(".st-key-morph tbody tr").first
    expect(names).to_contain_text(found["name"])
    expect(names).to_have_attribute("aria-selected", "true")


def test_a_click_on_an_untrained_network_leads_inside_too(page: Page, address: str) -> None:
    open_lab(page, address)
    shown(page)
    button(page, "Look inside").click()
    page.wait_for_selector(".st-key-inside")


def test_pointing_at_a_unit_brings_its_weights(page: Page, address: str) -> None:
    open_lab(page, address + "?hidden_size=16&cell=lstm")
    shown(page)
    wait_for(lambda: page.evaluate(AT_REST), "a name at rest")
    page.mouse.move(*page.evaluate(PLACE, 3))
    words = page.locator(".dino-live-network .words")
    expect(words).to_contain_text("Its strongest weights: ")
    expect(words).to_contain_text("Unit 3: ")
    expect(words).to_contain_text("candidate (g)")


@pytest.mark.long
def test_reset_while_it_writes_shows_the_new_run_alone(page: Page, address: str) -> None:
    open_lab(page, address + LONG)
    shown(page)
    page.evaluate(NOTE)
    for run in (2, 3):
        button(page, "Train").click()
        wait_for(lambda: page.evaluate(SHOWN)["step"] > 0, "a trained moment")
        button(page, "Reset").click()
        wait_for(lambda: (it := page.evaluate(SHOWN)) and it["step"] == 0, "the new network")
        never_goes_back(page, runs=run)
    page.wait_for_function(
        "() => document.querySelector('.dino-live-network').dataset.state === 'rest'"
    )
    never_goes_back(page, runs=3)


@pytest.mark.long
def test_a_deleted_run_that_comes_back_is_shown_as_it_was(page: Page, address: str) -> None:
    open_lab(page, address + "?max_steps=60&hidden_size=16")
    button(page, "Train").click()
    button(page, "Full speed").click()
    wait_for(lambda: shows_newest(page) and shown(page)["step"] == 60, "the last name")
    before = shown(page)
    page.get_by_role("link", name="Compare").first.click()
    page.get_by_role("button", name=re.compile("^Delete: Run 1")).click()
    expect(page.get_by_text("Deleted: Run 1", exact=False)).to_be_visible()
    button(page, "Undo").click()
    expect(page.get_by_role("button", name=re.compile("^Delete: Run 1"))).to_be_visible()
    page.get_by_role("link", name="Lab").first.click()
    assert shown(page)["run"] == before["run"] or shown(page)["step"] == 0
    page.evaluate(NOTE)
    wait_for(lambda: page.evaluate(AT_REST), "a name at rest")
    assert len(page.evaluate("shown")) == 1


@pytest.mark.long
def test_without_a_stream_the_script_brings_the_newest_name(
    page: Page, shared_app: SharedApp
) -> None:
    address, _ = shared_app.start(app, "app.py", "", True)
    open_lab(page, address + "?max_steps=300&hidden_size=16")
    assert shown(page)["step"] == 0
    page.evaluate(NOTE)
    button(page, "Train").click()
    wait_for(lambda: shown(page)["step"] == 300 and page.evaluate(AT_REST), "the last name")
    never_goes_back(page, runs=1)


@pytest.mark.long
def test_through_a_long_run_it_never_goes_back(page: Page, address: str, chrome: Browser) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_lab(page, address + LONG)
    shown(page)
    page.evaluate(NOTE)
    button(page, "Train").click()
    goes_on(page)
    enter(page, "learning_rate", "0.001")
    goes_on(page)
    page.evaluate(HIDE, True)
    seen = draws_of(page)
    page.wait_for_timeout(3000)  # in which nothing may happen
    assert draws_of(page) == seen
    page.evaluate(HIDE, False)
    goes_on(page)
    never_goes_back(page, runs=1)
    watcher = new_page(chrome)
    watcher.goto(watch_link(page))
    shown(watcher)
    watcher.evaluate(NOTE)
    goes_on(watcher)
    assert shown(watcher)["run"] == shown(page)["run"]
    step = shown(page)["step"]
    page.reload()
    assert shown(page)["step"] >= step
    page.evaluate(NOTE)
    goes_on(page)
    button(page, "Pause").click()
    wait_for(lambda: shows_newest(page) and shows_newest(watcher), "the newest name of both")
    never_goes_back(page, runs=1)
    never_goes_back(watcher, runs=1)
