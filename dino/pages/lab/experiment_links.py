"""From the Lab to an experiment on Compare that repeats a comparison with several seeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from dino.config import Config
from dino.presets import place_of, single_changes
from dino.ui import current_run, settings, state
from dino.ui.bring_up import bring_up
from dino.ui.language import say
from dino.ui.state import Value
from dino.ui.text import typed_levels
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    from dino.jobs import RunHandle

SEEDS, SPLITS = 5, 3


def draw_single_change(job: RunHandle) -> None:
    """For a run between First success and Best LSTM: offer an experiment on its last change."""
    place = place_of(job.config)
    if place:
        before, after = single_changes(job.config)[place - 1 : place + 1]
        (change,) = settings.change_words(before, after)
        label = say("Compare with five seeds: {change}", change=change)
        draw_link(job, label, after, levels_between(before, after))


def levels_between(before: Config, after: Config) -> dict[str, tuple[Any, Any]]:
    """Each setting in which two recipes differ, with both values."""
    return {name: (getattr(before, name), getattr(after, name)) for name in before.changes(after)}


def draw_link(job: RunHandle, label: str, recipe: Config, levels: Mapping[str, Any]) -> None:
    """A button that leads to an experiment on a recipe. levels: of each setting that is varied.

    It works only for the owner of the page's run.
    """
    st.button(
        label,
        icon=":material/experiment:",
        type="tertiary",
        key="again_with_seeds",
        disabled=not current_run.may_act(job),
        help=say(
            "Sets up an experiment on the Compare page, which trains each level with five seeds "
            "on three splits. Start it there."
        ),
        on_click=_set_up,
        args=(recipe, levels),
    )


@run_to_end
def _set_up(recipe: Config, levels: Mapping[str, Any]) -> None:
    """Callback: put a recipe on the controls, fill the boxes of an experiment, and go there."""
    settings.show_recipe(recipe)
    first, second, *_ = (*levels, None)
    values: dict[Value[Any], Any] = {
        state.FACTOR: first,
        state.SECOND_FACTOR: second,
        state.SEEDS: SEEDS,
        state.SPLITS: SPLITS,
        state.NEW_EXPERIMENT: True,
        **{state.levels_of(name): typed_levels(name, found) for name, found in levels.items()},
        state.WANTED_PAGE: "compare",
        state.REDRAW: True,  # the next run of the page's script goes there
    }
    state.set_all({value.key: wanted for value, wanted in values.items()})
    bring_up("experiments")
