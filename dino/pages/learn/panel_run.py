"""A network trained in a lesson, and the figures that it gives."""

from __future__ import annotations

from collections.abc import Mapping

from dino.lessons.lesson import Value
from dino.lessons.run_figures import run_figures
from dino.pages.learn.stage import Stage
from dino.pages.learn.training import draw_training


def draw_run(stage: Stage) -> Mapping[str, Value]:
    """Train the lesson's recipe as a run of the visitor's own, which the other pages show, too."""
    entry = draw_training(stage.config, stage.key("run"))
    return {} if entry is None else run_figures(entry.run)
