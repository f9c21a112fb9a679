"""The parts of Learn beside its lessons, as pages: the concept test, the game, the report."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from pressing import part, send
from pressing import press as press_run
from reports import facts_in
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE, wait_for

from dino.choice import Choice
from dino.lessons.concept_test import (
    ITEMS,
    KEY,
    NAMES,
    choices,
    concept_test,
    item_of,
    right_answers,
    rounds_in,
)
from dino.lessons.progress import Progress, progress_from_text
from dino.lessons.reading import lessons
from dino.lessons.real_or_made import CARDS, MOST_GAMES, games_in
from dino.lessons.real_or_made import KEY as GAME
from dino.locale.sentences import languages
from dino.pages.learn import game_screen
from dino.pages.learn.contents import lessons_report
from dino.pages.learn.part_table import PARTS
from dino.reports.facts import Words
from dino.ui import server
from dino.ui.example_runs import examples

TEST = concept_test("en")
RIGHT = right_answers(TEST)
WRONG = tuple(str(item_of(TEST, i).wrong[0].value) for i in range(ITEMS))


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


def look(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception
    return page


def open_learn(**params: str) -> AppTest:
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update(params)
    page.run()
    page.switch_page("dino/pages/learn/page.py")
    return look(page)


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click()
    return look(page)


def open_part(key: str, **params: str) -> AppTest:
    return press(open_learn(**params), f"open_{key}")


def texts(page: AppTest) -> str:
    return "\n".join(str(it.value) for it in [*page.text, *page.caption, *page.markdown])


def table(page: AppTest, key: str) -> list[list[str]]:
    found = part(page, key)
    assert found is not None
    rows: list[list[str]] = found[1]["rows"]
    return rows


# ---- the parts


def test_each_part_has_an_entry_and_opens_and_none_has_the_key_of_a_lesson() -> None:
    assert not {*PARTS} & {*lessons("en")}
    page = open_learn()
    for key, each in PARTS.items():
        assert page.button(key=f"open_{key}").label == each.title
        assert each.about in texts(page)
        press(page, f"open_{key}")
        assert page.subheader[0].value
        press(page, "all_lessons")
    keys = [str(it.key) for it in page.button if str(it.key).removeprefix("open_") in PARTS]
    assert keys[0] == f"open_{GAME}" and len(keys) == len(PARTS)


# ---- the concept test


def answer(page: AppTest, over: int, names: tuple[str, ...]) -> AppTest:
    for i, name in enumerate(names):
        page.radio(key=f"ask_{KEY}_{NAMES[over]}_{i}").set_value(name)
    return look(page)


def told(page: AppTest) -> str:
    return " ".join(texts(page).split())


def test_the_first_round_tells_nothing_of_what_is_right() -> None:
    page = answer(open_part(KEY), 0, WRONG[:4])
    press(page, f"end_{KEY}_0")
    assert "These have none yet: 5, 6, 7, 8, 9, 10." in texts(page)
    answer(page, 0, WRONG)
    assert "These have none yet" not in texts(page)
    press(page, f"end_{KEY}_0")
    assert "The first round is done." in texts(page)  # in the contents, where it leads
    press(page, f"open_{KEY}")
    assert "Your first answers are kept." in texts(page)
    replies = [wrong.reply for i in range(ITEMS) for wrong in item_of(TEST, i).wrong]
    replies += [step.because for step in TEST.steps]
    assert not any(" ".join(reply.format().split()) in told(page) for reply in replies)
    assert all(it.value is None for it in page.radio)


def test_after_the_second_round_each_question_has_both_answers_and_a_reply_to_what_is_wrong() -> (
    None
):
    page = answer(open_part(KEY), 0, WRONG)
    press(page, f"end_{KEY}_0")
    press(page, f"open_{KEY}")
    answer(page, 1, (*RIGHT[:7], *WRONG[7:]))
    press(page, f"end_{KEY}_1")
    assert "0 of 10 answers were right. After them, 7" in texts(page)
    assert "7 answers were wrong and are right now." in texts(page)
    assert "do not show what the lessons changed" in texts(page)
    rows = table(page, "concept_test_rounds")
    assert [row[1:] for row in rows] == [["wrong", "right"]] * 7 + [["wrong", "wrong"]] * 3
    for i in range(ITEMS):
        first, *others = item_of(TEST, i).wrong
        assert " ".join(first.reply.format().split()) in told(page)
        assert not any(" ".join(it.reply.format().split()) in told(page) for it in others)
        assert " ".join(TEST.steps[i].because.format().split()) in told(page)
    assert texts(page).count("Right answer: ") == 3
    press(page, "all_lessons")
    assert "Both rounds are done." in texts(page)


def brought_up(page: AppTest) -> str:
    """The part of the page that the browser was last told to have at the top."""
    return str(page.session_state["brought_up"][0])


def test_each_round_ends_where_its_result_is_said() -> None:
    page = answer(open_part(KEY), 0, WRONG)
    press(page, f"end_{KEY}_0")
    assert brought_up(page) == "learn" and "Your first answers are" in page.success[0].value
    press(page, f"open_{KEY}")
    assert "Do the lessons, then" in texts(page) and not page.success
    keys = frozenset(lessons("en"))
    page.session_state["progress"] = replace(page.session_state["progress"], ticked=keys)
    look(page)
    assert "you have done all lessons" in texts(page) and "Do the lessons, then" not in texts(page)
    press(answer(page, 1, WRONG), f"end_{KEY}_1")
    assert brought_up(page) == f"part_{KEY}"


def test_answers_of_a_round_that_is_not_over_are_in_it_after_a_reload() -> None:
    page = answer(open_part(KEY), 0, WRONG[:4])
    component, _ = part(page, "learn_store")
    send(page, component.id, "here", {"text": "{}", "erased": 0})
    text = part(look(page), "learn_store")[1]["text"]
    assert rounds_in(progress_from_text(text, lessons("en"))).answers[0][:5] == (*WRONG[:4], "")
    server.renew()
    again = open_part(KEY)
    component, _ = part(again, "learn_store")
    send(again, component.id, "here", {"text": text, "erased": 0})
    look(again)
    assert [it.value for it in again.radio][:5] == [*WRONG[:4], None]


# ---- the game


def play(page: AppTest, game: int = 0) -> AppTest:
    """Wait until the names are dealt."""

    def are_dealt() -> bool:
        look(page)
        return f"guess_{game}_0" in [it.key for it in page.radio]

    wait_for(are_dealt, "the names")
    return page


def names_of(page: AppTest) -> list[str]:
    found = [it.value.partition(" · ") for it in page.text]
    return [name for number, dot, name in found if dot and number.isdecimal()]


def test_who_has_no_network_plays_with_a_prepared_one_and_may_train_one_then() -> None:
    page = play(open_part(GAME))
    assert "so a prepared one made up the names." in texts(page)
    for i in range(CARDS):
        page.radio(key=f"guess_0_{i}").set_value("real")
    press(look(page), "game_show")
    assert "A prepared network made up the other names: First success: RNN 64" in texts(page)
    rows = table(page, "game_result")
    corpus = examples()[0].corpus
    assert [row[1] == "real" for row in rows] == [row[0] in corpus.val_set for row in rows]
    trains = f"learn_{GAME}_1_run_train"
    press(page, trains)
    wait_for(lambda: trains not in [it.key for it in look(page).button], "its own run")
    press(page, "game_next")
    assert "so a prepared one made up the names" not in texts(play(page, 1))


def test_the_game_deals_and_tells_the_score_beside_chance() -> None:
    page = trained(list="dinos")
    press(page, f"open_{GAME}")
    play(page)
    names = names_of(page)
    assert len(names) == CARDS
    press(page, "game_show")
    assert "have no guess yet: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10" in texts(page)
    for i in range(CARDS):
        page.radio(key=f"guess_0_{i}").set_value("real")
    look(page)
    assert "have no guess yet" not in texts(page)
    press(page, "game_show")
    rows = table(page, "game_result")
    corpus = server.jobs().find(page.session_state["run"]).corpus
    assert [row[0] for row in rows] == names
    truths = [row[1] == "real" for row in rows]
    assert truths == [name in corpus.val_set for name in names]
    assert not any(name in corpus.train_set for name in names)
    assert f"You got {sum(truths)} of 10 right. Blind guessing gets 5 right" in texts(page)
    assert "This run of yours made up the other names: Run 1" in texts(page)

    press(page, "game_next")
    play(page, 1)
    assert names_of(page) != names
    for i in range(CARDS):
        page.radio(key=f"guess_1_{i}").set_value("made")
    press(look(page), "game_show")
    seen = [row[0] for row in table(page, "game_result")]
    made = [row[1] != "real" for row in table(page, "game_result")]
    assert f"In all your games you got {sum(truths) + sum(made)} of 20 right" in texts(page)
    kept = progress_from_text(page.session_state["progress"].to_text(), lessons("en"))
    assert games_in(kept) == (sum(truths) + sum(made), 20)  # after a reload and in the report, too
    for key in ("game", "game_cards", "game_shown"):  # as after a reload
        del page.session_state[key]
    play(page, 0)
    assert names_of(page) not in (names, seen)  # whose kinds are known


def trained(**settings: str) -> AppTest:
    """The page Learn of a visitor whose small network has been trained on the Lab."""
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    net = {"hidden_size": "4", "max_steps": "20", "batch_size": "4", "engine": "torch"}
    page.query_params.update(**settings, **net)
    page.run()
    press_run(page.run(), "play")

    def is_at_rest() -> bool:
        page.run()
        job = server.jobs().find(page.session_state["run"])
        return job is not None and job.run is not None and job.run.step == 20 and not job.running

    wait_for(is_at_rest, "the end of the run")
    page.switch_page("dino/pages/learn/page.py")
    return look(page)


@pytest.mark.parametrize("names, is_taken", [("dinos", True), ("colombian-towns", False)])
def test_the_game_takes_the_visitors_own_network_of_the_dinosaurs_alone(
    names: str, is_taken: bool
) -> None:
    page = trained(list=names)
    job = server.jobs().find(page.session_state["run"])
    assert (job.corpus.source == Choice()) == is_taken
    press(page, f"open_{GAME}")
    play(page)
    assert len(names_of(page)) == CARDS
    assert ("so a prepared one made up the names" in texts(page)) == (not is_taken)
    assert ("This run of yours made up the other names: Run 1" in texts(page)) == is_taken


def test_the_game_says_at_once_which_run_made_up_names_and_shows_its_title_as_text() -> None:
    page, title = trained(list="dinos"), "**best** <b>run</b> $x$"
    server.jobs().name_run(page.session_state["visit"].browser, 1, title)
    press(page, f"open_{GAME}")
    play(page)
    words = f"This run of yours made up the other names: Run 1 · {title}"
    assert any(it.value.startswith(words) for it in page.text)
    assert not any(title in it.value for it in [*page.markdown, *page.caption])


def test_the_game_takes_the_network_with_the_lowest_held_out_loss(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def entry(loss: float, step: int = 10, source: object = Choice()) -> Any:
        run, corpus = SimpleNamespace(step=step, val_loss=loss), SimpleNamespace(source=source)
        return SimpleNamespace(token=f"{loss} {step}", run=run, corpus=corpus)

    best = entry(1.7)
    others = [entry(2.9), entry(float("nan")), entry(0.1, step=0), entry(0.2, source="another")]
    monkeypatch.setattr(game_screen.current_run, "runs", lambda: [*others, best])
    assert game_screen.trained_run() is best
    monkeypatch.setattr(game_screen.current_run, "runs", lambda: others[1:])
    assert game_screen.trained_run() is None


# ---- the report


def test_the_report_of_the_page_has_what_was_done() -> None:
    page = answer(open_part(KEY), 0, WRONG)
    press(page, f"end_{KEY}_0")
    progress: Any = page.session_state["progress"]
    raw = lessons_report(progress, Words(author="Ana"), languages()["es"])
    facts = facts_in(raw)
    assert facts["author"] == "Ana" and facts["test"]["rounds"] == [list(WRONG)]
    other = facts_in(lessons_report(progress, Words(), languages()["en"]))
    assert other["number"] != facts["number"]  # so that two honest reports differ


def test_the_box_of_the_report_opens_with_its_button() -> None:
    page = open_learn()
    page.session_state["learn_home"] = True
    look(page)
    assert "Report of the lessons" in [it.proto.label for it in page.get("download_button")]
    assert page.text_input(key="learn_report_author").label == "Your name"
    assert choices(TEST, 0)


def test_after_the_last_game_that_counts_the_page_says_so_and_deals_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def progress(games: int) -> Progress:
        return Progress().with_more(GAME, [CARDS * games // 2, CARDS * games])

    known = progress(MOST_GAMES)
    monkeypatch.setattr(game_screen.learner, "progress", lambda: known)
    numbers = []
    for game in range(3):
        monkeypatch.setattr(game_screen.state.GAME, "get", lambda game=game: game)
        numbers.append(game_screen.number_of_game())
    assert numbers == [MOST_GAMES, MOST_GAMES + 1, MOST_GAMES + 2]
    known = progress(3)
    assert game_screen.number_of_game() == 3
