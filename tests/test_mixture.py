"""Network and counting together: the mixture is a distribution, and its losses are its own."""

import warnings

import numpy as np
import pytest

from dino.mix import PARTNERS, SHARE, Mix
from dino.mixture import log_mean, log_mixed, log_softmax
from dino.ngram import ORDERS, NGram
from dino.parts import finish, last_result
from dino.sample import draws, write
from dino.together import (
    below_each,
    held_out_letters,
    letter_losses,
    mixed_losses,
    mixed_losses_in_parts,
)

SHARES = [0.0, 0.25, 0.5, 0.9]


@pytest.fixture(scope="module")
def sixes(corpus):
    return NGram(6, corpus.train, corpus.vocab)


@pytest.fixture
def together(trained, corpus, sixes):
    """A function that writes with the trained network and sixes."""

    def write_names(share, count=12, seed=0, **how):
        draw = draws(count, seed)
        return write(trained.model, corpus.vocab, draw, counts=sixes, share=share, **how)

    return write_names


@pytest.mark.parametrize("share", SHARES)
def test_it_is_the_sum_of_both_and_sums_to_one_at_every_letter(
    share, together, trained, corpus, sixes
):
    for trace in together(share, count=4):
        p = trace.probs()
        assert p.sum(axis=1) == pytest.approx(np.ones(len(p)), abs=1e-12)
        alone = write(trained.model, corpus.vocab, draws(1, 0), prefix=trace.name)[0]
        for t in range(len(trace.name)):
            counted = sixes.next_probs(trace.name[:t])
            expected = share * alone.probs()[t] + (1 - share) * counted
            assert p[t] == pytest.approx(expected, rel=1e-4, abs=1e-9)
            part = share * alone.probs()[t] / expected
            assert trace.from_network[t] == pytest.approx(part, rel=1e-3, abs=1e-7)


def test_all_of_the_network_is_the_network_bit_for_bit(together, trained, corpus):
    alone = write(trained.model, corpus.vocab, draws(12, 0))
    for mixed, own in zip(together(1.0), alone, strict=True):
        assert np.array_equal(mixed.logits, own.logits) and mixed.name == own.name
        assert mixed.from_network is None and own.from_network is None


def test_its_traces_take_at_most_twice_the_memory_of_a_network_s(together):
    for mixed, own in zip(together(0.5, prefix="tyr"), together(1.0, prefix="tyr"), strict=True):
        assert mixed.logits.dtype == own.logits.dtype == mixed.from_network.dtype
        assert mixed.nbytes / len(mixed.ids) < 2 * own.nbytes / len(own.ids)


def test_nothing_of_the_network_writes_what_counting_writes(together, sixes):
    counted = last_result(sixes.write_in_parts(draws(12, 0)))
    assert [(it.name, it.finished) for it in together(0.0)] == counted
    assert all((trace.from_network == 0).all() for trace in together(0.0))


def test_temperature_and_top_k_act_on_the_mixture(together):
    trace = together(0.5, temperature=0.5, top_k=3)[0]
    p = trace.probs() ** 2
    assert trace.probs(temperature=0.5) == pytest.approx(p / p.sum(axis=1, keepdims=True))
    ranks = (-trace.logits).argsort(axis=1).argsort(axis=1)
    assert (ranks[np.arange(len(trace.ids)), trace.ids] < 3).all()


@pytest.mark.parametrize("share", SHARES)
def test_its_loss_is_the_sum_over_the_letters(share, trained, corpus, sixes):
    names = corpus.val[:20]
    found = finish(mixed_losses_in_parts(trained.model, sixes, names, share))
    for i, name in enumerate(names):
        alone = write(trained.model, corpus.vocab, draws(1, 0), prefix=name)[0].probs()
        loss, ids = 0.0, [*corpus.vocab.encode(name), 0]
        for t, symbol in enumerate(ids):
            counted = sixes.next_probs(name[:t])[symbol]
            loss -= np.log(share * alone[t, symbol] + (1 - share) * counted)
        assert found.together[i] == pytest.approx(loss, rel=1e-4)
    assert found.counting == pytest.approx(sixes.name_losses(names))


