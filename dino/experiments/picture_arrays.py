"""What an experiment's pictures show, as arrays: from its plan and its members' losses.

    ladders(plan, losses)    grid_of(plan, losses)
    bands(plan, curves_of(plan, members, outcomes, verdict))

Letters used for shapes: L levels, R rates of the ladder, S splits, K seeds, E moments. `losses` (L,
R, S, K) are in nats per symbol, NaN for a member without a loss. A mean is over all members. If one
has no loss there is no mean, because the mean of the rest would be of other members.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from dino.charts.bet_axis import Belief
from dino.charts.factors import MOST_LEVELS, FactorGrid, Ladder, LevelBand
from dino.config import SETTINGS
from dino.experiments.bet import Bet
from dino.experiments.member import Outcome
from dino.experiments.plan import RATE, Factor, Member, Plan
from dino.experiments.value_words import value_label
from dino.experiments.verdict import Verdict, band
from dino.locale.sentences import Sentence, Text

Curve = tuple[int, Sequence[int], Sequence[float]]  # a member's level, steps (E,), losses (E,)


def means_of(losses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean of each level at each rate, and its standard error over the splits. (L, R) each

    The error is NaN if there is one split. It includes what a split adds to all levels, so it says
    less about a difference between two levels than the verdict does.
    """
    L, R, S, K = losses.shape
    if not S * K:
        return np.full((L, R), np.nan), np.full((L, R), np.nan)
    finite = np.where(np.isfinite(losses), losses, np.nan)
    cells = finite.mean(-1)  # (L, R, S); NaN if any seed has no loss
    errors = cells.std(-1, ddof=1) / np.sqrt(S) if S > 1 else np.full((L, R), np.nan)
    return cells.mean(-1), errors


def ladders(plan: Plan, losses: np.ndarray) -> list[Ladder]:
    """A curve over learning rates for each level; only one if the experiment varies just the rate.

    If there are more levels than a picture can show, those with the lowest losses, in the plan's
    order. Empty if nothing was trained at several rates.
    """
    means, errors = means_of(losses)
    rates = np.array(plan.rates)
    names: list[Text] = list(plan.level_sentences())
    if [factor.name for factor in plan.compared] == [RATE]:
        means, errors, rates = means.T, errors.T, rates.T
        names = [Sentence(SETTINGS[RATE].label)]
    if rates.shape[1] < 2:
        return []
    found = []
    for name, *row in zip(names, rates, means, errors, strict=True):
        order = np.argsort(row[0], kind="stable")
        level, mean, error = (values[order] for values in row)
        best = int(np.nanargmin(mean)) if np.isfinite(mean).any() else None
        found.append(Ladder(name, level, mean, error, best))
    lowest = [np.inf if it.best is None else float(it.means[it.best]) for it in found]
    return [found[i] for i in _lowest(lowest)]


def _lowest(losses: Sequence[float]) -> list[int]:
    """The places of the lowest of these, as many as a picture can show, in their order."""
    return sorted(np.argsort(losses, kind="stable")[:MOST_LEVELS].tolist())


def grid_of(plan: Plan, losses: np.ndarray) -> FactorGrid | None:
    """Two factors as rows and columns; None for an experiment with one factor.

    Each pair of levels is taken at its best rate if it has several.
    """
    if len(plan.factors) < 2:
        return None
    means, _ = means_of(losses)
    if len(plan.compared) == 2:
        rows, columns = plan.compared
        shape = len(rows.levels), len(columns.levels)
        best = np.where(np.isfinite(means), means, np.inf).argmin(1)[:, None]
        rates = np.take_along_axis(np.array(plan.rates), best, 1).reshape(shape)
        own = rates if means.shape[1] > 1 else None
        means = np.take_along_axis(means, best, 1).reshape(shape)
        return FactorGrid(*_titles(rows, columns), _labels(rows), _labels(columns), means, own)
    (rows,) = plan.compared
    (columns,) = (factor for factor in plan.factors if factor.name == RATE)
    return FactorGrid(*_titles(rows, columns), _labels(rows), _labels(columns), means, None)


def _titles(rows: Factor, columns: Factor) -> tuple[Sentence, Sentence]:
    return Sentence(SETTINGS[rows.name].label), Sentence(SETTINGS[columns.name].label)


def _labels(factor: Factor) -> list[Text]:
    """The levels of a factor, without its name."""
    return [value_label(factor.name, level) for level in factor.levels]


def curves_of(
    plan: Plan, members: Iterable[Member], outcomes: Iterable[Outcome], verdict: Verdict | None
) -> list[Curve]:
    """The curve of each of the first members that has one. members: of the plan, in its order.

    Once there is a verdict, only those at each level's best learning rate.
    """
    rates: Sequence[int | None] = (None,) * plan.shape[0] if verdict is None else verdict.rates
    if plan.shape[1] == 1:
        rates = (0,) * plan.shape[0]
    return [
        (
            member.place.level,
            outcome.val_steps,
            [math.nan if it is None else it for it in outcome.val_losses],
        )
        for member, outcome in zip(members, outcomes, strict=False)
        if member.place.rate == rates[member.place.level] and outcome.val_steps
    ]


def bands(plan: Plan, curves: Iterable[Curve]) -> list[LevelBand]:
    """The mean and the spread of the curves of each level that has any.

    If there are more levels than a picture can show, those that end lowest, in the plan's
    order. A band has the steps at which each of its members was measured, up to the first step
    where one has no loss.
    """
    names, of_level = plan.level_sentences(), dict[int, list[dict[int, float]]]()
    for level, steps, losses in curves:
        # A step that was measured twice, because the run diverged there, counts with its second
        # loss.
        points = dict(zip(map(int, steps), map(float, losses), strict=True))
        of_level.setdefault(level, []).append(points)
    found = [_band(names[level], of_level[level]) for level in sorted(of_level)]
    last = [it.mean[-1] if len(it.mean) else np.inf for it in found]
    return [found[i] for i in _lowest(last)]


def _band(name: Text, curves: Sequence[dict[int, float]]) -> LevelBand:
    """curves: each member's losses by step."""
    steps = sorted(set.intersection(*(set(points) for points in curves)))
    losses = np.array([[points[step] for step in steps] for points in curves])
    whole = band(losses.reshape(len(curves), len(steps)))
    drawn = np.isfinite(whole.mean)
    mean, low, high = (values[drawn] for values in whole)
    return LevelBand(name, np.array(steps, np.int64)[drawn], mean, low, high, len(curves))


def belief_of(bet: Bet) -> Belief:
    """A bet in the form that its picture takes."""
    return Belief(bet.difference, bet.spread)
