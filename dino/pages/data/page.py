"""Data: which names to learn from, a list of one's own, and the list itself as a lesson."""

import streamlit as st

from dino.pages.data.choose import choose, lesson
from dino.ui import panels, session

session.start("data")
session.prepare()
session.corpus(session.config().split_seed)  # what it has to say stands at the top
panels.header()
with st.container():
    panels.notices()
job = session.current()
if job is not None:
    session.watch(job)
if choose():
    lesson()
    st.divider()
    st.page_link(session.LAB, label="Next: train on this list in the Lab",
                 icon=":material/arrow_forward:")
session.to_address(session.config(), session.writing())
session.finish()
