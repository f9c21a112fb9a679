"""How many letters a network uses: a restart and an exchange are what the network gives."""

import numpy as np
import pytest
from experiments import arrays, last

from dino import anatomy, context, cost, probe
from dino.config import CELLS, DEFAULT, Config
from dino.data import encode
from dino.difference import ENOUGH_NAMES
from dino.evaluation import evaluate
from dino.lists import END
from dino.train import Trainer

each_cell = pytest.mark.parametrize("cell", CELLS)


def means(sums, data):
    """Summed losses of names as nats per symbol."""
    return sums.sum(axis=-1) / data.lengths.sum()


# A restart


@each_cell
def test_a_restart_at_full_length_is_the_ordinary_loss(cell, nets, corpus):
    data = corpus.val_arrays
    steps = int(data.lengths.max())
    losses = means(last(context.name_losses_after_restart(nets[cell], data, steps + 3)), data)
    whole = evaluate(nets[cell], *arrays(data))
    assert losses[steps - 1 :] == pytest.approx(whole, abs=1e-6)
    for k in (1, 2, 5):
        assert losses[k - 1] == pytest.approx(evaluate(nets[cell], *arrays(data), k), abs=1e-6)


@each_cell
def test_at_one_it_depends_on_the_last_letter_only(cell, nets, corpus):
    one, other = (
        anatomy.read_name(nets[cell], corpus.vocab, text, 1).logits[-1] for text in ("tyranno", "o")
    )
    assert np.abs(one - other).max() < 1e-6
    wide = [
        anatomy.read_name(nets[cell], corpus.vocab, text, 3).logits[-1]
        for text in ("tyranno", "nno")
    ]
    assert np.abs(wide[0] - wide[1]).max() < 1e-6
    assert np.abs(wide[0] - one).max() > 1e-4  # and three letters give another result than one


@pytest.fixture(scope="module")
def alone(corpus):
    """A run of the notebook's kind: every letter from a zero state."""
    trainer = Trainer(Config(hidden_size=25, learning_rate=0.02, max_steps=200, context=1), corpus)
    trainer.advance()
    return trainer


def test_a_run_of_letters_alone_is_best_at_one(alone, corpus):
    data = corpus.val_arrays
    restarted = last(context.name_losses_after_restart(alone.eval_model, data, 12))
    losses = means(restarted, data)
    assert losses[0] == pytest.approx(alone.history.val_losses[-1], abs=1e-6)
    assert losses[1:].min() >= losses[0]
    own = probe.name_losses(alone.eval_model, data, 1)
    exchanged = last(context.name_losses_after_exchange(alone.eval_model, data, 12, 1))
    assert np.abs(exchanged - own).max() < 1e-3
    assert context.letters_used(context.gaps_by_memory(exchanged, own, data.lengths), len(own)) == 1


# An exchange

NAMES = ["rex", "diplodocus", "troodon", "allosaurus", "minmi", "yi", "stegosaurus", "pachysaurus"]


def spelled_loss(net, vocab, name, t, k, other, bound):
    """−ln p of letter t of `name` if it begins as `other` does, up to its last k inputs."""
    end = max(0, t + 1 - k)  # inputs that are exchanged; the first is the start in any name
    letters = other[: max(0, end - 1)]
    text = letters + name[max(0, end - 1) : t]
    reading = anatomy.read_name(net, vocab, text, bound)
    target = vocab.index[(name + END)[t]]
    return -np.log(reading.probs[-1, target])


@each_cell
@pytest.mark.parametrize("bound", [0, 5])
def test_an_exchange_is_reading_another_name_s_beginning(cell, bound, nets, corpus, monkeypatch):
    net, data = nets[cell], encode(NAMES, corpus.vocab)
    others = context.draw_others(data.lengths)[:1]
    monkeypatch.setattr(context, "draw_others", lambda lengths, seed: others)
    found = last(context.name_losses_after_exchange(net, data, 7, bound))
    for row, name in enumerate(NAMES):
        other = NAMES[others[0, row]]
        for k in (1, 2, 3, 6, 7):
            losses = [
                spelled_loss(net, corpus.vocab, name, t, k, other, bound)
                for t in range(len(name) + 1)
            ]
            assert found[k - 1, row] == pytest.approx(sum(losses), abs=1e-3)


