"""Messages, uploads and routes that affect more than the visitor who uses them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from streamlit import runtime

from dino.locale.sentences import sentence
from dino.ui.workarounds.cookies import COOKIE, browser_secret
from dino.ui.workarounds.sessions import is_known, note
from dino.ui.workarounds.wrapping import attempt, find_class, wrap

NAMES = 20  # upload addresses that one message may ask for
METRICS = "/_stcore/metrics"

_REFUSED = {None, "clear_cache", "load_git_info", "set_run_on_save"}
_OPERATIONS = {"deferred_file", "dataframe_chunk"}  # what a page's own elements ask for

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def refuse_messages() -> None:
    """Refuse messages that affect other sessions or the host; close a socket without a traceback.

    clear_cache does nothing, not even to its sender.
    """
    wrap(find_class("streamlit.runtime.app_session", "AppSession"), "handle_backmsg", _choosing)
    wrap(find_class("starlette.websockets", "WebSocket"), "receive_bytes", _closing)
    logger = logging.getLogger("streamlit.web.server.starlette.starlette_websocket")
    if _quiet not in logger.filters:
        logger.addFilter(_quiet)


def _quiet(record: logging.LogRecord) -> bool:
    """Log a frame of garbage as one line, without a traceback."""
    if "deserializing" in str(record.msg):
        record.exc_info = None
    return True


def _choosing(original: Any) -> Any:
    """Around AppSession.handle_backmsg."""

    def handle(self: Any, msg: Any) -> None:
        kind = msg.WhichOneof("type")
        refused = kind in _REFUSED
        if kind == "file_urls_request":
            refused = len(msg.file_urls_request.file_names) > NAMES
        elif kind == "backend_operation_request":
            payload = msg.backend_operation_request.WhichOneof("payload")
            refused = payload not in _OPERATIONS
        elif kind == "rerun_script":  # the server refers to no message that a browser has kept
            del msg.rerun_script.cached_message_hashes[:]
        if not refused:
            original(self, msg)

    return handle


def _closing(original: Any) -> Any:
    """Around WebSocket.receive_bytes: a text frame ends the connection, as garbage does."""

    async def receive(self: Any) -> bytes:
        try:
            return await original(self)
        except KeyError:
            from starlette.websockets import WebSocketDisconnect

            await self.close(1003)
            raise WebSocketDisconnect(1003) from None

    return receive


_bounds: dict[str, int] = {}


def limit_uploads(
    per_session: int = 3_000_000, per_browser: int = 6_000_000, total: int = 40_000_000
) -> None:
    """Bound the bytes of uploads that are kept: remove the oldest of the largest holder first.

    A page learns from `collect_notes` that one of its uploads was removed.
    """
    _bounds.update(session=per_session, browser=per_browser, total=total)
    manager = find_class(
        "streamlit.runtime.memory_uploaded_file_manager", "MemoryUploadedFileManager"
    )
    wrap(manager, "add_file", _bounding)


def _bounding(original: Any) -> Any:
    """Around MemoryUploadedFileManager.add_file."""

    def add(self: Any, session_id: str, file: Any) -> None:
        if not is_known(session_id):  # it left while the file came: nobody would remove it
            return
        original(self, session_id, file)
        attempt("the list of uploads", _shed, self)

    return add


def _shed(manager: Any) -> None:
    """Remove uploads until all bounds are met."""
    with manager._lock:
        sizes = {
            session: {key: len(file.data) for key, file in files.items()}
            for session, files in manager.file_storage.items()
        }
    browsers = {session: _browser(session) for session in sizes}
    groups = {
        "session": [[session] for session in sizes],
        "browser": _by_browser(browsers),
        "total": [list(sizes)],
    }
    for kind, every in groups.items():
        for sessions in every:
            while sum(sum(sizes[session].values()) for session in sessions) > _bounds[kind]:
                _remove_oldest(manager, sizes, browsers, sessions)


def _by_browser(browsers: dict[str, str]) -> list[list[str]]:
    """The sessions of each browser."""
    groups: dict[str, list[str]] = {}
    for session, browser in browsers.items():
        groups.setdefault(browser, []).append(session)
    return list(groups.values())


def _remove_oldest(
    manager: Any, sizes: dict[str, dict[str, int]], browsers: dict[str, str], sessions: list[str]
) -> None:
    """Remove the oldest upload of the browser, among these sessions, that holds the most."""
    held: dict[str, int] = {}
    for session in sessions:
        browser = browsers[session]
        held[browser] = held.get(browser, 0) + sum(sizes[session].values())
    largest = max(held, key=lambda browser: held[browser])
    session = next(it for it in sessions if browsers[it] == largest and sizes[it])
    key = next(iter(sizes[session]))
    del sizes[session][key]
    manager.remove_file(session, key)
    note(
        session,
        sentence(
            "A file that you uploaded earlier was removed: a page keeps up to {size} MB, "
            "less on a full server. Upload it again.",
            size=_bounds["session"] // 1_000_000,
        ),
    )


def _browser(session: str) -> str:
    """What sessions of one browser share: the secret in its cookie; else the session."""
    if not runtime.exists():
        return session
    client: Any = runtime.get_instance().get_client(session)
    try:
        return browser_secret(client.client_context.cookies[COOKIE]).hex() or session
    except (AttributeError, KeyError, TypeError):
        return session


def close_metrics() -> None:
    """Show no counts at `/_stcore/metrics`, for a plain script; else `Guard` answers 404."""
    manager = find_class("streamlit.runtime.stats", "StatsManager")
    wrap(manager, "get_stats", lambda original: lambda self, *args, **kwargs: {})
    wrap(manager, "registered_families", lambda original: lambda self: [])


class Guard:
    """Middleware for `st.App`: 404 for Streamlit's metrics, below any base path, any method."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not scope["path"].rstrip("/").endswith(METRICS):
            return await self.app(scope, receive, send)
        await send(
            {
                "type": "http.response.start",
                "status": 404,
                "headers": [(b"content-type", b"text/plain"), (b"content-length", b"9")],
            }
        )
        await send({"type": "http.response.body", "body": b"Not Found"})
