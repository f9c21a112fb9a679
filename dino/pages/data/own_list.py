"""A visitor's own list: paste or upload it, see what cleaning did, use it.

What a visitor's list says is only shown as plain text, in tables and text boxes.
"""

from __future__ import annotations

import streamlit as st

from dino import files, lists
from dino.data import split
from dino.difference import ENOUGH_NAMES, few_names_sentence
from dino.files import DecodedText, LineNames
from dino.lists import FINDINGS, LIMITS, CleanNames
from dino.locale.sentences import Refusal, mark, sentence
from dino.ui import chosen_list, current_run, measurements, page_top, state, workarounds
from dino.ui.file_box import draw_file_box, file_in
from dino.ui.language import put, say, say_number
from dino.ui.listening import draw_pulse, turn
from dino.ui.server import server, this_visit
from dino.ui.table import draw_table
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end

PREVIEW = 8  # names or rows
CELL = 30  # letters of a cell in the preview of a table
LINE = 60  # letters of a line in the preview of a file
FEW = 20  # with fewer held-out names, the loss is imprecise
HOW = {"paste": mark("Paste"), "upload": mark("Upload")}
# The server takes larger files, but only for saved runs.
TAKES = workarounds.Takes(files.MAX_BYTES, (".txt", ".csv", ".tsv"))
ALWAYS_REPORTED = ("read", "used", "symbols")
PRIVATE = sentence(
    "Your list stays in this server's memory only as long as your visit or a run that uses it "
    "lasts. It is never written to disk. No other browser can see it, unless you show a run that "
    "uses it."
)


def is_in_hand() -> bool:
    """Whether a visitor's text is being checked. Then the next click belongs to its own button."""
    return bool(state.OWN_TEXT.get() or file_in(_file_key()))


def _file_key() -> str:
    """The key of the file box."""
    return f"own_file_{state.OWN_FILES.get()}"


def draw_own_list() -> None:
    """Draw all steps from a visitor's text to a list in use."""
    st.caption(
        say(
            "Put one name on each line, in any script. {limits} {private}",
            limits=LIMITS,
            private=PRIVATE,
        )
    )
    page_top.draw_erase_button("erase_lists")
    state.set_first(state.OWN_HOW)
    how = st.segmented_control(
        say("How to bring the list"),
        list(HOW),
        format_func=lambda key: put(HOW[key]),
        key=state.OWN_HOW.key,
        persist_state="session",
        required=True,
        label_visibility="collapsed",
    )
    try:
        cleaned = _draw_cleaning(str(how))
    except Refusal as refusal:
        with st.container(border=True, key="own_refused"):
            show_text(put(refusal.sentence))
        return
    if cleaned is not None:
        _draw_cleaned(cleaned)


def draw_report(cleaned: CleanNames, key: str) -> None:
    """Draw what was left out and what is used, as a table."""
    rows = [
        [put(FINDINGS[finding.what]), say_number(finding.count), " · ".join(finding.examples)]
        for finding in cleaned.report
        if finding.count or finding.what in ALWAYS_REPORTED
    ]
    draw_table(
        [say("what"), say("how many"), say("for example")],
        rows,
        key,
        say("What cleaning did"),
        numeric=(1,),
        names=(2,),
    )


def draw_size_warning(train: int, val: int) -> None:
    """Warn if there are too few names for a precise loss, or to tell a difference at all."""
    if val < FEW:
        words = say(
            "This list is short. The training set has {train:,} names and the validation set "
            "(held out) {val:,}.\nA loss on so few names is imprecise, so ignore small "
            "differences.\nThe network will soon memorise the training names, so use fewer "
            "hidden units and fewer updates.",
            train=train,
            val=val,
        )
        few = put(few_names_sentence(val)) if val < ENOUGH_NAMES else ""
        show_text(f"{words}\n{few}".rstrip())


