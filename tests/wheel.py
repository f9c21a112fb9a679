"""The project as pip installs it: its wheel and its source archive, and an environment with it."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from sources import ROOT
from waiting import PATIENCE


def build(target: str, folder: Path, tree: Path = ROOT) -> Path:
    """Make the "wheel" or the "sdist" of a tree with its build backend; return the file."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    [made] = folder.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return made


def install(wheel: Path, folder: Path) -> Path:
    """Install it into a new environment, which borrows the libraries of this one. Return the
    folder of its commands.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    commands = next(path for path in (folder / "bin", folder / "Scripts") if path.is_dir())
    [libraries] = [path for path in folder.rglob("site-packages")]
    (libraries / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    python = str(next(commands.glob("python*")))
    installing = [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps"]
    subprocess.run(
        [*installing, "--no-index", str(wheel)], check=True, capture_output=True, timeout=PATIENCE
    )
    return commands


def contents(folder: Path) -> dict[str, int]:
    """All files below a folder, and when each was changed."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file()
    }
