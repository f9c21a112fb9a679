"""How far back: made-up words, the memory that names need, gates, and its page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from figures import check_colors, check_plotly_accepts
from load.learning import SAID
from pressing import part, type_numbers
from streamlit.testing.v1 import AppTest
from test_learn_page import look, open_lesson, press, texts
from waiting import wait_for

from dino import echo
from dino.anatomy import mean_gate
from dino.charts import cell_kinds as charts
from dino.data import load_bundled
from dino.echo import Echo, Watched
from dino.echo_biases import BIASES, learned
from dino.experiments.estimate import at_load, duration_sentence
from dino.jobs.workers import Workers
from dino.lessons import figures_memory
from dino.lessons.figures_memory import (
    DISTANCE,
    ENOUGH,
    FIGURES,
    SharedTraining,
    biases_in_parts,
    echo_figures,
    gates_by_letter,
    memory_losses,
    shared_biases,
)
from dino.lessons.figures_regularised import measured
from dino.lessons.panels import PANELS
from dino.lessons.reading import lessons
from dino.model import CharRNN
from dino.pages.learn.panel_memory import gate_sentence, memory_sentence
from dino.parts import last_result
from dino.ui import server

KEY = "how-far-back"
VOCAB = load_bundled("dinos").vocab


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks that are trained for some steps only: what is tested then is no learning."""
    monkeypatch.setattr(echo, "RECIPE", echo.RECIPE.replace(max_steps=4, hidden_size=4))


def step_number(what: str) -> int:
    steps = lessons("en")[KEY].steps
    return max(n for n, step in enumerate(steps, 1) if what in (step.name, step.panel))


# ---- what is computed


def test_both_biases_are_trained_and_the_share_grows_to_one(short: None) -> None:
    parts = list(biases_in_parts(1))
    shares = [share for share, _ in parts]
    assert shares == sorted(shares) and shares[-1] == 1 and max(shares[:-1]) < 1
    found = parts[-1][1]
    assert [it.forget_bias for it in found] == list(BIASES)
    assert {(it.echo.k, it.echo.cell, it.echo.seed) for it in found} == {(DISTANCE, "lstm", 1)}
    assert found[0].losses != found[1].losses


def test_visitors_with_one_seed_share_one_training(short: None) -> None:
    made = 0

    def work() -> Iterator[Any]:
        nonlocal made
        for each in biases_in_parts(2):
            made += 1
            yield each

    shared = SharedTraining(work())
    ways = [shared.parts() for _ in range(3)]
    ends: list[Any] = []
    while ways:
        for way in list(ways):
            found = next(way, None)
            if found is None:
                ways.remove(way)
            else:
                ends.append(found)
    assert len(ends) == made + 3  # each part is made for the one who asks; all three see the end
    assert ends[-1] == last_result(biases_in_parts(2))
    assert list(shared.parts()) == [ends[-1]]  # who comes late finds it done


def test_the_time_that_is_left_comes_from_what_the_training_took_so_far() -> None:
    now = iter(range(0, 1000, 2))  # each part takes two seconds
    shared = SharedTraining(iter([(0.25, ()), (0.5, ()), (1.0, ())]), clock=lambda: next(now))
    parts = shared.parts()
    assert shared.seconds_left(20.0) == 20.0
    next(parts)
    assert shared.seconds_left(20.0) == pytest.approx(0.75 * (0.75 * 20 + 2))
    next(parts)
    assert shared.seconds_left(20.0) == pytest.approx(0.5 * (0.5 * 20 + 4))
    list(parts)
    assert shared.seconds_left(20.0) == 0


def test_the_figures_say_what_was_learned() -> None:
    def made(bias: float, loss: float) -> Watched:
        measured = Echo("lstm", DISTANCE, 0, loss, 0.01, 0, 100, bias)
        return Watched(bias, (1500,), (loss,), measured)

    found = echo_figures([made(1.0, 1.4), made(3.0, 0.1)])
    assert not echo_figures([Watched(1.0, (3,), (1.4,))])  # not before it is trained
    assert found == {"echo_bias_1": "not", "echo_bias_3": "learned"}
    assert set(found) == set(PANELS["echo"].figures)


def test_the_bets_are_decided_by_what_was_measured() -> None:
    of_each = {bias: sum(learned(k, bias).learned for k in (32, 48)) for bias in BIASES}
    assert (FIGURES["bias_learned_1"](), FIGURES["bias_learned_3"]()) == tuple(of_each.values())
    assert FIGURES["bias_better"]() == "three" and of_each[3.0] >= of_each[1.0] + 5
    assert FIGURES["bias_networks"]() == 2 * learned(32, 1.0).networks
    losses = memory_losses()["lstm"].mean(axis=1)
    assert FIGURES["overfitted_cost"]() == pytest.approx(losses[2] - losses[-1])
    assert losses[2] - losses[-1] < ENOUGH and FIGURES["overfitted_verdict"]() == "none"
    cost, error = measured().cost(3)
    assert cost > 2 * error > 0 and measured().cost(5)[0] > 2 * measured().cost(5)[1]
    one = [float(losses[0].mean()) for losses in memory_losses().values()]
    assert np.ptp(one) < 0.005  # with one letter all cells lose the same


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_the_gates_by_letter_have_the_mean_that_inside_shows(cell: str) -> None:
    model = CharRNN(cell, 5, len(VOCAB), torch.Generator().manual_seed(1))
    found = gates_by_letter(model, VOCAB, "oryx")
    assert found.shape == (4,) and ((found > 0) & (found < 1)).all()
    assert found.mean() == pytest.approx(mean_gate(model, VOCAB, "oryx")[1], abs=1e-6)
    if cell == "lstm":  # its forget bias begins at 1
        assert found.mean() > 0.6


