"""What an experiment is called, and how it is deleted and put back."""

from __future__ import annotations

import streamlit as st

from dino.config import SETTINGS
from dino.jobs import Experiment
from dino.locale.sentences import Sentence, comma_list, sentence
from dino.pages.compare.list_changes import draw_undo
from dino.ui import state
from dino.ui.bring_up import bring_up
from dino.ui.language import put, say
from dino.ui.server import jobs, this_visit
from dino.ui.widgets import run_to_end


def varied(experiment: Experiment) -> Sentence:
    """The settings that it varies."""
    return comma_list([Sentence(SETTINGS[it.name].label) for it in experiment.plan.factors])


def called(experiment: Experiment) -> Sentence:
    """What an experiment is called within a sentence."""
    return sentence(
        "experiment {number} ({settings})", number=experiment.number, settings=varied(experiment)
    )


def draw_removed() -> None:
    """How the experiment that was deleted last comes back."""
    with st.container(key="experiment_changes"):  # what comes and goes in it keeps this place
        removed = jobs().removed_experiments(this_visit().browser)
        if removed:
            words = say("Deleted: {experiment}.", experiment=put(called(removed[-1])))
            draw_undo(words, "undo_delete_experiment", _put_back, removed[-1].token)


@run_to_end
def remove(token: str) -> None:
    """Callback: delete an experiment of this browser; no other one."""
    for experiment in jobs().experiments_of(this_visit().browser):
        if experiment.token == token:
            jobs().remove_experiment(experiment)
    state.EXPERIMENT.set("")
    bring_up("experiments")  # on a phone what puts it back is above the window otherwise


@run_to_end
def _put_back(token: str) -> None:
    """Callback: undo that, and show the experiment."""
    for experiment in jobs().removed_experiments(this_visit().browser):
        if experiment.token == token:
            jobs().put_back_experiment(experiment)
            state.EXPERIMENT.set(token)
            state.NEW_EXPERIMENT.set(False)
