"""The way in: `streamlit run app.py`. Page settings and the table of pages, nothing else."""

import streamlit as st

st.set_page_config(page_title="Dino", page_icon=":material/neurology:", layout="wide")

st.navigation(
    [st.Page("dino/pages/lab.py", title="Lab", icon=":material/science:", default=True)],
    position="top",
).run()
