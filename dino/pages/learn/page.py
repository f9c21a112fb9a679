"""Learn: the notebook's story in short lessons, each with a bet before its answer."""

import streamlit as st

from dino.pages.learn.chosen_part import draw_learn, tabs
from dino.ui import session
from dino.ui.language import say
from dino.ui.page_top import open_page
from dino.ui.printing import draw_print_view

open_page("learn", tabs())
draw_learn()
with st.container(key="learn_next"):
    st.divider()
    session.draw_link(
        session.LAB, label=say("Next: your own recipe in the Lab"), icon=":material/arrow_forward:"
    )
session.update_address()
draw_print_view()
session.finish()
