"""The run's buttons as a script sees them: each click is done once, and what is offered when."""

import inspect
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from pressing import job_of, kind, offers, part, press, send
from sources import ROOT
from streamlit.runtime.scriptrunner import RerunData, RerunException
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE, wait_for

import dino.jobs
from dino.config import Config
from dino.data import load
from dino.jobs.workers import Workers
from dino.pages.lab import offers as made
from dino.pages.lab.live_network import read_moment
from dino.run import Cure
from dino.train import Trainer
from dino.ui import current_run, server
from dino.ui.component import MOST, Click, new_clicks

SMALL = {"hidden_size": "4", "batch_size": "2", "engine": "torch"}


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


def lab(**params):
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update(SMALL | params)
    page.run()
    page.run()
    assert not page.exception
    return page


def at_rest(page, step):
    """The page once its run has come to rest at a step."""
    job = job_of(page)
    wait_for(lambda: job.settled and job.run.step == step and job.baselines, f"step {step}")
    page.run()
    return job


# ---- clicks


def entry(number, action="step", times=1):
    return {"n": number, "action": action, "times": times}


def test_clicks_that_are_done_are_not_done_again():
    sent = [entry(3, "play"), entry(4, "pause"), entry(9, times=5)]
    assert new_clicks(sent, 0) == [Click(3, "play"), Click(4, "pause"), Click(9, "step", 5)]
    assert new_clicks(sent, 4) == [Click(9, "step", 5)]
    assert new_clicks(sent, 7) == [
        Click(9, "step", 2)
    ]  # three of the five were in a message before
    assert new_clicks(sent, 9) == []
    assert new_clicks([entry(2), entry(1), entry(2)], 0) == [Click(2, "step")]


@pytest.mark.parametrize(
    "sent",
    [
        None,
        3,
        "x",
        {},
        [None],
        [[]],
        [{}],
        [entry("1")],
        [entry(True)],
        [entry(1.0)],
        [entry(-1)],
        [entry(2**60)],
        [entry(1, times=0)],
        [entry(1, times=10**9)],
        [entry(1, action=7)],
    ],
)
def test_nonsense_is_no_click(sent):
    assert new_clicks(sent, 0) == []


def test_a_message_has_a_bound():
    assert len(new_clicks([entry(n) for n in range(1, 10_000)], 0)) == MOST


def ways_to(monkeypatch, owner, name):
    """A list that is filled, whenever this method is called, with the functions of ours that wait
    for one another meanwhile, down to it.
    """
    ways, original, ours = [], getattr(owner, name), str(ROOT / "dino")

    def noted(self, *given, **named):
        way, frame = [name], inspect.currentframe().f_back
        while frame is not None and frame.f_code.co_filename.startswith(ours):
            way.append(frame.f_code.co_name)
            frame = frame.f_back
        ways.append(way[::-1])
        return original(self, *given, **named)

    monkeypatch.setattr(owner, name, noted)
    return ways


def test_from_a_click_on_train_to_the_first_update_there_are_as_few_stops_as_told(monkeypatch):
    walk = (dino.jobs.__doc__ or "").partition("From a click on Train")[2].partition("\nFrom")[0]
    told = re.findall(r"^ +(\d+)  \S+\.py (\w+)", walk, re.MULTILINE)
    server.renew()  # a pool that begins now
    asked = ways_to(monkeypatch, Workers, "enqueue")
    trained = ways_to(monkeypatch, Trainer, "advance")
    page = lab()
    press(page, "play")
    wait_for(lambda: trained, "the first update")
    click = next(way for way in asked if "play" in way)
    assert click + trained[0] == [function for _, function in told]
    assert told[-1] == ("14", "advance")


def test_nonsense_from_a_browser_does_nothing_to_a_page():
    page = lab()
    component, _ = part(page, "run_line")
    for sent in (None, 3, [entry(1, "🦕")], [entry(2, "__class__")], [entry(10**9, "")]):
        send(page, component.id, "act", sent)
        assert not page.exception and kind(page) == "play"


def test_one_message_of_thirty_steps_is_thirty_steps_and_sent_again_no_more():
    page = lab()
    component, data = part(page, "run_line")
    sent = [entry(data["done"] + 30, times=30)]
    for _ in range(3):
        send(page, component.id, "act", sent)
    at_rest(page, 30)
    assert part(page, "run_line")[1]["done"] == data["done"] + 30
    sent = [entry(data["done"] + 35, times=12)]  # 23 to 35, of which five are new
    send(page, component.id, "act", sent)
    at_rest(page, 35)


@pytest.mark.parametrize("action", ["step", "play", "extend"])
def test_a_click_made_before_the_page_showed_that_its_button_is_past_does_nothing(action):
    page = lab(max_steps="3")
    press(page, "step", 3 if action == "extend" else 1)
    job = at_rest(page, 3 if action == "extend" else 1)
    page.session_state["learning_rate"] = 0.05
    page.run()
    assert job.learning_rate != 0.05, "a run at rest keeps its rate"
    assert part(page, "run_line")[1]["offers"][0]["weight"] == "main"
    press(page, action)
    assert job_of(page) is job and job.settled and job.run.step in (1, 3)
    page.session_state["learning_rate"] = job.learning_rate
    page.run()
    press(page, action)
    wait_for(lambda: job.settled and job.run.step in (2, 3, 6), "the update")
    assert job.run.step == {"step": 2, "play": 3, "extend": 6}[action]


