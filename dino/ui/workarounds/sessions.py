"""Sessions: which exist, whose browser each is of and how it asked for its script, the notes that
wait for each, and the end of those that have left.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dino.locale.sentences import Text
from dino.ui.workarounds.wrapping import attempt, log_missing

NOTES = 5  # sentences that wait for a session: a stranger may send more than anybody reads
STORED = 1000  # closed sessions that wait for their browser
COOKIE = "_streamlit_xsrf"  # Streamlit's own, against forged requests: it tells a browser


class SessionNotes:
    """Notes that a session has not shown yet, what its widgets sent last, by widget id, and its
    buttons' widget ids, by the ids that their files had.
    """

    def __init__(self) -> None:
        self.notes: list[Text] = []
        self.taken: dict[str, int] = {}
        self.told: dict[str, int] = {}
        self.buttons: dict[str, str] = {}


_notes: dict[str, SessionNotes] = {}
_left: list[Any] = []  # sessions that are no longer stored
_ending: list[Any] = []  # sessions that are shut down, and not yet empty


def session_id() -> str:
    """The id of the session whose script runs in this thread; '' outside one."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def is_script() -> bool:
    """Whether this thread runs the script of a page: a server that starts runs none."""
    return get_script_run_ctx(suppress_warning=True) is not None


def is_connected(session_id: str) -> bool:
    """Whether this session has a websocket now. True where no server runs (a test)."""
    if not runtime.exists():
        return True
    found = runtime.get_instance().is_active_session(session_id)
    return found if isinstance(found, bool) else True  # AppTest has a mock for a server


def connected_sessions() -> set[str]:
    """The sessions that have a websocket now."""
    manager = _manager()
    if manager is None:
        return set()
    return (
        attempt(
            "a list of sessions", lambda: {it.session.id for it in manager.list_active_sessions()}
        )
        or set()
    )


def is_known(session_id: str) -> bool:
    """Whether this session is connected, or kept for a browser that comes back."""
    if is_connected(session_id):
        return True
    stored = _stored()
    if stored is not None and session_id in stored:
        return True
    return is_connected(session_id)  # it may have come back between the two checks


def is_drawing(session_id: str) -> bool:
    """Whether a script of this session runs, or is about to. False where no server runs."""
    manager = _manager()
    return manager is not None and bool(attempt("scripts of sessions", _runs, manager, session_id))


def _runs(manager: Any, session_id: str) -> bool:
    info = manager._active_session_info_by_id.get(session_id)
    return info is not None and info.session._scriptrunner is not None


def _manager() -> Any:
    server = runtime.get_instance() if runtime.exists() else None
    manager = getattr(server, "_session_mgr", None)
    # A mock has every attribute, so check for one that is a dict in a real manager.
    return manager if isinstance(getattr(manager, "_active_session_info_by_id", 0), dict) else None


def _stored() -> Any:
    """Streamlit's cache of closed sessions by id."""
    return getattr(getattr(_manager(), "_session_storage", None), "_cache", None)


def notes_of(session: str) -> SessionNotes:
    """What is noted of a session."""
    return _notes.get(session) or _notes.setdefault(session, SessionNotes())


def note(session: str, sentence: Text) -> None:
    """Keep a sentence until the session's page collects it."""
    notes = notes_of(session).notes
    if len(notes) < NOTES and sentence not in notes:
        notes.append(sentence)


def collect_notes() -> list[Text]:
    """Return and clear the notes of the session of this thread."""
    found = _notes.get(session_id())
    if found is None or not found.notes:
        return []
    notes, found.notes = found.notes, []
    return notes


def free_sessions(now: float | None = None) -> None:
    """Shut down the closed sessions whose time is over; from any thread, every few seconds.

    now: another time than the storage's own clock, for a test.
    """
    server = runtime.get_instance() if runtime.exists() else None
    loop = getattr(getattr(server, "_async_objs", None), "eventloop", None)
    if not isinstance(loop, asyncio.AbstractEventLoop):
        return
    try:
        running: object = asyncio.get_running_loop()
    except RuntimeError:
        running = None
    if running is loop:
        attempt("the storage of sessions", _free, now)
    else:
        with suppress(RuntimeError):  # the server has just stopped
            loop.call_soon_threadsafe(attempt, "the storage of sessions", _free, now)


def _free(now: float | None) -> None:
    stored = _stored()
    if stored is None:
        return log_missing("the storage of sessions")
    now = stored.timer() if now is None else now
    if stored._on_remove is not _leave:
        stored._on_remove = _leave  # it also forgets by itself, whenever another session closes
        stored._maxsize = STORED  # else the oldest of 128 would go, though it may yet come back
    stored.expire(now)
    left, _left[:] = _left[:], []
    for session in left:
        if not is_known(session.id):  # else its browser came back
            session.shutdown()
            _ending.append(session)
    # Where a script still runs, Streamlit ends it first and closes its event loop then.
    _ending[:] = [session for session in _ending if not _emptied(session)]
    _forget()


def _leave(_: str, info: Any) -> None:
    """What the storage calls for a session that it gives up: also one whose browser came back."""
    _left.append(info.session)


def _emptied(session: Any) -> bool:
    """Empty a session that was shut down, because its parts form reference cycles."""
    if session._scriptrunner is not None:
        return False
    state = session._session_state
    for values in (
        state,
        state._new_widget_state.states,
        state._new_widget_state.widget_metadata,
        session._fragment_storage,
    ):
        values.clear()
    session.flush_browser_queue()
    return True


def _forget() -> None:
    """Remove what belongs to sessions that are gone."""
    uploads: Any = getattr(runtime.get_instance(), "_uploaded_file_mgr", None)
    for name in [*getattr(uploads, "file_storage", ())]:
        if not is_known(name):
            uploads.remove_session_files(name)
    for name in [*_notes]:
        if not is_known(name):
            _notes.pop(name, None)


def browser_secret(cookie: object) -> bytes:
    """The secret of a browser in the value of its cookie; empty where it cannot be read.

    The value is '2|mask|masked secret|time', both in hexadecimal. The mask of four bytes
    differs for every page, so the value itself does not identify a browser.
    """
    _, *fields = str(cookie).split("|")
    try:
        mask, masked = (bytes.fromhex(field) for field in fields[:2])
        return bytes(byte ^ mask[i % 4] for i, byte in enumerate(masked))
    except (ValueError, IndexError):
        return b""


def is_history_step() -> bool:
    """Whether the browser asked for this run of the script by Back or Forward."""
    context = get_script_run_ctx(suppress_warning=True)
    return bool(context and attempt("steps in the history", lambda: context.is_history_navigation))


def sent_query() -> str:
    """The query of the address as the browser sent it with this run, without the question mark."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.query_string if context else ""
