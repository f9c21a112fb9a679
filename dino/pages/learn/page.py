"""Learn: the notebook's story in short lessons, most with a bet before the answer."""

from dino.pages.learn.chosen_part import draw_learn, tabs
from dino.ui import session
from dino.ui.page_top import open_page
from dino.ui.printing import draw_print_view

open_page("learn", tabs())
draw_learn()
session.update_address()
draw_print_view()
session.finish()