def test_the_other_name_is_another_and_long_enough_where_one_is():
    lengths = np.array([3, 5, 5, 9, 12, 20])
    others = context.draw_others(lengths)
    assert others.shape == (context.EXCHANGES, 6)
    for name, length in enumerate(lengths):
        drawn = others[:, name]
        assert (drawn != name).all()
        assert (lengths[drawn] >= min(length - 1, 12 if length == 20 else 20)).all()
    assert (others[:, 5] == 4).all()  # the longest name gets the longest of the others
    assert np.array_equal(others, context.draw_others(lengths))
    assert not np.array_equal(others, context.draw_others(lengths, seed=1))
    with pytest.raises(ValueError, match="at least 2 held-out names"):
        context.draw_others(np.array([4]))


@each_cell
def test_an_exchange_of_nothing_changes_nothing(cell, nets, corpus):
    """With as many letters as the longest name has, no input is another name's."""
    data = corpus.val_arrays
    steps = int(data.lengths.max())
    exchanged = last(context.name_losses_after_exchange(nets[cell], data, steps))
    own = probe.name_losses(nets[cell], data)
    assert np.abs(exchanged[steps - 1] - own).max() < 1e-3
    assert means(exchanged, data)[0] > means(own, data) + 0.05


@pytest.mark.parametrize("bound", [0, 4])
def test_the_mean_over_exchanges_comes_in_parts(bound, nets, corpus, monkeypatch):
    net, data = nets["lstm"], corpus.val_arrays
    whole = last(context.name_losses_after_exchange(net, data, 5, bound))
    monkeypatch.setattr(context, "NAMES_PER_PART", 20)
    parts = [
        (share, np.copy(sums))
        for share, sums in context.name_losses_after_exchange(net, data, 5, bound)
    ]
    assert len(parts) == context.EXCHANGES * 8  # of 152 names
    np.testing.assert_allclose(parts[-1][1], whole, atol=1e-3)
    assert np.isnan(parts[0][1][:, 20:]).all() and np.isfinite(parts[0][1][:, :20]).all()
    assert np.isfinite(parts[8][1]).all()


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_small_parts_change_nothing(cell, nets, corpus, monkeypatch):
    model, data = nets[cell], corpus.val_arrays
    in_one = last(context.name_losses_after_restart(model, data, 6))
    steps = data.inputs.shape[1]
    per_name = steps * cost.numbers_per_position(cell, model.hidden_size, 27, steps, 6)
    monkeypatch.setattr("dino.cost.EVALUATION_NUMBERS", 3 * per_name)
    parts = [np.copy(sums) for _, sums in context.name_losses_after_restart(model, data, 6)]
    assert len(parts) > 40
    np.testing.assert_allclose(parts[-1], in_one, atol=1e-3)


@pytest.mark.parametrize("bound, pauses", [(0, False), (5, True)])
def test_a_heavy_part_pauses_between_two_lengths(bound, pauses, nets, corpus, monkeypatch):
    """Others get their turn meanwhile. With a bounded memory each length takes as many rounds."""

    def count_parts():
        return len(list(context.name_losses_after_exchange(nets["rnn"], data, 6, bound)))

    data = encode(NAMES, corpus.vocab)
    light = count_parts()
    monkeypatch.setattr(context, "HEAVY_FLOP", 0)
    assert count_parts() == 6 * light
    one_round = cost.flop("rnn", 16, 27, len(NAMES) * int(data.lengths.max()))
    monkeypatch.setattr(context, "HEAVY_FLOP", 4 * one_round)
    assert count_parts() == (6 * light if pauses else light)


# What they say


def gaps(*pairs):
    return np.array(pairs, dtype=float)


