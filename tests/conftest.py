"""What several tests share: the dinosaurs, a trained network, a way to wait.

It loads dino before any test loads PyTorch, for dino says how many threads PyTorch may use.
"""

import numpy as np
import pytest
from waiting import wait_for

from dino.config import Config
from dino.data import load
from dino.train import Trainer


@pytest.fixture(scope="session")
def corpus():
    """The real list. Corpora are immutable, so the tests of one process share it."""
    return load()


@pytest.fixture(scope="session")
def trained(corpus):
    """A trainer at the end of a short run. Tests read it and change nothing."""
    trainer = Trainer(
        Config(hidden_size=32, learning_rate=0.02, max_steps=300, average=0.0), corpus)
    while not trainer.done:
        trainer.step()
    return trainer


@pytest.fixture
def wait_until():
    """A function that waits until a condition holds, and fails with `what` if it never does."""
    return wait_for


@pytest.fixture(scope="session")
def same_losses():
    """A function that compares two lists of losses bit by bit."""
    def same(one, other):
        one, other = (np.asarray(x, dtype=np.float32) for x in (one, other))
        assert len(one) == len(other) > 0
        assert (one == other).all()
    return same


@pytest.fixture(scope="session")
def address():
    """The app on a server of its own, for all browser tests."""
    from browser import app

    with app() as (url, _):
        yield url


@pytest.fixture(scope="session")
def chrome():
    """A headless Chromium."""
    from browser import browser

    with browser() as launched:
        yield launched


@pytest.fixture
def page(chrome):
    """A page of desktop size. An error of its scripts fails the test."""
    from browser import DESKTOP

    opened = chrome.new_page(viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
    errors = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    opened.close()
    assert not errors
