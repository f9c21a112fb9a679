"""The top of every page: links, glossary, what this is, notices; and the erase button.

The links are in the band of Streamlit's own header, between its two buttons. `page_top.css` moves
them there by our own class names.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import streamlit as st

from dino.locale.sentences import languages, mark
from dino.ui import glossary_dialog, notices, session, state
from dino.ui.away import draw_away
from dino.ui.bring_up import draw_bring_up
from dino.ui.component import draw_styles
from dino.ui.language import choose_language, language, put, say
from dino.ui.server import this_visit
from dino.ui.widgets import run_to_end

HERE = Path(__file__).parent
PAGES = {
    session.LAB: mark("Lab"),
    session.DATA: mark("Data"),
    session.INSIDE: mark("Inside"),
    session.COMPARE: mark("Compare"),
    session.LEARN: mark("Learn"),
}
SCRIPTS = {
    "lab": session.LAB,
    "data": session.DATA,
    "inside": session.INSIDE,
    "compare": session.COMPARE,
    "learn": session.LEARN,
}


def open_page(page: str, tabs: Collection[str] = ()) -> bool:
    """Begin a page: session, settings, its first line and its notices. tabs: the keys of its tabs.

    Returns whether the visitor has just arrived and has no run yet.
    """
    session.wait_for_key()
    session.check_room()
    new = session.start(page, tabs)
    session.prepare()
    glossary_dialog.note_arrival(page)
    if wanted := glossary_dialog.wanted_page():
        session.switch_page(SCRIPTS[wanted])
    _draw_links()
    draw_away()
    with st.container():  # a fixed place: notices come and go without moving other parts
        _draw_notices()
    return new


def _draw_links() -> None:
    """Draw a link to each page, the glossary and, if there is room, what this is; all fit on a
    phone.
    """
    draw_styles(HERE / "page_top.css")
    with st.container(key="page_top", horizontal=True, vertical_alignment="center", gap="xsmall"):
        for script, label in PAGES.items():
            session.draw_link(script, label=put(label))
        with st.container(key="page_glossary", width="content"):
            glossary_dialog.draw_glossary()
        _draw_language_switch()
        with st.container(key="page_about", width="content"):
            st.markdown(say("**Dino** · watch a recurrent network learn to name dinosaurs"))


def _draw_language_switch() -> None:
    """A button for each other language, named in that language."""
    for code, other in languages().items():
        if other is not language():
            st.button(
                other.title,
                key=f"language_{code}",
                type="tertiary",
                on_click=run_to_end(choose_language),
                args=(code,),
            )


def _draw_notices() -> None:
    """Draw the notices as plain text, because they quote text from outside."""
    sentences = notices.sentences()
    if not sentences:
        return
    with st.container(border=True, key="notice_box"):
        for sentence in sentences:
            st.text(sentence)
        st.button(say("Dismiss"), key="dismiss", on_click=notices.dismiss)
        if state.BROUGHT_UP.get()[0] == "notice_box":
            draw_bring_up("notice_up")


def draw_erase_button(key: str) -> None:
    """Draw a button for shared computers. It erases everything that belongs to this browser."""
    once = f"{key}_{this_visit().erasures}"  # after an erasure a new, closed box replaces this one
    with (
        st.container(key=key),
        st.popover(say("Erase my data"), icon=":material/delete:", key=f"{once}_box"),
    ):
        st.markdown(
            say(
                "This stops your runs and experiments, and erases them with your lists and names. "
                "It also erases your answers, sentences and tests from the Learn page, here and in "
                "this browser's storage. The server then treats this browser as a new one. You "
                "cannot undo it."
            )
        )
        if st.get_option("browser.gatherUsageStats"):  # some hosts force it on every app
            st.markdown(
                say(
                    "On this host, Streamlit counts visits with a cookie. Streamlit receives the "
                    "address of each page. This contains the settings and, if you watch another "
                    "person's run, the key to that run. Streamlit does not receive your answers or "
                    "your lists. This button erases neither this cookie nor what Streamlit has."
                )
            )
        st.button(say("Erase now"), type="primary", key=f"{key}_now", on_click=session.erase)
