"""The path through Learn: concept test, lessons, concept test again, looking back, challenge."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dino.lessons import concept_test, looking_back
from dino.lessons.progress import whereabouts
from dino.pages.learn import challenge
from dino.pages.learn.part_table import PARTS
from dino.pages.learn.stage import lesson_title
from dino.ui import learner
from dino.ui.language import put, say

GOES_ON = (concept_test.KEY, looking_back.KEY)  # parts with a button for what comes next


def after_lessons() -> str:
    """The key of the part after the last lesson: the second round of the test, if it is due."""
    return concept_test.KEY if learner.rounds().over == concept_test.AFTER else looking_back.KEY


def next_part() -> str:
    """The key of the part to do now."""
    over, found = learner.rounds().over, whereabouts(learner.progress(), learner.asking())
    if not found.begun and not over:
        return concept_test.KEY
    if found.next is not None:
        return found.next.key
    if after_lessons() == concept_test.KEY or challenge.handed_token():
        return after_lessons()
    return challenge.KEY


def title_of(key: str) -> str:
    """The title of a lesson or of another part."""
    return put(PARTS[key].title) if key in PARTS else lesson_title(learner.all_lessons()[key])


def draw_next(here: str, open_part: Callable[[str], None]) -> None:
    """Below a part of the path, draw the button for what comes next.

    The concept test has one only after its second round, because a round ends with its own button.
    """
    is_test = here == concept_test.KEY
    is_over = not is_test or learner.rounds().over > concept_test.AFTER
    key = looking_back.KEY if is_test else next_part()
    if here in GOES_ON and is_over and key != here:
        draw_button(key, "next_part", open_part)


def draw_button(key: str, name: str, open_part: Callable[[str], None]) -> None:
    """Draw the button that opens a part. name: the button's own key."""
    st.button(
        say("Next: {title}", title=title_of(key)),
        key=name,
        icon=":material/arrow_forward:",
        on_click=open_part,
        args=(key,),
    )