def test_the_letters_used_are_the_fewest_from_which_on_nothing_is_clearly_higher():
    limit = context.clear_limit(4, 152)
    assert context.letters_used(gaps((0.5, 0.1), (0.3, 0.1), (0.1, 0.1), (0, 0.1)), 152) == 3
    assert context.letters_used(gaps((0.5, 0.1), (0.0, 0.1), (0.5, 0.1), (0, 0.1)), 152) == 4
    assert context.letters_used(gaps((0.1, 0.1), (0.2, 0.1), (0.1, 0.1), (0, 0.1)), 152) == 1
    assert context.letters_used(gaps((0.5, 0.1), (0.5, 0.1), (0.5, 0.1), (0.5, 0.1)), 152) is None
    just = (limit * 0.1 * 1.001, 0.1)
    assert context.letters_used(gaps(just, (0, 0.1), (0, 0.1), (0, 0.1)), 152) == 2
    assert context.letters_used(gaps((1e-6, 1e-9), (0, 0), (0, 0), (0, 0)), 152) == 1  # rounding


def test_the_limit_is_that_of_a_normal_distribution_shared_among_the_differences():
    assert context.clear_limit(1, 10**6) == pytest.approx(1.96, abs=0.001)
    assert context.clear_limit(12, 10**6) == pytest.approx(2.87, abs=0.01)


def test_of_few_names_the_limit_is_that_of_students_t():
    """From its tables: 97.5 % with 15 and 30 degrees of freedom, 99.8 % with 15."""
    assert context.clear_limit(1, 16) == pytest.approx(2.131, abs=0.001)
    assert context.clear_limit(1, 31) == pytest.approx(2.042, abs=0.001)
    assert context.clear_limit(12, 16) == pytest.approx(3.39, abs=0.03)


@pytest.mark.parametrize("names, used", [(2, 1), (ENOUGH_NAMES - 1, 1), (ENOUGH_NAMES, 3)])
def test_of_too_few_names_nothing_is_clear(names, used):
    found = gaps((0.9, 0.1), (0.8, 0.1), (0, 0.1), (0, 0.1))
    assert context.is_clearly_higher(found, names).any() == (names >= ENOUGH_NAMES)
    assert context.letters_used(found, names) == used


@pytest.mark.long
def test_chance_alone_is_seldom_taken_for_memory(nets, corpus):
    """Calibration: the signs of each name's gaps are turned at random, so every true gap is 0; one
    sign for all k, since they are of one name.
    """
    net, data, random = nets["gru"], corpus.val_arrays, np.random.default_rng(0)
    own = probe.name_losses(net, data)
    exchanged = last(context.name_losses_after_exchange(net, data, 12))
    found = []
    for _ in range(2000):
        turned = own + (exchanged - own) * random.choice([-1, 1], len(own))
        gaps = context.gaps_by_memory(turned, own, data.lengths)
        found.append(context.letters_used(gaps, len(own)))
    share = np.mean([used != 1 for used in found])
    print(f"\nmemory by chance alone: {100 * share:.1f} %")
    assert 0.002 <= share <= 0.065


@pytest.mark.long
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_first_success_uses_some_six_letters_though_a_restart_takes_longer(seed, corpus):
    data = corpus.val_arrays
    trainer = Trainer(DEFAULT.replace(seed=seed), corpus)
    trainer.advance()
    net = trainer.eval_model
    own = probe.name_losses(net, data)
    experiments = (context.name_losses_after_exchange, context.name_losses_after_restart)
    exchanged, restarted = (
        context.letters_used(
            context.gaps_by_memory(last(run(net, data, 12)), own, data.lengths), len(own)
        )
        for run in experiments
    )
    print(f"\nseed {seed}: exchanged {exchanged}, restarted {restarted}")
    assert exchanged in (5, 6, 7, 8)
    assert restarted is None or restarted > exchanged


@pytest.mark.long
@pytest.mark.parametrize("bound", [2, 4])
def test_no_more_letters_are_found_than_a_network_can_see(bound, corpus):
    """A network whose memory is bounded in training and in evaluation uses at most that many."""
    data = corpus.val_arrays
    for seed in range(3):
        trainer = Trainer(DEFAULT.replace(context=bound, max_steps=300, seed=seed), corpus)
        trainer.advance()
        net = trainer.eval_model
        own = probe.name_losses(net, data, bound)
        exchanged = last(context.name_losses_after_exchange(net, data, 12, bound))
        used = context.letters_used(context.gaps_by_memory(exchanged, own, data.lengths), len(own))
        assert used == bound
