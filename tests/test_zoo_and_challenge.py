"""Learn beside its lessons: the failure zoo, the diagnosis of any run, the challenge."""

from __future__ import annotations

import pytest
from pressing import job_of, part
from pressing import press as press_run
from test_learn_page import has, look, open_learn, press, texts
from waiting import wait_for

from dino.lessons.progress import Progress, progress_from_text
from dino.lessons.reading import lessons
from dino.pages.learn import challenge, zoo
from dino.ui import server
from dino.zoo import ZOO

NET = {"engine": "torch", "hidden_size": "8", "batch_size": "4", "max_steps": "40"}


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


def open_part(key: str, **params: str):
    return press(open_learn(**params), f"open_{key}")


def trained(**params: str):
    """The page Learn of a browser that has trained a short run in the Lab."""
    page = open_learn(**{**NET, **params})
    page.switch_page("dino/pages/lab/page.py").run()
    press_run(page, "play")
    job = job_of(page)
    wait_for(lambda: job.done and job.settled and job.entry(), "the run")
    page.switch_page("dino/pages/learn/page.py")
    return look(page), job


# ---- the zoo


def test_an_exhibit_is_a_puzzle_first_and_nothing_tells_its_cause_before() -> None:
    page = open_part(zoo.KEY)
    exhibit = next(iter(ZOO.values()))
    assert exhibit.why not in texts(page) and exhibit.cure_words not in texts(page)
    press(page, f"zoo_{exhibit.key}_place")
    assert "Choose one of the answers first." in texts(page)
    wrong = next(it for it in exhibit.choices if it != exhibit.cause)
    page.radio(key=f"ask_zoo_{exhibit.key}").set_value(wrong)
    press(look(page), f"zoo_{exhibit.key}_place")
    assert exhibit.replies[wrong] in texts(page)
    assert exhibit.why in texts(page) and exhibit.cure_words in texts(page)
    assert has(page, f"zoo_{exhibit.key}_cure_train")
    assert page.radio(key=f"ask_zoo_{exhibit.key}").disabled


@pytest.mark.parametrize("key", ZOO)
def test_every_exhibit_can_be_answered_or_skipped_and_is_kept(key: str) -> None:
    page = open_part(zoo.KEY)
    page.session_state["exhibit_shown"] = key
    press(look(page), f"zoo_{key}_skip")
    assert ZOO[key].why in texts(page) and "You skipped this." in texts(page)
    kept = progress_from_text(page.session_state["progress"].to_text(), lessons("en"))
    assert kept.more[zoo.KEY] == {key: zoo.SKIPPED}


@pytest.mark.parametrize("kept", [3, [], {"x": "y"}, {"small_rate": "x"}, {"small_rate": 3}])
def test_what_a_browser_kept_of_the_zoo_may_be_anything(kept: object) -> None:
    page = open_part(zoo.KEY)
    page.session_state["progress"] = Progress().with_more(zoo.KEY, kept)
    look(page)
    assert has(page, "zoo_small_rate_place")


def test_any_run_is_diagnosed_when_it_is_asked_for() -> None:
    page, job = trained()
    press(page, f"open_{zoo.KEY}")
    before = job.run.weights.copy()
    press(page, "diagnose")

    def is_told() -> bool:
        look(page)
        return "update-to-weight ratio" in texts(page)

    wait_for(is_told, "the diagnosis")
    assert (job.run.weights == before).all()


# ---- the challenge


def test_a_run_without_an_exam_is_no_entry_and_the_page_says_how_to_have_one() -> None:
    page, _ = trained()
    press(page, f"open_{challenge.KEY}")
    assert "You have no entry yet" in texts(page) and not has(page, "hand_in")
    press(page, "challenge_exam")
    assert page.session_state["exam"] is True
    assert page.button(key="challenge_exam").disabled


def test_an_entry_is_handed_in_once_and_then_its_exam_is_open() -> None:
    page, job = trained(exam="true")
    press(page, f"open_{challenge.KEY}")
    rows = part(page, "challenge_entries")[1]["rows"]
    assert len(rows) == 1 and rows[0][2] == f"{job.run.val_loss:.3f}"
    assert "Exam minus held out" not in texts(page)
    press(page, "hand_in")

    def is_open() -> bool:
        look(page)
        return "Exam minus held out" in texts(page)

    wait_for(is_open, "the exam")
    assert not has(page, "hand_in")
    assert "This visit has opened this exam once." in texts(page)
    page.session_state["progress"] = page.session_state["progress"].with_more(challenge.KEY, "")
    look(page)  # as if it were yet to be handed in
    assert "You have opened this exam before" in texts(page)


def test_the_baselines_that_an_entry_is_below_are_those_with_a_higher_loss() -> None:
    page, _ = trained(exam="true")
    (entry,) = [it for it in server.jobs().runs_of(page.session_state["visit"].browser)]
    losses = entry.baselines
    assert set(challenge.COUNTED) <= set(losses)
    found = challenge.beaten(entry)
    assert found == [it for it in challenge.COUNTED if entry.run.val_loss < losses[it]]
    assert [losses[it] for it in challenge.COUNTED] == sorted(
        (losses[it] for it in challenge.COUNTED), reverse=True
    )
