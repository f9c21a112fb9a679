"""What several tests share: the dinosaurs, a trained network, a way to wait, compiled kernels, a
server and a browser.

It loads dino before any test loads PyTorch, because dino sets how many threads PyTorch may use. It
loads PyTorch itself only for fixtures that need it: some tests run where PyTorch is missing.
"""

import logging
import os
import subprocess
import sys
import threading
import time
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from sources import ROOT
from waiting import PATIENCE, TOTAL, wait_for

from dino.config import CELLS, Config
from dino.data import load
from dino.jobs import Jobs

# A test must not fail because the machine is slow.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")
BEGAN = time.monotonic()
TOO_LATE = "long, and DINO_MINUTES are over"
# Tests of what holds on hosts. They come first, so that no slow machine leaves them out.
FIRST = (
    *("test_load_app", "test_nginx", "test_storm", "test_browser_cloud", "test_browser_frames"),
    *("test_browser_nginx", "test_browser_storm", "test_browser_wheel", "test_browser_away"),
    *("test_browser_uploads",),
)


def pytest_collection_modifyitems(items):
    """Skip tests marked `long`, unless DINO_LONG=1 is set. Where DINO_TWICE=1 is set, as in CI, a
    browser test that fails is tried once more. Tests with a server come first: they take one worker
    for minutes, and have the kernels compiled before another one needs them.
    """
    items.sort(key=lambda item: (_needs_no_server(item), item.path.stem not in FIRST))
    skipped = pytest.mark.skip(reason="long; DINO_LONG=1 runs it")
    for item in items:
        if item.get_closest_marker("long") and os.environ.get("DINO_LONG") != "1":
            item.add_marker(skipped)
        if item.path.name.startswith("test_browser") and os.environ.get("DINO_TWICE") == "1":
            item.add_marker(pytest.mark.flaky(reruns=1))
    if "streamlit.testing.v1" in sys.modules:
        _scan_packages_once()
        _ask_nobody()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Leave out tests marked `long` that would begin more than DINO_MINUTES after the first one: on
    a slow machine, a run that is ended at its limit says nothing of any test.
    """
    minutes = (time.monotonic() - BEGAN) / 60
    most = float(os.environ.get("DINO_MINUTES", "inf"))
    if item.get_closest_marker("long") and minutes > most:
        pytest.skip(TOO_LATE)


def _needs_no_server(item):
    group = item.get_closest_marker("xdist_group")
    return group is None or group.args != ("server",)


def _scan_packages_once():
    """Have each page of a test use the components that the first one found. Streamlit reads what
    every installed package says of itself for each `AppTest`, which takes 0.3 s.
    """
    from streamlit.components.v2 import manifest_scanner

    manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


def _ask_nobody():
    """No `AppTest` waits for a browser to say who it is; see the fixture `asking`."""
    from dino.ui.visit import Visits

    Visits.asks = False


def pytest_terminal_summary(terminalreporter):
    """List each test that was left out because it was late; and each that was tried twice, and why
    it failed at first.
    """
    late = [it for it in terminalreporter.getreports("skipped") if TOO_LATE in it.longreprtext]
    if late:
        terminalreporter.section(f"too late: {len(late)}", yellow=True)
        terminalreporter.line("\n".join(f"TOO LATE {it.nodeid}" for it in late))
    reports = terminalreporter.getreports("rerun")
    if not reports:
        return
    terminalreporter.section(f"tried twice: {len(reports)}", yellow=True)
    for report in reports:
        crash = getattr(report.longrepr, "reprcrash", None)
        why = f"{crash.path}:{crash.lineno}: {crash.message}" if crash else report.longreprtext
        terminalreporter.line(f"TRIED TWICE {report.nodeid} ({report.when}): {why}")


class _Failures(logging.Handler):
    """What the app has logged of its own failures, for which a page only shows a sentence."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def emit(self, record):
        self.seen.append(self.format(record))


@pytest.fixture
def failures():
    """The failures that the app has logged in this test; a test that wants them clears the list."""
    return _failures.seen


@pytest.fixture(autouse=True)
def no_failure():
    """No part of a page and no callback fails, though a page would show only a sentence for it."""
    _failures.seen.clear()
    yield
    assert not _failures.seen, "\n".join(_failures.seen)


_failures = _Failures()
logging.getLogger("dino.failures").addHandler(_failures)


@pytest.fixture(scope="session")
def corpus():
    """The real list. Corpora are immutable, so the tests of one process share it."""
    return load()


@pytest.fixture(scope="session")
def trained(corpus):
    """A trainer at the end of a short run. Tests read it and change nothing."""
    from dino.train import Trainer

    trainer = Trainer(
        Config(hidden_size=32, learning_rate=0.02, max_steps=300, average=0.0), corpus
    )
    while not trainer.done:
        trainer.step()
    return trainer


