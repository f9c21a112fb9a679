"""Inside, letter by letter: what comes next and the sums behind it; two models on one name."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dino import probe
from dino.charts import base as charts
from dino.charts import inside as charts_inside
from dino.config import GATES
from dino.data import END, Vocab
from dino.metrics import originality
from dino.pages.inside.frame import View, option, short
from dino.sample import draws, write
from dino.train import rebuild
from dino.ui import session
from dino.ui.panels import FORMULAS, OUTPUT
from dino.ui.plot import plot
from dino.ui.table import table, twin
from dino.ui.text import after, said

LONGEST = 50
SHOWN_TERMS = 8


def start_box(view: View, key: str, label: str, longest: int = LONGEST) -> str | None:
    """A text box for a start of a name; None, with a sentence, for what cannot be read."""
    typed = st.text_input(label,
                          key=key, persist_state="session", max_chars=longest, on_change=_reopen)
    text = view.vocab.tidy(typed or "")
    try:
        if len(text) > longest:  # only a browser minds max_chars
            raise ValueError(f"A start has at most {longest} letters; this has {len(text):,}. "
                             "Take fewer.")
        view.vocab.encode(text)
    except ValueError as error:
        with st.container(border=True, key=f"{key}_refused"):
            said(str(error))
        return None
    return text


def _reopen() -> None:
    st.session_state["walk_ended"] = False


def letters(view: View) -> None:
    """Type or click the next letter; the network's own sums for this step beside it."""
    _begin(view)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        text = start_box(view, "walk", "A start of a name: type, or click the bars")
        with st.container(horizontal=True):
            typed = bool(st.session_state.get("walk"))
            ended = bool(st.session_state.get("walk_ended"))
            st.button("Back", icon=":material/backspace:", key="walk_back", on_click=_back,
                      disabled=not typed)
            st.button("Clear", icon=":material/close:", key="walk_clear", on_click=_clear,
                      disabled=not typed)
            st.button("Let it finish", icon=":material/auto_fix_high:", key="walk_finish",
                      on_click=_finish, args=(view,),
                      disabled=text is None or len(text) >= LONGEST or ended)
        if text is None:
            return
        if len(text) >= LONGEST:
            st.caption(f"A start has at most {LONGEST} letters.")
        _next_letter(view, text)
    with right:
        _equations(view, text)


def _begin(view: View) -> None:
    """Something to look at, the first time and where another list's letters stand in the box."""
    if renewed(view, "walk"):
        st.session_state["walk"] = view.traces[view.picked].name[:4]


def renewed(view: View, key: str) -> bool:
    """Whether a start box was never filled, or holds what only the list before could read."""
    state, symbols = st.session_state, set(view.vocab.symbols)
    before, state[f"{key}_symbols"] = state.get(f"{key}_symbols", symbols), symbols
    return state.get(key) is None or (
        before != symbols and not symbols.issuperset(view.vocab.tidy(state[key] or "")))


def _walk(text: str, ended: bool = False) -> None:
    """Last what a callback begins from, for it may be begun again."""
    st.session_state["walk_ended"] = ended
    session.put(walk=text)


@session.whole
def _back() -> None:
    session.settle("walk")
    _walk((st.session_state.get("walk") or "")[:-1])


@session.whole
def _clear() -> None:
    _walk("")


@session.whole
def _finish(view: View) -> None:
    """Callback: write on from what stands there; each time from other draws."""
    session.settle("walk")
    state = st.session_state
    state["finishes"] = int(state.get("finishes", 0)) + 1
    text = view.vocab.tidy(state.get("walk") or "")
    if len(text) < LONGEST:
        (trace,) = write(view.model, view.vocab, draws(1, state["finishes"]), prefix=text,
                         context=view.context)
        _walk(trace.name, trace.finished)


@session.whole
def _take(view: View, x: float) -> None:
    """Callback: the symbol of the bar that was clicked comes next."""
    session.settle("walk")
    symbol = view.vocab.symbols[int(x)] if 0 <= x < len(view.vocab) else ""
    text = view.vocab.tidy(st.session_state.get("walk") or "")
    if symbol == END:
        st.session_state["walk_ended"] = True
    elif len(text) < LONGEST:
        _walk(text + symbol)


