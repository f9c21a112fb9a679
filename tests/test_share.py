"""Links to give away: what they say, for whom, and what they hide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from pressing import numbers, part, press, send
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE, wait_for

from dino.choice import Choice
from dino.config import SETTINGS, Config, Writing
from dino.data import make_corpus
from dino.lists import clean
from dino.live.frames import Sender
from dino.live.routes import next_frame
from dino.pages.inside.moments import asked_sentences
from dino.ui import server, share, shown_settings
from dino.ui.address import watch_link
from dino.ui.listening import PageListener

# Each setting at a value that is not its default.
CHANGED = {
    "cell": "lstm",
    "hidden_size": "7",
    "optimizer": "sgd",
    "learning_rate": "0.37",
    "batch_size": "5",
    "max_steps": "11",
    "clip_norm": "2.5",
    "average": "0.5",
    "letter_dropout": "0.1",
    "hidden_dropout": "0.2",
    "weight_drop": "0.3",
    "count_teacher": "0.4",
    "shuffle": "false",
    "context": "3",
    "forget_bias": "-2.5",
    "seed": "8",
    "split_seed": "9",
    "exam": "true",
    "engine": "torch",
}
WRITING = {"temperature": "0.7", "top_k": "4", "prefix": "ty", "count": "6", "draw": "3"}
WRITING |= {"mix": "fours:0.35"}


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    yield
    server.renew()


def lab(query: dict[str, str] | None = None) -> AppTest:
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update(query or {})
    page.run()
    page.run()
    assert not page.exception
    return page


def link(page: AppTest, kind: str) -> dict[str, str]:
    found = part(page, share.KEY)
    assert found is not None
    return next(it for it in found[1]["links"] if it["kind"] == kind)


def said(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def texts(page: AppTest) -> list[str]:
    return [it.value for it in (*page.text, *page.caption, *page.markdown)]


def recipe(page: AppTest) -> dict[str, Any]:
    return {name: page.session_state[name] for name in SETTINGS}


def test_a_link_to_the_settings_brings_every_one_of_them_and_no_run(browser):
    assert set(CHANGED) == set(SETTINGS)
    mine = lab({**CHANGED, **WRITING, "list": "us-first-names", "keep_case": "true"})
    press(mine, "play")
    job = server.jobs().find(mine.session_state["run"])
    wait_for(lambda: job.done and job.settled, "the run")
    mine.run()
    address = link(mine, "settings")["link"]
    assert not {"run", "by"} & set(said(address))
    browser[0] = "theirs"
    theirs = lab(said(address))
    assert recipe(theirs) == recipe(mine) == Config.from_url(CHANGED)[0].as_dict()
    assert Writing.from_url(said(address))[0] == Writing.from_url(WRITING)[0]
    assert (
        theirs.session_state["list"] == "us-first-names"
        and theirs.session_state["keep_case"] is True
    )
    press(theirs, "play")
    assert server.jobs().find(theirs.session_state["run"]) is not job


def test_a_link_to_the_settings_says_that_it_does_not_hold_your_own_list():
    page = lab()
    assert "own list" not in link(page, "settings")["words"]
    page.session_state["own"] = clean("\n".join(OWN_NAMES))
    page.session_state["own_number"] = 1
    page.run()
    page.selectbox(key="list").set_value("own").run()
    assert "does not hold your own list" in link(page, "settings")["words"]


def test_a_link_to_the_settings_says_that_it_leads_to_the_complete_list():
    page = lab()
    assert "complete list" not in link(page, "settings")["words"]
    for names, said in ((["trex"], "the name that"), (["trex", "yi"], "the 2 names that")):
        page.session_state["removed"] = {Choice(): frozenset(names)}
        page.run()
        assert f"complete list, with {said} you removed" in link(page, "settings")["words"]


SEEN = {"moment": "10", "draws": "2", "row": "4", "start": "tri", "tab": "letters"}
SHORT = {"engine": "torch", "hidden_size": "4", "max_steps": "30"}


def inside(query: dict[str, str]) -> AppTest:
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update(query)
    page.run()  # begins in the Lab, which has no tabs
    page.session_state["tool"] = query.get("tab", "name")
    page.switch_page("dino/pages/inside/page.py").run()
    assert not page.exception
    return page


def train_here(page: AppTest) -> Any:
    """Train the page's run by the button that the page offers; its job."""
    page.button(key="offer_own").click().run()
    job = server.jobs().find(page.session_state["run"])
    wait_for(lambda: job.done and job.settled and job.entry(), "the run")
    page.run()
    page.run()
    assert not page.exception
    return job


