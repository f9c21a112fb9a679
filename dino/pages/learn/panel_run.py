"""A network trained in a lesson, and the figures that it gives."""

from __future__ import annotations

from collections.abc import Mapping

from dino.lessons.lesson import Value
from dino.lessons.panels import ON_CHART
from dino.lessons.run_figures import run_figures
from dino.pages.learn.stage import Stage
from dino.pages.learn.training import Bet, draw_training
from dino.ui import learnt


def draw_run(stage: Stage) -> Mapping[str, Value]:
    """Train the lesson's recipe as a run of the visitor's own, which the other pages show, too."""
    entry = draw_training(stage.config, stage.key("run"), bets=_bets(stage))
    return {} if entry is None else run_figures(entry.run)


def _bets(stage: Stage) -> list[Bet]:
    """The bets on figures of its loss chart that were placed before it was opened."""
    found: list[Bet] = []
    for name in stage.step.of:
        asked, answer = stage.lesson.step(name), learnt.progress().answer(stage.lesson, name)
        if asked is None or answer is None or answer.values is None:
            continue
        for item, value in zip(asked.items, answer.values, strict=False):  # chips have no items
            if item.is_number and item.answer in ON_CHART:
                found.append((ON_CHART[str(item.answer)], float(value)))
    return found
