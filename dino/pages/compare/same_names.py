"""Runs with and without some names of a list, measured again on names that all of them hold out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import streamlit as st

from dino import probe
from dino.choice import Choice
from dino.data import Corpus, encode
from dino.difference import Side
from dino.jobs import RunEntry
from dino.locale.sentences import Sentence, sentence
from dino.model import rebuild
from dino.pages.compare.runs_view import RunsView
from dino.standing import CHANCE, FEWEST, clear_factor, difference_of
from dino.ui import measurements, run_titles
from dino.ui.language import put, say, say_number
from dino.ui.table import draw_table
from dino.ui.text import show_text


def draw_same_names(compared: RunsView) -> None:
    """Measure runs again whose lists differ only in removed names, on names that all hold out.

    Draws nothing if there are no such runs of the list in the chart.
    """
    entries = runs_on_parts(compared)
    if not entries:
        return
    st.markdown(f"**{say('Runs with and without some names')}**")
    common = _names_held_out_by_all(entries)
    if not common:
        st.markdown(
            say("These runs have no held-out name in common, so a fair comparison is not possible.")
        )
        return
    runs = tuple((entry.token, entry.run.kept_step) for entry in entries)
    key = ("same_names", runs)  # the runs determine their lists
    measurement = measurements.measure(key, lambda: _losses(entries, common))
    if measurement.result is None or not measurement.done:
        st.progress(measurement.share, say("Measuring every run on the same names…"))
        return
    _draw_losses(entries, common, measurement.result)


def runs_on_parts(compared: RunsView) -> list[RunEntry]:
    """The runs with weights on the list and split in the chart, if their removed names differ."""
    first = next(iter(compared.chosen), None)
    list_of_it = _list_and_split(first.corpus) if first is not None else None
    found = [
        entry
        for group in compared.groups
        for entry in group
        if entry.run.weights is not None and _list_and_split(entry.corpus) == list_of_it
    ]
    parts = {entry.corpus.removed for entry in found}
    return found if list_of_it is not None and len(parts) > 1 else []


def _list_and_split(corpus: Corpus) -> tuple[Choice, int, bool] | None:
    """The list of a run before names were removed, its split, and whether it has a final exam."""
    source = corpus.source
    if not isinstance(source, Choice):
        return None
    return source._replace(removed=frozenset()), corpus.split_seed, bool(corpus.exam)


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
    symbols = np.array([len(name) + 1 for name in names])  # plus the end mark
    rows, titles = [], run_titles.titles(entries)
    for entry, sums, gap in zip(entries, losses, gap_sentences(losses, symbols), strict=True):
        rows.append(
            [
                titles[entry.token],
                say_number(len(entry.corpus.train)),
                say_number(entry.run.val_loss, ".4f"),
                say_number(float(sums.sum() / symbols.sum()), ".4f"),
                put(gap),
            ]
        )
    draw_table(
        [
            say("run"),
            say("training names"),
            say("loss, own held-out names"),
            say("loss, same held-out names"),
            say("above the lowest"),
        ],
        rows,
        "same_names",
        say("Runs on the same held-out names"),
        numeric=(1, 2, 3, 4),
        less=(1, 2),
    )
    show_text("\n".join(_explanations(entries, len(names))))
    if len(names) >= FEWEST:
        st.caption(
            say(
                "A difference of less than {factor:.1f} standard errors is too close to "
                "call. Among {runs} equally good runs, chance alone produces a larger "
                "difference in at most {percent:g} % of cases.",
                factor=clear_factor(len(entries)),
                runs=len(entries),
                percent=100 * CHANCE,
            )
        )


def _explanations(entries: list[RunEntry], names: int) -> list[str]:
    """Say what the columns are, and what they do not show."""
    words = [
        say(
            "The same held-out names are those that all these runs hold out (validation set, "
            "{names:,} in all). Losses are in nats per symbol.",
            names=names,
        ),
        say("Each run is compared with its last weights, not with those of its best moment."),
        say("± is the standard error, over these names, of the difference from the lowest loss."),
    ]
    if names >= FEWEST:
        words.append(
            say("“Too close to call” means that chance alone could explain the difference.")
        )
    else:
        words.append(say("With fewer than {fewest} names, no run is called better.", fewest=FEWEST))
    words.append(say("Each row is a single network. Another seed would also change its loss."))
    if any(entry.corpus.removed for entry in entries):
        words.append(
            say(
                "To see the effect of removing names, train with and without them, with several "
                "seeds each."
            )
        )
    return words


def gap_sentences(losses: np.ndarray, symbols: np.ndarray) -> list[Sentence]:
    """How far each run is above the lowest: nats per symbol ± the standard error over names.

    losses (R, N): the sums over the symbols of each name; symbols (N,): the number of these
    symbols. All runs without a difference have the lowest loss. With one name there is no standard
    error.
    """
    lowest = losses[losses.sum(axis=1).argmin()]
    texts = []
    for sums in losses:
        beside = difference_of(sums, lowest, symbols, len(losses))
        if not (sums - lowest).any():
            texts.append(sentence("lowest"))
        elif len(symbols) == 1:
            texts.append(sentence("+{gap:.4f}", gap=-beside.lower_by))
        elif beside.side is Side.CLOSE:
            texts.append(sentence("{gap}, too close to call", gap=beside.above(4)))
        else:
            texts.append(beside.above(4))
    return texts
