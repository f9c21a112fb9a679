"""The lessons of the Learn page: texts by authors who need no Python, and the code that reads them.

README.md says how a lesson is written. Nothing here knows Streamlit.
"""
