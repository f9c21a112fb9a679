"""Messages, uploads and routes that affect more than the visitor who uses them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from dino.ui.workarounds.wrapping import Receive, Scope, Send, find_class, wrap

NAMES = 20  # upload addresses that one message may ask for
METRICS = "/_stcore/metrics"

# None: a message without a type.
_REFUSED = {None, "clear_cache", "load_git_info", "set_run_on_save"}
_OPERATIONS = {"deferred_file", "dataframe_chunk"}  # what the elements of a page ask for


def refuse_messages() -> None:
    """Refuse messages that affect other sessions or the host; close a socket without a traceback.

    clear_cache does nothing, not even for its sender.
    """
    wrap(find_class("streamlit.runtime.app_session", "AppSession"), "handle_backmsg", _choosing)
    wrap(find_class("starlette.websockets", "WebSocket"), "receive_bytes", _closing)
    logger = logging.getLogger("streamlit.web.server.starlette.starlette_websocket")
    if _quiet not in logger.filters:
        logger.addFilter(_quiet)


def _quiet(record: logging.LogRecord) -> bool:
    """Log a frame that is no message as one line, without a traceback."""
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
        elif kind == "rerun_script":  # the server sends no references to kept messages
            del msg.rerun_script.cached_message_hashes[:]
        if not refused:
            original(self, msg)

    return handle


def _closing(original: Any) -> Any:
    """Around WebSocket.receive_bytes: a text frame closes the connection, like bytes that are no
    message.
    """

    async def receive(self: Any) -> bytes:
        try:
            return await original(self)
        except KeyError:
            from starlette.websockets import WebSocketDisconnect

            await self.close(1003)
            raise WebSocketDisconnect(1003) from None

    return receive


def close_metrics() -> None:
    """Show no counts at `/_stcore/metrics`. This is for `streamlit run` without routes; with
    routes, `Guard` answers 404.
    """
    manager = find_class("streamlit.runtime.stats", "StatsManager")
    wrap(manager, "get_stats", lambda original: lambda self, *args, **kwargs: {})
    wrap(manager, "registered_families", lambda original: lambda self: [])


class Guard:
    """Middleware for `st.App`: answers 404 for Streamlit's metrics, below any base path and for any
    method.
    """

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
