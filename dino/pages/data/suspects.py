"""Data, repeats and suspects: names that occur twice or may be mistakes, and their removal."""

from __future__ import annotations

import streamlit as st

from dino import survey
from dino.locale.sentences import mark
from dino.pages.data.list_view import LISTED, ListView
from dino.survey import Suspect
from dino.ui import chosen_list, measurements
from dino.ui.language import put, say, say_number, say_plural
from dino.ui.table import draw_table
from dino.ui.text import show_text

KINDS = {"joined": mark("joined"), "odd": mark("odd")}


def draw_suspects(view: ListView) -> None:
    """Draw repeats and suspects, which the visitor may remove from the list."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.markdown(say("**Repeats**"))
        _draw_repeats(view)
    with right:
        st.markdown(say("**Suspects**"))
        _draw_suspects(view)
    _draw_removed(view)


def _draw_repeats(view: ListView) -> None:
    repeated = survey.repeats(view.complete.rows)
    if not repeated:
        show_text(say("No name occurs more than once."))
        return
    rows = []
    for name, count in repeated[:LISTED]:
        if name in view.removed:
            rows.append([name, say("{count:,} (removed)", count=count)])
        else:
            rows.append([name, say_number(count)])
    _draw_removable(view, "repeats", [say("name"), say("rows")], rows)
    show_text(_repeat_words(view, len(repeated)))


def _repeat_words(view: ListView, repeated: int) -> str:
    return say_plural(
        "In the original list, {count:,} name occurs more than once (extra rows: {extra:,}). It "
        "counts once.",
        "In the original list, {count:,} names occur more than once (extra rows: {extra:,}). Each "
        "counts once.",
        repeated,
        extra=len(view.complete.rows) - len(view.complete.names),
    )


def _draw_suspects(view: ListView) -> None:
    listed, vocab = view.complete.rows, view.complete.vocab
    measurement = measurements.measure(
        ("suspects", view.complete.source), lambda: survey.find_suspects(listed, vocab)
    )
    if not measurement.done:
        st.progress(
            measurement.share, say("Comparing every name with the letter counts of the others…")
        )
    suspects: list[Suspect] = measurement.result or []
    if suspects:
        rows = []
        for suspect in suspects[:LISTED]:
            kind, side = put(KINDS[suspect.kind]), put(view.side(suspect.name))
            rows.append([suspect.name, kind, _reason(suspect), side])
        columns = [say("name"), say("kind"), say("why"), say("set")]
        _draw_removable(view, "suspects", columns, rows)
    if measurement.done:
        show_text(_suspect_words(len(suspects), len(view.complete.names)))
    alphabetical = survey.is_alphabetical(listed)
    st.caption(put(survey.JOINED_RULE if alphabetical else survey.UNORDERED_RULE))
    st.caption(put(survey.ODD_RULE))
    _draw_joined([s for s in suspects if s.kind == "joined" and s.name not in view.removed])


def _draw_joined(joined: list[Suspect]) -> None:
    """Draw the joined names with their halves to check, and a button that removes all of them."""
    if not joined:
        return
    label = say_plural(
        "Check the {count:,} joined name…", "Check the {count:,} joined names…", len(joined)
    )
    with st.popover(label, icon=":material/content_cut:", key="check_joined"):
        show_text("\n".join(f"{s.name} = {_reason(s)}" for s in joined))
        st.button(
            say_plural(
                "I checked it. Remove {count:,} suspect",
                "I checked them. Remove {count:,} suspects",
                len(joined),
            ),
            key="remove_joined",
            on_click=chosen_list.remove_names,
            args=(frozenset(s.name for s in joined),),
        )


def _reason(suspect: Suspect) -> str:
    """The halves of a joined name, or the rank of an odd one."""
    if suspect.parts:
        return " + ".join(suspect.parts)
    return say(
        "rank {rank:,} of {group:,} names of about this length",
        rank=suspect.rank,
        group=suspect.group,
    )


def _suspect_words(suspects: int, names: int) -> str:
    if not suspects:
        return say("None of the {names:,} names is a suspect by these rules.", names=names)
    found = say_plural(
        "{count:,} of {names:,} names is a suspect.",
        "{count:,} of {names:,} names are suspects.",
        suspects,
        names=names,
    )
    return say(
        "{found}\nA suspect need not be a mistake. In a careful list most are real names, "
        "so check before you remove one.\nThis rule marks about {percent:g} % of any list "
        "as odd, even one without mistakes.",
        found=found,
        percent=100 * survey.ODD_SHARE,
    )


def _draw_removable(view: ListView, key: str, columns: list[str], rows: list[list[str]]) -> None:
    """Draw a table with names in its first column. A click removes a name or puts it back."""

    def remove_or_put_back(row: int) -> None:
        names = frozenset([rows[row][0]])
        if names <= view.removed:
            chosen_list.put_back_names(names)
        else:
            chosen_list.remove_names(names)

    draw_table(
        columns,
        rows,
        key,
        say("Names. Click one to remove it from the list or to put it back"),
        names=(0,),
        max_height=380,
        on_row=remove_or_put_back,
    )


def _draw_removed(view: ListView) -> None:
    """Say how many names are removed, and draw the button that puts them back."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_removed_words(len(view.removed)), width="content")
        st.button(
            say("Put all back"),
            key="put_back",
            disabled=not view.removed,
            icon=":material/undo:",
            on_click=chosen_list.put_back_names,
            args=(view.removed,),
        )


def _removed_words(count: int) -> str:
    if not count:
        return say("You have removed no names. Click a name to remove it from the list.")
    return say_plural(
        "You removed **{count:,}** name. All others stay in their sets, so you can compare "
        "losses on the Compare page.",
        "You removed **{count:,}** names. All others stay in their sets, so you can "
        "compare losses on the Compare page.",
        count,
    )
