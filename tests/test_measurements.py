"""What is measured for a page: it goes on while a part of the page asks for it, and no longer."""

import re
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from pressing import part
from streamlit.testing.v1 import AppTest
from test_notebook import NOTEBOOK, entry_of, words
from waiting import PATIENCE, wait_for

from dino import anatomy
from dino.config import Config
from dino.jobs import Measurement
from dino.model import CharRNN
from dino.pages.inside import gradient
from dino.pages.lab import notebook_runs, notebook_table
from dino.pages.lab.notebook_runs import SMALL, Variant
from dino.ui import listening, measurements, server
from dino.ui.visit import Visit

SHORT = NOTEBOOK.replace(max_steps=3, hidden_size=4, engine="torch")


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


def endless():
    while True:
        yield 0.5, None


class Queue:
    """A pool that only notes what is to have a turn."""

    def __init__(self):
        self.queued = []

    def enqueue(self, work):
        self.queued.append(work)


@pytest.fixture
def here(monkeypatch):
    """A visit, whose page asks, and no worker."""
    visit, queue = Visit("a session", "me"), Queue()
    monkeypatch.setattr(measurements, "this_visit", lambda: visit)
    monkeypatch.setattr(measurements, "jobs", lambda: queue)
    return visit


def test_measurements_are_counted_while_they_take_turns():
    visits, made = [Visit(f"session {i}", "me") for i in range(5)], []
    for visit in visits:
        server.server().visits.add(visit)
        made.append(visit.measurements.setdefault(("a",), Measurement(endless())))
    visits[4].measurements = {("b",): made[4]}
    made[0].rest()
    made[1].stop()
    assert measurements.count_at_work(("a",)) == 2
    made[0].wake()
    assert measurements.count_at_work(("a",)) == 3
    assert measurements.count_at_work(("c",)) == 0


def ask(*keys):
    return [measurements.measure((key,), endless, patience=0) for key in keys]


def test_what_no_part_asks_for_any_more_is_stopped_and_what_one_asks_for_is_not(here):
    one, other = ask("one", "other")
    measurements.end_unasked("inside")
    assert not one.failed and not other.failed
    assert ask("other") == [other]  # the same, not a new one
    measurements.end_unasked("inside")
    assert one.failed and not other.failed and list(here.measurements) == [("other",)]


def test_a_part_that_is_drawn_alone_leaves_to_the_others_what_is_theirs(here):
    """On the Data page a list may be cleaned while a tab below it is drawn again and again."""
    (cleaning,) = ask("clean")
    measurements.end_unasked("choice")
    for _ in range(3):
        (suspects,) = ask("suspects")
        measurements.end_unasked("lesson")
    assert not cleaning.failed and not suspects.failed
    assert ask("other text") and cleaning.failed is False
    measurements.end_unasked("choice", gone=["lesson"])  # the tab is no longer there
    assert cleaning.failed and suspects.failed and list(here.measurements) == [("other text",)]


def test_who_goes_to_another_page_wants_nothing_of_the_last_one(here):
    (left,) = ask("units")
    measurements.end_unasked("inside")
    measurements.leave_page()
    (found,) = ask("notebook")
    measurements.end_unasked("live")
    assert left.failed and not found.failed


def test_what_is_done_is_kept_and_names_that_are_written_go_on(here):
    done = measurements.measure(("done",), lambda: iter([(1.0, 7)]))
    here.measurements[("written",)] = names = Measurement(endless())
    measurements.end_unasked("inside")
    measurements.end_unasked("inside")
    assert measurements.measure(("done",), endless) is done and done.result == 7
    assert not names.failed


def test_many_measurements_do_not_stop_names_that_are_being_written(here):
    here.measurements[("written",)] = names = Measurement(endless())
    first, *_ = ask(*(str(number) for number in range(measurements.KEPT + 2)))
    assert first.failed and not names.failed
    assert len(here.measurements) == measurements.KEPT


def test_of_large_results_only_the_last_is_kept(here):
    small, *mixed = ask("small", "mixed", "mixed")
    last = measurements.measure(("mixed", 9), endless)
    measurements.forget_others("mixed", ("mixed", 9))
    assert all(it.failed for it in mixed) and not (small.failed or last.failed)
    assert set(here.measurements) == {("small",), ("mixed", 9)}