@pytest.mark.long
def test_a_link_to_inside_brings_the_moment_the_name_and_its_start(browser):
    mine = inside(SHORT)
    train_here(mine)
    values = {"moment": 10, "other_draws": 2, "inside_name": 3, "walk": "tri", "tool": "letters"}
    for name, value in values.items():
        mine.session_state[name] = value
    mine.run()
    address = said(link(mine, "settings")["link"])
    assert SEEN.items() <= address.items() and not {"run", "by"} & set(address)
    browser[0] = "theirs"
    theirs = inside(address)
    assert said(link(theirs, "settings")["link"]) == address  # though they have no run yet
    job = train_here(theirs)
    assert job.config == Config.from_url(SHORT)[0]
    for name, value in values.items():
        assert theirs.session_state[name] == value
    assert said(link(theirs, "settings")["link"]) == address
    assert not [it for it in texts(theirs) if "The link asks" in it]
    theirs.session_state["moment"] = 3
    theirs.run()
    assert said(link(theirs, "settings")["link"])["moment"] == "3"


@pytest.mark.parametrize("field", [*SEEN, "level", "hide"])
def test_each_field_of_a_link_to_inside_comes_back(browser, field):
    query = {**SHORT, **SEEN, "level": "simple", "hide": "seed"}
    only = {name: query[name] for name in (field, "tab")}
    assert said(link(inside(only), "settings")["link"]) == only


def test_a_moment_that_the_run_never_has_is_the_nearest_one_with_a_word(browser):
    page = inside({**SHORT, "moment": "5000"})
    job = train_here(page)
    assert page.session_state["moment"] == -1
    [line] = [it for it in texts(page) if "The link asks" in it]
    assert "update 5,000" in line and f"update {job.run.step}" in line
    page.session_state["moment"] = 3
    page.run()
    assert not [it for it in texts(page) if "The link asks" in it]
    page.session_state["moment"] = -1
    page.run()  # what the visitor chose since holds
    assert "moment" not in said(link(page, "settings")["link"])


@pytest.mark.parametrize(
    "asked, shown, may_come, words",
    [(7, 7, True, ""), (7, 3, True, "not reached yet"), (7, 6, False, "nearest one, update 6")],
)
def test_what_is_said_of_the_moment_that_a_link_asks_for(asked, shown, may_come, words):
    sentences = asked_sentences(asked, shown, may_come)
    assert len(sentences) == bool(words) and all(words in str(it) for it in sentences)


def test_a_start_on_a_list_of_ones_own_is_in_no_link(browser):
    page = inside(SHORT)
    job = train_here(page)
    page.session_state["walk"], page.session_state["tool"] = "tri", "letters"
    page.run()
    assert said(link(page, "settings")["link"])["start"] == "tri"
    object.__setattr__(job.corpus, "owner", job.owner)
    page.run()
    assert "start" not in said(link(page, "settings")["link"])
    object.__setattr__(job.corpus, "owner", "")


