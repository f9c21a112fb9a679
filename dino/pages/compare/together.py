"""Runs of the chart read together with counting: a row for each run, for both, and for counting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import streamlit as st

from dino.jobs import RunEntry
from dino.jobs.together import mixed_losses_of
from dino.locale.sentences import Sentence, plural_sentence, sentence
from dino.metrics import BASELINE_NAMES
from dino.mix import MIX_LABEL, Mix, mix_of
from dino.pages.compare.runs_view import RunsView, is_running
from dino.pages.compare.same_names import gap_sentences
from dino.parts import report_progress
from dino.standing import CHANCE, FEWEST, clear_factor
from dino.together import MixedLosses, chosen_sentences
from dino.ui import measurements, settings
from dino.ui.language import put, say, say_number
from dino.ui.mix_controls import draw_mix, mix_words
from dino.ui.server import jobs
from dino.ui.table import draw_table
from dino.ui.text import show_text


def draw_together(compared: RunsView) -> None:
    """Draw the switch and, if a mixture is chosen, the losses of the runs in the chart with it."""
    with st.container(horizontal=True, vertical_alignment="center", key="compare_mix"):
        st.markdown(f"**{say('Runs read together with counting')}**", width="content")
        draw_mix()
    text = settings.writing_settings().mix
    mix = mix_of(text)
    if mix is None:
        st.caption(say("Choose what to count under “{label}”.", label=put(MIX_LABEL)))
        return
    entries = [it for it in compared.chosen if it.run.weights is not None and not is_running(it)]
    if not entries:
        st.caption(say("This needs a run that is not training and has its weights."))
        return
    key = ("mixed_runs", mix.text, tuple((it.token, it.run.kept_step) for it in entries))
    measurements.forget_others("mixed_runs", key)
    measurement = measurements.measure(key, lambda: _read(entries, mix))
    found: list[MixedLosses] | None = measurement.result
    if found is None and not measurement.failed:
        st.progress(measurement.share, say("Reading every run together with counting…"))
    elif found is not None:
        _draw_losses(compared, entries, found, mix)


def _read(
    entries: Sequence[RunEntry], mix: Mix
) -> Iterator[tuple[float, list[MixedLosses] | None]]:
    """The losses of each run on their held-out names, alone and together with counting."""
    found: list[MixedLosses] = []
    for entry in entries:
        run, corpus = entry.run, entry.corpus
        work = mixed_losses_of(
            run.config, run.weights, corpus, entries[0].corpus.val, mix, jobs().counts
        )
        found.append((yield from report_progress(work, (len(found) / len(entries), None))))
    yield 1.0, found


def _draw_losses(
    compared: RunsView, entries: Sequence[RunEntry], found: Sequence[MixedLosses], mix: Mix
) -> None:
    corpus = entries[0].corpus
    titles, losses = rows_of([compared.titles[it.token] for it in entries], found, mix)
    symbols = np.array([len(name) + 1 for name in corpus.val])
    is_finite = np.isfinite(losses).all(axis=1)
    losses, titles = losses[is_finite], [it for it, ok in zip(titles, is_finite, strict=True) if ok]
    rows = [
        [title, say_number(float(sums.sum() / symbols.sum()), ".4f"), put(gap)]
        for title, sums, gap in zip(titles, losses, gap_sentences(losses, symbols), strict=True)
    ]
    draw_table(
        [say("loss of"), say("held-out loss"), say("above the lowest")],
        rows,
        "mixed_runs",
        say("Runs without counting and together with it, on the same held-out names"),
        numeric=(1, 2),
    )
    words = [*_explanations(len(symbols), mix), *chosen_sentences(mix, bool(corpus.exam))]
    show_text(" ".join(map(put, words)))
    if len(symbols) >= FEWEST:
        st.caption(
            say(
                "A difference of less than {factor:.1f} standard errors is too close to call. "
                "Among {rows} equally good rows, chance alone produces a larger difference in at "
                "most {percent:g} % of cases.",
                factor=clear_factor(len(rows)),
                rows=len(rows),
                percent=100 * CHANCE,
            )
        )


def rows_of(
    titles: Sequence[str], found: Sequence[MixedLosses], mix: Mix
) -> tuple[list[str], np.ndarray]:
    """What each row is called, and its losses: each run alone and together, then counting. (R, N)

    Without the network there is nothing but counting, so a run then has one row.
    """
    named, losses = [], []
    for title, of_run in zip(titles, found, strict=True):
        named.append(title)
        losses.append(of_run.network)
        if mix.share > 0:
            named.append(say("{run}, together", run=title))
            losses.append(of_run.together)
    named.append(put(Sentence(BASELINE_NAMES[mix.partner])))
    return named, np.array([*losses, found[0].counting])


def _explanations(names: int, mix: Mix) -> list[Sentence]:
    """Say what the rows are, and what stays the networks' own."""
    judged = (
        sentence("“Too close to call” means that chance alone could explain the difference.")
        if names >= FEWEST
        else sentence("With fewer than {fewest} names, no run is called better.", fewest=FEWEST)
    )
    both = [sentence("The mixture is {mix}.", mix=mix_words(mix.text))] if mix.share > 0 else []
    return [
        *both,
        plural_sentence(
            "Losses are in nats per symbol, on the {count} held-out name, with each run's last "
            "weights.",
            "Losses are in nats per symbol, on the {count:,} held-out names, with each run's last "
            "weights.",
            names,
        ),
        sentence(
            "± is the standard error, over these names, of the difference from the lowest loss."
        ),
        judged,
        sentence(
            "The table of runs, their curves and the names that they write are the networks' own, "
            "without counting."
        ),
    ]
