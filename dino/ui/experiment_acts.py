"""Callbacks of the buttons of an experiment: each acts on one of this browser's, on no other."""

from __future__ import annotations

from collections.abc import Callable

from dino.jobs import Experiment
from dino.ui.server import jobs, this_visit
from dino.ui.widgets import run_to_end


def act(token: str, action: Callable[[Experiment], object]) -> None:
    """Apply an action to an experiment of this browser; to no other one."""
    mine = jobs().experiments_of(this_visit().browser)
    experiment = next((it for it in mine if it.token == token), None)
    if experiment is not None:
        action(experiment)


@run_to_end
def pause(token: str) -> None:
    """Callback: pause it. Its members that are done stay."""
    act(token, lambda experiment: experiment.pause())


@run_to_end
def go_on(token: str) -> None:
    """Callback: train the members that are left."""
    act(token, lambda experiment: experiment.play())


@run_to_end
def stop(token: str) -> None:
    """Callback: end it for good, with the members that are done."""
    act(token, lambda experiment: experiment.stop())
