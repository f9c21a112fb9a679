"""Data, split: which names are held out, and why the split is by distinct names."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dino import survey
from dino.data import MOST_HELD_OUT
from dino.pages.data.list_view import LISTED, ListView
from dino.ui.language import say, say_plural
from dino.ui.table import draw_table
from dino.ui.text import show_text

SHOWN = 8  # names that would be in both sets


def draw_split(view: ListView) -> None:
    """Draw how the list was split, why by distinct names, and the two sets."""
    show_text("\n".join(_split_sentences(view)))
    st.markdown(
        say(
            "**Why distinct names?** A network can memorise a name. If a repeated name were in "
            "both sets, the network would be tested on a name it had memorised, and the loss would "
            "look better than it is."
        )
    )
    show_text(_repeat_words(view))
    sides = [
        (say("Trained on"), view.corpus.train, "train_side"),
        (say("Held out"), view.corpus.val, "val_side"),
    ]
    if view.corpus.exam:
        sides.append((say("Final exam"), view.corpus.exam, "exam_side"))
    for column, side in zip(st.columns(len(sides), gap="medium"), sides, strict=True):
        with column:
            _draw_side(*side)
    st.caption(say("For another split, change “Split seed” under “More settings” in the Lab."))


def _split_sentences(view: ListView) -> list[str]:
    """Say how many names each set has, how they were chosen, and what an epoch is."""
    corpus = view.corpus
    train, val, names = len(corpus.train), len(corpus.val), len(corpus.names)
    words = [
        say(
            "Trained on (training set): {train:,}. Held out (validation set): {val:,}, which is "
            "{percent:.0f} % of the names and gives {targets:,} targets.",
            train=train,
            val=val,
            percent=100 * val / names,
            targets=int(corpus.val_arrays.lengths.sum()),
        ),
        say(
            "The distinct names were sorted and then shuffled with split seed {seed}. The first "
            "tenth, at most {most:,}, is held out.",
            seed=corpus.split_seed,
            most=MOST_HELD_OUT,
        ),
    ]
    if corpus.exam:
        words.append(_exam_words(len(corpus.exam)))
    if view.removed:
        words.append(
            say_plural(
                "After that, the {count:,} name that you removed was left out.",
                "After that, the {count:,} names that you removed were left out.",
                len(view.removed),
            )
        )
    words.append(say("One pass over all names of the training set is an epoch."))
    return words


def _exam_words(names: int) -> str:
    return say_plural(
        "The next {count:,} name is the final exam (test set). No network is trained on "
        "it, and its loss is measured only when you open the exam on the Compare page.",
        "The next {count:,} names are the final exam (test set). No network is trained on "
        "them, and their loss is measured only when you open the exam on the Compare page.",
        names,
    )


def _repeat_words(view: ListView) -> str:
    """Say what would happen to repeated names if rows were split instead of distinct names."""
    rows = view.complete.rows
    repeated = len(survey.repeats(rows))
    if not repeated:
        return say("No name in this list is repeated, so this makes no difference here.")
    both = survey.names_on_both_sides(rows, view.corpus.split_seed)
    found = say_plural(
        "In this list {count:,} name is repeated.",
        "In this list {count:,} names are repeated.",
        repeated,
    )
    if not both:
        return say(
            "{found} If rows were split instead of names, none of them would be in both sets with "
            "this seed.",
            found=found,
        )
    return say_plural(
        "{found} If rows were split instead of names, {count} name would be in both sets with this "
        "seed: {names}.",
        "{found} If rows were split instead of names, {count:,} names would be in both sets with "
        "this seed: {names}.",
        len(both),
        found=found,
        names=", ".join(both[:SHOWN]) + (" …" if len(both) > SHOWN else ""),
    )


def _draw_side(title: str, names: Sequence[str], key: str) -> None:
    st.markdown(f"**{title}**")
    draw_table(
        [say("name")], [[name] for name in names[:LISTED]], key, title, names=(0,), max_height=300
    )
    if len(names) > LISTED:
        st.caption(say("The first {shown} of {total:,}.", shown=LISTED, total=len(names)))
