"""Sessions: which exist, whose browser each belongs to, and how it asked for its script.

Also the notes that wait for each session, and how closed sessions are freed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dino import places
from dino.locale.sentences import Text
from dino.ui.workarounds.wrapping import attempt, find_class, log_missing, wrap

NOTES = 5  # sentences that wait for a session: a hostile browser may cause thousands
STORED = 30  # closed sessions, the latest, that wait for their browser: a class; each takes 0.4 MB
COOKIE = "_streamlit_xsrf"  # Streamlit's, against forged requests; its secret identifies a browser


class SessionNotes:
    """What is noted of one session.

    notes: sentences that its page has not shown yet; taken, told: a hash of the last value that a
    widget sent, by widget id: the last accepted one, and the last refused one that was told;
    buttons: the widget id of a download button, by the id of its file; has_cookie: whether its
    browser sends its cookie, None until somebody asked.
    """

    def __init__(self) -> None:
        self.notes: list[Text] = []
        self.taken: dict[str, int] = {}
        self.told: dict[str, int] = {}
        self.buttons: dict[str, str] = {}
        self.has_cookie: bool | None = None


_notes: dict[str, SessionNotes] = {}
_left: list[Any] = []  # sessions that the storage has dropped
_ending: list[Any] = []  # sessions that are shut down but not yet emptied


def session_id() -> str:
    """The id of the session whose script runs in this thread; '' outside one."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def main_script() -> Path:
    """The file with which Streamlit was started; outside a script, the app's own."""
    context = get_script_run_ctx(suppress_warning=True)
    return _path(context.main_script_path) if context else places.root() / "app.py"


@cache
def _path(script: str) -> Path:
    return Path(script)  # a page asks fifty times; a process has one script, a test some


def is_script() -> bool:
    """Whether this thread runs a page's script. False while a server starts."""
    return get_script_run_ctx(suppress_warning=True) is not None


def is_connected(session_id: str) -> bool:
    """Whether this session has a websocket now. True without a server (in a test)."""
    if not runtime.exists():
        return True
    found = runtime.get_instance().is_active_session(session_id)
    return found if isinstance(found, bool) else True  # AppTest puts a mock in the server's place


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
    return is_connected(session_id)  # again: it may have come back between the two checks


def is_drawing(session_id: str) -> bool:
    """Whether a script of this session runs or is about to. False without a server."""
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
    """The notes of a session."""
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


def come_back_to_nothing_unsent() -> None:
    """When a browser comes back to its session, send it nothing of the script that ran before.

    Some of that script's messages were lost with the connection. The rest has no place in the
    browser, which therefore asks for its page again.
    """
    manager = find_class("streamlit.runtime.websocket_session_manager", "WebsocketSessionManager")
    wrap(manager, "_resume_stored_session", _without_the_unsent)


def _without_the_unsent(original: Callable[..., str | None]) -> Callable[..., str | None]:
    def resume(manager: Any, *about: Any, **named: Any) -> str | None:
        session_id = original(manager, *about, **named)
        if session_id is not None:
            attempt("what was not sent", _drop_the_unsent, manager, session_id)
        return session_id

    return resume


def _drop_the_unsent(manager: Any, session_id: str) -> None:
    from streamlit.runtime.app_session import AppSessionState

    session = manager._active_session_info_by_id[session_id].session
    if session._scriptrunner is not None:  # it stops; the session hears no more of it
        session._scriptrunner = None
        session._state = AppSessionState.APP_NOT_RUNNING
    session.flush_browser_queue()


def free_sessions(now: float | None = None) -> None:
    """Shut down the closed sessions whose time is over. Any thread may call it, every few seconds.

    now: a time in place of the storage's own clock, for a test.
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
        with suppress(RuntimeError):  # the server has stopped
            loop.call_soon_threadsafe(attempt, "the storage of sessions", _free, now)


def _free(now: float | None) -> None:
    stored = _stored()
    if stored is None:
        return log_missing("the storage of sessions")
    now = stored.timer() if now is None else now
    if stored._on_remove is not _leave:
        stored._on_remove = _leave  # the storage also drops sessions whenever another one closes
        stored._maxsize = STORED
    stored.expire(now)
    left, _left[:] = _left[:], []
    for session in left:
        if not is_known(session.id):  # its browser has not come back
            session.shutdown()
            _ending.append(session)
    # While a script still runs, Streamlit stops it first, and closes its event loop after that.
    _ending[:] = [session for session in _ending if not _emptied(session)]
    _forget()


def _leave(_: str, info: Any) -> None:
    """Called by the storage for each session that it drops, even if its browser has come back."""
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
    """The secret of a browser, from its cookie's value; empty if it cannot be read.

    The value is '2|mask|masked secret|time', both in hexadecimal. The mask of four bytes
    differs for every page, so the value itself does not identify a browser.
    """
    _, *fields = str(cookie).split("|")
    try:
        mask, masked = (bytes.fromhex(field) for field in fields[:2])
        return bytes(byte ^ mask[i % 4] for i, byte in enumerate(masked))
    except (ValueError, IndexError):
        return b""


def cookie_secret(session: str) -> bytes:
    """The secret in the cookie that a session's browser sent; empty if it sent none."""
    if not runtime.exists():
        return b""
    client: Any = runtime.get_instance().get_client(session)
    try:
        return browser_secret(client.client_context.cookies[COOKIE])
    except (AttributeError, KeyError, TypeError):
        return b""


def sends_cookie() -> bool:
    """Whether the browser of this thread's page sends its cookie. True without a server (in a
    test).

    It is found out only once, because a closed connection no longer tells.
    """
    here = session_id()
    if _manager() is None or not here:
        return True
    notes = notes_of(here)
    if notes.has_cookie is None:
        notes.has_cookie = bool(cookie_secret(here))
    return notes.has_cookie


def is_history_step() -> bool:
    """Whether the browser asked for this script run by Back or Forward."""
    context = get_script_run_ctx(suppress_warning=True)
    return bool(context and attempt("steps in the history", lambda: context.is_history_navigation))


def sent_query() -> str:
    """The query of the address that the browser sent with this run, without the question mark."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.query_string if context else ""
