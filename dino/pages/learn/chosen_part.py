"""The frame of the Learn page: the list of its parts, or one part.

Above it, for an old link, is the question whose ticks it brings.
"""

from __future__ import annotations

import streamlit as st

from dino.locale.sentences import comma_list
from dino.pages.learn.contents import draw_contents
from dino.pages.learn.lesson_view import draw_lesson
from dino.pages.learn.part_table import PARTS
from dino.pages.learn.path import draw_next
from dino.pages.learn.projector import draw_bar, draw_switch, is_on
from dino.setting import quoted
from dino.ui import current_run, learner, measurements, session, state
from dino.ui.bring_up import bring_up, draw_bring_up
from dino.ui.failures import safe_fragment, safe_part
from dino.ui.language import put, say
from dino.ui.listening import draw_pulse, turn
from dino.ui.server import this_visit
from dino.ui.widgets import run_to_end

WIDTH = 900  # pixels; a line of text then has about 110 letters


def tabs() -> list[str]:
    """The keys of the page's parts, as addresses name them."""
    return [*PARTS, *learner.all_lessons()]


def draw_learn() -> None:
    """Draw all of the page below its notices."""
    with st.container(key="learn"):
        safe_fragment(_draw_fragment)()


def _draw_fragment() -> None:
    if session.is_erased() or state.WANTED_PAGE.get():
        st.rerun()
    drawn = turn(this_visit())  # before anything is read, because the run may train meanwhile
    job = current_run.current_job()
    if job is not None:
        current_run.watch(job)
    draw_link_ticks()
    safe_part(_draw_part)(state.LESSON.get())
    draw_bring_up()
    learner.draw_store()
    session.update_address("learn")
    measurements.end_unasked("learn")
    draw_pulse(job, drawn=drawn)


def _draw_part(key: str) -> None:
    """Draw the part with this key: a lesson or another part; else the list of all."""
    lesson = learner.all_lessons().get(key)
    if lesson is None and key not in PARTS:
        draw_contents(_open)
        return
    state.LAST_PART.correct(key)
    with st.container(key="lesson_top", horizontal=True):
        st.button(
            say("All lessons"),
            icon=":material/arrow_back:",
            key="all_lessons",
            type="tertiary",
            on_click=_open,
            args=("",),
        )
        if lesson is not None:
            draw_switch()
    if lesson is None:
        with st.container(key=f"part_{key}", width=WIDTH):
            PARTS[key].draw()
            draw_next(key, _open)
        return
    with st.container(key="learn_frame", width="stretch" if is_on() else WIDTH):
        draw_lesson(lesson, _open)
    draw_bar(lesson)


@run_to_end
def _open(key: str) -> None:
    """Callback: show a part of the page; '' for the list of all."""
    state.LESSON.set(key)
    state.ROUND_KEPT.set(False)
    bring_up("learn")  # the button of the next lesson is at the foot of this one


def draw_link_ticks() -> None:
    """Ask about the lessons that a link calls done, until there is an answer."""
    titles = learner.link_ticks()
    if not titles:
        return
    with st.container(border=True, key="ticks_question"):
        st.markdown(
            say(
                "This link marks these lessons as done: {lessons}. Are these ticks yours? They "
                "are kept only if you say Yes.",
                lessons=put(comma_list(list(map(quoted, titles)))),
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
    """Callback: the learner says whether the ticks are theirs."""
    learner.answer_ticks(keeps)
