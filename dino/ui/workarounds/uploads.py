"""Uploads: how many bytes are held for a page, a browser and in all, and how large ones wait.

A small upload is at most as large as a list may be; saved runs of small networks are such, too. A
large one is a saved run, which the page reads at once and then drops. Each kind has its own bounds,
so one never takes the other's place.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from starlette.formparsers import MultiPartParser
from streamlit import runtime

from dino.locale.sentences import Sentence, sentence
from dino.ui.workarounds.sessions import cookie_secret, is_known, note, session_id
from dino.ui.workarounds.wrapping import Receive, Scope, Send, attempt, find_class, wrap

UPLOADS = "/_stcore/upload_file/"
SMALL = 1_100_000  # bytes of a request for a list, at most, with the headers around the file
LARGEST = 26_000_000  # the same for a saved run; Streamlit refuses a file of more than 24 MiB
AT_ONCE = 2  # large uploads that arrive, or are held until their page has read them
WAITING = 60  # large uploads that may wait for a place
PATIENCE = 3.0  # seconds that one waits for pages to read theirs; then an unread one is removed
SLOWEST = 60.0  # seconds that one may take to arrive
PAUSE = 0.05  # seconds between two checks for a place


class Bounds(NamedTuple):
    """Bytes of uploads that are kept: of a session, of a browser, and of all together."""

    session: int
    browser: int
    total: int


_LARGE = Bounds(LARGEST, LARGEST, AT_ONCE * LARGEST)
_small = Bounds(3_000_000, 6_000_000, 40_000_000)
_arriving: list[Callable[[], int]] = []  # each counts bytes of small files that arrive in pieces
_coming: list[str] = []  # the browsers of the large uploads that arrive now
_places = threading.Lock()  # held while one of them gets a place


def limit_uploads(
    per_session: int = 3_000_000, per_browser: int = 6_000_000, total: int = 40_000_000
) -> None:
    """Bound the kept bytes, of small and of large uploads: remove the largest holder's oldest
    first.

    A page learns from `collect_notes` that one of its uploads was removed.
    """
    global _small
    _small = Bounds(per_session, per_browser, total)
    MultiPartParser.spool_max_size = LARGEST  # so a visitor's names are never written to disk
    manager = find_class(
        "streamlit.runtime.memory_uploaded_file_manager", "MemoryUploadedFileManager"
    )
    wrap(manager, "add_file", _bounding)


def small_room() -> int:
    """The bytes of small uploads that all visitors together may hold."""
    return _small.total


def count_small_arrivals(count: Callable[[], int]) -> None:
    """Count also the bytes of small files that arrive in pieces as if they were held."""
    _arriving.append(count)


def _bounding(original: Any) -> Any:
    """Around MemoryUploadedFileManager.add_file."""

    def add(self: Any, session_id: str, file: Any) -> None:
        if not is_known(session_id):  # it left meanwhile, so nobody would remove the file
            return
        original(self, session_id, file)
        attempt("the list of uploads", _shed, self)

    return add


def forget_upload(file_id: str) -> None:
    """Drop a file of this thread's page now. Streamlit would hold it until the session ends."""
    if runtime.exists():
        here = session_id()
        attempt("the list of uploads", lambda: manager().remove_file(here, file_id))


def files_of(session: str) -> dict[str, Any]:
    """The uploads of a session, by their ids."""
    return dict(manager().file_storage.get(session) or {}) if runtime.exists() else {}


def manager() -> Any:
    """Streamlit's list of all uploads."""
    instance: Any = runtime.get_instance()
    return instance._uploaded_file_mgr


def _shed(manager: Any, coming: str | None = None) -> None:
    """Remove uploads until all bounds are met.

    coming: the browser of a large upload that needs room.
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
        if is_small:
            bounds = bounds._replace(total=bounds.total - sum(count() for count in _arriving))
        elif coming is not None:
            # Those that arrive now count as if they were held, this one among them.
            bounds = bounds._replace(total=bounds.total - len(_coming) * LARGEST)
        _meet(bounds, manager, sizes, coming if not is_small else None)


def _meet(
    bounds: Bounds, manager: Any, sizes: dict[str, dict[str, int]], coming: str | None
) -> None:
    """Remove uploads until the bounds are met.

    sizes: bytes by session and key. coming: a browser whose uploads are all removed, because its
    next one replaces them.
    """
    browsers = {session: browser_of(session) for session in sizes}
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
    """Remove uploads of these sessions until they take at most `room` bytes."""
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
    """Among these sessions, find the browser that holds the most. Remove its oldest upload."""
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
            "A file that you uploaded was removed before it was read, because the server holds "
            "only a few large files at once. Upload it again."
        )
    return sentence(
        "A file that you uploaded earlier was removed, because a page keeps at most {size} MB "
        "of small files, and less if the server is full. Upload it again.",
        size=_small.session // 1_000_000,
    )


def browser_of(session: str) -> str:
    """Identify the browser of a session: by the secret in its cookie, or else by the session."""
    return cookie_secret(session).hex() or session


def enter(browser: str, *, is_patient: bool) -> bool:
    """Give a large upload of a browser a place, until `leave`. Return whether there was one.

    is_patient: whether it still waits for pages to read theirs.
    """
    with _places:
        if len(_coming) >= AT_ONCE or browser in _coming:
            return False
        if is_patient and _held() + len(_coming) >= AT_ONCE:
            return False
        _coming.append(browser)
    if runtime.exists():
        attempt("the list of uploads", lambda: _shed(manager(), browser))
    return True


def places_taken() -> int:
    """How many large uploads arrive now."""
    return len(_coming)


def leave(browser: str) -> None:
    """Free the place of a browser."""
    with _places:
        _coming.remove(browser)


class UploadGate:
    """Middleware for `st.App`: a large upload starts only when there is room for it.

    It waits for its turn. A server takes `AT_ONCE` at once, only one of each browser. If `WAITING`
    already wait, it is refused before any of its bytes is read.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.app = app
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if not _is_large_upload(scope):
            return await self.app(scope, receive, send)
        # The path ends in the session's id and the file's id.
        browser = browser_of(scope["path"].rstrip("/").split("/")[-2])
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
                if not begun:  # a response can begin only once
                    await _refuse(send)

    @asynccontextmanager
    async def _place(self, browser: str) -> Any:
        """Wait for a place and hold it."""
        self._waiting += 1
        try:
            until = time.monotonic() + PATIENCE
            while not enter(browser, is_patient=time.monotonic() < until):
                await asyncio.sleep(PAUSE)
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            leave(browser)


def _is_large_upload(scope: Scope) -> bool:
    """Whether a request may bring more than a list. Without a length it may bring anything."""
    if scope["type"] != "http" or scope["method"] != "PUT" or UPLOADS not in scope["path"]:
        return False
    lengths = [value for name, value in scope["headers"] if name.lower() == b"content-length"]
    return not (lengths and lengths[0].isdigit() and int(lengths[0]) <= SMALL)


def _held() -> int:
    """Count the large uploads that no page has read yet."""
    if not runtime.exists():
        return 0
    files = attempt("the list of uploads", lambda: [*manager().file_storage.values()]) or []
    return sum(len(file.data) > SMALL for each in files for file in [*each.values()])


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"4"), (b"retry-after", b"10")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": b"Busy"})
