"""The Lab: choose a recipe, watch it train, let it write names, look inside each letter.

From top to bottom, each at its place whatever comes and goes in the others:

row       the five settings that are changed most, and beside them the run's buttons
line      one line about the settings: a refused value, an offered learning rate; at its end, on a
          first visit, three ways to begin
live      where the run is, what its buttons offer, the network, figures, chart, names as it learns
then      written names, the network, what to try next; in the sidebar the rest of the recipe
"""

import streamlit as st

from dino.pages.lab.controls import (
    draw_hidden_settings,
    draw_line,
    draw_place_of_row,
    draw_recipe,
    draw_row,
)
from dino.pages.lab.explain import draw_network, draw_next_step
from dino.pages.lab.take_home import draw_take_home
from dino.pages.lab.training import (
    draw_buttons,
    draw_first_buttons,
    draw_place_of_training,
    draw_training,
)
from dino.pages.lab.ways_in import draw_ways_in
from dino.ui import current_run, session, settings
from dino.ui.open_box import draw_open_box
from dino.ui.page_top import draw_erase_button, open_page
from dino.ui.printing import draw_print_view

recipe = st.sidebar.container(key="recipe")  # first, because the page begins beside it
# On a first visit draw only the buttons, because a browser shows nothing until it has fetched the
# code of every kind of element. Once it shows them, it asks for the rest; only then is a run
# created.
new = open_page("lab")
config = settings.config()
job = None if new else current_run.ensure_run(config)
# Both cases draw the buttons in one place, so the browser keeps them.
row, beside = draw_place_of_row()
with beside:
    (draw_first_buttons if new else draw_buttons)()
line = draw_line(config)
draw_hidden_settings()
if job is None:
    row.caption("…")  # holds the place of the settings
    draw_place_of_training().caption("…")
    recipe.caption("…")
    session.update_address_early()
else:
    draw_row(row)
    with line:
        draw_ways_in()
    draw_training()
    with recipe:
        draw_recipe()
    from dino.pages.lab.writing import draw_writing  # loads numpy and the charts

    draw_writing(job.running)
    draw_take_home()
    draw_open_box()
    draw_network(job)
    draw_next_step()
    draw_erase_button("erase_lab")
    session.update_address()
    current_run.start_building(job)
draw_print_view()
session.finish()
