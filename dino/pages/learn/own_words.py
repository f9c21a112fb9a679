"""A sentence in the learner's own words: it may be written, is kept, and is never asked for."""

from __future__ import annotations

import streamlit as st

from dino.lessons.progress import LONGEST
from dino.pages.learn.stage import Stage
from dino.ui import learnt, state
from dino.ui.language import say
from dino.ui.widgets import run_to_end


def draw_words(stage: Stage) -> None:
    """Draw its box, with what was written before; it takes words once the browser has told what it
    kept. It is another box then: Streamlit may lose the value that a page sets in one that is
    there, when a new redraw begins at once, but not the value that a box begins with.
    """
    is_told = state.KEPT_HERE.get()
    box = state.words_in(stage.lesson.key, stage.step.name)
    kept = learnt.progress().words.get((stage.lesson.key, stage.step.name), "")
    if is_told and kept and box.is_set() and not box.get():  # written in another tab
        box.correct(kept)
    st.text_area(
        stage.words(stage.step.text) or say("In your own words"),
        value=kept,
        key=box.key if is_told else stage.key("waiting_words"),
        max_chars=LONGEST,
        height=80,
        help=say("You may leave it empty. It is kept for your report, in this browser."),
        on_change=_keep,
        args=(stage,),
        persist_state="session",
        disabled=not is_told,
    )


@run_to_end
def _keep(stage: Stage) -> None:
    """Callback: keep what was written."""
    words = state.words_in(stage.lesson.key, stage.step.name).get() or ""
    learnt.keep(learnt.progress().with_words(stage.lesson, stage.step.name, words))
