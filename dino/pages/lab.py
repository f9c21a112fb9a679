"""The Lab: choose a recipe, watch it train, let it write names, look inside each letter."""

import streamlit as st

from dino.ui import controls, panels, session
from dino.ui.live import live

# The buttons first: a browser fetches and draws parts in the order in which they come. So a new
# visitor's run is made after them, and its network once the browser asks for the first redraw.
new = session.start()
session.prepare()
config = session.config()
panels.header()
with st.container():
    panels.notices()
job = None if new else session.job(config)
live(config, new)
with st.sidebar:
    controls.recipe()
if new:
    job = session.job(config)
    if job is None:
        st.rerun()  # there is no room: a notice says so
if job is not None:
    from dino.ui.writing import writing

    with st.container():
        panels.memory(job)
    writing(job.running)
    panels.network(job)
    panels.next_step(config)
session.to_address(config, session.writing())
if job is not None and not new:
    session.begin(job)
