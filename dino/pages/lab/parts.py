"""Parts of the Lab that are redrawn instead of the whole page when a setting changes.

Each is a fragment with a key. If a message changes only a setting of `ALONE` or the temperature,
the part with its control is redrawn, and after it the parts that show its value. The rest of the
page, which takes most of the time, stays.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

from dino.config import SETTINGS
from dino.pages.lab.notebook_runs import is_of_notebook
from dino.ui import chosen_list, current_run, session, settings, shown_settings, state, workarounds
from dino.ui.failures import safe_part

# Settings that a run at work does not take over, so that little else of the page shows them
ALONE = ("hidden_size", "max_steps")
SHOW_THEM = ("fold", "run_line", "changes", "next_step")
TEMPERATURE = "temperature"
SHOW_TEMPERATURE = ("state_of_names", "probabilities", "words_on_draw", "surprise")

# What is redrawn with a part in which something was clicked; None for the whole page
for name in ALONE:
    workarounds.redraw_together(name, SHOW_THEM)
workarounds.redraw_together("run_line", ("live",))
workarounds.redraw_together("changes", None)
workarounds.redraw_together("next_step", None)
workarounds.redraw_together(TEMPERATURE, SHOW_TEMPERATURE)
workarounds.redraw_together("probabilities", ("writing",))


def draw_part(name: str, draw: Callable[..., None], *args: Any) -> None:
    """Draw a part of the page with the function that draws it again."""
    _part(name, draw)(*args)


@cache
def _part(name: str, draw: Callable[..., None]) -> Callable[..., None]:
    """A part of every page. It is made once, because Streamlit reads its function's signature."""
    part = safe_part(draw)
    part.__qualname__ += f".{name}"  # Streamlit knows a part by its function and its place
    return st.fragment(part, key=name)


def draw_setting(name: str, draw: Callable[[str], None]) -> None:
    """Draw the control of a setting of `ALONE` as a part. draw: draws it, by its name."""
    draw_part(name, _draw_setting, name, draw, _seen_elsewhere())


def _draw_setting(name: str, draw: Callable[[str], None], drawn: tuple[Any, ...]) -> None:
    """drawn: `_seen_elsewhere` of the page."""
    if workarounds.is_redrawn():
        session.prepare()
        if _replaces_run() or _seen_elsewhere() != drawn:
            st.rerun()
    with workarounds.unbroken():
        with st.container(gap=None):
            draw(name)
        end_part(name)


def _replaces_run() -> bool:
    """Whether any change of the recipe gives the page another run, or another row of a table."""
    job = current_run.current_job()
    return job is None or current_run.is_untouched(job) or is_of_notebook(job.config)


def _seen_elsewhere() -> tuple[Any, ...]:
    """What the parts outside `SHOW_THEM` show, as far as `prepare` may change it."""
    job, recipe = current_run.current_job(), settings.config()
    return (
        None if job is None else (job.token, job.learning_rate),
        chosen_list.choice(),
        [getattr(recipe, name) for name in SETTINGS if name not in ALONE],
        settings.refusal(),
        shown_settings.hidden_words(),
        state.NOTICES.get(),
    )


def end_part(name: str) -> None:
    """End a part with controls. When it is redrawn, it brings the address and refusals along."""
    if workarounds.is_redrawn():
        session.update_address(name)
        session.show_refused()
    else:
        session.draw_heard(name)
