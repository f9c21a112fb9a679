"""Inside: rewind a run, walk a name letter by letter, take parts of the network away."""

import streamlit as st

from dino.locale.sentences import mark
from dino.pages.inside.gradient import draw_gradient
from dino.pages.inside.letter_by_letter import draw_letters
from dino.pages.inside.memory import draw_memory
from dino.pages.inside.moment_tabs import draw_inside
from dino.pages.inside.names import draw_names
from dino.pages.inside.two_models import draw_two_models
from dino.pages.inside.units import draw_units
from dino.pages.inside.view import Tabs
from dino.pages.inside.weights import draw_weights
from dino.ui import current_run, session, settings
from dino.ui.language import say
from dino.ui.page_top import open_page
from dino.ui.printing import draw_print_view
from dino.ui.share import draw_share

TABS: Tabs = {
    "name": (mark("The picked name"), draw_names),
    "letters": (mark("Letter by letter"), draw_letters),
    "memory": (mark("Memory"), draw_memory),
    "units": (mark("Units"), draw_units),
    "gradient": (mark("Gradient"), draw_gradient),
    "weights": (mark("Weights"), draw_weights),
    "two": (mark("Two models"), draw_two_models),
}

open_page("inside", TABS)
job = current_run.ensure_run(settings.config())
draw_inside(TABS)
st.divider()
session.draw_link(
    session.LAB, label=say("Next: another recipe in the Lab"), icon=":material/arrow_forward:"
)
draw_share()
session.update_address()
current_run.start_building(job)
draw_print_view()
session.finish()