def test_a_run_is_shown_by_its_owner_once_it_was_trained_and_nobody_else_controls_it(browser):
    page = lab({"engine": "torch", "hidden_size": "4", "max_steps": "30"})
    assert link(page, "run")["link"] == ""
    assert link(page, "run")["words"].startswith("Train a run first")
    press(page, "play")
    job = server.jobs().find(page.session_state["run"])
    wait_for(lambda: job.done and job.settled, "the run")
    page.run()
    address = link(page, "run")["link"]
    assert said(address)["run"] == job.token
    browser[0] = "theirs"
    watcher = lab(said(address))
    assert watcher.session_state["run"] == job.token
    assert link(watcher, "run")["link"] == ""  # it is not theirs to show
    assert link(watcher, "settings")["link"]


OWN_NAMES = [f"{a}{b}name" for a in "abcdefgh" for b in "abcdefgh"]


def private_run(page: AppTest) -> Any:
    """A run of this page on a list of its browser's own, at its end."""
    mine = page.session_state["visit"].browser
    choice = Choice("own", number=1)
    names = make_corpus(clean("\n".join(OWN_NAMES)), choice.title, 0, mine, choice)
    job = server.jobs().create(Config.from_url(SHORT)[0], names, mine)
    page.session_state["run"] = job.token
    job.play()
    wait_for(lambda: job.done and job.settled and job.entry(), "the run")
    page.run()
    assert not page.exception
    return job


def everything(page: AppTest) -> str:
    """All that a page's script sent to its browser, and the next frame of its stream."""
    frame = next_frame(PageListener(page.session_state["visit"]), Sender())
    return f"{texts(page)} {[it.proto for it in page.get('bidi_component')]} {frame}"


def knows_names(page: AppTest, job: Any) -> bool:
    written = [name for snapshot in job.run.snapshots for name in snapshot.names if len(name) > 3]
    assert written
    return any(name in everything(page) for name in (*OWN_NAMES, *written))


def agree(page: AppTest, said: Any) -> AppTest:
    send(page, part(page, share.KEY)[0].id, "agree", said)
    assert not page.exception
    return page


def test_a_run_on_a_list_of_ones_own_is_watched_only_after_a_yes_and_until_a_no(browser):
    mine = lab()
    job = private_run(mine)
    assert link(mine, "run")["link"] == "" and "names of the list" in link(mine, "run")["words"]
    address = said(watch_link(job.token, job.config, job.corpus))
    browser[0] = "theirs"
    theirs = lab(address)
    assert theirs.session_state["run"] != job.token and not knows_names(theirs, job)
    for nonsense in (None, [], "yes", True):
        agree(mine, nonsense)
    assert not server.jobs().is_shown(job)

    agree(mine, "show").run()
    assert said(link(mine, "run")["link"])["run"] == job.token
    watching = lab(address)
    assert watching.session_state["run"] == job.token and knows_names(watching, job)
    assert link(watching, "run")["link"] == ""  # it is not theirs to show
    assert "Nobody else can train on that list" in " ".join(texts(watching))
    assert not [it for it in texts(watching) if "The private list in this link" in it]
    assert "Your list" not in everything(watching)
    assert watching.session_state["list"] == "dinos"  # they may not train on the list
    assert "own" not in watching.session_state or watching.session_state["own"] is None
    assert not [it for it in watching.expander if it.label == "Take this run home"]
    agree(watching, "hide")
    assert server.jobs().is_shown(job)  # only its owner decides

    agree(mine, "hide").run()
    assert link(mine, "run")["link"] == ""
    frame = next_frame(PageListener(watching.session_state["visit"]), Sender())
    assert frame[1]["phase"] == "none"
    watching.run()
    assert watching.session_state["run"] != job.token and not knows_names(watching, job)
    assert "The owner of this run no longer shows it." in texts(watching)


@pytest.mark.parametrize("end", ["erase", "remove", "delete"])
def test_what_ends_a_run_ends_that_it_is_shown(browser, end):
    page = lab()
    job, pool = private_run(page), server.jobs()
    agree(page, "show")
    assert pool.is_shown(job)
    if end == "erase":
        pool.erase(job.owner)
    else:
        getattr(pool, end)(job.owner, job.number)
    assert not pool.is_shown(job)
    if end == "remove":
        pool.put_back(job.owner, job.token)
        assert not pool.is_shown(job)


