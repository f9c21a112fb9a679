"""A text box for a name in a lesson: what is typed comes from outside, so it is checked."""

from __future__ import annotations

import streamlit as st

from dino.data import Vocab
from dino.lists import END
from dino.locale.sentences import Refusal, refusal_sentence, sentence
from dino.pages.learn.stage import Stage
from dino.sample import LONGEST
from dino.ui.language import put
from dino.ui.text import show_text


def draw_name_box(stage: Stage, vocab: Vocab, label: str, first: str, key: str = "name") -> str:
    """Draw the box, with `first` in it at first; its text, normalized as the list's names.

    For what the network cannot read: a sentence that says why, and `first`.
    """
    typed = st.text_input(
        label, first, key=stage.key(key), persist_state="session", max_chars=LONGEST, width=320
    )
    name = vocab.normalize(typed or "")
    try:
        check_name(vocab, name)
    except ValueError as error:
        show_text(put(refusal_sentence(error)))
        return first
    return name


def check_name(vocab: Vocab, name: str) -> None:
    """Raises ValueError for a name that is too long, or has letters that the list does not."""
    if len(name) > LONGEST:  # in lower case one letter can become two
        raise Refusal(
            sentence(
                "A name has at most {most} letters here; this has {letters:,}. Use fewer letters.",
                most=LONGEST,
                letters=len(name),
            )
        )
    vocab.encode(name.replace(END, "⏎"))  # a name has one end mark, which nobody types
