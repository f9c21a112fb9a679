"""Names of the chosen runs side by side, from the same draws, and the measures of each sample."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from statistics import NormalDist
from typing import NamedTuple

import streamlit as st

from dino.charts.base import BASELINE, TEXT
from dino.charts.compare import name_lengths
from dino.difference import Side
from dino.jobs import RunEntry
from dino.jobs.name_writing import LONGEST, NAMES, sample_counts, sample_run
from dino.locale.sentences import Sentence, comma_list, error_sentence, plural_sentence, sentence
from dino.name_measures import (
    Name,
    NameMeasures,
    Share,
    difference_in_errors,
    measure_held_out,
    measure_names,
)
from dino.pages.compare.runs_view import RunsView, is_running
from dino.ui import measurements, state
from dino.ui.language import put, say, say_number
from dino.ui.plot import plot
from dino.ui.table import draw_table
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end

SHOWN = 10  # names side by side
DRAWS = 1000  # sets of draws through which the button cycles
CHANCE = 0.05  # of saying that any run copies more or less than chance, if none does


class Sample(NamedTuple):
    """A sample of names: its title, its colour, its names, their measures."""

    title: str
    color: str
    names: list[Name]
    measures: NameMeasures


class Samples(NamedTuple):
    """The samples of the runs, of counting fours, of counting sixes, and the held-out names.

    exam: whether their list has a final exam.
    """

    all: list[Sample]
    exam: bool


def draw_names(compared: RunsView) -> None:
    """Draw names of the runs in the chart side by side, from the same draws."""
    entries = [entry for entry in compared.chosen if not _without(entry)]
    share, samples = 1.0, None
    if entries:
        share, samples = _samples(compared, entries, int(state.COMPARE_DRAWS.get()))
    _draw_head(share)
    _say_who_has_none(compared)
    if samples is not None or not entries:
        state.COMPARE_NAMES.set(samples)
    # The old names stay while new ones are written: if the page shrank, an open box would close.
    shown: Samples | None = state.COMPARE_NAMES.get()
    if shown is not None:
        _draw_side_by_side(shown.all[:-3])


def draw_measures() -> None:
    """Draw the measures of larger samples of the same runs, once `draw_names` has them."""
    shown: Samples | None = state.COMPARE_NAMES.get()
    if shown is not None:
        st.markdown(f"**{say('The written names compared with real ones')}**")
        _draw_measures(shown.all)
        if shown.exam:
            st.caption(
                say("The names of the final exam are in the list, so they do not count as new.")
            )


def _draw_head(share: float) -> None:
    """Draw the title, the button for other draws and, until all is written, the progress."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{say('Names from the same random draws')}**", width="content")
        st.button(
            say("New random draws"),
            icon=":material/casino:",
            key="compare_other_draws",
            on_click=_take_other_draws,
            type="tertiary",
        )
        if share < 1:
            st.progress(share, say("Writing {names} names with each run…", names=NAMES), width=260)


def _say_who_has_none(compared: RunsView) -> None:
    missing = [compared.titles[e.token] for e in compared.chosen if _without(e) == "weights"]
    if missing:
        show_text(
            say(
                "These runs have no names, because their weights were discarded for lack "
                "of memory: {runs}.",
                runs=", ".join(missing),
            )
        )
    working = [compared.titles[e.token] for e in compared.chosen if _without(e) == "rest"]
    if working:
        words = say(
            "The names of these runs appear when training pauses or ends: {runs}.",
            runs=", ".join(working),
        )
        show_text(words)


def _without(entry: RunEntry) -> str:
    """Why a run writes no names: 'weights' if they are gone, 'rest' if it trains; '' if it can."""
    if is_running(entry):
        return "rest"
    return "" if entry.run.weights is not None else "weights"


def _samples(
    compared: RunsView, entries: Sequence[RunEntry], seed: int
) -> tuple[float, Samples | None]:
    """The share of the samples that is written, and all samples once it is 1."""
    corpus = entries[0].corpus
    asked = [
        measurements.measure(
            ("sample", entry.token, entry.run.kept_step, seed),
            partial(sample_run, entry, seed),
            patience=0.0,
        )
        for entry in entries
    ]
    asked += [
        measurements.measure(
            ("sample", corpus, n, seed), partial(sample_counts, corpus, n, seed), patience=0.0
        )
        for n in (4, 6)
    ]
    if not all(it.done for it in asked):
        return min(0.99, sum(it.share for it in asked) / len(asked)), None
    titles = [compared.titles[entry.token] for entry in entries]
    titles += [say("counting fours"), say("counting sixes")]
    colors = [compared.color(entry.token) or "" for entry in entries] + [BASELINE] * 2
    found = [
        Sample(title, color, it.result, measure_names(it.result, corpus))
        for title, color, it in zip(titles, colors, asked, strict=True)
        if it.result
    ]
    real = [(name, True) for name in corpus.val]
    found.append(Sample(say("held-out names"), TEXT, real, measure_held_out(corpus)))
    return 1.0, Samples(found, bool(corpus.exam))


