"""The box that one of several runs is chosen in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dino.ui import current_run, run_titles
from dino.ui.state import Value, words_of

if TYPE_CHECKING:
    from dino.jobs import RunEntry


def draw_run_box(
    label: str,
    entries: Sequence[RunEntry],
    value: Value[str],
    help: str = "",
    on_change: Callable[[], None] | None = None,
) -> RunEntry:
    """Draw the box and give the chosen run; the first one where the chosen one is gone.

    value: the token of the chosen run, under the key of the box.
    """
    job = current_run.current_job()
    words = run_titles.menu(entries, present=job.token if job is not None else "")
    by_token = {entry.token: entry for entry in entries}
    chosen, shown = value.get(), words_of(value.key)
    token = chosen if chosen in by_token else entries[0].token
    if token != chosen or shown.get() != words[token]:
        value.set(token)  # a browser names its choice by the words that it was shown
    shown.set(words[token])
    return by_token[
        st.selectbox(
            label,
            list(by_token),
            format_func=words.__getitem__,
            key=value.key,
            persist_state="session",
            on_change=on_change,
            help=help or None,
        )
        or token
    ]