def _next_letter(view: View, text: str) -> None:
    labels = view.vocab.labels
    reading = probe.read(view.model, view.vocab, text, view.context)
    probs = reading.probs[-1]
    top = np.argsort(-probs, kind="stable")
    plot(charts_inside.bars(probs, labels, text), "next_bars",
         "Probability of every symbol as the next", charts.least_width(len(labels)),
         on_point=lambda x, _: _take(view, x))
    if st.session_state.get("walk_ended"):
        kind = originality(text, view.corpus)
        said(f"⏎ ends it: “{text}” is {'a ' if kind == 'copied' else ''}"
             f"{'copied name' if kind == 'copied' else kind}.")
    said(f"After {after(text)} the likeliest are " + ", ".join(
        f"{labels[v]} ({probs[v]:.2f})" for v in top[:3]) + ". Click a bar to take it.")
    rows = [[labels[v], f"{reading.logits[-1][v]:+.3f}", f"{probs[v]:.4f}"] for v in top]
    twin(["symbol", "logit", "p"], rows, "next_twin", "Every next symbol", numeric=(1, 2))
    if text:
        ids = np.array([*view.vocab.encode(text), -1])
        plot(charts.probabilities(reading.probs, ids, labels,
                                  [text[:t] for t in range(len(ids))]),
             "walk_probs", "What it expected at each of these letters",
             charts.least_width(len(ids)))
        taken = reading.probs[np.arange(len(text)), ids[:-1]]
        hardest = int(taken.argmin())
        said(f"What it expected at each letter of yours (outlined). The greatest surprise: "
             f"{labels[ids[hardest]]} after {after(text[:hardest])}, "
             f"p = {taken[hardest]:.2g}.")


def _equations(view: View, text: str) -> None:
    """The formulas, and this step's numbers in them."""
    cell, H = view.whole.cell, view.whole.hidden_size
    step = probe.take_apart(view.model, view.vocab, text, view.context)
    letter = [*view.vocab.labels, "none: this is the start"][step.letter]
    st.latex(FORMULAS[cell])
    said(f"x_t is the letter read last: {letter}"
         + (f", number {step.letter} of the dictionary, a one there and zeros elsewhere."
            if step.letter < len(view.vocab) else ", all zeros."))
    if int(st.session_state.get("unit") or 0) >= H:
        st.session_state["unit"] = 0
    st.number_input(f"Open a unit (0 to {H - 1})", 0, H - 1,
                    key="unit", persist_state="session", width=170)
    unit = min(max(int(st.session_state["unit"] or 0), 0), H - 1)
    rows = {"h before": step.h_prev, "h now": step.h}
    if cell == "rnn":
        rows = {"h before": step.h_prev, "sum": step.sums, "h now": step.h}
    else:
        gates = zip(probe.GATE_NAMES[cell], step.gates.reshape(-1, H), strict=True)
        cells = {} if step.c is None else {"c before": step.c_prev, "c now": step.c}
        rows = {"h before": step.h_prev, **{f"gate {g}": v for g, v in gates}, **cells,
                "h now": step.h}
    plot(charts_inside.strips(rows, unit), "strips", "The vectors of this step, unit by unit",
         on_point=lambda x, _: st.session_state.update(unit=int(x)))
    st.caption("Each column is a hidden unit, each row a vector of this step; beyond ±1 the colour "
               "stays as at ±1. Click a column to open its unit.")
    st.latex(_unit_latex(step, cell, H, unit))
    _terms(view, step, unit)
    _softmax(view, step)


