"""Saved runs that come with a server: a teacher puts them into `data/runs/NAME.safetensors`.

Two come with the app. A page shows them as examples to a visitor who has no run.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dino.config import quoted
from dino.lists import DATA
from dino.locale.sentences import Refusal, sentence
from dino.places import is_installed

if TYPE_CHECKING:  # PyTorch takes a second to load: the names are there before
    from dino.saved.saved_run import SavedRun

FOLDER = (Path("data").absolute() if is_installed() else DATA) / "runs"
EXAMPLES = DATA / "examples"  # `python -m tests.example_runs` trains them again
EXAMPLE_NAMES = "first-success", "best-rnn"  # presets
END = ".safetensors"
MOST_NAMES = 100  # more are not listed
_NAME = re.compile(r"\w[\w .-]{0,59}")  # with it, no name leads out of the folder


def names(folder: Path | None = None) -> list[str]:
    """The names that may be opened, in alphabetical order. No file is read."""
    try:
        with os.scandir(folder or FOLDER) as entries:
            found = [entry.name.removesuffix(END) for entry in entries if entry.name.endswith(END)]
    except OSError:
        return []
    return sorted(filter(_NAME.fullmatch, found))[:MOST_NAMES]


def read_shipped_run(name: str, folder: Path | None = None) -> SavedRun:
    """The run of this name. Raises Refusal if it is not there, or is not a saved run."""
    from dino.saved.on_disk import read_file

    check_name(name, folder)
    return read_file((folder or FOLDER) / f"{name}{END}")


def check_name(name: str, folder: Path | None = None) -> None:
    """Raise Refusal if there is no file of this name. It is not read."""
    if not _NAME.fullmatch(name) or not ((folder or FOLDER) / f"{name}{END}").is_file():
        raise Refusal(
            sentence(
                "run_file must name a file in data/runs on this server, not {name}. Ask for "
                "another link, or choose a run under “Open a saved run”.",
                name=quoted(name),
            )
        )


@cache
def examples() -> tuple[SavedRun, ...]:
    """The app's own runs, in their order; read once in each process."""
    return tuple(read_shipped_run(name, EXAMPLES) for name in EXAMPLE_NAMES)
