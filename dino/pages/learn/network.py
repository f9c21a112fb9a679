"""The network that a part of a lesson looks into: one of the visitor's runs on the dinosaurs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from dino.config import Config
from dino.data import Vocab
from dino.pages.learn.stage import Stage
from dino.pages.learn.training import run_of
from dino.ui import current_run
from dino.ui.choice import Choice
from dino.ui.language import say

if TYPE_CHECKING:
    from dino.jobs import RunEntry
    from dino.model import CharRNN


class Network(NamedTuple):
    """A trained network. key: what tells its weights from others; config: the recipe of its run"""

    model: CharRNN
    vocab: Vocab
    key: tuple[str, int]
    config: Config


def draw_network(stage: Stage) -> Network | None:
    """The newest run of the lesson's recipe, else the visitor's present one on the dinosaurs, and
    a line that says which it is; None, with a line on what to do, while there is none.
    """
    entry, job = _entry(stage), current_run.current_job()
    if entry is None:
        st.caption(say("There is no trained network yet: train one above."))
        return None
    if job is not None and job.token == entry.token and job.running:
        st.caption(say("The network is training. Wait until it has finished, or stop it."))
        return None
    from dino.model import rebuild

    run = entry.run
    st.caption(
        say(
            "The network is that of run {number}, after {step:,} steps.",
            number=entry.number,
            step=run.step,
        )
    )
    model = rebuild(run.config, len(entry.corpus.vocab), run.weights)
    return Network(model, entry.corpus.vocab, (entry.token, run.step), run.config)


def _entry(stage: Stage) -> RunEntry | None:
    found = run_of(stage.config)
    present = next(iter(current_run.runs()), None)
    if (found is None or not found.run.step) and present is not None:
        found = present if present.corpus.source == Choice() else None
    return found if found is not None and found.run.step else None
