"""The checks that read the source: the linter, the formatter, the types."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from sources import ROOT

CHECKS = {
    "ruff check": ("ruff", "check", "."),
    "ruff format": ("ruff", "format", "--check", "."),
    "mypy": ("mypy",),  # what it reads, and how strictly, is in pyproject.toml
}


@pytest.mark.parametrize("name", CHECKS)
def test_the_source_passes(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *CHECKS[name]],
        cwd=ROOT,
        text=True,
        capture_output=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.xdist_group("checked")
def test_tests_of_a_group_run_on_one_worker(request: pytest.FixtureRequest) -> None:
    """Otherwise two servers and two browsers run at once, and nothing says so."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("there is one process")
    assert request.node.nodeid.endswith("@checked"), "pytest-xdist ignores groups: requirements.txt"
