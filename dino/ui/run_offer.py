"""What a page offers that needs a trained network and has none: to train one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dino.presets import PRESETS
from dino.ui import current_run, session
from dino.ui.language import say
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    from dino.jobs import Job


def draw_offer(job: Job | None, why: str) -> None:
    """Offer to train a network, or show how far that is. why: what the page is for, in words."""
    if job is not None and job.running:
        _draw_progress(job)
        return
    st.markdown(why)
    st.button(
        say("Train one in two seconds"),
        type="primary",
        icon=":material/play_arrow:",
        key="offer",
        on_click=_train_one,
    )
    session.draw_link(
        session.LAB, label=say("Or choose a recipe in the Lab"), icon=":material/science:"
    )


def _draw_progress(job: Job) -> None:
    run = job.run
    step, share = (run.step, run.step / run.max_steps) if run else (0, 0.0)
    st.progress(share, say("Training: step {step:,}", step=step))
    st.button(
        say("Stop"),
        icon=":material/stop:",
        key="stop_offer",
        on_click=_stop_training,
        disabled=not current_run.may_act(job),
    )


@run_to_end
def _stop_training() -> None:
    current_run.act(lambda job: job.pause())


@run_to_end
def _train_one() -> None:
    current_run.replace_run(PRESETS["first-success"].config)
    current_run.act(lambda job: job.play())
