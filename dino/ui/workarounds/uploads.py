"""Uploads: how many bytes of them are held for a page, a browser and all, before a large one comes.

A small upload is a list of names; a large one is a saved run, which the page reads at once and
forgets. Each kind has bounds of its own, so that one never costs the other its place.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from starlette.formparsers import MultiPartParser
from streamlit import runtime

from dino.locale.sentences import Sentence, sentence
from dino.ui.workarounds.sessions import COOKIE, browser_secret, is_known, note, session_id
from dino.ui.workarounds.wrapping import Receive, Scope, Send, attempt, find_class, wrap

UPLOADS = "/_stcore/upload_file/"
SMALL = 1_100_000  # bytes of a request for a list, at most, with what goes around the file
LARGEST = 26_000_000  # of one for a saved run; Streamlit refuses more than 24 MiB in a file
AT_ONCE = 2  # large ones that come, or are held until their page has read them
WAITING = 60  # large ones that wait for that
PATIENCE = 3.0  # seconds that one waits until a page loses what it has not read
SLOWEST = 60.0  # seconds that one may take to come
PAUSE = 0.05  # seconds between two looks for a place


class Bounds(NamedTuple):
    """Bytes that are kept of uploads: of a session, of a browser, of all."""

    session: int
    browser: int
    total: int


_LARGE = Bounds(LARGEST, LARGEST, AT_ONCE * LARGEST)
_small = Bounds(3_000_000, 6_000_000, 40_000_000)
_coming: list[str] = []  # the browsers of the large ones that come now


def limit_uploads(
    per_session: int = 3_000_000, per_browser: int = 6_000_000, total: int = 40_000_000
) -> None:
    """Bound the bytes of small uploads that are kept, and of large ones: remove the oldest of the
    largest holder first.

    A page learns from `collect_notes` that one of its uploads was removed.
    """
    global _small
    _small = Bounds(per_session, per_browser, total)
    MultiPartParser.spool_max_size = LARGEST  # a visitor's names are never written to disk
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


def forget_upload(file_id: str) -> None:
    """Hold a file of this thread's page no longer; Streamlit would until its session ends."""
    if runtime.exists():
        here = session_id()
        attempt("the list of uploads", lambda: _manager().remove_file(here, file_id))


def _manager() -> Any:
    instance: Any = runtime.get_instance()
    return instance._uploaded_file_mgr


def _shed(manager: Any, coming: str | None = None) -> None:
    """Remove uploads until all bounds are met. coming: the browser of a large one for which there
    is to be room.
    """
    for bounds, is_small in ((_small, True), (_LARGE, False)):
        with manager._lock:
            sizes = {
                session: {
                    key: len(file.data)
                    for key, file in files.items()
                    if (len(file.data) <= SMALL) == is_small
                }
                for session, files in manager.file_storage.items()
            }
        if coming is not None and not is_small:
            others = len(_coming) + 1
            bounds = bounds._replace(total=bounds.total - others * LARGEST)
        _meet(bounds, manager, sizes, coming if not is_small else None)


def _meet(
    bounds: Bounds, manager: Any, sizes: dict[str, dict[str, int]], coming: str | None
) -> None:
    """Remove uploads of these sizes, by session and key; all of the browser that is `coming`."""
    browsers = {session: _browser(session) for session in sizes}
    for session in sizes:
        _remove_until(bounds.session, manager, sizes, browsers, [session])
    for group in _by_browser(browsers):
        room = 0 if browsers[group[0]] == coming else bounds.browser
        _remove_until(room, manager, sizes, browsers, group)
    _remove_until(bounds.total, manager, sizes, browsers, list(sizes))


def _remove_until(
    room: int,
    manager: Any,
    sizes: dict[str, dict[str, int]],
    browsers: dict[str, str],
    sessions: list[str],
) -> None:
    """Remove uploads of these sessions until they take no more than this many bytes."""
    while sum(sum(sizes[session].values()) for session in sessions) > max(0, room):
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
    size = sizes[session].pop(key)
    manager.remove_file(session, key)
    note(session, _why_removed(size))


def _why_removed(size: int) -> Sentence:
    if size > SMALL:
        return sentence(
            "A file that you uploaded was removed before it was read, because a server holds only "
            "a few large files at once. Upload it again."
        )
    return sentence(
        "A file that you uploaded earlier was removed, because a page keeps up to {size} MB, less "
        "on a full server. Upload it again.",
        size=_small.session // 1_000_000,
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


class UploadGate:
    """Middleware for `st.App`: a large upload comes only once there is room for it.

    It waits for its turn: `AT_ONCE` come to a server at once, and one of a browser. Beyond
    `WAITING` they are refused, before a byte of theirs is read.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.app = app
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if not _is_large_upload(scope):
            return await self.app(scope, receive, send)
        browser = _browser(scope["path"].rstrip("/").split("/")[-2])
        if self._waiting >= WAITING:
            return await _refuse(send)
        begun: list[str] = []

        async def note_and_send(message: MutableMapping[str, Any]) -> None:
            begun.append(message["type"])
            await send(message)

        async with self._place(browser):
            try:
                await asyncio.wait_for(self.app(scope, receive, note_and_send), SLOWEST)
            except asyncio.TimeoutError:
                if not begun:  # a response begins once
                    await _refuse(send)

    @asynccontextmanager
    async def _place(self, browser: str) -> Any:
        """Wait for a place, and hold it."""
        self._waiting += 1
        try:
            until = time.monotonic() + PATIENCE
            while (
                len(_coming) >= AT_ONCE
                or browser in _coming
                or (_held() + len(_coming) >= AT_ONCE and time.monotonic() < until)
            ):
                await asyncio.sleep(PAUSE)
        finally:
            self._waiting -= 1
        if runtime.exists():
            attempt("the list of uploads", lambda: _shed(_manager(), browser))
        _coming.append(browser)
        try:
            yield
        finally:
            _coming.remove(browser)


def _is_large_upload(scope: Scope) -> bool:
    """Whether a request may bring more than a list. One that tells no size might bring anything."""
    if scope["type"] != "http" or scope["method"] != "PUT" or UPLOADS not in scope["path"]:
        return False
    lengths = [value for name, value in scope["headers"] if name.lower() == b"content-length"]
    return not (lengths and lengths[0].isdigit() and int(lengths[0]) <= SMALL)


def _held() -> int:
    """How many large uploads are held now, until their pages have read them."""
    if not runtime.exists():
        return 0
    files = attempt("the list of uploads", lambda: [*_manager().file_storage.values()]) or []
    return sum(len(file.data) > SMALL for each in files for file in [*each.values()])


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"4"), (b"retry-after", b"10")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": b"Busy"})
