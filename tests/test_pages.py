"""The Lab as a script: every value from outside gives one clear sentence and a working page."""

from urllib.parse import urlencode

import pytest
import streamlit as st
from addresses import said
from pressing import kind, numbers, offers, press, set_by_page, type_in, type_numbers
from streamlit.runtime.scriptrunner import RerunData, RerunException
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE, wait_for

from dino.config import LESSONS_ONLY, SETTINGS, Config, Writing
from dino.lists import BUNDLED
from dino.presets import PRESETS
from dino.ui import chosen_list, current_run, server, settings, state

NONSENSE = ["nan", "1e400", "-1", "🦕", "x" * 250, "", "<b>1</b>", "**1**", "$1$", "1\n2"]
EVERY = {**SETTINGS, **Writing.settings()}


def lab(**params: str) -> AppTest:
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update(params)
    page.run()  # the buttons at once
    page.run()  # and the rest, which a browser asks for
    assert not page.exception
    return page


def test_a_new_visitor_has_the_buttons_at_once_and_they_work():
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE).run()
    assert kind(page) == "play"
    assert not page.selectbox and not page.exception
    press(page, "step")
    assert page.selectbox and not page.exception
    assert page.session_state["run"]


def keys(block) -> set[str]:
    """The keys of all widgets in a part of a page."""
    found = {getattr(block, "key", None) or ""}
    for child in getattr(block, "children", {}).values():
        found |= keys(child)
    return found


def sets_nothing(page: AppTest) -> None:
    """Once all that a run brings is there, a page sets none of its widgets again."""
    wait_for(lambda: not set_by_page(page.run()), "a page that sets nothing")


def test_a_page_that_is_drawn_again_leaves_what_a_visitor_begins_to_type():
    page = lab()
    press(page, "step")
    sets_nothing(page)
    page.selectbox(key="preset").set_value("best-lstm").run()
    assert {"cell", "hidden_size"} <= set_by_page(page)  # what is set is seen
    sets_nothing(page)
    for other in ("data", "compare"):
        page.switch_page(f"dino/pages/{other}/page.py").run()
        assert not page.exception
        sets_nothing(page)


def test_every_setting_of_the_recipe_has_a_control():
    page = lab()
    there = keys(page.main) | keys(page.sidebar) | {*numbers(page)}
    assert set(SETTINGS) - set(LESSONS_ONLY) <= there and there.isdisjoint(LESSONS_ONLY)


def test_counting_can_be_made_to_teach():
    page = lab()
    assert numbers(page)["count_teacher"]["label"] == "Taught by counting (0: off)"
    type_numbers(page, {"count_teacher": "0.3"})
    assert page.session_state["count_teacher"] == 0.3
    assert numbers(page)["count_teacher"]["step"] == 0.05


def test_the_forget_bias_can_be_changed_only_while_an_lstm_is_chosen():
    page = lab()
    assert numbers(page)["forget_bias"]["disabled"] and not numbers(page)["context"]["disabled"]
    page.segmented_control(key="cell").set_value("lstm").run()
    assert not numbers(page)["forget_bias"]["disabled"]
    type_numbers(page, {"forget_bias": "−2.5"})
    assert page.session_state["forget_bias"] == -2.5
    page.segmented_control(key="cell").set_value("gru").run()
    box = numbers(page)["forget_bias"]
    assert box["disabled"] and box["text"] == "−2.5"


@pytest.mark.parametrize("key", BUNDLED)
@pytest.mark.parametrize("credit", [True, False])
def test_a_lists_source_is_named_where_its_terms_ask_for_that(key, credit, monkeypatch):
    monkeypatch.setitem(BUNDLED, key, BUNDLED[key]._replace(credit=credit))
    captions = [caption.value for caption in lab(list=key).caption]
    assert (str(BUNDLED[key].source) in captions) == credit


def sentences(page: AppTest) -> list[str]:
    """The notices, which are plain text."""
    return [text.value for text in page.text]


def test_a_click_is_not_lost_where_another_is_waiting(monkeypatch):
    page, interruptions = lab(), [RerunException(RerunData())]
    current_job = current_run.current_job

    def interrupted():
        if interruptions:
            raise interruptions.pop()
        return current_job()

    monkeypatch.setattr(current_run, "current_job", interrupted)
    press(page, "step")
    token = page.session_state["run"]
    wait_for(lambda: server.jobs().find(token).run, "the network")
    wait_for(lambda: server.jobs().find(token).run.step == 1, "the step")
    assert not interruptions and not page.exception


@pytest.mark.parametrize(
    "module, part", [(settings, "show_recipe"), (chosen_list, "choose_from_address")]
)
def test_a_start_that_is_broken_off_begins_again(monkeypatch, module, part):
    said = {"hidden_size": "7", "list": "us-first-names", "temperature": "nan"}
    original = getattr(module, part)
    interruptions = [RerunException(RerunData(query_string=urlencode(said)))]

    def interrupted(*args):
        if interruptions:
            raise interruptions.pop()
        return original(*args)

    monkeypatch.setattr(module, part, interrupted)
    page = lab(**said)
    assert not interruptions and not page.exception
    assert page.selectbox(key="hidden_size").value == 7
    assert len(sentences(page)) == 1