def _draw_cleaning(how: str) -> CleanNames | None:
    """Return the list; None while something is missing. Raises Refusal for an unreadable text."""
    text = _draw_paste() if how == "paste" else _draw_upload()
    keep_case = bool(state.OWN_CASE.get())
    # Before the check, which counts one list for each page.
    measurements.forget_others("clean", ("clean", hash(text), keep_case))
    server().check_list(this_visit(), text or "")
    if text is None:
        return None
    st.toggle(
        say("Keep capital letters"),
        key=state.OWN_CASE.key,
        persist_state="session",
        help=say("If off, all names are in lower case, as in the notebook."),
    )
    return _clean(text, keep_case)


def _draw_cleaned(cleaned: CleanNames) -> None:
    st.markdown(say("**What cleaning did**"))
    draw_report(cleaned, "own_report")
    train, val = split(cleaned.rows)
    draw_size_warning(len(train), len(val))
    st.button(
        say("Use this list"),
        type="primary",
        icon=":material/check:",
        key="own_use",
        on_click=_use,
        args=(cleaned,),
    )


def _draw_paste() -> str | None:
    """Return the pasted names, or one column of a pasted table; None for an empty box."""
    text = st.text_area(
        say("Names, one per line"),
        key=state.OWN_TEXT.key,
        persist_state="session",
        height=180,
        max_chars=files.MAX_BYTES + 1,  # one more, so that the app refuses a longer text
        placeholder=say("Abejorral\nAbrego\nAbriaquí\n…"),
    )
    st.button(say("Check the names"), key="own_look", on_click=_look)  # so does leaving the box
    if not text or not text.strip():
        if state.OWN_LOOKED.get():
            raise Refusal(
                sentence(
                    "A list needs at least {least} distinct names, but this box is empty. Type or "
                    "paste names into it, one per line.",
                    least=lists.MIN_NAMES,
                )
            )
        return None
    text = files.check_pasted(text)
    parted = files.parted_names(text)
    if parted is not None:
        _draw_split(parted)
        if len(text.split("\n")) == 1:
            return None
    if files.looks_like_table(text) and st.toggle(
        say("These lines are a table. Use one column of it"), True, key="own_as_table"
    ):
        return _draw_column(files.parse_table(text, sentence("the pasted text")), str(hash(text)))
    return _draw_numbers(text)


@run_to_end
def _look() -> None:
    """Callback: check what is in the box, also if it is empty."""
    state.OWN_LOOKED.set(True)


def _draw_numbers(text: str) -> str:
    """The text; if every line has a number, the names without these numbers."""
    names = files.without_numbers(text)
    if names is not None and st.toggle(
        say("These lines are numbered. Leave the numbers out"), True, key="own_without_numbers"
    ):
        return names
    return text


def _draw_split(parted: LineNames) -> None:
    """Say that one line holds several names, and offer to split it."""
    count = len(parted.names)
    if parted.marks == "commas":
        found = say(
            "This text separates {count:,} names with commas, but a list has one name per line.",
            count=count,
        )
        label = say("Split at the commas: {count:,} names", count=count)
    else:
        found = say(
            "This text separates {count:,} names with semicolons, but a list has one name per "
            "line.",
            count=count,
        )
        label = say("Split at the semicolons: {count:,} names", count=count)
    show_text(found)
    st.button(
        label,
        type="primary",
        icon=":material/splitscreen:",
        key="own_split",
        on_click=_split,
        args=(parted.names,),
    )


@run_to_end
def _split(names: tuple[str, ...]) -> None:
    """Callback: put the same names into the box, one per line."""
    state.OWN_TEXT.set("\n".join(names))


def _draw_upload() -> str | None:
    """Return the text of a file, or of one of its columns, once its encoding is clear."""
    file = draw_file_box(say("A .txt with one name per line, or a .csv"), _file_key(), TAKES)
    if file is None:
        return None
    if file.size > files.MAX_BYTES:
        workarounds.forget_upload(file.file_id)
    decoded = files.decode(file.getvalue(), file.name)
    if not decoded.sure and state.OWN_AGREED.get() != file.file_id:
        _draw_question(decoded, file.file_id)
        return None
    if file.name.lower().endswith((".csv", ".tsv")):
        return _draw_column(files.parse_table(decoded.text, file.name), file.file_id)
    return _draw_numbers(decoded.text)


