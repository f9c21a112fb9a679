"""What a visitor does to the lists of runs and experiments: title, pin, delete, undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from dino.config import SETTINGS
from dino.jobs import Experiment
from dino.jobs.limits import TITLE_LETTERS
from dino.locale.sentences import Refusal, Sentence, comma_list, sentence
from dino.ui import run_titles, state
from dino.ui.bring_up import bring_up
from dino.ui.language import put, say
from dino.ui.server import jobs, this_visit
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end

LONGEST = 10 * TITLE_LETTERS  # characters of a title that are read


def draw_changes() -> None:
    """Say why the last change was refused, and offer to put back the run that was last deleted."""
    with st.container(key="list_changes"):  # a fixed place: changes move no other part
        refused = state.LIST_REFUSAL.get()
        if refused:
            show_text(put(refused))
        removed = jobs().kept_of(this_visit().browser).removed_entries
        if removed:
            words = say("Deleted: {run}.", run=run_titles.run_label(removed[-1]))
            draw_undo(words, "undo_delete", _put_back, removed[-1].token)


def draw_undo(words: str, key: str, put_back: Callable[[str], None], token: str) -> None:
    """Say what was deleted, and draw a button that puts it back. token: what is put back."""
    with st.container(horizontal=True, vertical_alignment="center"):
        show_text(words)
        st.button(say("Undo"), icon=":material/undo:", key=key, on_click=put_back, args=(token,))


def name_run(sent: Any) -> None:
    """Give a run a title. sent: its number and the text."""
    if _is_pair(sent, str):
        _change(lambda browser: jobs().name_run(browser, sent[0], sent[1][:LONGEST]))


def pin_run(sent: Any) -> None:
    """Pin a run or unpin it. sent: its number, and whether to pin it."""
    if _is_pair(sent, bool):
        _change(lambda browser: jobs().pin(browser, sent[0], sent[1]))


def remove_run(sent: Any) -> None:
    """Delete a run. sent: its number."""
    if isinstance(sent, int):
        state.LIST_REFUSAL.set("")
        if jobs().remove(this_visit().browser, sent) == state.RUN_TOKEN.get():
            state.RUN_TOKEN.set("")  # the Lab then begins with another run


@run_to_end
def _put_back(token: str) -> None:
    jobs().put_back(this_visit().browser, token)


def _is_pair(sent: Any, kind: type) -> bool:
    """Whether a browser sent what the table sends: a pair of a number and a value of this type."""
    return (
        isinstance(sent, list)
        and len(sent) == 2
        and isinstance(sent[0], int)
        and isinstance(sent[1], kind)
    )


def _change(act: Callable[[str], None]) -> None:
    """Change the browser's list. If the change is refused, show why."""
    state.LIST_REFUSAL.set("")
    try:
        act(this_visit().browser)
    except Refusal as refusal:
        state.LIST_REFUSAL.set(refusal.sentence)


def varied(experiment: Experiment) -> Sentence:
    """The settings that an experiment varies."""
    return comma_list([Sentence(SETTINGS[it.name].label) for it in experiment.plan.factors])


def called(experiment: Experiment) -> Sentence:
    """The name of an experiment within a sentence."""
    return sentence(
        "experiment {number} ({settings})", number=experiment.number, settings=varied(experiment)
    )


def draw_removed() -> None:
    """Offer to put back the experiment that was last deleted."""
    with st.container(key="experiment_changes"):  # a fixed place for what comes and goes
        removed = jobs().removed_experiments(this_visit().browser)
        if removed:
            words = say("Deleted: {experiment}.", experiment=put(called(removed[-1])))
            draw_undo(words, "undo_delete_experiment", _put_back_experiment, removed[-1].token)


@run_to_end
def remove_experiment(token: str) -> None:
    """Callback: delete an experiment of this browser; ignore any other."""
    for experiment in jobs().experiments_of(this_visit().browser):
        if experiment.token == token:
            jobs().remove_experiment(experiment)
    state.EXPERIMENT.set("")
    bring_up("experiments")  # else Undo is above the window on a phone


@run_to_end
def _put_back_experiment(token: str) -> None:
    """Callback: put the experiment back and show it."""
    for experiment in jobs().removed_experiments(this_visit().browser):
        if experiment.token == token:
            jobs().put_back_experiment(experiment)
            state.EXPERIMENT.set(token)
            state.NEW_EXPERIMENT.set(False)
