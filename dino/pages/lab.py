"""The Lab: choose a recipe, watch it train, let it write names, look inside each letter."""

import streamlit as st

from dino.ui import controls, panels, session
from dino.ui.live import live
from dino.ui.writing import writing

session.start()
session.keep()
with st.sidebar:
    config = controls.recipe()
panels.header()
with st.container():
    panels.notices()
job = session.job(config)
live(config)
if job is not None:
    with st.container():
        panels.memory(job)
    writing(job.running)
    panels.network(job)
    panels.next_step(config)
session.to_address(config, session.writing())
if job is not None:
    session.begin(job)