def test_a_rate_that_comes_while_single_updates_are_made_is_for_what_comes_after_them():
    page = lab()
    at_rest(page, 0)
    job = job_of(page)
    job.play(steps=10**9)  # as many as a test needs
    page.session_state["learning_rate"] = 0.05
    page.run()
    assert job.stepping and job.learning_rate == 0.005
    # By the look of the first, the browser knows that Step cannot be used.
    assert [it["action"] for it in offers(page)] == ["new", "continue"]
    assert offers(page)[0]["weight"] == made.MAIN
    press(page, "step")
    assert job.learning_rate == 0.005
    press(page, "pause")


def test_whoever_only_watches_a_run_is_told_so_though_the_controls_have_other_settings():
    page = lab(max_steps="3")
    press(page, "step")
    job = at_rest(page, 1)
    watching = lab(run=job.token)
    assert job_of(watching) is job
    watching.session_state["learning_rate"] = 0.05
    watching.run()
    press(watching, "step")
    said = " ".join(it.value for it in (*watching.markdown, *watching.text))
    assert "Only the browser that started this run can change it" in said
    assert job.run.step == 1


def test_clicks_that_a_script_broke_off_are_done_once_and_in_order(monkeypatch):
    page = lab(max_steps="100000")
    component, data = part(page, "run_line")
    original, calls = current_run.current_job, []

    def broken_off():
        calls.append(1)
        if len(calls) in (2, 4):
            raise RerunException(RerunData())
        return original()

    monkeypatch.setattr(current_run, "current_job", broken_off)
    first = data["done"]
    sent = [entry(first + 3, times=3), entry(first + 4, "full")]
    for _ in range(2):  # a browser sends them again until they are done
        send(page, component.id, "act", sent)
    monkeypatch.undo()
    assert len(calls) >= 4
    at_rest(page, 3)
    assert page.session_state["pace"] == "full"


def test_while_single_steps_are_made_more_can_be_asked_for():
    page = lab(max_steps="100000")
    press(page, "step", 200)
    assert kind(page) == "on"
    press(page, "step")
    at_rest(page, 201)
    press(page, "play")
    assert kind(page) == "pause"
    job_of(page).pause()


# ---- offers


def labels(page):
    return [offer["label"] for offer in offers(page)]


def test_a_cure_is_put_on_the_controls_and_a_new_run_is_the_one_to_press():
    page = lab(max_steps="20", clip_norm="off")
    press(page, "play")
    job = at_rest(page, 20)
    job.run = replace(job.run, stopped="Stopped at update 20.", cure=Cure(0.0005, 1.0))
    page.run()
    [offer] = offers(page)
    assert offer["label"] == "Set the rate to 0.0005, clip at 1" and offer["weight"] == made.MAIN
    press(page, "cure")
    assert page.session_state["learning_rate"] == 0.0005
    assert page.session_state["clip_norm"] == 1.0
    page.run()
    assert labels(page)[0] == "New run" and offers(page)[0]["weight"] == made.MAIN
    press(page, "new")
    assert job_of(page).config.learning_rate == 0.0005 and job_of(page).config.clip_norm == 1.0


def test_of_a_kept_run_whose_weights_are_gone_only_a_new_one_is_offered():
    config = Config()
    job = SimpleNamespace(
        trained=True,
        failed=False,
        running=False,
        phase="kept",
        run=SimpleNamespace(max_steps=config.max_steps),
        corpus=load(),
        config=config,
        learning_rate=config.learning_rate,
        done=True,
    )
    [offer] = made.offers(job, config, [])
    assert (offer.action, offer.weight) == ("new", made.MAIN)
    other = replace(config, learning_rate=0.05)
    [offer] = made.offers(job, other, made.changes(job, other, []))
    assert offer.label == "New run at rate 0.05"


def test_how_the_newest_name_was_written_comes_to_its_picture_alone():
    page = lab()
    job = job_of(page)
    wait_for(lambda: job.settled and job.run, "the network")
    page.run()
    assert part(page, "live")[1]["frame"]["newest"]["names"]
    assert "written" not in part(page, "live")[1]["frame"]
    assert part(page, "network_picture")[1]["frame"]["written"]["step"] == 0


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "run",
        [],
        {"step": 1},
        {"run": 1, "step": 1},
        {"run": "r", "step": "1"},
        {"run": "r", "step": True},
        {"run": "r", "step": 1.0},
        {"run": "r", "step": 10**4000},
        {"run": "r", "step": 1, "unit": -(10**9)},
    ],
)
def test_what_is_no_moment_of_a_picture_is_not_taken_for_one(sent):
    assert read_moment(sent) is None
    assert read_moment({"run": "r", "step": 60, "unit": 3}) == ("r", 60, 3)
