"""The Lab: choose a recipe, watch it train, let it write names, look inside each letter."""

import streamlit as st

from dino.pages.lab import controls
from dino.pages.lab.training import at_once, live
from dino.ui import panels, session

# The buttons first, and alone: a browser fetches the code of every kind of part before it shows any
# that came with it. Once they are there it asks for the rest, and only then is a run made.
new = session.start("lab")
session.prepare()
config = session.config()
job = None if new else session.job(config)
panels.header()
with st.container():
    panels.notices()
if new:
    at_once(config)
else:
    live(config)
    with st.sidebar:
        controls.recipe()
    if job is not None:
        from dino.pages.lab.writing import writing

        writing(job.running)
        panels.network(job)
        panels.next_step(config)
    session.to_address(config, session.writing())
    if job is not None:
        session.begin(job)
session.finish()
