"""The diagnosis of a run on a page: measured in turns with the runs, then said in sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from dino.diagnosis import Diagnosis, diagnose
from dino.diagnosis_words import figure_sentences, gap_sentences
from dino.findings import Finding, findings
from dino.locale.sentences import mark
from dino.ui import measurements
from dino.ui.language import put, say
from dino.ui.text import show_text

if TYPE_CHECKING:
    from dino.jobs import RunEntry

NOTHING = mark(
    "Nothing is found that holds this run back. That is no proof: what is tried is written below."
)
Offer = Callable[[Finding], None]


def draw_diagnosis(entry: RunEntry, offer: Offer | None = None) -> list[Finding] | None:
    """Draw what holds a run back, as soon as it is known. Returns it then.

    offer: draws what a page offers with a finding that has a cure
    """
    run, corpus = entry.run, entry.corpus
    key = ("diagnosis", entry.token, run.step)
    found = measurements.measure(key, lambda: diagnose(run, corpus))
    if found.refusal:
        show_text(put(found.refusal))
        return None
    if found.failed:
        show_text(say("This could not be measured."))
        return None
    if not found.done:
        st.progress(found.share, say("Trying other learning rates from its present weights…"))
        return None
    diagnosis: Diagnosis = found.result
    causes = findings(diagnosis)
    if not causes:
        show_text(put(NOTHING))
    for cause in causes:
        _draw_finding(cause, offer)
    with st.container(border=True):
        show_text("\n".join(put(line) for line in gap_sentences(diagnosis)))
    show_text("\n".join(put(line) for line in figure_sentences(diagnosis)))
    return causes


def _draw_finding(finding: Finding, offer: Offer | None) -> None:
    """One finding: what it is called, what was seen, why, and the cure."""
    with st.container(border=True):
        show_text(put(finding.title))
        lines = [*finding.seen, *finding.why, finding.cure_words]
        show_text("\n".join(put(line) for line in lines))
        if offer is not None and finding.changes:
            offer(finding)
