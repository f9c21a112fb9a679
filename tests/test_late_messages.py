"""What a page sets holds, though its browser sends once more what it showed before.

A browser sends the values of all its widgets with every message. Here such a message comes late:
after the page has set some, and before the browser has heard of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from addresses import said
from pressing import (
    job_of,
    part,
    press,
    redraws_the_page,
    send,
    send_late,
    send_states,
    set_by_page,
    shown_values,
    state_in,
    type_in,
    type_numbers,
)
from sampling import one_in
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.state.common import user_key_from_element_id
from streamlit.testing.v1 import AppTest
from test_address import go_back
from test_open_run_page import opened_page, saved, trainer
from test_pages import lab
from waiting import wait_for

from dino.config import SETTINGS, Config
from dino.presets import PRESETS
from dino.ui import server, settings

# The recipe of each preset, quick to train, and nearest to that preset.
RECIPES = {
    name: preset.config.replace(max_steps=2, engine="torch") for name, preset in PRESETS.items()
}


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    yield
    server.renew()


@pytest.fixture(scope="module")
def files() -> list[bytes]:
    """A saved run of each preset."""
    return [saved(trainer(config, steps=2)) for config in RECIPES.values()]


def recipe(page: AppTest) -> Config:
    """That on the controls."""
    return Config(**{name: page.session_state[name] for name in SETTINGS})


def shows_its_run(page: AppTest) -> None:
    """The controls and the address have the recipe of the page's run."""
    wanted = job_of(page).config
    assert recipe(page) == wanted == Config.from_url(said(page))[0]
    assert page.session_state["preset"] == settings.nearest_preset(wanted)
    told = {user_key_from_element_id(it.id): it for it in shown_values(page).widgets}
    assert told["max_steps"].string_value.startswith("2")


def holds(page: AppTest, before: object) -> None:
    """The controls have the recipe of the page's run, however often the browser is late."""
    shows_its_run(page)
    for _ in range(2):
        send_late(page, before)
        shows_its_run(page)


def open_file(page: AppTest, file: bytes) -> object:
    """Open a saved run. What the browser sent when the page had just opened it."""
    sent = [file_sent(page, file)]

    def is_open() -> bool:
        sent.append(shown_values(page))
        page.run()
        return not page.session_state["reading"]

    wait_for(is_open, "the file")
    assert not page.exception
    return sent[-1]


def file_sent(page: AppTest, file: bytes) -> object:
    before = shown_values(page)
    page.file_uploader[0].set_value(("a.safetensors", file, "application/octet-stream")).run()
    return before


def test_the_recipes_are_each_nearest_to_their_preset() -> None:
    assert [settings.nearest_preset(config) for config in RECIPES.values()] == list(RECIPES)


