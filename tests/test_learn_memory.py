"""Lesson 13, how far back: made-up words, the memory that names need, gates, and its page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from figures import check_colors, check_plotly_accepts
from pressing import part, type_numbers
from test_learn_page import look, open_lesson, press, texts
from waiting import wait_for

from dino import echo
from dino.anatomy import mean_gate
from dino.charts import cell_kinds as charts
from dino.config import CELLS
from dino.data import load_bundled
from dino.echo import Echo
from dino.lessons import figures_memory
from dino.lessons.figures_memory import (
    DISTANCES,
    ENOUGH,
    FIGURES,
    echo_figures,
    echoes_in_parts,
    gates_by_letter,
    memory_enough,
    memory_losses,
)
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


def test_each_cell_is_trained_for_each_distance_and_the_share_grows_to_one(short: None) -> None:
    parts = list(echoes_in_parts(1))
    shares = [share for share, _ in parts]
    assert shares == sorted(shares) and shares[-1] == 1 and max(shares[:-1]) < 1
    found = parts[-1][1]
    assert [(it.k, it.cell) for it in found] == [(k, cell) for k in DISTANCES for cell in CELLS]
    assert {it.seed for it in found} == {1}


def made(cell: str, k: int, loss: float) -> Echo:
    return Echo(cell, k, 0, loss, 0.01, 0, 100)


def test_the_figures_are_the_choices_of_the_bet() -> None:
    found = echo_figures(
        [made("rnn", k, 0.1 if k < 32 else 1.4) for k in DISTANCES]
        + [made("gru", k, 0.1) for k in DISTANCES]
        + [made("lstm", k, 1.4) for k in DISTANCES]
    )
    assert found == {"echo_rnn": "16", "echo_gru": "32", "echo_lstm": "0"}
    assert set(found) == set(PANELS["echo"].figures)
    for item in lessons("en")[KEY].steps[1].items:
        assert sorted(int(choice.name) for choice in item.choices) == [0, *DISTANCES]


def test_the_memory_that_is_enough_is_so_for_all_cells_and_a_shorter_one_is_not() -> None:
    def above(k: int) -> float:
        means = [losses.mean(axis=1) for losses in memory_losses().values()]
        return max(float(mean[k - 1] - mean[-1]) for mean in means)

    k = memory_enough()
    assert set(memory_losses()) == set(CELLS)
    assert above(k) <= ENOUGH < above(k - 1)
    one = [float(losses[0].mean()) for losses in memory_losses().values()]
    assert np.ptp(one) < 0.005  # 'each cell then loses' what is told of the RNN
    assert FIGURES["memory_rnn_1"]() == pytest.approx(one[0])


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


def test_the_bet_opens_the_networks_which_train_in_the_background(short: None) -> None:
    page = open_lesson(KEY)
    assert "Here the vanilla RNN learned" not in texts(page)
    for i, wrong in enumerate(("32", "8", "0")):
        page.radio(key=f"ask_{KEY}_far_{i}").set_value(wrong)
    look(page)
    press(page, f"learn_{KEY}_{step_number('far')}_place")
    wait_for(lambda: "Here the vanilla RNN learned" in texts(look(page)))
    said = texts(page)
    number = 1 + [step.panel for step in lessons("en")[KEY].steps].index("echo")
    twin = part(page, f"learn_{KEY}_{number}_echo_twin")
    assert twin is not None
    rows = {(row[0], row[1]) for row in twin[1]["rows"]}
    assert {(CELLS["rnn"], "32"), (CELLS["lstm"], "8")} <= rows
    assert "a carried state remembers all" in said and "gates change little" in said


def test_names_need_few_letters_and_a_wrong_bet_gets_its_reply() -> None:
    page = open_lesson(KEY)
    type_numbers(page, {f"ask_{KEY}_names_0": 12})
    press(page, f"learn_{KEY}_{step_number('names')}_place")
    said = texts(page)
    assert "needs the whole name. In fact" in said and "with a memory of one letter" in said


def test_the_gates_are_those_of_the_learners_own_network() -> None:
    page = open_lesson(KEY, engine="torch")
    assert "There is no GRU or LSTM yet" in texts(page)
    press(page, f"learn_{KEY}_{step_number('gru')}_run_train")
    job = server.jobs().find(page.session_state["run"])
    assert job is not None and job.config.cell == "gru"
    wait_for(lambda: job.run is not None and job.run.step > 10)
    job.pause()
    wait_for(lambda: not job.running and job.settled)
    assert "z of the GRU, run 1" in texts(look(page))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_the_longest_list_parts_the_gru_from_the_vanilla_rnn(seed: int, kernels: Any) -> None:
    """As the lesson's text says of the seeds that its slider has."""
    found = echo_figures(last_result(echoes_in_parts(seed))[1])
    assert (found["echo_rnn"], found["echo_gru"]) == ("16", "32")
    assert found["echo_lstm"] in ("16", "32")
    assert figures_memory.DISTANCES[-1] == 32
