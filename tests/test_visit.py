"""Visits: whose data is whose, and the one function that all actions on a run go through."""

import ast
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from dino import data
from dino.config import Config
from dino.lists import clean
from dino.live.frames import Sender
from dino.live.routes import next_frame
from dino.ui import listening, server, workarounds
from dino.ui.visit import Visit, Visits
from dino.ui.workarounds import transfers, uploads

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("dino/ui/**/*.py"), *ROOT.glob("dino/pages/**/*.py")])
ACTIONS = {"play", "pause", "extend", "set_pace", "set_learning_rate", "park", "give_way"}
NET = Config(engine="torch", hidden_size=4, batch_size=2, max_steps=100_000)


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


def actions(tree, guarded=False):
    """Calls of a run's actions that do not go through `act`, as (line, name)."""
    for node in ast.iter_child_nodes(tree):
        inside = guarded
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in ACTIONS and not guarded:
                yield node.lineno, name
            inside = guarded or name == "act"
        yield from actions(node, inside)


@pytest.mark.parametrize("path", PAGES, ids=[p.name for p in PAGES])
def test_no_page_acts_on_a_run_but_through_the_gate(path):
    assert not list(actions(ast.parse(path.read_text(encoding="utf-8"))))


def test_the_gate_is_seen_where_it_is_missing():
    found = list(actions(ast.parse("job.play()\nact(lambda job: job.pause())")))
    assert found == [(1, "play")]


class Cookies:
    """The cookies of a browser, by which the server recognises it."""

    def __init__(self):
        self.now = "one browser"

    def secret(self):
        return self.now


@pytest.fixture
def cookies():
    return Cookies()


@pytest.fixture
def visits(cookies):
    return Visits(cookies.secret)


def test_a_browser_is_known_again_and_told_from_others(visits, cookies):
    first, again = visits.browser(), visits.browser()
    cookies.now = "another"
    assert first == again != visits.browser()


def test_without_a_cookie_every_page_is_a_browser_of_its_own(visits, cookies):
    cookies.now = ""
    assert visits.browser() != visits.browser()


def masked(secret, mask):
    """A cookie as Streamlit makes it, from bytes."""
    hidden = bytes(byte ^ mask[i % 4] for i, byte in enumerate(secret))
    return f"2|{mask.hex()}|{hidden.hex()}|1700000000"


def test_one_secret_is_read_under_every_mask():
    secret = bytes(range(200, 232))
    cookies = {masked(secret, mask) for mask in (b"abcd", b"\0\0\0\0", b"wxyz")}
    assert len(cookies) == 3
    assert {workarounds.browser_secret(cookie) for cookie in cookies} == {secret}


@pytest.mark.parametrize("cookie", ["", "2", "2|", "2|zz|00", "2||00", "2|61|zz", "🦕|🦕|🦕", None])
def test_a_cookie_that_cannot_be_read_has_no_secret(cookie):
    assert workarounds.browser_secret(cookie) == b""


def test_erasing_drops_what_a_page_has_sent_and_what_is_on_its_way(visits, monkeypatch):
    kept, old = MemoryUploadedFileManager(""), visits.browser()
    monkeypatch.setattr(uploads, "manager", lambda: kept)
    for module in (uploads, transfers):
        monkeypatch.setattr(module, "runtime", SimpleNamespace(exists=lambda: True))

    def sends(session, box, size, *pieces):
        monkeypatch.setattr(transfers, "session_id", lambda: session)
        for at, text in pieces:
            message = {"id": box, "name": "x", "size": size, "at": at, "data": text}
            workarounds.take_piece(box, message, workarounds.Takes(9))
        return workarounds.transfer_answer(box)

    pages = {"s": Visit("s", old), "t": Visit("t", "somebody else")}
    for session, page in pages.items():
        visits.add(page)
        assert sends(session, "list", 1, (0, ""), (0, "YQ==")).done
        assert sends(session, "run", 2, (0, ""), (0, "YQ==")).got == 1
    visits.erase(old)
    assert not kept.file_storage.get("s") and len(kept.file_storage["t"]) == 1
    assert sends("s", "list", 1) == sends("s", "run", 2) == transfers.Answer()
    assert "took too long" in str(sends("s", "run", 2, (1, "YQ==")).why)
    assert sends("t", "run", 2, (1, "YQ==")).done
    for session in "st":
        workarounds.forget_uploads(session)


def test_an_erased_browser_is_another_one_from_then_on(visits):
    old = visits.browser()
    mine, yours = Visit("s", old), Visit("t", "somebody else")
    for each in (mine, yours):
        visits.add(each)
        each.lists["a list"] = "names"
    visits.erase(old)
    assert mine.browser == visits.browser() != old
    assert mine.erased and not mine.lists and not yours.erased and yours.lists
    again = visits.browser()
    visits.erase(again)
    assert visits.browser() not in (old, again)


def test_keys_are_long_and_never_the_same():
    keys = {Visit("s", "b").key for _ in range(50)} | {Visit("s", "b").id for _ in range(50)}
    assert len(keys) == 100 and min(map(len, keys)) >= 16


@pytest.mark.parametrize("use", [lambda it: it.names_bytes, Visit.rest])
def test_its_names_are_counted_and_kept_while_another_thread_drops_them(use):
    class Dropped(Visit):
        written = property(lambda self: next(self.reads, None), lambda self, value: None)

    visit = Dropped("s", "b")
    visit.reads = iter([("token", SimpleNamespace(result=np.zeros(3)))])
    assert use(visit) in (24, None)


def page(browser):
    return Visit("a session", browser)


@pytest.fixture
def private():
    names = "\n".join(f"{a}{b}name" for a in "abcdefgh" for b in "abcdefgh")
    return data.make_corpus(clean(names), "Your list", owner="the owner")


def test_frames_of_a_private_list_go_to_its_owner_alone(private, monkeypatch):
    pool = server.server().pool
    job = pool.create(NET, private, "the owner", "tab")
    for browser, sees in (("the owner", True), ("somebody else", False)):
        looking = page(browser)
        looking.watch(job)
        found = listening.visible_run(looking)
        assert (found is not None) == sees
        frame = next_frame(listening.PageListener(looking), Sender())[1]
        assert (frame["phase"] == "none") == (not sees)


def test_a_run_that_is_dropped_is_no_longer_seen(corpus):
    pool = server.server().pool
    looking = page("me")
    looking.watch(pool.create(NET, corpus, "me", looking.id))
    assert listening.visible_run(looking) is not None
    pool.drop(looking.job)
    assert listening.visible_run(looking) is None


def test_the_janitor_notes_who_is_gone_and_who_is_back(corpus, monkeypatch):
    here = server.server()
    looking = page("me")
    here.visits.add(looking)
    job = here.pool.create(NET, corpus, "me", looking.id)
    looking.watch(job)
    monkeypatch.setattr(Visit, "is_connected", lambda self: False)
    here.make_round()
    assert job.unwatched_for() > 0
    monkeypatch.setattr(Visit, "is_connected", lambda self: True)
    here.make_round()
    assert job.unwatched_for() == 0


def test_the_operators_figures_are_numbers(corpus):
    figures = server.server().figures()
    assert {
        "visitors",
        "runs",
        "line",
        "memory_mb",
        "slices_per_second",
        "slowest_click_ms",
    } <= figures.keys()
    assert all(isinstance(value, int | float) for value in figures.values())
