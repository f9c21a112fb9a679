"""The report of an experiment that is over, with the visitor's own words, as one file to keep."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from dino.jobs import Experiment
from dino.locale.sentences import Language
from dino.ui import state
from dino.ui.language import language, say
from dino.ui.report_words import Typed, draw_words
from dino.ui.server import jobs

if TYPE_CHECKING:  # PyTorch takes a second to load: the page is drawn before
    from dino.exam import Opened
    from dino.share.facts import Words


def draw_report(experiment: Experiment) -> None:
    """Draw the box with the report of an experiment that is over."""
    box = st.expander(
        say("Take this experiment home"),
        key=state.EXPERIMENT_HOME.key,
        icon=":material/download:",
        on_change="rerun",
    )
    if box.open:
        with box:
            _draw_file(experiment)


@st.fragment
def _draw_file(experiment: Experiment) -> None:
    """What goes into the report, and the button that makes it."""
    typed = draw_words("experiment_report")
    if typed is not None:
        st.download_button(
            say("Report of the experiment"),
            partial(_report_now, experiment, typed, language()),
            file_name="dino-experiment.html",
            mime="text/html",
            key="experiment_report",
            on_click="ignore",
        )
    st.caption(
        say(
            "One page for a hand-in: plan, losses, verdict, bet and final exam; it opens offline. "
            "`python -m dino check` works the verdict out again and trains one member again (more "
            "if asked), and the best one if its exam was opened."
        )
    )


def _report_now(experiment: Experiment, typed: Typed, spoken: Language) -> bytes:
    return report_of(experiment, typed.newest_words(), spoken)


def report_of(experiment: Experiment, words: Words, spoken: Language) -> bytes:
    """The report of an experiment, as a file."""
    from dino.share.experiment_facts import Experimented, MemberExam
    from dino.share.experiment_report import make_experiment_report

    outcomes, bet = experiment.outcomes, experiment.bet
    opened, exam = _opened_exam(experiment), None
    if experiment.best is not None and opened is not None:
        exam = MemberExam(experiment.best[0], opened)
    made = Experimented(experiment.plan, experiment.corpus, outcomes, bet, exam)
    return make_experiment_report(made, words, spoken)


def _opened_exam(experiment: Experiment) -> Opened | None:
    """What opening the final exam with the best member's run showed; None without that."""
    if experiment.best is None:
        return None
    exams = jobs().kept_of(experiment.owner).exams
    return exams.opened_exam(experiment.best_token, experiment.best[1].kept_step)
