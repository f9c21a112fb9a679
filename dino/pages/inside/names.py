"""Inside, the names that a moment writes; one is picked, and its picture is beside them."""

from __future__ import annotations

import streamlit as st

from dino.metrics import name_kind
from dino.pages.inside.moments import take_other_draws
from dino.pages.inside.picked_name import draw_picked_name
from dino.pages.inside.view import View
from dino.ui import state
from dino.ui.language import put, say
from dino.ui.table import draw_table


def draw_names(view: View, folds: bool = False) -> None:
    """Draw the names of this moment, and what is behind every letter of the picked one.

    folds: whether the sentences about the pictures are folded.
    """
    names, picture = st.columns([1, 3], gap="medium")
    with names:
        _draw_table(view)
    with picture:
        draw_picked_name(view, folds)


def _draw_table(view: View) -> None:
    """Draw the names, which every moment writes from the same draws; a click picks one."""
    rows = []
    for trace in view.traces:
        name = trace.name if trace.finished else f"{trace.name}…"
        rows.append([name or say("(empty)"), put(name_kind(trace, view.corpus))])
    with st.container(horizontal=True, vertical_alignment="center"):
        title = f"**{say('Names from the same random draws')}**"
        st.markdown(title, width="content", help=_draws_help())
        st.button(
            say("New random draws"),
            icon=":material/casino:",
            key="other",
            on_click=take_other_draws,
            type="tertiary",
        )
    draw_table(
        [say("name"), say("kind")],
        rows,
        "morph",
        say("Names written from the same random draws. Click one"),
        names=(0,),
        selected=view.picked,
        on_row=state.INSIDE_NAME.set,
        fluid=True,
    )


def _draws_help() -> str:
    draw = say(
        "A draw is a random number between 0 and 1. Each symbol has a stretch as long as its "
        "probability, and the network writes the symbol whose stretch the number falls on."
    )
    same = say("The draws stay the same, so these names change only when the network does.")
    return f"{draw} {same}"
