"""Data, compare runs: with and without some names, evaluated on names that all of them hold out."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import NormalDist

import numpy as np
import streamlit as st

from dino import metrics, probe
from dino.data import Corpus, encode
from dino.jobs import RunEntry
from dino.locale.sentences import Sentence, error_sentence, sentence
from dino.model import rebuild
from dino.ui import current_run, measurements, run_titles
from dino.ui.choice import Choice
from dino.ui.language import put, say, say_number
from dino.ui.table import draw_table
from dino.ui.text import show_text

CHANCE = 0.05  # of calling runs different that differ on these names by chance alone
FEWEST = 20  # names: from fewer, an error is too uncertain to call a difference by


def draw_comparison(corpus: Corpus) -> None:
    """The runs of this visit on this list, with and without names removed, side by side."""
    source = _complete(corpus.source)
    entries = [entry for entry in current_run.runs() if _complete(entry.corpus.source) == source]
    if source is None or len(entries) < 2:
        st.markdown(
            say("This tab compares runs on the same list, with and without some of its names.")
        )
        st.markdown(_missing_words(entries))
        return
    common = _names_held_out_by_all(entries)
    if not common:
        st.markdown(
            say(
                "These runs have no held-out name in common (their split seeds differ), so a fair "
                "comparison is not possible."
            )
        )
        return
    runs = tuple((entry.token, entry.run.kept_step) for entry in entries)
    measurement = measurements.measure(("compare", source, runs), lambda: _losses(entries, common))
    if measurement.result is None or not measurement.done:
        st.progress(measurement.share, say("Measuring every run on the same names…"))
        return
    _draw_losses(entries, common, measurement.result)


def _complete(source: object) -> Choice | None:
    """The list that a run was trained on, before any names were removed."""
    return source._replace(removed=frozenset()) if isinstance(source, Choice) else None


def _missing_words(entries: list[RunEntry]) -> str:
    if not entries:
        return say(
            "You have no run on this list yet. Train on the complete list, then without its "
            "suspects, and come back."
        )
    if entries[0].corpus.removed:
        return say(
            "You have a run with names removed. Put all back, train on the complete list, and come "
            "back."
        )
    return say(
        "You have a run on the complete list. Remove suspects, train without them, and come back."
    )


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
            say("loss, its own held out"),
            say("loss, same held out"),
            say("above the lowest"),
        ],
        rows,
        "compare",
        say("Runs on the same held-out names"),
        numeric=(1, 2, 3, 4),
        less=(1, 2),
    )
    show_text("\n".join(_explanations(entries, len(names))))
    if len(names) >= FEWEST:
        st.caption(
            say(
                "Too close to call: less than {factor:.1f} standard errors. Among {runs} equally "
                "good runs, chance alone makes a larger difference in at most {percent:g} % of "
                "cases.",
                factor=clear_factor(len(entries)),
                runs=len(entries),
                percent=100 * CHANCE,
            )
        )


def _explanations(entries: list[RunEntry], names: int) -> list[str]:
    """What the columns are, and what they do not show."""
    words = [
        say(
            "Same held out: nats per symbol on the names that all of these runs hold out "
            "(validation set). There are {names:,} of them.",
            names=names,
        ),
        say("Each run is compared with its last weights, not with those of its best moment."),
        say("±: the standard error, over these names, of the difference from the lowest loss."),
    ]
    if names >= FEWEST:
        words.append(say("Too close to call: chance alone could explain the difference."))
    else:
        words.append(say("With fewer than {fewest} names, no run is called better.", fewest=FEWEST))
    words.append(say("Each row is a single network; another seed changes its loss, too."))
    if any(entry.corpus.removed for entry in entries):
        words.append(
            say(
                "To learn what removing names does, train with and without them, with several "
                "seeds each."
            )
        )
    return words


def clear_factor(runs: int) -> float:
    """How many standard errors apart two of several runs must be to be called different.

    With it, equally good runs are called different with a probability of at most `CHANCE`,
    whichever two are compared (Bonferroni's correction for all pairs, normal errors).
    """
    pairs = max(1, runs * (runs - 1) // 2)
    return NormalDist().inv_cdf(1 - CHANCE / (2 * pairs))


def gap_sentences(losses: np.ndarray, symbols: np.ndarray) -> list[Sentence]:
    """How far each run is above the lowest: nats per symbol ± the standard error over names.

    losses (R, N): the sums over the symbols of each name; symbols (N,): how many those are. Runs
    without a difference all have the lowest loss; with one name there is no standard error.
    """
    lowest = losses[losses.sum(axis=1).argmin()]
    texts = []
    for sums in losses:
        gap, error = metrics.loss_difference(sums, lowest, symbols)
        if not (sums - lowest).any():
            texts.append(sentence("lowest"))
        elif len(symbols) == 1:
            texts.append(sentence("+{gap:.4f}", gap=gap))
        elif len(symbols) >= FEWEST and gap < clear_factor(len(losses)) * error:
            texts.append(
                sentence("{gap}, too close to call", gap=error_sentence(gap, error, 4, "+"))
            )
        else:
            texts.append(error_sentence(gap, error, 4, "+"))
    return texts
