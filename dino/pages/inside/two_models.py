"""Inside, two models: what two runs of the visitor expect on the same start."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dino import anatomy
from dino.charts import base
from dino.charts import inside as charts_inside
from dino.charts import name as name_charts
from dino.data import Vocab
from dino.jobs import RunEntry
from dino.lists import END
from dino.model import rebuild
from dino.pages.inside.start_box import draw_start_box, fill_start_box
from dino.pages.inside.view import View
from dino.ui import run_titles, session, state
from dino.ui.plot import plot
from dino.ui.run_box import draw_run_box
from dino.ui.table import draw_twin
from dino.ui.text import quoted_start, show_text


def draw_two_models(view: View) -> None:
    """This moment and the last one of another run, on the same start."""
    if not view.others:
        _draw_hint()
        return
    fill_start_box(view, state.WALK, view.picked_trace.name[:4])
    left, right = st.columns(2, gap="medium")
    with left:
        text = draw_start_box(view, state.WALK, "The same start for both")
    with right:
        other = draw_run_box("The other run, at its last moment", view.others, state.OTHER_RUN)
    if text is None:
        return
    try:
        theirs = _read(other, text)
    except ValueError as error:
        show_text(f"{run_titles.short(other)} learned from another list: {error}")
        return
    mine = anatomy.read(view.model, view.vocab, text, view.context)
    _draw_expected(view, other, text, mine, theirs)
    _draw_comparison(view, other, text, mine, theirs)


def _draw_hint() -> None:
    st.markdown(
        "For this you need a second run. Train one with another recipe in the Lab; this one is "
        "laid aside and stays here."
    )
    st.page_link(session.LAB, label="To the Lab", icon=":material/science:")


def _read(entry: RunEntry, text: str) -> anatomy.Reading:
    """A run's last moment reads the start. Raises ValueError for letters it does not have."""
    run, vocab = entry.run, entry.corpus.vocab
    model = rebuild(run.config, len(vocab), run.weights)
    return anatomy.read(model, vocab, text, run.config.context)


def _draw_expected(
    view: View, other: RunEntry, text: str, mine: anatomy.Reading, theirs: anatomy.Reading
) -> None:
    """What each of the two expects at each letter, side by side."""
    left, right = st.columns(2, gap="medium")
    with left:
        _draw_one(view.entry, text, mine, "two_mine")
    with right:
        _draw_one(other, text, theirs, "two_other")


def _draw_one(entry: RunEntry, text: str, reading: anatomy.Reading, key: str) -> None:
    vocab, title = entry.corpus.vocab, run_titles.short(entry)
    ids = np.array([*vocab.encode(text), -1])
    st.markdown(f"**{title}**")
    plot(
        name_charts.probabilities(reading.probs, ids, vocab.labels, _prefixes(text)),
        key,
        f"What {title} expects at each letter",
        base.least_width(len(ids)),
    )


def _prefixes(text: str) -> list[str]:
    """The letters before each one of a start, and before the next one. (T,)"""
    return [text[:t] for t in range(len(text) + 1)]


def _draw_comparison(
    view: View, other: RunEntry, text: str, mine: anatomy.Reading, theirs: anatomy.Reading
) -> None:
    """Both models' probabilities of all symbols that one of them knows, and where they differ."""
    symbols = [END, *sorted({*view.vocab.symbols, *other.corpus.vocab.symbols} - {END})]
    labels, titles = Vocab(symbols).labels, _titles(view.entry, other)
    p = anatomy.align_symbols(mine.probs, view.vocab, symbols)  # (T, V)
    q = anatomy.align_symbols(theirs.probs, other.corpus.vocab, symbols)
    distances = anatomy.disagreement(p, q)  # (T,)
    plot(
        charts_inside.next_symbol_of_two(p[-1], q[-1], titles, labels),
        "two_bars",
        "What both expect next",
        base.least_width(len(labels)),
    )
    show_text(_distance_words(text, p, q, labels))
    heads = [view.vocab.labels[i] for i in view.vocab.encode(text)]
    plot(
        charts_inside.disagreement(distances, [*heads, "?"]),
        "two_apart",
        "How far the two disagree at each letter",
    )
    if view.silent or view.context != view.config.context:
        st.caption(f"{titles[0]} is shown with what you changed above; {titles[1]} is whole.")
    st.caption(
        "Disagreement is half the sum of |p − q| over all symbols: 0 is the same, 1 nothing in "
        "common."
    )
    _draw_twin(text, p, q, labels, titles)


def _titles(mine: RunEntry, other: RunEntry) -> tuple[str, str]:
    """A title of two words for each run, different from each other."""
    left, right = run_titles.short(mine), run_titles.short(other)
    return (f"{left} (left)", f"{right} (right)") if left == right else (left, right)


def _distance_words(text: str, p: np.ndarray, q: np.ndarray, labels: list[str]) -> str:
    distances = anatomy.disagreement(p, q)
    t = int(distances.argmax())
    v = int(np.abs(p[t] - q[t]).argmax())
    return (
        f"They disagree most after {quoted_start(text[:t])}: {distances[t]:.2f} of the probability "
        f"stands elsewhere; the largest gap is at {labels[v]} ({p[t][v]:.2f} against "
        f"{q[t][v]:.2f})."
    )


def _draw_twin(
    text: str, p: np.ndarray, q: np.ndarray, labels: list[str], titles: tuple[str, str]
) -> None:
    rows = []
    positions = zip(_prefixes(text), p, q, anatomy.disagreement(p, q), strict=True)
    for prefix, a, b, distance in positions:
        best = [
            labels[int(a.argmax())],
            f"{a.max():.3f}",
            labels[int(b.argmax())],
            f"{b.max():.3f}",
        ]
        rows.append([prefix or "start", *best, f"{distance:.3f}"])
    draw_twin(
        ["after", f"{titles[0]}: likeliest", "p", f"{titles[1]}: likeliest", "p", "apart"],
        rows,
        "two_twin",
        "Both models letter by letter",
        numeric=(2, 4, 5),
        names=(0,),
    )
