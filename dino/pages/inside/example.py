"""Inside without a run: the picture of a name that an example run wrote."""

from __future__ import annotations

from functools import cache

import streamlit as st

from dino.pages.inside.picked_name import draw_picked_name
from dino.pages.inside.view import View, network_at
from dino.ui.example_runs import example_words, examples
from dino.ui.language import say
from dino.ui.text import show_text


def draw_example() -> None:
    """Draw it, with a sentence that says what it is."""
    view = example_view()
    with st.container(border=True, key="example"):
        show_text(
            say(
                "An example of what you will see: how a prepared run, not yours, wrote the name "
                "{name}, letter by letter ({run}).",
                name=view.picked_trace.name,
                run=example_words(view.entry),
            )
        )
        draw_picked_name(view)


@cache
def example_view() -> View:
    """The first example at the moment with its lowest held-out loss, and its first whole name."""
    entry = examples()[0]
    moment = entry.run.best_moment
    view = View(entry, moment, network_at(entry, moment), (), 0, entry.run.config.seed, 0, ())
    whole = [i for i, trace in enumerate(view.traces) if trace.finished and trace.name]
    return View(entry, moment, view.intact_model, (), 0, view.seed, whole[0], ())
