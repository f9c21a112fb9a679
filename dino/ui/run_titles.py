"""What runs are called in lists, what changed from one to the next, and the box to choose one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from dino.config import DEFAULT, LESSONS_ONLY, LSTM_ONLY, SETTINGS, Config, acts, differences
from dino.locale.sentences import Text, mark
from dino.ui import current_run
from dino.ui.language import put, say, say_number, say_plural
from dino.ui.settings import rate_doubt
from dino.ui.state import Value, words_of
from dino.ui.text import in_a_line, setting_text

if TYPE_CHECKING:
    from dino.jobs import RunEntry
    from dino.run import Run

# in every title; a bounded memory is one of them, because the trained weights do not show it
ALWAYS = ("cell", "hidden_size", "context", "optimizer", "learning_rate", "max_steps")
MOST_OTHERS = 3  # settings of a title besides those of every title
MOST_LETTERS = 24  # of a title beside a curve
MOST_RATES = 6  # learning rates that a title lists one by one
# in a title only if they are not the default
ONLY_IF_SET = ("exam", "engine", *LESSONS_ONLY, *LSTM_ONLY)
NAMES = "names"  # the key of a difference between lists
SPLIT = ("seed", "split_seed", "exam")  # these differences are told in the words of the list
SAME = mark("nothing, the same recipe again")


def titles(
    entries: Sequence[RunEntry],
    present: str = "",
    doubt: Callable[[Config], str] = rate_doubt,
    with_losses: bool = False,
) -> dict[str, str]:
    """The title of each run by its token: what it was, and what is special about it.

    'Run 3 · RNN 64 · Adam 0.005 → 0.05 · 1.72 held out · 1,200 steps · batch size 16 · + 2 more':
    the title ends with at most `MOST_OTHERS` settings that at least half of the listed runs do not
    share, the list first, then the rarest values; then how many more there are. Settings of
    `ONLY_IF_SET` are told only if they are not the default. The visitor's own title for a run comes
    after its number. It is a visitor's text, so it is never shown as Markdown or HTML.

    present: the token of the run that may be at work; its title says that in place of its loss and
    progress, so it does not change meanwhile. doubt: returns a few words on an unusual learning
    rate, or ''. with_losses: whether the titles tell held-out losses.
    """
    counts = {name: Counter(setting_value(e, name) for e in entries) for name in (NAMES, *SETTINGS)}
    same_rates = len({rates(e.run) for e in entries}) < len({_schedule(e.run) for e in entries})
    return {
        entry.token: " · ".join(
            (
                *_number_and_title(entry),
                _network(entry.run.config),
                _update(entry.run, same_rates, doubt),
                *_how_far(entry, present, with_losses),
                *([say("from a file")] if entry.opened else []),
                *_others(entry, counts),
            )
        )
        for entry in entries
    }


def _how_far(entry: RunEntry, present: str, with_losses: bool) -> list[str]:
    """Its held-out loss, if that is told, and its progress; for the present run, only that it is
    present.
    """
    if entry.token == present:
        return [say("the current run")]
    if not with_losses or not entry.run.step:
        return [progress_title(entry.run)]
    return [say("{loss:.2f} held out", loss=entry.run.val_loss), progress_title(entry.run)]


def recipe_title(run: Run) -> str:
    """A run whose list is not here: 'RNN 64 · Adam 0.005 · batch size 16 · 1,200 steps'.

    After the learning rates come the settings that are not the default.
    """
    others = [
        f"{_label(name)} {setting_text(name, getattr(run.config, name))}"
        for name in differences(run.config, DEFAULT)
        if name not in (*ALWAYS, *SPLIT)
    ]
    words = (_network(run.config), _optimizer_and_rates(run), *others, progress_title(run))
    return " · ".join(words)


def menu(entries: Sequence[RunEntry], present: str = "") -> dict[str, str]:
    """The titles for a box of runs: with the held-out loss of the finished runs.

    A browser identifies its choice by this text, so the text must not change while the menu is
    open.
    """
    return titles(entries, present, with_losses=True)


def short_title(entry: RunEntry) -> str:
    """A run in two words."""
    return f"{_number(entry)} · {_network(entry.run.config)}"


def run_label(entry: RunEntry) -> str:
    """A run by its number and the visitor's title for it, or else in two words.

    The title is a visitor's text, so it is never shown as Markdown or HTML.
    """
    return " · ".join(_number_and_title(entry)) if entry.title else short_title(entry)


def chart_name(entry: RunEntry) -> str:
    """The words beside a run's curve: 'Run 3' and the visitor's title, shortened if necessary."""
    words = " · ".join(_number_and_title(entry))
    return words if len(words) <= MOST_LETTERS else f"{words[: MOST_LETTERS - 1]}…"


def _number_and_title(entry: RunEntry) -> tuple[str, ...]:
    """Its number, and its title if it has one."""
    return (_number(entry), *filter(None, (title_text(entry.title),)))


def title_text(title: Text) -> str:
    """A run's title: a visitor's as it was typed; the app's in the page's language."""
    return title if isinstance(title, str) else put(title)


def short_titles(entries: Sequence[RunEntry]) -> dict[str, str]:
    """A short title for each run, by its token; with its list if the runs have several."""
    if NAMES not in setting_differences(entries):
        return {entry.token: run_label(entry) for entry in entries}
    return {entry.token: f"{run_label(entry)} · {put(entry.corpus.title)}" for entry in entries}


def telling_titles(entries: Sequence[RunEntry]) -> dict[str, str]:
    """A telling title for each run, by its token.

    If it has no title from a visitor, and another run of the same network had another optimizer or
    other rates, it includes both.
    """
    networks = {entry.token: _network(entry.run.config) for entry in entries}
    updates = {entry.token: _optimizer_and_rates(entry.run) for entry in entries}
    pairs = Counter(network for network, _ in {(networks[t], updates[t]) for t in networks})
    return {
        entry.token: f"{run_label(entry)} · {updates[entry.token]}"
        if not entry.title and pairs[networks[entry.token]] > 1
        else run_label(entry)
        for entry in entries
    }


def change_line(entry: RunEntry, before: RunEntry | None) -> str:
    """What changed since the run before, in one line; '' for the first run."""
    if before is None:
        return ""
    changed = setting_differences((before, entry))
    words = [_change(name, before, entry) for name in changed]
    if changed == ["seed"]:
        return say("only the {change}", change=words[0])
    return "; ".join(words) or put(SAME)


def setting_differences(entries: Sequence[RunEntry]) -> list[str]:
    """The settings, 'names' among them, in which these runs are not all equal, in their usual
    order.
    """
    names = (NAMES, *SETTINGS)
    return [name for name in names if len({setting_value(entry, name) for entry in entries}) > 1]


def rates(run: Run) -> str:
    """The learning rates of a run in order: 0.005 → 0.05."""
    first, *later = (rate for _, rate in _schedule(run))
    return " → ".join((first, *_some(later, "…")))


def _some(items: Sequence[Any], left_out: Any) -> list[Any]:
    """All of a few items; of many only the last, after a sign that others are left out."""
    return list(items) if len(items) < MOST_RATES else [left_out, items[-1]]


def progress_title(run: Run) -> str:
    """A run's progress: '1,200 steps', '500 of 1,200 steps', untrained, or where it stopped."""
    if run.stopped:
        return say("stopped at update {step:,}", step=run.step)
    if not run.step:
        return say("untrained")
    if run.step < run.max_steps:
        return say("{step:,} of {steps:,} updates", step=run.step, steps=run.max_steps)
    return say_plural("{count:,} update", "{count:,} updates", run.step)