def test_data_are_erased_though_the_script_is_broken_off_in_the_midst(monkeypatch):
    page, interruptions = lab(), [RerunException(RerunData())]
    page.session_state["removed"] = {"all": "of them"}
    erase = state.erase

    def interrupted():
        if interruptions:
            for name in list(st.session_state)[::2]:
                if name != "visit":
                    del st.session_state[name]
            raise interruptions.pop()
        erase()

    monkeypatch.setattr(state, "erase", interrupted)
    page.session_state["visit"].erased = True
    page.run()
    assert not interruptions and not page.exception
    assert "were erased" in sentences(page)[0] and "removed" not in page.session_state
    page.run()
    assert page.selectbox and not page.exception


def test_a_plain_address_shows_the_first_preset_and_no_notice():
    page = lab()
    assert sentences(page) == []
    assert page.selectbox(key="preset").value == "first-success"


def named_in_address(name: str) -> str:
    """How a sentence on a setting in an address begins: its label, and what to look for there."""
    return f"{EVERY[name].label} ({name} in the address) must be "


def is_refused(name: str, value: str) -> bool:
    try:
        EVERY[name].parse(name, value)
    except ValueError:
        return True
    return False


@pytest.mark.parametrize("value", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_in_the_address_gives_a_sentence_for_each_setting_and_a_working_page(value):
    page = lab(**dict.fromkeys(EVERY, value))
    said = sentences(page)
    refused = [name for name in EVERY if is_refused(name, value)]
    assert len(said) == len(refused) > 0
    for name in refused:
        [words] = [words for words in said if words.startswith(named_in_address(name))]
        assert len(words) < 300 and words.isprintable()
    assert kind(page) == "play"


@pytest.mark.parametrize("name", EVERY)
def test_nonsense_for_one_setting_gives_one_sentence_that_begins_with_its_name(name):
    value = next(value for value in NONSENSE[::-1] if is_refused(name, value))
    page = lab(**{name: value})
    [words] = sentences(page)
    assert words.startswith(named_in_address(name)) and kind(page) == "play"


def test_the_address_sets_every_control():
    config = Config(
        cell="gru",
        hidden_size=7,
        optimizer="sgd",
        learning_rate=0.0123,
        batch_size=3,
        max_steps=9,
        clip_norm=0.5,
        average=0.5,
        letter_dropout=0.1,
        hidden_dropout=0.2,
        context=4,
        seed=5,
        split_seed=6,
    )
    page = lab(**config.to_url())
    assert sentences(page) == []
    assert {name: page.session_state[name] for name in SETTINGS} == config.as_dict()


def test_the_address_follows_the_controls():
    page = lab()
    type_in(page, "hidden_size", 12)
    assert said(page)["hidden_size"] == "12"
    assert "cell" not in said(page)


def test_a_size_a_rate_and_steps_are_taken_exactly_as_they_are_typed():
    page = lab()
    typed = {"hidden_size": (" 37 ", 37), "learning_rate": ("1e-4", 1e-4), "max_steps": ("77", 77)}
    for name, (text, value) in typed.items():
        type_in(page, name, text)
        assert not page.exception and sentences(page) == []
        assert page.session_state[name] == page.selectbox(key=name).value == value
    found = said(page)
    assert (found["hidden_size"], found["learning_rate"], found["max_steps"]) == (
        "37",
        "0.0001",
        "77",
    )


def test_a_setting_that_comes_with_the_click_on_train_is_the_runs():
    page = lab()
    press(page, "step", typed={page.selectbox(key="hidden_size").id: "33"})
    assert server.jobs().find(page.session_state["run"]).config.hidden_size == 33


@pytest.mark.parametrize("name", ["hidden_size", "learning_rate", "max_steps"])
def test_nonsense_that_is_typed_is_refused_in_one_sentence_and_nothing_is_lost(name):
    page = lab(**{name: "3"})
    for text in ["abc", "-1", "1e9", "🦕", "**1**", "nan"]:
        type_in(page, name, text)
        [said] = sentences(page)
        label = SETTINGS[name].label  # as beside its box, not as in an address
        assert said.startswith(f"{label} must be a ") and said.endswith("The page uses 3.")
        assert not page.exception and page.session_state[name] == 3
        page.run()
        assert sentences(page) == [said]
    type_in(page, name, 4)
    assert sentences(page) == [] and page.session_state[name] == 4


def test_a_refusal_is_forgotten_with_another_page_and_with_another_list():
    page = lab()
    type_in(page, "hidden_size", "abc")
    assert len(sentences(page)) == 1
    page.switch_page("dino/pages/data/page.py").run()
    page.switch_page("dino/pages/lab/page.py").run()
    assert sentences(page) == [] and not page.exception
    type_in(page, "hidden_size", "abc")
    assert len(sentences(page)) == 1
    page.selectbox(key="list").set_value("us-first-names").run()
    assert sentences(page) == []


def test_the_rate_of_an_address_or_a_preset_is_what_somebody_chose():
    assert not offered(lab(optimizer="sgd", learning_rate="0.0005"))
    page = lab()
    for preset in PRESETS:
        page.selectbox(key="preset").set_value(preset).run()
        assert not offered(page)


def captions(page: AppTest) -> list[str]:
    return [caption.value for caption in page.caption]


def offered(page: AppTest) -> bool:
    """Whether a learning rate is offered."""
    return "use_usual" in [button.key for button in page.button]


def test_what_a_dropped_callback_would_have_done_is_done_all_the_same():
    page = lab()
    page.session_state["optimizer"] = "sgd"  # as if the browser had set it, without the callback
    page.run()
    assert page.session_state["learning_rate"] == 0.005 and offered(page)
    page.session_state["preset"] = "best-lstm"
    page.run()
    assert page.session_state["cell"] == "lstm" and page.session_state["optimizer"] != "sgd"
    page.session_state["hidden_size"] = 16
    page.run()
    assert page.session_state["hidden_size"] == 16


def test_the_rate_steers_the_run_only_while_all_other_settings_are_its_own():
    page = lab(max_steps="100000")
    press(page, "play")
    job = server.jobs().find(page.session_state["run"])
    wait_for(lambda: job.run and job.run.step, "the run")
    type_in(page, "learning_rate", 0.007)
    assert job.learning_rate == 0.007
    page.selectbox(key="preset").set_value("best-lstm").run()
    assert page.session_state["learning_rate"] != 0.007 and job.learning_rate == 0.007
    page.selectbox(key="optimizer").set_value("sgd").run()  # as from a browser that lags behind
    page.selectbox(key="optimizer").set_value("adam")
    type_in(page, "learning_rate", 0.01)
    assert job.learning_rate == 0.007
    [offer] = offers(page)
    assert offer["label"] == "New run" and offer["words"].startswith("For the next run: ")
    assert "cell RNN → LSTM" in offer["words"] and "more. This one" in offer["words"]
    assert offer["words"].endswith("This one keeps its settings.")
    page.selectbox(key="preset").set_value("first-success").run()
    page.selectbox(key="max_steps").set_value(100_000).run()
    assert job.learning_rate == 0.005
    job.pause()


def settings_of(page: AppTest) -> dict:
    return {name: page.session_state[name] for name in SETTINGS}


def test_a_run_that_is_gone_is_said_so_and_its_settings_stay():
    page = lab(run="gone", hidden_size="9")
    assert "no longer kept" in sentences(page)[0]
    assert page.session_state["hidden_size"] == 9


@pytest.mark.parametrize("value", [1e9, -5.0])
def test_a_learning_rate_forced_past_the_browser_never_reaches_a_run(value):
    page = lab()
    type_in(page, "learning_rate", value)
    assert not page.exception
    assert 1e-5 <= page.session_state["learning_rate"] <= 10


@pytest.mark.parametrize("value", [10**9, -5])
def test_a_value_forced_past_the_browser_never_reaches_a_run(value):
    page = lab()
    type_in(page, "hidden_size", value)
    assert not page.exception
    assert 1 <= page.session_state["hidden_size"] <= 512
    assert kind(page) == "play"


@pytest.mark.parametrize("name", PRESETS)
def test_the_next_preset_says_which_settings_it_changes(name):
    page = lab(**PRESETS[name].config.to_url())
    said = next(
        c.value for c in page.caption if c.value.startswith("This button changes these settings: ")
    )
    before = settings_of(page)
    page.button(key="next").click().run()
    after = settings_of(page)
    changed = {setting for setting in SETTINGS if before[setting] != after[setting]}
    assert said.count("→") == len(changed) > 0
    assert all(SETTINGS[setting].label.lower() in said.lower() for setting in changed)


def test_the_settings_in_which_two_recipes_differ_are_named_with_both_values():
    assert settings.change_words(Config(), Config()) == []
    changes = settings.change_words(Config(), Config(hidden_size=128, optimizer="sgd"))
    assert changes == ["hidden size 64 → 128", "optimizer Adam → SGD"]


@pytest.mark.parametrize(
    "rate, words", [("0.001", "0.001 is far below"), ("10", "10 is far above"), ("2", "")]
)
def test_a_rate_far_from_the_usual_one_is_called_so(rate, words):
    page = lab(learning_rate=rate)
    page.selectbox(key="optimizer").set_value("sgd").run()
    said = [c.value for c in page.caption if "the usual rate." in c.value]
    assert len(said) == bool(words) and all(s.startswith(words) for s in said)


@pytest.mark.parametrize("rate, is_told", [("10", True), ("2", False), ("0.001", False)])
def test_a_chosen_rate_far_above_the_usual_one_is_told_before_training(rate, is_told):
    page = lab(optimizer="sgd", learning_rate=rate)
    told = f"{rate} is far above the usual rate." in captions(page)
    assert told == is_told == ("use_usual" in {button.key for button in page.button})
    assert "keep_rate" not in {button.key for button in page.button}
    if is_told:
        page.button(key="use_usual").click().run()
        assert page.session_state["learning_rate"] == 1
        assert not any("the usual rate" in words for words in captions(page))
