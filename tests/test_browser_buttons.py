"""The run's buttons in a real browser: no click lost, none done twice, focus and places kept."""

from __future__ import annotations

import re
from contextlib import closing

import pytest
from browser import (
    DESKTOP,
    IN_A_BROWSER,
    PHONE,
    adapt,
    box_at_rest,
    button,
    finish,
    new_page,
    open_lab,
    settled,
)
from playwright.sync_api import Browser, Locator, Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from dino.ui.component import component_source

pytestmark = IN_A_BROWSER
LONG = "?max_steps=100000&hidden_size=8"
SHORT = "?max_steps=100&hidden_size=8"
FOCUSED = "() => document.activeElement?.innerText.trim() ?? ''"
# What lies where, of all that a visitor may be about to press; and every focus that was lost.
# What lies above the offers; on a desktop they have a place of their own, so what is below, too.
PLACES = """() => [...document.querySelectorAll(
    '.dino-run-buttons button, .st-key-first_row [class*=st-key-field_]'
    + (innerWidth > 640 ? ', .dino-live .halves' : ''))]
    .map((it) => { const { x, y } = it.getBoundingClientRect(); return [x, y].map(Math.round); })"""
WATCH_FOCUS = """() => {
    window.lost = 0;
    document.addEventListener("focusout", () => setTimeout(() => {
        if (document.activeElement === document.body) window.lost += 1;
    }));
}"""


def main(page: Page) -> Locator:
    """The button that is Train, Pause and so on."""
    return page.locator(".dino-run-buttons .main")