def _number(entry: RunEntry) -> str:
    """'Run 3'; a run gets its number when it first trains."""
    return say("Run {number}", number=entry.number) if entry.number else say("New run")


def _network(config: Config) -> str:
    network = f"{setting_text('cell', config.cell)} {say_number(config.hidden_size)}"
    if not config.context:
        return network
    return say("{network} (memory {letters})", network=network, letters=config.context)


def _update(run: Run, same_rates: bool, doubt: Callable[[Config], str]) -> str:
    """A run's optimizer and rates, with a doubt about the last rate.

    same_rates: whether another run had the same rates, changed at other steps.
    """
    schedule = _schedule(run)
    last = run.learning_rates[-1][1] if run.learning_rates else run.config.learning_rate
    when = [say("from update {step:,}", step=step) for step, _ in schedule[1:] if same_rates]
    words = [_optimizer_and_rates(run), *_some(when, "…")]
    word = doubt(run.config.replace(learning_rate=last))
    return ", ".join((*words, word) if word else words)


def _optimizer_and_rates(run: Run) -> str:
    return f"{setting_text('optimizer', run.config.optimizer)} {rates(run)}"


def _others(entry: RunEntry, counts: Mapping[str, Counter[Hashable]]) -> list[str]:
    """A few more settings, which at least half of the runs do not share, and how many are left out.

    counts: for each setting, how many of the runs have each value.
    """
    shares = {
        name: values[setting_value(entry, name)] / values.total() for name, values in counts.items()
    }
    told = {*shares} - {*ALWAYS, *_as_by_default(entry)}
    found = [name for name, share in shares.items() if name in told and share <= 0.5]
    found.sort(key=lambda name: name != NAMES and shares[name])
    words = [
        put(entry.corpus.title) if name == NAMES else f"{_label(name)} {setting_words(entry, name)}"
        for name in found[:MOST_OTHERS]
    ]
    more = len(found) - len(words)
    return [*words, say("+ {count} more", count=more)] if more else words


