"""The tabs of the Data page, below its figures: each shows the list in another way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from dino.choice import Choice
from dino.locale.sentences import mark
from dino.pages.data.encoding import draw_dictionary, draw_encoding
from dino.pages.data.held_out import draw_split
from dino.pages.data.letters import draw_letters
from dino.pages.data.list_view import ListView
from dino.pages.data.names_table import draw_names
from dino.pages.data.own_list import draw_report, draw_size_warning
from dino.pages.data.suspects import draw_suspects
from dino.ui import chosen_list, current_run, measurements, notices, session, settings, state
from dino.ui.failures import safe_fragment, safe_part
from dino.ui.language import put, say, say_number
from dino.ui.listening import draw_pulse, turn
from dino.ui.server import this_visit


def draw_tabs() -> None:
    """Draw the tab bar and the chosen tab for the list."""
    state.set_first(state.DATA_TAB)
    with st.container(key="lesson"):
        safe_fragment(_draw_fragment)(chosen_list.choice(), len(notices.sentences()))


def _draw_fragment(chosen: Choice, sentences: int) -> None:
    """The fragment that is redrawn when there is something new, or the visitor changes something.

    chosen, sentences: the list and the number of notices that the rest of the page shows.
    """
    if chosen_list.choice() != chosen or len(notices.sentences()) != sentences:
        st.rerun()  # the rest of the page must also show the change of names
    drawn = turn(this_visit())  # before anything is read, because it may change just after
    recipe = settings.config()
    how = recipe.split_seed, recipe.exam
    view = ListView(chosen_list.corpus(*how), chosen_list.complete_corpus(*how))
    st.subheader(put(view.corpus.title), anchor=False)
    with st.container(horizontal=True, gap="small"):
        for label, (value, meaning) in _figures(view).items():
            st.metric(label, value, help=meaning, width=136)
    draw_size_warning(len(view.corpus.train), len(view.corpus.val))
    if view.corpus.cleaned is not None:
        with st.expander(say("What cleaning did")):
            draw_report(view.corpus.cleaned, "list_report")
    draw_tab = _draw_tab_bar()
    with st.container(key="data_panel"):
        safe_part(draw_tab)(view)
    session.update_address("lesson")
    measurements.end_unasked("lesson")
    draw_pulse(current_run.current_job(), drawn=drawn)


def _draw_tab_bar() -> Callable[[ListView], None]:
    """Draw the tab bar; return the function that draws the chosen tab."""
    tab = st.segmented_control(
        say("What to show"),
        list(TABS),
        format_func=lambda key: put(TABS[key][0]),
        key=state.DATA_TAB.key,
        persist_state="session",
        required=True,
        label_visibility="collapsed",
    )
    return TABS[tab if tab in TABS else "names"][1]


def _figures(view: ListView) -> dict[str, tuple[str, str]]:
    """The list in figures: from label to value and meaning."""
    corpus = view.corpus
    mean_length = float(np.mean([len(name) for name in corpus.names]))
    longest = max(map(len, corpus.names))
    return {
        say("Rows"): (say_number(len(corpus.rows)), say("Names in the list, with repeats.")),
        say("Distinct"): (
            say_number(len(corpus.names)),
            say("Different names. A repeated name counts once."),
        ),
        say("Characters"): (
            say_number(corpus.characters),
            say("Characters of the file as read, with line breaks."),
        ),
        say("Symbols"): (
            say_number(len(corpus.vocab)),
            say(
                "Different symbols (the vocabulary), including the end mark. The network gives "
                "each a probability at every step."
            ),
        ),
        say("Longest"): (say_number(longest), say("Letters of the longest name.")),
        say("Mean length"): (
            say_number(mean_length, ".1f"),
            say("Mean number of letters per distinct name."),
        ),
    }


TABS: dict[str, tuple[str, Callable[[ListView], None]]] = {  # key to label and drawing function
    "names": (mark("Names"), draw_names),
    "letters": (mark("Letters"), draw_letters),
    "suspects": (mark("Repeats and suspects"), draw_suspects),
    "dictionary": (mark("Dictionary"), draw_dictionary),
    "encoding": (mark("One name, encoded"), draw_encoding),
    "split": (mark("Split"), draw_split),
}
