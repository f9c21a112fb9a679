"""The headline of the Compare page: the run with the lowest held-out loss so far."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import streamlit as st

from dino.jobs import RunEntry
from dino.locale.sentences import Sentence
from dino.pages.compare.runs_view import RunsView, is_running
from dino.standing import left_out_sentences, standing, standing_sentences
from dino.ui.language import put, say


def draw_headline(compared: RunsView) -> None:
    """Draw it for the group in the chart, if at least two of its runs have ended."""
    group = compared.charted_group
    found = headline_sentences(group, {entry.number for entry in group if is_running(entry)})
    if found:
        first, *more = map(put, found)
        # It contains no visitor's text, because it names runs by their numbers.
        st.markdown(
            " ".join((f"**{first}**", *more)),
            help=say(
                "The losses of the runs' last weights are compared name by name, on the "
                "same held-out names. “Too close to call” means that chance alone could "
                "explain the difference. Another seed would also change every loss."
            ),
        )


def headline_sentences(group: Sequence[RunEntry], training: Collection[int]) -> list[Sentence]:
    """The headline's sentences on a group of runs whose losses may be compared.

    Empty if fewer than two runs have a loss for each name. training: the numbers of the runs that
    train now.
    """
    losses = {entry.number: entry.run.val_name_losses for entry in group}
    known = {run: sums for run, sums in losses.items() if sums is not None and run not in training}
    found = standing(known, group[0].corpus.val_arrays.lengths) if known else None
    if found is None:
        return []
    unknown = sorted({*losses} - {*known} - {*training})
    return [*standing_sentences(found), *left_out_sentences(sorted(training), unknown)]
