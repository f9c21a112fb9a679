"""The best member of a finished experiment; its run can be opened as a run of the visit."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dino.experiments.member import DONE
from dino.experiments.plan import value_words
from dino.jobs import Experiment, Measurement, RunEntry
from dino.jobs.experiment_best import entry_of_best
from dino.locale.sentences import comma_list
from dino.pages.compare.runs_view import choose, compare
from dino.ui import measurements, run_groups, session, state
from dino.ui.bring_up import bring_up
from dino.ui.language import put, say
from dino.ui.server import jobs, this_visit
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end


def draw_best(experiment: Experiment) -> None:
    """Say which member has the lowest held-out loss. Draw the button that opens its run, or say
    where it is.
    """
    if not experiment.done or experiment.best is None:
        return
    number, run = experiment.best
    names = (*experiment.plan.names, "seed", "split_seed")
    words = comma_list([value_words(name, getattr(run.config, name)) for name in names])
    with st.container(key="best_member", border=True):
        st.markdown(f"**{say('The best member')}**")
        show_text(
            say(
                "Member {number:,}: {settings}. Its held-out loss is {loss:.3f}, the lowest of "
                "{count:,}. Only this member's weights are kept.",
                number=number + 1,
                settings=put(words),
                loss=run.val_loss,
                count=sum(outcome.status == DONE for outcome in experiment.outcomes),
            )
        )
        if experiment.plan.splits > 1:
            st.caption(
                say(
                    "Each split holds out other names, which may be easier or harder. So "
                    "the lowest loss alone does not show that its level or its seed is the "
                    "best."
                )
            )
        _draw_run(experiment)


def _draw_run(experiment: Experiment) -> None:
    entry = _opened(experiment)
    if entry is not None and entry.run.weights is not None:
        _say_where(entry)
    elif state.OPENED_BEST.get() == experiment.token:
        st.progress(_measurement(experiment).share, say("Opening the run…"))
    else:
        st.button(
            say("Open the best member's run"),
            icon=":material/folder_open:",
            key="open_best_member",
            on_click=_open,
            args=(experiment.token,),
        )
        refused = state.BEST_REFUSAL.get()
        if refused:
            show_text(put(refused))


def _say_where(entry: RunEntry) -> None:
    """Say where the opened run is, and what one can do with it."""
    show_text(
        say(
            "It is run {number} of this visit, in the table at the top of this page. Open it from "
            "there in the Lab to write names, save the run or make a report. It cannot be trained "
            "further.",
            number=entry.number,
        )
    )
    if entry.corpus.exam and not _is_examined(entry):
        show_text(
            say(
                "If you choose this run, open the final exam with it in the panel above the curves."
            )
        )
        st.button(
            say("Go to the final exam"),
            icon=":material/arrow_upward:",
            key="go_to_exam",
            on_click=_go_to_exam,
            type="tertiary",
        )
    session.draw_link(session.INSIDE, label=say("Look inside"), icon=":material/search:")


def _is_examined(entry: RunEntry) -> bool:
    """Whether the exam was opened with this run."""
    exams = jobs().kept_of(this_visit().browser).exams
    return exams.find(entry.token, entry.run.kept_step) is not None


@run_to_end
def _go_to_exam() -> None:
    """Callback: scroll to the panel of the exam."""
    bring_up("exam")


@run_to_end
def _open(token: str) -> None:
    """Callback: begin to prepare the run of this experiment's best member."""
    state.BEST_REFUSAL.set("")
    state.OPENED_BEST.set(token)


def _opened(experiment: Experiment) -> RunEntry | None:
    """The best member's run, if it is in the browser's list."""
    mine = jobs().runs_of(experiment.owner)
    return next((entry for entry in mine if entry.token == experiment.best_token), None)


def _measurement(experiment: Experiment) -> Measurement:
    """The work that prepares the run."""
    parts = partial(entry_of_best, experiment, jobs().baselines.count)
    return measurements.measure(("best_member", experiment.token), parts, patience=0.0)


def keep_opened_best() -> None:
    """Once the run is prepared, add it to the list and to the chart, and choose it for the exam.

    Call it before any widget is drawn.
    """
    token = state.OPENED_BEST.get()
    if not token:
        return
    mine = jobs().experiments_of(this_visit().browser)
    experiment = next((it for it in mine if it.token == token), None)
    if experiment is None:
        state.OPENED_BEST.set("")
        return
    found = _measurement(experiment)
    if not found.done:
        return
    this_visit().measurements.pop(("best_member", token), None)
    if found.result is not None:
        jobs().keep_best(found.result)
        opened = compare(run_groups.own_runs())
        state.COMPARED.set(choose(opened, experiment.best_token, True))
        state.EXAM_RUN.set(experiment.best_token)
    state.BEST_REFUSAL.set(found.refusal)
    state.OPENED_BEST.set("")
