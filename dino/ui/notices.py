"""Sentences at the top of a page, until the visitor dismisses them."""

from __future__ import annotations

from dino.locale.sentences import Text
from dino.ui import state
from dino.ui.language import put


def notify(sentence: Text) -> None:
    """Show a sentence until it is dismissed; an equal one is shown only once."""
    sentences = state.NOTICES.get()
    if sentence not in sentences:
        state.NOTICES.set((*sentences, sentence))


def sentences() -> tuple[str, ...]:
    """The sentences to show, oldest first, in the page's language."""
    return tuple(put(sentence) for sentence in state.NOTICES.get())


def dismiss() -> None:
    """Callback: the visitor has read them."""
    state.NOTICES.set(())
