"""The page Inside as a script: every tool on every cell, and whatever is typed."""

import re

import numpy as np
import pytest
from pressing import press
from streamlit.testing.v1 import AppTest
from waiting import wait_for

from dino.config import CELLS
from dino.jobs import Jobs
from dino.pages.inside import moments
from dino.pages.inside.memory import used_words
from dino.pages.inside.moments import LATEST
from dino.pages.inside.units import importance_sentences
from dino.ui import server

TOOLS = ["name", "letters", "memory", "units", "gradient", "weights", "two"]
NONSENSE = ["ñ", "🦕", "<b>x</b>", "**x**", "$x$", "x" * 500, "=1+1", "\u202e7"]


def inside(**params: str) -> AppTest:
    page = AppTest.from_file("../app.py", default_timeout=60)
    page.query_params.update(params)
    page.run()
    return page.switch_page("dino/pages/inside/page.py")


def settled(page: AppTest, ready) -> AppTest:
    """Run the script again, as polling does, until `ready` holds."""

    def run_again() -> bool:
        page.run()
        assert not page.exception
        return ready(page)

    if not ready(page):
        wait_for(run_again, "what the page waits for")
    return page


def trained(page: AppTest) -> AppTest:
    """The page with a run of two seconds in it."""
    page.run()
    page.button(key="offer").click().run()
    return settled(
        page,
        lambda p: (
            any(box.key == "inside_run" for box in p.selectbox)
            and server.jobs().count_running() == 0
            and all(job.settled for job in server.jobs().all_jobs())
        ),
    )


@pytest.fixture
def page():
    opened = trained(inside())
    yield opened
    server.renew()


def texts(page: AppTest) -> str:
    return "\n".join(
        element.value
        for kind in ("text", "caption", "markdown", "latex")
        for element in page.get(kind)
    )


def test_without_a_run_it_offers_one_and_goes_on(page):
    assert any("Run 1 · RNN 64 · Adam 0.005" in option for option in page.selectbox[0].options)
    assert "held-out loss 1.7" in texts(page)


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_draws_from_every_moment(tool, page):
    page.session_state["tool"] = tool
    for step in (0, 100, LATEST):
        page.session_state["moment"] = step
        page.run()
        assert not page.exception
        assert page.session_state["moment"] == step


def test_who_asked_for_the_best_moment_sees_it_and_may_go_elsewhere(page):
    run = server.jobs().find(page.session_state["run"]).run
    best = run.best_moment.step
    assert 0 < best < run.step
    page.session_state["use_best"] = True  # as a button of the Lab does
    page.run()
    assert page.session_state["moment"] == best
    assert f"After {best:,} of 1,200 steps, its best moment: held-out loss" in texts(page)
    page.session_state["moment"] = 0
    page.run()
    assert page.session_state["moment"] == 0 and "best moment" not in texts(page)
    page.session_state["use_best"] = False
    page.run()
    assert page.session_state["moment"] == LATEST


@pytest.mark.parametrize("cell", CELLS)
def test_every_tool_draws_every_cell(cell):
    page = inside(cell=cell, hidden_size="5", max_steps="40", engine="torch")
    page.run()
    job = server.jobs().find(page.session_state["run"])
    settled(page, lambda _: job.run is not None)
    job.play()
    settled(page, lambda _: job.done and job.baselines is not None)
    for tool in TOOLS:
        page.session_state["tool"] = tool
        page.session_state["silent"] = (1, 3)
        page.session_state["reach"] = 2
        page.run()
        assert not page.exception
        assert "Units 1, 3 silent and memory cut to 2 letters" in texts(page)
    server.renew()


@pytest.mark.parametrize(
    "tool, key", [("letters", "walk"), ("two", "walk"), ("gradient", "grad_name")]
)
def test_whatever_is_typed_gives_a_picture_or_a_sentence(tool, key, page):
    page.session_state["tool"] = tool
    page.run()
    for nonsense in NONSENSE:
        page.session_state[key] = nonsense
        page.run()
        assert not page.exception
        if tool != "two":  # it has no second run yet
            said = [t.value for t in page.text]
            refused = any("occur in this list" in s or "at most 50" in s for s in said)
            assert refused or len(page.session_state[key]) <= 50 < len(nonsense), nonsense


def test_the_formula_shows_the_numbers_of_the_model(page):
    for key, value in {"tool": "letters", "walk": "tri", "unit": 3}.items():
        page.session_state[key] = value
    page.run()
    from dino import anatomy
    from dino.model import rebuild

    job = server.jobs().find(page.session_state["run"])
    model = rebuild(job.config, 27, job.run.weights)
    step = anatomy.take_apart(model, job.corpus.vocab, "tri")
    shown = "\n".join(latex.value for latex in page.latex)
    assert f"= {step.h[3]:.3f}" in shown and f"tanh({step.sums[3]:.3f})" in shown
    assert f"= {step.probs.max():.3f}" in shown


def test_silencing_everything_says_that_the_bias_is_left(page):
    page.session_state["tool"] = "units"
    page.run()
    page.button(key="all_off").click().run()
    assert "only the output's bias" in texts(page)
    page.button(key="whole").click().run()
    assert "silent" not in texts(page).replace("silenced", "")


def test_two_runs_are_compared_and_the_last_is_kept(page):
    first = page.session_state["run"]
    job = server.jobs().find(first)
    new = server.jobs().create(job.config.replace(cell="gru", max_steps=30), job.corpus, after=job)
    page.session_state["run"] = new.token
    new.play()
    settled(page, lambda p: new.done and new.baselines is not None)
    page.session_state["tool"] = "two"
    page.session_state["walk"] = "tri"
    page.run()
    assert not page.exception
    assert "They disagree most after" in texts(page)
    page.session_state["tool"] = "gradient"
    page.run()
    assert "an LSTM" in texts(page) and "a GRU" not in texts(page)


