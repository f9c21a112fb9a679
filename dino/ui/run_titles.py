"""What a run is called wherever runs are listed, and what was changed since the run before it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING

from dino.config import CELLS, OPTIMIZERS, SETTINGS, Config
from dino.ui.settings import rate_doubt
from dino.ui.text import count_text, setting_text

if TYPE_CHECKING:
    from dino.jobs import RunEntry
    from dino.run import Run

ALWAYS = ("cell", "hidden_size", "optimizer", "learning_rate", "max_steps")  # in every title
NAMES = "names"  # what differs where two runs learned from different lists
SAME = "nothing: the same recipe again"


def titles(
    entries: Sequence[RunEntry], present: str = "", doubt: Callable[[Config], str] = rate_doubt
) -> dict[str, str]:
    """The title of each run by its token: what it was, told from all the others listed.

    'Run 3 · RNN 64 · Adam 0.005 → 0.05 · batch size 16 · 1,200 steps': every setting in which the
    listed runs differ is in all of their titles.

    present: the token of the run that may be at work; its title says that instead of how far it is,
    and so stays the same meanwhile. doubt: gives a word on an unusual learning rate, or none.
    """
    differing = differences(entries)
    same_rates = len({rates(e.run) for e in entries}) < len({_schedule(e.run) for e in entries})
    return {
        entry.token: " · ".join(
            (
                _number(entry),
                _network(entry.run.config),
                _update(entry.run, same_rates, doubt),
                *_others(entry, differing),
                "the present run" if entry.token == present else progress(entry.run),
            )
        )
        for entry in entries
    }


def menu(entries: Sequence[RunEntry], present: str = "") -> dict[str, str]:
    """The titles for a box of runs: with the held-out loss of those that are over.

    A browser identifies its choice by this text, so it must not change while the menu is open.
    """
    return {
        entry.token: words
        if entry.token == present or not entry.run.step
        else f"{words} · {entry.run.val_loss:.2f} held out"
        for entry, words in zip(entries, titles(entries, present).values(), strict=True)
    }


def short(entry: RunEntry) -> str:
    """A run in two words."""
    return f"{_number(entry)} · {_network(entry.run.config)}"


def change_line(entry: RunEntry, before: RunEntry | None) -> str:
    """What was changed against the run before it, in one line; empty for the first run."""
    if before is None:
        return ""
    changed = differences((before, entry))
    words = [_change(name, before, entry) for name in changed]
    if changed == ["seed"]:
        return f"only the {words[0]}"
    return "; ".join(words) or SAME


def differences(entries: Sequence[RunEntry]) -> list[str]:
    """The settings, 'names' among them, in which these runs are not all alike, in their order."""
    names = (NAMES, *SETTINGS)
    return [name for name in names if len({_value(entry, name) for entry in entries}) > 1]


def rates(run: Run) -> str:
    """The learning rates that a run had, in their order: 0.005 → 0.05."""
    return " → ".join(rate for _, rate in _schedule(run))


def progress(run: Run) -> str:
    """How far a run is: '1,200 steps', '500 of 1,200 steps', untrained, or where it stopped."""
    if run.stopped:
        return f"stopped at step {run.step:,}"
    if not run.step:
        return "untrained"
    if run.step < run.max_steps:
        return f"{run.step:,} of {count_text(run.max_steps, 'step')}"
    return count_text(run.step, "step")


def _number(entry: RunEntry) -> str:
    """A run has a number once it has trained."""
    return f"Run {entry.number}" if entry.number else "New run"


def _network(config: Config) -> str:
    return f"{CELLS[config.cell]} {config.hidden_size}"


def _update(run: Run, same_rates: bool, doubt: Callable[[Config], str]) -> str:
    """Its optimizer and rates, with a doubt about the last of them.

    same_rates: whether another run had the same ones, changed at other steps.
    """
    schedule = _schedule(run)
    last = run.learning_rates[-1][1] if run.learning_rates else run.config.learning_rate
    when = [f"from step {step:,}" for step, _ in schedule[1:] if same_rates]
    words = [f"{OPTIMIZERS[run.config.optimizer].label} {rates(run)}", *when]
    word = doubt(run.config.replace(learning_rate=last))
    return ", ".join((*words, word) if word else words)


def _others(entry: RunEntry, differing: Sequence[str]) -> list[str]:
    """The settings besides those of every title, in which it differs from other runs."""
    return [
        entry.corpus.title if name == NAMES else f"{_label(name)} {_words(entry, name)}"
        for name in differing
        if name not in ALWAYS
    ]


def _change(name: str, before: RunEntry, entry: RunEntry) -> str:
    old, new = _words(before, name), _words(entry, name)
    return f"{_label(name)} {old} → {new}" if old != new else f"other {_label(name)}"


def _label(name: str) -> str:
    return NAMES if name == NAMES else SETTINGS[name].label.lower()


def _value(entry: RunEntry, name: str) -> Hashable:
    """What a run had for a setting; of its steps, all that it may make."""
    if name == NAMES:
        return (entry.corpus.title, entry.corpus.source)
    if name == "learning_rate":
        return _schedule(entry.run)
    if name == "max_steps":
        return entry.run.max_steps
    return getattr(entry.run.config, name)


def _words(entry: RunEntry, name: str) -> str:
    """The same in words."""
    if name == NAMES:
        return entry.corpus.title
    if name == "learning_rate":
        first, *later = _schedule(entry.run)
        return ", ".join((first[1], *(f"then {rate} from step {step:,}" for step, rate in later)))
    value = _value(entry, name)
    return setting_text(name, value)


def _schedule(run: Run) -> tuple[tuple[int, str], ...]:
    """From which step on each learning rate held, without changes that changed nothing."""
    text = SETTINGS["learning_rate"].text
    found = [(step, text(rate)) for step, rate in run.learning_rates]
    found = found or [(0, text(run.config.learning_rate))]
    return tuple(pair for i, pair in enumerate(found) if i == 0 or pair[1] != found[i - 1][1])
