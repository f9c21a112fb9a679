"""The way in: `streamlit run app.py`. Page settings and the table of pages, nothing else."""

from pathlib import Path

import streamlit as st

# A file of our own: a browser would fetch Streamlit's icons from another server.
ICON = str(Path(__file__).parent / "dino" / "ui" / "icon.svg")

st.set_page_config(page_title="Dino", page_icon=ICON, layout="wide")

st.navigation(
    [st.Page("dino/pages/lab.py", title="Lab", icon=":material/science:", default=True),
     st.Page("dino/pages/data.py", title="Data", icon=":material/list_alt:"),
     st.Page("dino/pages/inside.py", title="Inside", icon=":material/visibility:")],
    position="top",
).run()
