"""Runs read together with counting: beside the Lab's ladder, on Compare, in the exam."""

from __future__ import annotations

import numpy as np
import pytest
from pressing import job_of, part
from streamlit.testing.v1 import AppTest
from test_compare_page import NET, look, open_page, train, words
from test_exam_page import EXAM, opened
from test_languages import speak
from waiting import wait_for

from dino.data import load_bundled
from dino.jobs.counts import Counts
from dino.jobs.together import below_each_of, mixed_losses_of
from dino.locale.sentences import ENGLISH, languages
from dino.mix import Mix
from dino.pages.compare.same_names import gap_sentences
from dino.parts import finish, last_result
from dino.together import BelowEach, below_sentences, exam_sentence, together_sentence
from dino.ui import measurements, server

SPANISH = next(it for it in languages().values() if it.code == "es")


@pytest.fixture(autouse=True)
def a_page_that_waits(monkeypatch):
    """What is measured is there when the page is drawn, however busy the machine is."""
    monkeypatch.setattr(measurements, "PATIENCE", 60.0)
    yield
    server.renew()


def lab(**params: str) -> AppTest:
    """The Lab with a run at rest, its names written."""
    page = open_page(**{**NET, **params})
    train(page, 1)
    return again(page)


def again(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception
    return page


def below(page: AppTest, mix: Mix, names: str = "val") -> BelowEach:
    """The figures of the page's run, measured here."""
    job = job_of(page)
    how = job.config, job.run.weights, job.corpus, getattr(job.corpus, names), mix, Counts()
    return last_result(below_each_of(*how))[1]


def said_by(page: AppTest, mix: Mix, put=ENGLISH.put) -> str:
    """What the Lab must say of the page's run."""
    found = below(page, mix)
    step = job_of(page).run.kept_step
    return " ".join(map(put, [together_sentence(found, mix, step), *below_sentences(found, mix)]))


def rows(page: AppTest, key: str) -> list[list[str]]:
    found = part(page, key)
    return [] if found is None else found[1]["rows"]


# ---- the Lab


def test_at_rest_the_lab_says_how_far_the_mixture_is_below_each_side():
    page = lab()
    assert said_by(page, Mix()) in words(page) and "You chose λ" not in words(page)
    ladder = {row[0]: row[1] for row in rows(page, "ruler_twin")}
    assert ladder["together"] == f"{below(page, Mix()).loss:.2f}" and "sixes" in ladder
    page.session_state["mix"] = "sixes:1"
    assert "the network together with" not in words(again(page))
    assert "together" not in [row[0] for row in rows(page, "ruler_twin")]


@pytest.mark.parametrize("exam", ["true", "false"])
def test_who_moves_the_share_reads_that_it_was_chosen_on_these_names(exam):
    page = lab(mix="pairs:0.3", exam=exam)
    said = words(page)
    assert said_by(page, Mix("pairs", 0.3)) in said and "You chose λ on these names" in said
    assert ("The final exam gives the honest figure." in said) == (exam == "true")
    page.slider(key="mix_share").set_value(0.5).run()
    said = words(page)
    assert said_by(page, Mix("pairs")) in said and "You chose λ" not in said


def test_it_is_said_in_spanish_and_of_a_network_that_sees_one_letter(monkeypatch):
    speak(monkeypatch, SPANISH)
    page = lab(lang="es", context="1", list="colombian-towns")
    text = said_by(page, Mix(), SPANISH.put)
    assert "junto con el conteo de sextetos" in text and text in words(page)


def test_a_run_that_trains_has_no_figure_until_it_rests():
    page = open_page(**{**NET, "max_steps": "20000", "hidden_size": "64"})
    job = job_of(page)
    job.play()
    wait_for(lambda: job.run is not None and job.run.step, "the first update")
    page.button(key="write").click().run()
    assert job.running and "the network together with" not in words(page)
    job.pause()
    wait_for(lambda: job.settled and not job.running, "the pause")
    again(page).button(key="write").click().run()
    assert said_by(page, Mix()) in words(page)


def test_until_it_is_measured_the_page_says_so_and_draws_it_when_it_is(monkeypatch):
    monkeypatch.setattr(measurements, "PATIENCE", 0.0)
    page = open_page(**NET)
    train(page, 1)
    wait_for(lambda: said_by(page, Mix()) in words(again(page)), "the figure")


# ---- Compare


def test_compare_has_a_row_for_each_run_alone_and_together_and_the_link_keeps_it():
    page = open_page(**NET)
    train(page, 1)
    page.session_state["cell"] = "gru"
    page.run()
    train(page, 2)
    look(page)
    assert not part(
        page, "mixed_runs"
    ) and "Choose what to count under “Together with counting”." in words(page)
    page.selectbox(key="mix_with").set_value("fours").run()
    wait_for(lambda: part(page.run(), "mixed_runs"), "the table")
    shown = rows(page, "mixed_runs")
    entries = [it for it in server.jobs().runs_of(job_of(page).owner) if it.run.step]
    val, losses = load_bundled().val, []
    for entry in entries:
        how = entry.run.config, entry.run.weights, entry.corpus, val, Mix("fours"), Counts()
        found = finish(mixed_losses_of(*how))
        losses += [found.network, found.together]
    losses.append(found.counting)
    symbols = np.array([len(name) + 1 for name in val])
    wanted = [f"{sums.sum() / symbols.sum():.4f}" for sums in losses]
    assert [row[1] for row in shown] == wanted
    assert [row[2] for row in shown] == [str(it) for it in gap_sentences(np.array(losses), symbols)]
    assert [row[0].endswith(", together") for row in shown] == [False, True, False, True, False]
    assert "counting fours (a 4-gram model)" == shown[-1][0]
    said = words(page)
    assert "The mixture is 0.5 network + 0.5 counting fours." in said
    assert "are the networks' own, without counting" in said and "You chose λ" not in said
    assert page.session_state["visit"].address["mix"] == "fours:0.5"
    page.slider(key="mix_share").set_value(0.25).run()
    wait_for(lambda: "You chose λ on these names" in words(page.run()), "the new share")
    page.slider(key="mix_share").set_value(0.0).run()
    wait_for(lambda: len(rows(page.run(), "mixed_runs")) == 3, "counting, and each run alone")
    page.slider(key="mix_share").set_value(1.0).run()
    assert not part(page, "mixed_runs")


def test_a_link_brings_the_mixture_to_compare():
    page = lab(mix="sixes:0.5")
    wait_for(lambda: part(look(page), "mixed_runs"), "the table")


# ---- the exam


def test_the_exam_shows_the_mixture_that_was_set_when_it_was_opened():
    page = open_page(**{**EXAM, "mix": "triples:0.4"})
    train(page, 1)
    look(page)
    assert "On the exam's names, the network together" not in words(page)
    page.button(key="open_exam").click().run()
    wait_for(lambda: opened(page), "the loss on the exam")
    mix = Mix("triples", 0.4)
    found = below(page, mix, "exam")
    judged = [it._replace(enough=1) for it in (found.network, found.counting)]
    text = [
        exam_sentence(found, mix),
        *below_sentences(found._replace(network=judged[0], counting=judged[1]), mix),
    ]
    wanted = "\n".join(map(str, text))
    wait_for(lambda: wanted in words(page.run()), "the mixture on the exam")
    assert "The mixture is the one that was set when the exam was opened." not in words(page)
    page.session_state["mix"] = "sixes:0.9"
    again(page)
    assert wanted in words(page)
    assert "The mixture is the one that was set when the exam was opened." in words(page)
    kept = server.jobs().kept_of(job_of(page).owner).exams.of_run(job_of(page).token)
    assert kept is not None and kept.mix == "triples:0.4"


def test_an_exam_that_is_opened_without_a_choice_has_half_sixes_and_one_all_network_none():
    for mix, partner in (("", "sixes"), ("sixes:1", "")):
        page = open_page(**{**EXAM, "mix": mix})
        train(page, 1)
        look(page)
        page.button(key="open_exam").click().run()
        wait_for(lambda page=page: opened(page), "the loss on the exam")
        if partner:
            wait_for(
                lambda page=page: "the network together with counting sixes" in words(page.run()),
                "the mixture on the exam",
            )
        else:
            assert "the network together" not in words(again(page))
        server.renew()
