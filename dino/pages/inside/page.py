"""Inside: rewind a run, walk a name letter by letter, take parts of the network away."""

import streamlit as st

from dino.pages.inside.frame import inside, picture
from dino.pages.inside.letters import letters, two
from dino.pages.inside.units import memory, units
from dino.pages.inside.weights import gradient, weights
from dino.ui import panels, session

session.start("inside")
session.prepare()
panels.header()
with st.container():
    panels.notices()
job = session.job(session.config())
inside({
    "name": ("The picked name", picture),
    "letters": ("Letter by letter", letters),
    "memory": ("Memory", memory),
    "units": ("Units", units),
    "gradient": ("Gradient", gradient),
    "weights": ("Weights", weights),
    "two": ("Two models", two),
})
st.divider()
st.page_link(session.LAB, label="Next: another recipe in the Lab",
             icon=":material/arrow_forward:")
session.to_address(session.config(), session.writing())
if job is not None:
    session.begin(job)
session.finish()