def scripts(page: Page) -> list[str]:
    """A list that grows with every message that asks for a run of the script."""
    sent: list[str] = []

    def note(frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            back = BackMsg.FromString(frame)
            if back.WhichOneof("type") == "rerun_script":
                sent.append(back.rerun_script.fragment_id)

    page.on("websocket", lambda socket: socket.on("framesent", note))
    return sent


def paused_at(page: Page, step: int) -> None:
    """Wait until the run rests at this step, and the page says so."""
    expect(page.get_by_text(f"Paused at update {step:,} of", exact=False)).to_be_visible()


def set_rate(page: Page, rate: str) -> None:
    """Type a learning rate."""
    box = page.locator(".st-key-learning_rate input").first
    box.click()
    box.fill(rate)
    box.press("Enter")


@pytest.mark.long
def test_thirty_fast_clicks_on_step_are_thirty_steps_in_fewer_messages(
    page: Page, address: str
) -> None:
    sent = scripts(page)
    open_lab(page, address + LONG)
    settled(page)
    before = len(sent)
    page.evaluate("""async () => {
        const step = document.querySelector(".dino-run-buttons .step");
        for (let i = 0; i < 30; i += 1) {
            step.click();
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
    }""")
    paused_at(page, 30)
    settled(page)
    assert len(sent) - before < 30  # a click that comes while a message is under way waits for it
    expect(button(page, "Train on")).to_be_enabled()


@pytest.mark.long
def test_each_click_of_a_mouse_counts_as_fast_as_it_can(page: Page, address: str) -> None:
    open_lab(page, address + LONG)
    box = box_at_rest(button(page, "Update"))
    for _ in range(30):
        page.mouse.click(box["x"] + 20, box["y"] + 20)
    paused_at(page, 30)


@pytest.mark.long
def test_steps_from_the_keyboard_count_too_and_keep_the_focus(page: Page, address: str) -> None:
    open_lab(page, address + LONG)
    page.evaluate(WATCH_FOCUS)
    button(page, "Update").focus()
    for number in range(30):
        page.keyboard.press(("Enter", "Space")[number % 2])
    paused_at(page, 30)
    settled(page)
    assert page.evaluate(FOCUSED) == "Update" and page.evaluate("window.lost") == 0


@pytest.mark.long
def test_the_focus_stays_on_the_button_that_changes_its_word(page: Page, address: str) -> None:
    open_lab(page, address + LONG)
    page.evaluate(WATCH_FOCUS)
    main(page).focus()
    page.evaluate("document.activeElement.mine = true")
    for word in ("Pause", "Train on", "Pause", "Train on"):
        page.keyboard.press("Enter")
        expect(main(page)).to_have_text(word)
        settled(page)
        assert page.evaluate("document.activeElement.mine") is True
    assert page.evaluate("window.lost") == 0


@pytest.mark.long
def test_a_double_click_is_one_click(page: Page, address: str) -> None:
    open_lab(page, address + LONG)
    main(page).dblclick()
    expect(page.get_by_text("Update", exact=True).first).to_be_visible()
    settled(page)
    expect(main(page)).to_have_text("Pause")
    main(page).dblclick()
    expect(page.get_by_text("Paused at update", exact=False)).to_be_visible()
    settled(page)
    expect(main(page)).to_have_text("Train on")


# Two lines of one page, each with offers of its own, as while the page is drawn in another place.
TWICE = """() => {
  const clicks = window.dinoClicked, before = clicks.offers;
  const hosts = [1, 2].map((offers) => {
    const host = document.body.appendChild(document.createElement("div"));
    clicks.join(host, () => {
      const other = clicks.offers !== offers;
      clicks.offers = offers;
      host.drawn = (host.drawn ?? 0) + 1;
      if (other) clicks.redraw();
    }, () => {});
    return host;
  });
  clicks.redraw();
  for (const host of hosts) { clicks.leave(host); host.remove(); }
  clicks.redraw();
  return [...hosts.map((host) => host.drawn), clicks.offers === before];
}"""


def test_two_lines_with_other_offers_do_not_ask_for_ever(page: Page, address: str) -> None:
    """Streamlit empties the page if a component fails while it leaves."""
    open_lab(page, address)
    settled(page)
    assert page.evaluate(TWICE) == [2, 2, True]


@pytest.mark.long
def test_the_button_changes_its_word_with_the_run_and_no_script(page: Page, address: str) -> None:
    open_lab(page, address + SHORT)
    settled(page)
    page.evaluate("""() => {
        window.words = [];
        const word = document.querySelector(".dino-run-buttons .main span");
        new MutationObserver(() => words.push(word.innerText)).observe(
            word, {childList: true, characterData: true, subtree: true});
        document.querySelector(".dino-run-buttons .main").click();
        window.atOnce = word.innerText;
    }""")
    assert page.evaluate("window.atOnce") == "Pause"
    expect(main(page)).to_have_text("Train further")
    words = page.evaluate("words.filter((word, i) => word !== words[i - 1])")
    assert words == ["Pause", "Train further"]


@pytest.mark.long
def test_clicks_that_streamlit_drops_are_sent_again_and_done_once(page: Page, address: str) -> None:
    dropped: list[int] = []

    def relay(socket) -> None:
        server = socket.connect_to_server()

        def forward(message: str | bytes) -> None:
            acts = isinstance(message, bytes) and b'"act"' in message
            if acts and len(dropped) < 2:
                dropped.append(1)
            else:
                server.send(message)

        socket.on_message(forward)

    page.route_web_socket(re.compile("_stcore/stream"), relay)
    open_lab(page, address + LONG)
    settled(page)
    for _ in range(3):
        button(page, "Update").click()
    paused_at(page, 3)
    assert len(dropped) == 2
    settled(page)
    paused_at(page, 3)


@pytest.mark.long
def test_the_rest_of_the_page_is_asked_for_until_it_is_there(page: Page, address: str) -> None:
    dropped: list[int] = []

    def relay(socket) -> None:
        server = socket.connect_to_server()

        def forward(message: str | bytes) -> None:
            asks = isinstance(message, bytes) and b"-early__events" in message
            if asks and len(dropped) < 2:
                dropped.append(1)
            else:
                server.send(message)

        socket.on_message(forward)

    page.route_web_socket(re.compile("_stcore/stream"), relay)
    open_lab(page, address + LONG)
    assert len(dropped) == 2


@pytest.mark.long
def test_a_click_whose_answer_is_late_is_sent_twice_and_done_once(page: Page, address: str) -> None:
    open_lab(page, address + LONG)
    settled(page)
    page.evaluate("""() => {
        const clicks = window.dinoClicked, send = clicks.send;
        clicks.send = function () { send.call(this); send.call(this); };
    }""")
    for made in (1, 2, 3):
        button(page, "Update").click()
        paused_at(page, made)
    settled(page)
    paused_at(page, 3)


@pytest.mark.long
def test_another_rate_after_a_run_is_a_new_run_or_the_same_one_further(
    page: Page, address: str
) -> None:
    open_lab(page, address + SHORT)
    button(page, "Train").click()
    finish(page)
    set_rate(page, "0.05")
    new, further = button(page, "New run at rate 0.05"), button(page, "Continue at rate 0.05")
    expect(new).to_be_visible()
    sizes = [it.bounding_box() for it in (new, further)]
    assert sizes[0]["width"] == sizes[1]["width"] and sizes[0]["height"] == sizes[1]["height"]
    expect(page.get_by_text("more than one rate", exact=False)).to_be_visible()
    page.evaluate(WATCH_FOCUS)
    further.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-live").get_by_text("rate 0.05")).to_be_visible()
    expect(page.get_by_text("Finished 200 updates", exact=False)).to_be_visible()
    assert page.evaluate("window.lost") == 0 and page.evaluate(FOCUSED) == "Train further"
    set_rate(page, "0.02")
    button(page, "New run at rate 0.02").click()
    expect(page.get_by_text("Finished 100 updates", exact=False)).to_be_visible()
    expect(page.locator(".dino-run-line .offer button:visible")).to_have_count(0)


@pytest.mark.long
def test_the_pace_acts_at_once_in_the_midst_of_a_run(page: Page, address: str) -> None:
    open_lab(page, address)
    expect(button(page, "Watch")).to_have_attribute("aria-pressed", "true")
    button(page, "Train").click()
    expect(page.get_by_role("status").filter(has_text=re.compile("^Update [1-9]"))).to_be_visible()
    expect(button(page, "Pause")).to_be_visible()
    button(page, "Full speed").click()
    expect(button(page, "Full speed")).to_have_attribute("aria-pressed", "true")
    finish(page)
    button(page, "Reset").click()
    expect(button(page, "Train")).to_be_enabled()
    expect(button(page, "Full speed")).to_have_attribute("aria-pressed", "true")


@pytest.mark.long
def test_where_the_settings_are_another_runs_the_main_button_trains_no_old_recipe(
    page: Page, address: str
) -> None:
    open_lab(page, address + SHORT)
    button(page, "Train").click()
    finish(page)
    main = page.locator(".dino-run-buttons .main")
    expect(main).to_have_attribute("aria-disabled", "false")
    page.get_by_text("LSTM", exact=True).first.click()
    expect(button(page, "New run")).to_be_visible()
    expect(main).to_have_attribute("aria-disabled", "true")
    expect(main).to_have_attribute("title", re.compile("no longer match this run"))
    page.get_by_text("RNN", exact=True).first.click()
    expect(main).to_have_attribute("aria-disabled", "false")
    page.get_by_text("LSTM", exact=True).first.click()
    button(page, "New run").click()
    expect(page.get_by_text("8 × 32")).to_be_visible()  # the network is the new one's
    finish(page)
    expect(main).to_have_attribute("aria-disabled", "false")


@pytest.mark.long
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_moves_when_something_is_offered(
    page: Page, address: str, size: tuple[int, int]
) -> None:
    adapt(page, size)
    open_lab(page, address + SHORT)
    button(page, "Train").click()
    finish(page)
    if size == PHONE:
        page.locator(".dino-fold button").click()
    settled(page)
    before = page.evaluate(PLACES)
    set_rate(page, "0.05")
    expect(button(page, "New run at rate 0.05")).to_be_visible()
    settled(page)
    assert page.evaluate(PLACES) == before
    page.get_by_text("LSTM", exact=True).first.click()
    expect(button(page, "New run")).to_be_visible()
    settled(page)
    assert page.evaluate(PLACES) == before


@pytest.mark.long
def test_where_the_stream_cannot_be_reached_the_buttons_work_all_the_same(
    page: Page, address: str
) -> None:
    page.route("**/dino/**", lambda route: route.abort())
    open_lab(page, address + LONG)
    for made in (1, 2):
        button(page, "Update").click()
        paused_at(page, made)
    button(page, "Train on").click()
    expect(button(page, "Pause")).to_be_visible()
    button(page, "Pause").click()
    expect(button(page, "Train on")).to_be_visible()
    expect(page.get_by_text("Paused at update", exact=False)).to_be_visible()


# The list of clicks without a server: one part of the page that shows buttons, and what it sends.
CLICKS = """async (source) => {
    const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
    await import(url);
    window.sent = [];
    window.come = () => {
        document.body.innerHTML = "<div></div>";
        clicks.join(document.body.firstChild, () => {}, (_, list) =>
            sent.push(list.map(({ n, action }) => `${n} ${action}`).join()));
    };
    window.go = () => { document.body.innerHTML = ""; };
    come();
}"""


def test_a_click_is_sent_though_its_part_of_the_page_was_replaced(chrome: Browser) -> None:
    with closing(new_page(chrome)) as page:
        page.clock.install()
        page.evaluate(CLICKS, component_source("clicks.js") + "window.clicks = dinoClicks('key');")

        def sent_after(did: str, milliseconds: int) -> list[str]:
            page.evaluate(f"sent.length = 0; {did}")
            page.clock.run_for(milliseconds)
            return page.evaluate("sent")

        assert sent_after("clicks.click('play'); go()", 10_000) == ["1 play"]  # it is not confirmed
        assert sent_after("come()", 1000) == ["1 play"]
        assert sent_after("clicks.confirm(1); go(); clicks.click('pause')", 5000) == []
        assert sent_after("come()", 1000) == ["2 pause"]
        assert sent_after("clicks.confirm(2); go(); come()", 10_000) == []
