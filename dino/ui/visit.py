"""Who visits: a browser, recognised after a reload, and its pages while their sessions last.

Nothing here is in Streamlit's caches, because any visitor can clear those for everyone.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from dino.locale.sentences import ENGLISH
from dino.ui import state, workarounds

if TYPE_CHECKING:
    from dino.charts.ends import Named
    from dino.choice import Choice
    from dino.data import Corpus
    from dino.jobs import Measurement, RunHandle
    from dino.saved.nameless_run import NamelessRun

T = TypeVar("T")
VISIT = "visit"  # in a script's memory
REMEMBERED = 10_000  # browsers that erased their data, or chose a pace


class Visit:
    """One page of a browser while its session lasts: its run, lists, measurements, names.

    key: the secret by which its live component listens; in no address. id: names the page to
    others. language: of the page.

    tab_key: identifies its browser if it has no cookie; in no address and no log. is_known: whether
    the browser has said who it is; until then nothing begins. refused: the key that it said last
    and that was erased. forgets: whether its browser forgets the key with the page. has_room:
    whether the server had memory for it, without which nothing begins; None until it was asked.
    came: when, in seconds of `time.monotonic`.

    The browser's history: read: the address that the session began with, without the question mark;
    arrival: another address, still to be read; arrived: when the browser said it, by its clock;
    address: the parameters that were last written;
    steps: how often the page followed Back or Forward; followed: the last address that it followed;
    followed_to: the place to which that led; left: the token of the run before a step that it has
    not finished.
    """

    def __init__(self, session: str, browser: str, tab_key: str = "") -> None:
        self.session, self.browser, self.tab_key = session, browser, tab_key
        self.is_known, self.refused, self.forgets = not tab_key, "", False
        self.has_room: bool | None = None
        self.came = time.monotonic()
        self.id, self.key = secrets.token_hex(8), secrets.token_urlsafe(24)
        self.job: RunHandle | None = None
        self.page, self.language = "lab", ENGLISH
        self.measurements: dict[tuple[Any, ...], Measurement] = {}
        self._made: dict[str, tuple[Any, Any]] = {}  # by part of the page: source, result
        self.asked: set[tuple[Any, ...]] = set()  # keys that this part of the page has asked for
        self.wanted: dict[str, set[tuple[Any, ...]]] = {}  # by part, as of its last drawing
        self.written: tuple[str, Measurement] | None = None  # a run's token, and its names
        # The visitor's own lists, by split seed and whether there is a final exam
        self.lists: dict[tuple[Choice, int, bool], Corpus] = {}
        self.listed_at = 0.0  # when the newest of them was made
        self.in_hand = 0  # bytes of the long text that is being checked, for which there is room
        self.earlier: tuple[Named, ...] = ()  # the runs whose curves lie behind the present one's
        # The only saved run without its list; less than 0.1 MB
        self.nameless: NamelessRun | None = None
        self.clicks_done = 0  # the last click on the run's buttons that was handled
        self.erased = False  # set by any page of this browser
        self.erasures = 0  # how often the page's data was erased
        self.read, self.followed, self.steps = "", "", 0
        self.followed_to: dict[str, str] = {}
        self.left: str | None = None
        self.arrival: str | None = None
        self.arrived: object = None
        self.address: dict[str, str] = {}

    def watch(self, job: RunHandle) -> None:
        """Watch this run and no other."""
        if self.job is not job and self.job is not None:
            self.job.leave(self.id)
        self.job = job
        job.watch(self.id)

    def make_once(self, part: str, source: Any, make: Callable[[], T]) -> T:
        """What `make` returns for a part of the page; called again only if `source` changes.

        source: equal as long as `make` returns the same. It includes the page's language.
        """
        held = self._made.get(part)
        if held is None or held[0] != source:
            held = self._made[part] = (source, make())
        made: T = held[1]
        return made

    def show_earlier(self, curves: tuple[Named, ...]) -> None:
        """Lay these curves behind the present run's. If they have not changed, keep the same
        object.
        """
        if [_key(curve) for curve in curves] != [_key(curve) for curve in self.earlier]:
            self.earlier = curves

    def rest(self) -> None:
        """Nobody sees the page now: its measurements pause until the page asks for them again."""
        written = self.written  # read once: another thread may replace it
        names = written[1] if written is not None else None
        for measurement in list(self.measurements.values()):
            if measurement is not names:  # the page waits for its names even then
                measurement.rest()

    def wake(self) -> list[Measurement]:
        """Somebody sees the page again. Return the paused measurements, which now need turns."""
        return [found for found in list(self.measurements.values()) if found.wake()]

    @property
    def names_bytes(self) -> int:
        """How much memory its written names take, which hold every probability, and the pictures
        and tables that the page keeps.
        """
        written = self.written  # read once: another thread may replace it
        names = written[1].result if written is not None else None
        kept = sum(getattr(made, "nbytes", 0) for _, made in list(self._made.values()))
        return kept + (0 if names is None else int(names.nbytes))

    def is_alive(self) -> bool:
        """Whether its session exists."""
        return workarounds.is_known(self.session)

    def is_connected(self) -> bool:
        """Whether its page is connected now."""
        return workarounds.is_connected(self.session)

    def is_drawing(self) -> bool:
        """Whether a script of its page runs, or is about to."""
        return workarounds.is_drawing(self.session)

    def forget(self) -> None:
        """Drop all of the visitor's data."""
        for measurement in list(self.measurements.values()):  # a script may add one meanwhile
            measurement.stop()
        self.measurements, self.lists, self.job, self.written = {}, {}, None, None
        self.asked, self.wanted, self._made = set(), {}, {}
        self.earlier, self.nameless, self.in_hand = (), None, 0
        workarounds.forget_uploads(self.session)


