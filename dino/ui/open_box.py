"""The box that opens a saved run: from a visitor's file, or one that comes with the server.

It is the same in the Lab, which saves runs and trains them further, and on Compare, which shows
several runs.
"""

from __future__ import annotations

import streamlit as st

from dino.ui import current_run, measurements, open_saved_run, session, state, workarounds
from dino.ui.failures import safe_part
from dino.ui.file_box import draw_file_box, file_in
from dino.ui.language import put, say
from dino.ui.listening import draw_pulse, turn
from dino.ui.server import this_visit
from dino.ui.text import show_text
from dino.ui.widgets import draw_lazy_box, run_to_end

TAKES = workarounds.Takes(24_000_000)  # as in `dino/saved/tensors.py`, which loads slowly


def draw_open_box() -> None:
    """Draw the box; its content only while it is open."""
    draw_lazy_box(say("Open a saved run"), state.OPEN_BOX, ":material/folder_open:", _draw_content)


@st.fragment
@safe_part
def _draw_content() -> None:
    """Draw a box for a file, the prepared runs, the progress of the reading, or how it ended."""
    if session.is_erased():
        st.rerun()
    st.caption(
        say(
            "A file of at most 24 MB from *Saved run* or `python -m dino`, yours or a "
            "colleague's. It becomes one of your runs, with its curve, names and moments. If it "
            "was trained on a private list that you do not have, you can only view it, and it "
            "does not become one of your runs."
        )
    )
    number = state.RUN_FILES.get()
    draw_file_box(say("A saved run (.safetensors)"), f"run_file_{number}", TAKES, _upload)
    _draw_prepared(f"prepared_{number}")
    drawn = turn(this_visit())  # before the check, because the reading may end just after it
    found = open_saved_run.continue_reading()
    if found is not None and found.done:
        st.rerun()
    if found is not None:
        st.progress(found.share, say("Reading the file…"))
        draw_pulse(current_run.current_job(), "open_pulse", drawn=drawn)
    elif refused := state.FILE_REFUSAL.get():
        with st.container(border=True, key="open_refused"):
            show_text(put(refused))
    elif opened := state.FILE_OPENED.get():
        show_text("\n".join(map(put, opened)))
    elif (nameless := this_visit().nameless) is not None:
        from dino.ui.nameless_box import draw_nameless  # loads numpy and the charts

        draw_nameless(nameless)
    measurements.end_unasked("open")


def _draw_prepared(key: str) -> None:
    """Draw a box for the runs that come with this server; nothing if there are none."""
    from dino.saved import shipped_runs

    names = shipped_runs.names()
    if names:
        st.selectbox(
            say("Prepared runs"),
            names,
            index=None,
            placeholder=say("Choose a run"),
            key=key,
            on_change=_choose,
            args=(key,),
        )


@run_to_end
def _upload(key: str) -> None:
    """Callback: read the file and empty the box."""
    file = file_in(key)
    if file is not None:
        open_saved_run.begin_upload(file)
        state.RUN_FILES.set(state.RUN_FILES.get() + 1)


@run_to_end
def _choose(key: str) -> None:
    """Callback: read a prepared run."""
    name = state.get_all({key: None})[key]
    if isinstance(name, str):
        open_saved_run.begin_prepared(name)
        state.RUN_FILES.set(state.RUN_FILES.get() + 1)
