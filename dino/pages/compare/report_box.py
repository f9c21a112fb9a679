"""The report of a finished experiment, with the visitor's own words, as one file to keep."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from dino.config import Writing
from dino.jobs import Experiment, Measurement
from dino.jobs.experiment_best import names_of_best
from dino.locale.sentences import Language
from dino.ui import state
from dino.ui.failures import safe_part
from dino.ui.language import language, say
from dino.ui.report_words import TypedWords, browser_zone, draw_words, today
from dino.ui.server import jobs
from dino.ui.widgets import draw_lazy_box

if TYPE_CHECKING:  # PyTorch takes a second to load; draw the page first
    from dino.exam import ExamResult
    from dino.reports.experiment_facts import BestNames
    from dino.reports.facts import Words

COUNT = 20  # names in a report
MOST_SECONDS = 20.0  # the most that a download waits for the names


def draw_report(experiment: Experiment) -> None:
    """Draw the box with the report of a finished experiment."""
    draw_lazy_box(
        say("Take this experiment home"),
        state.EXPERIMENT_HOME,
        ":material/download:",
        lambda: _draw_file(experiment),
    )


@st.fragment
@safe_part
def _draw_file(experiment: Experiment) -> None:
    """Draw the choices for the report, and the button that makes it."""
    typed = draw_words("experiment_report")
    with_names = bool(experiment.corpus.owner) and st.checkbox(
        say("Include names that the network wrote in the report"),
        key="experiment_report_names",
        help=say(
            "Your list is private, so names are left out of the report unless you tick the box. "
            "The network can write names that it has memorised."
        ),
    )
    if typed is not None:
        st.download_button(
            say("Report of the experiment"),
            partial(_report_now, experiment, typed, language(), with_names, browser_zone()),
            file_name="dino-experiment.html",
            mime="text/html",
            key="experiment_report",
            on_click="ignore",
        )
    st.caption(
        say(
            "One page to hand in, with plan, verdict, curves, bet, final exam, names and losses. "
            "It opens offline. `python -m dino check` recomputes the verdict and retrains as many "
            "members as its time allows, the best one first if its exam was opened."
        )
    )


def _report_now(
    experiment: Experiment, typed: TypedWords, spoken: Language, with_names: bool, zone: str
) -> bytes:
    return experiment_report(experiment, typed.newest_words(), spoken, with_names, today(zone))


def experiment_report(
    experiment: Experiment, words: Words, spoken: Language, with_names: bool = False, date: str = ""
) -> bytes:
    """The report of an experiment as a file. It waits for names, so call it in a download's own
    thread.

    with_names: whether it may have names although the list is private; date: of the report.
    """
    from dino.reports.experiment_facts import FinishedExperiment, MemberExam
    from dino.reports.experiment_report import make_experiment_report

    outcomes, bet = experiment.outcomes, experiment.bet
    opened, exam = _opened_exam(experiment), None
    if experiment.best is not None and opened is not None:
        exam = MemberExam(experiment.best[0], opened)
    written = _best_names(experiment)
    made = FinishedExperiment(
        experiment.plan, experiment.corpus, outcomes, bet, exam, written, experiment.committees
    )
    return make_experiment_report(made, words, spoken, with_names, date)


def _best_names(experiment: Experiment) -> BestNames | None:
    """Have the best member's network write names now; they are always the same."""
    from dino.metrics import name_kind
    from dino.reports.experiment_facts import BestNames

    if experiment.best is None:
        return None
    number, writing = experiment.best[0], Writing(count=COUNT)
    work = Measurement(names_of_best(experiment, writing))
    jobs().enqueue(work)
    until = time.monotonic() + MOST_SECONDS
    while not work.done and time.monotonic() < until:
        time.sleep(0.02)
    if work.failed or not work.done:
        work.stop()
        return None
    written, corpus = work.result
    names = [(trace.name, name_kind(trace, corpus)) for trace in written.traces]
    return BestNames(number, written.step, writing, names)


def _opened_exam(experiment: Experiment) -> ExamResult | None:
    """What the final exam showed of the best member's run; None if it was not opened."""
    if experiment.best is None:
        return None
    exams = jobs().kept_of(experiment.owner).exams
    return exams.opened_exam(experiment.best_token, experiment.best[1].kept_step)
