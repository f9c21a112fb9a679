"""The only package that uses private parts of Streamlit (1.67), and why it must.

Each workaround answers one bug or behaviour of Streamlit:

* `run_one_script`: with fast reruns, a click that comes while a script runs starts a second script
  beside it, and may be lost before its script has begun. Some hosts force fast reruns on every app.
* `take_each_message`: Streamlit merges messages that wait for a script. If one of them is a choice
  that sets other widgets, it then replaces what was chosen in them afterwards.
* `break_off_at_drawing`: Streamlit stops a script for the next click wherever it reads or writes
  the session's values, so only one of two values that belong together may be set.
* `survive_callbacks`: if a callback raises, Streamlit draws nothing but an error.
* `replace_error_box`: Streamlit's error shows a visitor the code's lines, or a sentence that does
  not help. Some hosts force one of them.
* `BrokenOff`, `finish_callbacks`: if another click waits, Streamlit stops a callback and never
  calls it again.
* `is_script`: Streamlit runs the file that makes its server a second time, as the script of every
  page. It does not tell which of the two runs.
* `COOKIE`, `browser_secret`: Streamlit identifies a browser by a secret, but masks it differently
  for every page.
* `main_script`: Streamlit serves the static files beside the file with which it was started. It
  does not tell a script which file that is.
* `session_id`: Streamlit does not tell a script whose session it draws.
* `is_known`, `is_connected`, `connected_sessions`: Streamlit does not tell which sessions have a
  websocket, or are kept for one.
* `is_drawing`: Streamlit does not tell that a page is being drawn. One click can end the typing in
  a box and ask for a file; the file must wait until the page has read what was typed. And an event
  during a drawing would cause one redraw too many.
* `keep_what_is_set`, `script_number`, `HEARD`, `BEGUN`: a browser sends all its widgets with every
  message. If a page has set one meanwhile, Streamlit takes the old value for a new choice. And if
  two drawings come at once, a browser shows only the second, and Streamlit sends a value that a
  page has set only with the first.
* `unbroken`: Streamlit breaks a script off between two controls of one recipe.
* `bring_files`: each time that a page is drawn, Streamlit gives a button's file a new id and drops
  the old one. A click that ends the typing has the page drawn, but asks by the old id. And when any
  two scripts have ended, Streamlit deletes a file that its browser may not have fetched yet.
* `say_why_no_file`: if making a file raises, Streamlit says only that it failed, and logs it.
* `forgive_nonsense`: Streamlit accepts every widget value that a browser sends. A wrong one raises
  in the script or in a callback, or is taken silently. Here `SessionState` drops it, as it drops a
  value for a disabled widget, so the widget keeps its old value.
* `collect_notes`: Streamlit does not let a page say what `forgive_nonsense` and `limit_uploads`
  have dropped.
* `refuse_messages`: the message `clear_cache` empties the caches of all sessions. Others read the
  host's git repository on the event loop, rerun at will, or make a thousand upload addresses.
  A text frame raises KeyError, and bytes that are not a message log a traceback.
* `free_sessions`: Streamlit drops a closed session only when the next one closes, and shuts it
  down only when Python collects it. Until then the session keeps its uploads, its values and three
  descriptors of an event loop. It keeps 128 of those that wait; we keep 30, for their memory.
* `come_back_to_nothing_unsent`: when a browser comes back after its connection broke, Streamlit
  sends it the rest of the script that ran. What the connection lost is missing before that rest, so
  the browser has no place for it ("Bad delta path").
* `limit_uploads`, `UploadGate`, `forget_upload`: Streamlit bounds the size of a file. It does not
  bound how many a visitor sends or how many arrive at once, and it holds each until its page ends.
* `take_piece`, `transfer_answer`, `sent_file`, `end_transfers`: Streamlit's upload needs the
  browser's cookie, which a page in another site's frame does not have.
* `PIECE`, `Takes`, `SentFile`: what a box may take on that way, and what it then holds.
* `forget_uploads`: Streamlit keeps the files of a visitor who erases everything.
* `sends_cookie`, `cookie_secret`: Streamlit tells a script its cookies only while it is connected.
* `gather_messages`: Streamlit wakes the event loop once for each of a page's sixty messages. And
  the last messages of a script are lost if a part of the page asks for a redraw as the script ends.
* `send_together`: Streamlit's event loop yields to other tasks after each message that it sends.
* `send_at_once`: Streamlit's sockets hold a small message back for 40 ms.
* `read_options_together`: Streamlit reads each of its options under one lock for all pages.
* `look_up_one_value`: when a widget looks up its value, Streamlit copies all values of the session.
* `mount_components_by_key`: Streamlit encodes and hashes a component's data twice, and makes a
  class each time that its value is read.
* `look_for_no_form`: Streamlit looks three times for a form round each element, in all places.
* `encode_once`, `Encoded`, `data_to_send`: Streamlit encodes a component's data each time that it
  is drawn, also if they are the same.
* `copy_places_once`: for each part of a page, Streamlit copies all containers round it, many times.
* `begin_at_the_top`: a page that is asked for as a part's script ends is drawn into that part.
* `read_values`: for each value that a page reads, Streamlit looks for another click and takes a
  lock.
* `redraw_what_changed`: a part of a page may ask for a redraw while the browser or the script goes
  to another page. Streamlit obeys once that page is drawn, and the browser shows nothing. A choice
  that the browser sends after it has gone leads Streamlit back to the page before. And the browser
  sends all changes of one instant as one message, which asks for only one part. And when a part
  begins again, Streamlit forgets what of it was not sent yet, also where the whole page or a part
  round it drew it: the browser has no place for what comes next in the same container ("Bad delta
  path").
* `redraw_together`: after a click Streamlit redraws the part of the page in which it was made, or
  all of it. A callback can name other parts, but the script then begins twice, and what else
  changed in that message is not redrawn. A part that has just moved is not redrawn at all.
* `is_redrawn`: Streamlit does not tell a part of a page whether it is drawn with the page.
* `is_history_step`, `sent_query`: Streamlit does not tell a page that Back or Forward led to it.
* `around_scripts`, `before_drawing`, `script_memory`, `once_a_script`: Streamlit does not tell when
  a page's script runs, or when it draws.
* `close_metrics`, `Guard`: Streamlit shows every visitor its counts at `/_stcore/metrics`.
* `FirstLook`: Streamlit sends the styles of a page among its parts, so parts that came before move.
* `apply`: Streamlit promises none of its private parts, so a server's start logs which are missing.

If another version lacks such a part, its workaround is left out, and one line of the log says so.
"""

