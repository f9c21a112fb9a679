"""Files that a page sends over its websocket in pieces: who sends, what has come, what is refused.

A browser that sends no cookie, such as one that shows the app in another site's frame, cannot use
Streamlit's upload, because that request needs the cookie. A whole file is kept with Streamlit's
uploads, so `uploads.py` bounds both together.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from streamlit import runtime

from dino.config import quoted
from dino.locale.sentences import Text, comma_list, sentence
from dino.ui.workarounds import uploads
from dino.ui.workarounds.sessions import is_known, session_id
from dino.ui.workarounds.wrapping import attempt

PIECE = 196_608  # bytes of a piece, at most; as text it is below `JSON_LETTERS`
IDLE = 40.0  # seconds without a piece, after which a transfer ends; `file_box.js` repeats earlier
PACE = 200_000  # bytes that give a transfer one second more than `uploads.SLOWEST`
SHARE = 0.5  # of the room for small uploads, which those that arrive now may take
_NAME, _ID = 300, 40  # letters
_MARK = "pieces-"  # how the ids of these files begin, before the name of their box


class SentFile(NamedTuple):
    """A whole file, as Streamlit's uploader gives one."""

    file_id: str
    name: str
    data: bytes

    @property
    def size(self) -> int:
        """Its bytes."""
        return len(self.data)

    def getvalue(self) -> bytes:
        """What it holds."""
        return self.data


class Takes(NamedTuple):
    """What a box takes. most: bytes; kinds: endings of the file's name, all if there are none."""

    most: int
    kinds: tuple[str, ...] = ()


class Answer(NamedTuple):
    """What a page is told of its transfer.

    got: bytes that have come; waits: whether it has to ask again, because others send now; done:
    whether the file is whole; why: why it was refused.
    """

    id: str = ""
    got: int = 0
    waits: bool = False
    done: bool = False
    why: Text = ""


class _Piece(NamedTuple):
    """A message. The first one has no data. at: bytes of the file before it; stops: it is over."""

    id: str
    name: str
    size: int
    at: int
    data: bytes
    stops: bool


class _Transfer:
    """A file that comes. began: when it got a place; None while it waits for one."""

    def __init__(self, session: str, box: str, piece: _Piece, now: float) -> None:
        self.browser = uploads.browser_of(session)
        self.box, self.id, self.name, self.size = box, piece.id, piece.name, piece.size
        self.is_large = self.size > uploads.SMALL
        self.data = bytearray()
        self.asked = self.touched = now
        self.began: float | None = None


class Transfers:
    """The transfers of a server: at most one of each session.

    keep(session, box, name, data): keeps a whole file; empty(session, box): drops it. All methods
    may be called by any thread.
    """

    def __init__(
        self, keep: Callable[[str, str, str, bytes], None], empty: Callable[[str, str], None]
    ) -> None:
        self._keep, self._empty = keep, empty
        self._of: dict[str, _Transfer] = {}
        self._answers: dict[str, tuple[str, Answer]] = {}  # the last one: its box, and what it says
        self._lock = threading.RLock()

    def take(
        self, session: str, box: str, sent: object, takes: Takes, now: float | None = None
    ) -> Answer:
        """Take a message of a session. Whatever it is, return an answer."""
        now = time.monotonic() if now is None else now
        piece = _read(sent)
        with self._lock:
            if piece is None:
                self.drop(session)
                answer = Answer(why=_WRONG)
            elif piece.stops:
                self.drop(session)
                self._empty(session, box)
                answer = Answer(piece.id)
            else:
                answer = self._take(session, box, piece, takes, now)
            self._answers[session] = box, answer
            return answer

    def answer(self, session: str, box: str) -> Answer:
        """The last answer to a session, for one of its boxes."""
        of, answer = self._answers.get(session, ("", Answer()))
        return answer if of == box else Answer()

    def _take(self, session: str, box: str, piece: _Piece, takes: Takes, now: float) -> Answer:
        before = self.answer(session, box)
        if before.id == piece.id and (before.done or before.why):
            return before  # a repeated message
        found = self._of.get(session)
        if found is None or (found.id, found.box) != (piece.id, box):
            if piece.at or piece.data:
                self.drop(session)
                return Answer(piece.id, why=_ENDED)
            self.drop(session)
            if why := _refusal(piece, takes):
                return Answer(piece.id, why=why)
            if sum(it.began is None for it in self._of.values()) >= uploads.WAITING:
                return Answer(piece.id, why=_FULL)
            self._empty(session, box)
            found = self._of[session] = _Transfer(session, box, piece, now)
        found.touched = now
        if found.began is None and not self._enter(found, now):
            return Answer(piece.id, waits=True)
        return self._add(session, found, piece)

    def _enter(self, found: _Transfer, now: float) -> bool:
        """Give a transfer a place if there is one."""
        if found.is_large:
            if not uploads.enter(found.browser, is_patient=now < found.asked + uploads.PATIENCE):
                return False
        elif self.small_bytes() + found.size > SHARE * uploads.small_room():
            return False
        found.began = now
        return True

    def _add(self, session: str, found: _Transfer, piece: _Piece) -> Answer:
        """Add a piece. The last one makes the file whole."""
        end = piece.at + len(piece.data)
        if (piece.name, piece.size) != (found.name, found.size) or end > found.size:
            self.drop(session)
            return Answer(piece.id, why=_WRONG)
        got = len(found.data)
        if piece.at > got or piece.at < got < end:
            self.drop(session)
            return Answer(piece.id, why=_WRONG)
        if piece.at == got:  # else it is a repeated one
            found.data += piece.data
        if len(found.data) < found.size:
            return Answer(piece.id, len(found.data))
        self._keep(session, found.box, found.name, bytes(found.data))
        self.drop(session)
        return Answer(piece.id, found.size, done=True)

    def drop(self, session: str) -> None:
        """End the transfer of a session and free what has come."""
        with self._lock:
            found = self._of.pop(session, None)
            if found is not None and found.is_large and found.began is not None:
                uploads.leave(found.browser)

    def forget(self, session: str) -> None:
        """End the transfer of a session, and forget what it was told."""
        with self._lock:
            self.drop(session)
            self._answers.pop(session, None)

    def tidy(self, now: float | None = None) -> None:
        """End the transfers that stopped, and those of sessions that are gone."""
        now = time.monotonic() if now is None else now
        with self._lock:
            for session in {*self._of, *self._answers}:
                found = self._of.get(session)
                if not is_known(session):
                    self.forget(session)
                elif found is not None and _is_over(found, now):
                    self.drop(session)

    def arrived(self) -> dict[str, int]:
        """The bytes that have come of unfinished files, by their sessions."""
        with self._lock:
            return {session: len(found.data) for session, found in self._of.items()}

    def small_bytes(self) -> int:
        """The bytes of the small files that arrive now."""
        with self._lock:
            arriving = [it for it in self._of.values() if it.began is not None]
            return sum(it.size for it in arriving if not it.is_large)


