"""The list of the lessons: what each asks, how long it takes, how far the learner is.

Also what was done, as one file to hand in.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from dino.lessons import looking_back
from dino.lessons.lesson import Lesson
from dino.lessons.progress import Progress, Whereabouts, whereabouts
from dino.locale.sentences import Language
from dino.pages.learn.challenge import entry_for_report
from dino.pages.learn.part_table import PARTS
from dino.pages.learn.path import next_part, title_of
from dino.pages.learn.stage import lesson_title, range_words
from dino.ui import learner, session, state
from dino.ui.failures import safe_part
from dino.ui.language import language, put, say, say_number, say_plural
from dino.ui.page_top import draw_erase_button
from dino.ui.report_words import TypedWords, browser_zone, draw_words, today
from dino.ui.widgets import draw_lazy_box

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from dino.lessons.learner_report import ChallengeEntry
    from dino.reports.facts import Words


def draw_contents(open_part: Callable[[str], None]) -> None:
    """Draw the list. open_part: called with the key of the entry that is clicked."""
    _draw_top()
    lessons = list(learner.all_lessons().values())
    asking = [lesson for lesson in lessons if lesson.questions]
    _draw_done(asking)
    found = whereabouts(learner.progress(), asking)
    _draw_way_on(found, open_part)
    # The browser tells what it kept a moment after the list is drawn. Other lessons then take the
    # same places, and earlier lessons come below them, so that nothing moves.
    for place, lesson in enumerate(found.shown):
        _draw_lesson(lesson, open_part, place=str(place))
    _draw_fold(_later_words(found.later), found.later, open_part)
    _draw_fold(_earlier_words(found.earlier), found.earlier, open_part)
    beside = say(
        "Beside the lessons: {titles}", titles=_listed(part.title for part in PARTS.values())
    )
    with _fold(beside, PARTS, is_open=found.next is None):
        for key, part in PARTS.items():
            about = f"{put(part.about)} {part.progress()}"
            _draw_entry(key, put(part.title), part.icon, about, open_part)
    reading = [lesson for lesson in lessons if lesson not in asking]
    titles = _listed(lesson.title for lesson in reading)
    _draw_fold(say("Reading: {titles}", titles=titles), reading, open_part)
    draw_learn_report()
    draw_erase_button("erase_learn")
    with st.container(key="learn_next"):
        st.divider()
        session.draw_link(
            session.LAB,
            label=say("Try your own recipe in the Lab"),
            icon=":material/arrow_forward:",
        )


def _draw_top() -> None:
    """Say what the page is about; after the concept test's first round, that it is kept."""
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
            "Short lessons from the first letter to a fair comparison. Most ask you to bet "
            "before they show a result, and this app computes every result."
        )
    )


def _draw_done(asking: Sequence[Lesson]) -> None:
    done = sum(learner.progress().is_done(lesson) for lesson in asking)
    st.caption(
        say(
            "{done} of {count} lessons are done. This browser keeps your answers. The button "
            "“Erase my data” erases them.",
            done=done,
            count=len(asking),
        )
    )
    _draw_left_out(learner.lessons_left_out())


def _draw_way_on(found: Whereabouts, open_part: Callable[[str], None]) -> None:
    """Draw the path, and the one part to do now. Its place does not depend on which part it is;
    beside it is always one more button.
    """
    key = next_part()
    with st.container(key="way_on", horizontal=True):
        st.button(
            _way_words(key, found),
            key="continue",
            icon=":material/play_arrow:",
            type="primary",
            on_click=open_part,
            args=(key,),
        )
        is_start = not found.begun and found.next is not None and key != found.next.key
        beside = found.next.key if is_start and found.next is not None else looking_back.KEY
        st.button(
            say("Begin with {title}", title=title_of(beside)) if is_start else title_of(beside),
            key="beside_continue",
            type="tertiary",
            on_click=open_part,
            args=(beside,),
        )
    st.caption(say("The path: concept test, lessons, concept test again, looking back, challenge."))


def _way_words(key: str, found: Whereabouts) -> str:
    """Say what the part to do now is on the path."""
    title = title_of(key)
    if key in PARTS:
        is_start = not found.begun and found.next is not None
        return (
            say("Start here: {title}", title=title)
            if is_start
            else say("Next: {title}", title=title)
        )
    if found.begun:
        return say("Continue at {title}", title=title)
    return say("Begin with {title}", title=title)


def _fold(label: str, keys: Iterable[str], is_open: bool = False) -> DeltaGenerator:
    """A folded part of the list. It is open if the learner comes back from one of its keys."""
    return st.expander(label, expanded=is_open or state.LAST_PART.get() in keys)


def _draw_fold(label: str, lessons: Sequence[Lesson], open_part: Callable[[str], None]) -> None:
    """Draw some lessons, folded; nothing if there are none."""
    if not lessons:
        return
    with _fold(label, [lesson.key for lesson in lessons]):
        for lesson in lessons:
            _draw_lesson(lesson, open_part)


