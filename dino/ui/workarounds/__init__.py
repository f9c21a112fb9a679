"""The only package that uses private parts of Streamlit (read for 1.67), and why it must.

Each workaround answers one bug or behaviour of Streamlit:

* `BrokenOff`, `finish_callbacks`: Streamlit aborts a callback if another click waits, and never
  calls it again.
* `is_script`: Streamlit runs the file that makes its server again as the script of every page, and
  does not tell which of the two it is.
* `COOKIE`, `browser_secret`: Streamlit identifies a browser by a secret, masked for every page.
* `session_id`: Streamlit does not tell a script whose session it draws.
* `is_known`, `is_connected`, `connected_sessions`: Streamlit does not tell which sessions have a
  websocket, or wait for one.
* `is_drawing`: Streamlit makes a file that is asked for while the page has yet to hear what its
  visitor typed last, because one click ends the typing and asks for the file. And who sends events
  does not hear that a page is being drawn, which makes a redraw for them one too many.
* `keep_what_is_set`, `values_set`, `HEARD`: a browser sends all its widgets with every message,
  and Streamlit takes the old value of one that a page has set meanwhile for a choice.
* `bring_files`: each time that a page is drawn, Streamlit gives a button's file another id and
  forgets the one before, by which a browser asks that has yet to hear of it: a click that ends the
  typing has the page drawn. And the end of any two scripts deletes a file that no browser has yet.
* `say_why_no_file`: where making a file raises, Streamlit says only that it failed, and logs it.
* `forgive_nonsense`: Streamlit accepts every widget value that a browser sends. A wrong one raises
  in the script or a callback, or is taken silently. `SessionState` drops it here, as it drops a
  value for a disabled widget, so the widget keeps what it had.
* `collect_notes`: what `forgive_nonsense` and `limit_uploads` drop, Streamlit has no page say.
* `refuse_messages`: the message `clear_cache` empties the caches of all sessions. Others read the
  host's git repository on the event loop, rerun at will, or make a thousand upload addresses.
  A text frame raises KeyError, and bytes that are no message write a traceback into the log.
* `free_sessions`: Streamlit forgets a closed session only when the next one closes, and shuts it
  down only when Python collects it. Until then it keeps its uploads, its values and three
  descriptors of an event loop. If more than 128 wait at once, it forgets some too early.
* `limit_uploads`, `UploadGate`, `forget_upload`: Streamlit bounds a file, and not how many of them
  a visitor sends, or how many come at once; and it holds each until its page is gone.
* `gather_messages`: Streamlit wakes the event loop once for each of a page's sixty messages. And it
  drops what a script has said if a part of the page asks to be redrawn when the script just ends.
* `send_together`: its event loop gives way after each message that it sends.
* `send_at_once`: its sockets keep a small message back for 40 ms.
* `read_options_together`: Streamlit reads each of its options under one lock for all pages.
* `look_up_one_value`: Streamlit copies all values of a session where a widget looks up its own.
* `read_values`: it looks for another click, and takes a lock, for each value that a page reads.
* `redraw_what_changed`: where a part of a page asks to be redrawn while browser or script go to
  another page, Streamlit obeys once that page is drawn, and the browser shows nothing. And its
  browser sends what changes in one instant as one message, which asks for one part only.
* `is_history_step`, `sent_query`: Streamlit does not tell a page that Back or Forward led to it.
* `around_scripts`: Streamlit does not tell when a page's script runs.
* `close_metrics`, `Guard`: Streamlit tells every visitor its counts at `/_stcore/metrics`.
* `FirstLook`: Streamlit sends the styles of a page among its parts, which so move when these come.
* `apply`: none of them is promised by Streamlit, so a server's start names what finds no place.

Where another version lacks such a part, its workaround is left out and one line of the log says so.
"""

from dino.ui.workarounds.doors import Guard, close_metrics, refuse_messages
from dino.ui.workarounds.downloads import bring_files, say_why_no_file
from dino.ui.workarounds.echoes import HEARD, keep_what_is_set, values_set
from dino.ui.workarounds.first_look import FirstLook
from dino.ui.workarounds.messages import BrokenOff, finish_callbacks, redraw_what_changed
from dino.ui.workarounds.sessions import (
    COOKIE,
    browser_secret,
    collect_notes,
    connected_sessions,
    free_sessions,
    is_connected,
    is_drawing,
    is_history_step,
    is_known,
    is_script,
    sent_query,
    session_id,
)
from dino.ui.workarounds.speed import (
    around_scripts,
    gather_messages,
    look_up_one_value,
    read_options_together,
    read_values,
    send_at_once,
    send_together,
)
from dino.ui.workarounds.uploads import UploadGate, forget_upload, limit_uploads
from dino.ui.workarounds.values import forgive_nonsense
from dino.ui.workarounds.wrapping import apply

__all__ = [
    "COOKIE",
    "HEARD",
    "BrokenOff",
    "FirstLook",
    "Guard",
    "UploadGate",
    "apply",
    "around_scripts",
    "bring_files",
    "browser_secret",
    "close_metrics",
    "collect_notes",
    "connected_sessions",
    "finish_callbacks",
    "forget_upload",
    "forgive_nonsense",
    "free_sessions",
    "gather_messages",
    "is_connected",
    "is_drawing",
    "is_history_step",
    "is_known",
    "is_script",
    "keep_what_is_set",
    "limit_uploads",
    "look_up_one_value",
    "read_options_together",
    "read_values",
    "redraw_what_changed",
    "refuse_messages",
    "say_why_no_file",
    "send_at_once",
    "send_together",
    "sent_query",
    "session_id",
    "values_set",
]
