"""The frame of the page Compare: the part that is redrawn when there is something new."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dino.pages.compare.compared import Compared, compare
from dino.pages.compare.curves import draw_curves
from dino.pages.compare.experiment_best import keep_opened_best
from dino.pages.compare.headline import draw_headline
from dino.pages.compare.list_changes import draw_changes
from dino.pages.compare.runs_table import draw_other_groups, draw_runs
from dino.ui import current_run, measurements, run_groups, session, state
from dino.ui.bring_up import draw_bring_up
from dino.ui.language import say
from dino.ui.listening import draw_pulse, turn
from dino.ui.run_offer import draw_offer
from dino.ui.server import jobs, this_visit

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from dino.jobs import RunHandle


def draw_compare() -> None:
    """Draw all of the page under its notices."""
    with st.container(key="compare"):
        st.fragment(_draw_fragment)()


def _draw_fragment() -> None:
    if session.is_erased() or state.WANTED_PAGE.get():
        st.rerun()
    drawn = turn(this_visit())  # before anything is read: the run may train on meanwhile
    job = current_run.current_job()
    if job is not None:
        current_run.watch(job)
    keep_opened_best()
    compared = compare(run_groups.own_runs())
    draw_changes()
    # Each part has its own place: a browser builds what moves to another place again, which closes
    # a box that is open there. The names are drawn last: they take a while. Those side by side have
    # the height that they will need (`compared_runs.css`), so that they push nothing down then.
    runs = st.container()
    names = st.container(key="names_beside") if compared.groups else st.container()
    curves, experiments, measures = st.container(), st.container(key="experiments"), st.container()
    with runs:
        _draw_runs(compared, job)
    with curves:
        _draw_curves(compared, job)
    with experiments:
        _draw_experiments()
    if compared.groups:
        _draw_samples(compared, names, measures)
    draw_bring_up()
    session.update_address("compare")
    measurements.end_unasked("compare")
    draw_pulse(job, drawn=drawn)


def _draw_runs(compared: Compared, job: RunHandle | None) -> None:
    """The headline and the table; of a browser without runs the offer of a first one."""
    if not compared.groups:
        why = say("This page compares your runs. You have not trained one in this visit yet.")
        if _has_experiments():
            why = say(
                "This page compares your runs; the members of an experiment are not among them."
            )
        draw_offer(job, why)
        return
    draw_headline(compared)
    draw_runs(compared)
    draw_other_groups(compared)


def _draw_curves(compared: Compared, job: RunHandle | None) -> None:
    """The exam and the curves of the runs in the chart; of a browser without runs an example."""
    if compared.groups:
        with st.container():  # the exam comes and goes in it and moves no box of the chart
            _draw_exam(compared)
        draw_curves(compared)
    elif not (_has_experiments() or (job is not None and job.running)):
        from dino.pages.compare.example import draw_example  # reading a saved run needs PyTorch

        draw_example()


def _has_experiments() -> bool:
    return bool(jobs().experiments_of(this_visit().browser))


def _draw_exam(compared: Compared) -> None:
    """The panel of the final exam, where the group in the chart has one."""
    if any(entry.corpus.exam for entry in compared.chosen):
        from dino.pages.compare.exam import draw_exam  # this needs PyTorch

        draw_exam(compared)


def _draw_samples(compared: Compared, names: DeltaGenerator, measures: DeltaGenerator) -> None:
    """What is computed with the networks."""
    from dino.pages.compare.names import draw_measures, draw_names  # these need PyTorch, the
    from dino.pages.compare.same_names import draw_same_names  # others do not

    with names:
        draw_names(compared)
    with measures:
        draw_measures()
        draw_same_names(compared)


def _draw_experiments() -> None:
    """Experiments need no run that is there already."""
    from dino.pages.compare.experiments import draw_experiments

    draw_experiments()
