"""The browser's experiments: the one that is shown, and how a new one begins."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dino.jobs import Experiment
from dino.locale.sentences import Sentence, sentence
from dino.pages.compare.experiment_changes import draw_removed, varied
from dino.pages.compare.experiment_plan import draw_plan
from dino.pages.compare.experiment_result import draw_experiment
from dino.ui import state
from dino.ui.language import put, say
from dino.ui.server import jobs, this_visit
from dino.ui.widgets import run_to_end


def draw_experiments() -> None:
    """Draw the plan of a new experiment, or one that is at work or over."""
    st.markdown(f"**{say('Experiment')}**")
    draw_removed()
    mine = jobs().experiments_of(this_visit().browser)
    if not mine or state.NEW_EXPERIMENT.get():
        st.caption(
            say(
                "One question: at which level of a setting is the held-out loss lower, by more "
                "than chance explains? Each level is trained with several seeds on several splits."
            )
        )
        if mine:
            st.button(
                say("Back to the experiments"),
                key="experiments_back",
                on_click=_plan_another,
                args=(False,),
                type="tertiary",
            )
        draw_plan()
        return
    experiment = _draw_choice(mine)
    st.button(
        say("Another experiment"),
        icon=":material/add:",
        key="another_experiment",
        on_click=_plan_another,
        args=(True,),
        type="tertiary",
    )
    draw_experiment(experiment)


def _draw_choice(mine: Sequence[Experiment]) -> Experiment:
    """The box of experiments, where there are several; the one that is chosen, or the newest."""
    by_token = {experiment.token: experiment for experiment in mine}
    if len(mine) > 1:
        if state.EXPERIMENT.get() not in by_token:
            state.EXPERIMENT.correct(mine[0].token)
        st.selectbox(
            say("Your experiments"),
            list(by_token),
            format_func=lambda token: put(_title(by_token[token])),
            key=state.EXPERIMENT.key,
            persist_state="session",
        )
    return by_token.get(state.EXPERIMENT.get(), mine[0])


def _title(experiment: Experiment) -> Sentence:
    return sentence("{number}: {settings}", number=experiment.number, settings=varied(experiment))


@run_to_end
def _plan_another(wanted: bool) -> None:
    """Callback: plan another experiment, or no longer."""
    state.NEW_EXPERIMENT.set(wanted)
