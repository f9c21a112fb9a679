"""A bet: what it refuses, how far off it was, its penalty, and what is said of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dino.difference import Difference
from dino.experiments.bet import Bet, bet_sentence, make_bet, result_sentences
from dino.experiments.verdict import Comparison, Verdict, judge
from dino.locale.sentences import ENGLISH, Refusal

LEVELS = ["SGD", "Adam", "AdamW"]
SMALL = st.floats(0, 0.5)
SPREADS = st.floats(0.001, 0.5)


def result(lower_by, error=0.01):
    """A result as three splits show it; with three errors it is clear."""
    return Difference(lower_by, error, 3, limit=3.0, enough=2)


def verdict(lower_by, error, lower=1, higher=0):
    return Verdict((Comparison(lower, higher, result(lower_by, error)),), (0, 0), (2.0, 2.0), 3, 3)


def said(bet, found):
    return " ".join(ENGLISH.put(it) for it in result_sentences(bet, found, LEVELS))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ((0, 0, 0.1, 0.1), "two different levels"),
        ((0, 3, 0.1, 0.1), "two of the experiment's 3 levels"),
        ((-1, 1, 0.1, 0.1), "two of the experiment's 3 levels"),
        (("0", 1, 0.1, 0.1), "two of the experiment's 3 levels"),
        ((True, 0, 0.1, 0.1), "two of the experiment's 3 levels"),
        ((0, 1, -0.1, 0.1), "Difference must be a number from 0 to 5, not “-0.1”."),
        ((0, 1, "much", 0.1), "Difference must be a number from 0 to 5, not “much”."),
        ((0, 1, math.nan, 0.1), "Difference must be a number"),
        ((0, 1, 0.1, math.inf), "Spread must be a number"),
        ((0, 1, 0.1, 0), "Spread must be a number from 0.001 to 5, not “0”."),
        ((0, 1, 0.1, None), "Spread must be a number"),
    ],
)
def test_a_bet_that_makes_no_sense_is_refused_in_a_sentence(typed, words):
    with pytest.raises(Refusal) as caught:
        make_bet(3, *typed)
    assert words in str(caught.value)


def test_a_bet_is_read_from_what_somebody_types():
    assert make_bet(3, 2, 0, "0.03", "0.02") == Bet(2, 0, 0.03, 0.02)
    assert Bet(1, 0, 0, 0.001) == Bet(1, 0, 0.0, 0.001)  # that there is no difference is a bet, too


def test_a_result_is_seen_from_the_bets_side():
    found = verdict(0.05, 0.01)  # level 1 is 0.05 lower
    for bet, difference in ((Bet(1, 0, 0.03, 0.01), 0.05), (Bet(0, 1, 0.03, 0.01), -0.05)):
        seen = bet.result(found)
        assert seen == result(difference) and seen.is_clear
        assert bet.off(seen) == pytest.approx(difference - 0.03)
    assert Bet(2, 0, 0.03, 0.01).result(found) is None


@given(st.integers(0, 2**32 - 1), st.permutations([0, 1, 2]))
@settings(max_examples=30)
def test_the_result_is_the_difference_of_the_verdicts_means(seed, order):
    losses = np.random.default_rng(seed).normal(2.0, 0.1, (3, 1, 3, 2))
    found = judge(losses)
    lower, higher, _ = order
    bet = Bet(lower, higher, 0.02, 0.01)
    seen = bet.result(found)
    assert seen.lower_by == pytest.approx(found.means[higher] - found.means[lower])
    assert bet.off(seen) == pytest.approx(seen.lower_by - 0.02)


@given(SMALL, SPREADS, st.floats(-0.5, 0.5), st.floats(0, 0.2))
@settings(max_examples=20)
def test_the_penalty_is_the_integral_that_defines_it(difference, spread, found, error):
    """∫ (F(x) − [x ≥ found])² dx, F the distribution of what the bet says will be seen."""
    bet = Bet(0, 1, difference, spread)
    width = math.hypot(spread, error)
    ends = min(difference, found) - 9 * width, max(difference, found) + 9 * width
    total = 0.0
    for low, high, after in ((ends[0], found, 0.0), (found, ends[1], 1.0)):
        step = (high - low) / 1000
        points = low + step * (np.arange(1000) + 0.5)
        F = [(1 + math.erf((x - difference) / width / math.sqrt(2))) / 2 for x in points.tolist()]
        total += step * float(((np.array(F) - after) ** 2).sum())
    assert bet.penalty(result(found, error)) == pytest.approx(total, rel=1e-3, abs=1e-6)


def test_the_penalty_punishes_what_is_off_and_what_is_unsure():
    def penalty(difference, spread):
        return Bet(0, 1, difference, spread).penalty(result(0.05, 0.0))

    assert penalty(0.05, 0.01) < penalty(0.05, 0.1) < penalty(0.05, 1)
    assert penalty(0.05, 0.01) < penalty(0.1, 0.01) < penalty(1, 0.01)
    # Sure and far off, it is how far off it was.
    assert penalty(1, 0.001) == pytest.approx(0.95, abs=0.001)
    assert penalty(1, 0.5) < penalty(1, 0.001)  # there a larger spread has less


def test_no_other_bet_has_less_on_average_than_what_one_believes():
    rng = np.random.default_rng(0)
    results = rng.normal(0.05, math.hypot(0.02, 0.01), 4000)

    def mean(difference, spread):
        bet = Bet(0, 1, difference, spread)
        return np.mean([bet.penalty(result(it)) for it in results.tolist()])

    honest = mean(0.05, 0.02)
    others = [(0.02, 0.02), (0.08, 0.02), (0.05, 0.005), (0.05, 0.05), (0.04, 0.01)]
    assert all(honest < mean(*other) for other in others)


def test_the_sentences_say_what_was_bet_and_how_far_off_it_was():
    bet = Bet(1, 0, 0.03, 0.02)
    words = ENGLISH.put(bet_sentence(bet, LEVELS))
    assert words == (
        "You bet that the held-out loss of Adam is 0.03 ± 0.02 nats lower than that of SGD."
    )
    words = said(bet, bet.result(verdict(0.08, 0.01)))
    assert "The result, 0.080 ± 0.010 nats, is clear." in words
    assert "The loss of Adam is lower, as you bet." in words
    assert "0.050 nats off, 2.5 times its spread. The result lies outside" in words
    within = said(bet, bet.result(verdict(0.04, 0.01)))
    assert "0.010 nats off, 0.5 times its spread. The result lies within" in within
    other = said(bet, bet.result(verdict(0.08, 0.01, lower=0, higher=1)))
    assert "The result, −0.080 ± 0.010" in other and "The loss of SGD is lower" in other
    assert said(bet, None) == (
        "There is no result for these two levels because the verdict does not compare them."
    )
