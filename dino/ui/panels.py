"""Old names."""
from dino.ui.formulas import FORMULAS, OUTPUT  # noqa: F401
from dino.ui.page_top import draw_erase_button as erase_button  # noqa: F401
from dino.ui.page_top import _draw_notices as notices  # noqa: F401
def header() -> None:
    import streamlit as st
    st.markdown("**Dino** · watch a recurrent network learn to name dinosaurs")
