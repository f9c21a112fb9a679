"""The lesson *Together*: its figures against independent sums, what was measured, and its page."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from figures import check_colors, check_plotly_accepts
from pressing import part
from test_learn_page import look, open_lesson, press, texts
from together_letters import SEEDS, SPLITS, measure, recipe
from waiting import wait_for

from dino.charts.sides import losses_by_symbol
from dino.compiled import engine
from dino.config import Config
from dino.data import load
from dino.lessons import reading
from dino.lessons.figures_together import (
    FIGURES,
    Sides,
    counted,
    disagreement,
    disagreement_figures,
    guessed,
    half_and_half,
    letters_of,
    mean_loss,
    measured,
    partner_figures,
    read,
    sides_in_parts,
    together_figures,
)
from dino.lessons.panels import PANELS
from dino.lessons.reading import lessons
from dino.mixture import log_mixed, log_softmax, network_part
from dino.model import CharRNN
from dino.ngram import NGram
from dino.pages.learn.panel_together import letters_sentence
from dino.parts import finish
from dino.trained_contexts import digest, recipe_values
from dino.ui import measurements, server

KEY = "together"


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


@pytest.fixture(scope="module")
def sides() -> Sides:
    """An untrained network beside counting."""
    corpus = load()
    model = CharRNN("lstm", 8, len(corpus.vocab), torch.Generator().manual_seed(3))
    return finish(sides_in_parts(model, 0))


# ---- one network


def test_counting_is_that_of_the_training_names_and_is_never_of_the_held_out_ones() -> None:
    corpus = load()
    own = NGram(6, corpus.train, corpus.vocab)
    assert mean_loss(counted()) == pytest.approx(own.loss(corpus.val))


def test_the_three_losses_are_those_of_an_independent_sum(sides: Sides) -> None:
    found, total, symbols = together_figures(sides), 0.0, 0
    for ours, theirs in zip(sides.network, sides.counting, strict=True):
        for a, b in zip(ours.tolist(), theirs.tolist(), strict=True):
            total, symbols = total - math.log((math.exp(-a) + math.exp(-b)) / 2), symbols + 1
    assert found["both_loss"] == pytest.approx(total / symbols)
    assert found["network_loss"] == pytest.approx(mean_loss(sides.network))
    gap = float(found["network_loss"]) - float(found["both_loss"])
    assert found["below_network"] == pytest.approx(gap)
    assert found["lowest_reader"] == "counting"  # the network is untrained
    turned = Sides(sides.names, sides.counting, sides.network)
    assert together_figures(turned)["lowest_reader"] == "network"


def test_panels_give_the_figures_that_they_promise(sides: Sides) -> None:
    assert set(together_figures(sides)) <= set(PANELS["together"].figures)
    assert set(disagreement_figures(sides)) == set(PANELS["disagreement"].figures)
    assert set(partner_figures(sides)) == set(PANELS["partners"].figures)


def test_a_copy_changes_nothing_and_no_mixture_is_ln_2_above_its_better_side(sides: Sides) -> None:
    found = partner_figures(sides)
    assert found["copy_verdict"] == "same"
    assert found["copy_both"] == pytest.approx(mean_loss(sides.network), abs=1e-9)
    for it in letters_of(sides):
        better, average = np.minimum(it.network, it.counting), (it.network + it.counting) / 2
        assert (it.both <= better + math.log(2) + 1e-6).all() and (it.both <= average + 1e-6).all()


def test_a_uniform_guess_raises_a_good_loss_and_lowers_a_bad_one() -> None:
    good, bad = [np.full(3, 1.0)], [np.full(3, 9.0)]
    for losses, is_higher in ((good, True), (bad, False)):
        mixed = half_and_half(losses, guessed(losses, 27))
        assert (mixed > mean_loss(losses)) == is_higher
        assert mixed == pytest.approx(-math.log((math.exp(-losses[0][0]) + 1 / 27) / 2))


def test_a_disagreement_counts_symbols() -> None:
    one, other = [np.array([1.0, 2.0]), np.array([0.1])], [np.array([1.1, 1.0]), np.array([0.9])]
    found = disagreement(one, other)
    assert found.better == pytest.approx(2 / 3) and found.apart == pytest.approx(2 / 3)
    assert disagreement(one, one) == (0.0, 0.0, pytest.approx(1.0))


def test_the_names_begin_with_the_one_on_which_both_differ_most(sides: Sides) -> None:
    found = letters_of(sides)
    gains = [((it.network + it.counting) / 2 - it.both).mean() for it in found]
    assert sorted(it.name for it in found) == sorted(sides.names)
    assert gains == sorted(gains, reverse=True)


def test_a_letters_share_is_the_one_that_a_trace_has() -> None:
    """`letters_of` has it from the losses, `mixture.network_part` from the scores."""
    logits, random = np.array([[2.0, -1.0, 0.5]]), np.array([[0.1, 0.2, 0.7]])
    network = log_softmax(logits)
    part = network_part(network, log_mixed(network, random, 0.5), 0.5)[0]
    probs = np.exp(logits[0]) / np.exp(logits[0]).sum()
    for symbol in range(3):
        sides = Sides("a", [-np.log(probs[[symbol]])], [-np.log(random[0, [symbol]])])
        assert letters_of(sides)[0].from_network == pytest.approx(part[symbol])


def test_the_picture_of_a_name_has_three_lines_and_the_shares(sides: Sides) -> None:
    it = letters_of(sides)[0]
    readers = {"network": it.network, "<b>": it.counting, "both": it.both}
    figure = losses_by_symbol([*it.name, "<"], readers, it.from_network, str)
    check_plotly_accepts(figure)
    check_colors(figure)
    *lines, row = figure["data"]
    assert [line["name"] for line in lines] == ["network", "&lt;b>", "both"]
    assert row["text"] == [f"{100 * share:.0f}" for share in it.from_network]
    top = figure["layout"]["yaxis"]["range"][1]
    assert max(max(line["y"]) for line in lines) < row["y"][0] < top
    assert it.name in str(letters_sentence(it))


# ---- what was measured in advance


def test_the_file_is_of_the_lessons_recipe_and_of_these_names() -> None:
    found = read()
    assert recipe_values(Config(**found["recipe"])) == recipe_values(recipe())
    assert found["digest"] == digest(load()) and found["seeds"] == list(SEEDS)
    assert list(found["splits"]) == list(map(str, SPLITS))


def test_what_the_lesson_says_of_all_runs_holds() -> None:
    found = measured()
    assert found.lowest.all() and FIGURES["together_lowest"]() == found.network.size == 40
    for partner in ("network", "counting", "second"):
        below, error = (float(FIGURES[f"together_below_{partner}{it}"]()) for it in ("", "_error"))
        assert below > 2 * error > 0
    assert FIGURES["together_below_second"]() < FIGURES["together_below_network"]()
    assert FIGURES["together_second_alike"]() > FIGURES["together_alike"]()
    assert (found.with_counting[..., 1] > found.with_second[..., 1]).all()
    above = found.guessing - found.network
    assert (above > 0).all() and (above < math.log(2)).all()


def test_the_task_of_two_symbols_is_as_computed_by_hand() -> None:
    assert FIGURES["two_mixed"]() == pytest.approx(-math.log(0.26))
    assert FIGURES["two_each"]() == pytest.approx(-(math.log(0.5) + math.log(0.02)) / 2)


@pytest.mark.long
def test_one_split_gives_again_what_the_file_has_of_it(kernels: None) -> None:
    """On another machine a loss may differ in its third decimal."""
    engine.prepare()
    split = 7
    again, kept = measure(recipe(), SEEDS[:2], load(split_seed=split)), read()["splits"][str(split)]
    assert again["counting"] == kept["counting"]
    for ours, theirs in zip(again["runs"], kept["runs"], strict=False):
        for name in ("network", "both", "guessing"):
            assert ours[name] == pytest.approx(theirs[name], abs=0.01)
        assert ours["with_counting"] == pytest.approx(theirs["with_counting"], abs=0.03)
        assert ours["both"] < min(ours["network"], again["counting"])


# ---- the page


class Found(NamedTuple):
    """A measurement without a result."""

    share: float = 1.0
    failed: bool = False
    done: bool = False
    result: None = None


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lesson with a network that trains in a moment."""
    for folder in ("en", "es"):
        shutil.copytree(reading.HERE / folder, tmp_path / folder)
    file = tmp_path / "en" / f"18-{KEY}.toml"
    file.write_text(file.read_text().replace("= 128", "= 8").replace("= 3400", "= 20"))
    monkeypatch.setattr(reading, "HERE", tmp_path)