_WRONG = sentence("This file arrived incomplete or damaged, so it was discarded. Choose it again.")
_ENDED = sentence(
    "This file was discarded, because it took too long or the connection was lost. Choose it again."
)
_FULL = sentence("Many other people are sending files. Choose yours again in a minute.")


def _is_over(found: _Transfer, now: float) -> bool:
    """Whether a transfer has stopped, or takes its place for too long."""
    if found.began is None:
        return now > found.touched + IDLE
    lasts = uploads.SLOWEST + len(found.data) / PACE
    return now > min(found.began + lasts, found.touched + IDLE)


def _refusal(piece: _Piece, takes: Takes) -> Text:
    """Why a box does not take a file of this size or name; '' if it does."""
    if takes.kinds and not piece.name.lower().endswith(takes.kinds):
        return sentence(
            "The name of this file must end in one of {kinds}, not {name}. Choose another file.",
            kinds=comma_list(takes.kinds),
            name=quoted(piece.name),
        )
    if piece.size > takes.most:
        return sentence(
            "This file may have at most {most:,} bytes, but it has {size:,}. Choose a smaller one.",
            most=takes.most,
            size=piece.size,
        )
    return ""


def _read(sent: object) -> _Piece | None:
    """Read a message; None if it is nonsense."""
    if not isinstance(sent, dict):
        return None
    texts = [sent.get(key, "") for key in ("id", "name", "data")]
    counts = [sent.get(key, 0) for key in ("size", "at")]
    if not all(isinstance(it, str) for it in texts) or not all(type(it) is int for it in counts):
        return None
    if not (texts[0].isascii() and texts[0].isalnum() and len(texts[0]) <= _ID):
        return None
    if not 0 <= counts[1] <= counts[0] < 2**53:
        return None
    try:
        data = base64.b64decode(texts[2], validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(data) > PIECE:
        return None
    name = texts[1][:_NAME].encode("utf-8", "replace").decode()  # letters may be halves of one
    return _Piece(texts[0], name, counts[0], counts[1], data, sent.get("stops") is True)


def _keep(session: str, box: str, name: str, data: bytes) -> None:
    """Keep a file with Streamlit's uploads."""
    if not runtime.exists():
        return
    from streamlit.runtime.uploaded_file_manager import UploadedFileRec

    def add() -> None:
        file_id = f"{_MARK}{box}-{secrets.token_hex(8)}"
        record = UploadedFileRec(file_id, name, "application/octet-stream", data)
        uploads.manager().add_file(session, record)

    attempt("the list of uploads", add)


def _empty(session: str, box: str) -> None:
    """Drop the files of a session's box."""

    def remove() -> None:
        for key in uploads.files_of(session):
            if key.startswith(f"{_MARK}{box}-"):
                uploads.manager().remove_file(session, key)

    attempt("the list of uploads", remove)


_server = Transfers(_keep, _empty)
uploads.count_small_arrivals(_server.small_bytes)


def take_piece(box: str, sent: object, takes: Takes) -> None:
    """Take a message that this thread's page sent for one of its boxes."""
    _server.take(session_id(), box, sent, takes)


def transfer_answer(box: str) -> Answer:
    """What this thread's page is told of a box."""
    return _server.answer(session_id(), box)


def end_transfers() -> None:
    """End the transfers that stopped. Any thread may call it, every few seconds."""
    _server.tidy()


def sent_file(box: str) -> SentFile | None:
    """The file that this thread's page sent for a box; None if there is none."""
    return attempt("the list of uploads", _find, session_id(), box)


def _find(session: str, box: str) -> SentFile | None:
    files = uploads.files_of(session)
    mine = [key for key in files if key.startswith(f"{_MARK}{box}-")]
    return SentFile(mine[-1], files[mine[-1]].name, files[mine[-1]].data) if mine else None


def forget_uploads(session: str) -> None:
    """Drop all that a session has sent, on either way. Any thread may call it."""
    _server.forget(session)
    if runtime.exists():
        attempt("the list of uploads", lambda: uploads.manager().remove_session_files(session))