def _draw_question(decoded: DecodedText, file_id: str) -> None:
    """Ask whether the text looks right in the guessed encoding."""
    st.markdown(
        say(
            "This file is not UTF-8. Read as {encoding}, it starts like this:",
            encoding=decoded.encoding,
        )
    )
    lines = decoded.text.splitlines()
    telling = [line for line in lines if not line.isascii()]
    draw_table(
        [say("lines with special letters") if telling else say("lines")],
        [[line[:LINE]] for line in (telling or lines)[:PREVIEW]],
        "own_preview",
        say("Lines of the file, read in this encoding"),
        names=(0,),
    )
    st.button(
        say("This looks right. Read it as {encoding}", encoding=decoded.encoding),
        key="own_agree",
        type="primary",
        on_click=state.OWN_AGREED.set,
        args=(file_id,),
    )
    st.caption(say("If it looks wrong, save the file as UTF-8 and upload it again."))


def _draw_column(rows: list[list[str]], table_id: str) -> str:
    """Return the column of a table that holds the names, one name per line.

    table_id: identifies the table, because a choice made for one must not apply to another.
    """
    heading = st.toggle(
        say("The first row is a heading"),
        value=files.has_heading(rows),
        key=f"own_heading_{table_id}",
    )
    width = max(map(len, rows), default=0)
    index: int | None = 0
    if width > 1:
        titles = _column_titles(rows, width, heading)
        index = st.selectbox(
            say("Which column has the names"),
            range(width),
            index=files.likely_column(rows, heading),
            key=f"own_column_{table_id}",
            format_func=titles.__getitem__,
        )
        _draw_preview(rows[1:] if heading else rows, titles)
    return files.column_text(rows, int(index or 0), heading)


def _column_titles(rows: list[list[str]], width: int, heading: bool) -> list[str]:
    """Columns by their numbers, and by their headings if there are any."""
    heads = [head.strip() for head in _cut(rows[0], width)] if heading else [""] * width
    return [
        f"{number}: {head}" if head else say("column {number}", number=number)
        for number, head in enumerate(heads, 1)
    ]


def _cut(row: list[str], width: int) -> list[str]:
    """The beginnings of a row's cells; a short row gets empty cells."""
    return [cell[:CELL] for cell in row] + [""] * (width - len(row))


def _draw_preview(rows: list[list[str]], titles: list[str]) -> None:
    draw_table(
        titles,
        [_cut(row, len(titles)) for row in rows[:PREVIEW]],
        "own_table",
        say("The first rows of the table"),
        names=tuple(range(len(titles))),
    )


def _clean(text: str, keep_case: bool) -> CleanNames | None:
    """Clean the list in the background, once for each text; None until it is done.

    Raises Refusal for a list that cannot be used.
    """
    drawn = turn(this_visit())  # before the request, because it may be done just after it
    measurement = measurements.measure(
        ("clean", hash(text), keep_case),
        lambda: lists.clean_in_parts(text, keep_case, sentence("your list")),
        patience=0.02,  # a short list takes this long
    )
    if measurement.refusal:
        raise Refusal(measurement.refusal)
    if not measurement.done or measurement.result is None:
        st.progress(measurement.share, say("Cleaning the list…"))
        draw_pulse(current_run.current_job(), "own_pulse", drawn=drawn)
        return None
    return measurement.result


@run_to_end
def _use(cleaned: CleanNames) -> None:
    """Callback: use the list for the next run and empty the boxes."""
    chosen_list.use_own_list(cleaned)
    if file := file_in(_file_key()):
        workarounds.forget_upload(file.file_id)
    state.OWN_TEXT.set("")
    state.OWN_FILES.set(state.OWN_FILES.get() + 1)
    state.OWN_AGREED.set(None)
