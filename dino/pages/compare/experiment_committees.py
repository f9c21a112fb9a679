"""The committees of an experiment that is over: a table, and what it shows in words."""

from __future__ import annotations

import streamlit as st

from dino.experiments.committees import ABOUT, TITLES, committee_rows, committee_sentences
from dino.experiments.verdict import Verdict
from dino.jobs import Experiment
from dino.ui.language import put, say
from dino.ui.table import draw_table
from dino.ui.text import show_text


def draw_committees(experiment: Experiment, verdict: Verdict | None) -> None:
    """Draw a row for the committee of each level, or say why there is none. Nothing without a
    verdict, or with one seed.
    """
    if verdict is None:
        return
    if experiment.committees.refusal:
        show_text(put(experiment.committees.refusal))
    found, levels = experiment.committees.results(verdict), experiment.plan.level_sentences()
    words = committee_sentences(found, levels)
    if not words:
        return
    st.markdown(f"**{say('Committees')}**")
    rows = [list(map(put, row)) for row in committee_rows(found, levels)]
    draw_table(
        [say("level"), *map(put, TITLES)],
        rows,
        "experiment_committees",
        say("Held-out loss of each level's committee, beside the mean of its members"),
        numeric=range(1, 1 + len(TITLES)),
        max_height=420,
    )
    show_text("\n".join(map(put, words)))
    st.caption(put(ABOUT))
