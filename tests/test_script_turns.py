"""Scripts of pages take turns, and a page that is being drawn is not told to draw again."""

import hashlib
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from browser import ONE_SERVER
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE, wait_for

from dino import python_lock
from dino.jobs import limits
from dino.jobs import workers as workers_module
from dino.jobs.workers import Workers
from dino.live import script_turns
from dino.live.script_turns import ScriptTurns
from dino.python_lock import HURRIED
from dino.ui import listening, server, workarounds
from dino.ui.visit import Visit

pytestmark = ONE_SERVER


def most_at_once(turns, threads=8):
    """How many of several scripts were at work at once."""
    at_once, most, lock = [0], [0], threading.Lock()

    def script(_):
        with turns.turn():
            with lock:
                at_once[0] += 1
                most[0] = max(most[0], at_once[0])
            hashlib.sha256(bytes(500_000))  # its work: meanwhile the others may have Python's lock
            with lock:
                at_once[0] -= 1

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(script, range(3 * threads)))
    return most[0]


def test_scripts_run_one_after_another():
    assert most_at_once(ScriptTurns(PATIENCE)) == 1


class Script(threading.Thread):
    """A script that runs until it is told to end."""

    def __init__(self, turns, later=0.0):
        super().__init__(daemon=True)
        self.turns, self.later = turns, later
        self.runs, self.told = threading.Event(), threading.Event()

    def run(self):
        with self.turns.turn(self.later):
            self.runs.set()
            assert self.told.wait(PATIENCE)


def begun(turns, count):
    """Scripts that came one after another."""
    found = []
    for number in range(count):
        found.append(Script(turns))
        found[-1].start()
        waiting = number if found[0].runs.wait(PATIENCE) else -1
        wait_for(lambda waiting=waiting: turns.waiting == waiting, "a script in the line")
    return found


def test_they_run_in_the_order_in_which_they_came():
    scripts = begun(ScriptTurns(PATIENCE), 8)
    for number, script in enumerate(scripts):
        assert script.runs.wait(PATIENCE)
        assert not any(later.runs.is_set() for later in scripts[number + 1 :])
        script.told.set()
        script.join(PATIENCE)


def test_who_is_here_already_goes_before_newcomers_but_none_of_these_waits_for_ever():
    now = [0.0]
    turns = ScriptTurns(100.0, lambda: now[0])
    [first] = begun(turns, 1)
    scripts = [first]
    for seconds, is_new in [(0.1, True), (0.2, True), (0.9, False), (1.15, False), (1.3, False)]:
        now[0] = seconds
        scripts.append(Script(turns, script_turns.LATER if is_new else 0.0))
        scripts[-1].start()
        wait_for(lambda: turns.waiting == len(scripts) - 1, "a script in the line")
    had = []
    for number in (0, 3, 1, 4, 2, 5):
        assert scripts[number].runs.wait(PATIENCE)
        had.append(number)
        assert {i for i, it in enumerate(scripts) if it.runs.is_set()} == {*had}
        scripts[number].told.set()
        scripts[number].join(PATIENCE)


class Passed(Script):
    """A script of a new page, which lets others pass once before it ends."""

    def __init__(self, turns):
        super().__init__(turns, script_turns.LATER)
        self.draws, self.drawn = threading.Event(), threading.Event()

    def run(self):
        with self.turns.turn(self.later):
            self.runs.set()
            assert self.draws.wait(PATIENCE)
            self.turns.let_pass()
            self.drawn.set()
            assert self.told.wait(PATIENCE)


@pytest.mark.parametrize("after", [0.5, 1.5])
def test_between_two_parts_a_newcomer_lets_pass_who_has_a_place_before_its_own(after):
    now = [0.0]
    turns = ScriptTurns(100.0, lambda: now[0])
    newcomer = Passed(turns)
    newcomer.start()
    assert newcomer.runs.wait(PATIENCE)
    now[0] = after
    click, another = Script(turns), Script(turns, script_turns.LATER)
    for number, script in enumerate((click, another), 1):
        script.start()
        wait_for(lambda number=number: turns.waiting == number, "a script in the line")
    newcomer.draws.set()
    if after < script_turns.LATER:
        assert click.runs.wait(PATIENCE) and not newcomer.drawn.is_set()
        click.told.set()
    assert newcomer.drawn.wait(PATIENCE) and not another.runs.is_set()
    assert click.runs.is_set() == (after < script_turns.LATER)
    newcomer.told.set()
    assert click.runs.wait(PATIENCE)
    click.told.set()
    assert another.runs.wait(PATIENCE)
    another.told.set()
    for script in (newcomer, click, another):
        script.join(PATIENCE)
    assert turns.waiting == 0 and most_at_once(turns) == 1


