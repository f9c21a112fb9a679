"""Data, the choice: which list the next run trains on, and what happens to the current run."""

from __future__ import annotations

import streamlit as st

from dino.choice import OWN, Choice
from dino.lists import BUNDLED
from dino.pages.data.own_list import PRIVATE, draw_own_list, is_in_hand
from dino.ui import chosen_list, current_run, measurements, settings, state
from dino.ui.language import put, say
from dino.ui.widgets import run_to_end


def draw_choice() -> bool:
    """Draw the choice of a list, and a button that trains on it.

    Returns whether a list is chosen. False until the visitor has brought their first own list.
    """
    chosen = chosen_list.choice()
    if not _is_bringing() and state.DATA_LIST.get() != chosen.key:
        state.DATA_LIST.set(chosen.key)
    st.segmented_control(
        say("Names to train on"),
        [*BUNDLED, OWN],
        key=state.DATA_LIST.key,
        persist_state="session",
        required=True,
        format_func=lambda key: say("Your own") if key == OWN else put(BUNDLED[key].title),
        on_change=_choose,
    )
    if _is_bringing():
        draw_own_list()
        measurements.end_unasked("choice", gone=["lesson"])
        return False
    if chosen.key == OWN:
        st.caption(put(PRIVATE))
        with st.expander(say("Bring another list, or change the capitals of this one")):
            st.caption(say("The new list replaces this one. Your runs keep the list they used."))
            draw_own_list()
    else:
        _draw_bundled(chosen)
    with st.container():
        _draw_next_run(chosen)
    measurements.end_unasked("choice")
    return True


def _is_bringing() -> bool:
    """Whether the visitor wants their own list and has not brought one yet."""
    return state.DATA_LIST.get() == OWN and not state.OWN_LIST.get()


def _choose() -> None:
    """Callback: the next run trains on the list that the control shows, if there is one."""
    key = state.DATA_LIST.get()
    if key is not None and not _is_bringing():
        state.LIST.set(key)


def _draw_bundled(chosen: Choice) -> None:
    bundled = BUNDLED[chosen.key]
    st.caption(f"{put(bundled.about)} {put(bundled.source)}")
    st.toggle(
        say("Keep capital letters"),
        key=state.KEEP_CASE.key,
        persist_state="session",
        help=say("If off, all names are in lower case, as in the notebook."),
    )


def _draw_next_run(chosen: Choice) -> None:
    """Say what happens to the current run, because a model belongs to its list; draw the Train
    button.

    The button is always below the words, so that longer words do not move the parts below.
    """
    with st.container(key="next_run"):
        st.markdown(_run_words(chosen))
        st.button(
            say("Train on {list}", list=chosen.in_words),
            type="secondary" if is_in_hand() else "primary",
            icon=":material/play_arrow:",
            key="data_train",
            on_click=_train,
        )


def _run_words(chosen: Choice) -> str:
    job = current_run.current_job()
    if job is None or job.run is None or not job.run.step:
        return say("The next run uses {list}.", list=chosen.in_words)
    source = job.corpus.source
    if source != chosen:
        return say(
            "Your current run was trained on {old} and keeps that list. The next run uses "
            "{list}. You can still open the current one on the Inside page.",
            old=source.in_words if isinstance(source, Choice) else job.corpus.title,
            list=chosen.in_words,
        )
    if job.running:
        return say("Your current run is being trained on this list.")
    return say("Your current run was trained on this list.")


@run_to_end
def _train() -> None:
    """Callback: start a run on the chosen list; the script then goes to the Lab. If the list is too
    short, only show a notice.
    """
    new = current_run.replace_run(settings.config())
    if new.corpus.source == chosen_list.choice():
        current_run.act(lambda job: job.play())
        state.WANTED_PAGE.set("lab")
