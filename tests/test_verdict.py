"""The verdict: calibrated without a difference, strong enough with one, silent where it must be."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dino.config import Config
from dino.experiments.plan import make_plan
from dino.experiments.verdict import band, differences, judge, limits
from dino.experiments.words import ladder_sentences, verdict_sentences

SEEDS, SPLITS = 0.01, 0.07  # how far a seed and a split move a loss (one standard deviation)
SIZES = [(2, 1, 3, 3), (2, 5, 3, 3), (6, 1, 3, 3), (6, 5, 3, 3), (3, 1, 3, 1), (2, 1, 8, 1)]


def simulate(count, shape, seed=1, between=0.0, noisy=1.0):
    """Losses of experiments without a difference. between: what a split adds to one level alone;
    noisy: how many times as much as others the first level moves by seeds and by splits.
    """
    L, R, S, K = shape
    random = np.random.default_rng(seed)
    times = np.where(np.arange(L) == 0, noisy, 1.0)[:, None, None, None]
    return (
        1.7
        + SPLITS * random.standard_normal((count, 1, 1, S, 1))
        + times * between * random.standard_normal((count, L, R, S, 1))
        + times * SEEDS * random.standard_normal((count, L, R, S, K))
    )


def share_called(losses):
    """In what share of experiments any pair is clear."""
    return differences(losses).clear.any((-1, -2)).mean()


def share_found(shape, count, gap=0.03):
    """In what share of experiments a level that is lower by `gap` is clearly lower."""
    losses = simulate(count, shape)
    losses[:, 0] -= gap
    return differences(losses).clear[:, 1, 0].mean()


def one_rate_counts(losses):
    """The worst case of choosing: all rates of the first level are equal, of others one counts."""
    worse = losses.copy()
    worse[:, 1:, 1:] += 1
    return worse


@pytest.mark.parametrize("shape", SIZES)
def test_chance_alone_seldom_makes_a_winner(shape):
    bound = 0.055 + 3 * math.sqrt(0.05 * 0.95 / 1000)
    for between in (0, 0.02):
        losses = simulate(1000, shape, between=between)
        assert max(share_called(losses), share_called(one_rate_counts(losses))) <= bound


@pytest.mark.long
@pytest.mark.parametrize("shape", SIZES)
def test_of_10_000_experiments_without_a_difference_few_have_a_winner(shape):
    for between in (0, 0.005, 0.01, 0.015, 0.02, 0.03, 0.1):
        losses = simulate(10_000, shape, between=between)
        assert max(share_called(losses), share_called(one_rate_counts(losses))) <= 0.055


@pytest.mark.parametrize("shape", [(2, 5, 3, 3), (3, 1, 3, 3), (6, 1, 3, 3), (6, 5, 3, 3)])
def test_a_level_that_seeds_move_more_than_the_others_makes_no_winner(shape):
    bound = 0.055 + 3 * math.sqrt(0.05 * 0.95 / 1000)
    for noisy in (3, 10):
        for between in (0, 0.01, 0.03):
            assert share_called(simulate(1000, shape, between=between, noisy=noisy)) <= bound


def test_the_error_of_a_pair_with_such_a_level_is_larger_and_no_other_is_smaller():
    losses = simulate(1, (3, 1, 3, 3), noisy=10)[0]
    of_pairs = {
        frozenset((it.lower, it.higher)): it.difference.error for it in judge(losses).comparisons
    }
    assert of_pairs[frozenset((0, 1))] == of_pairs[frozenset((0, 2))] > of_pairs[frozenset((1, 2))]


def test_a_difference_of_three_hundredths_is_found():
    bound = 0.9 - 3 * math.sqrt(0.9 * 0.1 / 1000)
    assert share_found((2, 1, 3, 3), 1000) >= bound
    assert share_found((6, 1, 3, 3), 1000) >= bound


@pytest.mark.long
@pytest.mark.parametrize(
    ("shape", "least"), [((2, 1, 3, 3), 0.9), ((6, 5, 3, 3), 0.9), ((2, 5, 4, 3), 0.9)]
)
def test_in_10_000_experiments_it_is_found(shape, least):
    assert share_found(shape, 10_000) >= least


def test_what_the_page_says_of_the_price_of_a_ladder():
    assert share_found((2, 5, 3, 3), 2000) == pytest.approx(0.5, abs=0.05)
    assert share_found((2, 5, 4, 3), 2000) == pytest.approx(0.95, abs=0.02)
    three, four = (make_plan(Config(), ["optimizer=SGD,Adam"], 3, splits) for splits in (3, 4))
    assert "about 95 of 100" in str(ladder_sentences(three)[-1])
    assert len(ladder_sentences(four)) == 1


def test_with_one_seed_the_limits_are_students_and_tukeys():
    from scipy.stats import studentized_range, t

    for splits in (3, 5, 8):
        assert limits(2, 1, splits, 1).splits == pytest.approx(t.isf(0.025, splits - 1), rel=0.02)
    tukey = studentized_range.isf(0.05, 6, 10) / math.sqrt(2)
    assert limits(6, 1, 3, 1).splits == pytest.approx(tukey, rel=0.01)


def test_more_pairs_and_more_rates_take_a_larger_difference():
    assert limits(6, 1, 9, 1).splits < limits(6, 5, 9, 1).splits
    assert limits(2, 1, 9, 1).splits < limits(2, 5, 9, 1).splits
    assert limits(2, 1, 3, 3).both < limits(2, 1, 3, 3).splits


def test_a_difference_is_the_mean_of_the_paired_ones_and_its_error_theirs():
    losses = simulate(1, (2, 1, 4, 1), between=0.02)[0]
    (found,) = judge(losses).comparisons
    paired = losses[found.higher, 0, :, 0] - losses[found.lower, 0, :, 0]
    assert found.difference.lower_by == pytest.approx(paired.mean())
    assert found.difference.error == pytest.approx(paired.std(ddof=1) / math.sqrt(4))


def test_what_a_split_adds_to_all_levels_changes_nothing():
    losses = simulate(1, (3, 2, 3, 3))[0]
    moved = losses + np.array([0.3, -0.2, 5.0])[:, None]
    for one, other in zip(judge(losses).comparisons, judge(moved).comparisons, strict=True):
        assert one[:2] == other[:2] and one.is_clear == other.is_clear
        assert one.difference[:2] == pytest.approx(other.difference[:2])


def test_each_level_is_taken_at_its_best_rate_and_the_winner_is_below_all_others():
    losses = simulate(1, (3, 3, 3, 3))[0]
    losses[0, 2] -= 0.5
    losses[2, 1] -= 0.2
    found = judge(losses)
    assert found.rates[0] == 2 and found.rates[2] == 1 and found.winner == 0
    assert found.means[0] == pytest.approx(losses[0, 2].mean())
    assert [it[:2] for it in found.comparisons] == [(0, 2), (0, 1), (2, 1)]
    assert judge(simulate(1, (3, 1, 3, 3))[0]).winner is None


def test_a_rate_without_a_loss_is_no_best_one_and_a_level_without_any_is_left_out():
    losses = simulate(1, (3, 2, 3, 2))[0]
    losses[0, 0, 1, 1], losses[1, :, 0, 0] = np.nan, np.inf
    losses[0, 0, 0, 0] = -100
    found = judge(losses)
    assert found.rates[:2] == (1, None) and found.means[1] is None
    assert [{it.lower, it.higher} for it in found.comparisons] == [{0, 2}]
    alone = judge(losses[:2])
    assert alone.comparisons == () and alone.winner is None


def words_of(losses, levels=("SGD", "Adam"), rates=((0.1,), (0.01,))):
    return [str(it) for it in verdict_sentences(judge(losses), levels, rates)]


def test_the_words_say_which_is_lower_by_how_much_of_how_many():
    losses = simulate(1, (2, 1, 3, 3))[0]
    losses[1] -= 0.1
    found = judge(losses).comparisons[0]
    first, last = words_of(losses)
    assert first == (
        f"The held-out loss of Adam is {found.difference.lower_by:.3f} ± "
        f"{found.difference.error:.3f} nats lower than that of SGD."
    )
    assert last == (
        "1 comparison, 1 clear, over 3 splits with 3 seeds each. By chance alone, it would be "
        "clear in at most 5 of 100 such experiments."
    )


def test_the_words_say_what_is_too_close_to_call():
    losses = simulate(1, (3, 1, 3, 1))[0]
    words = words_of(losses, ("a", "b", "c"), ((1.0,),) * 3)
    assert all("too close to call" in it for it in words[:3])
    assert words[3].startswith("3 comparisons, 0 clear, over 3 splits with 1 seed each")


def test_the_words_name_the_rates_and_a_ladder_that_ends_too_early():
    losses = simulate(1, (2, 3, 3, 3))[0]
    losses[0, 1] -= 0.2
    losses[1, 2] -= 0.1
    words = words_of(losses, rates=((0.1, 0.3, 1.0), (0.001, 0.003, 0.01)))
    assert "lowest mean loss: SGD 0.3, Adam 0.01." in words[1]
    assert (
        words[2]
        == "0.01 is at the end of the rates tried for Adam, so a better one may lie beyond."
    )
    assert len(words) == 4


def test_without_two_splits_or_two_levels_there_is_no_verdict_but_the_reason():
    losses = simulate(1, (2, 1, 1, 3))[0]
    (found,) = words_of(losses)
    assert "there is only one" in found and "two splits" in found
    assert judge(losses).winner is None
    losses = simulate(1, (2, 1, 3, 3))[0]
    losses[1, 0, 0, 0] = np.nan
    left_out, reason = words_of(losses)
    assert left_out.startswith("Adam is left out") and "fewer than two levels" in reason


def test_levels_that_are_equal_are_too_close_to_call():
    losses = np.tile(simulate(1, (1, 1, 3, 3))[0], (2, 1, 1, 1))
    (found,) = judge(losses).comparisons
    assert found.difference.lower_by == 0 and not found.is_clear


def test_the_band_is_the_mean_and_the_spread_and_ends_with_the_first_member():
    curves = np.array([[3.0, 2.0, np.nan, 9.0], [5.0, 2.0, 1.0, 1.0]])
    mean, low, high = band(curves)
    assert mean[:2].tolist() == [4.0, 2.0] and np.isnan(mean[2:]).all()
    assert high[:2] - mean[:2] == pytest.approx([math.sqrt(2), 0])
    assert mean[:2] - low[:2] == pytest.approx([math.sqrt(2), 0])
    assert band(curves[1:]).low.tolist() == curves[1].tolist()