def _as_by_default(entry: RunEntry) -> list[str]:
    """The settings of `ONLY_IF_SET` that a run has at the default; its title omits them."""
    return [name for name in ONLY_IF_SET if setting_value(entry, name) == getattr(DEFAULT, name)]


def _change(name: str, before: RunEntry, entry: RunEntry) -> str:
    old, new = setting_words(before, name), setting_words(entry, name)
    if name == NAMES and old == new:  # another part of the same list
        return say("other names")
    return f"{_label(name)} {old} → {new}"


def _label(name: str) -> str:
    return say("names") if name == NAMES else in_a_line(put(SETTINGS[name].label))


def setting_value(entry: RunEntry, name: str) -> Hashable:
    """The value of a setting in a run; for its steps, all that it may now make.

    A setting that changes nothing in a run counts as the default.
    """
    if name == NAMES:
        return (str(entry.corpus.title), entry.corpus.source)
    if name == "learning_rate":
        return _schedule(entry.run)
    if name == "max_steps":
        return entry.run.max_steps
    config = entry.run.config
    return getattr(config if acts(config, name) else DEFAULT, name)


def setting_words(entry: RunEntry, name: str) -> str:
    """The same value in words."""
    if name == NAMES:
        return put(entry.corpus.title)
    if name == "learning_rate":
        (_, first), *later = _schedule(entry.run)
        then = [
            say("then {rate} from update {step:,}", rate=rate, step=step) for step, rate in later
        ]
        return ", ".join((first, *_some(then, "…")))
    value = setting_value(entry, name)
    return setting_text(name, value)


def _schedule(run: Run) -> tuple[tuple[int, str], ...]:
    """Each learning rate with its first step, without changes to the same rate."""
    found = [(step, _rate(rate)) for step, rate in run.learning_rates]
    found = found or [(0, _rate(run.config.learning_rate))]
    return tuple(pair for i, pair in enumerate(found) if i == 0 or pair[1] != found[i - 1][1])


def _rate(rate: float) -> str:
    return setting_text("learning_rate", rate)


def draw_run_box(
    label: str,
    entries: Sequence[RunEntry],
    value: Value[str],
    help: str = "",
    on_change: Callable[[], None] | None = None,
) -> RunEntry:
    """Draw the box and return the chosen run; the first run if the chosen one is gone.

    value: the token of the chosen run, under the key of the box.
    """
    job = current_run.current_job()
    words = menu(entries, present=job.token if job is not None else "")
    by_token = {entry.token: entry for entry in entries}
    chosen, shown = value.get(), words_of(value.key)
    token = chosen if chosen in by_token else entries[0].token
    if token != chosen or shown.get() != words[token]:
        value.set(token)  # set it again, because a browser names its choice by the shown words
    shown.set(words[token])
    return by_token[
        st.selectbox(
            label,
            list(by_token),
            format_func=words.__getitem__,
            key=value.key,
            persist_state="session",
            on_change=on_change,
            help=help or None,
        )
        or token
    ]
