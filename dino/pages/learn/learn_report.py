"""What a learner has done, with words of their own, as one file to hand in."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from dino.lessons.progress import Progress
from dino.locale.sentences import Language
from dino.pages.learn.handing_in import handed_in
from dino.ui import learnt, state
from dino.ui.language import language, say
from dino.ui.report_words import Typed, browser_zone, draw_words, today

if TYPE_CHECKING:  # the page is drawn before
    from dino.share.facts import Words
    from dino.share.learn_facts import HandedIn


def draw_learn_report() -> None:
    """Draw the box with the report of what was done so far."""
    box = st.expander(
        say("Hand in what you did"),
        key=state.LEARN_HOME.key,
        icon=":material/download:",
        on_change="rerun",
    )
    if box.open:
        with box:
            _draw_file()


@st.fragment
def _draw_file() -> None:
    """The boxes for the learner's words, and the button that makes the file."""
    typed = draw_words("learn_report")
    if typed is not None:
        st.download_button(
            say("Report of the lessons"),
            partial(_report_now, learnt.progress(), typed, language(), browser_zone(), handed_in()),
            file_name="dino-lessons.html",
            mime="text/html",
            key="learn_report",
            on_click="ignore",
        )
    st.caption(
        say(
            "One page, with its date: every question, your answer and the result, your sentences, "
            "the concept test before and after, and what you did in the zoo, the challenge and the "
            "game; it opens offline. `python -m dino check --csv` collects the concept tests of "
            "several reports, without names."
        )
    )


def _report_now(
    progress: Progress,
    typed: Typed,
    spoken: Language,
    zone: str,
    challenge: Callable[[], HandedIn | None],
) -> bytes:
    return report_of(progress, typed.newest_words(), spoken, today(zone), challenge())


def report_of(
    progress: Progress,
    words: Words,
    spoken: Language,
    date: str = "",
    challenge: HandedIn | None = None,
) -> bytes:
    """The report of what a learner has done, as a file. date, challenge: as `learned` has them."""
    from dino.lessons.handed_in import learned
    from dino.share.learn_report import make_learn_report

    found = learned(progress, spoken, date, challenge)
    return make_learn_report(found, words, spoken, secrets.token_hex(8))
