"""Back and Forward: Streamlit has the page of the entry run, and does not tell it why."""

from __future__ import annotations

from streamlit.runtime.scriptrunner import get_script_run_ctx

from dino.ui.workarounds.wrapping import attempt


def is_history_step() -> bool:
    """Whether the browser asked for this run of the script by Back or Forward."""
    context = get_script_run_ctx(suppress_warning=True)
    return bool(context and attempt("steps in the history", lambda: context.is_history_navigation))


def sent_query() -> str:
    """The query of the address as the browser sent it with this run, without the question mark."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.query_string if context else ""
