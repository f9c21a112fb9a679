"""The pictures of an experiment: over learning rates, as a grid, as mean curves; the bet's."""

from __future__ import annotations

from collections.abc import Sequence

from dino.charts import experiment as charts
from dino.charts.bet import bet_and_result
from dino.experiments.bet import Bet
from dino.experiments.picture_sentences import (
    band_sentences,
    bet_picture_sentences,
    grid_sentences,
    ladder_sentences,
)
from dino.experiments.pictured import bands, belief_of, curves_of, found_of, grid_of, ladders
from dino.experiments.verdict import Verdict
from dino.jobs import Experiment
from dino.locale.sentences import Sentence
from dino.ui.language import language
from dino.ui.plot import plot
from dino.ui.text import show_text


def draw_pictures(experiment: Experiment, verdict: Verdict | None) -> None:
    """The picture that fits what is varied, and the curves; those that have something to show."""
    put = language().put  # looked up once: a picture has hundreds of texts
    plan, losses = experiment.plan, experiment.losses
    levels = len(plan.level_sentences())
    *_, splits, seeds = losses.shape
    found, grid = ladders(plan, losses), grid_of(plan, losses)
    if found and losses.size:
        words = ladder_sentences(found, splits, seeds, levels)
        plot(charts.ladder(found, put), "experiment_ladder", _alt(words))
        _say(words)
    if grid is not None and losses.size:
        words = grid_sentences(grid, splits * seeds)
        plot(charts.grid(grid, put), "experiment_grid", _alt(words), charts.grid_width(grid))
        _say(words)
    curves = bands(plan, curves_of(plan, experiment.members, experiment.outcomes, verdict))
    if curves:
        words = band_sentences(curves, levels, plan.shape[1] > 1)
        plot(charts.band(curves, put), "experiment_curves", _alt(words))
        _say(words)


def draw_bet_picture(bet: Bet, levels: Sequence[Sentence], verdict: Verdict | None = None) -> None:
    """A bet as a distribution; with a verdict beside its result. levels: their names."""
    belief, found = belief_of(bet), found_of(bet, verdict) if verdict is not None else None
    words = bet_picture_sentences(belief, found)
    put = language().put
    figure = bet_and_result(belief, found, levels[bet.lower], levels[bet.higher], put)
    plot(figure, "experiment_bet", _alt(words))
    _say(words)


def _alt(words: list[Sentence]) -> str:
    """What a picture shows, for screen readers."""
    return language().put(words[0]) if words else ""


def _say(words: list[Sentence]) -> None:
    show_text(" ".join(map(language().put, words)))