def test_a_pool_outlives_a_page_only_as_far_as_it_should():
    assert isinstance(server.jobs(), Jobs)
    server.renew()


def test_who_stands_at_the_end_goes_on_with_the_run_and_who_rewinds_stays():
    page = inside(max_steps="1000000", engine="torch")
    page.run()
    job = server.jobs().find(page.session_state["run"])
    settled(page, lambda _: job.run is not None)
    job.play()
    for least in (10, 40):
        settled(page, lambda p, least=least: _shown(p) >= least)
        assert page.session_state["moment"] == LATEST
    page.select_slider(key="moment").set_value(10).run()
    settled(page, lambda _: job.run.step > 100)
    page.run()
    assert _shown(page) == page.session_state["moment"] == 10
    job.pause()


def _shown(page: AppTest) -> int:
    """The step that the page shows; -1 while it shows none."""
    found = re.search(r"After ([\d,]+) ", texts(page))
    return int(found[1].replace(",", "")) if found else -1


def test_play_goes_on_though_the_browser_lags_and_stops_for_a_hand_on_the_slider(page, monkeypatch):
    monkeypatch.setattr(moments, "TICK", 0.0)  # every run of the page is a moment further
    page.button(key="roll").click().run()
    steps = [page.session_state["moment"]]
    for _ in range(3):
        page.run()
        steps.append(page.session_state["moment"])
    assert steps == sorted(set(steps))
    page.session_state["moment"] = steps[-2]  # as if the browser re-sent what it showed before
    page.run()
    assert page.session_state["moment"] > steps[-1] and page.session_state["playing"]
    page.select_slider(key="moment").set_value(100).run()
    assert page.session_state["moment"] == 100 and not page.session_state["playing"]


def test_letters_taken_back_quickly_are_all_taken_back(page):
    page.session_state["tool"] = "letters"
    page.session_state["walk"] = "abcd"
    page.run()
    page.button(key="walk_back").click().run()
    page.text_input(key="walk").set_value("abcd")  # a stale echo from the browser
    page.button(key="walk_back").click().run()
    assert page.session_state["walk"] == "ab"
    page.text_input(key="walk").set_value("abc").run()  # but typing it again is a choice
    assert page.session_state["walk"] == "abc"
    page.button(key="walk_back").click().run()
    assert page.session_state["walk"] == "ab"


def test_a_start_that_only_another_list_can_read_is_renewed(page):
    page.session_state["tool"] = "letters"
    page.session_state["walk"] = "kwxyz"
    page.session_state["list"] = "colombian-towns"
    page.run()
    assert page.session_state["walk"] == "kwxyz"
    page.switch_page("dino/pages/lab/page.py").run()
    press(page, "new")
    job = server.jobs().find(page.session_state["run"])
    settled(page, lambda _: job.run is not None and job.run.step > 20)
    job.pause()
    page.session_state["walk"] = "ky&"
    page.switch_page("dino/pages/inside/page.py").run()
    assert not any("does not occur" in text.value for text in page.get("text"))


def test_a_network_trained_with_a_memory_beyond_the_picture_gets_a_true_sentence():
    page = inside(context="20", max_steps="2", engine="torch", hidden_size="4")
    page.run()
    job = server.jobs().find(page.session_state["run"])
    settled(page, lambda _: job.run is not None)
    job.play()
    settled(page, lambda _: job.done and job.baselines is not None)
    page.session_state["tool"] = "memory"
    settled(page, lambda p: "It was trained with a memory of 20 letters" in texts(p))
    assert "this picture ends at 12 letters" in texts(page)
    server.renew()


@pytest.mark.parametrize("best", [2, 3, 6, 12])
def test_a_network_trained_with_a_memory_within_the_picture_gets_a_true_sentence(best):
    """Its memory was 3 letters; at evaluation it does best with `best`, perhaps with fewer."""
    losses = np.full(12, 2.0)
    losses[2], losses[best - 1] = 1.8, 1.7
    improves = losses[3:].min() < losses[2]
    words = used_words(losses, losses[2], context=3)
    assert words == (
        f"It was trained with a memory of 3 letters. Its loss is {losses[2]:.3f}, and a longer "
        f"memory {'improves' if improves else 'does not improve'} it."
    )


@pytest.mark.parametrize("tool, key", [("memory", "place"), ("gradient", "grad_place")])
def test_a_slider_of_positions_stays_at_the_start_of_the_name(tool, key, page):
    page.session_state["tool"] = tool
    page.run()
    assert page.slider(key=key).value == page.slider(key=key).max
    page.slider(key=key).set_value(0).run()
    assert not page.exception
    assert page.session_state[key] == page.slider(key=key).value == 0


# What the pages say


def test_units_are_counted_by_what_is_clear():
    """One of no doubt, one that harms, two that are too close to call, one not yet measured."""
    rises = np.array([[0.3, 0.1], [-0.2, 0.09], [0.19, 0.1], [-0.1, 0.06], [np.nan, np.nan]])
    said = " ".join(importance_sentences(rises))
    assert "Of 4 units measured so far (5 in all), unit 0 is worth most (+0.300 ± 0.100)." in said
    assert "Clearly worth something: 1." in said and "names: 1. Too close to call: 2." in said
