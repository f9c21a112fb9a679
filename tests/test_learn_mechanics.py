"""The figures of the lessons on one sample, the axes and the cell."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from figures import check_colors, check_plotly_accepts

from dino.charts.base import TRAIN, VAL
from dino.charts.cell_kinds import state_lengths as length_chart
from dino.charts.strips import strip
from dino.config import DEFAULT
from dino.data import PAD, Vocab, encode
from dino.lessons import figures_cell as cell
from dino.lessons.figures import dinosaurs, figure
from dino.lessons.figures_axis import NAME, flow, layout_of
from dino.lessons.figures_sample import SEED, SIZE, batch, drawn, marks
from dino.lessons.grids import GRIDS, Grid
from dino.lessons.item import Item
from dino.lessons.judging import check_answers
from dino.lessons.lesson import Question
from dino.locale.sentences import Refusal
from dino.model import CharRNN, nll
from dino.presets import PRESETS
from dino.train import Trainer
from dino.unrolled import flow_back, unroll

FOUND = cell.exercise()
STATES = [np.tanh(FOUND.b_h)]  # h_1: from no letter and no state
STATES.append(np.tanh(FOUND.W_xh[1] + STATES[0] @ FOUND.W_hh + FOUND.b_h))
STATES.append(np.tanh(FOUND.W_xh[2] + STATES[1] @ FOUND.W_hh + FOUND.b_h))


# ---- the cell by hand


def test_the_parts_of_the_sums_add_up_to_them_and_the_states_are_their_tanh() -> None:
    parts = cell.parts_of_sums(FOUND)
    assert parts.shape == (*FOUND.sums.shape, 5)
    assert parts[..., :3].sum(axis=-1) == pytest.approx(FOUND.sums)
    assert np.tanh(parts[..., 3]) == pytest.approx(parts[..., 4])
    assert parts[0, :, 0] == pytest.approx(0) and parts[0, :, 1] == pytest.approx(0)
    assert parts[1, :, 0] == pytest.approx(FOUND.W_xh[1])


@pytest.mark.parametrize("x", [0.0, 0.05, 0.969, 1.2, 1.34, 1.99])
def test_the_table_of_tanh_is_good_for_two_decimals(x: float) -> None:
    below, above, between = cell.looked_up(x)
    assert below <= between <= above
    assert between == pytest.approx(math.tanh(x), abs=0.002)


def test_no_sum_of_the_exercise_is_the_one_that_is_looked_up_as_an_example() -> None:
    assert np.abs(np.abs(FOUND.sums) - cell.LOOKED_UP).min() > 0.05
    assert f"{figure('tanh_between'):.2f}" == f"{math.tanh(cell.LOOKED_UP):.2f}"


def test_the_exercise_is_solved_as_by_its_formulas_in_float64() -> None:
    assert all(it.dtype == np.float64 for it in (FOUND.W_xh, FOUND.states, FOUND.probs))
    np.testing.assert_allclose(FOUND.states, STATES, atol=1e-14)
    np.testing.assert_allclose(np.tanh(FOUND.sums), STATES, atol=1e-14)
    logits = np.array(STATES) @ FOUND.W_hy + FOUND.b_y
    np.testing.assert_allclose(FOUND.logits, logits, atol=1e-14)
    exps = np.exp(logits)
    np.testing.assert_allclose(FOUND.probs, exps / exps.sum(1, keepdims=True), atol=1e-14)
    assert FOUND.symbols == cell.SYMBOLS and FOUND.inputs == ("", "a", "b")


def test_the_given_weights_have_one_decimal() -> None:
    for weights in (FOUND.W_xh, FOUND.W_hh, FOUND.b_h, FOUND.W_hy, FOUND.b_y):
        np.testing.assert_array_equal(weights, weights.round(1))


@pytest.mark.parametrize("by_table", [False, True])
def test_whoever_rounds_to_two_decimals_on_the_way_gets_the_same_answers(by_table: bool) -> None:
    def tanh(x: np.ndarray) -> np.ndarray:
        if not by_table:
            return np.tanh(x)
        xs, ys = np.array(FOUND.tanh).T
        return np.sign(x) * np.interp(np.abs(x), xs, ys.round(3))

    h1 = tanh(FOUND.b_h).round(2)
    h2 = tanh((FOUND.W_xh[1] + h1 @ FOUND.W_hh + FOUND.b_h).round(2)).round(2)
    np.testing.assert_array_equal(h1, FOUND.states[0].round(2))
    np.testing.assert_array_equal(h2, FOUND.states[1].round(2))
    logit = (h2 @ FOUND.W_hy + FOUND.b_y)[cell.LOGIT_OF]
    assert round(float(logit), 2) == round(float(FOUND.logits[1, cell.LOGIT_OF]), 2)


def test_wrong_answers_are_what_the_wrong_sums_give() -> None:
    h1, row = STATES[0], FOUND.W_xh[1] + FOUND.b_h
    for j in range(2):
        by_row = math.tanh(row[j] + sum(FOUND.W_hh[j, i] * h1[i] for i in range(2)))
        assert figure(f"cell_turned_{j + 1}") == pytest.approx(by_row)
        unbiased = math.tanh(FOUND.W_xh[1, j] + sum(FOUND.W_hh[i, j] * h1[i] for i in range(2)))
        assert figure(f"cell_no_bias_{j + 1}") == pytest.approx(unbiased)
        assert figure(f"cell_no_memory_{j + 1}") == pytest.approx(math.tanh(row[j]))
        assert figure(f"cell_sum2_{j + 1}") == pytest.approx(math.atanh(STATES[1][j]))
        assert figure(f"cell_sum1_{j + 1}") == FOUND.b_h[j]


@pytest.mark.parametrize("H, count", [(25, 2027), (30, 2577)])
def test_parameters_are_those_of_the_notebook_and_wrong_counts_leave_out_what_they_say(
    H: int, count: int
) -> None:
    V = 27
    assert figure(f"parameters_{H}") == count == H * (V + H + 1) + V * (H + 1)
    assert figure(f"no_biases_{H}") == count - H - V
    assert figure(f"hh_twice_{H}") == count + H * H
    assert figure(f"no_recurrent_{H}") == count - H * H
    assert figure(f"no_hidden_bias_{H}") == count - H
    assert figure(f"no_symbol_bias_{H}") == count - V
    shown = [figure(f"count_{name}_{H}") for name in ("xh", "hh", "hy")]
    assert sum(map(float, shown)) + H + V == count
    assert figure(f"no_end_{H}") == H * (V - 1 + H + 1) + (V - 1) * (H + 1)
    assert figure(f"no_output_{H}") == count - H * V
    assert figure(f"no_output_bias_{H}") == count - H * V - V


# ---- a state without tanh


def test_lengths_are_those_of_the_networks_states_and_stay_under_the_bound() -> None:
    vocab = Vocab("abc")
    model = CharRNN("rnn", 9, len(vocab), torch.Generator().manual_seed(1))
    with torch.no_grad():
        model.W_hh.mul_(3)
    found = cell.state_lengths(model, vocab, "abcabc")
    states = model.hidden_states(torch.tensor([[vocab.start, *vocab.encode("abcabc")]]))[0]
    np.testing.assert_allclose(found.bounded, states.norm(dim=1).detach().numpy(), rtol=1e-6)
    assert found.bounded.max() < 3 < found.linear[-1]  # √9


def test_without_tanh_a_unit_that_doubles_is_a_geometric_sum() -> None:
    model, vocab = CharRNN("rnn", 1, 2), Vocab("a")
    with torch.no_grad():
        model.W_hh.fill_(2.0)
        model.b_h.fill_(1.0)
    found = cell.state_lengths(model, vocab, "aaaa")
    np.testing.assert_allclose(found.linear, [2.0**t - 1 for t in range(1, 6)])


@pytest.mark.parametrize(
    "ratio, verdict", [(0.9, "shorter"), (1.9, "alike"), (9.9, "longer"), (10.1, "much")]
)
def test_the_verdict_is_the_choice_that_the_ratio_is_in(ratio: float, verdict: str) -> None:
    lengths = cell.Lengths(np.array([1.0, 2.0]), np.array([1.0, 2.0 * ratio]))
    found = cell.state_figures(lengths, 1.4)
    assert found["state_verdict"] == verdict
    assert found["state_ratio"] == pytest.approx(ratio)


def test_before_training_the_state_is_up_to_twice_as_long_without_tanh() -> None:
    assert cell.state_figures(cell.untrained_lengths(), 1.0)["state_verdict"] == "alike"
    assert figure("state_bound") ** 2 == DEFAULT.hidden_size == figure("state_units")


# ---- which axis is time


@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_of_letters_on_the_batch_axis_is_exactly_zero(seed: int) -> None:
    alone, through_time = flow(False, seed), flow(True, seed)
    assert alone.gradient == alone.largest == 0.0
    assert through_time.gradient > 0.1
    start = torch.Generator().manual_seed(seed)
    model, vocab = CharRNN("rnn", DEFAULT.hidden_size, 27, start), dinosaurs().vocab
    along = flow_back(model, unroll(model, vocab, NAME, ended=True))
    assert along is not None
    np.testing.assert_allclose(through_time.gradient, np.linalg.norm(along.gradient), rtol=1e-5)
    inputs, targets = map(torch.from_numpy, encode([NAME], vocab)[:2])
    loss = nll(model(inputs, context=1), targets)  # the same as a memory of one input
    (gradient,) = torch.autograd.grad(loss, [model.W_hh])
    assert float(gradient.abs().max()) == 0.0 and float(loss.detach()) == pytest.approx(alone.loss)


def test_the_notebooks_presets_differ_in_the_memory_alone_and_only_one_moves_W_hh() -> None:
    written, through_time = (
        PRESETS[f"notebook-{key}"].config for key in ("as-written", "through-time")
    )
    assert written == replace(through_time, context=1) != through_time
    for config, moves in ((written, False), (through_time, True)):
        trainer = Trainer(config.replace(max_steps=3, engine="torch"), dinosaurs())
        before = trainer.model.W_hh.detach().clone()
        while not trainer.done:
            trainer.advance()
        assert torch.equal(before, trainer.model.W_hh) != moves


def test_a_layout_has_the_shape_of_the_array() -> None:
    assert layout_of(True).shape == (1, 14, 27) and layout_of(False).shape == (14, 1, 27)
    assert (figure("axis_inputs"), figure("axis_letters")) == (14, 13)


@pytest.mark.parametrize("is_time", [True, False])
def test_the_strips_arrows_join_on_the_time_axis_and_break_on_the_batch_axis(is_time: bool) -> None:
    found = strip(["·", "a", "<"], is_time)
    check_colors(found)
    check_plotly_accepts(found)
    arrows = [it for it in found["layout"]["annotations"] if it["showarrow"]]
    between = [it for it in arrows if it["arrowcolor"] == TRAIN]
    from_zero = [it for it in arrows if it["arrowcolor"] == VAL]
    assert (len(between), len(from_zero)) == ((2, 1) if is_time else (0, 3))
    assert found["data"][0]["text"] == ["·", "a", "&lt;"]


def test_the_chart_of_lengths_is_a_figure() -> None:
    found = length_chart(np.array([1.0, 2.0]), np.array([1.0, 90.0]), 8.0, ["·", "<"], str)
    check_colors(found)
    check_plotly_accepts(found)
    assert found["layout"]["xaxis"]["ticktext"] == ["·", "&lt;"]


# ---- one sample


def test_the_cells_that_count_are_those_of_the_loss() -> None:
    names, encoded = drawn(SEED)[0], batch()
    assert len(names) == SIZE and len(set(map(len, names))) == SIZE  # so there is padding
    assert figure("batch_real") == encoded.lengths.sum() == sum(len(name) + 1 for name in names)
    text = str(figure("cells_counted"))
    for row, targets in zip(text.split("/"), encoded.targets.tolist(), strict=True):
        assert [cell == "1" for cell in row] == [target != PAD for target in targets]
    logits = torch.randn(*encoded.targets.shape, 27, generator=torch.Generator().manual_seed(0))
    counted = torch.tensor([[cell == "1" for cell in row] for row in text.split("/")])
    targets = torch.from_numpy(encoded.targets)
    by_cells = nll(logits[counted], targets[counted])
    assert float(nll(logits, targets)) == pytest.approx(float(by_cells))


def test_a_seed_draws_the_same_names_again_and_another_one_others() -> None:
    assert drawn(SEED, 3) == drawn(SEED, 3) and drawn(SEED, 1) == drawn(SEED, 3)[:1]
    assert drawn(SEED) != drawn(SEED + 1)
    assert figure("batch_again") == "same"
    assert set(drawn(SEED)[0]) <= dinosaurs().train_set


def test_the_table_of_targets_shows_letters_end_and_padding() -> None:
    grid = GRIDS["batch_targets"]()
    for name, row in zip(grid.heads, grid.cells, strict=True):
        assert "".join(row).rstrip("−1") == name + "⏎"


def test_an_answer_to_a_grid_says_of_each_cell_whether_it_is_marked() -> None:
    grid = Grid(["a", "b"], [["x", "y"], ["z", "–"]])
    assert marks(np.array([[True, False], [True, True]])) == "10/11"
    assert grid.is_answer("10/11") and grid.none_marked == "00/00"
    assert not any(map(grid.is_answer, ("10", "10/1", "10/12", "10/11\n", 10, None, ["10/11"])))
    step = Question("task", items=(Item("", "cells_counted", grid="batch_targets"),))
    right = figure("cells_counted")
    assert check_answers(step, [right]) == (right,)
    for wrong in (GRIDS["batch_targets"]().none_marked, "11", None, 3.0):
        with pytest.raises(Refusal, match="at least one cell"):
            check_answers(step, [wrong])
