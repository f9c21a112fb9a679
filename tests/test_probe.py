"""Experiments on a network: silenced units and losses are what the network gives."""

import copy

import numpy as np
import pytest
import torch
from experiments import arrays, last

from dino import anatomy, cost, probe
from dino.config import CELLS
from dino.data import encode
from dino.evaluation import evaluate
from dino.lists import END
from dino.model import CharRNN
from dino.parts import finish
from dino.sample import draws, probabilities, write

each_cell = pytest.mark.parametrize("cell", CELLS)


# Silence


@each_cell
def test_silencing_all_units_leaves_the_output_bias_alone(cell, nets, corpus):
    quiet = probe.silence_units(nets[cell], range(16))
    expected = probabilities(nets[cell].b_y.detach().numpy())
    for row in anatomy.read_name(quiet, corpus.vocab, "allo").probs:
        assert np.array_equal(row, expected)


@each_cell
def test_silence_is_a_state_held_at_zero(cell, nets, corpus):
    net, units = nets[cell], [2, 7, 11]
    quiet = anatomy.read_name(probe.silence_units(net, units), corpus.vocab, "stegosaurus")
    mask = torch.ones(16)
    mask[units] = 0
    state, table = net.initial_state(1), net.input_table()
    with torch.no_grad():
        for i, expected in zip(quiet.ids, quiet.logits, strict=True):
            state = net.step(table[[i]], state)
            state = (state[0] * mask, *state[1:])
            assert np.abs(net.logits(state[0])[0].numpy() - expected).max() < 1e-5


def test_silencing_none_changes_nothing_and_the_original_stays(nets, corpus):
    net = nets["rnn"]
    before = copy.deepcopy(net.state_dict())
    assert np.array_equal(
        anatomy.read_name(probe.silence_units(net, []), corpus.vocab, "rex").logits,
        anatomy.read_name(net, corpus.vocab, "rex").logits,
    )
    probe.silence_units(net, range(16))
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())


@pytest.mark.parametrize("context", [0, 1])
def test_a_unit_s_worth_is_the_rise_of_the_loss_without_it(context, nets, corpus):
    net, data = nets["rnn"], corpus.val_arrays
    rises = last(probe.unit_importance(net, data, context))
    whole = evaluate(net, *arrays(data), context)
    for unit in (0, 9):
        rise = evaluate(probe.silence_units(net, [unit]), *arrays(data), context) - whole
        assert rises[unit, 0] == pytest.approx(rise, abs=2e-6)
    dead = probe.silence_units(net, [3])  # already silenced, so its importance is 0
    assert last(probe.unit_importance(dead, data, context))[3] == pytest.approx([0, 0], abs=2e-6)


def test_a_unit_s_worth_has_the_error_of_a_paired_difference(nets, corpus):
    net, data = nets["rnn"], corpus.val_arrays
    rises = last(probe.unit_importance(net, data))
    intact, without = (probe.name_losses(m, data) for m in (net, probe.silence_units(net, [5])))
    assert rises[5] == pytest.approx(probe.loss_difference(without, intact, data.lengths))


@each_cell
def test_a_held_unit_has_the_same_state_after_every_letter(cell, nets, corpus):
    net, units = nets[cell], [2, 7, 11]
    states = np.linspace(-0.9, 0.9, 16)
    held = anatomy.read_name(probe.hold_units(net, units, states), corpus.vocab, "stegosaurus")
    state, table = net.initial_state(1), net.input_table()
    with torch.no_grad():
        for i, expected in zip(held.ids, held.logits, strict=True):
            h, *c = net.step(table[[i]], state)
            h[:, units] = torch.tensor(states[units], dtype=torch.float32)
            state = (h, *c)
            assert np.abs(net.logits(h)[0].numpy() - expected).max() < 1e-5


@each_cell
@pytest.mark.parametrize("context", [0, 2])
def test_a_unit_s_mean_is_taken_over_every_position_of_every_name(cell, context, nets, corpus):
    net, data = nets[cell], corpus.val_arrays
    means = finish(probe.mean_states_in_parts(net, data, context))
    for unit in (0, 9):
        values = probe.unit_values(net, data, unit, context)
        assert means[unit] == pytest.approx(np.nanmean(values), abs=1e-6)


def test_a_unit_that_never_changes_is_precious_silenced_and_worth_nothing_held(nets, corpus):
    """Such a unit is a bias: what it adds all the time is what silencing takes away."""
    net, data, unit = copy.deepcopy(nets["rnn"]), corpus.val_arrays, 4
    with torch.no_grad():
        net.W_xh[:, unit], net.W_hh[:, unit], net.b_h[unit] = 0.0, 0.0, 10.0
        net.W_hy[unit] = torch.linspace(-1, 1, len(corpus.vocab))
    silenced, held = (last(probe.unit_importance(net, data, hold=hold)) for hold in (False, True))
    assert abs(silenced[unit, 0]) > 0.05
    assert held[unit, 0] == pytest.approx(0, abs=1e-5)
    other = 9  # held by hand, at its mean
    means = finish(probe.mean_states_in_parts(net, data))
    without = probe.name_losses(probe.hold_units(net, [other], means), data)
    rise = probe.loss_difference(without, probe.name_losses(net, data), data.lengths)
    assert held[other] == pytest.approx(rise)


