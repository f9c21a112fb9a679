"""Sentences at the top of a page, until the visitor dismisses them."""

from __future__ import annotations

from dino.ui import state


def notify(sentence: str) -> None:
    """Show a sentence until it is dismissed; the same one only once."""
    sentences = state.NOTICES.get()
    if sentence not in sentences:
        state.NOTICES.set((*sentences, sentence))


def sentences() -> tuple[str, ...]:
    """The sentences to show, the oldest first."""
    return state.NOTICES.get()


def dismiss() -> None:
    """Callback: they have been read."""
    state.NOTICES.set(())
