"""The ticks of an old link: whether they are the learner's, asked once before any is kept."""

from __future__ import annotations

import streamlit as st

from dino.ui import learnt
from dino.ui.language import say
from dino.ui.widgets import run_to_end


def draw_link_ticks() -> None:
    """Ask about the lessons that a link calls done, as long as there is no answer."""
    numbers = learnt.link_ticks()
    if not numbers:
        return
    with st.container(border=True, key="ticks_question"):
        st.markdown(
            say(
                "This link marks these lessons as done: {lessons}. Are these ticks yours? They "
                "are kept only if you say Yes.",
                lessons=", ".join(map(str, numbers)),
            )
        )
        with st.container(horizontal=True):
            st.button(say("Yes, keep them"), key="ticks_keep", on_click=_answer, args=(True,))
            st.button(
                say("No, begin without them"),
                key="ticks_drop",
                type="primary",
                on_click=_answer,
                args=(False,),
            )


@run_to_end
def _answer(keeps: bool) -> None:
    """Callback: what the learner said of the ticks."""
    learnt.answer_ticks(keeps)