def test_a_run_that_is_opened_keeps_its_settings_by_file_by_row_and_by_history(
    files: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    page, places = opened_page(), list[dict[str, str]]()
    for file in files:
        holds(page, open_file(page, file))
        places.append(said(page))
    for number in [*range(1, len(files) + 1), 1, len(files), 2]:
        before = shown_values(page)
        send(page, part(page, "runs")[0].id, "open", number)
        assert job_of(page).number == number
        holds(page, before)
    for place in (*reversed(places), *places):
        before = shown_values(page)
        go_back(page, monkeypatch, place)
        assert job_of(page).number == int(place["run"])
        holds(page, before)
        assert said(page) == place  # the entry of the history is as it was


@pytest.mark.parametrize("preset, before", one_in(4, itertools.permutations(PRESETS, 2)))
def test_a_preset_holds_and_what_is_chosen_next_is_taken(preset: str, before: str) -> None:
    old = PRESETS[before].config.replace(hidden_size=11, average=0.5)
    page = lab(**old.to_url())
    sent = shown_values(page)
    page.selectbox(key="preset").set_value(preset).run()
    for _ in range(2):
        send_late(page, sent, "preset")
        assert recipe(page) == PRESETS[preset].config and page.session_state["preset"] == preset
    send_late(page, sent, "preset", hidden_size="50")  # beside what is old, a number is typed
    assert recipe(page) == PRESETS[preset].config.replace(hidden_size=50)
    type_in(page, "hidden_size", 11)  # once the browser has heard of it all: what it had before
    type_numbers(page, {"average": 0.5})
    assert recipe(page) == PRESETS[preset].config.replace(hidden_size=11, average=0.5)


def test_what_was_replaced_is_chosen_again_at_once() -> None:
    """The browser shows what the page set, and has sent no message with it yet."""
    page = lab(hidden_size="12", learning_rate="0.003")
    for key, shown, value in (("hidden_size", "12", 64), ("learning_rate", "0.003", 0.005)):
        before = shown_values(page)
        page.button(key=f"back_{key}").click().run()
        send_late(page, before)  # of a value that its box no longer lists
        assert page.session_state[key] == value
        type_in(page, key, shown)
        assert str(page.session_state[key]) == shown


def test_a_choice_that_crosses_what_a_page_sets_is_told_to_the_browser() -> None:
    """Else the browser would show what the page set, in place of what was chosen after it."""
    page = lab()
    before = shown_values(page)
    page.selectbox(key="preset").set_value("best-lstm").run()
    send_late(page, before, "preset", hidden_size="50")
    box = page.selectbox(key="hidden_size")
    assert box.proto.set_value and box.proto.raw_value == "50" + settings.MARK
    page.run()
    assert not page.selectbox(key="hidden_size").proto.set_value


@pytest.mark.parametrize("first, then", one_in(4, itertools.permutations(PRESETS, 2)))
def test_the_second_of_two_presets_holds_though_the_first_is_half_drawn(
    first: str, then: str
) -> None:
    """A browser shows the first recipe before it has heard that all of it is drawn."""
    page = lab()
    before = shown_values(page)
    page.selectbox(key="preset").set_value(first).run()
    half = shown_values(page)
    state_in(half, "heard_page").CopyFrom(state_in(before, "heard_page"))
    page.selectbox(key="preset").set_value(then)
    send_late(page, before, "preset")
    for _ in range(2):
        send_late(page, half, "preset")
        assert recipe(page) == PRESETS[then].config


def is_hidden(state: WidgetState) -> bool:
    """Whether this is of a box in which a browser says what it shows."""
    return "-heard_" in state.id or "-begun_" in state.id


def boxes_of(page: AppTest) -> set[str]:
    """The parts that end with a hidden box."""
    ids = [it.id for it in shown_values(page).widgets if "-heard_" in it.id]
    return {it.rpartition("-heard_")[2] for it in ids}


def with_boxes_of(sent: WidgetStates, before: WidgetStates) -> WidgetStates:
    """The values of one message, and what another one says that the browser shows."""
    first = {it.id: it for it in before.widgets}
    for state in filter(is_hidden, sent.widgets):
        state.CopyFrom(first[state.id])
    return sent


def is_told(page: AppTest, key: str) -> bool:
    """Whether the page tells its browser the value of a control."""
    return bool(page.main.get("selectbox") and page.selectbox(key=key).proto.set_value)


def test_a_value_is_told_until_the_browser_shows_it() -> None:
    """If two drawings come at once, a browser shows only the second."""
    page = lab()
    before = shown_values(page)
    page.selectbox(key="preset").set_value("best-lstm").run()
    for _ in range(2):
        send_states(page, with_boxes_of(shown_values(page), before))
        assert is_told(page, "hidden_size") and is_told(page, "learning_rate")
    page.run()
    assert not is_told(page, "hidden_size") and not is_told(page, "learning_rate")


def test_a_choice_of_what_was_told_before_is_taken() -> None:
    """A browser that has not begun to show a part cannot repeat what the part tells."""
    page = lab()
    before = shown_values(page)
    page.selectbox(key="preset").set_value("best-lstm").run()
    size = page.session_state["hidden_size"]
    send_late(page, before, "preset", hidden_size="50")
    assert page.session_state["hidden_size"] == 50
    later = with_boxes_of(shown_values(page), before)
    state_in(later, "hidden_size").string_value = f"{size}{settings.MARK}"
    send_states(page, later)
    assert page.session_state["hidden_size"] == size


def test_the_boxes_of_another_server_say_nothing() -> None:
    """A page that lost its server sends the next one what the first one told it."""
    page = lab()
    before = shown_values(page)
    for state in before.widgets:
        if is_hidden(state):
            state.string_value = "abcdef.999"
    page.selectbox(key="preset").set_value("best-lstm").run()
    for _ in range(2):
        send_late(page, before, "preset")
        assert recipe(page) == PRESETS["best-lstm"].config


def page_with_names() -> AppTest:
    page = lab()
    press(page, "step")
    wait_for(lambda: "picked_letter" in [it.key for it in page.run().slider], "the letter's slider")
    return page


def test_a_letter_is_chosen_again_after_a_click_on_a_column_chose_another() -> None:
    """That click draws only the slider's own part, so the page's hidden box stays old."""
    page = page_with_names()
    for _ in range(2):
        page.slider(key="picked_letter").set_value(3).run()
        before = shown_values(page)
        send(page, part(page, "probabilities")[0].id, "point", [0, 3.0])
        assert page.session_state["picked_letter"] == 1
        page.slider(key="picked_letter").set_value(3)
        send_with_old(page, before, "heard_page")
        assert page.session_state["picked_letter"] == 3


def send_with_old(page: AppTest, old: WidgetStates, *keys: str) -> AppTest:
    """Send what the browser shows, but of these widgets what it showed once."""
    sent = shown_values(page)
    for key in keys:
        state_in(sent, key).CopyFrom(state_in(old, key))
    send_states(page, sent)
    assert not page.exception
    return page


IN_POPOVERS = ("greedy", "mix_with", "begun_more", "heard_more", "begun_mix", "heard_mix")


def send_closed(page: AppTest, closed: WidgetStates, pressed: str = "") -> None:
    """A message of a browser in which popovers are closed since it sent `closed`. It keeps the
    values of what is in them, and knows of no later ones. pressed: the key of a button.
    """
    if pressed:
        page.button(key=pressed).click()
    send_with_old(page, closed, *IN_POPOVERS)


def test_what_is_set_in_a_closed_popover_holds_and_what_is_chosen_there_later_is_taken() -> None:
    page = page_with_names()
    page.toggle(key="greedy").set_value(True).run()
    page.selectbox(key="mix_with").set_value("sixes").run()
    closed = shown_values(page)
    for key in ("off_greedy", "off_mix", "write", ""):
        send_closed(page, closed, key)
        assert not page.session_state["greedy"]
    assert not page.session_state["mix"]
    assert {"greedy", "mix_with"} <= set_by_page(page)
    page.run()  # both are opened
    assert not {"greedy", "mix_with"} & set_by_page(page)
    page.toggle(key="greedy").set_value(True).run()
    page.selectbox(key="mix_with").set_value("sixes").run()
    assert page.session_state["greedy"] and page.session_state["mix"]


def test_a_control_between_two_closed_popovers_is_in_neither() -> None:
    """Their hidden boxes stay old. What is chosen between them is taken all the same."""
    page = page_with_names()
    closed = shown_values(page)
    for action, best in (("best", True), ("latest", False), ("best", True)):
        press(page, action)
        assert page.session_state["use_best"] is best and "use_best" in set_by_page(page)
        send_closed(page, closed)
        assert "use_best" not in set_by_page(page)
        page.button_group(key="use_best").set_value(not best)
        send_closed(page, closed)
        assert page.session_state["use_best"] is not best
        send_closed(page, closed)


def test_a_value_that_is_refused_is_told_to_the_browser() -> None:
    page = lab()
    for key in ("list", "optimizer"):
        assert not is_told(page, key)
        type_in(page, key, "none of the choices")
        assert is_told(page, key)
        page.run()
        assert not is_told(page, key)


def test_what_a_component_sends_of_a_page_that_was_left_does_no_harm() -> None:
    page = lab()
    component = part(page, "ways_in") or part(page, "runs")
    assert component is not None
    page.switch_page("dino/pages/learn/page.py").run()
    send(page, component[0].id, "take", "first")
    assert not page.exception


def test_a_chosen_preset_is_not_sent_back_to_its_box() -> None:
    """It would replace what the visitor has chosen there since."""
    page = lab()
    page.selectbox(key="preset").set_value("best-lstm").run()
    assert page.selectbox(key="hidden_size").proto.set_value
    assert not page.selectbox(key="preset").proto.set_value


def test_a_late_message_of_a_part_redraws_no_more_than_that_part() -> None:
    """What only repeats an old value is no change in another part of the page."""
    page = lab(hidden_size="12")
    before = shown_values(page)
    page.button(key="back_hidden_size").click().run()
    assert not redraws_the_page(page, before, "live")
    box = page.selectbox(key="hidden_size").id
    next(it for it in before.widgets if it.id == box).string_value = "50"
    assert redraws_the_page(page, before, "live")


def test_erasing_all_is_not_undone_by_what_the_browser_showed_before() -> None:
    page = lab(cell="lstm", hidden_size="12")
    before = shown_values(page)
    page.session_state["visit"].erased = True
    page.run()
    assert recipe(page) == Config()
    send_late(page, before)
    assert recipe(page) == Config()
