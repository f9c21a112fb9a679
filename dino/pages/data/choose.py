"""The page Data: which list, the list itself as a lesson, what it means for the next run."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from dino.lists import BUNDLED, to_csv
from dino.pages.data.letters import dictionary, encoding, letters
from dino.pages.data.list_view import LISTED, Look
from dino.pages.data.own_list import PRIVATE, few, own_list, report
from dino.pages.data.suspects import slips, split
from dino.ui import session
from dino.ui.chosen_list import OWN, Choice
from dino.ui.pulse import pulse
from dino.ui.table import table
from dino.ui.text import said


def choose() -> bool:
    """Which list; one of the visitor's own; what becomes of the run at hand.

    Whether one is chosen: not while the visitor brings the first of their own.
    """
    state, chosen = st.session_state, session.choice()
    if state.get("data_list") not in (*BUNDLED, OWN):
        state["data_list"] = chosen.key
    bringing = state.get("data_list") == OWN and not state.get("own")
    if state.get("data_list") != chosen.key and not bringing:
        state["data_list"] = chosen.key
    st.segmented_control(
        "Names to learn from", [*BUNDLED, OWN],
        key="data_list", persist_state="session", required=True,
        format_func=lambda key: "Your own" if key == OWN else BUNDLED[key].title,
        on_change=_choose)
    if state["data_list"] == OWN and not state.get("own"):
        own_list()
        return False
    if chosen.key == OWN:
        st.caption(PRIVATE)
        with st.expander("Bring another list, or this one with other capitals"):
            st.caption("Once used, it stands in place of this one. Runs keep theirs.")
            own_list()
    else:
        found = BUNDLED[chosen.key]
        st.caption(f"{found.about} Source: {found.source}")
        st.toggle("Keep capital letters", key="keep_case", persist_state="session",
                  help="Off: all names in small letters, as the notebook does.")
    with st.container():
        _run_at_hand()
    return True


def _choose() -> None:
    key = st.session_state["data_list"]
    if key != OWN or st.session_state.get("own"):
        st.session_state["list"] = key


def _run_at_hand() -> None:
    """A model belongs to its list: what happens to the present one."""
    job, chosen = session.current(), session.choice()
    if job is None or job.run is None or not job.run.step:
        words = f"The next run learns from: {chosen.title}."
    elif job.corpus.source == chosen:
        words = f"Your run at hand {'learns' if job.running else 'learned'} from this list."
    else:
        words = (f"Your run at hand learned from {job.corpus.title} and stays with that list; "
                 f"the next one learns from {chosen.title}, and yours is laid aside on Inside.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(words, width="content")
        if st.button(f"Train on {chosen.title}", type="primary", icon=":material/play_arrow:",
                     key="data_train"):
            made = session.replace_by(session.config())
            if made is not None and made.corpus.source == chosen:
                session.act(lambda job: job.play())
                st.switch_page(session.LAB, query_params=session.address(
                    session.config(), session.writing()))
            st.rerun()


def lesson() -> None:
    """The list from several sides, one at a time."""
    st.session_state.setdefault("data_tool", "names")
    with st.container(key="lesson"):
        st.fragment(_lesson)(session.choice(), len(session.notices()))


def _lesson(chosen: Choice, notices: int) -> None:
    if session.choice() != chosen or len(session.notices()) != notices:
        st.rerun()  # names were removed, put back or not: the rest of the page says so
    seed = session.config().split_seed
    look = Look(session.corpus(seed), session.whole_corpus(seed))
    st.subheader(look.corpus.title, anchor=False)
    _figures(look)
    few(len(look.corpus.train), len(look.corpus.val))
    if look.corpus.cleaned is not None:
        with st.expander("What cleaning did with it"):
            report(look.corpus.cleaned, "list_report")
    tool = st.segmented_control(
        "Look at", list(TOOLS), format_func=lambda key: TOOLS[key][0],
        key="data_tool", persist_state="session",
        required=True, label_visibility="collapsed")
    with st.container(key="data_panel"):
        TOOLS[tool if tool in TOOLS else "names"][1](look)
    session.end_studies()
    pulse(session.current())


def _figures(look: Look) -> None:
    figures, names = look.corpus.figures(), look.corpus.names
    values = {
        "Rows": (f"{figures['names']:,}", "Names in the list, repeats and all."),
        "Distinct": (f"{figures['distinct']:,}", "Different names. A repeated one counts once."),
        "Characters": (f"{figures['characters']:,}", "Of the file as read, line breaks among "
                       "them."),
        "Symbols": (f"{figures['symbols']:,}", "Different ones, the end mark among them: as many "
                    "probabilities the network gives at every step."),
        "Longest": (f"{figures['longest']:,}", "Letters of the longest name."),
        "Mean length": (f"{np.mean([len(n) for n in names]):.1f}", "Letters of a distinct name."),
    }
    with st.container(horizontal=True, gap="small"):
        for label, (value, help) in values.items():
            st.metric(label, value, help=help, width=118)


def _names(look: Look) -> None:
    """All names, searchable; each with the side it stands on."""
    vocab, whole = look.whole.vocab, look.whole
    wanted = vocab.tidy(st.text_input("Find names that hold",
                                      key="find", persist_state="session", max_chars=60) or "")
    counts = dict.fromkeys(whole.names, 0)
    for row in whole.rows:
        counts[row] += 1
    found = [name for name in whole.names if wanted in name]
    shown = [[name, str(len(name)), str(counts[name]), look.side(name)]
             for name in found[:LISTED]]
    table(["name", "letters", "rows", "is"], shown, "names", "Names of the list", numeric=(1, 2),
          names=(0,), fluid=True, max_height=420)
    first = f"; the first {LISTED} are shown" if len(found) > LISTED else ""
    removed = f" ({len(look.removed):,} of them removed)" if look.removed else ""
    said(f"{len(found):,} of {len(counts):,} distinct names{removed}"
         f"{f' hold “{wanted}”' if wanted else ''}{first}. Held out: the network never trains on "
         "it, and is judged by it.")
    with st.container(horizontal=True):
        st.download_button(
            "This list as .txt", lambda: "\n".join(look.corpus.rows), "names.txt", "text/plain",
            key="as_txt", icon=":material/download:", on_click="ignore")
        st.download_button(
            "With sides, as .csv", lambda: to_csv(
                ["name", "letters", "rows", "is"],
                [[n, len(n), counts[n], look.side(n)] for n in whole.names]),
            "names.csv", "text/csv", key="as_csv", icon=":material/download:", on_click="ignore",
            help="What a spreadsheet would take for a formula has an apostrophe in front.")


def _compare(look: Look) -> None:
    from dino.pages.data.compare import compare  # it needs PyTorch, the others do not

    compare(look.corpus)


TOOLS: dict[str, tuple[str, Callable[[Look], None]]] = {
    "names": ("Names", _names), "letters": ("Letters", letters),
    "slips": ("Repeats and suspects", slips), "dictionary": ("Dictionary", dictionary),
    "encoding": ("One name, encoded", encoding), "split": ("Split", split),
    "compare": ("Compare runs", _compare),
}
