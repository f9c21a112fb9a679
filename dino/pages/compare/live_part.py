"""The frame of the Compare page: the part that is redrawn when there is something new.

It includes the final exam of the runs in the chart and the choice of an experiment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dino.jobs import Experiment, RunEntry
from dino.locale.sentences import Sentence, sentence
from dino.pages.compare.curves import draw_curves, draw_example
from dino.pages.compare.experiment_best import keep_opened_best
from dino.pages.compare.headline import draw_headline
from dino.pages.compare.list_changes import draw_changes, draw_removed, varied
from dino.pages.compare.runs_table import draw_other_groups, draw_runs
from dino.pages.compare.runs_view import RunsView, compare, is_running
from dino.ui import current_run, measurements, run_groups, session, state
from dino.ui.bring_up import draw_bring_up
from dino.ui.failures import safe_fragment
from dino.ui.language import put, say, say_plural
from dino.ui.listening import draw_pulse, turn
from dino.ui.run_offer import draw_offer
from dino.ui.run_titles import draw_run_box
from dino.ui.server import jobs, this_visit
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from dino.jobs import RunHandle


def draw_compare() -> None:
    """Draw all of the page below its notices."""
    with st.container(key="compare"):
        safe_fragment(_draw_fragment)()


def _draw_fragment() -> None:
    if session.is_erased() or state.WANTED_PAGE.get():
        st.rerun()
    drawn = turn(this_visit())  # before anything is read, because the run may train meanwhile
    job = current_run.current_job()
    if job is not None:
        current_run.watch(job)
    keep_opened_best()
    compared = compare(run_groups.own_runs())
    draw_changes()
    # Each part has a fixed place. If an element moves to another place, a browser builds it again,
    # which closes an open box in it. The names are drawn last, because they take a while. Parts
    # side by side have their final height from the start (`compared_runs.css`), so that they push
    # nothing down.
    runs = st.container()
    names = st.container(key="names_beside") if compared.groups else st.container()
    curves, together = st.container(), st.container(key="together")
    experiments, measures = st.container(key="experiments"), st.container()
    with runs:
        _draw_runs(compared, job)
    with curves:
        _draw_curves(compared, job)
    with experiments:
        _draw_experiments()
    if compared.groups:
        _draw_samples(compared, names, together, measures)
    draw_bring_up()
    session.update_address("compare")
    measurements.end_unasked("compare")
    draw_pulse(job, drawn=drawn)


def _draw_runs(compared: RunsView, job: RunHandle | None) -> None:
    """Draw the headline and the table; without runs, the offer of a first one."""
    if not compared.groups:
        why = say("This page compares your runs. You have not trained one in this visit yet.")
        if _has_experiments():
            why = say(
                "This page compares your runs. It does not show the members of an experiment."
            )
        draw_offer(job, why)
        return
    draw_headline(compared)
    draw_runs(compared)
    draw_other_groups(compared)


def _draw_curves(compared: RunsView, job: RunHandle | None) -> None:
    """Draw the exam and the curves of the runs in the chart; without runs, an example."""
    if compared.groups:
        with st.container():  # a fixed place: the exam comes and goes without moving the chart
            _draw_exam(compared)
        draw_curves(compared)
    elif not (_has_experiments() or (job is not None and job.running)):
        draw_example()


def _has_experiments() -> bool:
    return bool(jobs().experiments_of(this_visit().browser))


def _draw_exam(compared: RunsView) -> None:
    """Draw the panel of the final exam, if the group in the chart has one."""
    if not any(entry.corpus.exam for entry in compared.chosen):
        return
    with st.container(key="exam", border=True):
        st.markdown(f"**{say('Final exam')}**")
        entries = exam_candidates(compared)
        if not entries:
            show_text(say("The exam needs a run that is not training. Pause the run first."))
            return
        show_text(
            say_plural(
                "The exam (test set) has {count:,} name of the split with seed {seed}. No run of "
                "this group was trained on it. Runs on other splits learn from most such names.",
                "The exam (test set) has {count:,} names of the split with seed {seed}. No run of "
                "this group was trained on them. Runs on other splits learn from most of them.",
                len(entries[0].corpus.exam),
                seed=entries[0].corpus.split_seed,
            )
        )
        entry = draw_run_box(say("Run for the exam"), entries, state.EXAM_RUN)
        from dino.ui.exam_box import draw_opening, draw_together  # loads PyTorch

        draw_opening(entry)
        draw_together(entry)


def exam_candidates(compared: RunsView) -> list[RunEntry]:
    """The runs at rest of the group in the chart that have an exam, lowest held-out loss first."""
    group = compared.charted_group
    at_rest = [entry for entry in group if entry.corpus.exam and not is_running(entry)]
    # A loss that is NaN or has overflowed comes last.
    return sorted(at_rest, key=lambda entry: (not entry.run.val_loss < 1e9, entry.run.val_loss))


def _draw_samples(
    compared: RunsView, names: DeltaGenerator, together: DeltaGenerator, measures: DeltaGenerator
) -> None:
    """Draw what is computed with the networks."""
    from dino.pages.compare.same_names import draw_same_names  # loads PyTorch
    from dino.pages.compare.samples import draw_measures, draw_names  # loads PyTorch
    from dino.pages.compare.together import draw_together  # loads PyTorch

    with names:
        draw_names(compared)
    with together:
        draw_together(compared)
    with measures:
        draw_measures()
        draw_same_names(compared)


def _draw_experiments() -> None:
    """Draw the plan of a new experiment, or an experiment. Neither needs earlier runs."""
    from dino.pages.compare.experiment_plan import draw_plan  # loads PyTorch
    from dino.pages.compare.experiment_result import draw_experiment

    st.markdown(f"**{say('Experiment')}**")
    draw_removed()
    mine = jobs().experiments_of(this_visit().browser)
    if not mine or state.NEW_EXPERIMENT.get():
        st.caption(
            say(
                "An experiment asks whether one level of a setting has a lower held-out "
                "loss than another, by more than chance explains. It trains each level "
                "with several seeds on several splits."
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
    """Draw the box of experiments if there are several. Return the chosen one, or the newest."""
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
    """Callback: plan another experiment, or stop planning."""
    state.NEW_EXPERIMENT.set(wanted)
