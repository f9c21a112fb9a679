"""The final exam (test set): opened with one run, once that run is chosen."""

from __future__ import annotations

import streamlit as st

from dino.jobs import RunEntry
from dino.pages.compare.compared import Compared, is_running
from dino.ui import state
from dino.ui.exam_box import draw_opening
from dino.ui.language import say, say_plural
from dino.ui.run_titles import draw_run_box
from dino.ui.text import show_text


def draw_exam(compared: Compared) -> None:
    """The panel of the exam of the group in the chart: a run to choose, a button, what it shows."""
    with st.container(key="exam", border=True):
        st.markdown(f"**{say('Final exam')}**")
        entries = candidates(compared)
        if not entries:
            show_text(say("The exam is opened with a run at rest; pause the run first."))
            return
        show_text(
            say_plural(
                "{count:,} name of the split with seed {seed} that no run of this group was "
                "trained on (test set). Runs on other splits learn from most of such names.",
                "{count:,} names of the split with seed {seed} that no run of this group was "
                "trained on (test set). Runs on other splits learn from most of them.",
                len(entries[0].corpus.exam),
                seed=entries[0].corpus.split_seed,
            )
        )
        entry = draw_run_box(say("Run for the exam"), entries, state.EXAM_RUN)
        draw_opening(entry)


def candidates(compared: Compared) -> list[RunEntry]:
    """The runs at rest of the group in the chart that have an exam, the lowest held-out loss
    first.
    """
    group = compared.charted_group
    at_rest = [entry for entry in group if entry.corpus.exam and not is_running(entry)]
    return sorted(at_rest, key=lambda entry: (not entry.run.val_loss < 1e9, entry.run.val_loss))