from dino.ui.workarounds.doors import Guard, close_metrics, refuse_messages
from dino.ui.workarounds.downloads import bring_files, say_why_no_file
from dino.ui.workarounds.drawing import (
    Encoded,
    begin_at_the_top,
    copy_places_once,
    data_to_send,
    encode_once,
    is_redrawn,
    look_for_no_form,
    mount_components_by_key,
)
from dino.ui.workarounds.echoes import BEGUN, HEARD, keep_what_is_set, script_number
from dino.ui.workarounds.first_look import FirstLook
from dino.ui.workarounds.messages import (
    BrokenOff,
    finish_callbacks,
    redraw_together,
    redraw_what_changed,
    unbroken,
)
from dino.ui.workarounds.reading import (
    around_scripts,
    before_drawing,
    look_up_one_value,
    once_a_script,
    read_values,
    script_memory,
)
from dino.ui.workarounds.scripts import (
    break_off_at_drawing,
    replace_error_box,
    run_one_script,
    survive_callbacks,
    take_each_message,
)
from dino.ui.workarounds.sessions import (
    COOKIE,
    browser_secret,
    collect_notes,
    come_back_to_nothing_unsent,
    connected_sessions,
    cookie_secret,
    free_sessions,
    is_connected,
    is_drawing,
    is_history_step,
    is_known,
    is_script,
    main_script,
    sends_cookie,
    sent_query,
    session_id,
)
from dino.ui.workarounds.speed import (
    gather_messages,
    read_options_together,
    send_at_once,
    send_together,
)
from dino.ui.workarounds.transfers import (
    PIECE,
    SentFile,
    Takes,
    end_transfers,
    forget_uploads,
    sent_file,
    take_piece,
    transfer_answer,
)
from dino.ui.workarounds.uploads import UploadGate, forget_upload, limit_uploads
from dino.ui.workarounds.values import forgive_nonsense
from dino.ui.workarounds.wrapping import apply

__all__ = [
    "BEGUN",
    "COOKIE",
    "HEARD",
    "BrokenOff",
    "Encoded",
    "FirstLook",
    "Guard",
    "PIECE",
    "SentFile",
    "Takes",
    "UploadGate",
    "apply",
    "around_scripts",
    "before_drawing",
    "begin_at_the_top",
    "break_off_at_drawing",
    "bring_files",
    "browser_secret",
    "close_metrics",
    "collect_notes",
    "come_back_to_nothing_unsent",
    "connected_sessions",
    "cookie_secret",
    "copy_places_once",
    "data_to_send",
    "encode_once",
    "end_transfers",
    "finish_callbacks",
    "forget_upload",
    "forget_uploads",
    "forgive_nonsense",
    "free_sessions",
    "gather_messages",
    "is_connected",
    "is_drawing",
    "is_history_step",
    "is_known",
    "is_redrawn",
    "is_script",
    "keep_what_is_set",
    "limit_uploads",
    "look_for_no_form",
    "look_up_one_value",
    "main_script",
    "once_a_script",
    "mount_components_by_key",
    "read_options_together",
    "read_values",
    "redraw_together",
    "redraw_what_changed",
    "refuse_messages",
    "replace_error_box",
    "run_one_script",
    "say_why_no_file",
    "script_memory",
    "script_number",
    "send_at_once",
    "send_together",
    "sends_cookie",
    "sent_file",
    "sent_query",
    "session_id",
    "survive_callbacks",
    "take_each_message",
    "take_piece",
    "transfer_answer",
    "unbroken",
]
