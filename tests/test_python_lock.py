"""Waiting threads get Python's lock more often while somebody asks for it, and as before after."""

import sys
import threading

import pytest
from waiting import PATIENCE

from dino import python_lock
from dino.python_lock import CALM, HURRIED, be_calm, hurried


@pytest.fixture(autouse=True)
def restored():
    before = sys.getswitchinterval()
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