def test_at_its_ends_the_loss_is_that_of_one_side_and_a_copy_of_itself_changes_nothing(
    trained, corpus, sixes
):
    network = finish(letter_losses(trained.model, corpus.vocab, corpus.val))
    counted = sixes.surprises(corpus.val)
    for share in (0.0, 1.0):
        both = mixed_losses(network, counted, share)
        assert both.together == pytest.approx(both.network if share else both.counting)
    both = mixed_losses(network, network, 0.5)
    assert both.together == pytest.approx(both.network)


def test_half_of_both_is_never_more_than_ln_2_a_symbol_above_the_lower_one(trained, corpus, sixes):
    found = finish(mixed_losses_in_parts(trained.model, sixes, corpus.val, 0.5))
    symbols = np.array([len(name) + 1 for name in corpus.val])
    lower = np.minimum(found.network, found.counting)
    assert (found.together <= lower + np.log(2) * symbols + 1e-6).all()


def test_how_far_it_is_below_each_side_is_paired_by_name(trained, corpus, sixes):
    found = finish(mixed_losses_in_parts(trained.model, sixes, corpus.val, 0.5))
    symbols = np.array([len(name) + 1 for name in corpus.val])
    below = below_each(found, corpus.val)
    assert below.loss == pytest.approx(found.together.sum() / symbols.sum())
    for side, alone in ((below.network, found.network), (below.counting, found.counting)):
        assert side.lower_by == pytest.approx(alone.sum() / symbols.sum() - below.loss)
        assert 0 < side.error < abs(alone - found.together).sum() / symbols.sum()
        assert side.over == len(corpus.val)


def test_the_logarithms_are_finite_where_one_side_is_certain():
    logits, counted = np.array([[0.0, -800.0, -800.0]]), np.array([[0.1, 0.45, 0.45]])
    found = log_mixed(log_softmax(logits), counted, 0.5)
    assert np.exp(found).sum() == pytest.approx(1) and np.isfinite(found).all()


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_it_is_computed_without_a_warning_whatever_the_losses(share):
    values = np.array([0.0, -800.0, -np.inf, np.nan])
    one, other = map(np.ravel, np.meshgrid(values, values))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = log_mean(one, other, share)
        lost = mixed_losses([np.array([1.0, np.nan])], [np.array([2.0, np.inf])], share)
    known = ~(np.isnan(one) | np.isnan(other))
    p = share * np.exp(one[known]) + (1 - share) * np.exp(other[known])
    assert np.exp(found[known]) == pytest.approx(p)
    assert np.isnan(found[~known]).all() and np.isnan(lost.together).all()


def test_the_letters_of_the_held_out_names_come_name_by_name(trained, corpus):
    letters = finish(held_out_letters(trained.model, corpus))
    names = finish(letter_losses(trained.model, corpus.vocab, corpus.val))
    assert np.array_equal(letters, [loss for name in names for loss in name])


@pytest.mark.parametrize("partner", PARTNERS)
def test_its_text_is_read_back(partner):
    for share in (0.0, 0.125, SHARE, 1.0):
        mix = Mix(partner, share)
        assert Mix.from_text(mix.text) == mix and mix.n == ORDERS[partner]
    assert Mix.from_text(partner) == Mix(partner) and not Mix(partner).is_chosen
    assert Mix(partner, 0.6).is_chosen


NO_MIX = ["", "letters", "fives:0.5", "sixes:", "sixes:1.1", "sixes:nan", "sixes:-1", "sixes:½"]
NO_MIX += ["sixes:1.0004", "sixes:-0.0004", "sixes:-1e-9"]  # before they are rounded
NO_MIX += ["sixes:٠", "sixes:0_1", "sixes:0.5" + "0" * 30, "pairs:0,5", "<b>sixes</b>"]


@pytest.mark.parametrize("text", NO_MIX)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="mix must be one of pairs, triples, fours, sixes, with"):
        Mix.from_text(text)
