"""What an experiment's pictures show, in sentences that are true for any losses."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dino.charts.bet_axis import Belief
from dino.charts.factors import MISSING, MOST_LEVELS, FactorGrid, Ladder, LevelBand, rate_sentence
from dino.difference import Difference
from dino.experiments.words import DIGITS
from dino.locale.sentences import (
    Sentence,
    Text,
    error_sentence,
    number_sentence,
    plural_sentence,
    sentence,
)


def ladder_sentences(
    ladders: Sequence[Ladder], splits: int, seeds: int, levels: int = 0
) -> list[Sentence]:
    """What the curves over the learning rates show.

    splits, seeds: over which each point is a mean; levels: how many the experiment has, if not all
    of them are drawn
    """
    points = sentence(
        "Each point is the mean held-out loss of {members} at a learning rate. The filled point "
        "is the lowest of its curve.",
        members=plural_sentence("{count} member", "{count} members", splits * seeds),
    )
    bars = sentence(
        "Bars and ± show one standard error over the {splits} splits. They include the part of "
        "the loss that a split adds to all levels, so a difference may be clear although the bars "
        "overlap.",
        splits=splits,
    )
    missing = sum(int((~np.isfinite(it.means)).sum()) for it in ladders)
    return [
        points,
        *([bars] if splits > 1 else []),
        *_drawn_sentence(len(ladders), levels),
        *(_lowest_sentence(it) for it in ladders),
        *_missing_sentence(missing),
    ]


def _drawn_sentence(drawn: int, levels: int) -> list[Sentence]:
    if levels <= drawn or drawn < MOST_LEVELS:
        return []
    return [
        sentence(
            "Of {levels} levels, the {drawn} with the lowest losses are drawn.",
            levels=levels,
            drawn=drawn,
        )
    ]


def _lowest_sentence(ladder: Ladder) -> Sentence:
    if ladder.best is None:
        return sentence("{level}: no learning rate has a mean yet.", level=ladder.name)
    mean, error = float(ladder.means[ladder.best]), float(ladder.errors[ladder.best])
    loss = error_sentence(mean, error, DIGITS) if math.isfinite(error) else _loss(mean)
    return sentence(
        "{level}: the lowest mean loss is {loss}, at a learning rate of {rate}.",
        level=ladder.name,
        rate=rate_sentence(ladder.rates[ladder.best]),
        loss=loss,
    )


def _loss(loss: float) -> Sentence:
    return number_sentence(loss, f".{DIGITS}f")


def _missing_sentence(points: int) -> list[Sentence]:
    """How many points are not drawn, and why."""
    if not points:
        return []
    return [
        plural_sentence(
            "{count} point is not drawn because a network there has no held-out loss. It diverged "
            "(its loss grew too large), failed or has not finished training.",
            "{count} points are not drawn because a network at each has no held-out loss. These "
            "networks diverged (their losses grew too large), failed or have not finished "
            "training.",
            points,
        )
    ]


def grid_sentences(grid: FactorGrid, members: int) -> list[Sentence]:
    """What the grid shows. members: over how many each cell is a mean"""
    first = sentence(
        "Each cell is the mean held-out loss of {members}. A frame marks the lowest.",
        members=plural_sentence("{count} member", "{count} members", members),
    )
    found = [first]
    if grid.rates is not None:
        found.append(sentence("Each cell uses the learning rate with its lowest mean loss."))
    if grid.best is None:
        found.append(sentence("No cell has a mean yet."))
    else:
        i, j = grid.best
        found.append(
            sentence(
                "Lowest: {row}, {column}, {loss}.",
                row=_cell_name(grid.rows, grid.row_labels[i]),
                column=_cell_name(grid.columns, grid.column_labels[j]),
                loss=_loss(float(grid.means[i, j])),
            )
        )
    missing = int((~np.isfinite(grid.means)).sum())
    return [*found, *_missing_cells(missing)]


def _cell_name(factor: Text, level: Text) -> Sentence:
    return sentence("{setting} {value}", setting=factor, value=level)


def _missing_cells(cells: int) -> list[Sentence]:
    if not cells:
        return []
    return [
        plural_sentence(
            "{count} cell has {missing} because at least one of its members has no held-out loss. "
            "That member diverged, failed or has not finished training.",
            "{count} cells have {missing} because at least one member of each has no held-out "
            "loss. These members diverged, failed or have not finished training.",
            cells,
            missing=MISSING,
        )
    ]


def band_sentences(
    bands: Sequence[LevelBand], levels: int = 0, has_rates: bool = False
) -> list[Sentence]:
    """What the mean curves and their bands show.

    levels: how many the experiment has, if not all of them are drawn; has_rates: whether each was
    trained at several learning rates
    """
    drawn = [it for it in bands if len(it.mean)]
    if not drawn:
        return [sentence("No member has a held-out curve yet.")]
    first = sentence(
        "Each line is the mean held-out loss of a level's members. The band and ± show one "
        "standard deviation of the members to each side. A line ends where a member has no loss."
    )
    counts = [
        sentence(
            "{level}: {members}, {loss} after update {step:,}.",
            level=it.name,
            members=plural_sentence("{count} member", "{count} members", it.members),
            loss=_loss_with_spread(it),
            step=int(it.steps[-1]),
        )
        for it in drawn
    ]
    alone = sentence("With a single member there is no spread and no band.")
    at_best = sentence("The curves use each level's best learning rate.")
    return [
        first,
        *_drawn_sentence(len(bands), levels),
        *counts,
        *([alone] if any(it.members == 1 for it in drawn) else []),
        *([at_best] if has_rates else []),
    ]


def _loss_with_spread(band: LevelBand) -> Sentence:
    mean = float(band.mean[-1])
    if band.members == 1:
        return _loss(mean)
    return error_sentence(mean, float(band.high[-1]) - mean, DIGITS)


def bet_picture_sentences(bet: Belief | None, found: Difference | None) -> list[Sentence]:
    """What the picture of a bet and its result shows."""
    words = []
    if bet:
        words.append(
            sentence(
                "The hill is your bet. About two thirds of it lie within one spread of its middle."
            )
        )
    if found:
        words.append(
            sentence(
                "The point is the result. Its bar shows one standard error to each side. A "
                "bar that does not reach 0 is not enough to make the result clear."
            )
        )
    return words
