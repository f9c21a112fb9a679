"""Scripts of pages take turns, and a page that is being drawn is not told to draw again."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from browser import ONE_SERVER
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE, wait_for

from dino.jobs import Jobs, limits
from dino.jobs.workers import Workers
from dino.ui import listening, server, workarounds
from dino.ui.server import Server
from dino.ui.visit import Visit

pytestmark = ONE_SERVER


@pytest.fixture
def shared():
    """A server; how long a script waits is up to each test."""
    made = Server(Jobs(workers=1))
    yield made
    made.stop()


def most_at_once(shared):
    """How many of several scripts were at work at once."""
    at_once, most, lock = [0], [0], threading.Lock()

    def script(_):
        with shared.time_script():
            with lock:
                at_once[0] += 1
                most[0] = max(most[0], at_once[0])
            sum(range(30_000))  # its work
            with lock:
                at_once[0] -= 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(script, range(24)))
    return most[0]


def test_scripts_run_one_after_another(shared, monkeypatch):
    monkeypatch.setattr(server, "SCRIPT_TURN", PATIENCE)
    assert most_at_once(shared) == 1


def test_a_long_script_is_not_waited_for(shared, monkeypatch):
    monkeypatch.setattr(server, "SCRIPT_TURN", 0.01)
    ended, begun = threading.Event(), []

    def long():
        with shared.time_script():
            begun.append("long")
            assert ended.wait(PATIENCE)

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(long)
        wait_for(lambda: begun, "the long script")
        with shared.time_script():  # though the other one has its turn
            begun.append("short")
        ended.set()
        first.result(PATIENCE)
    assert begun == ["long", "short"]
    monkeypatch.setattr(server, "SCRIPT_TURN", PATIENCE)
    assert most_at_once(shared) == 1  # who had no turn gave none back


def test_a_script_that_breaks_off_gives_its_turn_back(shared, monkeypatch):
    monkeypatch.setattr(server, "SCRIPT_TURN", 2 * PATIENCE)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), shared.time_script():
            raise ZeroDivisionError
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(most_at_once, shared).result(PATIENCE) == 1


def test_a_page_that_is_being_drawn_hears_of_what_is_new_once_it_is_drawn(monkeypatch):
    try:
        visit, drawing = Visit("a session", "a browser"), [True]
        monkeypatch.setattr(workarounds, "is_drawing", lambda session: drawing[0])
        visit.page = "compare"
        turns = listening.Turns(visit)
        assert turns.next() is None and turns.next() is None
        drawing[0] = False
        (_, frame), after = turns.next(), turns.next()
        assert frame == {"turn": listening.turn(visit)} and after is None
    finally:
        server.renew()


def test_pages_are_redrawn_less_often_the_more_is_at_work(monkeypatch):
    now, at_work = [0.0], [1]
    monkeypatch.setattr(listening, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(listening, "turn", lambda visit: str(now[0]))
    monkeypatch.setattr(workarounds, "is_drawing", lambda session: False)
    monkeypatch.setattr(Workers, "at_work", property(lambda self: at_work[0]))
    visit = Visit("a session", "a browser")
    visit.page = "learn"
    turns = listening.Turns(visit)

    def pause():
        since = now[0]
        now[0] += 0.01
        while turns.next() is None:
            now[0] += 0.01
        return now[0] - since

    try:
        pause()
        assert pause() == pytest.approx(listening.TURN, abs=0.02)
        at_work[0] = 30  # no run: thirty measurements, whose pages are redrawn
        assert pause() == pytest.approx(30 * listening.TURN_PER_RUN, abs=0.02)
    finally:
        server.renew()


def test_a_server_is_started_once_whoever_comes_first(monkeypatch):
    """A page that is drawn before the routes are ready starts it; then they only join it."""
    started = []
    monkeypatch.setattr(server.Server, "start", lambda self: started.append(self))
    server.renew()
    try:
        first, events = server.server(), object()
        assert server.open_server(events) is first and first.events is events
        assert started == [first]
    finally:
        server.renew()


def test_a_part_of_a_page_is_made_again_only_where_its_source_changes():
    visit, made = Visit("a session", "a browser"), []

    def make():
        made.append(len(made))
        return made[-1]

    given = [visit.make_once("rows", source, make) for source in ("a", "a", "b", "b", "a")]
    assert given == [0, 0, 1, 1, 2]
    assert visit.make_once("pictures", "a", make) == 3 and visit.make_once("rows", "a", make) == 2
    visit.forget()
    assert visit.make_once("rows", "a", make) == 4


def test_a_pages_script_runs_within_its_turn(monkeypatch):
    entered, favour = [], Workers.favour_page
    monkeypatch.setattr(Workers, "favour_page", lambda self: entered.append(1) or favour(self))
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE).run()
    assert not page.exception and entered
    before = len(entered)
    page.run()
    assert len(entered) > before


def test_while_a_page_is_drawn_workers_rest_between_slices(monkeypatch):
    class Slices:
        queued, turn = False, 0.0

        def __init__(self, count):
            self.left, self.at = count, []

        def work(self):
            self.queued = False
            self.at.append(time.monotonic())
            self.left -= 1
            return self.left > 0

    monkeypatch.setattr(limits, "YIELD", 0.03)
    workers, drawn, undrawn = Workers(1), Slices(6), Slices(6)
    try:
        with workers.favour_page():
            workers.enqueue(drawn)
            wait_for(lambda: not drawn.left, "the slices beside a page")
        assert (np.diff(drawn.at) >= 0.03 - 0.005).all()
        monkeypatch.setattr(limits, "YIELD", 4 * PATIENCE)
        workers.enqueue(undrawn)  # nobody draws: no rest, or this would not end in time
        wait_for(lambda: not undrawn.left, "the slices without a page")
    finally:
        workers.close()


def test_a_worker_that_rests_goes_to_work_when_the_page_is_drawn(monkeypatch):
    monkeypatch.setattr(limits, "YIELD", 4 * PATIENCE)
    workers, began = Workers(1), []

    class Slice:
        queued, turn = False, 0.0

        def work(self):
            self.queued = False
            began.append(1)
            return False

    try:
        workers.enqueue(Slice())
        wait_for(lambda: began, "a first slice")
        with workers.favour_page():
            workers.enqueue(Slice())
            workers.enqueue(Slice())
        wait_for(lambda: len(began) == 3, "the slices after the page")
    finally:
        workers.close()
