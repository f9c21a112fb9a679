"""Where the files lie that are not code: in a clone, or in an installed package.

In a clone, `data/`, `app.py` and `.streamlit/` lie beside `dino/`. A wheel has copies of them in
`dino/_installed/`, as `pyproject.toml` says, and nothing is ever written there.
"""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
INSTALLED = PACKAGE / "_installed"


def root() -> Path:
    """The folder that has `data/`, `app.py` and `.streamlit/`."""
    return INSTALLED if is_installed() else PACKAGE.parent


def is_installed() -> bool:
    """Whether this code was installed by pip, so that its folder is not ours to write."""
    return INSTALLED.is_dir()


def user_cache() -> list[Path]:
    """The user's folder for files that can be made again; none without a user's home."""
    try:
        home = Path.home()
    except RuntimeError:
        return []
    return [Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "dino"]
