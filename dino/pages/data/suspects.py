"""Data, slips: repeats, suspects, taking names out; and why the split is by distinct names."""

from __future__ import annotations

import streamlit as st

from dino import survey
from dino.pages.data.list_view import LISTED, Look
from dino.ui import session
from dino.ui.table import table
from dino.ui.text import said


def slips(look: Look) -> None:
    """Repeats and suspects, which the visitor may take out."""
    whole = look.whole
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.markdown("**Repeats**")
        repeated = survey.repeats(whole.rows)
        if repeated:
            _removable(look, "repeats", ["name", "rows"], repeated[:LISTED],
                       [[name, str(n)] for name, n in repeated[:LISTED]])
        extra = len(whole.rows) - len(whole.names)
        said(f"In the list as it came {len(repeated):,} names stand more than once, {extra:,} rows "
             "too many. Each counts once." if repeated else "No name stands twice.")
    with right:
        st.markdown("**Suspects**")
        _suspects(look)
    with st.container(horizontal=True, vertical_alignment="center"):
        count = len(look.removed)
        st.markdown(f"**{count:,}** {'name is' if count == 1 else 'names are'} removed."
                    + (" Every other name keeps its side, so losses can be compared."
                       if count else " Click a name to take it out of the list."),
                    width="content")
        st.button("Put all back", key="put_back", disabled=not count, icon=":material/undo:",
                  on_click=session.put_back, args=(look.removed,))


def _suspects(look: Look) -> None:
    whole, key = look.whole, session.choice()._replace(removed=frozenset())
    study = session.study(("suspects", key), lambda: survey.suspects(whole.names, whole.vocab))
    if not study.done:
        st.progress(study.share, "Comparing every name with counts over the others…")
    found = study.result or []
    if found:
        rows = [[s.name, f"{s.kind}: {' + '.join(s.parts) or f'{s.score:.1f} sd'}",
                 look.side(s.name)] for s in found[:LISTED]]
        _removable(look, "suspects", ["name", "why", "is"], found[:LISTED], rows)
    joined = frozenset(s.name for s in found if s.kind == "joined") - look.removed
    if study.done and not found:
        said(f"None of the {len(whole.names):,} names is a suspect by these two rules.")
    elif study.done:
        said(f"{len(found):,} of {len(whole.names):,} names "
             f"{'is a suspect' if len(found) == 1 else 'are suspects'}. A suspect is "
             "no slip yet, and in a careful list most are real names: look before you remove.")
    st.caption(f"{survey.JOINED_RULE} {survey.ODD_RULE}")
    if joined:
        st.button(f"Remove the {len(joined)} joined ones", key="remove_joined",
                  on_click=session.remove, args=(joined,), icon=":material/content_cut:")


def _removable(
    look: Look, key: str, columns: list[str], found: list[tuple], rows: list[list[str]]
) -> None:
    """A table of names; a click takes one out of the list, or puts it back."""
    def clicked(row: int) -> None:
        name = frozenset([found[row][0]])
        (session.put_back if name <= look.removed else session.remove)(name)

    for row, item in zip(rows, found, strict=True):
        if item[0] in look.removed and "removed" not in row:
            row[-1] += " (removed)"
    table(columns, rows, key, "Names; a click takes one out of the list or puts it back",
          names=(0,), max_height=380, on_row=clicked)


def split(look: Look) -> None:
    """Which names are held out, and why by distinct names."""
    corpus = look.corpus
    train, val = len(corpus.train), len(corpus.val)
    targets = int(corpus.val_arrays.lengths.sum())
    said(f"{train:,} names to train on, {val:,} held out ({100 * val / (train + val):.0f} %), "
         f"{targets:,} targets to be judged by. The distinct names were sorted and shuffled by "
         f"split seed {corpus.split_seed}; the first tenth, at most 1,000, is held out."
         + (f" The {len(look.removed):,} that you removed were taken out after that." if
            look.removed else ""))
    st.markdown(
        "**Why distinct names?** A network can learn a name by heart. If a repeated name stood on "
        "both sides, it would be asked what it was told, and the loss would look better than it "
        "is.")
    both = survey.on_both_sides(look.whole.rows, corpus.split_seed)
    repeated = len(survey.repeats(look.whole.rows))
    if repeated:
        said(f"In this list {repeated:,} names repeat. Had its rows been split as they stand, with "
             f"this seed {len(both):,} of them would be on both sides"
             + (f": {', '.join(both[:8])}{' …' if len(both) > 8 else ''}." if both else
                "; with another seed, others."))
    else:
        said("This list repeats no name, so here it makes no difference.")
    left, right = st.columns(2, gap="medium")
    for column, title, side, key in ((left, "Trained on", corpus.train, "train_side"),
                                     (right, "Held out", corpus.val, "val_side")):
        with column:
            st.markdown(f"**{title}**")
            table(["name"], [[name] for name in side[:LISTED]], key, title, names=(0,),
                  max_height=300)
            if len(side) > LISTED:
                st.caption(f"The first {LISTED} of {len(side):,}.")
    st.caption("Another split: 'Split seed' under 'More settings' in the Lab.")
