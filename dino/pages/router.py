"""The script that runs for every page: page settings and the table of pages, nothing else."""

from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent
# A file of our own: a browser would fetch Streamlit's icons from another server.
ICON = str(HERE.parent / "ui" / "icon.svg")


def main() -> None:
    """Draw the page that the address names."""
    st.set_page_config(page_title="Dino", page_icon=ICON, layout="wide")
    st.navigation(
        [st.Page(HERE / "lab.py", title="Lab", icon=":material/science:", default=True),
         st.Page(HERE / "data.py", title="Data", icon=":material/list_alt:", url_path="data"),
         st.Page(HERE / "inside.py", title="Inside", icon=":material/visibility:",
                 url_path="inside")],
        position="top",
    ).run()


if __name__ == "__main__":
    main()