def step_key(what: str, name: str) -> str:
    """The key of a part of a panel, or of the button that skips a question."""
    steps = lessons("en")[KEY].steps
    found = [step.name if name == "skip" else step.panel for step in steps]
    return f"learn_{KEY}_{1 + found.index(what)}_{name}"


def test_the_lesson_trains_compares_and_shows_a_name(tiny: None) -> None:
    page = open_lesson(KEY)
    assert part(page, step_key("together", "together")) is None  # it would give the bet away
    press(page, step_key("lowest", "skip"))
    press(page, step_key("two_symbols", "skip"))
    press(page, step_key("better", "skip"))
    assert "Train one above" in texts(page)
    press(page, step_key("together", "run_train"))
    wait_for(lambda: part(look(page), step_key("together", "together")), "the three losses")
    rows = part(page, step_key("together", "together"))[1]["rows"]
    assert [row[0] for row in rows] == ["network", "counting sixes", "half and half"]
    assert "(± the standard error over the held-out names)" in texts(page)
    names = page.selectbox(key=step_key("disagreement", "name"))
    before = part(page, step_key("disagreement", "letters"))
    names.set_value(names.options[1])
    look(page)
    assert part(page, step_key("disagreement", "letters")) != before
    assert f"On {names.options[1]}, the mean" in texts(page)
    press(page, step_key("partners", "skip"))
    rows = part(page, step_key("partners", "partners"))[1]["rows"]
    assert len(rows) == 3 and rows[2][1] == rows[2][2] and "nats higher" in texts(page)


@pytest.mark.parametrize(
    "found, says",
    [(Found(failed=True, done=True), "This could not be measured."), (Found(share=0.5), "")],
)
def test_a_trained_network_is_not_said_to_be_missing(
    found: Found, says: str, tiny: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure = measurements.measure

    def asked(key: tuple[Any, ...], *how: Any) -> Any:
        return found if key[0] == "learn_together" else measure(key, *how)

    monkeypatch.setattr(measurements, "measure", asked)
    page = open_lesson(KEY)
    for name in ("lowest", "two_symbols", "better"):
        press(page, step_key(name, "skip"))
    assert "There is no trained network yet" in texts(page)
    press(page, step_key("together", "run_train"))
    wait_for(lambda: "You have already trained" in texts(look(page)), "the network")
    assert "There is no trained network yet" not in texts(page) and says in texts(page)