def test_a_page_does_not_work_out_the_eigenvalues_of_a_large_network(here):
    config = Config(hidden_size=2 * gradient.QUICK)
    entry = SimpleNamespace(run=SimpleNamespace(config=config, weights={}, kept_step=1), token="t")
    model = CharRNN("rnn", config.hidden_size, 3, torch.Generator().manual_seed(0))
    line = gradient.Line(entry, model, 0, "h", np.zeros(1))
    assert gradient.direct_text(line, "abc") == "…"
    (work,) = here.measurements.values()
    assert work.result is None and not work.done
    while work.work():  # a worker's turns
        pass
    assert work.result == pytest.approx(anatomy.spectral_radius(line.model))


def test_while_nobody_sees_a_page_its_measurements_rest_and_lose_nothing(monkeypatch):
    janitor, visit = server.server(), Visit("a session", "me")
    janitor.visits.add(visit)
    counted = iter(range(1, 10_000))
    visit.measurements["units",] = found = Measurement((0.5, i) for i in counted)
    visit.measurements["written",] = names = Measurement(endless())
    visit.written = ("a run", names)
    monkeypatch.setattr(Visit, "is_connected", lambda self: False)
    janitor.make_round()
    assert not found.work(0) and names.work(0)  # for names a page only waits
    before = found.result
    queue = Queue()
    monkeypatch.setattr(janitor.pool, "enqueue", queue.enqueue)
    monkeypatch.setattr(Visit, "is_connected", lambda self: True)
    janitor.make_round()
    assert queue.queued == [found] and found.work(0) and found.result == (before or 0) + 1
    janitor.make_round()
    assert queue.queued == [found]  # it takes its turns already


# ---- on the pages


def lab(**params):
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update(params)
    page.run()
    page.run()
    assert not page.exception
    return page


def test_the_lab_stops_what_another_page_had_measured(monkeypatch):
    page = lab(engine="torch", hidden_size="4", max_steps="2")
    visit = page.session_state["visit"]
    page.switch_page("dino/pages/inside/page.py").run()
    visit.measurements["units",] = found = Measurement(endless())
    visit.asked.add(("units",))
    page.run()
    assert not found.failed
    page.switch_page("dino/pages/lab/page.py").run()
    assert found.failed and not page.exception


def has_error(page):
    return re.search(r"± \d", words(page)) is not None


def test_an_error_that_takes_long_to_measure_comes_without_a_click(corpus, monkeypatch):
    """While it is measured the table listens; the state that it says it has drawn is the one of
    before, so the end of the measuring is news to it.
    """
    variants = [Variant(context, SMALL) for context in (1, 0)]
    entries = [entry_of(variant.recipe(SHORT), corpus, i) for i, variant in enumerate(variants, 1)]
    go_on, known = threading.Event(), notebook_runs.name_losses_in_parts

    def slowly(runs):
        time.sleep(measurements.PATIENCE * 1.5)
        yield 0.0, {}
        assert go_on.wait(PATIENCE)
        yield from known(runs)

    monkeypatch.setattr(notebook_runs, "name_losses_in_parts", slowly)
    draw = notebook_table.draw_what_holds_back
    drawn = "dino.pages.lab.training.draw_what_holds_back"
    monkeypatch.setattr(drawn, lambda job, _: draw(job, entries))
    page = lab(**SHORT.to_url())
    assert "Memory, with SGD at 0.0005: the loss is" in words(page) and not has_error(page)
    visit = page.session_state["visit"]
    (found,) = visit.measurements.values()
    shown = part(page, "notebook_pulse")[1]["drawn"]
    assert shown and not found.done
    page.run()  # a click elsewhere: it goes on
    assert list(visit.measurements.values()) == [found] and not found.failed
    go_on.set()
    wait_for(lambda: found.done, "the losses")
    assert listening.turn(visit) != shown
    page.run()
    assert has_error(page) and part(page, "notebook_pulse") is None