def _key(named: Named) -> tuple[Any, ...]:
    """What identifies a curve: its name, its number of points, its end."""
    name, (steps, losses) = named
    return name, len(steps), *steps[-1:].tolist(), *losses[-1:].tolist()


def present_visit(memory: dict[str, Any] | None) -> Any:
    """The visit whose script runs in this thread; None before it has one. It never changes, and a
    page asks for it hundreds of times. memory: of the script
    """
    if memory is None:
        return state.VISIT.get()
    found = memory.get(VISIT)
    if found is None:
        found = memory[VISIT] = state.VISIT.get()
    return found


class Visits:
    """All visits, found by their key. A visit lasts as long as its session's state.

    secret: returns the secret of the browser whose script runs in this thread; '' if it has none.
    """

    asks = True  # False where no browser could answer: in tests of a page alone

    def __init__(self, secret: Callable[[], str] | None = None) -> None:
        self._secret = secret or hashed_secret
        self._by_key: weakref.WeakValueDictionary[str, Visit] = weakref.WeakValueDictionary()
        self._erasures: OrderedDict[str, int] = OrderedDict()
        self._paces: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def here(self) -> Visit:
        """The visit whose script runs in this thread; created at the first script run."""
        found = present_visit(workarounds.script_memory())
        if not isinstance(found, Visit):
            key = "" if self._secret() else secrets.token_urlsafe(32)
            found = Visit(workarounds.session_id(), self.browser(key), key)
            found.is_known = not (key and self.asks)
            self.add(found)
            state.VISIT.set(found)  # last: a stopped script starts over
        return found

    def age(self) -> float:
        """Seconds since the page came whose script runs in this thread; 0 at its first script."""
        found = present_visit(workarounds.script_memory())
        return time.monotonic() - found.came if isinstance(found, Visit) else 0.0

    def add(self, visit: Visit) -> None:
        """Make a visit findable by its key."""
        with self._lock:
            self._by_key[visit.key] = visit

    def find(self, key: str) -> Visit | None:
        """The visit with this key, if there is one."""
        return self._by_key.get(key)

    def all(self) -> list[Visit]:
        """All current visits."""
        with self._lock:
            return list(self._by_key.values())

    def claim(self, visit: Visit, tab_key: str) -> None:
        """Identify a page without a cookie by the key that its browser has kept.

        A key that was erased identifies nobody; the page then offers its browser a new one.
        """
        with self._lock:
            if not visit.tab_key:
                return
            if _hashed_key(tab_key) in self._erasures:
                visit.refused = tab_key
                return
            if visit.tab_key != tab_key:
                visit.forget()
                visit.tab_key, visit.browser = tab_key, self.browser(tab_key)
            visit.is_known = True

    def choose_pace(self, pace: str) -> None:
        """Set the pace at which this page trains from now on, and later pages of its browser."""
        browser = self.here().browser
        state.PACE.set(pace)
        with self._lock:
            _add_latest(self._paces, browser, pace)

    def chosen_pace(self, browser: str) -> str:
        """The pace that a browser chose last; '' if it chose none."""
        return self._paces.get(browser, "")

    def erase(self, browser: str, tab_key: str = "") -> None:
        """Forget all that a browser has. Its pages and its next ones count as a new browser's.

        tab_key: the key of its pages if it has no cookie. They get a new one.
        """
        secret = _hashed_key(tab_key) or self._secret()
        with self._lock:
            # The count is part of the browser's identity, so it gets a new one.
            _add_latest(self._erasures, secret, self._erasures.get(secret, 0) + 1)
            self._paces.pop(browser, None)
        key = secrets.token_urlsafe(32) if tab_key else ""
        now = self.browser(key)
        for visit in self.all():
            if visit.browser == browser:
                visit.forget()
                visit.tab_key, visit.refused = key, tab_key
                visit.browser, visit.erased = now, True
                visit.erasures += 1

    def browser(self, tab_key: str = "") -> str:
        """Identify this browser, also after a reload. Runs and lists belong to this identity.

        tab_key: identifies it if cookies are blocked. Without it, a reload counts as a new browser.
        """
        secret = _hashed_key(tab_key) or self._secret()
        if not secret:
            return secrets.token_hex(32)
        return hashlib.sha256(f"{secret}{self._erasures.get(secret, 0)}".encode()).hexdigest()


def _add_latest(known: OrderedDict[str, T], key: str, value: T) -> None:
    """Add a value as the latest. If there are more than `REMEMBERED`, drop the oldest."""
    known.pop(key, None)
    known[key] = value
    while len(known) > REMEMBERED:
        known.popitem(last=False)


def _hashed_key(tab_key: str) -> str:
    """The secret of a browser without cookies, different from every cookie's; '' for no key."""
    return hashlib.sha256(f"tab {tab_key}".encode()).hexdigest() if tab_key else ""


def hashed_secret() -> str:
    """The hashed secret of this thread's browser; '' if it has none."""
    secret = workarounds.browser_secret(st.context.cookies.get(workarounds.COOKIE, ""))
    return hashlib.sha256(secret).hexdigest() if secret else ""
