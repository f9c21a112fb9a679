"""A text box for the start of a name, with an example, and a check that the list can spell it."""

from __future__ import annotations

import streamlit as st

from dino.locale.sentences import Refusal, refusal_sentence, sentence
from dino.pages.inside.view import View
from dino.ui import state
from dino.ui.language import put
from dino.ui.text import show_text

LONGEST = 50  # letters of a start
StartBox = state.Value[str | None]


def draw_start_box(view: View, box: StartBox, label: str) -> str | None:
    """Draw the box. Return its text; for an unreadable text draw a sentence and return None."""
    typed = st.text_input(
        label,
        key=box.key,
        persist_state="session",
        max_chars=LONGEST,
        on_change=state.WALK_ENDED.set,
        args=(False,),
    )
    text = view.vocab.normalize(typed or "")
    try:
        _check_start(view, text)
    except ValueError as error:
        with st.container(border=True, key=f"{box.key}_refused"):
            show_text(put(refusal_sentence(error)))
        return None
    return text


def fill_start_box(view: View, box: StartBox, example: str) -> None:
    """Put an example into a box that needs one. Call it before the box is drawn."""
    if needs_example(view, box):
        box.set(example)
    state.symbols_of(box.key).set(frozenset(view.vocab.symbols))


def needs_example(view: View, box: StartBox) -> bool:
    """Whether a box was never filled, or holds a text that only the previous list could spell."""
    text, symbols = box.get(), frozenset(view.vocab.symbols)
    if text is None:
        return True
    before = state.symbols_of(box.key).get()
    if before is None or before == symbols:
        return False
    return not symbols.issuperset(view.vocab.normalize(text))


def _check_start(view: View, text: str) -> None:
    """Raises ValueError for a start that is too long, or has letters that the list lacks."""
    # Streamlit limits what is typed, but not what the page itself puts into the box. And one letter
    # can become two in lower case (İ).
    if len(text) > LONGEST:
        raise Refusal(
            sentence(
                "The start of a name may have at most {most} letters, but this one has "
                "{letters:,}. Use fewer letters.",
                most=LONGEST,
                letters=len(text),
            )
        )
    view.vocab.encode(text)
