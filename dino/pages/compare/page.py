"""Compare: the runs of a visit side by side, in a table, in one chart, and by their names."""

import streamlit as st

from dino.pages.compare.lesson_back import draw_lesson_back
from dino.pages.compare.live_part import draw_compare
from dino.ui import current_run, session
from dino.ui.language import say
from dino.ui.open_box import draw_open_box
from dino.ui.page_top import draw_erase_button, open_page
from dino.ui.printing import draw_print_view
from dino.ui.share import draw_share

open_page("compare")
job = current_run.current_job()
if job is not None:
    current_run.watch(job)
draw_lesson_back()
draw_open_box()
draw_compare()
st.divider()
session.draw_link(
    session.LAB, label=say("Next: another recipe in the Lab"), icon=":material/arrow_forward:"
)
draw_share()
draw_erase_button("erase_compared")
session.update_address()
draw_print_view()
session.finish()