def test_a_qr_code_is_made_when_it_is_asked_for_and_says_the_link(monkeypatch):
    page = lab()
    component, _ = part(page, share.KEY)
    assert not any(it["qr"] for it in part(page, share.KEY)[1]["links"])
    send(page, component.id, "qr", "settings")
    page.run()
    shown = link(page, "settings")
    assert shown["qr"] == share.qr_code(shown["link"]) and shown["qr"].startswith("<svg")
    assert link(page, "run")["qr"] == ""
    send(page, component.id, "qr", ["nonsense"])
    assert not page.exception
    assert share.qr_code("x" * 5000) == "" == share.qr_code("")


@pytest.mark.parametrize(
    "text", ["https://dino.example/?seed=3", "https://dino.example/inside?a=b"]
)
def test_a_qr_code_has_the_three_squares_of_its_corners(text):
    """Only its drawing is ours to check: segno writes it."""
    code = share.qr_code(text)
    assert code.count("<svg") == 1 and "script" not in code and 'fill="#fff"' in code


def test_a_link_shows_a_few_settings_and_says_what_it_hides():
    page = lab({"level": "simple", "batch_size": "5", "seed": "8"})
    keys = {it.key for it in page.selectbox} | {*numbers(page)}
    assert {"hidden_size", "max_steps", "optimizer", "learning_rate"} <= keys
    assert not {"batch_size", "seed", "preset", "list", "engine"} & keys
    [line] = [it for it in texts(page) if it.startswith("This link hides these settings")]
    assert "batch size 5" in line and "seed 8" in line
    assert recipe(page)["batch_size"] == 5
    assert said(link(page, "settings")["link"])["level"] == "simple"
    page.run()
    assert recipe(page)["batch_size"] == 5  # though its box is not drawn
    page.button(key="show_all_settings").click().run()
    keys = {it.key for it in page.selectbox} | {*numbers(page)}
    assert {"batch_size", "seed", "preset", "list"} <= keys
    assert recipe(page)["batch_size"] == 5 and recipe(page)["seed"] == 8
    assert not [it for it in texts(page) if it.startswith("This link hides")]
    assert "level" not in said(link(page, "settings")["link"])


def test_a_link_hides_the_settings_that_it_names():
    page = lab({"hide": "optimizer, seed", "optimizer": "sgd"})
    keys = {it.key for it in page.selectbox} | {*numbers(page)}
    assert not {"optimizer", "seed"} & keys and {"hidden_size", "batch_size", "preset"} <= keys
    assert recipe(page)["optimizer"] == "sgd"
    [line] = [it for it in texts(page) if it.startswith("This link hides these settings")]
    assert "optimizer SGD" in line and "batch size" not in line
    assert said(link(page, "settings")["link"])["hide"] == "optimizer,seed"
    page = lab({"hide": "list"})
    assert "list" not in {it.key for it in page.selectbox}
    assert "This link hides a box in the sidebar." in texts(page)


def test_a_lesson_shows_the_settings_that_its_link_names_and_no_others():
    query = {"level": "lesson", "show": "cell, learning_rate", "batch_size": "5"}
    page = lab(query)
    keys = {it.key for it in (*page.selectbox, *page.segmented_control)} | {*numbers(page)}
    assert {"cell", "learning_rate"} <= keys
    assert not {"hidden_size", "batch_size", "preset", "list", "seed"} & keys
    [line] = [it for it in texts(page) if it.startswith("This link hides these settings")]
    assert "batch size 5" in line and "learning rate" not in line
    assert recipe(page)["batch_size"] == 5
    address = said(link(page, "settings")["link"])
    assert address == {**query, "show": "cell,learning_rate"}
    page.button(key="show_all_settings").click().run()
    assert {"batch_size", "seed"} <= {it.key for it in page.selectbox} | {*numbers(page)}
    assert not {"level", "show"} & set(said(link(page, "settings")["link"]))


