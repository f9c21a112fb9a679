"""The border of Streamlit: the visitor's session, controls, panels, two small components."""