def test_a_vanilla_network_has_no_gate() -> None:
    with pytest.raises(KeyError):
        gates_by_letter(CharRNN("rnn", 5, len(VOCAB)), VOCAB, "oryx")


# ---- pictures and words


def test_plotly_accepts_the_pictures() -> None:
    losses = {cell: each[:-1] for cell, each in memory_losses().items()}
    gates = {"z": np.array([0.1, 0.9]), "<f>": np.array([0.5, 0.6])}
    for figure in (charts.losses_by_memory(losses, str), charts.gates(["<b>", "a"], gates, str)):
        check_plotly_accepts(figure)
        check_colors(figure)
        assert "<b>" not in str(figure) and "<f>" not in str(figure)


def test_the_sentences_say_the_numbers() -> None:
    losses = np.linspace(2, 1.7, 13)[:, None] + np.array([[0.0, 0.002]])
    said = str(memory_sentence("gru", losses))
    assert said.startswith("GRU: 2.001 ± 0.001") and "with all" in said
    gate = str(gate_sentence("z", 3, np.array([0.4, 0.2, 0.9]), "abc"))
    assert "the mean over the letters is 0.50." in gate and "0.20, at letter 2, b." in gate


# ---- the page


def choose(page: AppTest, name: str, choice: str) -> AppTest:
    page.radio(key=f"ask_{KEY}_{name}_0").set_value(choice)
    return press(look(page), f"learn_{KEY}_{step_number(name)}_place")


def test_the_bet_opens_the_networks_which_train_in_the_background(short: None) -> None:
    shared_biases.cache_clear()
    page = open_lesson(KEY)
    assert "Read on meanwhile" not in texts(page)
    choose(page, "bias", "one")
    said = texts(page)
    assert "decides how much of the candidate" in said and "of 20 lists were learned" in said
    table = f"learn_{KEY}_{step_number('echo')}_echo_table"
    wait_for(lambda: len((part(look(page), table) or (0, {"rows": ()}))[1]["rows"]) == 2)
    found = part(page, table)
    assert found is not None and [row[0] for row in found[1]["rows"]] == ["1", "3"]
    shared_biases.cache_clear()


@pytest.mark.parametrize("others", [0, 1, 29])
def test_the_page_says_how_long_the_networks_take_beside_others(
    monkeypatch: pytest.MonkeyPatch, others: int
) -> None:
    shared = SharedTraining(iter(lambda: (0.0, ()), None), clock=lambda: 0.0)
    monkeypatch.setattr(figures_memory, "shared_biases", lambda seed: shared)
    monkeypatch.setattr(Workers, "at_work", property(lambda self: 1 + others))
    page = choose(open_lesson(KEY), "bias", "one")
    said = "\n".join(str(it.proto.text) for it in page.get("progress"))
    time = at_load(PANELS["echo"].seconds, server.jobs().workers.wanted, others)
    assert f"The result takes about {duration_sentence(time)}." in said
    assert ("share" in said.split("in the background.")[1].split("takes about")[0]) == bool(others)
    assert SAID.search(said)  # as a load test reads it
    if others > 1:
        assert f"{others} other computations share the server." in said


def test_the_cost_of_a_short_memory_and_the_curves_that_hide_it() -> None:
    page = open_lesson(KEY)
    type_numbers(page, {f"ask_{KEY}_cost_0": 0.0})
    press(page, f"learn_{KEY}_{step_number('cost')}_place")
    assert "earlier letters still lower the loss" in texts(page)
    found = part(page, f"learn_{KEY}_{step_number('regularised')}_regularised")
    assert found is not None and len(found[1]["rows"]) == 5
    assert "with a memory of one letter" not in texts(page)
    choose(page, "trap", "same")
    said = texts(page)
    assert "depends on how the network was trained" in said
    assert "with a memory of one letter" in said


@pytest.mark.parametrize(
    ("answer", "is_told"), [(0.02, True), (0.2, False), (0.4, True), (0.9, True)]
)
def test_a_guess_of_the_cost_that_is_far_too_low_or_too_high_has_its_reply(
    answer: float, is_told: bool
) -> None:
    (item,) = lessons("en")[KEY].questions["cost"].items
    found = replace(item, answer=answer, result=measured().cost(3)[0])
    assert found.is_right is False and (found.belief is not None) == is_told


def test_the_gates_are_those_of_the_learners_own_network() -> None:
    key = "a-gate-by-hand"
    page = open_lesson(key, engine="torch")
    assert "There is no GRU or LSTM yet" in texts(page)
    number = 1 + [step.panel for step in lessons("en")[key].steps].index("run")
    press(page, f"learn_{key}_{number}_run_train")
    job = server.jobs().find(page.session_state["run"])
    assert job is not None and job.config.cell == "lstm"
    wait_for(lambda: job.run is not None and job.run.step > 10)
    job.pause()
    wait_for(lambda: not job.running and job.settled)
    assert "f of the LSTM, run 1" in texts(look(page))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_a_forget_bias_of_three_learns_the_list(seed: int, kernels: Any) -> None:
    """As the lesson's claim says of the seeds that its slider has."""
    assert echo_figures(last_result(biases_in_parts(seed))[1])["echo_bias_3"] == "learned"