def test_what_has_a_control_in_lessons_only_is_told_where_a_link_sets_it():
    page = lab()
    assert not page.toggle or "shuffle" not in {it.key for it in page.toggle}
    assert not [it for it in texts(page) if "shuffle" in it.lower()]

    page = lab({"shuffle": "false"})
    assert "shuffle" not in {it.key for it in page.toggle} and not recipe(page)["shuffle"]
    line = "This recipe has a setting without a control here: shuffle Off."
    assert line.lower() in [it.lower() for it in texts(page)]
    assert "show_all_settings" not in {it.key for it in page.button}
    assert said(link(page, "settings")["link"]) == {"shuffle": "false"}
    press(page, "play")
    job = server.jobs().find(page.session_state["run"])
    assert not job.config.shuffle
    page.button(key="shuffle_again").click().run()
    assert recipe(page)["shuffle"]
    assert not [it for it in texts(page) if "without a control" in it]
    assert said(link(page, "settings")["link"]).get("shuffle") is None

    page = lab({"shuffle": "false", "level": "simple"})
    [line] = [it for it in texts(page) if it.startswith("This link hides these settings")]
    assert "shuffle off" in line.lower()
    page.button(key="show_all_settings").click().run()
    assert [it for it in texts(page) if "without a control" in it]
    assert "shuffle" not in {it.key for it in page.toggle}

    page = lab({"level": "lesson", "show": "shuffle"})
    assert page.toggle(key="shuffle").value is True
    page.toggle(key="shuffle").set_value(False).run()
    assert not recipe(page)["shuffle"]
    assert not [it for it in texts(page) if it.startswith("This link hides") and "shuffle" in it]


@pytest.mark.parametrize(
    "query, sentence",
    [
        ({"level": "easy"}, "level must be one of simple, lesson, all, not “easy”."),
        ({"hide": "seed,<b>x</b>"}, "“<b>x</b>” is not a setting."),
        ({"hide": "," * 9000 + "seed"}, ""),
        ({"level": "lesson"}, "this link lists none. The page shows all settings."),
        ({"level": "lesson", "show": "cell,x"}, "show lists settings by name"),
        ({"level": "<script>"}, "level must be one of simple, lesson, all, not “<script>”."),
        ({"moment": "1e9"}, "moment must be a whole number from 0 to 100,000, not “1e9”."),
        ({"moment": "latest"}, "not “latest”. The page ignores it."),
        ({"row": "6"}, "row must be a whole number from 1 to 5, not “6”."),
        ({"draws": "-1"}, "draws must be a whole number from 0 to 999, not “-1”."),
        ({"start": "x" * 51}, "start must be one line of at most 50 letters,"),
    ],
)
def test_what_a_link_says_wrongly_is_refused_in_one_sentence(query, sentence):
    page = lab(query)
    marks = ("is not a setting.", "level must be one", " ignores ", "lists none.")
    refusals = [it for it in texts(page) if any(mark in it for mark in marks)]
    assert len(refusals) == bool(sentence)
    assert all(sentence in it for it in refusals)
    assert "<b>" not in "".join(it.value for it in (*page.markdown, *page.caption))


def test_names_of_settings_that_hide_are_those_of_the_recipe_and_two_boxes():
    assert set(shown_settings.SIMPLE) < set(SETTINGS) < set(shown_settings.NAMES)


def test_before_it_trains_the_browser_already_has_the_link_that_holds_then() -> None:
    page = lab()
    found = link(page, "run")
    assert not found["link"] and found["run"] == page.session_state["run"]
    assert said(found["then"]["link"])["run"] == found["run"]
