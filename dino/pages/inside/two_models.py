"""Inside, two models: what two of the visitor's runs expect after the same start."""

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
from dino.locale.sentences import Sentence, refusal_sentence, sentence
from dino.model import rebuild
from dino.pages.inside.start_box import draw_start_box, fill_start_box
from dino.pages.inside.view import View
from dino.ui import run_titles, session, state
from dino.ui.language import put, say, say_number
from dino.ui.plot import plot
from dino.ui.run_titles import draw_run_box
from dino.ui.table import draw_twin
from dino.ui.text import show_text

LEAST_SHOWN = 0.005  # a smaller distance would be shown as 0.00


def draw_two_models(view: View) -> None:
    """Draw this moment and the last one of another run, on the same start."""
    if not view.others:
        _draw_hint()
        return
    fill_start_box(view, state.WALK, view.picked_trace.name[:4])
    left, right = st.columns(2, gap="medium")
    with left:
        text = draw_start_box(view, state.WALK, say("The same start for both"))
    with right:
        label = say("The other run, at its last update")
        other = draw_run_box(label, view.others, state.OTHER_RUN)
    if text is None:
        return
    try:
        theirs = _read(other, text)
    except ValueError as error:
        why = refusal_sentence(error)
        show_text(
            say("{run} cannot read this start: {why}", run=run_titles.run_label(other), why=why)
        )
        return
    mine = anatomy.read_name(view.model, view.vocab, text, view.context)
    _draw_expected(view, other, text, mine, theirs)
    _draw_comparison(view, other, text, mine, theirs)


def _draw_hint() -> None:
    st.markdown(
        say(
            "This tab compares two runs. Train a second one with another recipe in the Lab. "
            "This run is kept here."
        )
    )
    session.draw_link(session.LAB, label=say("To the Lab"), icon=":material/science:")


def _read(entry: RunEntry, text: str) -> anatomy.Reading:
    """Have a run's last moment read the start. Raises ValueError for letters that it lacks."""
    run, vocab = entry.run, entry.corpus.vocab
    model = rebuild(run.config, len(vocab), run.weights)
    return anatomy.read_name(model, vocab, text, run.config.context)


def _draw_expected(
    view: View, other: RunEntry, text: str, mine: anatomy.Reading, theirs: anatomy.Reading
) -> None:
    """Draw what each of the two expects at each letter, side by side."""
    called = run_titles.short_titles([view.entry, other])
    left, right = st.columns(2, gap="medium")
    with left:
        _draw_one(view.entry, called[view.entry.token], text, mine, "two_mine")
    with right:
        _draw_one(other, called[other.token], text, theirs, "two_other")


def _draw_one(entry: RunEntry, title: str, text: str, reading: anatomy.Reading, key: str) -> None:
    vocab = entry.corpus.vocab
    ids = np.array([*vocab.encode(text), -1])
    show_text(title)
    plot(
        name_charts.probabilities(reading.probs, ids, vocab.labels, _prefixes(text), put),
        key,
        say("What {run} expects at each letter", run=title),
        base.least_width(len(ids)),
        walk=name_charts.letters_walk(reading.probs, ids, vocab.labels, put, len(text)),
    )


def _prefixes(text: str) -> list[str]:
    """The letters before each letter of a start, and before the next one. (T,)"""
    return [text[:t] for t in range(len(text) + 1)]


def _draw_comparison(
    view: View, other: RunEntry, text: str, mine: anatomy.Reading, theirs: anatomy.Reading
) -> None:
    """Draw both models' probabilities of all symbols that either knows, and where they differ."""
    symbols = [END, *sorted({*view.vocab.symbols, *other.corpus.vocab.symbols} - {END})]
    labels, titles = Vocab(symbols).labels, _titles(view.entry, other)
    p = anatomy.align_symbols(mine.probs, view.vocab, symbols)  # (T, V)
    q = anatomy.align_symbols(theirs.probs, other.corpus.vocab, symbols)
    distances = anatomy.disagreement(p, q)  # (T,)
    plot(
        charts_inside.next_symbol_of_two(p[-1], q[-1], titles, labels, put),
        "two_bars",
        say("What both expect next"),
        base.least_width(len(labels)),
    )
    show_text("\n".join(put(line) for line in distance_sentences(text, p, q, labels)))
    heads = [view.vocab.labels[i] for i in view.vocab.encode(text)]
    plot(
        charts_inside.disagreement(distances, [*heads, "?"], put),
        "two_apart",
        say("How much the two disagree at each letter"),
    )
    if view.silent or view.context != view.config.context:
        show_text(
            say(
                "{one} is shown with your changes above, {other} as it was trained.",
                one=titles[0],
                other=titles[1],
            )
        )
    st.caption(
        say(
            "Disagreement (total variation distance) is half the sum of |p − q| over all "
            "symbols. It is 0 where both are the same and 1 where they have no symbol in common."
        )
    )
    _draw_twin(text, p, q, labels, titles)


def _titles(mine: RunEntry, other: RunEntry) -> tuple[str, str]:
    """A short title for each run; the two are different."""
    called = run_titles.short_titles([mine, other])
    left, right = called[mine.token], called[other.token]
    if left != right:
        return left, right
    return say("{run} (left)", run=left), say("{run} (right)", run=right)


def distance_sentences(
    text: str, p: np.ndarray, q: np.ndarray, labels: list[str]
) -> list[Sentence]:
    """Say where two models disagree most, and about which symbol. p, q (T, V), labels (V,)."""
    distances = anatomy.disagreement(p, q)
    t = int(distances.argmax())
    if distances[t] < LEAST_SHOWN:
        return [
            sentence(
                "They agree. Their disagreement is at most {d} at every letter.", d=LEAST_SHOWN
            )
        ]
    v = int(np.abs(p[t] - q[t]).argmax())
    far = float(distances[t])
    if t:
        most = sentence(
            "They disagree most after “{start}”, by {distance:.2f}.", start=text[:t], distance=far
        )
    else:
        most = sentence("They disagree most at the start, by {distance:.2f}.", distance=far)
    gap = sentence(
        "There they differ most in the probability of {symbol}: {p:.2f} against {q:.2f}.",
        symbol=labels[v],
        p=float(p[t][v]),
        q=float(q[t][v]),
    )
    return [most, gap]


def _draw_twin(
    text: str, p: np.ndarray, q: np.ndarray, labels: list[str], titles: tuple[str, str]
) -> None:
    rows = []
    positions = zip(_prefixes(text), p, q, anatomy.disagreement(p, q), strict=True)
    for prefix, a, b, distance in positions:
        best = [
            labels[int(a.argmax())],
            say_number(float(a.max()), ".3f"),
            labels[int(b.argmax())],
            say_number(float(b.max()), ".3f"),
        ]
        rows.append([prefix or say("start"), *best, say_number(float(distance), ".3f")])
    one, other = (say("{run}: most likely", run=title) for title in titles)
    draw_twin(
        [say("after"), one, "p", other, "p", say("disagreement")],
        rows,
        "two_twin",
        say("Both models letter by letter"),
        numeric=(2, 4, 5),
        names=(0,),
    )
