"""Runs on a list and on a part of it, compared fairly: on names that all of them hold out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import streamlit as st

from dino import probe
from dino.data import Corpus, encode
from dino.jobs import RunEntry
from dino.pages.inside.frame import title
from dino.train import rebuild
from dino.ui import session
from dino.ui.chosen_list import Choice
from dino.ui.table import table


def compare(corpus: Corpus) -> None:
    """The runs of this visit on this list, with and without names removed, side by side."""
    base = corpus.source
    runs = [kept for kept in session.runs() if _same_list(kept, base)]
    if len(runs) < 2:
        st.markdown(
            "Here two runs on the same list are compared, one of them with names removed. "
            + _missing(runs) + " and come back.")
        return
    common = [name for name in runs[0].corpus.val
              if all(name in kept.corpus.val_set for kept in runs)]
    if not common:
        st.markdown("These runs hold out different names (another split seed), so no fair "
                    "comparison is possible.")
        return
    key = ("compare", base._replace(removed=frozenset()),
           tuple((kept.token, kept.run.kept_step) for kept in runs))
    study = session.study(key, lambda: _losses(runs, common))
    if study.result is None or not study.done:
        st.progress(study.share, "Measuring every run on the same names…")
        return
    losses, symbols = study.result, np.array([len(name) + 1 for name in common])
    best = int(losses.sum(1).argmin())
    rows = []
    for kept, each in zip(runs, losses, strict=True):
        gap, error = probe.difference(each, losses[best], symbols)
        rows.append([title(kept, always=True), f"{len(kept.corpus.train):,}",
                     f"{kept.run.val_loss:.4f}", f"{each.sum() / symbols.sum():.4f}",
                     "the best" if each is losses[best] or not error else
                     f"+{gap:.4f} ± {error:.4f}"])
    table(["run", "trained on", "its own held out", "same held out", "above the best"], rows,
          "compare", "Runs on the same held-out names", numeric=(1, 2, 3, 4))
    st.caption(f"Same held out: nats per symbol on the {len(common):,} names that all of these "
               "runs hold out. ±: the standard error over names of the difference; less than "
               "twice that may be the luck of these names. Another seed moves a run as well: "
               "train a second one to see by how much.")


def _missing(runs: list[RunEntry]) -> str:
    if not runs:
        return "You have none yet: train on the whole list, then without its suspects,"
    if runs[0].corpus.removed:
        return "You have one with names removed: put all back, train on the whole list,"
    return "You have one on the whole list: remove suspects, train without them,"


def _same_list(kept: RunEntry, base: object) -> bool:
    source = kept.corpus.source
    return isinstance(source, Choice) and isinstance(base, Choice) and source._replace(
        removed=frozenset()) == base._replace(removed=frozenset())


def _losses(runs: list[RunEntry], common: list[str]) -> Iterator[tuple[float, np.ndarray]]:
    """Each run's loss of each name. (runs, names) nats"""
    losses = np.zeros((len(runs), len(common)))
    for i, kept in enumerate(runs):
        vocab, config = kept.corpus.vocab, kept.run.config
        model = rebuild(config, len(vocab), kept.run.weights)
        for share, found in probe.name_losses_in_parts(
                model, encode(common, vocab), config.context):
            losses[i] = found
            yield (i + share) / len(runs), losses
