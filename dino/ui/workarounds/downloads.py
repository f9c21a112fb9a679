"""Why a file that a visitor asks for is not made: Streamlit says the same of every reason."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from dino.locale.sentences import Refusal
from dino.ui.workarounds.wrapping import find_class, wrap

_NO_FILE = "no file: "  # before the reason, in the place of an address


def say_why_no_file() -> None:
    """Have the browser say the reason below the button where a file is refused."""
    manager = find_class("streamlit.runtime.media_file_manager", "MediaFileManager")
    handler = find_class("streamlit.runtime.backend_operation_handler", "DeferredFileHandler")
    wrap(manager, "execute_deferred", without_a_file)
    wrap(handler, "handle", with_the_reason)


def without_a_file(original: Callable[..., str]) -> Callable[..., str]:
    """Around MediaFileManager.execute_deferred: the reason in place of the file's address."""

    def execute(manager: Any, file_id: str) -> str:
        try:
            return original(manager, file_id)
        except Exception as error:
            if isinstance(error.__cause__, Refusal):
                return f"{_NO_FILE}{error.__cause__}"
            raise

    return execute


def with_the_reason(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Around DeferredFileHandler.handle, which answers the browser."""

    async def handle(handler: Any, request: Any, session_id: str) -> Any:
        response = await original(handler, request, session_id)
        where = response.deferred_file.url
        if where.startswith(_NO_FILE):
            response.ClearField("deferred_file")
            response.error_msg = where.removeprefix(_NO_FILE)
        return response

    return handle
