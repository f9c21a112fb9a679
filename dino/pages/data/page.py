"""Data: which names to train on, the visitor's own list, and the list itself as a lesson."""

import streamlit as st

from dino.pages.data.choose import draw_choice
from dino.pages.data.tabs import TABS, draw_tabs
from dino.ui import current_run, session
from dino.ui.language import say
from dino.ui.page_top import open_page
from dino.ui.printing import draw_print_view
from dino.ui.share import draw_share

open_page("data", TABS)
job = current_run.current_job()
if job is not None:
    current_run.watch(job)
with st.container(key="data_page"):
    if draw_choice():
        draw_tabs()
        st.divider()
        session.draw_link(
            session.LAB,
            label=say("Next: train on this list in the Lab"),
            icon=":material/arrow_forward:",
        )
draw_share()
session.update_address()
draw_print_view()
session.finish()
