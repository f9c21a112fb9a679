"""The pictures of an experiment: by learning rate, as a grid, as mean curves; and of the bet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dino.charts import factors as charts
from dino.charts.bet_axis import bet_and_result, bet_walk
from dino.experiments.bet import Bet
from dino.experiments.picture_arrays import bands, belief_of, curves_of, grid_of, ladders
from dino.experiments.picture_sentences import (
    band_sentences,
    bet_picture_sentences,
    grid_sentences,
    ladder_sentences,
)
from dino.experiments.verdict import Verdict
from dino.jobs import Experiment
from dino.locale.sentences import Sentence
from dino.ui.language import language
from dino.ui.plot import plot
from dino.ui.server import this_visit
from dino.ui.text import show_text

if TYPE_CHECKING:
    from dino.charts.base import Figure


class Picture(NamedTuple):
    """A figure, its key on the page, what it shows, and the pixels below which it scrolls."""

    figure: Figure
    key: str
    words: list[Sentence]
    least_width: int = 0


def draw_pictures(experiment: Experiment, verdict: Verdict | None) -> None:
    """Draw the picture that fits what is varied, and the curves, if they have something to show."""
    source = source_of(experiment, verdict)
    for it in this_visit().make_once(
        "experiment_pictures", source, lambda: list(_pictures(experiment, verdict))
    ):
        plot(it.figure, it.key, _alt(it.words), it.least_width)
        _say(it.words)


def source_of(experiment: Experiment, verdict: Verdict | None) -> tuple[str, int, bool, str]:
    """A key for an experiment's pictures and rows; it changes when they do.

    It consists of its finished members, whether it has its verdict, and the language.
    """
    return experiment.token, len(experiment.outcomes), verdict is not None, language().code


def _pictures(experiment: Experiment, verdict: Verdict | None) -> Iterator[Picture]:
    put = language().put  # looked up once, because a picture has hundreds of texts
    plan, losses = experiment.plan, experiment.losses
    levels = len(plan.level_sentences())
    *_, splits, seeds = losses.shape
    found, grid = ladders(plan, losses), grid_of(plan, losses)
    if found and losses.size:
        words = ladder_sentences(found, splits, seeds, levels)
        yield Picture(charts.ladder(found, put), "experiment_ladder", words)
    if grid is not None and losses.size:
        words = grid_sentences(grid, splits * seeds)
        width = charts.grid_width(grid)
        yield Picture(charts.grid(grid, put), "experiment_grid", words, width)
    curves = bands(plan, curves_of(plan, experiment.members, experiment.outcomes, verdict))
    if curves:
        words = band_sentences(curves, levels, plan.shape[1] > 1)
        yield Picture(charts.band(curves, put), "experiment_curves", words)


def draw_bet_picture(bet: Bet, levels: Sequence[Sentence], verdict: Verdict | None = None) -> None:
    """Draw a bet as a distribution, with a verdict beside its result. levels: their names."""
    belief, found = belief_of(bet), None if verdict is None else bet.result(verdict)
    words = bet_picture_sentences(belief, found)
    put = language().put
    figure = bet_and_result(belief, found, levels[bet.lower], levels[bet.higher], put)
    walk = bet_walk(belief, found, put)
    alt = "; ".join(it["text"] for lane in walk["lanes"] for it in lane["stops"])
    plot(figure, "experiment_bet", alt, walk=walk)
    _say(words)


def _alt(words: list[Sentence]) -> str:
    """What a picture shows, in words for screen readers."""
    return language().put(words[0]) if words else ""


def _say(words: list[Sentence]) -> None:
    show_text(" ".join(map(language().put, words)))
