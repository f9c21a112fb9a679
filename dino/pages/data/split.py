"""Data, split: which names are held out, and why the split is by distinct names."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dino import survey
from dino.pages.data.list_view import LISTED, ListView
from dino.ui.table import draw_table
from dino.ui.text import show_text

SHOWN = 8  # names that would be on both sides


def draw_split(view: ListView) -> None:
    """How the list was split, why by distinct names, and the two sides."""
    show_text(_split_words(view))
    st.markdown(
        "**Why distinct names?** A network can learn a name by heart. If a repeated name stood on "
        "both sides, it would be asked what it was told, and the loss would look better than it is."
    )
    show_text(_repeat_words(view))
    left, right = st.columns(2, gap="medium")
    with left:
        _draw_side("Trained on", view.corpus.train, "train_side")
    with right:
        _draw_side("Held out", view.corpus.val, "val_side")
    st.caption("Another split: 'Split seed' under 'More settings' in the Lab.")


def _split_words(view: ListView) -> str:
    corpus = view.corpus
    train, val = len(corpus.train), len(corpus.val)
    targets = int(corpus.val_arrays.lengths.sum())
    removed = f" The {len(view.removed):,} that you removed were taken out after that."
    return (
        f"{train:,} names to train on, {val:,} held out ({100 * val / (train + val):.0f} %), "
        f"{targets:,} targets to be judged by. The distinct names were sorted and shuffled by "
        f"split seed {corpus.split_seed}; the first tenth, at most 1,000, is held out."
        + (removed if view.removed else "")
    )


def _repeat_words(view: ListView) -> str:
    """What would happen to repeated names if rows were split instead of distinct names."""
    rows = view.complete.rows
    repeated = len(survey.repeats(rows))
    if not repeated:
        return "This list repeats no name, so here it makes no difference."
    both = survey.names_on_both_sides(rows, view.corpus.split_seed)
    if both:
        examples = f": {', '.join(both[:SHOWN])}{' …' if len(both) > SHOWN else ''}."
    else:
        examples = "; with another seed, others."
    return (
        f"In this list {repeated:,} names repeat. Had its rows been split as they stand, with this "
        f"seed {len(both):,} of them would be on both sides{examples}"
    )


def _draw_side(title: str, names: Sequence[str], key: str) -> None:
    st.markdown(f"**{title}**")
    draw_table(
        ["name"], [[name] for name in names[:LISTED]], key, title, names=(0,), max_height=300
    )
    if len(names) > LISTED:
        st.caption(f"The first {LISTED} of {len(names):,}.")
