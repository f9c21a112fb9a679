"""The final exam on the pages: switched on in the Lab, opened on Compare, never compared across."""

from __future__ import annotations

from typing import Any

import pytest
from pressing import part
from streamlit.testing.v1 import AppTest
from test_compare_page import NET, look, open_page, table, train, words
from waiting import wait_for

from dino.choice import Choice
from dino.data import load_bundled
from dino.jobs.exams import which_exam
from dino.ui import run_groups, server

EXAM = {**NET, "exam": "true"}


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


def to_lab(page: AppTest) -> AppTest:
    return page.switch_page("dino/pages/lab/page.py").run()


def opened(page: AppTest) -> Any:
    """The table with the losses of the exam; None while it is measured."""
    found = part(page.run(), "exam_losses")
    return found[1]["rows"] if found else None


def test_the_lab_has_a_switch_and_its_run_an_exam() -> None:
    page = open_page(**NET)
    assert page.toggle(key="exam").value is False
    page.toggle(key="exam").set_value(True).run()
    train(page, 1)
    job = server.jobs().find(page.session_state["run"])
    assert job is not None and job.config.exam
    assert job.corpus.exam and job.corpus.val == load_bundled().val


def test_the_exam_is_opened_with_one_run_and_from_the_second_time_it_is_a_validation_loss() -> None:
    page = open_page(**EXAM)
    train(page, 1)
    page.session_state["cell"] = "gru"
    page.run()
    train(page, 2)
    look(page)
    assert "You have not opened this exam in this visit yet" in words(page)
    assert "First choose a run by its held-out loss" in words(page)
    losses = {e.token: e.run.val_loss for e in run_entries()}
    assert page.selectbox(key="exam_run").value == min(losses, key=losses.__getitem__)
    page.button(key="open_exam").click().run()
    wait_for(lambda: opened(page), "the loss on the exam")
    assert "opened this exam once" in words(page) and "now also a validation loss" not in words(
        page
    )
    assert "First choose a run by its held-out loss" not in words(page)
    assert "names of the split with seed 0" in words(page)
    assert not [button for button in page.button if button.key == "open_exam"]
    other = max(losses, key=losses.__getitem__)
    page.selectbox(key="exam_run").set_value(other).run()
    assert "opened this exam once" in words(page)
    page.button(key="open_exam").click().run()
    wait_for(lambda: opened(page), "the second loss")
    assert "opened this exam 2 times" in words(page) and "now also a validation loss" in words(page)
    mine, exam = browser(), which_exam(load_bundled(exam=True))
    kept = server.jobs().kept_of(mine)
    assert kept.exams.count(exam) == 2  # the browser's, which a reload does not change
    shown = server.jobs().find(page.session_state["run"])
    assert shown is not None and shown.opened_exam is not None and shown.opened_exam.times == 2
    server.jobs().erase(mine)
    assert server.jobs().kept_of(mine).exams.count(exam) == 0


def browser() -> str:
    """The browser of the test's page: the one that has runs. Pages of earlier tests may be left."""
    found = {visit.browser for visit in server.server().visits.all()}
    (found,) = [it for it in found if server.jobs().runs_of(it)]
    return str(found)


def run_entries() -> list[Any]:
    return server.jobs().runs_of(browser())


def test_runs_with_and_without_an_exam_are_in_two_groups_that_say_why() -> None:
    page = open_page(**NET)
    train(page, 1)
    look(page)
    assert "Final exam" not in words(page)
    to_lab(page).toggle(key="exam").set_value(True).run()
    train(page, 2)
    look(page)
    first, second = table(page)["groups"]
    assert [run["number"] for run in first["rows"]] == [2]
    assert "in the final exam" in first["title"]
    assert second["why"].startswith("These runs have no final exam (test set)")


def test_why_they_are_apart_is_said_both_ways(corpus) -> None:
    from dataclasses import replace

    plain = replace(corpus, source=Choice())
    with_exam = replace(load_bundled(exam=True), source=Choice())
    assert not run_groups.are_comparable(plain, with_exam)
    assert run_groups.are_comparable(with_exam, load_bundled(exam=True))
    said = [run_groups.why_apart(plain, with_exam), run_groups.why_apart(with_exam, plain)]
    assert "from more names" in str(said[0]) and "from fewer names" in str(said[1])


def test_the_data_page_marks_the_names_of_the_exam() -> None:
    page = open_page(exam="true").switch_page("dino/pages/data/page.py").run()
    names, exam = load_bundled(exam=True).names, load_bundled(exam=True).exam_set
    sides = [row[3] for row in part(page, "names")[1]["rows"]]
    assert sides and [side == "final exam" for side in sides] == [
        name in exam for name in names[: len(sides)]
    ]
    page.session_state["data_tool"] = "split"
    page.run()
    assert part(page, "exam_side") and "The next 152 names are the final exam" in words(page)