def _unit_latex(step: probe.Step, cell: str, H: int, unit: int) -> str:
    """The formula of one unit with its numbers."""
    def n(value: float) -> str:
        return f"{value:.3f}" if value >= 0 else f"({value:.3f})"

    letter, bias, state = (v.reshape(-1, H)[:, unit] for v in (
        step.from_letter, step.bias, step.from_state))
    sums, gates = step.sums.reshape(-1, H)[:, unit], step.gates.reshape(-1, H)[:, unit]
    lines = []
    for g, name in enumerate(probe.GATE_NAMES[cell]):
        squash = r"\tanh" if name in ("h", "n", "g") else r"\sigma"
        past = n(state[g]) if name != "n" else f"{n(gates[0])} \\cdot {n(state[g])}"
        left = "h_t" if cell == "rnn" else name
        lines.append(rf"{left} &= {squash}(\underbrace{{{n(letter[g])}}}_{{x_t W}} + "
                     rf"\underbrace{{{n(bias[g])}}}_{{b}} + "
                     rf"\underbrace{{{past}}}_{{h_{{t-1}} W}}) = {squash}({sums[g]:.3f}) = "
                     rf"{gates[g]:.3f}")
    before, h = step.h_prev[unit], step.h[unit]
    if cell == "gru":
        r, z, new = gates
        lines.append(rf"h_t &= (1 - {n(z)}) \cdot {n(new)} + {n(z)} \cdot {n(before)} = {h:.3f}")
    elif cell == "lstm":
        i, f, g, o = gates
        c = step.c[unit]
        lines.append(rf"c_t &= {n(f)} \cdot {n(step.c_prev[unit])} + {n(i)} \cdot {n(g)} = {c:.3f}")
        lines.append(rf"h_t &= {n(o)} \cdot \tanh({c:.3f}) = {h:.3f}")
    return r"\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}"


def _terms(view: View, step: probe.Step, unit: int) -> None:
    """The sum of one unit term by term: h before times W_hh, the largest first."""
    cell, H = view.whole.cell, view.whole.hidden_size
    gate = 0
    if GATES[cell] > 1:
        names = probe.GATE_NAMES[cell]
        gate = names.index(st.segmented_control(
            "Sum of gate", names, key=f"gate_{cell}", required=True, default=names[0]))
    column = gate * H + unit
    W = view.model.W_hh.detach().numpy()[:, column]
    products = step.h_prev * W
    order = np.argsort(-np.abs(products), kind="stable")

    def row(k: int) -> list[str]:
        return [f"unit {k}", f"{step.h_prev[k]:+.3f}", f"{W[k]:+.3f}", f"{products[k]:+.4f}"]

    shown = [k for k in order[:SHOWN_TERMS] if products[k]]  # at the start there is no state yet
    rest = order[len(shown):]
    letter = [*view.vocab.labels, "start"][step.letter]
    head = [[f"letter {letter}", "1" if step.letter < len(view.vocab) else "0",
             f"{step.from_letter[column]:+.3f}", f"{step.from_letter[column]:+.4f}"],
            ["bias", "1", f"{step.bias[column]:+.3f}", f"{step.bias[column]:+.4f}"]]
    tail = [[f"the other {len(rest)}", "", "", f"{products[rest].sum():+.4f}"]] if len(rest) else []
    scaled = cell == "gru" and gate == 2
    total = step.from_state[column] if scaled else step.sums[column]
    rows = [*([] if scaled else head), *(row(k) for k in shown), *tail,
            ["all together", "", "", f"{total:+.4f}"]]
    table(["from", "value", "× weight", "= term"], rows, "terms",
          f"The sum of unit {unit}, term by term", numeric=(1, 2, 3))
    said(f"What unit {unit} adds up, the largest terms first"
         + (", before r scales it." if scaled else "."))
    with st.expander("All terms"):
        table(["from", "value", "× weight", "= term"], [row(k) for k in order], "all_terms",
              f"All terms of unit {unit}", numeric=(1, 2, 3), max_height=300)


def _softmax(view: View, step: probe.Step) -> None:
    """From the hidden state to one probability, with its numbers."""
    v = int(step.probs.argmax())
    bias = float(view.model.b_y[v].detach())
    logit, whole = float(step.logits[v]), float(np.exp(step.logits.astype(float)).sum())
    st.latex(OUTPUT)
    st.latex(rf"\begin{{aligned}} \mathrm{{logit}} &= \underbrace{{{logit - bias:.3f}}}_{{h_t "
             rf"W_{{hy}}}} + \underbrace{{({bias:.3f})}}_{{b_y}} = {logit:.3f} \\ p &= "
             rf"\frac{{e^{{{logit:.3f}}}}}{{\sum e^{{\mathrm{{logit}}}}}} = "
             rf"\frac{{{np.exp(logit):.4g}}}{{{whole:.4g}}} = {step.probs[v]:.3f} "
             r"\end{aligned}")
    said(f"These are the numbers of the likeliest symbol, {view.vocab.labels[v]}.")


