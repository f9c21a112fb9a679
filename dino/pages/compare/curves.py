"""The curves of the chosen runs, and what they show; without a run, those of two example runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from dino.charts.base import RUNS
from dino.charts.compare import WINDOW, Curve, RunCurves, overlaid_losses
from dino.charts.walk import STEP, curve_walk
from dino.locale.sentences import Sentence, comma_list, mark, sentence
from dino.pages.compare.headline import headline_sentences
from dino.pages.compare.runs_view import RunsView
from dino.run import Run
from dino.ui import run_titles, state
from dino.ui.language import put, say, say_plural
from dino.ui.plot import plot
from dino.ui.seeds import optimizer_sentences, seed_sentences
from dino.ui.text import show_text

if TYPE_CHECKING:
    from dino.jobs import RunEntry

BY = {"step": mark("Updates"), "names": mark("Names seen"), "seconds": mark("Seconds")}
UNITS = {"step": STEP, "names": sentence("Names seen"), "seconds": sentence("Seconds")}
NO_POINTS: Curve = np.empty(0), np.empty(0)
EXAMPLE_HEIGHT = 300  # pixels of the chart


def draw_curves(compared: RunsView) -> None:
    """Draw the controls of the chart, the chart, and the sentences on it."""
    entries = compared.chosen
    st.markdown(f"**{say('Curves of the ticked runs')}**")
    by = _draw_controls()
    log_x, log_y = bool(state.LOG_X.get()), bool(state.LOG_Y.get())
    smoothed, with_train = bool(state.SMOOTH.get()), bool(state.TRAIN_SHOWN.get())
    curves = [
        RunCurves(
            compared.titles[entry.token],
            compared.color(entry.token) or "",
            in_unit(entry.run, entry.run.val_curve(), by),
            in_unit(entry.run, entry.run.train_curve(), by) if with_train else NO_POINTS,
        )
        for entry in entries
    ]
    figure = overlaid_losses(curves, by=by, log_x=log_x, log_y=log_y, smoothed=smoothed, put=put)
    words = [put(it) for it in best_sentences(entries, compared.titles)]
    alt = say_plural(
        "Losses of {count} run. {words}",
        "Losses of {count} runs. {words}",
        len(entries),
        words=words[0],
    )
    plot(figure, "overlaid", alt, walk=curve_walk(put, UNITS[by]))
    show_text(" ".join(words))
    st.caption(" ".join(put(it) for it in axis_sentences(by, log_x, smoothed, with_train)))


def _draw_controls() -> str:
    """Draw the controls of the chart. Return what the curves are drawn against."""
    state.set_first(state.COMPARE_BY, state.TRAIN_SHOWN)
    with st.container(key="compare_controls", horizontal=True, vertical_alignment="center"):
        by = st.segmented_control(
            say("Against"),
            list(BY),
            format_func=lambda key: put(BY[key]),
            key=state.COMPARE_BY.key,
            persist_state="session",
            required=True,
            label_visibility="collapsed",
        )
        switches = (
            (state.LOG_X, say("x logarithmic")),
            (state.LOG_Y, say("y logarithmic")),
            (state.SMOOTH, say("Smoothed")),
            (state.TRAIN_SHOWN, say("Training loss")),
        )
        for value, label in switches:
            st.toggle(label, key=value.key, persist_state="session")
    return by if by in BY else "step"


def in_unit(run: Run, curve: Curve, by: str) -> Curve:
    """A curve against steps, names seen, or seconds; its x values are scaled accordingly.

    Each step sees equally many names. A run's seconds are spread evenly over its steps, because
    only their sum is known.
    """
    steps, losses = curve
    whole = {"names": float(run.names_seen), "seconds": run.seconds}.get(by, float(run.step))
    return np.asarray(steps, dtype=np.float64) * (whole / max(1, run.step)), losses


def draw_example() -> None:
    """Draw the curves of two example runs, and say what they are and what they show."""
    from dino.ui.example_runs import example_words, examples  # reading a saved run loads PyTorch

    entries = examples()
    titles = run_titles.telling_titles(entries)
    with st.container(border=True, key="example"):
        show_text(
            say(
                "Here you will see the losses of your runs. This example shows two prepared runs "
                "({first}; {second}).",
                first=example_words(entries[0]),
                second=example_words(entries[1]),
            )
        )
        curves = [
            RunCurves(titles[entry.token], RUNS[i], entry.run.val_curve(), entry.run.train_curve())
            for i, entry in enumerate(entries)
        ]
        words = [put(it) for it in example_sentences()]
        figure = overlaid_losses(curves, by="step", put=put, height=EXAMPLE_HEIGHT)
        plot(figure, "example_losses", " ".join(words), walk=curve_walk(put))
        show_text(" ".join(words))
        st.caption(" ".join(put(it) for it in axis_sentences("step", False, False, True)))


def example_sentences() -> list[Sentence]:
    """Say which example ends with the lowest loss, and whether chance alone could explain that.

    Then say what the curves show.
    """
    from dino.ui.example_runs import examples

    entries = examples()
    return [
        *headline_sentences(entries, ()),
        *best_sentences(entries, run_titles.telling_titles(entries)),
    ]


def best_sentences(entries: Sequence[RunEntry], titles: Mapping[str, str]) -> list[Sentence]:
    """Say which of these runs has the lowest held-out loss and when, and what this does not decide.

    entries: runs whose losses may be compared; titles: by token.
    """
    known = [entry for entry in entries if math.isfinite(entry.run.best[1])]
    if not known:
        return [sentence("None of these runs has a finite held-out loss.")]
    if len(known) == 1:
        return [_single_sentence(known[0], titles[known[0].token])]
    lowest = min(_shown(entry) for entry in known)
    first = [entry for entry in known if _shown(entry) == lowest]
    others = sorted(_shown(entry) for entry in known if _shown(entry) > lowest)
    return [
        _lowest_sentence([titles[entry.token] for entry in first], first, len(known)),
        *_others_sentence(others),
        *(seed_sentences(known) or _one_run_sentence(known)),
        *optimizer_sentences(known),
    ]


def _shown(entry: RunEntry) -> float:
    """The lowest held-out loss of a run as the page shows it."""
    return round(entry.run.best[1], 3)


def _single_sentence(entry: RunEntry, title: str) -> Sentence:
    run = entry.run
    step, loss = run.best
    if step == run.step:
        return sentence(
            "{run} has its lowest held-out loss after its last update, {step:,}: {loss:.3f}.",
            run=title,
            step=step,
            loss=loss,
        )
    if run.stopped or not math.isfinite(run.val_loss):
        return sentence(
            "{run} has its lowest held-out loss at update {step:,}: {loss:.3f}.",
            run=title,
            step=step,
            loss=loss,
        )
    return sentence(
        "{run} has its lowest held-out loss at update {step:,}: {loss:.3f}. After update {last:,} "
        "it is {now:.3f}.",
        run=title,
        step=step,
        loss=loss,
        last=run.step,
        now=run.val_loss,
    )


def _lowest_sentence(titles: Sequence[str], first: Sequence[RunEntry], count: int) -> Sentence:
    """Say which runs have the lowest loss. titles: of these runs; count: of all runs."""
    step, loss = first[0].run.best
    if len(first) == 1:
        return sentence(
            "Of these {count} runs, {run} has the lowest held-out loss: {loss:.3f} at update "
            "{step:,}.",
            count=count,
            run=titles[0],
            loss=loss,
            step=step,
        )
    return sentence(
        "Of these {count} runs, {runs} have the same lowest held-out loss to three decimals: "
        "{loss:.3f}.",
        count=count,
        runs=comma_list(list(titles)),
        loss=loss,
    )


def _others_sentence(losses: Sequence[float]) -> list[Sentence]:
    """Say the lowest losses of the other runs, in order."""
    if not losses:
        return []
    if len(losses) == 1:
        return [sentence("The lowest loss of the other run is {loss:.3f}.", loss=losses[0])]
    return [
        sentence(
            "The lowest losses of the other runs are from {low:.3f} to {high:.3f}.",
            low=losses[0],
            high=losses[-1],
        )
    ]


def _one_run_sentence(entries: Sequence[RunEntry]) -> list[Sentence]:
    """If the recipes differ in more than the seed, say what single runs cannot decide."""
    recipes = {entry.run.config.replace(seed=0, engine="auto") for entry in entries}
    schedules = {entry.run.learning_rates for entry in entries}
    if len(recipes) < 2 and len(schedules) < 2:
        return []
    return [
        sentence(
            "One run of each recipe does not show which is better, because another seed or split "
            "also changes the loss."
        )
    ]


def axis_sentences(by: str, log_x: bool, smoothed: bool, with_train: bool) -> list[Sentence]:
    """Say how the curves are drawn: what each line is; what is estimated, left out, averaged."""
    found = [sentence("Solid: held-out loss (validation set).")]
    if with_train:
        found = [
            sentence(
                "Solid: held-out loss (validation set). Dotted: training loss, averaged over the "
                "updates since the previous point."
            )
        ]
    if by == "seconds":
        found.append(
            sentence(
                "Seconds are estimates. Only the total training time of a run is known, and it is "
                "spread evenly over its updates."
            )
        )
    if log_x:
        found.append(
            sentence(
                "A logarithmic axis has no 0, so the untrained networks at step 0 are not drawn."
            )
        )
    if smoothed:
        found.append(
            sentence(
                "Each point of a smoothed line is the mean of up to {window} neighbouring points. "
                "The pale line behind it shows the measurements.",
                window=WINDOW,
            )
        )
    return found
