"""The short forms of `python -m tests.load` against the app: behaviour, no figures.

Nobody waits for ever, nothing is lost, every click is answered. The figures of the full forms are
in docs/load.md.
"""

import os
from functools import partial

import pytest
from browser import site_of
from load.quota import NEEDED, way
from load.rounds import FIGURES, figure
from load.scenarios import SCENARIOS, short_forms
from load.server import ROOT
from waiting import in_thread

pytestmark = [
    pytest.mark.xdist_group("server"),  # as all tests that start one
    pytest.mark.usefixtures("kernels"),
]
OF_FULL = ("of_headless", "headless.names_per_second", "on_kernels_ms.max")  # not in short forms
LONG = set(SCENARIOS) - {"alone"}
PATIENCE = 5.0  # times the limit of a short form: the app is not to blame for a slow machine


def scenarios(shares):
    """Those that can share a server, or the others."""
    return [
        pytest.param(name, marks=pytest.mark.long) if name in LONG else name
        for name, scenario in SCENARIOS.items()
        if scenario.shares == shares
    ]


@pytest.mark.parametrize("name", scenarios(shares=False))
def test_on_a_server_of_its_own(name, shared_app):
    shared_app.end()
    if name == "cloud" and not way() and not os.environ.get("CI"):
        pytest.skip(f"to bound a server's share of a core takes {NEEDED}")
    report = in_thread(partial(short_forms, [name], patience=PATIENCE))[name]
    assert report.ok, report.text()
    has_its_figures(name, report)


@pytest.fixture
def site(shared_app):
    """One server for the scenarios that can share it."""
    return shared_app.start(site_of, ROOT / "app.py")


@pytest.mark.parametrize("name", scenarios(shares=True))
def test_on_a_server_that_runs(name, site):
    report = in_thread(partial(short_forms, [name], site=site, patience=PATIENCE))[name]
    assert report.ok, report.text()
    assert not site.faults()
    has_its_figures(name, report)


def has_its_figures(name, report):
    """`tests.load.rounds` finds all that it tells of this scenario."""
    for aim in FIGURES.get(name, ()):
        if not aim.path.endswith(OF_FULL):
            assert figure(report.figures(), aim.path) is not None, aim.path
