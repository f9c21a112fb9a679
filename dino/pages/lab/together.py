"""Beside the ladder of losses: how far the run together with counting is below each of the two."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from dino.jobs import RunHandle, WrittenNames
from dino.jobs.together import below_each_of
from dino.locale.sentences import Sentence
from dino.mix import Mix, mix_beside
from dino.ui import measurements, settings
from dino.ui.language import put, say
from dino.ui.listening import draw_pulse
from dino.ui.server import jobs

if TYPE_CHECKING:  # PyTorch takes a second to load
    from dino.run import Run, Snapshot
    from dino.together import BelowEach


def draw_together(job: RunHandle, written: WrittenNames, drawn: str) -> float | None:
    """Say how far the mixture is below each side, with the weights that wrote the names. Return its
    held-out loss; None until it is measured, and if there is nothing to measure.

    drawn: the page's `turn` before the drawing, so that what is measured during it is drawn.
    """
    mix, moment = mix_beside(settings.writing_settings().mix), moment_at_rest(job, written)
    if mix is None or moment is None:
        return None
    key = ("together", job.token, moment.step, mix.text)
    measurement = measurements.measure(key, partial(_read, job, moment, mix))
    found: BelowEach | None = measurement.result
    if measurement.failed:
        return None
    if found is None:
        st.caption(say("Reading the held-out names together with counting…"))
        draw_pulse(job, "together_pulse", drawn=drawn)
        return None
    words = together_words(found, mix, moment.step, bool(job.corpus.exam))
    if words:
        st.caption(" ".join(map(put, words)))
    return found.loss if words else None


def moment_at_rest(job: RunHandle, written: WrittenNames) -> Snapshot | None:
    """The trained moment whose weights wrote the names, if the run rests and still has them."""
    run: Run | None = job.run
    if run is None or job.running or not written.step:
        return None
    moment = run.best_moment if written.best else run.moments[-1]
    return moment if moment.weights is not None and moment.step == written.step else None


def _read(job: RunHandle, moment: Snapshot, mix: Mix) -> Iterator[tuple[float, BelowEach | None]]:
    corpus = job.corpus
    return below_each_of(job.config, moment.weights, corpus, corpus.val, mix, jobs().counts)


def together_words(found: BelowEach, mix: Mix, step: int, has_exam: bool) -> list[Sentence]:
    """What the Lab says of a mixture; nothing for a network whose loss is not finite."""
    from dino.together import below_sentences, chosen_sentences, together_sentence

    if not math.isfinite(found.loss):
        return []
    return [
        together_sentence(found, mix, step),
        *below_sentences(found, mix),
        *chosen_sentences(mix, has_exam),
    ]
