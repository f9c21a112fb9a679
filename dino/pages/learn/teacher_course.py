"""Parts of the teacher's sheet beside the plans: the course, the notebook, links for students."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from dino.lessons import concept_test
from dino.lessons.teaching import Sheet, with_titles
from dino.pages.learn.teacher_words import filled_words, link_to, linked, title_of
from dino.ui import address, learner
from dino.ui.language import say
from dino.ui.printing import CARD
from dino.ui.share import qr_code
from dino.ui.table import draw_table
from dino.ui.text import show_text

CODE = 120  # pixels of a QR code


def draw_course(sheet: Sheet) -> None:
    """Draw where the rest of the app has its place, and which lesson is on which cell of the
    notebook.
    """
    st.markdown(f"#### {say('Around the lessons')}")
    st.markdown(linked(sheet.around_about))
    for part in sheet.around:
        st.markdown(f"- **{part.title}** ({linked(part.when)}). {linked(part.do)}")
    st.markdown(f"#### {say('The notebook')}")
    st.markdown(linked(sheet.notebook_about))
    draw_table(
        [say("cell"), say("lessons")],
        [[it.cell, " · ".join(map(title_of, it.lessons))] for it in sheet.notebook],
        "teacher_notebook",
        say("Cells of the notebook, and the lessons on them"),
    )
    st.markdown(f"#### {say('What each lesson needs and aims at')}")
    for lesson in learner.all_lessons().values():
        if lesson.key in sheet.notes:
            st.markdown(f"##### {link_to(lesson)}")
            draw_aims(lesson.key)


def draw_aims(key: str) -> None:
    """Draw what students can do after a lesson, and which lessons come before it."""
    lesson = learner.all_lessons()[key]
    if lesson.aims:
        st.markdown(f"**{say('Afterwards students can')}**")
        st.markdown("\n".join(f"- {aim}" for aim in lesson.aims))
    if lesson.needs:
        before = ", ".join(link_to(learner.all_lessons()[it]) for it in lesson.needs)
        st.markdown(f"**{say('Needs')}.** {before}")


def draw_assignment(sheet: Sheet) -> None:
    """Draw the text to paste, and a report with its marks."""
    st.markdown(say("A text to paste into your course page and adapt:"))
    st.code(with_titles(sheet.assignment, title_of), None, wrap_lines=True)
    st.markdown(f"#### {say('A report, and its marks')}")
    st.markdown(filled_words(sheet.sample))


def draw_links(keys: Iterable[str]) -> None:
    """Draw the addresses of the concept test and of some lessons, each with its QR code. They have
    no settings and no answers of whoever prints them.
    """
    st.markdown(f"#### {say('Links for students')}")
    if address.is_only_here():
        st.markdown(
            say(
                "These addresses work only on this computer. Students need a server that they can "
                "reach."
            )
        )
    with st.container(horizontal=True, key="teacher_links"):
        for key in (concept_test.KEY, *keys):
            title = say("Concept test") if key == concept_test.KEY else title_of(key)
            _draw_code(key, title, address.learn_link(key))


def _draw_code(key: str, title: str, link: str) -> None:
    """Draw a link's QR code, its title and its address in letters, which stay together in print."""
    with st.container(key=f"{CARD}_{key}", width=CODE + 100):
        code = qr_code(link)
        if code:
            alt = say("QR code: {title}", title=title)
            st.image(code, width=CODE, caption=title, alt=alt)
        show_text(link)
