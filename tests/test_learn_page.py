"""The page Learn: what waits for a bet, what is kept, and what comes back."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from addresses import said, shown
from pressing import numbers, part, send, type_numbers
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE, wait_for

from dino.lessons import reading, teaching
from dino.lessons.progress import progress_from_text
from dino.lessons.reading import lessons
from dino.lessons.renamed import FIRST
from dino.ui import address, server
from dino.ui.listening import turn

KEY = "scores-to-loss"


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


def open_learn(**params: str) -> AppTest:
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update(params)
    page.run()
    page.switch_page("dino/pages/learn/page.py")
    return look(page)


def arrive(**params: str) -> AppTest:
    """Open the page by a link."""
    page = open_learn()
    key = shown(page)["key"]
    sent = {"key": key, "query": urlencode(params)}
    send(page, part(page, address.ASKER)[0].id, "here", sent)
    return look(page)


def look(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception
    return page


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click()
    return look(page)


def texts(page: AppTest) -> str:
    found = [*page.text, *page.caption, *page.markdown, *page.success, *page.warning]
    return "\n".join(str(it.value) for it in found)


def test_the_page_says_that_a_lesson_is_left_out_and_not_which_slip_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "left out" not in texts(open_learn())
    for folder in ("en", "es"):
        shutil.copytree(reading.HERE / folder, tmp_path / folder)
    bad = next((tmp_path / "en").glob(f"*-{KEY}.toml"))
    bad.write_text(bad.read_text().replace("title = ", "title = [1] # ", 1))
    monkeypatch.setattr(reading, "HERE", tmp_path)
    page = open_learn()
    assert "1 lesson is left out because its file has a mistake." in texts(page)
    assert "title" not in texts(page).partition("left out")[2].partition("\n")[0]
    monkeypatch.setattr(teaching, "FOLDER", tmp_path)
    (tmp_path / "en.toml").write_text("title = 5")
    teaching.teachers_sheet.cache_clear()
    assert "The teacher's sheet is left out" in texts(arrive(tab=teaching.KEY))


def open_lesson(key: str = KEY, **params: str) -> AppTest:
    return press(open_learn(**params), f"open_{key}")


def answer(page: AppTest, name: str, *values: float) -> AppTest:
    texts = {f"ask_{KEY}_{name}_{i}": value for i, value in enumerate(values)}
    return look(type_numbers(page, texts))


def ask_number(name: str) -> int:
    steps = lessons("en")[KEY].steps
    return 1 + next(i for i, step in enumerate(steps) if step.name == name)


def button(name: str, what: str) -> str:
    return f"learn_{KEY}_{ask_number(name)}_{what}"


def kept(page: AppTest) -> Any:
    found = part(page, "learn_store")
    assert found is not None
    return found[1]


def tell(page: AppTest, text: str, erased: int = 0) -> AppTest:
    """What the browser says that it kept."""
    component = part(page, "learn_store")[0]
    send(page, component.id, "here", {"text": text, "erased": erased})
    return look(page)


def test_the_list_names_every_lesson_with_its_question() -> None:
    page = open_learn()
    for lesson in lessons("en").values():
        assert lesson.question in texts(page)
        assert page.button(key=f"open_{lesson.key}").label.endswith(lesson.title)


def test_a_lesson_has_an_address_and_a_link_opens_it() -> None:
    page = open_lesson()
    assert said(page)["tab"] == KEY
    again = arrive(tab=KEY)
    assert again.subheader[0].value.startswith(f"{lessons('en')[KEY].number}")
    assert not press(again, "all_lessons").subheader


def test_a_step_that_waits_for_a_bet_locks_itself_only() -> None:
    page = open_lesson()
    waiting = [it.value for it in page.caption if "Place your bet above" in it.value]
    steps = lessons("en")[KEY].steps  # of several in a row that wait the first one says so
    first = [step for above, step in pairwise(steps) if step.of and not above.of]
    assert len(waiting) == len(first) < sum(bool(step.of) for step in steps)
    assert page.text_area  # what comes after is open
    assert f"learn_{KEY}_4_run_train" not in [it.key for it in page.button]
    for name in ("untrained", "ruler"):
        press(page, button(name, "skip"))
    assert "Place your bet above" not in texts(page)
    assert "You skipped this." in texts(page)
    assert page.button(key=f"learn_{KEY}_4_run_train")


def test_a_bet_is_judged_on_the_run_and_laid_over_its_result() -> None:
    page = answer(open_lesson(seed="3", engine="torch"), "untrained", 3.26)
    press(page, button("untrained", "place"))
    assert "has no result yet" in texts(page) and "forgot" not in texts(page)
    press(page, f"learn_{KEY}_4_run_train")

    def is_shown() -> bool:
        look(page)
        return "You bet 3.26. The result is 3.34" in texts(page)

    wait_for(is_shown, "the result")
    assert "⏎ is a symbol as well" in texts(page)  # the belief behind 3.26
    figure = part(page, f"learn_{KEY}_5_guess_untrained")[1]["figure"]
    ends = [it["x"][0] for it in figure["data"] if it.get("mode") == "markers+text"]
    assert ends == [3.26, pytest.approx(3.34, abs=0.005)]


def test_what_was_done_is_kept_once_the_browser_has_said_what_it_had() -> None:
    page = open_lesson()
    assert kept(page)["text"] is None
    answer(page, "untrained", 3.3)
    press(page, button("untrained", "place"))
    assert kept(page)["text"] is None  # or it would write over what the browser has
    before = progress_from_text('{"words": [["scores-to-loss", "why", "mine"]]}', lessons("en"))
    tell(page, before.to_text())
    found = progress_from_text(kept(page)["text"], lessons("en"))
    assert found.words == before.words and list(found.answers) == [(KEY, "untrained")]
    assert page.text_area[0].value == "mine"


def test_no_address_has_what_a_learner_has_done() -> None:
    page = open_lesson()
    for name in lessons("en")[KEY].questions:
        press(page, button(name, "skip"))
    assert "This lesson is done." in texts(page)
    assert "done" not in said(page) and "done" not in said(press(page, "all_lessons"))


def test_the_ticks_of_a_link_are_kept_only_where_the_learner_says_yes() -> None:
    page = tell(arrive(done="7,3"), "{}")
    assert "done" not in said(page)  # read once
    assert "these lessons as done: “Letters to numbers”, “Scores to loss”" in texts(
        page
    ) and "0 of" in texts(page)
    assert json.loads(kept(page)["text"])["ticked"] == []
    press(page, "ticks_keep")
    assert "2 of" in texts(page) and not has(page, "ticks_keep")
    assert json.loads(kept(page)["text"])["ticked"] == ["letters-to-numbers", "scores-to-loss"]
    press(page, f"open_{KEY}")
    assert "Some of its questions are open" in texts(page)


def test_the_ticks_of_a_link_are_forgotten_where_the_learner_says_no() -> None:
    page = press(tell(arrive(done="7,3"), "{}"), "ticks_drop")
    assert "0 of" in texts(page) and not has(page, "ticks_drop")
    assert json.loads(kept(page)["text"])["ticked"] == []


@pytest.mark.long
@pytest.mark.parametrize("number", range(1, 11))
def test_an_old_link_opens_its_lesson_and_its_numbers_are_those_of_then(number: int) -> None:
    """Lessons have moved since; a link of before names them by key, and what is done by number."""
    old, other = FIRST[number].key, FIRST[number % 10 + 1].key
    page = tell(arrive(tab=old, done=f"{number % 10 + 1}"), "{}")
    now = lessons("en")
    assert page.subheader[0].value == f"{now[old].number} · {now[old].title}"
    assert f"as done: “{now[other].title}”." in texts(page)


def test_nothing_is_asked_of_ticks_that_the_browser_has() -> None:
    page = arrive(done="7")
    assert not has(page, "ticks_keep")  # it is not known yet what the browser has
    assert not has(tell(page, json.dumps({"ticked": [7], "results": []})), "ticks_keep")


def test_a_link_with_what_is_no_lesson_says_so() -> None:
    page = tell(arrive(done="7,99,x"), "{}")
    assert "must list lessons by the numbers of an earlier version (1 to 14)" in texts(page)
    assert "these lessons as done: “Scores to loss”." in texts(page)
    page = tell(arrive(done="15"), "{}")  # the number of a present lesson
    assert "(1 to 14), such as 1,2, not “15”." in texts(page) and not has(page, "ticks_keep")


def test_the_report_says_which_done_lessons_it_does_not_count() -> None:
    words = "These lessons have open ones:"
    page = open_learn()
    page.session_state["learn_home"] = True
    assert words not in texts(tell(page, "{}"))
    page = tell(page, json.dumps({"ticked": [7], "results": []}))
    title = f"{lessons('en')[KEY].number} · {lessons('en')[KEY].title}"
    assert f"{words} {title}." in texts(look(page))


def test_a_bet_that_was_placed_on_another_experiment_is_open_and_the_one_after_it_is_shown() -> (
    None
):
    lesson = "is-it-better"
    gates, dropout = (
        next(i for i, step in enumerate(lessons("en")[lesson].steps, 1) if step.name == name)
        for name in ("gates", "dropout")
    )
    answers = [[lesson, "gates", [0.04, 0.01], 1, False], [lesson, "dropout", ["close"], 1, False]]
    kept = {"answers": answers, "results": [[lesson, "gates", [0.054, 0.004]]]}
    page = tell(arrive(tab=lesson), json.dumps(kept))
    assert has(page, f"learn_{lesson}_{gates}_place")
    assert not has(page, f"learn_{lesson}_{dropout}_place")
    (bet,) = (it for it in page.radio if it.key == f"ask_{lesson}_dropout_0")
    assert bet.value == "close" and "Your bet is placed." in texts(page)
    assert "Questions done: 1 of 2." in texts(page)


def test_erasing_forgets_the_answers_and_tells_the_browser() -> None:
    page = open_lesson()
    press(page, button("untrained", "skip"))
    tell(page, "{}")
    here = page.session_state["visit"]
    server.server().visits.erase(here.browser, here.tab_key)
    look(page)
    look(page)
    assert kept(page) == {"text": None, "erased": 1, "asks": True, "begun": False}
    assert "You skipped this." not in texts(page)
    tell(page, json.dumps({"ticked": [7]}), erased=0)  # what was on its way before
    assert kept(page)["text"] is None


def test_another_tab_of_the_browser_changes_what_this_one_shows() -> None:
    page = open_lesson()
    tell(page, "{}")
    press(page, button("untrained", "skip"))
    own = kept(page)["text"]
    tell(page, "{}")  # the other tab began the lesson again
    assert "You skipped this." not in texts(page) and kept(page)["text"] != own


@pytest.mark.parametrize("text", ["", "[", '{"answers": 3}', "[" * 50_000, "x" * 70_000])
def test_what_a_browser_keeps_may_be_anything(text: str) -> None:
    page = tell(open_lesson(), text)
    assert progress_from_text(text, lessons("en")).answers == {}
    assert page.subheader[0].value.startswith(f"{lessons('en')[KEY].number}")


def test_an_experiment_of_a_lesson_is_redrawn_as_its_members_are_done_and_judges_the_bet() -> None:
    key, rates = "how-fast", 5
    page = open_lesson(key)
    page.radio(key=f"ask_{key}_rates_0").set_value("0.1")
    type_numbers(page, {f"ask_{key}_rates_1": 1})
    press(page, f"learn_{key}_2_place")
    before = turn(page.session_state["visit"])
    press(page, f"learn_{key}_3_start")
    (experiment,) = server.jobs().experiments_of(page.session_state["visit"].browser)
    wait_for(lambda: experiment.done, "the members")
    assert turn(page.session_state["visit"]) != before  # so the browser asks for the page again

    def is_judged() -> bool:
        look(page)
        return "You bet 1, and the result is also 1." in texts(page)

    wait_for(is_judged, "the result")
    table = part(page, f"learn_{key}_3_levels")[1]
    assert len(table["rows"]) == rates and table["rows"][-1][-1] == "–"  # the one that diverged
    assert "You bet: 0.1. The result: " in texts(page)
    assert "For the notebook 0.1 was a high rate" in texts(page)
    names = part(page, f"learn_{key}_3_names")[1]["rows"]
    assert len(names) == rates and names[0][0] == "before training"  # it writes none
    assert page.radio(key=f"ask_{key}_rates_0").disabled


def test_an_experiment_of_a_lesson_that_was_paused_goes_on_where_it_was() -> None:
    key = "how-fast"
    page = press(open_lesson(key), f"learn_{key}_2_skip")
    press(page, f"learn_{key}_3_start")
    (experiment,) = server.jobs().experiments_of(page.session_state["visit"].browser)
    press(page, f"learn_{key}_3_pause")
    wait_for(lambda: experiment.settled, "the pause")
    before = experiment.outcomes
    press(page, f"learn_{key}_3_continue")
    wait_for(lambda: experiment.done, "the members")
    assert experiment.outcomes[: len(before)] == before
    assert len(experiment.outcomes) == len(experiment.members)
    assert server.jobs().experiments_of(page.session_state["visit"].browser) == [experiment]


def has(page: AppTest, key: str) -> bool:
    return key in [it.key for it in page.button]


def test_a_lessons_experiment_is_one_of_the_browsers_and_on_compare_too() -> None:
    key = "how-fast"
    page = press(open_lesson(key), f"learn_{key}_2_skip")
    press(page, f"learn_{key}_3_start")
    page.switch_page("dino/pages/compare/page.py")
    look(page)
    assert has(page, "stop_experiment") or has(page, "delete_experiment")


def test_what_a_browser_tells_twice_undoes_no_answer() -> None:
    page = open_lesson()
    tell(page, "{}")
    press(page, button("untrained", "skip"))
    component = part(page, "learn_store")[0]
    send(page, component.id, "here", {"text": "{}", "erased": 0, "first": True})
    assert "You skipped this." in texts(look(page))


def test_what_is_chosen_and_not_placed_is_there_after_a_reload_and_the_rest_is_empty() -> None:
    page = tell(answer(open_lesson(), "softmax", 0.84), "{}")
    text = kept(page)["text"]
    server.renew()
    again = tell(open_lesson(), text)
    assert [box["value"] for box in numbers(again).values()] == [0.84, None, None]
    answer(again, "softmax", 0.84, 0.11)
    press(again, button("softmax", "place"))
    assert "Right." in texts(again) and "drafts" not in json.loads(kept(again)["text"])


@pytest.mark.parametrize("value", [7, "x", True, [1], 1e99])
def test_a_draft_that_no_box_takes_is_left_out(value: object) -> None:
    rows = [[KEY, "softmax", [value, 0.2]], [KEY, "softmax", value], [KEY, "none", [0.1]]]
    text = json.dumps({"drafts": [*rows, [value, value, value], value]})
    assert not progress_from_text(text, lessons("en")).drafts
    boxes = numbers(tell(open_lesson(), text))
    assert [box["value"] for box in boxes.values()] == [None, None, None]


def test_a_bet_on_several_things_names_each_before_its_result() -> None:
    key = "where-is-order"
    page = press(open_learn(), f"open_{key}")
    number = 1 + [step.name for step in lessons("en")[key].steps].index("names")
    for i, value in enumerate(["equal", "equal"]):  # one is right, the other one is not
        page.radio(key=f"ask_{key}_names_{i}").set_value(value)
    press(look(page), f"learn_{key}_{number}_place")
    shown_texts = [it.value for it in page.main if it.type in ("markdown", "text")]
    at = [shown_texts.index(words) for words in ("When it **trains**", "When it **writes**")]
    assert "That is the result." in shown_texts[at[0] + 1]
    assert "The result: one to many." in shown_texts[at[1] + 1]
    assert shown_texts[at[1] + 2].startswith("The network does read a letter")


def test_what_has_no_room_is_refused_in_a_sentence_and_what_was_kept_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = tell(open_lesson(), "{}")
    page.text_area[0].set_value("mine")
    before = kept(look(page))["text"]
    assert "mine" in before
    monkeypatch.setattr("dino.lessons.progress.MOST_TEXT", len(before) + 10)
    press(page, button("untrained", "skip"))
    look(page)  # notices are of the whole page
    assert "This was not stored" in texts(page) and "You skipped this." not in texts(page)
    assert kept(page)["text"] == before
    page.text_area[0].set_value("m")  # what takes less room is taken
    assert kept(look(page))["text"] != before


def test_what_a_browser_keeps_and_the_page_does_not_read_is_not_written_over() -> None:
    page = tell(open_lesson(), json.dumps({"words": [[KEY, "why", "x" * 70_000]]}))
    press(page, button("untrained", "skip"))
    look(page)
    assert "can be read. They stay as they are" in texts(page)
    assert kept(page)["text"] is None and not kept(page)["asks"]
