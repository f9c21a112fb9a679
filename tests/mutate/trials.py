"""Trying a mutant: its tests run in a scratch copy of the tree, to the first failure."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from .places import Place

LEFT_OUT = (".git", ".venv*", "__pycache__", "runs", ".mypy_cache", ".ruff_cache", ".pytest_cache")
# What pytest ends with where all passed, and where there was none to run.
PASSED, NO_TESTS = 0, 5
WAIT = 10  # times as long as its tests may compute, a mutant may take
KILLED, SURVIVED, UNDECIDED, UNTESTED = "killed", "survived", "undecided", "untested"


class Outcome(NamedTuple):
    """What became of a mutant, and the test that noticed it."""

    place: Place
    state: str
    by: str = ""


class Scratch:
    """A copy of a tree, in which one file at a time is another one."""

    def __init__(self, tree: Path, folder: Path, seconds: float) -> None:
        self.tree, self.folder, self.seconds = tree, folder, seconds
        self._sound: dict[str, bool] = {}  # by a test: whether it passes without a mutant
        shutil.copytree(tree, folder, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)

    def judge(self, place: Place, tests: Sequence[str]) -> Outcome:
        """Run the tests of a mutant. A test that fails without it, too, has not noticed it."""
        if not tests:
            return Outcome(place, UNTESTED)
        left_out: list[str] = []
        while True:
            status, failed = self._with(place, tests, left_out)
            if status is None:
                return Outcome(place, UNDECIDED)
            if status in (PASSED, NO_TESTS):
                return Outcome(place, SURVIVED)
            if not failed or self._is_sound(failed):
                return Outcome(place, KILLED, failed)
            if failed in left_out:
                return Outcome(place, UNDECIDED, failed)
            left_out.append(failed)

    def _with(
        self, place: Place, tests: Sequence[str], left_out: Sequence[str]
    ) -> tuple[int | None, str]:
        path = self.folder / place.file
        whole = path.read_text("utf-8")
        try:
            replace(path, place.apply(whole))
            return self._run([*tests, *(f"--deselect={it}" for it in left_out)])
        finally:
            replace(path, whole)

    def _is_sound(self, failed: str) -> bool:
        """Whether what failed passes without the mutant."""
        if failed not in self._sound:
            self._sound[failed] = self._run([failed])[0] == PASSED
        return self._sound[failed]

    def _run(self, tests: Sequence[str]) -> tuple[int | None, str]:
        """The status of pytest, None where it took too long, and the first test that failed.

        The time is that of a core, so that a busy machine decides no less; what waits for ever is
        ended, too.
        """
        command = [sys.executable, "-m", "pytest", "-x", "-n", "0", "-rfE"]
        command += ["-p", "no:cacheprovider", "--no-header", "--tb=no", *tests]
        with subprocess.Popen(
            command,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            encoding="utf-8",
            preexec_fn=partial(end_after, int(self.seconds)),
        ) as process:
            try:
                out, _ = process.communicate(timeout=WAIT * self.seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                return None, ""
        if process.returncode == -signal.SIGXCPU:
            return None, ""
        found = re.search(r"^(?:FAILED|ERROR) (\S+?(?:\[.*?\])?)(?: - |$)", out, re.MULTILINE)
        return process.returncode, found[1] if found else ""


def end_after(seconds: int) -> None:
    """Have this process ended once it has used so many seconds of a core."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def replace(path: Path, text: str) -> None:
    """Write a source, and remove what Python compiled of the one before it: the two may have one
    length, and one time.
    """
    path.write_text(text, "utf-8")
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        compiled.unlink()
