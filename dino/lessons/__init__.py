"""The lessons of the page Learn: texts that people write who need no Python, and what reads them.

README.md says how a lesson is written. Nothing here knows Streamlit.
"""
