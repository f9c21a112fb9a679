"""What a page shows where its code fails: one sentence, and everything else of the page."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import streamlit as st

from dino.locale.sentences import sentence
from dino.ui import workarounds
from dino.ui.language import put

log = logging.getLogger("dino.failures")

CALLBACK = sentence(
    "An error in the app interrupted your click. Your runs and settings are kept. Click again. If "
    "it fails again, reload the page."
)


PART = sentence(
    "An error in the app keeps a part of this page from being shown. Your runs and settings are "
    "kept. Reload the page. If the part is still missing, tell the person who runs this server "
    "what you did and when."
)


def show_failure() -> None:
    """Say that this part of the page is missing, and what the visitor can do."""
    st.error(put(PART), icon=":material/error:")


def safe_part(draw: Callable[..., None]) -> Callable[..., None]:
    """Draw a part of a page. If it fails, log why and show a sentence, so the rest is drawn."""

    @wraps(draw)
    def part(*args: Any, **named: Any) -> None:
        try:
            draw(*args, **named)
        except Exception:  # what breaks a script off is no Exception
            log.exception("A part of a page failed. The page shows a sentence instead.")
            show_failure()

    return part


@cache
def safe_fragment(draw: Callable[..., None]) -> Callable[..., None]:
    """The same as a fragment. It is made once, because Streamlit reads its function's signature."""
    return st.fragment(safe_part(draw))


def say_failures() -> None:
    """At the server's start: say so where a callback fails, or Streamlit would show an error."""
    workarounds.survive_callbacks(CALLBACK)
    workarounds.replace_error_box(show_failure, str(PART))