@pytest.fixture(scope="session")
def nets(corpus):
    """A network of each cell, trained a little. Tests read them and change nothing."""
    from dino.train import Trainer

    found = {}
    for cell in CELLS:
        config = Config(
            cell=cell, hidden_size=16, learning_rate=0.02, max_steps=150, engine="torch"
        )
        trainer = Trainer(config, corpus)
        trainer.advance()
        found[cell] = trainer.eval_model
    return found


@pytest.fixture
def jobs():
    """A pool whose workers have ended: the test itself works on its runs, slice by slice."""
    from dino.jobs import Jobs

    pool = Jobs(1, memory=2_000_000_000, resident=lambda: 0)
    pool.close()
    return pool


@pytest.fixture
def wait_until():
    """A function that waits until a condition holds, and else fails with `what`."""
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
def kernels(tmp_path_factory):
    """The kernels are compiled and on disk. Of several workers one compiles, the others wait."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # the folder that all workers of this run share
    claim, done = shared / "compiling", shared / "compiled"
    try:
        claim.touch(exist_ok=False)
    except FileExistsError:
        return wait_for(done.exists, "the kernels, which another worker compiles", TOTAL)
    compiled = subprocess.run(
        [sys.executable, "-m", "dino", "compile"], cwd=ROOT, capture_output=True, text=True
    )
    done.write_text(compiled.stdout)
    assert compiled.returncode == 0, compiled.stderr


@pytest.fixture(scope="session")
def shared_app():
    """A server of the app that starts at its first use; see `SharedApp`."""
    from browser import SharedApp

    shared = SharedApp()
    yield shared
    shared.end()


@pytest.fixture
def address(shared_app):
    """The address of that server."""
    return shared_app.address()


@pytest.fixture(scope="session")
def shared_browser(tmp_path_factory):
    """A headless Chromium that starts at its first use; see `SharedBrowser`."""
    from browser import SharedBrowser

    shared = SharedBrowser(tmp_path_factory.mktemp("browser"))
    yield shared
    shared.end()


@pytest.fixture
def home(shared_browser):
    """Its context that keeps the app's scripts compiled from test to test."""
    return shared_browser.home()


@pytest.fixture
def chrome(home):
    """The same Chromium, for contexts of a test's own: they are closed when it has ended, because a
    page left open keeps its run at work.
    """
    yield home.browser
    for context in home.browser.contexts:
        if context != home:
            context.close()


@pytest.fixture
def page(home):
    """A page of desktop size, of a new visitor. An error of its scripts fails the test."""
    from browser import adapt, leave

    before = home.pages
    opened, errors = adapt(home.new_page()), []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    failed = [*errors]  # not what breaks off as the page is left
    for left in home.pages:
        if left not in before:
            leave(left)
    home.clear_cookies()
    home.clear_permissions()
    assert not failed


# On one engine throughout: which one "auto" takes depends on what other tests prepared.
ENDLESS = Config(engine="torch", hidden_size=4, batch_size=2, max_steps=100_000)


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pool(clock):
    """A function that opens a pool; its workers have ended when the test has."""
    before, opened = set(threading.enumerate()), []

    def open_pool(workers=2, memory=2_000_000_000):
        opened.append(Jobs(workers, clock, memory, resident=lambda: 0))
        return opened[-1]

    yield open_pool
    workers = [t for t in threading.enumerate() if t not in before and t.name == "trainer"]
    for jobs in opened:
        jobs.close()
    for worker in workers:
        worker.join(PATIENCE)
        assert not worker.is_alive()


@pytest.fixture
def start(corpus, wait_until):
    """A function that creates a job, by default one without end, and waits for its network."""

    def create(jobs, config=ENDLESS, owner="", page=""):
        job = jobs.create(config, corpus, owner, page or owner)
        wait_until(lambda: job.run is not None, "the network")
        return job

    return create


@pytest.fixture
def goes_on(wait_until):
    """A function that waits until a job has trained some steps more."""

    def wait(job, steps=20):
        goal = job.run.step + steps
        wait_until(lambda: job.run.step >= goal, f"step {goal}")

    return wait


@pytest.fixture
def idle(wait_until):
    """A function that waits until no worker has anything to do for a job."""

    def wait(job):
        wait_until(lambda: job.settled, "rest")

    return wait


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page without a cookie waits until its browser has said who it is, as on a server."""
    from dino.ui.visit import Visits

    monkeypatch.setattr(Visits, "asks", True)


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The secret of the browser whose pages the test opens: the one element, to be replaced."""
    from dino.ui import visit

    secret = ["mine"]
    monkeypatch.setattr(visit, "hashed_secret", lambda: secret[0])
    return secret
