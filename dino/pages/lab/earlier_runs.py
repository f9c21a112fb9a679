"""The visitor's runs: curves of earlier ones behind the present one's, and a table to open one.

Two loss curves are drawn together only if they are on the same names: the same list, cleaned and
split alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from dino.live.status_text import row_figures
from dino.locale.sentences import mark
from dino.ui import current_run, run_groups, run_titles, session, settings, state
from dino.ui.address import watch_link
from dino.ui.component import component
from dino.ui.language import put, say, say_part, say_plural
from dino.ui.listening import stream
from dino.ui.server import jobs, this_visit
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    from dino.charts.ends import Named
    from dino.jobs import RunEntry, RunHandle

HERE = Path(__file__).parent
KEY = "runs"  # of the table's component
MOST_CURVES, POINTS = 5, 120  # earlier runs in the chart; points of each curve
COLUMNS = (
    mark("run"),
    "",  # "updates": the component's words have it, with the hyphen that a phone needs
    mark("held out"),
    mark("best"),
    mark("changed since the previous run"),
    "",
)


def _columns() -> list[str]:
    run, _, *others = map(put, COLUMNS)
    return [run, say_part("components", "earlier_runs")["updates"], *others]


def curves(entries: Sequence[RunEntry], names: Sequence[str]) -> tuple[Named, ...]:
    """The held-out curves of the newest few of these runs, each with its name in the chart."""
    pairs = list(zip(entries, names, strict=True))[:MOST_CURVES]
    return tuple((name, entry.run.val_curve(POINTS)) for entry, name in pairs)


def chart_sentence(same: int, others: int, shown: bool) -> str:
    """Say which earlier runs are in the chart, and why others are not.

    same: how many runs learned from the present run's list; others: how many from other lists.
    """
    words = []
    if same and shown:
        words.append(
            say_plural(
                "The pale curve is the held-out loss of {count} other run. The run's number is at "
                "the end of the curve.",
                "The pale curves are the held-out losses of {count} other runs. The runs' numbers "
                "are at the ends of the curves.",
                min(same, MOST_CURVES),
            )
        )
    if others:
        words.append(
            say_plural(
                "{count} run is not drawn. It learned from another list, or from the same one "
                "cleaned or split differently, so its loss cannot be compared.",
                "{count:,} runs are not drawn. They learned from other lists, or from the same one "
                "cleaned or split differently, so their losses cannot be compared.",
                others,
            )
        )
    return " ".join(words)


@dataclass(frozen=True, eq=False)
class VisitRuns:
    """The runs of a visit as the Lab lists them.

    groups: runs that may be compared with each other; the present run's group is first and may be
    empty. titles: the title of each run, by its token. before: the run before it in its group, by
    its token.
    """

    job: RunHandle
    groups: list[list[RunEntry]]
    titles: dict[str, str]
    before: dict[str, RunEntry]

    @property
    def earlier(self) -> list[RunEntry]:
        """Earlier runs whose losses may be compared with the present one's, newest first."""
        return [entry for entry in self.groups[0] if entry.token != self.job.token]


def list_runs(job: RunHandle) -> VisitRuns:
    """The runs of this browser; none for a browser that only watches."""
    entries = run_groups.own_runs() if current_run.may_act(job) else []
    groups = run_groups.groups_of(entries, job.corpus)
    titles = run_titles.titles(entries, job.token, settings.rate_doubt)
    before = {t: entry for group in groups for t, entry in run_groups.predecessors(group)}
    return VisitRuns(job, groups, titles, before)


def lay_behind(listed: VisitRuns) -> None:
    """Have the chart show the curves of earlier runs, unless they are switched off."""
    shown = listed.earlier if state.EARLIER_SHOWN.get() else []
    this_visit().show_earlier(curves(shown, [run_titles.chart_name(entry) for entry in shown]))


def draw_runs(listed: VisitRuns) -> None:
    """Draw the switch and the table. Both have their places from the first visit on."""
    if not current_run.may_act(listed.job):
        return
    same, others = len(listed.earlier), sum(map(len, listed.groups[1:]))
    with st.container(key="runs_of_visit"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(say("**Runs of this visit**"), width="content")
            st.toggle(
                say("Earlier runs in the chart"),
                value=state.EARLIER_SHOWN.first,
                key=state.EARLIER_SHOWN.key,
                persist_state="session",
                disabled=not same,
                help=None if same else say("There is no earlier run on the same names yet."),
            )
        component("runs", '<div class="dino-runs"></div>', HERE, isolate_styles=False)(
            key=KEY,
            data=[
                {
                    **stream(this_visit(), listed.job),
                    "groups": [_group(listed, i) for i in range(len(listed.groups))],
                    "columns": _columns(),
                    "words": say_part("components", "earlier_runs"),
                }
            ],
            on_open_change=_open,
            on_due_change=_do_nothing,
        )
        kept, shown = jobs().kept_of(this_visit().browser), bool(state.EARLIER_SHOWN.get())
        sentences = (
            chart_sentence(same, others, shown),
            run_groups.room_sentence(kept.lightened, kept.discarded),
        )
        if any(sentences):
            st.caption(" ".join(filter(None, sentences)))
        if same:
            label = say("Compare these runs, or plan an experiment")
            with st.container(key="compare_link"):
                session.draw_link(session.COMPARE, label=label, icon=":material/compare_arrows:")


def _group(listed: VisitRuns, index: int) -> dict[str, Any]:
    """A group of the table in the form that its component takes."""
    entries = listed.groups[index]
    return {
        "title": say("On other names: {list}", list=entries[0].corpus.title) if index else "",
        "rows": [_row(listed, entry) for entry in entries],
    }


def _row(listed: VisitRuns, entry: RunEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "present": entry.token == listed.job.token,
        "name": listed.titles[entry.token],
        "copy": _copy_words(entry, listed.titles[entry.token]),
        "cells": row_figures(entry.run, put),
        "changed": run_titles.change_line(entry, listed.before.get(entry.token)),
        "link": watch_link(entry.token, entry.run.config, entry.corpus),
        "private": not jobs().is_shown(entry),
    }


def _copy_words(entry: RunEntry, title: str) -> str:
    """What the button for a run's link does, in words for visitors who cannot see its row."""
    if not jobs().is_shown(entry):
        return say("Copy the link to the settings of {run}", run=title)
    return say("Copy the link to watch {run}", run=title)


@run_to_end
def _open() -> None:
    """Callback: show another run of this browser."""
    number = state.sent_value(KEY, "open")
    if isinstance(number, int):
        current_run.open_run(number)


def _do_nothing() -> None:
    """The trigger only has to run the script."""
