"""Files that a visitor downloads: by which id, how long they are kept, and why one was refused.

Streamlit gives a button's file a new id each time that the page is drawn, and the browser hears of
it a moment later. When a file cannot be made, Streamlit says the same whatever the reason is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from dino.locale.sentences import Refusal
from dino.ui.workarounds.sessions import is_drawing, notes_of, session_id
from dino.ui.workarounds.wrapping import attempt, find_class, wrap

DRAWN = 200  # ids of files that are remembered for a session; the Lab shows eight at a time
PATIENCE = 20.0  # the most seconds that a click waits for its button to be drawn again
PAUSE = 0.02  # seconds between two checks for that
LASTS = 10.0  # the fewest seconds that a file is kept for its browser; files asked for add up

_NO_FILE = "no file: "  # stands before the reason, in place of a file's address
_ASKED = "files that are asked for"  # in place of a session's id
_MANAGER = "streamlit.runtime.media_file_manager"
_HANDLER = "streamlit.runtime.backend_operation_handler"


def bring_files() -> None:
    """Have a click on a button bring its file, even if the page is drawn again meanwhile."""
    wrap(find_class(_MANAGER, "MediaFileManager"), "add_deferred", with_its_button)
    wrap(find_class(_HANDLER, "DeferredFileHandler"), "handle", by_its_newest_id)
    wrap(find_class(_MANAGER, "MediaFileMetadata"), "mark_for_delete", not_at_once)


def with_its_button(original: Callable[..., str]) -> Callable[..., str]:
    """Around MediaFileManager.add_deferred, which gives a button's file its id: remember both."""

    def add(manager: Any, *args: Any, **options: Any) -> str:
        file_id = original(manager, *args, **options)
        buttons = notes_of(session_id()).buttons
        buttons[file_id] = options.get("element_id", "")
        for oldest in [*buttons][:-DRAWN]:
            del buttons[oldest]
        return file_id

    return add


def by_its_newest_id(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Around DeferredFileHandler.handle: a browser that asks by an old id gets the newest file."""

    async def handle(handler: Any, request: Any, session_id: str) -> Any:
        asked, until = request.deferred_file, time.monotonic() + PATIENCE
        while True:
            waits = is_drawing(session_id) and time.monotonic() < until  # ask before the search
            newest = attempt("ids of files", _hold_newest, handler, session_id, request)
            if newest or not waits:
                break
            await asyncio.sleep(PAUSE)
        asked.file_id = newest or asked.file_id
        try:
            return await original(handler, request, session_id)
        finally:
            if newest:
                del _held_in(handler)[str(id(request))]

    return handle


def _hold_newest(handler: Any, session_id: str, request: Any) -> str:
    """Find the newest id of the file that is asked for; '' while there is none.

    Streamlit then keeps this id until the file is made, whatever is drawn meanwhile.
    """
    newest, buttons = request.deferred_file.file_id, notes_of(session_id).buttons
    # Ids are in the order of drawing. A copy, because the page's script may add some meanwhile.
    if button := buttons.get(newest):
        newest = [each for each, its in [*buttons.items()] if its == button][-1]
    manager = handler._get_media_file_mgr()
    with manager._lock:  # Streamlit takes this lock to remove the files that no page shows
        if newest not in manager._deferred_callables:
            return ""
        _held_in(handler)[str(id(request))] = newest
    return newest


def _held_in(handler: Any) -> Any:
    """The ids that are asked for now, by request. Streamlit takes them for the files of one more
    page.
    """
    return handler._get_media_file_mgr()._files_by_session_and_coord[_ASKED]


def not_at_once(original: Callable[[Any], None]) -> Callable[[Any], None]:
    """Around MediaFileMetadata.mark_for_delete: keep a file for at least `LASTS` seconds.

    At the end of a script, Streamlit marks the files that no page shows. At the end of the next
    script, it deletes them. Both may be scripts of other visitors.
    """

    def mark(file: Any) -> None:
        first = file.__dict__.setdefault("first_marked", time.monotonic())
        if time.monotonic() - first >= LASTS:
            original(file)

    return mark


def say_why_no_file() -> None:
    """When a file is refused, have the browser say the reason below the button."""
    wrap(find_class(_MANAGER, "MediaFileManager"), "execute_deferred", without_a_file)
    wrap(find_class(_HANDLER, "DeferredFileHandler"), "handle", with_the_reason)


def without_a_file(original: Callable[..., str]) -> Callable[..., str]:
    """Around MediaFileManager.execute_deferred: return the reason in place of an address."""

    def execute(manager: Any, file_id: str) -> str:
        try:
            return original(manager, file_id)
        except Exception as error:
            if isinstance(error.__cause__, Refusal):
                return f"{_NO_FILE}{error.__cause__}"
            raise

    return execute


def with_the_reason(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Around DeferredFileHandler.handle, which answers the browser: send the reason as an error."""

    async def handle(handler: Any, request: Any, session_id: str) -> Any:
        response = await original(handler, request, session_id)
        where = response.deferred_file.url
        if where.startswith(_NO_FILE):
            response.ClearField("deferred_file")
            response.error_msg = where.removeprefix(_NO_FILE)
        return response

    return handle
