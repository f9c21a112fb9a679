"""The checks that read the source: the linter, the formatter, the types."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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


# A test that notes each of its tries in a file, and fails until it was tried `passes_at` times.
TRIED = """
import pytest
from pathlib import Path

def note(line):
    with Path("noted").open("a") as file:
        file.write(line + "\\n")
    return Path("noted").read_text().split("\\n").count(line)

def attempt(name, passes_at):
    assert note(name) >= passes_at, f"{name} was not ready"

@pytest.fixture(scope="session")
def shared():
    note("opened")
    yield
    note("closed")

pytestmark = pytest.mark.xdist_group("server")
"""
IN_BROWSER = """
def test_good(shared): attempt("good", 1)
def test_flaky(shared): attempt("flaky", 2)
def test_bad(shared): attempt("bad", 9)
def test_last(shared): attempt("last", 2)
@pytest.mark.long
def test_slow(shared): attempt("slow", 1)
"""
IN_CORE = """
def test_core(): attempt("core", 2)
"""


def tries(folder: Path, **environment: str) -> tuple[list[str], str]:
    """What small tests noted that ran with this suite's own hooks, and what pytest printed."""
    (folder / "test_browser_parts.py").write_text(TRIED + IN_BROWSER)
    (folder / "test_core.py").write_text(TRIED + IN_CORE)
    outer = {key: text for key, text in os.environ.items() if not key.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "-n", "1", "--dist", "loadgroup", "-p", "conftest"]
    done = subprocess.run(
        [*command, "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder), str(folder)],
        cwd=folder,
        text=True,
        capture_output=True,
        env={**outer, "PYTHONPATH": str(ROOT / "tests"), "DINO_TWICE": "", **environment},
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return (folder / "noted").read_text().split(), done.stdout


@pytest.mark.long
def test_in_ci_a_browser_test_is_tried_twice_and_no_other_one(tmp_path: Path) -> None:
    noted, printed = tries(tmp_path, DINO_TWICE="1")
    counts = {name: noted.count(name) for name in noted}
    once = {"opened": 1, "closed": 1, "good": 1, "core": 1, "slow": 1}
    assert counts == {**once, "flaky": 2, "bad": 2, "last": 2}
    assert "tried twice: 3" in printed
    for name in ("flaky", "bad", "last"):
        assert f"TRIED TWICE test_browser_parts.py::test_{name}@server (call): " in printed
        assert f"{name} was not ready" in printed
    assert "2 failed, 4 passed, 3 rerun" in printed


@pytest.mark.long
def test_elsewhere_no_test_is_tried_twice(tmp_path: Path) -> None:
    noted, printed = tries(tmp_path)
    assert sorted(noted) == sorted({*noted}) and len(noted) == 8
    assert "TRIED TWICE" not in printed and "rerun" not in printed and "TOO LATE" not in printed


@pytest.mark.long
def test_a_long_test_that_would_begin_too_late_is_left_out_and_named(tmp_path: Path) -> None:
    noted, printed = tries(tmp_path, DINO_MINUTES="0")
    assert "slow" not in noted and "good" in noted
    assert "too late: 1" in printed
    assert "TOO LATE test_browser_parts.py::test_slow@server" in printed
