"""A bet: what it refuses, how far off it was, its penalty, and what is said of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dino.experiments.bet import Bet, Outcome, bet_sentence, make_bet, outcome_sentences
from dino.experiments.verdict import Comparison, Verdict, judge
from dino.locale.sentences import ENGLISH, Refusal, languages

LEVELS = ["SGD", "Adam", "AdamW"]
SMALL = st.floats(0, 0.5)
SPREADS = st.floats(0.001, 0.5)


def verdict(lower_by, error, is_clear, lower=1, higher=0):
    return Verdict(
        (Comparison(lower, higher, lower_by, error, is_clear),), (0, 0), (2.0, 2.0), 3, 3
    )


def said(bet, outcome):
    return " ".join(ENGLISH.put(it) for it in outcome_sentences(bet, outcome, LEVELS))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ((0, 0, 0.1, 0.1), "two different levels"),
        ((0, 3, 0.1, 0.1), "two of the experiment's 3 levels"),
        ((-1, 1, 0.1, 0.1), "two of the experiment's 3 levels"),
        (("0", 1, 0.1, 0.1), "two of the experiment's 3 levels"),
        ((True, 0, 0.1, 0.1), "two of the experiment's 3 levels"),
        ((0, 1, -0.1, 0.1), "Difference is a number from 0 to 5; “-0.1” is not."),
        ((0, 1, "much", 0.1), "Difference is a number from 0 to 5; “much” is not."),
        ((0, 1, math.nan, 0.1), "Difference is a number"),
        ((0, 1, 0.1, math.inf), "Spread is a number"),
        ((0, 1, 0.1, 0), "Spread is a number from 0.001 to 5; “0” is not."),
        ((0, 1, 0.1, None), "Spread is a number"),
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
    found = verdict(0.05, 0.01, True)  # level 1 is 0.05 lower
    for bet, difference in ((Bet(1, 0, 0.03, 0.01), 0.05), (Bet(0, 1, 0.03, 0.01), -0.05)):
        outcome = bet.outcome(found)
        assert outcome == Outcome(difference, 0.01, True, pytest.approx(difference - 0.03))
    assert Bet(2, 0, 0.03, 0.01).outcome(found) is None


@given(st.integers(0, 2**32 - 1), st.permutations([0, 1, 2]))
@settings(deadline=None, max_examples=30)
def test_the_outcome_is_the_difference_of_the_verdicts_means(seed, order):
    losses = np.random.default_rng(seed).normal(2.0, 0.1, (3, 1, 3, 2))
    found = judge(losses)
    lower, higher, _ = order
    outcome = Bet(lower, higher, 0.02, 0.01).outcome(found)
    assert outcome.difference == pytest.approx(found.means[higher] - found.means[lower])
    assert outcome.off == pytest.approx(outcome.difference - 0.02)


@given(SMALL, SPREADS, st.floats(-0.5, 0.5), st.floats(0, 0.2))
@settings(deadline=None, max_examples=20)
def test_the_penalty_is_the_integral_that_defines_it(difference, spread, result, error):
    """∫ (F(x) − [x ≥ result])² dx, F the distribution of what the bet says will be seen."""
    bet = Bet(0, 1, difference, spread)
    outcome = Outcome(result, error, False, result - difference)
    width = math.hypot(spread, error)
    ends = min(difference, result) - 9 * width, max(difference, result) + 9 * width
    total = 0.0
    for low, high, after in ((ends[0], result, 0.0), (result, ends[1], 1.0)):
        step = (high - low) / 1000
        points = low + step * (np.arange(1000) + 0.5)
        F = [(1 + math.erf((x - difference) / width / math.sqrt(2))) / 2 for x in points.tolist()]
        total += step * float(((np.array(F) - after) ** 2).sum())
    assert bet.penalty(outcome) == pytest.approx(total, rel=1e-3, abs=1e-6)


def test_the_penalty_punishes_what_is_off_and_what_is_unsure():
    def penalty(difference, spread):
        bet = Bet(0, 1, difference, spread)
        return bet.penalty(Outcome(0.05, 0.0, True, 0.05 - difference))

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
        outcomes = (Outcome(it, 0.01, False, it - difference) for it in results.tolist())
        return np.mean([bet.penalty(outcome) for outcome in outcomes])

    honest = mean(0.05, 0.02)
    others = [(0.02, 0.02), (0.08, 0.02), (0.05, 0.005), (0.05, 0.05), (0.04, 0.01)]
    assert all(honest < mean(*other) for other in others)


def test_the_sentences_say_what_was_bet_and_how_far_off_it_was():
    bet = Bet(1, 0, 0.03, 0.02)
    words = ENGLISH.put(bet_sentence(bet, LEVELS))
    assert words == (
        "You bet that the held-out loss of Adam is 0.03 ± 0.02 nats lower than that of SGD."
    )
    words = said(bet, bet.outcome(verdict(0.08, 0.01, True)))
    assert (
        "The result is 0.080 ± 0.010 nats, a clear one: the loss of Adam is lower, as you bet."
        in words
    )
    assert "0.050 nats off, 2.5 times its spread: the result lies outside of it." in words
    within = said(bet, bet.outcome(verdict(0.04, 0.01, True)))
    assert "0.010 nats off, 0.5 times its spread: the result lies within it." in within
    other = said(bet, bet.outcome(verdict(0.08, 0.01, True, lower=0, higher=1)))
    assert "The result is −0.080 ± 0.010" in other and "the loss of SGD is lower" in other
    assert said(bet, None) == (
        "There is no result for these two levels: the verdict does not compare them."
    )


@given(SMALL, SPREADS, st.floats(0, 0.5), st.floats(0, 0.2))
@settings(deadline=None)
def test_nothing_is_called_right_or_lower_where_it_is_too_close_to_call(
    difference, spread, lower_by, error
):
    bet = Bet(0, 1, difference, spread)
    for code, forbidden in (("en", ("right", "wrong", "as you bet", "is lower,")), ("es", ())):
        outcome = bet.outcome(verdict(lower_by, error, False))
        first, *rest = (languages()[code].put(it) for it in outcome_sentences(bet, outcome, LEVELS))
        assert "too close to call" in first or code != "en"
        assert not [it for it in forbidden if it in " ".join([first, *rest])]
        assert not [it for it in LEVELS if it in " ".join([first, *rest])]
