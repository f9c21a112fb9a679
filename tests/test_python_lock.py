"""Waiting threads get Python's lock more often while somebody asks for it, and as before after."""

import sys
import threading

import pytest
from waiting import PATIENCE

from dino import python_lock
from dino.python_lock import CALM, HURRIED, be_calm, hurried


@pytest.fixture(autouse=True)
def restored(monkeypatch):
    before = sys.getswitchinterval()
    monkeypatch.setattr(python_lock, "slowness", lambda: 1.0)
    yield
    sys.setswitchinterval(before)


def is_interval(seconds):
    return sys.getswitchinterval() == pytest.approx(seconds, rel=0.01)


def test_the_last_one_who_leaves_puts_the_interval_back():
    be_calm()
    entered, leave = threading.Barrier(4), [threading.Event() for _ in range(3)]

    def stay(told):
        with hurried():
            entered.wait(PATIENCE)
            assert told.wait(PATIENCE)

    threads = [threading.Thread(target=stay, args=(told,)) for told in leave]
    for thread in threads:
        thread.start()
    entered.wait(PATIENCE)
    for thread, told in zip(threads, leave, strict=True):
        assert is_interval(HURRIED)
        told.set()
        thread.join(PATIENCE)
    assert is_interval(CALM)


def test_it_is_put_back_after_a_failure_and_to_what_it_was():
    sys.setswitchinterval(0.002)
    with pytest.raises(ZeroDivisionError), hurried(), hurried():
        assert is_interval(HURRIED)
        raise ZeroDivisionError
    assert is_interval(0.002) and python_lock.HURRIED < python_lock.CALM < 0.005


def test_a_server_that_starts_meanwhile_hurries_nobody_less():
    sys.setswitchinterval(0.005)
    with hurried():
        be_calm()
        assert is_interval(HURRIED)
        with hurried():
            assert is_interval(HURRIED)
    assert is_interval(CALM)


@pytest.mark.parametrize(
    "slowness, seconds", [(1.0, 0.0001), (4.0, 0.0004), (10.0, 0.001), (50.0, 0.001)]
)
def test_on_a_part_of_a_core_it_is_done_less_often(monkeypatch, slowness, seconds):
    monkeypatch.setattr(python_lock, "slowness", lambda: slowness)
    be_calm()
    with hurried():
        assert is_interval(seconds)
    assert is_interval(CALM)
