"""What several pages show of an experiment: its losses by level, and the actions of its buttons.

A callback acts only on an experiment of this browser.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from dino.experiments.member import MemberNames, Outcome
from dino.experiments.plan import Member, Plan
from dino.jobs import Experiment
from dino.setting import decimal_of
from dino.ui.language import put, say, say_number
from dino.ui.server import jobs, this_visit
from dino.ui.widgets import run_to_end

NONE = "–"


class Shown(Protocol):
    """An experiment of the visitor, or one that was trained in advance."""

    @property
    def plan(self) -> Plan:
        """What is varied, with which seeds on which splits."""

    @property
    def members(self) -> tuple[Member, ...]:
        """Its members, in the plan's order."""

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Those of the members that are over."""

    @property
    def written(self) -> tuple[MemberNames, ...]:
        """What these wrote."""

    @property
    def losses(self) -> np.ndarray:
        """As a verdict takes them. (L, R, S, K)"""


class LevelRow(NamedTuple):
    """A level at one of its learning rates, as cells of a table.

    level, rate: which one; losses: how many members have a loss, their mean and their standard
    deviation.
    """

    level: int
    rate: int
    name: str
    rate_text: str
    losses: tuple[str, str, str]


def level_rows(experiment: Shown) -> list[LevelRow]:
    """A row for each level at each of its rates, over the finished members."""
    plan, by_recipe = experiment.plan, dict[tuple[int, int], list[float]]()
    for member, outcome in zip(experiment.members, experiment.outcomes, strict=False):
        by_recipe.setdefault(member.place[:2], []).append(outcome.loss)
    count = plan.seeds * plan.splits
    return [
        LevelRow(
            level,
            rate,
            put(name),
            say_number(decimal_of(value), ",f"),
            _loss_cells(by_recipe.get((level, rate), []), count),
        )
        for level, name in enumerate(plan.level_sentences())
        for rate, value in enumerate(plan.rates[level])
    ]


def _loss_cells(losses: list[float], count: int) -> tuple[str, str, str]:
    known = np.array([loss for loss in losses if np.isfinite(loss)])
    return (
        say("{done:,} of {count:,}", done=len(known), count=count),
        say_number(float(known.mean()), ".3f") if len(known) else NONE,
        say_number(float(known.std(ddof=1)), ".3f") if len(known) > 1 else NONE,
    )


def act(token: str, action: Callable[[Experiment], object]) -> None:
    """Apply an action to an experiment of this browser; ignore any other."""
    mine = jobs().experiments_of(this_visit().browser)
    experiment = next((it for it in mine if it.token == token), None)
    if experiment is not None:
        action(experiment)


@run_to_end
def pause(token: str) -> None:
    """Callback: pause it. Finished members are kept."""
    act(token, lambda experiment: experiment.pause())


@run_to_end
def go_on(token: str) -> None:
    """Callback: train the remaining members."""
    act(token, lambda experiment: experiment.play())


@run_to_end
def stop_experiment(token: str) -> None:
    """Callback: end it for good, and keep the finished members."""
    act(token, lambda experiment: experiment.stop())
