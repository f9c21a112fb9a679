"""The live parts of lessons, by the names that lessons have for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dino.lessons.lesson import Value
from dino.pages.learn.panel_arrangements import draw_arrangements
from dino.pages.learn.panel_axis import draw_axis
from dino.pages.learn.panel_batch import draw_batches
from dino.pages.learn.panel_cell import draw_two_units, draw_without_tanh
from dino.pages.learn.panel_chips import draw_chips, draw_chips_table
from dino.pages.learn.panel_experiment import draw_experiment
from dino.pages.learn.panel_likelier import draw_likelier
from dino.pages.learn.panel_memory import draw_echo, draw_gates, draw_memory_curves
from dino.pages.learn.panel_one_hot import draw_one_hot
from dino.pages.learn.panel_run import draw_run
from dino.pages.learn.panel_step import draw_one_step
from dino.pages.learn.panel_strip import draw_unrolled
from dino.pages.learn.panel_writing import draw_stretch
from dino.pages.learn.stage import Stage
from dino.ui import session
from dino.ui.language import say


def _draw_link(stage: Stage) -> Mapping[str, Value]:
    session.draw_link(
        session.COMPARE, label=say("Open the page Compare"), icon=":material/compare_arrows:"
    )
    return {}


Draw = Callable[[Stage], Mapping[str, Value]]
DRAW: Mapping[str, Draw] = {
    "run": draw_run,
    "experiment": draw_experiment,
    "compare": _draw_link,
    "chips": draw_chips,
    "chips_table": draw_chips_table,
    "arrangements": draw_arrangements,
    "one_hot": draw_one_hot,
    "two_units": draw_two_units,
    "tanh": draw_without_tanh,
    "batches": draw_batches,
    "axis": draw_axis,
    "one_step": draw_one_step,
    "strip": draw_unrolled,
    "stretch": draw_stretch,
    "likelier": draw_likelier,
    "echo": draw_echo,
    "memory_curves": draw_memory_curves,
    "gates": draw_gates,
}


def draw_panel(stage: Stage) -> Mapping[str, Value]:
    """Draw a step's panel. Returns its figures, those that are there now."""
    return DRAW[stage.step.panel](stage)