def _later_words(lessons: Sequence[Lesson]) -> str:
    if len(lessons) == 1:
        return say("One more lesson: {title}", title=lesson_title(lessons[0]))
    return say("More lessons: {numbers}", numbers=_numbers(lessons))


def _earlier_words(lessons: Sequence[Lesson]) -> str:
    if len(lessons) == 1:
        return say("Earlier lesson: {title}", title=lesson_title(lessons[0]))
    return say("Earlier lessons: {numbers}", numbers=_numbers(lessons))


def _numbers(lessons: Sequence[Lesson]) -> str:
    """The numbers of the first and the last lesson."""
    ends = [say_number(lesson.number) for lesson in (*lessons[:1], *lessons[-1:])]
    return say("{first} to {last}", first=ends[0], last=ends[1]) if ends else ""


def _listed(titles: Iterable[str]) -> str:
    """Titles on one line."""
    return " · ".join(map(put, titles))


def _draw_left_out(count: int) -> None:
    if count:
        st.caption(
            say_plural(
                "{count} lesson is left out because its file has a mistake.",
                "{count} lessons are left out because their files have mistakes.",
                count,
            )
        )


def _draw_lesson(lesson: Lesson, open_part: Callable[[str], None], place: str = "") -> None:
    """The entry of a lesson: its title, its question, its minutes. place: as in `_draw_entry`."""
    icon = ":material/radio_button_unchecked:"
    if not lesson.questions:
        icon = ":material/menu_book:"
    elif learner.progress().is_done(lesson):
        icon = ":material/check_circle:"
    title = lesson_title(lesson)
    about = f"{put(lesson.question)} {minutes_words(lesson)} {progress_words(lesson)}"
    _draw_entry(lesson.key, title, icon, about, open_part, place)


def _draw_entry(
    key: str, title: str, icon: str, about: str, open_part: Callable[[str], None], place: str = ""
) -> None:
    """Draw an entry of the list: a button with its title, and what it is about.

    place: the key of its place in the page; by default the entry has its own.
    """
    with st.container(
        key=f"entry_{place or key}", horizontal=True, vertical_alignment="center", gap="xxsmall"
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
    """Say how long a lesson takes."""
    return f"{range_words(lesson)}."


def progress_words(lesson: Lesson) -> str:
    """Say how many of its questions are answered or skipped; '' for none yet."""
    done, count = learner.progress().settled(lesson)
    if not done:
        return ""
    return say("Questions done: {done} of {count}.", done=done, count=count)


def draw_learn_report() -> None:
    """Draw the box with the report of what the learner has done."""
    draw_lazy_box(say("Hand in what you did"), state.LEARN_HOME, ":material/download:", _draw_file)


@st.fragment
@safe_part
def _draw_file() -> None:
    """Draw the boxes for the learner's words, and the button that makes the file."""
    typed = draw_words("learn_report")
    if typed is not None:
        st.download_button(
            say("Report of the lessons"),
            partial(
                _report_now,
                learner.progress(),
                typed,
                language(),
                browser_zone(),
                entry_for_report(),
            ),
            file_name="dino-lessons.html",
            mime="text/html",
            key="learn_report",
            on_click="ignore",
        )
    st.caption(
        say(
            "One dated page that opens offline. It has every question with your answer and the "
            "result, your sentences, the concept test before and after, and what you did in the "
            "zoo, the challenge and the game. `python -m dino check --csv` collects the answers of "
            "several reports, without names."
        )
    )
    if words := _not_counted_words():
        st.caption(words)


def _not_counted_words() -> str:
    """Say which lessons the page counts as done and the report does not; '' for none."""
    known = learner.progress()
    ticked = [
        lesson
        for lesson in learner.asking()
        if known.is_done(lesson) and len(set(known.settled(lesson))) > 1
    ]
    if not ticked:
        return ""
    return say(
        "The report counts a lesson as done if all its questions are answered or skipped. These "
        "lessons have open ones: {lessons}.",
        lessons=_listed(map(lesson_title, ticked)),
    )


def _report_now(
    progress: Progress,
    typed: TypedWords,
    spoken: Language,
    zone: str,
    challenge: Callable[[], ChallengeEntry | None],
) -> bytes:
    return lessons_report(progress, typed.newest_words(), spoken, today(zone), challenge())


def lessons_report(
    progress: Progress,
    words: Words,
    spoken: Language,
    date: str = "",
    challenge: ChallengeEntry | None = None,
) -> bytes:
    """The report of what a learner has done, as a file. date, challenge: as in `LearnerReport`."""
    from dino.lessons.learner_report import learner_report
    from dino.reports.learn_report import make_learn_report

    found = learner_report(progress, spoken, date, challenge)
    return make_learn_report(found, words, spoken, secrets.token_hex(8))
