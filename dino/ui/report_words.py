"""What a visitor adds to a report: its title, their name, their sentences; and the date there."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import streamlit as st

from dino.locale.sentences import Refusal, refusal_sentence
from dino.ui import state, workarounds
from dino.ui.language import put, say
from dino.ui.text import show_text

if TYPE_CHECKING:  # PyTorch takes a second to load; draw the page first
    from dino.reports.facts import Words


GRACE = 0.8  # seconds in which a browser sends what was typed last; it may ask for the file first
MOST_SECONDS = 3.0  # the most that a file waits for the page to be drawn


class TypedWords:
    """What a visitor has typed for a report, in a session.

    The click that asks for a report also ends the typing in a box. The request is made before the
    page knows the new words, so the report waits until the page has drawn them.
    """

    def __init__(self, words: Words) -> None:
        self.words, self.session = words, workarounds.session_id()

    def newest_words(self) -> Words:
        """The words, once the page is drawn. It waits, so call it in a download's own thread."""
        until = time.monotonic() + MOST_SECONDS
        time.sleep(GRACE)
        while workarounds.is_drawing(self.session) and time.monotonic() < until:
            time.sleep(0.02)
        return self.words


def draw_words(box: str) -> TypedWords | None:
    """Draw the boxes. Return what is in them; None, after showing why, if a text is refused.

    box: what their keys begin with.
    """
    from dino.reports.facts import LIMITS, Words

    with st.container(horizontal=True):
        title = st.text_input(say("Title of the report"), key=f"{box}_title")
        author = st.text_input(say("Your name"), key=f"{box}_author")
    text = st.text_area(
        say("Your own sentences"), key=f"{box}_text", max_chars=LIMITS["text"], height=80
    )
    try:
        words = Words(title, author, text)
    except Refusal as refusal:
        show_text(put(refusal_sentence(refusal)))
        return None
    held = state.typed_in(box)
    typed: TypedWords = held.get() or TypedWords(words)
    typed.words = words
    held.set(typed)
    return typed


def browser_zone() -> str:
    """The browser's time zone; '' if the browser does not tell it."""
    return st.context.timezone or ""


def today(zone: str) -> str:
    """The date in a time zone, year-month-day; in UTC if the zone is not known here."""
    try:
        place = ZoneInfo(zone) if zone else timezone.utc
    except (ValueError, OSError, KeyError):  # the name comes from a browser
        place = timezone.utc
    return datetime.now(place).date().isoformat()
