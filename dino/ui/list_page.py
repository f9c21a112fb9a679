"""The page Data: which list, the list itself as a lesson, what it means for the next run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dino import charts_data, survey
from dino.charts import LEAST_COLUMN
from dino.data import Corpus, encode
from dino.lists import BUNDLED, to_csv
from dino.ui import session
from dino.ui.choice import OWN, Choice
from dino.ui.own_list import PRIVATE, own_list, report
from dino.ui.plain import said
from dino.ui.plot import plot
from dino.ui.table import table

LISTED = 300  # rows of a table of names; the search finds the others
EXAMPLE = "jinzhousaurus"


@dataclass(frozen=True, eq=False)
class Look:
    """What the page looks at: the list as it will be learned from, and whole."""

    corpus: Corpus
    whole: Corpus

    @property
    def removed(self) -> frozenset[str]:
        """The names that the visitor took out."""
        return self.corpus.removed


def choose() -> None:
    """Which list; one of the visitor's own; what becomes of the run at hand."""
    state, chosen = st.session_state, session.choice()
    if state.get("data_list") not in (chosen.key, OWN):
        state["data_list"] = chosen.key
    st.segmented_control(
        "Names to learn from", [*BUNDLED, OWN],
        key="data_list", persist_state="session", required=True,
        format_func=lambda key: "Your own" if key == OWN else BUNDLED[key].title,
        on_change=_choose)
    if state["data_list"] == OWN:
        if state.get("own"):
            st.caption(PRIVATE)
            with st.expander("Bring another list"):
                own_list()
        else:
            own_list()
    if chosen.key != OWN and state["data_list"] != OWN:
        found = BUNDLED[chosen.key]
        st.caption(f"{found.about} Source: {found.source}")
        st.toggle("Keep capital letters", key="keep_case", persist_state="session",
                  help="Off: all names in small letters, as the notebook does.")
    with st.container():
        _run_at_hand()


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
        words = "Your run at hand learns from this list."
    else:
        words = (f"Your run at hand learned from {job.corpus.title} and stays with that list; "
                 f"the next one learns from {chosen.title}, and yours is laid aside on Inside.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(words, width="content")
        if st.button("Train on this list", type="primary", icon=":material/play_arrow:",
                     key="data_train"):
            made = session.replace_by(session.config())
            if made is not None and made.corpus.source == chosen:
                made.play()
                st.switch_page(session.LAB)
            st.rerun()


def lesson() -> None:
    """The list from several sides, one at a time."""
    st.session_state.setdefault("data_tool", "names")
    every = 0.4 if st.session_state.get("surveying") else None
    with st.container(key="lesson"):
        st.fragment(_lesson, run_every=every)(every, session.choice())


def _lesson(polling: float | None, chosen: Choice) -> None:
    if session.choice() != chosen:
        st.rerun()  # names were removed or put back: the rest of the page says so
    seed = session.config().split_seed
    look = Look(session.corpus(seed), session.whole_corpus(seed))
    st.subheader(look.corpus.title, anchor=False)
    _figures(look)
    if look.corpus.cleaned is not None:
        with st.expander("What cleaning did with it"):
            report(look.corpus.cleaned, "list_report")
    tool = st.segmented_control(
        "Look at", list(TOOLS), format_func=lambda key: TOOLS[key][0],
        key="data_tool", persist_state="session",
        required=True, label_visibility="collapsed")
    with st.container(key="data_panel"):
        TOOLS[tool][1](look)
    studying = session.studying()
    st.session_state["surveying"] = studying
    if studying != (polling is not None):
        st.rerun()


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
    shown = [[name, str(len(name)), str(counts[name]), _side(look, name)]
             for name in found[:LISTED]]
    table(["name", "letters", "rows", "is"], shown, "names", "Names of the list", numeric=(1, 2),
          names=(0,), fluid=True, max_height=420)
    first = f"; the first {LISTED} are shown" if len(found) > LISTED else ""
    said(f"{len(found):,} of {len(counts):,} distinct names"
         f"{f' hold “{wanted}”' if wanted else ''}{first}. Held out: the network never trains on "
         "it, and is judged by it.")
    with st.container(horizontal=True):
        st.download_button(
            "This list as .txt", lambda: "\n".join(look.corpus.rows), "names.txt", "text/plain",
            key="as_txt", icon=":material/download:", on_click="ignore")
        st.download_button(
            "With sides, as .csv", lambda: to_csv(
                ["name", "letters", "rows", "is"],
                [[n, len(n), counts[n], _side(look, n)] for n in whole.names]),
            "names.csv", "text/csv", key="as_csv", icon=":material/download:", on_click="ignore",
            help="What a spreadsheet would take for a formula has an apostrophe in front.")


def _side(look: Look, name: str) -> str:
    if name in look.removed:
        return "removed"
    return "held out" if name in look.corpus.val_set else "trained on"


def _letters(look: Look) -> None:
    """How often symbols stand where; which follows which; how long names are."""
    vocab, names = look.corpus.vocab, look.corpus.names
    labels = vocab.labels
    counts, firsts = survey.letters(names, vocab), survey.first_letters(names, vocab)
    plot(charts_data.frequencies(counts, firsts, labels), "frequencies",
         "How often each symbol stands anywhere, and how often first",
         2 * LEAST_COLUMN * len(labels) if len(labels) > 40 else LEAST_COLUMN * len(labels))
    top, start = _top(counts), _top(firsts)
    said("The commonest symbols: " + ", ".join(
        f"{labels[v]} ({100 * counts[v] / counts.sum():.1f} %)" for v in top)
        + ". Names begin most often with " + ", ".join(
        f"{labels[v]} ({100 * firsts[v] / firsts.sum():.1f} %)" for v in start)
        + f". {labels[0]} is the end mark: one for every name.")
    rows = [[labels[v], _code(vocab.symbols[v]), f"{counts[v]:,}",
             f"{100 * counts[v] / counts.sum():.2f}", f"{firsts[v]:,}"] for v in range(len(labels))]
    _twin(["symbol", "code", "times", "%", "first"], rows, "letters_twin",
          "How often each symbol stands", (2, 3, 4))
    _pairs(look, survey.pairs(names, vocab))
    _lengths(names)


def _pairs(look: Look, counts: np.ndarray) -> None:
    labels = look.corpus.vocab.labels
    st.markdown("**Which symbol follows which**")
    kept = charts_data.commonest(counts, len(labels))
    plot(charts_data.pairs(counts, labels), "pairs", "How likely each symbol is after each other",
         charts_data.pairs_width(len(kept)))
    totals = counts.sum(1)
    shares = counts / np.maximum(totals, 1)[:, None]
    telling = np.where(totals >= min(10, totals.max()), shares.max(1), 0)
    row = int(telling.argmax())
    v = int(shares[row].argmax())
    sides = [*labels, "start"]
    said(f"Each row: what came after one symbol. The most telling is {sides[row]}: {labels[v]} "
         f"follows in {counts[row, v]:,} of {totals[row]:,} cases. A network that sees one letter "
         "can know this picture, and no more."
         + (f" Shown are the {len(kept)} commonest symbols." if len(kept) < len(labels) else ""))
    order = np.argsort(-counts.reshape(-1), kind="stable")[:60]
    pairs = [divmod(int(i), len(labels)) for i in order]
    _twin(["before", "next", "times", "p"],
          [[sides[b], labels[n], f"{counts[b, n]:,}", f"{shares[b, n]:.3f}"] for b, n in pairs],
          "pairs_twin", "The 60 commonest pairs", (2, 3))


def _lengths(names: list[str]) -> None:
    st.markdown("**How long names are**")
    counts = survey.lengths(names)
    plot(charts_data.lengths(counts), "lengths", "How many names have so many letters")
    sizes = np.array([len(name) for name in names])
    shortest, longest = min(names, key=len), max(names, key=len)
    said(f"From {sizes.min()} letters ({shortest}) to {sizes.max()} ({longest}), {sizes.mean():.1f}"
         f" on average. Every name gives the network one more target than letters: the end mark.")
    _twin(["letters", "names"], [[str(i), f"{n:,}"] for i, n in enumerate(counts) if n],
          "lengths_twin", "Names by length", (0, 1))


def _slips(look: Look) -> None:
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
        said(f"{len(repeated):,} names stand more than once, {extra:,} rows too many. They are "
             "counted once." if repeated else "No name stands twice.")
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
        rows = [[s.name, _side(look, s.name), s.kind, " + ".join(s.parts) or f"{s.score:.1f} sd"]
                for s in found[:LISTED]]
        _removable(look, "suspects", ["name", "is", "why", "how"], found[:LISTED], rows)
    joined = frozenset(s.name for s in found if s.kind == "joined") - look.removed
    if study.done and not found:
        said(f"None of the {len(whole.names):,} names is a suspect by these two rules.")
    elif study.done:
        said(f"{len(found):,} of {len(whole.names):,} names are suspects. To be suspected is not "
             "to be wrong: many are real. A name is a suspect by one of two rules.")
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


def _dictionary(look: Look) -> None:
    """Symbol to index and back."""
    vocab = look.corpus.vocab
    labels = vocab.labels
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Symbol → index**")
        table(["symbol", "index"], [[labels[i], str(vocab.index[s])]
              for i, s in enumerate(vocab.symbols)], "to_index", "From symbol to index",
              numeric=(1,), names=(0,), max_height=420)
    with right:
        st.markdown("**Index → symbol**")
        table(["index", "symbol", "code"], [[str(i), labels[i], _code(vocab.symbols[i])]
              for i in range(len(vocab))], "to_symbol", "From index to symbol", names=(1, 2),
              max_height=420)
    st.caption(f"The dictionary as two mappings: {len(vocab)} symbols in the order of their codes, "
               "the end mark (the line break of the file, shown as ⏎) first. The network knows "
               "numbers only: these.")


def _code(symbol: str) -> str:
    return f"U+{ord(symbol):04X}"


def _encoding(look: Look) -> None:
    """One name exactly as the network gets it."""
    vocab, names = look.corpus.vocab, look.corpus.names
    if "encoded" not in st.session_state:
        st.session_state["encoded"] = EXAMPLE if EXAMPLE in names else names[0]
    name = vocab.tidy(st.text_input("A name",
                                    key="encoded", persist_state="session", max_chars=60) or "")
    try:
        if len(name) > 60:
            raise ValueError(f"A name has at most 60 letters; this has {len(name):,}. Take fewer.")
        data = encode([name], vocab)
    except ValueError as error:
        with st.container(border=True, key="encoded_refused"):
            said(str(error))
        return
    inputs, targets, labels = data.inputs[0], data.targets[0], vocab.labels
    V, T = len(vocab), len(inputs)
    hot = survey.one_hot(inputs, V)
    reads = ["nothing", *(labels[i] for i in inputs[1:])]
    left, right = st.columns([2, 3], gap="medium")
    with left:
        rows = [[str(t), reads[t], str(inputs[t]), labels[goal], str(goal)]
                for t, goal in enumerate(targets)]
        table(["step", "reads", "input", "should say", "target"], rows, "encoding",
              "Inputs and shifted targets, step by step", numeric=(0, 2, 4), names=(1, 3),
              max_height=480)
        said(f"{len(name)} letters give {T} steps. The targets are the inputs one step early: at "
             "each step it should name the letter that it reads next, and in the end ⏎.")
    with right:
        plot(charts_data.one_hot(hot, targets, labels), "one_hot",
             "The one-hot input of every step", LEAST_COLUMN * T + 112)
        said(f"The input as one-hot rows, shape ({T}, {V}): steps × symbols, {T - 1} ones and "
             f"{T * V - T + 1:,} zeros. At step 0 nothing was read yet: index {V}, one past the "
             f"symbols, is a row of zeros. Over each column stands its target; targets have shape "
             f"({T},). A batch of B names has shape (B, T), "
             "padded behind shorter names; padding counts in no loss.")


def _split(look: Look) -> None:
    """Which names are held out, and why by distinct names."""
    corpus = look.corpus
    train, val = len(corpus.train), len(corpus.val)
    targets = int(corpus.val_arrays.lengths.sum())
    said(f"{train:,} names to train on, {val:,} held out ({100 * val / (train + val):.0f} %), "
         f"{targets:,} targets to be judged by. The distinct names were sorted and shuffled by "
         f"split seed {corpus.split_seed}; the first tenth, at most 1,000, is held out.")
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


def _twin(columns: list[str], rows: list[list[str]], key: str, caption: str,
          numeric: tuple[int, ...]) -> None:
    with st.expander("The same as a table"):
        table(columns, rows, key, caption, numeric=numeric, names=(0, 1), max_height=320)


def _top(counts: np.ndarray, most: int = 3) -> list[int]:
    return [int(v) for v in np.argsort(-counts, kind="stable")[:most] if counts[v]]


def _compare(look: Look) -> None:
    from dino.ui.list_compare import compare  # it needs PyTorch, the others do not

    compare(look.corpus)


TOOLS: dict[str, tuple[str, Callable[[Look], None]]] = {
    "names": ("Names", _names), "letters": ("Letters", _letters),
    "slips": ("Repeats and suspects", _slips), "dictionary": ("Dictionary", _dictionary),
    "encoding": ("One name, encoded", _encoding), "split": ("Split", _split),
    "compare": ("Compare runs", _compare),
}