def two(view: View) -> None:
    """Two kept runs on the same start."""
    others = [kept for kept in session.runs() if kept.token != view.kept.token]
    if not others:
        st.markdown("For this you need a second run. Train one with another recipe in the Lab; "
                    "this one is laid aside and stays here.")
        st.page_link(session.LAB, label="To the Lab", icon=":material/science:")
        return
    by_token = {kept.token: kept for kept in others}
    if st.session_state.get("other_run") not in by_token:
        st.session_state["other_run"] = others[0].token
    _begin(view)
    left, right = st.columns(2, gap="medium")
    with left:
        text = start_box(view, "walk", "The same start for both")
    words = {token: option(kept) for token, kept in by_token.items()}
    with right:
        token = st.selectbox("The other run, at its last moment", list(by_token),
                             key="other_run", persist_state="session",
                             format_func=words.__getitem__)
    if text is None:
        return
    other = by_token[token]
    config = other.run.config
    model = rebuild(config, len(other.corpus.vocab), other.run.weights)
    try:
        theirs = probe.read(model, other.corpus.vocab, text, config.context)
    except ValueError as error:
        said(f"{short(other)} learned from another list: {error}")
        return
    mine = probe.read(view.model, view.vocab, text, view.context)
    _side_by_side(view, other, text, mine, theirs)


def _side_by_side(
    view: View, other: object, text: str, mine: probe.Reading, theirs: probe.Reading
) -> None:
    sides = ((view.kept, mine), (other, theirs))
    for column, (kept, reading) in zip(st.columns(2, gap="medium"), sides, strict=True):
        with column:
            vocab = kept.corpus.vocab
            ids = np.array([*vocab.encode(text), -1])
            st.markdown(f"**{short(kept)}**")
            plot(charts.probabilities(reading.probs, ids, vocab.labels,
                                      [text[:t] for t in range(len(ids))]),
                 f"two_{'other' if kept is other else 'mine'}",
                 f"What {short(kept)} expects at each letter", charts.least_width(len(ids)))
    symbols = [END, *sorted({*view.vocab.symbols, *other.corpus.vocab.symbols} - {END})]
    labels = Vocab(symbols).labels
    one = probe.aligned(mine.probs, view.vocab, symbols)
    two_ = probe.aligned(theirs.probs, other.corpus.vocab, symbols)
    names = (short(view.kept), short(other))
    if names[0] == names[1]:
        names = (f"{names[0]} (left)", f"{names[1]} (right)")
    plot(charts_inside.paired_bars(one[-1], two_[-1], names, labels), "two_bars",
         "What both expect next", charts.least_width(len(labels)))
    gaps = probe.disagreement(one, two_)
    heads = [*text, "?"]
    where = int(gaps.argmax())
    v = int(np.abs(one[where] - two_[where]).argmax())
    said(f"They disagree most after {after(text[:where])}: {gaps[where]:.2f} of the "
         f"probability stands elsewhere; the largest gap is at {labels[v]} "
         f"({one[where][v]:.2f} against {two_[where][v]:.2f}).")
    plot(charts_inside.apart(gaps, [view.vocab.labels[view.vocab.index[h]] if h != "?" else h
                                    for h in heads]),
         "two_apart", "How far the two disagree at each letter")
    if view.silent or view.context != view.kept.run.config.context:
        st.caption(f"{names[0]} is shown with what you changed above; {names[1]} is whole.")
    st.caption("Disagreement is half the sum of |p − q| over all symbols: 0 is the same, 1 nothing "
               "in common.")
    rows = [[text[:t] or "start", labels[int(a.argmax())], f"{a.max():.3f}",
             labels[int(b.argmax())], f"{b.max():.3f}", f"{gap:.3f}"]
            for t, (a, b, gap) in enumerate(zip(one, two_, gaps, strict=True))]
    twin(["after", f"{names[0]}: likeliest", "p", f"{names[1]}: likeliest", "p", "apart"], rows,
         "two_twin", "Both models letter by letter", numeric=(2, 4, 5), names=(0,))
