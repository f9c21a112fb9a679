"""What all visitors of a server share: the pool of runs, the open streams, the janitor."""

from __future__ import annotations

import gc
import logging
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from dino.jobs import Jobs
from dino.jobs.limits import resident_bytes
from dino.jobs.list_share import check_share, held_bytes, no_room, text_bytes
from dino.live.library_pages import Crowd, LibraryPages
from dino.live.script_turns import LATER, NEW, ScriptTurns
from dino.live.server_process import bound_arenas, trim_memory, warm_up
from dino.live.watchdog import Watchdog
from dino.python_lock import be_calm, hurried
from dino.ui import workarounds
from dino.ui.failures import say_failures
from dino.ui.visit import Visit, Visits

if TYPE_CHECKING:
    from dino.live.plotly_file import PlotlyFile
    from dino.live.routes import Events

log = logging.getLogger("dino.server")

ROUND = 1.0  # seconds between two rounds of the janitor
TRIM = 5.0  # seconds between two returns of free memory to the system
MINUTE = 60.0


# Workarounds that a server applies at its start, each with what visitors meet if it cannot.
PROTECTIONS = {
    workarounds.keep_what_is_set: "a late browser may undo what a page has set",
    workarounds.forgive_nonsense: "a value that a browser makes up reaches the pages",
    workarounds.bring_files: "a click on a button may bring no file",
    workarounds.say_why_no_file: "nobody is told why a file is not made",
    workarounds.refuse_messages: "a visitor may clear the caches of all",
    workarounds.redraw_what_changed: "a redraw may leave a page empty",
    workarounds.come_back_to_nothing_unsent: "a page may break when its connection comes back",
    workarounds.finish_callbacks: "a click may break off what the click before it began",
    workarounds.limit_uploads: "uploads together have no limit",
    workarounds.close_metrics: "strangers read the server's figures",
    workarounds.gather_messages: "pages are slower, and a redraw may be missed",
    workarounds.send_together: "pages are sent slower",
    workarounds.send_at_once: "small messages wait",
    workarounds.look_up_one_value: "widgets are slower",
    workarounds.mount_components_by_key: "components are slower",
    workarounds.encode_once: "pictures are slower",
    workarounds.look_for_no_form: "elements are slower",
    workarounds.begin_at_the_top: "a page may be drawn into a part of another one",
    workarounds.copy_places_once: "parts of pages are slower",
    workarounds.read_options_together: "thirty pages wait for one lock",
    workarounds.run_one_script: "two scripts of a page may change it at once",
    workarounds.take_each_message: "of two fast clicks, the later one may be undone",
    workarounds.break_off_at_drawing: "a click may find half of what another one began",
    say_failures: "pages show Streamlit's errors",
}


