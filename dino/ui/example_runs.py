"""Example runs that come with the app: a page shows them to a visitor who has no run yet.

A page draws them with the same functions as a visitor's own runs.
"""

from __future__ import annotations

from functools import cache

from dino.jobs import RunEntry
from dino.locale.sentences import Sentence
from dino.presets import PRESETS
from dino.saved import shipped_runs
from dino.ui import run_titles
from dino.ui.language import put


@cache
def examples() -> tuple[RunEntry, ...]:
    """The example runs in the form that a page takes, numbered from 1; read once per process."""
    found = zip(shipped_runs.EXAMPLE_NAMES, shipped_runs.examples(), strict=True)
    return tuple(
        RunEntry(
            number,
            f"example {name}",
            saved.run,
            saved.corpus(),
            baselines={},
            title=Sentence(PRESETS[name].label),
            opened=True,
        )
        for number, (name, saved) in enumerate(found, 1)
    )


def example_words(entry: RunEntry) -> str:
    """Describe an example: 'First success: RNN 64 · Adam 0.01 · 1,200 steps'."""
    return f"{put(entry.title)}: {run_titles.recipe_title(entry.run)}"
