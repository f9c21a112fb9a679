"""What the parts of the Compare page share: runs in groups, and which of them are in the chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dino.charts.base import RUNS
from dino.jobs import RunEntry
from dino.ui import run_groups, run_titles, state
from dino.ui.server import jobs

MOST = len(RUNS)  # runs in the chart at once, one per colour


@dataclass(frozen=True, eq=False)
class RunsView:
    """The runs of this browser as the page compares them.

    groups: runs that may be compared with each other; the group of the newest run is first. titles:
    by token. before: the run before it in its group, by token. places: the tokens of the runs in
    the chart, all of one group, each at the index of its colour; '' at a free one.
    """

    groups: list[list[RunEntry]]
    titles: dict[str, str]
    before: dict[str, RunEntry]
    places: tuple[str, ...]

    @property
    def chosen(self) -> list[RunEntry]:
        """The runs in the chart, in the order of their colours."""
        by_token = {entry.token: entry for group in self.groups for entry in group}
        return [by_token[token] for token in self.places if token]

    @property
    def charted_group(self) -> list[RunEntry]:
        """The group of the runs in the chart."""
        chosen = {*filter(None, self.places)}
        return next((g for g in self.groups if chosen & {entry.token for entry in g}), [])

    def color(self, token: str) -> str | None:
        """The colour of a run in the chart; None if it is not in the chart."""
        return RUNS[self.places.index(token)] if token in self.places else None


def is_running(entry: RunEntry) -> bool:
    """Whether a run trains now."""
    job = jobs().find(entry.token)
    return job is not None and job.running


def compare(entries: Sequence[RunEntry]) -> RunsView:
    """Group the trained runs of a browser, newest first."""
    trained = [entry for entry in entries if entry.run.step]
    groups = run_groups.groups_of(trained, trained[0].corpus) if trained else []
    before = {token: entry for group in groups for token, entry in run_groups.predecessors(group)}
    titles = run_titles.telling_titles(trained)
    return RunsView(groups, titles, before, places(groups, state.COMPARED.get()))


def places(groups: Sequence[Sequence[RunEntry]], wanted: Sequence[str] | None) -> tuple[str, ...]:
    """Which run has which colour: the wanted runs that exist and are in the group of the first of
    them.

    If none is wanted or exists, the newest runs of the first group.
    """
    for group in groups if wanted is not None else ():
        tokens = {entry.token for entry in group}
        first = next((token for token in wanted or () if token), "")
        if first in tokens:
            return tuple(token if token in tokens else "" for token in wanted or ())
    return newest_runs(groups[0]) if groups else ("",) * MOST


def newest_runs(group: Sequence[RunEntry]) -> tuple[str, ...]:
    """The newest runs of a group, one per colour."""
    tokens = [entry.token for entry in group][:MOST]
    return (*tokens, *[""] * (MOST - len(tokens)))


def choose(compared: RunsView, token: str, wanted: bool) -> tuple[str, ...]:
    """The places after a run is added or removed.

    A run of another group replaces all by the newest runs of its group. If no place is free,
    nothing changes. The last run cannot be removed.
    """
    before = compared.places
    group = next((g for g in compared.groups if token in {entry.token for entry in g}), None)
    if group is None or (token in before) == wanted:
        return before
    if not wanted:
        after = tuple("" if other == token else other for other in before)
        return after if any(after) else before
    if not {entry.token for entry in group} & {*before}:
        found = newest_runs(group)
        return found if token in found else (*found[:-1], token)
    if "" not in before:
        return before
    free = before.index("")
    return (*before[:free], token, *before[free + 1 :])
