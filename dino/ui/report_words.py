"""The boxes for a visitor's own words in a report: its title, their name, their sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dino.locale.sentences import Refusal, refusal_sentence
from dino.ui.language import put, say
from dino.ui.text import show_text

if TYPE_CHECKING:  # PyTorch takes a second to load: the page is drawn before
    from dino.share.facts import Words


def draw_words(box: str) -> Words | None:
    """Draw the boxes. What is in them; None while it is too long, with the reason.

    box: what their keys begin with
    """
    from dino.share.facts import LIMITS, Words

    with st.container(horizontal=True):
        title = st.text_input(say("Title of the report"), key=f"{box}_title")
        author = st.text_input(say("Your name"), key=f"{box}_author")
    text = st.text_area(
        say("Sentences of your own"), key=f"{box}_text", max_chars=LIMITS["text"], height=80
    )
    try:
        return Words(title, author, text)
    except Refusal as refusal:
        show_text(put(refusal_sentence(refusal)))
        return None
