"""The list of the lessons: what each asks, how long it takes, how far the learner is."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dino.lessons.lesson import Lesson
from dino.pages.learn.learn_report import draw_learn_report
from dino.pages.learn.parts import PARTS
from dino.pages.learn.titles import lesson_title
from dino.ui import learnt, state
from dino.ui.language import put, say, say_plural
from dino.ui.page_top import draw_erase_button


def draw_contents(open_part: Callable[[str], None]) -> None:
    """Draw the list. open_part: called with the key of the one that is clicked."""
    if state.ROUND_KEPT.get():
        st.success(
            say(
                "Your first answers are kept. Do the lessons next. After them, the same ten "
                "questions show what has changed."
            ),
            icon=":material/check:",
        )
    st.markdown(
        say(
            "Short lessons from the first letter to a fair comparison. Each asks you to bet before "
            "it shows a result, and every result is computed by this program."
        )
    )
    lessons = list(learnt.all_lessons().values())
    asking = [lesson for lesson in lessons if any(lesson.asking())]
    done = sum(learnt.progress().is_done(lesson) for lesson in asking)
    st.caption(
        say(
            "{done} of {count} lessons are done. Your answers stay in this browser's own storage; "
            "Erase my data deletes them.",
            done=done,
            count=len(asking),
        )
    )
    _draw_left_out(learnt.lessons_left_out())
    _draw_parts(True, open_part)
    for lesson in asking:
        _draw_lesson(lesson, open_part)
    _draw_parts(False, open_part)
    reading = [lesson for lesson in lessons if lesson not in asking]
    if reading:
        st.markdown(f"**{say('Reading')}**")
    for lesson in reading:
        _draw_lesson(lesson, open_part)
    draw_learn_report()
    draw_erase_button("erase_learn")


def _draw_left_out(count: int) -> None:
    if count:
        st.caption(
            say_plural(
                "{count} lesson is left out: its file has a mistake.",
                "{count} lessons are left out: their files have mistakes.",
                count,
            )
        )


def _draw_parts(is_first: bool, open_part: Callable[[str], None]) -> None:
    """The entries of the parts that come before the lessons, or of those after them."""
    for key, part in PARTS.items():
        if part.is_first == is_first:
            about = f"{put(part.about)} {part.progress()}"
            _draw_entry(key, put(part.title), part.icon, about, open_part)


def _draw_lesson(lesson: Lesson, open_part: Callable[[str], None]) -> None:
    """The entry of a lesson: its title, its question, its minutes."""
    icon = ":material/radio_button_unchecked:"
    if not any(lesson.asking()):
        icon = ":material/menu_book:"
    elif learnt.progress().is_done(lesson):
        icon = ":material/check_circle:"
    title = lesson_title(lesson)
    about = f"{put(lesson.question)} {minutes_words(lesson)} {progress_words(lesson)}"
    _draw_entry(lesson.key, title, icon, about, open_part)


def _draw_entry(
    key: str, title: str, icon: str, about: str, open_part: Callable[[str], None]
) -> None:
    """An entry of the list: a button with its title, and what it is about."""
    with st.container(
        key=f"entry_{key}", horizontal=True, vertical_alignment="center", gap="xxsmall"
    ):
        with st.container(width=320):
            st.button(
                title,
                key=f"open_{key}",
                icon=icon,
                type="tertiary",
                on_click=open_part,
                args=(key,),
            )
        st.caption(about, width="stretch")


def minutes_words(lesson: Lesson) -> str:
    """How long a lesson takes."""
    return say_plural("{count} minute.", "{count} minutes.", lesson.minutes)


def progress_words(lesson: Lesson) -> str:
    """How many of its questions are settled; '' for none yet."""
    done, count = learnt.progress().settled(lesson)
    if not done:
        return ""
    return say("{done} of {count} questions are done.", done=done, count=count)