class Server:
    """The pool, the visits, and a janitor that makes a round once a second."""

    def __init__(self, pool: Jobs | None = None) -> None:
        self.pool, self.visits = pool or Jobs(), Visits()
        self.mark = secrets.token_hex(2)  # tells its runs' numbers from those of earlier servers
        self.events: Events | None = None  # None if the host does not look for routes
        self.plotly: PlotlyFile | None = None
        self._watchdog, self._libraries, self._crowd = Watchdog(), LibraryPages(), Crowd()
        self._slowest = 0.0  # of the scripts of this minute, in seconds
        self._scripts, self._opening = ScriptTurns(), threading.Lock()
        self._slices, self._minute = 0, time.monotonic()
        self._ended, self._trimmed = threading.Event(), time.monotonic()

    def start(self) -> None:
        """Start the janitor, and apply the workarounds for Streamlit."""
        bound_arenas()
        be_calm()
        workarounds.apply(
            {
                **PROTECTIONS,
                self._around_scripts: "scripts do not take turns",
                self._before_drawing: "clicks wait until a newcomer's page is drawn",
            }
        )
        warm_up(self.pool, self.plotly)
        threading.Thread(target=self._rounds, name="janitor", daemon=True).start()
        self._watchdog.start()

    def _around_scripts(self) -> None:
        workarounds.around_scripts(self.time_script)

    def _before_drawing(self) -> None:
        workarounds.before_drawing(lambda: self._scripts.let_pass())

    @contextmanager
    def time_script(self) -> Iterator[None]:
        """Wrap each run of a page's script: wait for its turn (on a new page a little longer, while
        the clicks of others are answered sooner), reserve a core, and note how long it took.
        """
        began = time.perf_counter()
        is_new = self.visits.age() < NEW
        turn = self._scripts.turn(LATER if is_new else 0.0)
        with hurried() if is_new else nullcontext(), turn, self.pool.workers.favour_page():
            yield
        self._slowest = max(self._slowest, time.perf_counter() - began)

    def stop(self) -> None:
        """End the rounds and the pool."""
        self._ended.set()
        self._watchdog.stop()
        self.pool.close()

    def _rounds(self) -> None:
        while not self._ended.wait(ROUND):
            try:
                self.make_round()
            except Exception:  # the next round may do better
                log.exception("a round of the janitor failed")

    def make_round(self) -> None:
        """Note which pages were left, tidy the pool, free Streamlit's closed sessions, log once a
        minute, give back the pages of libraries.
        """
        shown, visits = [], self.visits.all()
        for visit in visits:
            if visit.has_room is not False and self._is_shown(visit):
                shown.append(visit)
                self._follow(visit)
            else:
                visit.rest()
        here = {visit.id for visit in shown}
        for job in self.pool.all_jobs():
            job.keep_only_pages(here)
        self.pool.memory.pages = len(here)
        self.pool.memory.names = sum(visit.names_bytes for visit in visits)
        self.pool.see({visit.browser for visit in shown})
        self.pool.tidy()
        workarounds.free_sessions()
        workarounds.end_transfers()
        self._free_and_log()
        if self._crowd.has_gone(len(here)):
            self._libraries.release_again()
        self._libraries.release()

    def _follow(self, visit: Visit) -> None:
        """Somebody sees this page: note that its run is watched, and queue its measurements."""
        if visit.job is not None:
            visit.job.watch(visit.id)
        for measurement in visit.wake():
            self.pool.enqueue(measurement)

    def _free_and_log(self) -> None:
        """Do what is due less often than every round."""
        if time.monotonic() - self._trimmed > TRIM:
            # A full collection would take 50 to 150 ms with PyTorch loaded.
            gc.collect(1)
            trim_memory()
            self._trimmed = time.monotonic()
        if time.monotonic() - self._minute > MINUTE:
            log.info("%s", " ".join(f"{name}={value}" for name, value in self.figures().items()))
            self._slowest, self._minute = 0.0, time.monotonic()
            self._slices = self.pool.workers.slices

    def _is_shown(self, visit: Visit) -> bool:
        """Whether somebody has the page open now."""
        listens = self.events is not None and self.events.listens(visit.key)
        return listens or visit.is_connected()

    def open_page(self, visit: Visit) -> int:
        """Open a page if there is memory for it. Return 0; if there is not, how many are open."""
        with self._opening:  # one after another, so that each counts those before it
            pages = sum(1 for it in self.visits.all() if it.has_room and self._is_shown(it))
            if not visit.has_room:
                visit.has_room = self.pool.has_room_for_page(pages + 1)
        return 0 if visit.has_room else pages

    def check_list(self, visit: Visit, text: str) -> None:
        """Note that a page checks this text. Raise Refusal if it is long, and the server has no
        room for it.
        """
        size = text_bytes(text)
        if size == visit.in_hand:  # it has its room already
            return
        with self._opening:  # one after another, so that each counts those before it
            visit.in_hand, visits = 0, self.visits.all()
            own = {corpus for it in visits for corpus in list(it.lists.values())}
            held = held_bytes(own | {job.corpus for job in self.pool.all_jobs()})
            others = held + sum(it.in_hand for it in visits)
            check_share(size, others, self.pool.memory.capacity)
            if size and not self.pool.has_room_for_list(size):
                raise no_room(size)
            visit.in_hand = size

    def figures(self) -> dict[str, Any]:
        """The operator's figures since the last line of the log."""
        seconds = max(0.001, time.monotonic() - self._minute)
        jobs = self.pool.all_jobs()
        return {
            "visitors": self.pool.memory.pages,
            "streams": len(self.events or ()),
            "runs": len(jobs),
            "training": self.pool.count_running(),
            "line": len(self.pool.waiting_line()),
            "memory_mb": round(resident_bytes() / 1e6),
            "memory_limit_mb": round(self.pool.memory.limit / 1e6),
            "runs_mb": round(self.pool.memory.counted_bytes(jobs) / 1e6),
            "slices_per_second": round((self.pool.workers.slices - self._slices) / seconds, 1),
            "slowest_click_ms": round(1000 * self._slowest),
        }


_lock = threading.Lock()
_servers: list[Server] = []


def server() -> Server:
    """This process's server, started at the first call."""
    with _lock:
        if not _servers:
            _servers.append(Server())
            _servers[0].start()
        return _servers[0]


def open_server(events: Events | None = None, plotly: PlotlyFile | None = None) -> Server:
    """Start this process's server, with routes, before any visitor comes."""
    with _lock:
        if not _servers:
            _servers.append(Server())
            _servers[0].plotly = plotly
            _servers[0].start()
        _servers[0].events = events
        return _servers[0]


def has_routes() -> bool:
    """Whether this process's server has our routes. It does not start one."""
    return bool(_servers) and _servers[0].events is not None


def jobs() -> Jobs:
    """The runs of this server."""
    return server().pool


def this_visit() -> Visit:
    """The page whose script runs in this thread."""
    return server().visits.here()


def renew() -> None:
    """Drop the server of this process, for tests."""
    with _lock:
        for old in _servers:
            old.stop()
        _servers.clear()