def test_a_script_without_a_turn_of_its_own_lets_nobody_pass():
    now = [0.0]
    turns = ScriptTurns(0.05, lambda: now[0])
    slow, waiting = Passed(turns), Script(turns)
    turns.let_pass()  # this thread has no script
    slow.start()
    assert slow.runs.wait(PATIENCE)
    waiting.start()
    wait_for(lambda: turns.waiting == 1, "a script in the line")
    now[0] = 0.06
    assert waiting.runs.wait(PATIENCE)  # the slow one has lost its turn
    last = Script(turns)
    last.start()
    wait_for(lambda: turns.waiting == 1, "another script in the line")
    slow.draws.set()
    assert slow.drawn.wait(PATIENCE) and not last.runs.is_set()
    for script in (slow, waiting, last):
        script.told.set()
        script.join(PATIENCE)


def test_however_long_the_line_no_two_run_at_once_if_each_is_short():
    """On a tenth of a core, thirty scripts took a minute. All of them ran at once as soon as they
    had waited for two seconds, and the server answered nobody.
    """
    now = [0.0]
    scripts = begun(ScriptTurns(10.0, lambda: now[0]), 30)
    for number, script in enumerate(scripts):
        assert script.runs.wait(PATIENCE)
        assert sum(it.runs.is_set() for it in scripts) == number + 1  # no more than have had it
        now[0] += 9.0
        script.told.set()
        script.join(PATIENCE)


def test_a_script_that_does_not_end_is_replaced_by_one():
    now = [0.0]
    turns = ScriptTurns(0.05, lambda: now[0])
    stuck, *others = begun(turns, 9)
    now[0] = 0.06
    wait_for(others[0].runs.is_set, "one beside the long script")
    stuck.told.set()
    stuck.join(PATIENCE)  # it has no turn to pass on any more
    assert [it.runs.is_set() for it in others] == [True] + 7 * [False]
    for it in others:
        it.told.set()
    for it in others:
        it.join(PATIENCE)
    assert most_at_once(turns) == 1


def test_a_script_that_breaks_off_gives_its_turn_back():
    turns = ScriptTurns(2 * PATIENCE)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), turns.turn():
            raise ZeroDivisionError
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(most_at_once, turns).result(PATIENCE) == 1


class Slices:
    """Work that notes when each of its slices began."""

    queued, turn = False, 0.0

    def __init__(self, count):
        self.left, self.at = count, []

    def work(self):
        self.queued = False
        self.at.append(time.monotonic())
        self.left -= 1
        return self.left > 0


def test_on_a_part_of_a_core_turns_and_rests_last_longer(monkeypatch):
    for module in script_turns, workers_module:
        monkeypatch.setattr(module, "slowness", lambda: 10.0)
    assert ScriptTurns().longest == 10 * script_turns.TURN
    monkeypatch.setattr(limits, "YIELD", 0.01)
    workers, slices = Workers(1), Slices(4)
    try:
        with workers.favour_page():
            workers.enqueue(slices)
            wait_for(lambda: not slices.left, "the slices beside a page")
        assert (np.diff(slices.at) >= 0.1 - 0.005).all()
    finally:
        workers.close()


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
    server.server()  # it wraps scripts
    entered, favour = [], Workers.favour_page
    monkeypatch.setattr(Workers, "favour_page", lambda self: entered.append(1) or favour(self))
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE).run()
    assert not page.exception and entered
    before = len(entered)
    page.run()
    assert len(entered) > before


def test_while_the_page_of_a_newcomer_is_drawn_the_clicks_of_others_get_pythons_lock_sooner(
    monkeypatch,
):
    found, favour = [], Workers.favour_page

    def noting(self):
        found.append(sys.getswitchinterval())
        return favour(self)

    monkeypatch.setattr(Workers, "favour_page", noting)
    monkeypatch.setattr(python_lock, "slowness", lambda: 1.0)
    server.server()  # it wraps scripts, and loads PyTorch for a second
    wait_for(
        lambda: "dino.train" in sys.modules and sys.getswitchinterval() > 2 * HURRIED, "PyTorch"
    )
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE).run()
    newcomers = list(found)
    monkeypatch.setattr(server, "NEW", 0.0)
    before = sys.getswitchinterval()
    page.run()
    assert newcomers == pytest.approx([HURRIED] * len(newcomers)) and newcomers
    assert found[len(newcomers) :] == [before] and before > 2 * HURRIED


def test_a_pages_script_can_let_others_pass_at_each_element(monkeypatch):
    server.server()  # it wraps scripts
    asked = []
    monkeypatch.setattr(ScriptTurns, "let_pass", lambda self: asked.append(threading.get_ident()))
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE).run()
    assert not page.exception and len(asked) > len(page.main) > 5
    assert len(set(asked)) == 1


def test_while_a_page_is_drawn_workers_rest_between_slices(monkeypatch):
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
