"""What a run is called: in full, in a menu, in two words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dino.config import CELLS, OPTIMIZERS
from dino.ui import current_run
from dino.ui.choice import Choice

if TYPE_CHECKING:
    from dino.jobs import RunEntry


def full(entry: RunEntry, name_list: bool = False) -> str:
    """A run in a few words that stay the same while it trains.

    name_list: name its list even where that is the dinosaurs, all of them.
    """
    config = entry.run.config
    memory = f" · memory {config.context}" if config.context else ""
    named = name_list or entry.corpus.source != Choice()
    names = f" · {entry.corpus.title}" if named else ""
    return (
        f"Run {entry.number} · {CELLS[config.cell]} {config.hidden_size} · "
        f"{OPTIMIZERS[config.optimizer].label} {config.learning_rate:g}{memory}{names}"
    )


def menu(entry: RunEntry) -> str:
    """The same, with the figures of a run that is over.

    A browser names its choice by these words: they must not change while it is made.
    """
    job = current_run.current_job()
    if job is not None and job.token == entry.token:
        return f"{full(entry)} · the present run"
    return f"{full(entry)} · {entry.run.kept_step:,} steps · {entry.run.val_loss:.2f} held out"


def short(entry: RunEntry) -> str:
    """A run in two words."""
    return f"Run {entry.number} · {CELLS[entry.run.config.cell]} {entry.run.config.hidden_size}"
