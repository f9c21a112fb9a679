"""The final exam of one run: the button that opens it, and what it shows once it is open."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from dino.exam import (
    ExamLosses,
    ExamResult,
    count_in_parts,
    count_sentence,
    counting_rows,
    counting_sentences,
    exam_sentences,
    loss_rows,
    measure_in_parts,
)
from dino.jobs.exams import ExamOpening, which_exam
from dino.jobs.together import below_each_of
from dino.metrics import BesideBaseline
from dino.mix import Mix, mix_beside
from dino.model import rebuild
from dino.parts import last_result
from dino.together import BelowEach, below_sentences, exam_sentence
from dino.ui import measurements, settings
from dino.ui.language import put, say, say_number
from dino.ui.server import jobs, this_visit
from dino.ui.table import draw_table
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    from dino.jobs import RunEntry


def draw_opening(entry: RunEntry) -> None:
    """Draw the button; once it was pressed, draw the losses."""
    exams = jobs().kept_of(this_visit().browser).exams
    opening = exams.find(entry.token, entry.run.kept_step)
    if opening is None:
        _draw_button(entry, exams.count(which_exam(entry.corpus)))
        return
    losses = opening.losses or _measured(entry, opening)
    if losses is not None:
        draw_losses(ExamResult(losses, opening.number, exams.count(opening.exam)))


def draw_counting(entry: RunEntry) -> None:
    """Draw the run beside counting on the exam's names, once that is measured.

    Call it only for an open exam. Draws nothing for a run without weights.
    """
    if entry.run.weights is None:
        return
    key = ("exam-counting", entry.token, entry.run.kept_step)
    measurement = measurements.measure(key, partial(_count, entry), patience=0.0)
    found: tuple[BesideBaseline, ...] | None = measurement.result
    if found is None:
        st.progress(measurement.share, say("Counting letters for the exam…"))
        return
    draw_table(
        [say("on the exam's names"), say("its loss"), say("the run's loss minus that loss")],
        [[put(cell) for cell in row] for row in counting_rows(found)],
        "exam_counting",
        say("The run compared with counting letters, on the names of the final exam"),
        numeric=(1, 2),
    )
    show_text("\n".join(put(words) for words in counting_sentences(found)))


def draw_together(entry: RunEntry) -> None:
    """Once the exam is open and measured, draw how the run is on it together with counting.

    The mixture is the one that was set when the exam was opened.
    """
    opening = jobs().kept_of(this_visit().browser).exams.find(entry.token, entry.run.kept_step)
    if opening is None or opening.losses is None or entry.run.weights is None:
        return
    mix = mix_beside(opening.mix)
    if mix is None:
        return
    key = ("exam-together", entry.token, entry.run.kept_step, mix.text)
    measurement = measurements.measure(key, partial(_read_together, entry, mix), patience=0.0)
    found: BelowEach | None = measurement.result
    if found is None and not measurement.failed:
        st.progress(measurement.share, say("Reading the exam together with counting…"))
    elif found is not None and math.isfinite(found.loss):
        show_text("\n".join(_together_words(found, mix)))


def _read_together(entry: RunEntry, mix: Mix) -> Iterator[tuple[float, BelowEach | None]]:
    run, corpus = entry.run, entry.corpus
    return below_each_of(run.config, run.weights, corpus, corpus.exam, mix, jobs().counts)


def _together_words(found: BelowEach, mix: Mix) -> list[str]:
    """The mixture on the exam, beside each side alone, judged for any number of names."""
    network, counting = (it._replace(enough=1) for it in (found.network, found.counting))
    judged = found._replace(network=network, counting=counting)
    words = [put(it) for it in (exam_sentence(found, mix), *below_sentences(judged, mix))]
    if mix != mix_beside(settings.writing_settings().mix):
        words.append(say("The mixture is the one that was set when the exam was opened."))
    return words


def count_now(entry: RunEntry) -> tuple[BesideBaseline, ...]:
    """Measure the same at once, for a report; () for a run without weights."""
    if entry.run.weights is None:
        return ()
    return last_result(_count(entry))[1] or ()


def _count(entry: RunEntry) -> Iterator[tuple[float, tuple[BesideBaseline, ...] | None]]:
    yield 0.0, None  # as in `_parts`
    model = rebuild(entry.run.config, len(entry.corpus.vocab), entry.run.weights)
    yield from count_in_parts(model, entry.corpus, entry.run.config.context)


def _draw_button(entry: RunEntry, count: int) -> None:
    if entry.run.weights is None:
        show_text(
            say(
                "The exam needs the run's weights, which were discarded to save memory. Choose "
                "another run."
            )
        )
        return
    st.button(
        say("Open the exam"),
        icon=":material/lock_open:",
        key="open_exam",
        on_click=_open,
        args=(entry,),
    )
    st.caption(
        say("First choose a run by its held-out loss. Then open the exam.")
        + " "
        + put(count_sentence(count))
    )


@run_to_end
def _open(entry: RunEntry) -> None:
    """Callback: the opening counts from now on, with the mixture that is set now."""
    jobs().open_exam(this_visit().browser, entry, settings.writing_settings().mix)


def _measured(entry: RunEntry, opening: ExamOpening) -> ExamLosses | None:
    """Measure in the background what the exam shows. Until then, draw a bar and return None."""
    if entry.run.weights is None:
        show_text(
            say(
                "The exam was opened, but the run's weights were discarded to save memory before "
                "its loss was measured. Choose another run."
            )
        )
        return None
    key = ("exam", entry.token, entry.run.kept_step)
    measurement = measurements.measure(key, partial(_parts, entry), patience=0.0)
    losses: ExamLosses | None = measurement.result
    if losses is None:
        st.progress(measurement.share, say("Measuring the run on the exam…"))
        return None
    jobs().note_exam(this_visit().browser, opening, losses)
    return losses


def _parts(entry: RunEntry) -> Iterator[tuple[float, ExamLosses | None]]:
    yield 0.0, None  # the page's script stops here; the pool does the rest
    model = rebuild(entry.run.config, len(entry.corpus.vocab), entry.run.weights)
    yield from measure_in_parts(model, entry.corpus, entry.run.config.context)


def draw_losses(opened: ExamResult) -> None:
    """Draw both losses and the sentences on them."""
    draw_table(
        [say("loss, nats per symbol"), "", say("names")],
        [[put(title), put(loss), say_number(names)] for title, loss, names in loss_rows(opened)],
        "exam_losses",
        say("The loss on the final exam, beside the held-out loss"),
        numeric=(1, 2),
    )
    show_text("\n".join(put(words) for words in exam_sentences(opened)))
