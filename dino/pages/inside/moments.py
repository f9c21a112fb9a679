"""The slider over a run's moments, and the button that plays them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from dino.jobs import RunEntry
from dino.locale.sentences import Sentence, sentence
from dino.run import Run, Snapshot
from dino.ui import state
from dino.ui.component import draw_styles
from dino.ui.inside_address import LATEST, is_waiting
from dino.ui.language import put, say, say_number
from dino.ui.widgets import run_to_end

HERE = Path(__file__).parent
TICK = 0.4  # seconds per moment while moments are played


def draw_moments(entry: RunEntry) -> Snapshot:
    """Draw the slider and its button. Return the moment to show.

    The last moment is labelled as the latest, because its step changes while the run trains.
    """
    moments = entry.run.moments
    _follow_best(entry)
    steps = [moment.step for moment in moments]
    stops = [*steps[:-1], LATEST]
    asked = _follow_link(entry, steps)
    index = _play_on(stops, _nearest(steps, state.MOMENT.get()))
    state.MOMENT.correct(stops[index])
    draw_styles(HERE / "moments.css")
    with st.container(horizontal=True, vertical_alignment="bottom", key="moments"):
        _draw_button(first=steps[0], disabled=len(stops) == 1)
        with st.container(width="stretch"):
            if len(stops) > 1:
                _draw_slider(stops)
    for line in (*asked, *kept_sentences(entry.run)):
        st.caption(put(line))
    return moments[index]


def kept_sentences(run: Run) -> list[Sentence]:
    """Say which moments can be shown, if some were dropped or there is only one."""
    steps, best = [moment.step for moment in run.moments], run.best_moment.step
    gone = {s.step for s in run.snapshots if s.weights is None and s.step < run.kept_step}
    gone -= set(steps)
    if not gone:
        return _why_so_few(run, steps, best)
    if len(steps) == 1:
        kept = sentence("Only the latest update of this run, {step:,}, is kept.", step=steps[0])
    elif len(steps) == 2 and steps[0] == best:
        kept = sentence(
            "Two updates of this run are kept: {best:,}, with the lowest held-out loss, and "
            "{latest:,}, the latest.",
            best=best,
            latest=steps[1],
        )
    else:
        kept = sentence(
            "{kept:,} of the {all:,} moments of this run are kept, including the best and the "
            "latest.",
            all=len(steps) + len(gone),
            kept=len(steps),
        )
    return [kept, sentence("The weights of the others were left out to save space.")]


def _why_so_few(run: Run, steps: Sequence[int], best: int) -> list[Sentence]:
    """Say why a run has only one or two moments: it was a member of an experiment."""
    latest = steps[-1]
    taken = [(s.step, s.weights is None) for s in run.snapshots]
    was_member = taken == [(best, True)]  # see `Run.with_best_as_snapshot`
    if was_member and len(steps) == 1:
        return [
            sentence(
                "This run was a member of an experiment. One of its moments is kept: update "
                "{latest:,}, the latest, with the lowest held-out loss.",
                latest=latest,
            )
        ]
    if was_member and len(steps) == 2:
        return [
            sentence(
                "This run was a member of an experiment. Two of its moments are kept: update "
                "{best:,}, with the lowest held-out loss, and {latest:,}, the latest.",
                best=best,
                latest=latest,
            )
        ]
    if len(steps) == 1:
        return [sentence("This run has only one moment, update {step:,}.", step=latest)]
    return []


def play_interval() -> float | None:
    """Seconds until the next moment is due; None while nothing is played."""
    return TICK if state.PLAYING.get() else None


def go_to_end() -> None:
    """Show the latest moment, or the best one if the visitor asked for it, and silence no unit.

    Another run has other moments and units.
    """
    state.SILENT.set(())
    state.PLAYING.set(False)
    if not is_waiting():
        state.ASKED_MOMENT.set(LATEST)
    state.SHOWN_BEST.set(False)
    state.MOMENT.set(LATEST)


@run_to_end
def go_to_step(steps: Sequence[int], step: float, _: float) -> None:
    """Callback: show that of the moments, given by their steps, nearest to the clicked step.

    It has no run: Streamlit keeps a callback until its widget is drawn again, and all it holds.
    """
    index = _nearest(steps, round(step))
    state.PLAYING.set(False)
    state.MOMENT.set(LATEST if index == len(steps) - 1 else steps[index])


def _follow_best(entry: RunEntry) -> None:
    """If the visitor has just asked for it, go to the best moment or back to the end."""
    wanted, best = bool(state.USE_BEST.get()), entry.run.best_moment
    if wanted == state.SHOWN_BEST.get():
        return
    state.SHOWN_BEST.set(wanted)
    state.PLAYING.set(False)
    is_past = wanted and best.weights is not None and best.step < entry.run.kept_step
    state.MOMENT.set(best.step if is_past else LATEST)


def _follow_link(entry: RunEntry, steps: Sequence[int]) -> list[Sentence]:
    """Go to the moment that a link asks for, once the page's own run has reached it.

    Return a sentence until then, and one if the nearest moment is shown instead. A choice of the
    visitor cancels the link.
    """
    asked, run = state.ASKED_MOMENT.get(), entry.run
    if asked == LATEST or entry.token != state.RUN_TOKEN.get():
        return []
    waiting, shown = is_waiting(), state.MOMENT.get()
    if shown != (LATEST if waiting else state.ANSWERED_MOMENT.get()):
        state.ASKED_MOMENT.set(LATEST)
        return []
    index = _nearest(steps, asked if waiting else shown)
    if waiting and index < len(steps) - 1:
        state.ANSWERED_MOMENT.set(steps[index])
        state.MOMENT.set(steps[index])
    may_come = steps[-1] < asked and run.step < run.max_steps and not run.stopped
    return asked_sentences(asked, steps[index], may_come)


def asked_sentences(asked: int, shown: int, may_come: bool) -> list[Sentence]:
    """Say that a link asks for a step that is not shown. may_come: whether the run may still reach
    it.
    """
    if asked == shown:
        return []
    if may_come:
        return [
            sentence(
                "The link asks for update {asked:,}, which this run has not reached yet. Until "
                "then you see the latest.",
                asked=asked,
            )
        ]
    return [
        sentence(
            "The link asks for update {asked:,}, which this run does not have. You see the "
            "nearest one, update {shown:,}.",
            asked=asked,
            shown=shown,
        )
    ]


def _nearest(steps: Sequence[int], wanted: int) -> int:
    """The index of the moment nearest to a step; the last one for LATEST."""
    if wanted == LATEST or wanted >= steps[-1]:
        return len(steps) - 1
    return min(range(len(steps)), key=lambda i: abs(steps[i] - wanted))


def _play_on(stops: Sequence[int], index: int) -> int:
    """The index of the next moment if it is played and due; else the same index."""
    if state.PLAYING.get() and state.PLAYED.get() != stops[index]:  # the visitor moved the slider
        state.PLAYING.set(False)
    # A redraw for another reason comes sooner, and must not skip ahead.
    if not state.PLAYING.get() or time.monotonic() - state.PLAYED_AT.get() <= 0.6 * TICK:
        return index
    last = len(stops) - 1
    index = min(index + 1, last)
    _note_played(stops[index])
    state.PLAYING.set(index < last)
    state.MOMENT.set(stops[index])
    return index


def _note_played(stop: int) -> None:
    """Note that playing has set the slider to `stop`."""
    state.PLAYED.set(stop)
    state.PLAYED_AT.set(time.monotonic())


def _draw_button(first: int, disabled: bool) -> None:
    if state.PLAYING.get():
        st.button(
            say("Stop"),
            icon=":material/stop:",
            key="halt",
            on_click=_stop_playing,
            disabled=disabled,
        )
    else:
        st.button(
            say("Play"),
            icon=":material/play_arrow:",
            key="roll",
            on_click=_start_playing,
            args=(first,),
            disabled=disabled,
        )


def _draw_slider(stops: Sequence[int]) -> None:
    st.select_slider(
        say("Moment (update)"),
        stops,
        key=state.MOMENT.key,
        persist_state="session",
        format_func=lambda stop: say("latest") if stop == LATEST else say_number(stop),
    )


@run_to_end
def _start_playing(first: int) -> None:
    """Callback: play from here; from the `first` step if this is the end."""
    if state.MOMENT.get() == LATEST:
        state.MOMENT.set(first)
        _note_played(first)
    else:
        _note_played(state.MOMENT.get())
    state.PLAYING.set(True)


@run_to_end
def _stop_playing() -> None:
    state.PLAYING.set(False)


@run_to_end
def take_other_draws() -> None:
    """Callback: let every moment write its names from other random draws."""
    state.OTHER_DRAWS.set((int(state.OTHER_DRAWS.get()) + 1) % 1000)
