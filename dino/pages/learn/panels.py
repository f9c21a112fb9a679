"""The live parts of lessons, by the names that lessons have for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dino.lessons.lesson import Value
from dino.pages.learn.panel_experiment import draw_experiment
from dino.pages.learn.panel_run import draw_run
from dino.pages.learn.stage import Stage

Draw = Callable[[Stage], Mapping[str, Value]]
DRAW: Mapping[str, Draw] = {"run": draw_run, "experiment": draw_experiment}


def draw_panel(stage: Stage) -> Mapping[str, Value]:
    """Draw a step's panel. Returns its figures, those that are there now."""
    return DRAW[stage.step.panel](stage)
