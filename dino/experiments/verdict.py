"""Which levels of a factor have a lower loss than others, by more than chance explains.

Letters used for shapes: L levels, R rates of the ladder, S splits, K seeds, M members, E moments.
`losses` (…, L, R, S, K) are in nats per symbol; … are any leading axes, say simulated experiments.

Seeds are averaged within a split, and each level is taken at the rate with the lowest mean. Levels
are paired within a split, so what a split adds to all of them cancels. The splits are the units,
but three of them tell little about their own spread. With two levels, Student's t (2 degrees of
freedom) finds a difference of 0.03 in 87 of 100 experiments if seeds move a run by 0.01. So the
error is pooled over all levels (the residual of the two-way layout split × level). It also uses the
seeds: what remains between splits can hardly be less than the seeds alone explain. The error is the
mean of both estimates, unless splits move the differences clearly more than seeds do. Then only the
splits count ("sometimes pooling": Bozivich, Bancroft and Hartley 1956).

The limits come from simulated experiments without a difference, and hold however much the splits
add. All pairs are compared at once (Tukey's studentized range, with both errors). In the worst case
of choosing, the lowest of R equal rates is compared with a level at a single rate; the limits are
for that case. This has a price. With three splits of three seeds, a difference of 0.03 between two
levels is found in 91 of 100 experiments, but only in half of them over five rates each, and in 95
with a fourth split.

If seeds move a level more than the others, say near a rate that diverges, its pairs have a larger
error, in the proportion of the seeds' variances. No level has a smaller one.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from dino.difference import Difference, Side

CHANCE = 0.05  # how often chance alone may call any pair of an experiment different
# The part of CHANCE for verdicts from splits only; and how often seeds alone lead to such a
# verdict.
SPLITS_ALONE, SWITCH = 0.03, 0.05
DRAWS = 100_000  # simulated experiments; `CHANCE` is met within 0.0007
DRAWS_AT_ONCE = 10_000
# The variance that splits add to a difference, as a multiple of the seeds'. If it is large, only
# the splits count.
ADDED = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 40.0, 80.0, 200.0)


class Limits(NamedTuple):
    """When a difference is clear, in standard errors.

    switch: how many times the seeds' variance that of the splits may be before only the splits
    count (0 if there is one seed); both, splits: the limit with both estimates, and with the
    splits' only
    """

    switch: float
    both: float
    splits: float


class Differences(NamedTuple):
    """All pairs of levels, each at its best rate.

    rates (…, L): the index of each level's best rate; means (…, L): its mean loss there
    higher (…, L, L): how much higher the loss of the first is than that of the second
    errors (…, L, L): the standard error of each difference; limit (…): how many of it
    make one clear
    """

    rates: np.ndarray
    means: np.ndarray
    higher: np.ndarray
    errors: np.ndarray
    limit: np.ndarray

    @property
    def clear(self) -> np.ndarray:
        """Whether the loss of the first is clearly higher than that of the second. (…, L, L)"""
        clear: np.ndarray = self.higher > self.limit[..., None, None] * self.errors
        return clear


def differences(losses: np.ndarray) -> Differences:
    """All pairs of levels. losses (…, L, R, S, K): at least two levels and splits, all finite."""
    *_, L, R, S, K = losses.shape
    by_rate = losses.mean((-1, -2))
    rates = by_rate.argmin(-1)
    chosen = np.take_along_axis(losses, rates[..., None, None, None], -3)[..., 0, :, :]
    means = chosen.mean((-1, -2))
    cells = chosen.mean(-1)  # (…, L, S)
    splits = _remaining(cells)
    variance, limit = splits, np.full(splits.shape, limits(L, R, S, K).splits)
    of_pairs = np.ones((L, L))
    if K > 1:
        by_level = chosen.var(-1, ddof=1).mean(-1) / K  # (…, L)
        seeds = by_level.mean(-1)
        together = splits <= limits(L, R, S, K).switch * seeds
        variance = np.where(together, (splits + seeds) / 2, splits)
        limit = np.where(together, limits(L, R, S, K).both, limit)
        of_pairs = _pair_factors(by_level)
    higher = means[..., :, None] - means[..., None, :]
    # The variance of a difference of two means over S splits has the factor 2 / S.
    errors = np.sqrt(variance[..., None, None] * of_pairs * 2 / S)
    return Differences(rates, means, higher, errors, limit)


def _pair_factors(by_level: np.ndarray) -> np.ndarray:
    """The variance of each pair as a multiple of the pooled variance, at least 1.

    by_level (…, L): the seeds' variance of each level -> (…, L, L). With two levels the pooled
    variance is that of their pair.
    """
    pooled = by_level.mean(-1, keepdims=True)
    times = np.maximum(1.0, by_level / np.where(pooled > 0, pooled, 1.0))
    if by_level.shape[-1] == 2:
        times = np.ones_like(times)
    factors: np.ndarray = (times[..., :, None] + times[..., None, :]) / 2
    return factors


def _remaining(cells: np.ndarray) -> np.ndarray:
    """The variance of the cells after subtracting the means of their level and their split.

    cells (…, L, S) -> (…), with (L − 1)·(S − 1) degrees of freedom.
    """
    L, S = cells.shape[-2:]
    left = cells - cells.mean(-1, keepdims=True) - cells.mean(-2, keepdims=True)
    left += cells.mean((-1, -2), keepdims=True)
    variance: np.ndarray = (left**2).sum((-1, -2)) / ((L - 1) * (S - 1))
    return variance


@cache
def limits(levels: int, rates: int, splits: int, seeds: int) -> Limits:
    """The limits of an experiment of this size, from `DRAWS` simulated ones; the seed is fixed."""
    random = np.random.default_rng(0)
    between = (levels - 1) * (splits - 1)
    ranges = _draw_ranges(random, levels, rates)
    spread = random.chisquare(between, DRAWS) / between  # of what remains between splits
    if seeds == 1:
        return Limits(0.0, 0.0, float(np.quantile(ranges / np.sqrt(spread), 1 - CHANCE)))
    within = levels * splits * (seeds - 1)
    seed_spread = random.chisquare(within, DRAWS) / within
    switch = float(np.quantile(spread / seed_spread, 1 - SWITCH))
    alone = float(np.quantile(ranges / np.sqrt(spread), 1 - SPLITS_ALONE))
    both = max(_both_limit(ranges, spread, seed_spread, added, switch, alone) for added in ADDED)
    return Limits(switch, both, alone)


def _draw_ranges(random: np.random.Generator, levels: int, rates: int) -> np.ndarray:
    """How far the highest level is above the lowest by chance, in standard errors of a difference.

    Of the lowest, the best of `rates` equally good rates counts; of the highest, a
    single rate. (D,)
    """
    found = []
    for _ in range(DRAWS // DRAWS_AT_ONCE):
        means = random.standard_normal((DRAWS_AT_ONCE, levels, rates))
        single, lowest = means[:, :, 0], means.min(2)
        order = np.sort(single, axis=1)
        is_top = single == order[:, -1:]
        highest_other = np.where(is_top, order[:, -2:-1], order[:, -1:])
        found.append((highest_other - lowest).max(1) / np.sqrt(2))
    return np.concatenate(found)


def _both_limit(
    ranges: np.ndarray,
    spread: np.ndarray,
    seed_spread: np.ndarray,
    added: float,
    switch: float,
    alone: float,
) -> float:
    """The limit with both estimates that is needed if splits add `added` to the variance."""
    ranges, spread = ranges * np.sqrt(1 + added), spread * (1 + added)
    together = spread <= switch * seed_spread
    called = (~together & (ranges > alone * np.sqrt(spread))).sum()
    left = int(CHANCE * len(ranges) - called)
    found = np.sort((ranges / np.sqrt((spread + seed_spread) / 2))[together])
    return float(found[-left]) if 0 < left <= len(found) else 0.0


class Comparison(NamedTuple):
    """Two levels, by index, and how much lower the mean loss of `lower` is, over the splits."""

    lower: int
    higher: int
    difference: Difference

    @property
    def is_clear(self) -> bool:
        """Whether the loss of `lower` may be called lower."""
        return self.difference.side is Side.LOWER

    def seen_from(self, level: int) -> Difference:
        """How much lower the loss of this one of the two is."""
        return self.difference if level == self.lower else self.difference.mirrored()


class Verdict(NamedTuple):
    """What an experiment shows.

    comparisons: all pairs of levels that have a loss, the lowest level's first
    rates: the index of each level's best rate; means: its mean loss there; both None if at no rate
    all members have a loss
    splits, seeds: how many there are
    """

    comparisons: tuple[Comparison, ...]
    rates: tuple[int | None, ...]
    means: tuple[float | None, ...]
    splits: int
    seeds: int

    @property
    def winner(self) -> int | None:
        """The level whose loss is clearly lower than that of every other level.

        None if it is too close to call, or if there is nothing to compare.
        """
        compared = [level for level, mean in enumerate(self.means) if mean is not None]
        beaten: dict[int, int] = {}
        for it in self.comparisons:
            beaten[it.lower] = beaten.get(it.lower, 0) + it.is_clear
        most = max(beaten, key=beaten.__getitem__, default=None)
        return most if most is not None and beaten[most] == len(compared) - 1 else None


def judge(losses: np.ndarray) -> Verdict:
    """The verdict on an experiment. losses (L, R, S, K): not finite for a member without a loss.

    A rate at which any member has no loss, because it diverged or failed, is never the best rate.
    With fewer than two splits, or two levels with a loss, nothing is compared.
    """
    L, R, S, K = losses.shape
    complete = np.isfinite(losses).all((-1, -2))  # (L, R)
    with np.errstate(invalid="ignore"):
        by_rate = np.where(complete, losses.mean((-1, -2)), np.inf)
    kept = np.flatnonzero(complete.any(1))
    best = [int(by_rate[level].argmin()) if level in kept else None for level in range(L)]
    means = [None if rate is None else float(by_rate[i, rate]) for i, rate in enumerate(best)]
    comparisons: list[Comparison] = []
    if S > 1 and len(kept) > 1:
        filled = np.where(complete[..., None, None], losses, np.inf)[kept]
        comparisons = _compare(differences(_put_back(filled, complete[kept])), kept, S)
    return Verdict(tuple(comparisons), tuple(best), tuple(means), S, K)


def _put_back(losses: np.ndarray, complete: np.ndarray) -> np.ndarray:
    """The same losses, with a high, finite one at incomplete rates, so that they are
    never the best.
    """
    high = losses[complete].max() + 1.0
    filled: np.ndarray = np.where(complete[..., None, None], losses, high)
    return filled


def _compare(found: Differences, kept: np.ndarray, splits: int) -> list[Comparison]:
    """All pairs of the levels `kept`, in the order of `found`; the lowest level's first."""
    order, limit = np.argsort(found.means, kind="stable"), float(found.limit)

    def beside(low: int, high: int) -> Difference:
        lower_by, error = float(found.higher[high, low]), float(found.errors[high, low])
        return Difference(lower_by, error, splits, limit, enough=2)

    return [
        Comparison(int(kept[low]), int(kept[high]), beside(low, high))
        for place, low in enumerate(order)
        for high in order[place + 1 :]
    ]


class Band(NamedTuple):
    """The mean curve of some members, and one standard deviation below and above it. (E,) each"""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def band(curves: np.ndarray) -> Band:
    """The mean of the members' curves and their spread. curves (M, E): losses at the same moments,
    NaN for a member without a loss.

    It ends where the first member ends, because the mean of the rest would be of other members.
    """
    ended = ~np.isfinite(curves).all(0)
    common = np.where(np.logical_or.accumulate(ended), np.nan, curves)
    mean = common.mean(0)
    spread = common.std(0, ddof=1) if len(curves) > 1 else np.zeros_like(mean)
    return Band(mean, mean - spread, mean + spread)
