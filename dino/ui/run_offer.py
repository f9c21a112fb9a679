"""For a page that needs a trained network and has none: an offer to train one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dino.choice import Choice
from dino.config import SETTINGS, differences
from dino.presets import PRESETS
from dino.ui import chosen_list, current_run, session, settings
from dino.ui.language import put, say
from dino.ui.text import in_a_line, setting_text
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    from dino.jobs import RunHandle

FIRST = PRESETS["first-success"].config


def draw_offer(job: RunHandle | None, why: str) -> None:
    """Offer to train a network; while it trains, show its progress. why: what the page needs it
    for.
    """
    if job is not None and job.running:
        draw_progress(job, "stop_offer")
        return
    st.markdown(why)
    if has_own := settings.config() != FIRST or chosen_list.choice() != Choice():
        st.button(
            say("Train with these settings"),
            type="primary",
            icon=":material/play_arrow:",
            key="offer_own",
            on_click=_train_own,
        )
        st.caption(settings_words())
    st.button(
        say("Train one in two seconds"),
        type="secondary" if has_own else "primary",
        icon=":material/play_arrow:",
        key="offer",
        on_click=_train_one,
    )
    session.draw_link(
        session.LAB, label=say("Or choose a recipe in the Lab"), icon=":material/science:"
    )


def draw_progress(job: RunHandle, key: str) -> None:
    """Draw the progress of a run and the button that stops it. key: of the button."""
    run = job.run
    step, share = (run.step, run.step / run.max_steps) if run else (0, 0.0)
    st.progress(share, say("Training: update {step:,}", step=step))
    st.button(
        say("Stop"),
        icon=":material/stop:",
        key=key,
        on_click=_stop,
        disabled=not current_run.may_act(job),
    )


@run_to_end
def _stop() -> None:
    current_run.act(lambda job: job.pause())


def settings_words() -> str:
    """The settings on the controls that differ from those of First success."""
    config = settings.config()
    changed = [
        f"{in_a_line(put(SETTINGS[name].label))} {setting_text(name, getattr(config, name))}"
        for name in differences(FIRST, config)
    ]
    return "; ".join([put(chosen_list.choice().in_words), *changed])


@run_to_end
def _train_own() -> None:
    if current_run.current_job() is None:
        current_run.replace_run(settings.config())
    current_run.act(lambda job: job.play())


@run_to_end
def _train_one() -> None:
    current_run.replace_run(FIRST)
    current_run.act(lambda job: job.play())
