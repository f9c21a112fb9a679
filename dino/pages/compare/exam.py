"""The final exam (test set): opened with one run, once that run is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import streamlit as st

from dino.exam import (
    ExamLosses,
    Opened,
    count_sentence,
    exam_sentences,
    loss_rows,
    measure_in_parts,
)
from dino.jobs import RunEntry
from dino.jobs.exams import Opening, which_exam
from dino.model import rebuild
from dino.pages.compare.compared import Compared
from dino.ui import measurements, state
from dino.ui.language import put, say, say_number, say_plural
from dino.ui.run_box import draw_run_box
from dino.ui.server import jobs, this_visit
from dino.ui.table import draw_table
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end


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
        _draw_opening(entry)


def candidates(compared: Compared) -> list[RunEntry]:
    """The runs at rest of the group in the chart that have an exam, the lowest held-out loss
    first.
    """
    chosen = {entry.token for entry in compared.chosen}
    group = next(
        (group for group in compared.groups if chosen & {entry.token for entry in group}), []
    )
    at_rest = [entry for entry in group if entry.corpus.exam and not _is_running(entry)]
    return sorted(at_rest, key=lambda entry: (not entry.run.val_loss < 1e9, entry.run.val_loss))


def _is_running(entry: RunEntry) -> bool:
    job = jobs().find(entry.token)
    return job is not None and job.running


def _draw_opening(entry: RunEntry) -> None:
    """The button; once it was pressed, the losses."""
    exams = jobs().kept_of(this_visit().browser).exams
    opening = exams.find(entry.token, entry.run.kept_step)
    if opening is None:
        _draw_button(entry, exams.count(which_exam(entry.corpus)))
        return
    losses = opening.losses or _measured(entry, opening)
    if losses is not None:
        _draw_losses(Opened(losses, opening.number, exams.count(opening.exam)))


def _draw_button(entry: RunEntry, count: int) -> None:
    if entry.run.weights is None:
        show_text(
            say(
                "The exam needs the run's weights, and these were discarded for lack of memory. "
                "Choose another run."
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
        say("Choose a run by its held-out loss first; then open the exam.")
        + " "
        + put(count_sentence(count))
    )


@run_to_end
def _open(entry: RunEntry) -> None:
    """Callback: the opening counts from now on."""
    jobs().open_exam(this_visit().browser, entry)


def _measured(entry: RunEntry, opening: Opening) -> ExamLosses | None:
    """What the exam shows; None, with a progress bar, while it is measured in the background."""
    if entry.run.weights is None:
        show_text(
            say(
                "The exam was opened, but the run's weights were discarded for lack of memory "
                "before its loss was measured. Choose another run."
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
    yield 0.0, None  # the page's script does no more; the rest is done in the pool
    model = rebuild(entry.run.config, len(entry.corpus.vocab), entry.run.weights)
    yield from measure_in_parts(model, entry.corpus, entry.run.config.context)


def _draw_losses(opened: Opened) -> None:
    draw_table(
        [say("loss, nats per symbol"), "", say("names")],
        [[put(title), put(loss), say_number(names)] for title, loss, names in loss_rows(opened)],
        "exam_losses",
        say("The loss on the final exam, beside the held-out loss"),
        numeric=(1, 2),
    )
    show_text("\n".join(put(words) for words in exam_sentences(opened)))
