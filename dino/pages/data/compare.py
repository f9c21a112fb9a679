"""Data, compare runs: with and without some names, evaluated on names that all of them hold out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import streamlit as st

from dino import probe
from dino.data import Corpus, encode
from dino.jobs import RunEntry
from dino.model import rebuild
from dino.ui import current_run, measurements, run_titles
from dino.ui.choice import Choice
from dino.ui.table import draw_table


def draw_comparison(corpus: Corpus) -> None:
    """The runs of this visit on this list, with and without names removed, side by side."""
    source = _complete(corpus.source)
    entries = [entry for entry in current_run.runs() if _complete(entry.corpus.source) == source]
    if source is None or len(entries) < 2:
        st.markdown(
            "Here two runs on the same list are compared, one of them with names removed. "
            f"{_missing_words(entries)} and come back."
        )
        return
    common = _names_held_out_by_all(entries)
    if not common:
        st.markdown(
            "These runs hold out different names (another split seed), so no fair comparison is "
            "possible."
        )
        return
    runs = tuple((entry.token, entry.run.kept_step) for entry in entries)
    measurement = measurements.measure(("compare", source, runs), lambda: _losses(entries, common))
    if measurement.result is None or not measurement.done:
        st.progress(measurement.share, "Measuring every run on the same names…")
        return
    _draw_losses(entries, common, measurement.result)


def _complete(source: object) -> Choice | None:
    """The list that a run was trained on, before any names were removed."""
    return source._replace(removed=frozenset()) if isinstance(source, Choice) else None


def _missing_words(entries: list[RunEntry]) -> str:
    if not entries:
        return "You have none yet: train on the whole list, then without its suspects,"
    if entries[0].corpus.removed:
        return "You have one with names removed: put all back, train on the whole list,"
    return "You have one on the whole list: remove suspects, train without them,"


def _names_held_out_by_all(entries: list[RunEntry]) -> list[str]:
    held_out = [entry.corpus.val_set for entry in entries]
    return [name for name in entries[0].corpus.val if all(name in names for names in held_out)]


def _losses(entries: list[RunEntry], names: list[str]) -> Iterator[tuple[float, np.ndarray]]:
    """The sum of each run's losses over each name's symbols. (R, N) nats"""
    losses = np.zeros((len(entries), len(names)))
    for i, entry in enumerate(entries):
        vocab, config = entry.corpus.vocab, entry.run.config
        model = rebuild(config, len(vocab), entry.run.weights)
        data = encode(names, vocab)
        for share, sums in probe.name_losses_in_parts(model, data, config.context):
            losses[i] = sums
            yield (i + share) / len(entries), losses


def _draw_losses(entries: list[RunEntry], names: list[str], losses: np.ndarray) -> None:
    symbols = np.array([len(name) + 1 for name in names])  # the end mark is one
    rows, titles = [], run_titles.titles(entries)
    for entry, sums, gap in zip(entries, losses, gap_texts(losses, symbols), strict=True):
        rows.append(
            [
                titles[entry.token],
                f"{len(entry.corpus.train):,}",
                f"{entry.run.val_loss:.4f}",
                f"{sums.sum() / symbols.sum():.4f}",
                gap,
            ]
        )
    draw_table(
        ["run", "trained on", "its own held out", "same held out", "above the best"],
        rows,
        "compare",
        "Runs on the same held-out names",
        numeric=(1, 2, 3, 4),
    )
    st.caption(
        f"Same held out: nats per symbol on the {len(names):,} names that all of these runs hold "
        "out. ±: the standard error over names of the difference; less than twice that may be the "
        "luck of these names. Another seed moves a run as well: train a second one to see by how "
        "much."
    )


def gap_texts(losses: np.ndarray, symbols: np.ndarray) -> list[str]:
    """How far each run is above the best one: nats per symbol ± the standard error over names.

    losses (R, N): the sums over the symbols of each name; symbols (N,): how many those are. Runs
    without a difference are all the best; with one name there is no standard error.
    """
    best = losses[losses.sum(axis=1).argmin()]
    texts = []
    for sums in losses:
        gap, error = probe.loss_difference(sums, best, symbols)
        if not (sums - best).any():
            texts.append("the best")
        elif len(symbols) == 1:
            texts.append(f"+{gap:.4f}")
        else:
            texts.append(f"+{gap:.4f} ± {error:.4f}")
    return texts
