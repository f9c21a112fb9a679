"""Which of several runs ends with the lowest loss: said only beyond what chance explains."""

from __future__ import annotations

from itertools import combinations
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dino.metrics import loss_difference
from dino.standing import (
    CHANCE,
    FEWEST,
    LISTED,
    Standing,
    clear_factor,
    left_out_sentences,
    standing,
    standing_sentences,
)

SYMBOLS = np.full(100, 10)


def noisy(rng: np.random.Generator, mean: float = 2.0, names: int = 100) -> np.ndarray:
    """The summed losses of one run's names, whose own difficulty is not shared with others."""
    return 10 * (mean + 0.2 * rng.standard_normal(names))


def said_of(found: Standing | None) -> str:
    assert found is not None
    return " ".join(map(str, standing_sentences(found)))


def test_fewer_than_two_runs_with_a_finite_loss_have_no_standing() -> None:
    run = noisy(np.random.default_rng(0))
    assert standing({}, SYMBOLS) is None is standing({1: run}, SYMBOLS)
    assert standing({1: run, 2: run * np.nan}, SYMBOLS) is None
    assert standing({1: run, 2: run * np.inf, 3: run + 1}, SYMBOLS).runs == 2


@pytest.mark.parametrize("runs", [2, 3, 5, 20])
def test_chance_calls_any_two_of_equal_runs_apart_no_more_often_than_it_may(runs: int) -> None:
    pairs = len(list(combinations(range(runs), 2)))
    beyond = 2 * (1 - NormalDist().cdf(clear_factor(runs)))  # lower or higher
    assert pairs * beyond == pytest.approx(CHANCE)


def test_the_lowest_is_named_with_its_loss_and_the_runs_that_chance_may_explain() -> None:
    rng = np.random.default_rng(1)
    shared = noisy(rng)
    losses = {1: shared + 10, 9: shared + 0.2 * rng.standard_normal(100), 14: shared - 0.02}
    found = standing(losses, SYMBOLS)
    assert (found.lowest, found.close, found.runs, found.names) == ((14,), (9,), 3, 100)
    assert found.loss == pytest.approx(losses[14].sum() / 1000)
    assert said_of(found) == (
        f"Of 3 runs on the same names, run 14 ends with the lowest held-out loss so far: "
        f"{found.loss:.3f}. The difference from run 9 is too close to call."
    )
    apart = said_of(standing({1: shared + 10, 14: shared}, SYMBOLS))
    assert apart.endswith("The loss of the other run is higher by more than chance explains.")


def test_equal_runs_share_the_lowest_loss_and_few_names_call_none_better() -> None:
    run = noisy(np.random.default_rng(2))
    assert standing({1: run, 2: run.copy(), 3: run + 9}, SYMBOLS).lowest == (1, 2)
    assert said_of(standing({2: run, 1: run}, SYMBOLS)).startswith(
        "Of 2 runs on the same names, runs 1, 2 end with the same held-out loss, the lowest of all"
    )
    few = FEWEST - 1
    found = standing({1: run[:few], 2: run[:few] + 9}, SYMBOLS[:few])
    assert found.close == (2,) and said_of(found).endswith(
        "With fewer than 20 names, no run is called better."
    )


def test_of_many_close_runs_a_few_are_told_and_how_many_more() -> None:
    def told(close: int, others: int) -> str:
        numbers = tuple(range(2, 2 + close))
        return said_of(Standing((1,), 1.5, numbers, 1 + others, 100))

    assert told(9, 9).endswith("from all the others are too close to call.")
    assert told(LISTED, 20).endswith(" runs 2, 3, 4, 5, 6, 7 are too close to call.")
    assert told(LISTED + 3, 20).endswith(" 2, 3, 4, 5, 6, 7 and 3 more are too close to call.")
    assert "better" not in told(3, 9) and "because" not in told(3, 9)


@given(st.integers(0, 10_000), st.integers(2, 8))
def test_close_are_exactly_those_within_the_limit_for_that_many_runs(seed: int, runs: int) -> None:
    rng = np.random.default_rng(seed)
    losses = {i: noisy(rng, 2 + 0.03 * i) for i in range(1, runs + 1)}
    found = standing(losses, SYMBOLS)
    means = {i: it.sum() / SYMBOLS.sum() for i, it in losses.items()}
    assert means[found.lowest[0]] == min(means.values())
    for i in {*losses} - {*found.lowest}:
        gap, error = loss_difference(losses[i], losses[found.lowest[0]], SYMBOLS)
        assert (i in found.close) == (gap <= clear_factor(runs) * error)


@pytest.mark.parametrize("runs", [2, 5, 14])
def test_of_equally_good_runs_any_is_called_higher_in_one_of_twenty_visits_at_most(
    runs: int,
) -> None:
    rng, visits = np.random.default_rng(runs), 1000
    called = 0
    for _ in range(visits):
        found = standing({i: noisy(rng) for i in range(runs)}, SYMBOLS)
        called += len(found.lowest) + len(found.close) < runs
    expected = CHANCE * visits
    assert called <= expected + 3 * np.sqrt(expected)


def test_runs_that_are_not_counted_are_told_and_why() -> None:
    assert left_out_sentences([], []) == []
    assert [str(it) for it in left_out_sentences([3], [4, 5])] == [
        "Run 3 is still training and is not counted yet.",
        "Runs 4, 5 are not counted because their losses are not known name by name.",
    ]
