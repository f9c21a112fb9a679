"""The Lab: choose a recipe, watch it train, let it write names, look inside each letter."""

import streamlit as st

from dino.pages.lab.controls import draw_recipe
from dino.pages.lab.explain import draw_network, draw_next_step
from dino.pages.lab.training import draw_first_buttons, draw_training
from dino.ui import current_run, session, settings
from dino.ui.page_top import open_page

# The buttons first, and alone: a browser fetches the code of every kind of part before it shows any
# that came with it. Once they are there it asks for the rest, and only then is a run made.
new = open_page("lab")
config = settings.config()
if new:
    draw_first_buttons(config)
else:
    job = current_run.ensure_run(config)
    draw_training(config)
    with st.sidebar:
        draw_recipe()
    from dino.pages.lab.writing import draw_writing  # it needs numpy and the charts

    draw_writing(job.running)
    draw_network(job)
    draw_next_step(config)
    session.update_address()
    current_run.start_building(job)
session.finish()
