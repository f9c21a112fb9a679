"""An experiment that runs or is finished: progress, losses by level, verdict and bet."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import streamlit as st

from dino.config import SETTINGS
from dino.experiments.bet import bet_sentence, result_sentences
from dino.experiments.estimate import at_load, duration_sentence, seconds_left
from dino.experiments.folder import results_table
from dino.experiments.verdict import Verdict, judge
from dino.experiments.words import (
    NO_ROUND,
    ON_PYTORCH,
    STOPPED,
    exam_sentence,
    fixed_sentence,
    missing_sentences,
    verdict_sentences,
)
from dino.jobs import Experiment
from dino.locale.sentences import mark
from dino.pages.compare.experiment_best import draw_best
from dino.pages.compare.experiment_committees import draw_committees
from dino.pages.compare.experiment_pictures import draw_bet_picture, draw_pictures, source_of
from dino.pages.compare.list_changes import remove_experiment
from dino.pages.compare.report_box import draw_report
from dino.ui import measurements
from dino.ui.experiment_parts import go_on, level_rows, pause, stop_experiment
from dino.ui.language import put, say
from dino.ui.server import jobs, this_visit
from dino.ui.table import draw_table
from dino.ui.text import in_a_line, show_text

PHASES = {
    "running": mark("It is training."),
    "waiting": mark(
        "It is waiting because your other runs come first or the server has no free memory."
    ),
    "paused": mark("It is paused."),
}
FAILED_WORDS = mark("An error ended this experiment. Start a new one.")


def draw_experiment(experiment: Experiment) -> None:
    """Draw one experiment of this browser."""
    show_text(put(fixed_sentence(experiment.plan, experiment.list_title)))
    show_text(put(exam_sentence(experiment.plan)))
    if experiment.lacks_kernels:
        show_text(put(ON_PYTORCH))
    if not experiment.done:
        _draw_progress(experiment)
    elif experiment.failed:
        show_text(put(FAILED_WORDS))
    _draw_buttons(experiment)
    verdict = _verdict(experiment) if experiment.done else None
    _draw_answer(experiment, verdict)
    _draw_bet(experiment, verdict)
    if experiment.outcomes:
        _draw_members(experiment, verdict)


def _draw_members(experiment: Experiment, verdict: Verdict | None) -> None:
    """Draw the finished members in rows and pictures, and the best of them."""
    _draw_levels(experiment, verdict)
    missing = missing_sentences(experiment.plan, [it.status for it in experiment.outcomes])
    if missing:
        show_text("\n".join(map(put, missing)))
    draw_committees(experiment, verdict)
    draw_pictures(experiment, verdict)
    draw_best(experiment)
    if experiment.done:
        draw_report(experiment)


def _draw_answer(experiment: Experiment, verdict: Verdict | None) -> None:
    """Draw the verdict, or say why there is none yet."""
    if not experiment.done:
        st.caption(
            say(
                "The verdict comes at the end. If you looked again and again until it suited you, "
                "chance differences would look clear."
            )
        )
    elif not experiment.outcomes:
        if not experiment.failed:
            show_text(say("It was stopped before its first member finished."))
    elif not experiment.losses.size:
        show_text(put(NO_ROUND))
    elif verdict is None:
        st.progress(0.0, say("Comparing the levels…"))
    else:
        _say_verdict(experiment, verdict)


def _draw_bet(experiment: Experiment, verdict: Verdict | None) -> None:
    """Draw the bet and, after the verdict, how far off it was."""
    bet, levels = experiment.bet, experiment.plan.level_sentences()
    if bet is None:
        return
    st.markdown(f"**{say('Your bet')}**")
    words = [bet_sentence(bet, levels)]
    if verdict is not None:
        words += result_sentences(bet, bet.result(verdict), levels)
    show_text("\n".join(map(put, words)))
    draw_bet_picture(bet, levels, verdict)


def _draw_progress(experiment: Experiment) -> None:
    """Draw how many members are finished, and how long the others take."""
    done, count = len(experiment.outcomes), len(experiment.members)
    words = [
        say("{done:,} of {count:,} members are done.", done=done, count=count),
        put(PHASES.get(experiment.phase, "")),
    ]
    left = seconds_left(experiment.plan, experiment.members, experiment.outcomes, experiment.corpus)
    if left is not None and experiment.phase == "running":
        pool = jobs()
        time = at_load(left, pool.workers.wanted, pool.count_running() - 1)
        words.append(say("Time left: about {time}.", time=put(duration_sentence(time))))
    if experiment.message:
        words.append(put(experiment.message))
    if experiment.running and experiment.waits_for:
        words.append(put(experiment.waits_for))
    st.progress(done / count, " ".join(words))


def _draw_buttons(experiment: Experiment) -> None:
    """Draw the buttons to pause, continue and stop; later those for its table and to delete it."""
    with st.container(horizontal=True):
        if not experiment.done:
            is_at_work = experiment.running
            st.button(
                say("Pause the experiment") if is_at_work else say("Continue the experiment"),
                icon=":material/pause:" if is_at_work else ":material/play_arrow:",
                key="pause_experiment" if is_at_work else "continue_experiment",
                on_click=pause if is_at_work else go_on,
                args=(experiment.token,),
            )
            st.button(
                say("Stop the experiment"),
                icon=":material/stop:",
                key="stop_experiment",
                help=say("Leaves the remaining members untrained."),
                on_click=stop_experiment,
                args=(experiment.token,),
            )
        if experiment.outcomes:
            st.download_button(
                say("All members (.csv)"),
                partial(_table_of, experiment),
                file_name="sweep.csv",
                mime="text/csv",
                key="experiment_csv",
                on_click="ignore",
            )
        if experiment.done:
            st.button(
                say("Delete the experiment"),
                icon=":material/delete:",
                key="delete_experiment",
                on_click=remove_experiment,
                args=(experiment.token,),
                type="tertiary",
            )


def _table_of(experiment: Experiment) -> bytes:
    return results_table(experiment.plan, experiment.found).encode()


def _verdict(experiment: Experiment) -> Verdict | None:
    """The verdict on a finished experiment; None while it is computed, which takes a third of a
    second.
    """
    key = ("verdict", experiment.token, len(experiment.outcomes))
    losses = experiment.losses
    if not losses.size:
        return None
    found = measurements.measure(key, lambda: _judge(losses), patience=0.0)
    verdict: Verdict | None = found.result
    return verdict


def _judge(losses: np.ndarray) -> Iterator[tuple[float, Verdict | None]]:
    yield 0.0, None
    yield 1.0, judge(losses)


def _draw_levels(experiment: Experiment, verdict: Verdict | None) -> None:
    """Draw a row for each level at each of its learning rates: its members and their losses."""
    source = source_of(experiment, verdict)
    columns, rows = this_visit().make_once(
        "experiment_levels", source, lambda: _levels(experiment, verdict)
    )
    draw_table(
        [*columns, say("members"), say("mean loss"), say("standard deviation")],
        rows,
        "experiment_levels",
        say("Held-out loss of each level, over its members"),
        numeric=range(len(columns), len(columns) + 3),
        max_height=420,
    )
    st.caption(
        say(
            "The mean loss, in nats per symbol, is over the members that have a loss. The "
            "standard deviation covers seeds and splits together. The verdict compares "
            "levels split by split, so an effect that a split has on all of them cancels "
            "out."
        )
    )


def _levels(experiment: Experiment, verdict: Verdict | None) -> tuple[list[str], list[list[str]]]:
    """The titles of the columns that identify a level, and all rows of the table."""
    rows, has_ladder = [], len(experiment.plan.rates[0]) > 1
    for row in level_rows(experiment):
        is_taken = verdict is not None and verdict.rates[row.level] == row.rate
        ladder = [row.rate_text, say("yes") if is_taken else ""]
        rows.append([row.name, *(ladder if has_ladder else []), *row.losses])
    ladder = (
        [in_a_line(put(SETTINGS["learning_rate"].label)), say("compared")] if has_ladder else []
    )
    return [say("level"), *ladder], rows


def _say_verdict(experiment: Experiment, verdict: Verdict) -> None:
    """Say what the experiment shows."""
    plan, levels = experiment.plan, experiment.plan.level_sentences()
    st.markdown(f"**{say('The verdict')}**")
    show_text("\n".join(put(it) for it in verdict_sentences(verdict, levels, plan.rates)))
    if len(experiment.outcomes) < len(experiment.members):
        st.caption(put(STOPPED))
