"""Lesson 12, writing: the probability of a name, likelier names than the greedy one, its page."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
import torch
from figures import check_colors, check_plotly_accepts
from pressing import part
from test_learn_page import look, open_lesson, press, texts
from waiting import wait_for

from dino.charts.name import likely_names
from dino.data import Vocab, load_bundled
from dino.lessons.figures_writing import (
    FIGURES,
    Likely,
    NameSearch,
    greedy_and_search,
    greedy_name,
    likelier_figures,
    name_log_p,
    search,
    searching,
)
from dino.lessons.reading import lessons
from dino.locale.sentences import Refusal
from dino.model import CharRNN
from dino.pages.learn.panel_writing import Cut, cut_sentences, likelier_sentences, own_sentence
from dino.ui import server

KEY = "writing"
SMALL = Vocab("ab")


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


def network(seed: int, cell: str = "rnn", sharper: float = 4.0) -> CharRNN:
    """A random network of three symbols, whose probabilities differ much."""
    model = CharRNN(cell, 6, len(SMALL), torch.Generator().manual_seed(seed))
    with torch.no_grad():
        model.W_hy *= sharper
        model.b_h += 0.3  # the first state is not zero
    return model


def names(longest: int) -> list[str]:
    """All names of 1 to so many letters."""
    return ["".join(it) for n in range(1, longest + 1) for it in itertools.product("ab", repeat=n)]


# ---- probabilities


@pytest.mark.parametrize("cell, context", [("rnn", 0), ("gru", 0), ("lstm", 2), ("rnn", 1)])
def test_the_probabilities_of_all_names_add_up_to_one(cell: str, context: int) -> None:
    """With the beginnings of 7 letters, whose probability is that of all names that they begin."""
    model = network(1, cell)
    whole = sum(math.exp(name_log_p(model, SMALL, name, context)) for name in ["", *names(6)])
    from dino.anatomy import read_name

    rest = 0.0
    for name in (it for it in names(7) if len(it) == 7):
        probs = read_name(model, SMALL, name, context).probs
        rest += float(np.prod(probs[np.arange(7), SMALL.encode(name)]))
    assert whole + rest == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_a_search_wide_enough_finds_the_most_likely_of_all_names(seed: int) -> None:
    model = network(seed)
    found = search(model, SMALL, width=500, longest=7)
    best = max(names(6), key=lambda name: name_log_p(model, SMALL, name))
    assert found is not None and found.name == best
    assert found.log_p == pytest.approx(name_log_p(model, SMALL, best), abs=1e-5)


@pytest.mark.parametrize("context", [0, 1, 3])
def test_what_a_search_finds_has_the_probability_that_it_says(context: int) -> None:
    model = network(2, "gru")
    found = search(model, SMALL, context, width=2)
    assert found is not None
    assert found.log_p == pytest.approx(name_log_p(model, SMALL, found.name, context), abs=1e-5)


def test_a_search_of_width_one_is_greedy_writing() -> None:
    for seed in range(8):
        model = network(seed)
        greedy, ended = greedy_name(model, SMALL)
        if ended and greedy.name:
            found = search(model, SMALL, width=1)
            assert found is not None and found.log_p >= greedy.log_p - 1e-5


def test_greedy_writing_that_does_not_end_is_cut_and_a_search_without_room_finds_none() -> None:
    model = network(0)
    with torch.no_grad():
        model.b_y[0] = -1e9
    greedy, ended = greedy_name(model, SMALL)
    assert not ended and len(greedy.name) == 50
    assert search(model, SMALL, longest=1) is None


def test_an_end_mark_within_a_name_is_refused() -> None:
    with pytest.raises(Refusal, match="cannot contain the end mark"):
        name_log_p(network(0), SMALL, "a\nb")


def test_the_figures_say_which_is_likelier() -> None:
    def figures_of(greedy: float, found: float) -> dict[str, Any]:
        return likelier_figures(NameSearch(Likely("a", greedy), True, Likely("b", found), -9.0))

    better = figures_of(-5.0, -4.0)
    assert better["most_likely"] == "other" and better["likelier_ratio"] == pytest.approx(math.e)
    assert better["greedy_one_in"] == pytest.approx(math.exp(5))
    assert (
        figures_of(-4.0, -4.0)["most_likely"] == "greedy" == figures_of(-3.0, -4.0)["most_likely"]
    )
    assert likelier_figures(NameSearch(Likely("a", -1.0), True, None, -2.0)) == {}


def test_the_questions_three_symbols_are_computed_as_by_hand() -> None:
    assert FIGURES["writing_drawn"]() == "s"  # 0.5 ≤ 0.62 < 0.8
    assert FIGURES["writing_half"]() == pytest.approx(0.25 / (0.25 + 0.09 + 0.04))
    assert FIGURES["writing_cold"]() == pytest.approx(1)
    assert FIGURES["writing_top"]() == pytest.approx(0.5 / 0.8)


# ---- words and pictures


def test_each_doing_of_the_learner_gets_its_own_sentence() -> None:
    greedy = Likely("ab", -5.0)
    likelier = str(own_sentence(greedy, Likely("b", -4.0)))
    assert likelier.startswith("Yes, ") and "2.72 times as likely as the greedy" in likelier
    less_likely = str(own_sentence(greedy, Likely("b", -6.0)))
    assert less_likely.startswith("No, ") and "only 0.37 times its probability" in less_likely
    assert "the greedy name itself" in str(own_sentence(greedy, greedy))


def test_the_empty_name_is_told_of_only_where_it_is_likelier() -> None:
    found = Likely("b", -4.0)

    def said(empty: float, ended: bool = True) -> str:
        searched = NameSearch(Likely("ab", -5.0), ended, found, empty)
        return " ".join(map(str, likelier_sentences(searched, None, found)))

    assert "only the end mark" in said(-3.0) and "only the end mark" not in said(-4.5)
    assert "does not end" in said(-9.0, False) and "does not end" not in said(-9.0)


def test_the_stretch_that_is_said_has_the_draw_in_it() -> None:
    probs = np.array([0.2, 0.5, 0.3])
    said = [str(it) for it in cut_sentences(["⏎", "a", "b"], probs, 1, Cut(0.6, 0.5, 0))]
    assert said[0].startswith("The draw 0.600 falls on the stretch of a, from 0.200 to 0.700")
    assert "p = 0.500 at temperature 0.5" in said[1]


@pytest.mark.parametrize("temperature", [0.5, 1.0])
def test_a_temperature_is_said_only_where_it_is_another_than_one(temperature: float) -> None:
    probs = np.array([0.5, 0.3, 0.2])
    _, longest = cut_sentences(["a", "s", "⏎"], probs, 1, Cut(0.62, temperature, 0))
    assert ("temperature" in str(longest)) == (temperature != 1)


def test_plotly_accepts_the_picture_and_shows_names_as_typed() -> None:
    rows = [("greedy", "ab", -5.0), ("yours", "<b>", -700.0), ("found", "b", -4.0)]
    figure = likely_names(rows, 0, str)
    check_plotly_accepts(figure)
    check_colors(figure)
    assert "<b>" not in str(figure)
    check_plotly_accepts(likely_names(rows[:1], 0, str))


# ---- the page


def step_number(what: str) -> int:
    """The step of the lesson that has this name, or its last with this panel."""
    steps = lessons("en")[KEY].steps
    return max(n for n, step in enumerate(steps, 1) if what in (step.name, step.panel))


def test_the_tasks_refuse_each_listed_wrong_answer_and_take_the_right_one() -> None:
    page = open_lesson(KEY)
    number = step_number("draw")
    for wrong, reply in (("a", "Where does the stretch of a end?"), ("end", "to its left")):
        page.radio(key=f"ask_{KEY}_draw_0").set_value(wrong)
        press(page, f"learn_{KEY}_{number}_place")
        assert reply in texts(page)
    page.radio(key=f"ask_{KEY}_draw_0").set_value("s")
    press(page, f"learn_{KEY}_{number}_place")
    assert "Right, after 3 tries." in texts(page)
    assert "There is no trained network yet" in texts(page)


def test_a_network_writes_and_a_typed_name_is_judged_beside_the_greedy_one() -> None:
    page = open_lesson(KEY, engine="torch")
    press(page, f"learn_{KEY}_1_run_train")
    job = server.jobs().find(page.session_state["run"])
    assert job is not None
    wait_for(lambda: job.run is not None and job.run.step > 20)
    job.pause()
    wait_for(lambda: not job.running and job.settled)
    assert "falls on the stretch of" in texts(look(page))
    strip = part(page, f"learn_{KEY}_{step_number('strip')}_strip")  # of that network
    assert strip is not None and strip[1]["writes"] and len(strip[1]["steps"]) == len("saurus") + 1
    page.radio(key=f"ask_{KEY}_greedy_0").set_value("greedy")
    press(page, f"learn_{KEY}_{step_number('greedy')}_place")
    wait_for(lambda: "Greedy writing" in texts(look(page)))
    number = step_number("likelier")
    box = f"learn_{KEY}_{number}_name"
    page.text_input(key=box).set_value("Oryx")
    assert "oryx" in texts(look(page))
    page.text_input(key=box).set_value("<b>")
    said = texts(look(page))
    assert "does not occur in this list" in said and "than the greedy name" not in said
    reveal = "A part above has no result yet"
    assert reveal in said  # the result waits until the learner has looked for one
    page.toggle(key=f"learn_{KEY}_{number}_search").set_value(True)
    said = texts(look(page))
    assert "A search that keeps several beginnings" in said and reveal not in said


def test_an_untrained_networks_search_is_at_least_as_good_as_greedy_writing() -> None:
    vocab = load_bundled("dinos").vocab
    model = CharRNN("rnn", 16, len(vocab), torch.Generator().manual_seed(0))
    *_, (_, found) = greedy_and_search(model, vocab)
    assert found is not None
    assert found.found is not None
    if found.ended and found.greedy.name:
        assert found.found.log_p >= found.greedy.log_p - 1e-6


def test_a_search_is_made_in_parts_and_reads_each_symbol_once(monkeypatch) -> None:
    """So that a page's script, which others wait for, can leave it after any of them."""
    model = CharRNN("gru", 4, len(SMALL), torch.Generator().manual_seed(0))
    read, step = [], CharRNN.step
    monkeypatch.setattr(
        CharRNN, "step", lambda self, a_x, *more: (read.append(1), step(self, a_x, *more))[1]
    )
    steps = []
    for _ in searching(model, SMALL, width=3, longest=12):
        steps.append(len(read))
    assert steps == list(range(1, 1 + len(steps)))
    monkeypatch.undo()
    parts = greedy_and_search(model, SMALL)
    assert next(parts) == (0.0, None)  # before any work
