"""A list of the visitor's own: paste or upload, see what cleaning did, use it.

What a visitor's list says is shown as plain text only, in tables and text boxes.
"""

from __future__ import annotations

import streamlit as st

from dino import lists
from dino.data import split
from dino.lists import FINDINGS, LIMITS, Cleaned, Decoded
from dino.ui import panels, session
from dino.ui.pulse import pulse
from dino.ui.table import table
from dino.ui.text import said

PREVIEW = 8  # names or rows
FEW = 20  # names held out
HOW = {"paste": "Paste", "upload": "Upload"}
PRIVATE = ("Your list stays in the memory of this server as long as your visit or its run is kept, "
           "is never written to disk, and only this browser is shown it.")


def own_list() -> None:
    """Everything between a text of the visitor's and a list that is used."""
    st.caption(f"One name a line, in any script. Limits: {LIMITS}. {PRIVATE}")
    panels.erase_button("erase_lists")
    st.session_state.setdefault("own_how", "paste")
    how = st.segmented_control("How it comes", list(HOW), format_func=HOW.__getitem__,
                               key="own_how", persist_state="session",
                               required=True, label_visibility="collapsed")
    try:
        text = _pasted() if how == "paste" else _uploaded()
        if text is None:
            return
        st.toggle("Keep capital letters", key="own_case", persist_state="session",
                  help="Off: all names in small letters, as the notebook does.")
        cleaned = _clean(text, bool(st.session_state.get("own_case")))
        if cleaned is None:
            return
    except ValueError as error:
        with st.container(border=True, key="own_refused"):
            said(str(error))
        return
    st.markdown("**What cleaning did**")
    report(cleaned, "own_report")
    few(*map(len, split(cleaned.rows)))
    st.button("Use this list", type="primary", icon=":material/check:", key="own_use",
              on_click=_use, args=(cleaned,))


def _pasted() -> str | None:
    text = st.text_area("Names, one a line", key="own_text", persist_state="session", height=180,
                        max_chars=lists.MAX_BYTES + 1,  # one more, so that too much is seen
                        placeholder="Abejorral\nAbrego\nAbriaquí\n…")
    pressed = st.button("Look at them", key="own_look")  # leaving the box does the same
    if not (text and text.strip()):
        if pressed:
            raise ValueError(f"A list needs at least {lists.MIN_NAMES} distinct names; this box "
                             "is empty. Type or paste names into it, one a line.")
        return None
    text = lists.pasted(text)
    if lists.looks_like_table(text) and st.toggle(
            "These lines are a table: take one column", True, key="own_as_table"):
        return _column(lists.table(text, "what was pasted"), str(hash(text)))
    return text


def _uploaded() -> str | None:
    """The text of a file, or of one of its columns, once there is no doubt how to read it."""
    file = st.file_uploader(
        "A .txt with one name a line, or a .csv", type=["txt", "csv", "tsv"],
        key=f"own_file_{st.session_state.get('own_files', 0)}")
    if file is None:
        return None
    decoded = lists.decode(file.getvalue(), file.name)
    if not decoded.sure and not _agreed(decoded, file.file_id):
        return None
    if file.name.lower().endswith((".csv", ".tsv")):
        return _column(lists.table(decoded.text, file.name), file.file_id)
    return decoded.text


def _agreed(decoded: Decoded, file: str) -> bool:
    """Whether the visitor found that an encoding reads right."""
    if st.session_state.get("own_agreed") == file:
        return True
    st.markdown(f"This file is not UTF-8. Read as {decoded.encoding}, it begins so:")
    odd = [line for line in decoded.text.splitlines() if not line.isascii()]
    rows = [[line[:60]] for line in (odd or decoded.text.splitlines())[:PREVIEW]]
    table(["lines with letters that tell"], rows, "own_preview", "How the file reads", names=(0,))
    st.button(f"These are right: read it as {decoded.encoding}", key="own_agree", type="primary",
              on_click=lambda: st.session_state.update(own_agreed=file))
    st.caption("If they look wrong, save the file as UTF-8 and upload it again.")
    return False


def _column(rows: list[list[str]], file: str) -> str:
    """The column that holds the names, as a list; settings of another file do not count."""
    width = max(map(len, rows), default=0)
    heading = st.toggle("The first row is a heading", value=lists.has_heading(rows),
                        key=f"own_heading_{file}")
    index = 0
    if width > 1:
        titles = _titles(rows, width, heading)
        index = st.selectbox("Which column holds the names", range(width),
                             index=lists.likely_column(rows, heading), key=f"own_column_{file}",
                             format_func=titles.__getitem__)
        shown = [[cell[:30] for cell in row] + [""] * (width - len(row))
                 for row in rows[heading : heading + PREVIEW]]
        table(titles, shown, "own_table", "The first rows of the table", names=tuple(range(width)))
    return lists.column(rows, int(index or 0), heading)


def _titles(rows: list[list[str]], width: int, heading: bool) -> list[str]:
    """Columns by their numbers, and by their headings where there are any."""
    heads = rows[0] if heading else []
    return [f"{i + 1}: {heads[i][:30].strip()}" if i < len(heads) and heads[i].strip() else
            f"column {i + 1}" for i in range(width)]


def _clean(text: str, keep_case: bool) -> Cleaned | None:
    """Cleaned beside the page, once for each text; None until that is done.

    Raises ValueError for a list that cannot be used.
    """
    study = session.study(("clean", hash(text), keep_case), lambda: lists.cleaning(
        text, keep_case, "your list"), patience=0.02)  # as long as a short list takes
    if study.refusal:
        raise ValueError(study.refusal)
    if not study.done or study.result is None:
        st.progress(study.share, "Cleaning the list…")
        pulse(session.current(), "own_pulse")
        return None
    return study.result


def report(cleaned: Cleaned, key: str) -> None:
    """What was left out, what is used, as a table."""
    always = ("read", "used", "symbols")
    rows = [[f"{f.count:,}", FINDINGS[f.what], " · ".join(f.examples)]
            for f in cleaned.report if f.count or f.what in always]
    table(["how many", "what", "for example"], rows, key, "What cleaning did",
          numeric=(0,), names=(2,))


def few(train: int, val: int) -> None:
    """A word of warning where there are too few names for firm figures."""
    if val < FEW:
        said(f"A short list: {train:,} names to train on, {val:,} held out. A loss on so few names "
             "is rough, and a network soon knows the others by heart: take fewer hidden units and "
             "steps, and trust no small difference.")


@session.whole
def _use(cleaned: Cleaned) -> None:
    """Callback: the next run learns from it, and the boxes are free for another one."""
    state = st.session_state
    session.use_own(cleaned)
    state.update(own_text="", own_files=state.get("own_files", 0) + 1, own_agreed="")
