"""The box for a learner's own words, and the model sentence beside them."""

from __future__ import annotations

import streamlit as st

from dino.lessons.progress import LONGEST
from dino.pages.learn.stage import Stage
from dino.ui import learner, state
from dino.ui.language import say
from dino.ui.widgets import run_to_end


def draw_words(stage: Stage) -> None:
    """Draw the box, folded, with the words written before; below it the model sentence.

    It takes words only once the browser has told what it kept, and is then a new box. A new box
    cannot lose its initial value. A page may lose the value that it sets in an existing box, if the
    next redraw begins at once.
    """
    is_told = state.KEPT_HERE.get()
    box = state.words_in(stage.lesson.key, stage.step.name)
    kept = learner.progress().words.get((stage.lesson.key, stage.step.name), "")
    if is_told and kept and box.is_set() and not box.get():  # written in another tab
        box.correct(kept)
    with st.expander(say("In your own words"), icon=":material/edit_note:"):
        st.text_area(
            stage.words(stage.step.text) or say("In your own words"),
            value=kept,
            key=box.key if is_told else stage.key("waiting_words"),
            max_chars=LONGEST,
            height=80,
            help=say("You may leave this empty. This browser keeps it for your report."),
            on_change=_keep,
            args=(stage,),
            persist_state="session",
            disabled=not is_told,
        )
        _draw_model(stage, bool(kept))


def _draw_model(stage: Stage, has_written: bool) -> None:
    """Draw the model sentence once the learner has written something, or asked for it."""
    words = stage.words(stage.step.model)
    if not words:
        return
    if has_written or stage.key("model") in state.MODELS_SHOWN.get():
        st.markdown(say("**One way to say it:** {words}", words=words))
        return
    st.button(
        say("Show one way to say it"),
        key=stage.key("model"),
        type="tertiary",
        on_click=_show_model,
        args=(stage,),
    )


@run_to_end
def _show_model(stage: Stage) -> None:
    """Callback: show the model sentence."""
    state.MODELS_SHOWN.set(state.MODELS_SHOWN.get() | {stage.key("model")})


@run_to_end
def _keep(stage: Stage) -> None:
    """Callback: keep the words."""
    words = state.words_in(stage.lesson.key, stage.step.name).get() or ""
    learner.keep(learner.progress().with_words(stage.lesson, stage.step.name, words))