@pytest.mark.long
@each_cell
@pytest.mark.parametrize("hold", [False, True])
def test_a_unit_that_is_worth_nothing_is_called_clear_in_one_of_twenty_cases(
    cell, hold, nets, corpus
):
    """Calibration: names are drawn anew from those of each unit, whose worth was subtracted."""
    net, data, random = nets[cell], corpus.val_arrays, np.random.default_rng(0)
    means, intact = finish(probe.mean_states_in_parts(net, data)), probe.name_losses(net, data)
    lengths, clear = data.lengths, []
    for unit in range(net.hidden_size):
        without = probe.hold_units(net, [unit], means) if hold else probe.silence_units(net, [unit])
        gaps = probe.name_losses(without, data) - intact
        gaps -= lengths * gaps.sum() / lengths.sum()
        for _ in range(125):
            rows = random.integers(0, len(gaps), len(gaps))
            rise, error = probe.loss_difference(gaps[rows], np.zeros(len(rows)), lengths[rows])
            clear.append(rise / error)
    two_sided, useful = np.mean(np.abs(clear) > 2), np.mean(np.array(clear) > 2)
    print(f"\n{cell}, hold {hold}: {two_sided:.4f} of 2,000, useful {useful:.4f}")
    assert 0.035 <= two_sided <= 0.065
    assert 0.02 <= useful <= 0.04  # the page says about 3 of 100


def test_unit_values_are_the_states_of_reading(nets, corpus):
    names = ["rex", "diplodocus", "troodon"]
    data = encode(names, corpus.vocab)
    values = probe.unit_values(nets["gru"], data, 5)
    for row, name in enumerate(names):
        states = anatomy.read_name(nets["gru"], corpus.vocab, name).hidden[:, 5]
        assert np.abs(values[row, : len(name) + 1] - states).max() < 1e-6
        assert np.isnan(values[row, len(name) + 1 :]).all()
    means = probe.mean_by_letter(values, data, corpus.vocab)
    after_x = values[0, 3]
    assert means[corpus.vocab.index["x"]] == pytest.approx(after_x)
    assert means[corpus.vocab.start] == pytest.approx(values[:, 0].mean())
    assert np.isnan(means[0]) and np.isnan(means[corpus.vocab.index["q"]])


def test_extremes_are_the_highest_and_lowest_places_one_a_name():
    values = np.array([[0.1, 0.9, 0.8], [-0.5, 0.2, np.nan], [0.95, -0.9, np.nan]])
    assert probe.extremes(values, 2) == [(2, 0, 0.95), (0, 1, 0.9)]
    assert probe.extremes(values, 2, highest=False) == [(2, 1, -0.9), (1, 0, -0.5)]


def test_the_same_draws_and_weights_write_the_same_name_and_other_weights_another(nets, corpus):
    draw = draws(8, seed=0)
    once, again = (write(nets["rnn"], corpus.vocab, draw) for _ in range(2))
    assert [t.name for t in once] == [t.name for t in again]
    untrained = CharRNN("rnn", 16, 27, torch.Generator().manual_seed(0))
    assert [t.name for t in write(untrained, corpus.vocab, draw)] != [t.name for t in once]
    assert END not in "".join(t.name for t in once)


# Two networks on the same names


@each_cell
@pytest.mark.parametrize("context", [0, 1])
def test_the_losses_of_names_add_up_to_the_held_out_loss(cell, context, nets, corpus):
    data = corpus.val_arrays
    losses = probe.name_losses(nets[cell], data, context)
    assert losses.shape == (len(corpus.val),)
    whole = evaluate(nets[cell], *arrays(data), context)
    assert losses.sum() / data.lengths.sum() == pytest.approx(whole, abs=1e-6)
    one = encode([corpus.val[7]], corpus.vocab)
    alone_ = evaluate(nets[cell], *arrays(one), context) * int(one.lengths[0])
    assert losses[7] == pytest.approx(alone_, abs=1e-4)


def test_the_error_of_a_difference_is_what_new_names_would_show():
    # many draws of names: their differences spread as the formula says of each
    rng = np.random.default_rng(0)
    symbols = rng.integers(5, 20, (400, 200))
    gaps = 0.1 * symbols + rng.normal(0, 1, symbols.shape)
    found = np.array(
        [probe.loss_difference(g, np.zeros(200), s) for g, s in zip(gaps, symbols, strict=True)]
    )
    assert found[:, 0].mean() == pytest.approx(0.1, abs=0.001)
    assert found[:, 1].mean() == pytest.approx(found[:, 0].std(), rel=0.1)
    assert probe.loss_difference(symbols[0], symbols[0], symbols[0]) == (0.0, 0.0)


# In parts


@pytest.mark.parametrize("context", [0, 3])
@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_small_parts_change_nothing(cell, context, nets, corpus, monkeypatch):
    model, data = nets[cell], corpus.val_arrays
    experiments = {
        "names": lambda: list(probe.name_losses_in_parts(model, data, context)),
        "unit": lambda: list(probe.unit_values_in_parts(model, data, 2, context)),
    }
    in_one = {name: run()[-1][1].copy() for name, run in experiments.items()}
    steps = data.inputs.shape[1]
    numbers = (
        steps
        * 3
        * cost.numbers_per_position(cell, model.hidden_size, model.vocab_size, steps, context)
    )
    monkeypatch.setattr("dino.cost.EVALUATION_NUMBERS", numbers if not context else numbers // 9)
    for name, run in experiments.items():
        parts = run()
        assert len(parts) > 40 and parts[-1][0] == 1
        shares = [share for share, _ in parts]
        assert shares == sorted(shares)
        np.testing.assert_allclose(parts[-1][1], in_one[name], atol=2e-5)
