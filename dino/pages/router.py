"""The script that runs for every page: page settings and the table of pages."""

from pathlib import Path

import streamlit as st

from dino.ui.failures import safe_part
from dino.ui.language import say

HERE = Path(__file__).parent
# Our own file: browsers would fetch Streamlit's icons from another server.
ICON = str(HERE.parent / "ui" / "icon.svg")


def _page(folder: str, title: str, icon: str, default: bool = False) -> st.Page:
    """A page by its folder. All scripts are called page.py, so each page needs its own address."""
    return st.Page(
        HERE / folder / "page.py",
        title=title,
        icon=f":material/{icon}:",
        default=default,
        url_path=folder,
    )


def main() -> None:
    """Draw the page that the address names."""
    st.set_page_config(page_title="Dino", page_icon=ICON, layout="wide", initial_sidebar_state=264)
    page = st.navigation(
        [
            _page("lab", say("Lab"), "science", default=True),
            _page("data", say("Data"), "list_alt"),
            _page("inside", say("Inside"), "visibility"),
            _page("compare", say("Compare"), "compare_arrows"),
            _page("learn", say("Learn"), "school"),
        ],
        position="hidden",
    )
    safe_part(page.run)()


if __name__ == "__main__":
    main()