def _draw_side_by_side(samples: Sequence[Sample]) -> None:
    rows = [
        [name if is_whole else f"{name}…" for name, is_whole in names]
        for names in zip(*(sample.names[:SHOWN] for sample in samples), strict=True)
    ]
    draw_table(
        [sample.title for sample in samples],
        [[name or say("(empty)") for name in row] for row in rows],
        "compare_names",
        say("Names of each run from the same random draws"),
        names=range(len(samples)),
    )


def _draw_measures(samples: Sequence[Sample]) -> None:
    """Draw the measures of each sample in a table, the lengths as a picture, and what they mean."""
    draw_table(
        [
            say("names of"),
            say("new"),
            say("in the training names"),
            say("in the held-out names"),
            say("repeated"),
            say("known endings"),
            say("letters"),
        ],
        [
            [sample.title, *measure_row(sample.measures, by_split=sample is samples[-1])]
            for sample in samples
        ],
        "name_measures",
        say("The written names compared with real ones"),
        numeric=range(1, 7),
    )
    runs, (_, sixes, real) = samples[:-3], samples[-3:]
    words = copied_sentences([(it.title, it.measures) for it in runs], sixes.measures)
    if words:
        show_text(" ".join(put(it) for it in words))
    plot(
        name_lengths([(it.title, it.color, it.measures.lengths) for it in (*runs, real)], put),
        "name_lengths",
        say("Lengths of the written names and of real ones"),
    )
    st.caption(_about_measures(len(real.names)))


def _about_measures(real: int) -> str:
    """Say what the columns of the table are. real: how many names are held out."""
    return say(
        "The table compares {count} names of each run and of counting letters with {real} real "
        "held-out names. ± is the standard error. New names are in neither the training names nor "
        "the held-out names. Known endings are the last three letters of a training name. The "
        "split makes the held-out names all different, and none of them is a training name. A name "
        "that is empty, or was cut off at {longest} letters, counts only in the columns “repeated” "
        "and “letters”.",
        count=NAMES,
        longest=LONGEST,
        real=say_number(real),
    )


@run_to_end
def _take_other_draws() -> None:
    state.COMPARE_DRAWS.set((int(state.COMPARE_DRAWS.get()) + 1) % DRAWS)


def measure_row(measures: NameMeasures, by_split: bool = False) -> list[str]:
    """The cells of a sample: shares in percent and the mean length, each ± its standard error.

    by_split: whether the sample comes from a split, so that four of its shares have no error.
    """
    where = (measures.new, measures.copied, measures.held_out, measures.repeated)
    shares = [put(_exact(it) if by_split else percent(it)) for it in where]
    return [*shares, put(percent(measures.ends)), put(_with_error(measures.mean_length, 1))]


def _exact(found: Share) -> Sentence:
    return sentence("{percent:.0f} %", percent=100 * found.share)


def percent(found: Share) -> Sentence:
    """A share and its error in percent: 3.5 ± 0.9 %."""
    shown = error_sentence(100 * found.share, 100 * found.error, 1)
    return sentence("{percent} %", percent=shown)


def _with_error(found: Share, digits: int) -> Sentence:
    if math.isnan(found.error):
        return sentence("{value:.1f}", value=found.share)
    return error_sentence(found.share, found.error, digits)


def copied_sentences(
    runs: Sequence[tuple[str, NameMeasures]], sixes: NameMeasures
) -> list[Sentence]:
    """Say which runs copy names of the list more or less often than counting sixes, beyond chance.

    Also say which copy about as often. runs: their titles and measures. The limit is corrected for
    the number of runs (Bonferroni).
    """
    if not runs:
        return []
    factor = NormalDist().inv_cdf(1 - CHANCE / (2 * len(runs)))
    apart = {title: difference_in_errors(it.copied, sixes.copied) for title, it in runs}
    sides = (
        (Side.HIGHER, [title for title, found in apart.items() if found > factor]),
        (Side.LOWER, [title for title, found in apart.items() if found < -factor]),
        (Side.CLOSE, [title for title, found in apart.items() if abs(found) <= factor]),
    )
    chance = percent(sixes.copied)
    return [_copies(side, chance, titles) for side, titles in sides if titles]


def _copies(side: Side, chance: Sentence, runs: Sequence[str]) -> Sentence:
    """Say on which side of counting sixes the share of copies of these runs is."""
    fields = {"share": chance, "runs": comma_list(runs)}
    if side is Side.HIGHER:
        return plural_sentence(
            "This run copies more training names than counting sixes does (a 6-gram model, "
            "{share}): {runs}.",
            "These runs copy more training names than counting sixes does (a 6-gram model, "
            "{share}): {runs}.",
            len(runs),
            **fields,
        )
    if side is Side.LOWER:
        return plural_sentence(
            "This run copies fewer training names than counting sixes does (a 6-gram model, "
            "{share}): {runs}.",
            "These runs copy fewer training names than counting sixes does (a 6-gram model, "
            "{share}): {runs}.",
            len(runs),
            **fields,
        )
    return plural_sentence(
        "It is too close to call whether this run copies more or fewer training names than "
        "counting sixes does (a 6-gram model, {share}): {runs}.",
        "It is too close to call whether these runs copy more or fewer training names than "
        "counting sixes does (a 6-gram model, {share}): {runs}.",
        len(runs),
        **fields,
    )
