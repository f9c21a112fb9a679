"""The table of the visit's runs: all settings or the differing ones, losses, what was changed."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from dino.config import SETTINGS, told
from dino.jobs import RunEntry
from dino.jobs.limits import TITLE_LETTERS
from dino.live.status_text import row_figures
from dino.locale.sentences import mark, prose
from dino.pages.compare.list_changes import name_run, pin_run, remove_run
from dino.pages.compare.runs_view import MOST, RunsView, choose
from dino.ui import current_run, run_groups, run_titles, state
from dino.ui.component import component
from dino.ui.language import put, say, say_number, say_part
from dino.ui.server import jobs, this_visit
from dino.ui.text import in_a_line
from dino.ui.widgets import run_to_end

HERE = Path(__file__).parent
KEY = "compared_runs"  # of the table's component
NONE = "–"
FIGURES = {  # of each run; they come before its settings
    "best": mark("lowest held out"),
    "best_step": mark("at update"),
    "last": mark("last held out"),
    "steps": mark("updates made"),
}
Cell = tuple[str, float | str | None]  # the text of a cell, and its sort key


def draw_runs(compared: RunsView) -> None:
    """Draw the switch and the table; a name opens its run, a box puts it into the chart."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(say("**Runs of this visit**"), width="content")
        st.toggle(say("All settings"), key=state.ALL_SETTINGS.key, persist_state="session")
        if "" not in compared.places and len(compared.charted_group) > MOST:
            st.caption(put(prose("components", "compared_runs.full")), width="content")
    has_all = bool(state.ALL_SETTINGS.get())
    settings = shown_settings(compared, has_all)
    component("compared_runs", '<div class="dino-compared"></div>', HERE, isolate_styles=False)(
        key=KEY,
        data=[
            {
                "settings": [[name, in_a_line(put(SETTINGS[name].label))] for name in settings],
                "figures": [[name, put(title)] for name, title in FIGURES.items()],
                "groups": [_group(compared, i, settings) for i in range(len(compared.groups))],
                "words": say_part("components", "compared_runs"),
                "full": "" not in compared.places,
                "changes": has_all,  # if not all settings are shown, those that differ have columns
                "longest": TITLE_LETTERS,
            }
        ],
        on_open_change=_open,
        on_choose_change=partial(_choose, compared),
        on_rename_change=partial(_do, name_run, "rename"),
        on_pin_change=partial(_do, pin_run, "pin"),
        on_remove_change=partial(_do, remove_run, "remove"),
    )
    kept = jobs().kept_of(this_visit().browser)
    words = run_groups.room_sentence(kept.lightened, kept.discarded)
    if words:
        st.caption(words)


def shown_settings(compared: RunsView, all_of_them: bool) -> list[str]:
    """The settings that have a column: all of any run, or those that differ within a group."""
    if all_of_them:
        had = {n for group in compared.groups for entry in group for n in told(entry.run.config)}
        return [name for name in SETTINGS if name in had]
    differing = {
        name for group in compared.groups for name in run_titles.setting_differences(group)
    }
    return [name for name in SETTINGS if name in differing]


def _group(compared: RunsView, index: int, settings: list[str]) -> dict[str, Any]:
    """A group of the table in the form that its component takes."""
    group, first = compared.groups[index], compared.groups[0]
    why = run_groups.why_apart(group[0].corpus, first[0].corpus) if index else ""
    return {
        "title": put(run_groups.group_title(group[0].corpus)),
        "why": put(why),
        "rows": [_row(compared, entry, settings) for entry in group],
    }


def _row(compared: RunsView, entry: RunEntry, settings: list[str]) -> dict[str, Any]:
    return {
        "number": entry.number,
        "token": entry.token,
        "name": compared.titles[entry.token],
        "title": run_titles.title_text(entry.title),
        "pinned": entry.pinned,
        "color": compared.color(entry.token),
        "cells": [*figure_cells(entry), *(setting_cell(entry, name) for name in settings)],
        "changed": run_titles.change_line(entry, compared.before.get(entry.token)),
    }


def setting_cell(entry: RunEntry, name: str) -> Cell:
    """A setting of a run. The learning rate is sorted by its first value."""
    value: object = run_titles.setting_value(entry, name)
    if name == "learning_rate":
        value = entry.run.learning_rates[0][1] if entry.run.learning_rates else None
    words = run_titles.setting_words(entry, name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return words, float(value)
    return words, words


def figure_cells(entry: RunEntry) -> list[Cell]:
    """The figures of a run in the order of `FIGURES`. Infinite values and NaN are sorted last."""
    run = entry.run
    step, best = run.best
    steps, *_ = row_figures(run, put)
    return [_loss(best), (say_number(step), step), _loss(run.val_loss), (steps, run.step)]


def _loss(loss: float) -> Cell:
    return (say_number(loss, ".3f"), loss) if math.isfinite(loss) else (NONE, None)


@run_to_end
def _open() -> None:
    """Callback: show a run in the Lab."""
    number = state.sent_value(KEY, "open")
    if isinstance(number, int):
        current_run.open_run(number)
        state.WANTED_PAGE.set("lab")


@run_to_end
def _do(act: Callable[[Any], None], event: str) -> None:
    """Callback: apply to the list of runs what the table sent."""
    act(state.sent_value(KEY, event))


@run_to_end
def _choose(compared: RunsView) -> None:
    """Callback: put a run into the chart, or take it out."""
    sent = state.sent_value(KEY, "choose")
    if isinstance(sent, list) and len(sent) == 2 and isinstance(sent[0], str):
        state.COMPARED.set(choose(compared, sent[0], bool(sent[1])))


def draw_other_groups(compared: RunsView) -> None:
    """If there are several groups, say how a run of another group gets into the chart."""
    if len(compared.groups) > 1:
        st.caption(
            say(
                "The chart shows runs of only one group. If you tick a run of another "
                "group, the chart shows that group instead."
            )
        )
