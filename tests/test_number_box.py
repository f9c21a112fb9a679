"""The number boxes of all pages: what they read, what they show, and what they refuse."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from pressing import numbers, send_state, type_numbers
from sources import FILES, short
from streamlit.testing.v1 import AppTest
from test_experiments_page import choose, open_compare
from test_experiments_page import look as look_at
from test_languages import SPANISH, speak
from test_learn_page import KEY, button, open_lesson, press, texts
from waiting import PATIENCE

from dino.config import SETTINGS, Writing
from dino.locale.sentences import ENGLISH, MINUS, Language, Refusal, Sentence, languages
from dino.setting import Setting
from dino.ui import server, state
from dino.ui.number_box import number_text
from dino.ui.typed_numbers import LONGEST, NumberBox

ES = languages()["es"]
ANY = Setting(float, "x", "", low=-1e6, high=1e6)
WHOLE = Setting(int, "n", "", low=-5000, high=5000)


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


def read(setting: Setting, text: str, language: Language) -> float:
    return setting.parse_typed(Sentence(setting.label), text, language)


def lab(**params: str) -> AppTest:
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update({"max_steps": "4", "hidden_size": "4", **params})
    return look_at(look_at(page))  # first the buttons, then the rest


@pytest.mark.parametrize("language", [ENGLISH, ES], ids=["en", "es"])
@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("0,5", 0.5), ("0.5", 0.5), (",5", 0.5), ("2.5", 2.5), ("1e2", 100), (" 7 ", 7)),
        *(("1 234", 1234), ("1\u202f234,5", 1234.5), ("−3", -3), ("-3", -3), ("1e5", 1e5)),
    ],
)
def test_a_number_is_read_with_a_comma_or_a_point(
    text: str, value: float, language: Language
) -> None:
    assert read(ANY, text, language) == value
    if value == int(value) and abs(value) < 5000:
        found = read(WHOLE, text, language)
        assert found == value and type(found) is int


@pytest.mark.parametrize("language", [ENGLISH, ES], ids=["en", "es"])
@pytest.mark.parametrize(
    "text", ["", "x", "1,2,3", "3,4,", "0x10", "NaN", "inf", "1e400", "1e9", "٣", "1_0", "9" * 60]
)
def test_what_is_no_number_within_the_limits_is_refused(text: str, language: Language) -> None:
    for setting in (ANY, WHOLE):
        with pytest.raises(Refusal):
            read(setting, text, language)


@pytest.mark.parametrize("language", [ENGLISH, ES], ids=["en", "es"])
def test_a_whole_number_has_no_fraction_and_a_refusal_quotes_what_was_typed(
    language: Language,
) -> None:
    with pytest.raises(Refusal, match="not “3,5”"):
        read(WHOLE, "3,5", language)


@pytest.mark.parametrize("language", [ENGLISH, ES], ids=["en", "es"])
def test_what_a_box_shows_is_read_as_the_same_number(language: Language, monkeypatch) -> None:
    monkeypatch.setattr("dino.ui.number_box.language", lambda: language)
    for setting in (ANY, WHOLE):
        box = NumberBox(state.Value("x", None), setting)
        wholes = [0, 1, -3, 12, 999, 1000, 1234, -4321]
        floats = [0.5, 0.001, -2.25, 1e-9, 123.456, 1234.5, 99_999.125, 1e6, 1 / 3]
        for value in wholes if setting is WHOLE else [*map(float, wholes), *floats]:
            shown = number_text(box, value)
            assert read(setting, shown, language) == value
            assert "-" not in shown and (value >= 0 or shown[0] == MINUS)
    assert number_text(box, None) == ""


@pytest.mark.parametrize(("code", "mark"), [("es", ","), ("en", ".")])
def test_a_setting_takes_a_comma_and_shows_it_as_its_language_does(
    code: str, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = lab(lang=code)
    if code == "es":
        speak(monkeypatch, SPANISH)
    assert numbers(page)["average"]["text"] == f"0{mark}99"
    for text in ("0,5", "0.25"):
        type_numbers(page, {"clip_norm": text})
        wanted = float(text.replace(",", "."))
        box = numbers(page)["clip_norm"]
        assert page.session_state["clip_norm"] == box["value"] == wanted
        assert box["text"] == text.replace(",", mark).replace(".", mark)
        assert not box["refusal"]


def test_a_refused_setting_is_named_beside_its_box_which_shows_the_one_that_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = lab(lang="es")
    speak(monkeypatch, SPANISH)
    for name, text in (("seed", "123456789012"), ("clip_norm", "−1"), ("batch_size", "2,5")):
        before = page.session_state[name]
        type_numbers(page, {name: text})
        box = numbers(page)[name]
        assert page.session_state[name] == box["value"] == before and not box["invalid"]
        assert f", no “{text}”. La página usa {before:g}." in box["refusal"]
    type_numbers(page, {"seed": "7"})
    assert not numbers(page)["seed"]["refusal"] and page.session_state["seed"] == 7
    assert numbers(page)["clip_norm"]["refusal"]  # the others stand


def test_a_refusal_goes_once_the_page_sets_another_number() -> None:
    page = lab(seed="5", preset="first-success")
    type_numbers(page, {"seed": "x"})
    assert "The page uses 5." in numbers(page)["seed"]["refusal"]
    page.button(key="back_seed").click().run()
    box = numbers(page)["seed"]
    assert box["text"] == "0" and not box["refusal"]


def test_a_box_that_is_emptied_has_again_the_number_that_is_used() -> None:
    page = type_numbers(lab(seed="5"), {"seed": "  "})
    box = numbers(page)["seed"]
    assert box["text"] == "5" and not box["refusal"] and page.session_state["seed"] == 5


def test_the_word_for_zero_is_read_in_the_language_of_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    off = SETTINGS["clip_norm"].off
    for code, text in (("en", off), ("es", ES.put(off))):
        page = lab(lang=code, clip_norm="3")
        if code == "es":
            speak(monkeypatch, SPANISH)
        type_numbers(page, {"clip_norm": text.upper()})
        assert page.session_state["clip_norm"] == 0 and numbers(page)["clip_norm"]["text"] == "0"


def test_what_was_typed_counts_for_a_button_that_is_pressed_in_the_same_message() -> None:
    page = lab(seed="5")
    type_numbers(page, {"clip_norm": "0,5", "seed": "8"}, ends="back_seed")
    assert page.session_state["clip_norm"] == 0.5 and page.session_state["seed"] == 0


@pytest.mark.parametrize(
    "sent",
    [
        *({"n": 1}, {"text": "9"}, {"n": True, "text": "9"}, {"n": "1", "text": "9"}),
        *({"n": 1, "text": 9}, {"n": 0, "text": "9"}, {"n": -1, "text": "9"}),
        *({"n": 2**60, "text": "9"}, {"n": 1.5, "text": "9"}, {"n": 1, "text": ["9"]}),
        {"n": 1, "text": "9", "of": 12},
    ],
    ids=str,
)
def test_what_a_browser_sends_for_a_number_may_be_anything(sent: dict[str, object]) -> None:
    page = lab(seed="5")
    whole = {"typed": {"of": numbers(page)["seed"]["of"], **sent}}
    for state_of_box in (whole, {"typed": sent}, {"typed": [sent]}, {"other": 1}):
        send_state(page, "number_seed", state_of_box)
        assert not page.exception and page.session_state["seed"] == 5
    assert not numbers(page)["seed"]["refusal"]


def test_a_text_without_end_is_refused_and_not_kept() -> None:
    page = type_numbers(lab(seed="5"), {"seed": "1" * 100_000})
    assert page.session_state["seed"] == 5
    assert 0 < len(numbers(page)["seed"]["refusal"]) < 200
    assert len(page.session_state["number_seed_typed_number"].text) == LONGEST


def test_what_was_typed_before_everything_was_erased_is_not_taken_again() -> None:
    page = type_numbers(lab(), {"seed": "8"})
    old, here = numbers(page)["seed"], page.session_state["visit"]
    server.server().visits.erase(here.browser, here.tab_key)
    look_at(look_at(page))
    assert page.session_state["seed"] == 0
    assert numbers(page)["seed"]["of"] != old["of"]
    send_state(page, "number_seed", {"typed": {"of": old["of"], "n": 9, "text": "8"}})
    assert page.session_state["seed"] == 0


def box_of(name: str, i: int) -> str:
    return f"ask_{KEY}_{name}_{i}"


@pytest.mark.parametrize("text", ["1.5", "−0,1", "x", "1,234", "0.1.2"])
def test_a_refused_answer_is_no_try_and_the_one_before_it_is_not_graded(text: str) -> None:
    page = open_lesson()
    type_numbers(page, {box_of("softmax", 0): "0,84", box_of("softmax", 1): "0.30"})
    press(page, button("softmax", "place"))
    assert "That is not right." in texts(page)
    type_numbers(page, {box_of("softmax", 1): text}, ends=button("softmax", "place"))
    box = numbers(page)[box_of("softmax", 1)]
    assert box["text"] == text and box["invalid"] and box["value"] is None
    assert f"“{text}”" in box["refusal"] and box["refusal"] in texts(page)
    press(page, button("softmax", "place"))
    assert numbers(page)[box_of("softmax", 1)]["text"] == text
    assert "Type a number from" not in texts(page)  # the box says it already
    type_numbers(page, {box_of("softmax", 1): "0.11"}, ends=button("softmax", "place"))
    assert "Right, after 2 tries." in texts(page)
    assert numbers(page)[box_of("softmax", 1)]["disabled"]


def test_a_lesson_that_is_answered_again_forgets_what_was_refused() -> None:
    page = open_lesson()
    press(page, button("untrained", "skip"))
    type_numbers(page, {box_of("softmax", 0): "x"})
    assert numbers(page)[box_of("softmax", 0)]["text"] == "x"
    press(press(page, button("softmax", "skip")), f"again_{KEY}")
    press(page, f"again_sure_{KEY}")
    box = numbers(page)[box_of("softmax", 0)]
    assert not box["text"] and not box["refusal"] and not box["disabled"]


def test_a_question_that_is_skipped_no_longer_says_what_was_refused() -> None:
    page = open_lesson()
    type_numbers(page, {box_of("softmax", 0): "x"})
    assert "not “x”" in texts(page)
    press(page, button("softmax", "skip"))
    box = numbers(page)[box_of("softmax", 0)]
    assert box["disabled"] and not box["text"] and not box["refusal"]
    assert "not “x”" not in texts(page)


def test_a_refusal_does_not_come_back_with_the_number_that_the_box_held_then() -> None:
    page = lab(batch_size="1")
    type_numbers(page, {"batch_size": "x"})
    assert "not “x”" in numbers(page)["batch_size"]["refusal"]
    for number in ("32", "1"):
        page.session_state["batch_size"] = int(number)  # as a preset does
        page.run()
        assert numbers(page)["batch_size"]["text"] == number
        assert not numbers(page)["batch_size"]["refusal"]


def test_a_fraction_in_a_box_for_a_whole_number_is_refused_and_not_graded() -> None:
    page = open_lesson("letters-to-numbers")
    key = next(key for key in numbers(page) if key.startswith("ask_"))
    name = key.removeprefix("ask_letters-to-numbers_").rpartition("_")[0]
    fields = {it: "3" for it in numbers(page) if it.startswith(f"ask_letters-to-numbers_{name}")}
    place = next(it.key for it in page.button if it.key.endswith("_place"))
    type_numbers(page, {**fields, key: "3.5"}, ends=place)
    assert numbers(page)[key]["text"] == "3.5" and numbers(page)[key]["invalid"]
    said = texts(page)
    assert "must be a whole number" in said and ", not “3.5”." in said
    assert "Right" not in said and "not right" not in said


@pytest.mark.parametrize("text", ["−5", "1e9", "x", "5,01", ""])
def test_a_bet_that_cannot_be_is_refused_and_not_placed(text: str) -> None:
    page = choose(open_compare(), levels=["rnn", "gru"])
    type_numbers(page, {"bet_difference": text}, ends="place_bet")
    assert page.button(key="place_bet").disabled and "bet" not in page.session_state
    said = "\n".join(str(it.value) for it in page.text)
    assert "Difference must be a number from 0 to 5" in said and (not text or f"“{text}”" in said)
    assert numbers(page)["bet_difference"]["text"] == text
    press(type_numbers(page, {"bet_difference": "0,2"}), "place_bet")
    assert page.session_state["bet"][1].difference == 0.2


def test_a_count_of_seeds_that_cannot_be_is_refused_and_the_one_before_it_is_used() -> None:
    page = choose(open_compare(), levels=["rnn", "gru"])
    type_numbers(page, {"experiment_splits": "0"})
    said = "\n".join(str(it.value) for it in page.text)
    assert "Splits must be a whole number from 1 to" in said and "The page uses 2." in said
    assert numbers(page)["experiment_splits"]["text"] == "2" and "4 members" in said


def test_every_bound_of_a_number_box_can_be_typed() -> None:
    page = lab()
    settings = {**SETTINGS, **Writing.settings()}
    for name, box in numbers(page).items():
        for bound in (box["low"], box["high"]):
            assert math.isfinite(bound)
            assert read(settings[name], f"{Decimal(repr(bound)):f}", ES) == bound


def test_no_page_has_another_box_for_numbers() -> None:
    assert not [short(path) for path in FILES if "number_input" in path.read_text("utf-8")]
