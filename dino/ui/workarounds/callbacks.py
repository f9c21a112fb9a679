"""The exception that aborts a script or a callback while another click of its page waits."""

from streamlit.runtime.scriptrunner import RerunException

# Streamlit raises it where the session's state is next read or set. A callback is then not called
# again: the rest of its work is lost. Only this exception tells such a callback from a failed
# one, so `dino/ui/widgets.py` catches it, and raises it again when the callback is done.
BrokenOff = RerunException
