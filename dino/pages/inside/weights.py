"""Inside, gradient and weights: how far training can look back, and what the weights say."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import streamlit as st

from dino import probe
from dino.charts import inside as charts_inside
from dino.config import GATES
from dino.jobs import RunEntry
from dino.model import CharRNN
from dino.pages.inside.frame import View, short
from dino.pages.inside.letters import renewed, start_box
from dino.train import rebuild
from dino.ui import session
from dino.ui.plot import plot
from dino.ui.table import table, twin
from dino.ui.text import after, said

SHOWN_UNITS = 96  # of a weight matrix at once
OVERLAID = 4  # runs in one picture
GATHERED = 0.9  # times the mean distance: nearer than that we say so
MATRICES = ("W_xh", "W_hh", "W_hy")


def gradient(view: View) -> None:
    """How much each earlier state could change one loss, in this run and the others kept."""
    state = st.session_state
    if renewed(view, "grad_name"):
        state["grad_name"] = max(view.corpus.val[:40], key=len)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=260):
            name = start_box(view, "grad_name", "A name")
        if name:
            state["grad_place"] = min(int(state.get("grad_place") or len(name)), len(name))
            st.slider("The loss at its letter number", 0, len(name),
                      key="grad_place", persist_state="session", width=260,
                      help="Counted from 0; the last is the end mark.")
    if name is None:
        return
    place = int(state["grad_place"]) if name else 0
    own = probe.gradient_through_time(view.model, view.vocab, name, place, view.context)
    lines, runs = _lines(view, own, name, place)
    if not any((norms > 0).any() for norms in lines.values()):
        said("No state can change this loss: with all units silent, nothing flows back.")
        return
    left, right = st.columns([5, 4], gap="medium")
    with left:
        lstm = any(kept.run.config.cell == "lstm" for kept, _ in runs)
        plot(charts_inside.gradient(lines, "(h or c)" if lstm else "h"), "gradient",
             "Size of the gradient by letters back")
        symbol = [*(view.vocab.labels[i] for i in view.vocab.encode(name)), "⏎"][place]
        said(_decay(short(view.kept), own, symbol, name[:place]))
        if compared := _compared(lines):
            said(compared)
        longest = max(map(len, lines.values()))
        rows = [[str(j), *(f"{norms[j]:.3g}" if j < len(norms) else "" for norms in lines.values())]
                for j in range(longest)]
        twin(["j", *lines], rows, "gradient_twin", "Size of the gradient by letters back",
             numeric=tuple(range(len(lines) + 1)))
    with right:
        _radii(runs)
        missing = [cell for cell in GATES if cell not in {k.run.config.cell for k, _ in runs}]
        if missing:
            names = " and ".join({"rnn": "a vanilla RNN", "gru": "a GRU", "lstm": "an LSTM"}[cell]
                                 for cell in missing)
            st.caption(f"Train {names} on the same list in the Lab to lay it over this one.")


def _lines(
    view: View, own: dict[str, np.ndarray], name: str, place: int
) -> tuple[dict[str, np.ndarray], list[tuple[RunEntry, CharRNN]]]:
    """A line for this moment and for every other kept run that can read the name."""
    lines, runs = {}, [(view.kept, view.model)]
    for part, norms in own.items():
        lines[f"{short(view.kept)}{', cell state c' if part == 'c' else ''}"] = norms
    for kept in _others(view.kept):
        config = kept.run.config
        model = rebuild(config, len(kept.corpus.vocab), kept.run.weights)
        try:
            found = probe.gradient_through_time(
                model, kept.corpus.vocab, name, place, config.context)
        except ValueError:
            continue  # it learned from a list that lacks one of these letters
        runs.append((kept, model))
        for part, norms in found.items():
            lines[f"{short(kept)}{', cell state c' if part == 'c' else ''}"] = norms
    return lines, runs


def _others(shown: RunEntry) -> list[RunEntry]:
    """As many kept runs as a picture has room for: the latest of each other cell first."""
    others = [kept for kept in session.runs() if kept.token != shown.token]
    seen, first, rest = {shown.run.config.cell}, [], []
    for kept in others:
        (rest if kept.run.config.cell in seen else first).append(kept)
        seen.add(kept.run.config.cell)
    return (first + rest)[: OVERLAID - 1]


def _decay(run: str, own: dict[str, np.ndarray], symbol: str, before: str) -> str:
    part = "c" if "c" in own else "h"
    norms = own[part]
    told = f"{run}, the loss at {symbol} after {after(before)}: "
    if len(norms) < 2 or norms[-1] <= 0 or norms[0] <= 0:
        return told + "no earlier state can change it."
    factor, what = _factor(norms), "the cell state c" if part == "c" else "h"
    how = (f"{'shrinks' if factor < 1 else 'grows'} by a factor of {factor:.2f} a letter back"
           if abs(factor - 1) >= 0.005 else "is as large at both ends")
    return (told + f"the gradient by {what} {how}: {norms[0]:.2g} at the last state, "
            f"{norms[-1]:.2g} at the first.")


def _factor(norms: np.ndarray) -> float:
    """By how much a gradient changes a letter back, as the mean over all of them."""
    return float((norms[-1] / norms[0]) ** (1 / (len(norms) - 1)))


def _compared(lines: dict[str, np.ndarray]) -> str:
    """In which run the loss reaches furthest back."""
    factors = {name: _factor(norms) for name, norms in lines.items()
               if len(norms) > 1 and norms[0] > 0 and norms[-1] > 0}
    if len(factors) < 2:
        return ""
    least, most = min(factors, key=factors.get), max(factors, key=factors.get)
    return (f"Of these lines it keeps most from letter to letter in {most} ({factors[most]:.2f}), "
            f"least in {least} ({factors[least]:.2f}). That is these weights on this name; another "
            "name, or longer training, may turn the order round.")


def _radii(runs: list[tuple[RunEntry, CharRNN]]) -> None:
    rows = []
    for kept, model in runs:
        step = kept.run.kept_step
        study = session.study(("radii", kept.token, id(kept.run.weights), step, _hash(model)),
                              lambda model=model: _radius_parts(model))
        run = kept.run
        radii = "…" if study.result is None else " · ".join(
            f"{name} {radius:.2f}" if GATES[run.config.cell] > 1 else f"{radius:.2f}"
            for name, radius in zip(probe.GATE_NAMES[run.config.cell], study.result, strict=True))
        share = f"{100 * run.clipped / run.step:.0f} %" if run.config.clip_norm else "off"
        rows.append([short(kept), radii, share])
    table(["run", "spectral radius of W_hh", "updates clipped"], rows, "radii",
          "Spectral radius and share of clipped updates of every run", numeric=(2,))
    st.caption("Spectral radius: the largest |eigenvalue| of W_hh (of each gate's block). Below 1 "
               "a vanilla network's gradient vanishes going back; above 1 it may explode, less "
               "what tanh takes from it. Clipped: the share of this run's updates whose gradient "
               "was longer than the limit.")


def _hash(model: CharRNN) -> float:
    """Tells weights apart."""
    return float(model.W_hh.detach().abs().sum())


def _radius_parts(model: CharRNN) -> Iterator[tuple[float, np.ndarray]]:
    yield 1.0, np.array(list(probe.spectral_radii(model).values()))


def weights(view: View) -> None:
    """The weight matrices as pictures, and the map of the letters."""
    left, right = st.columns([5, 4], gap="medium")
    with left:
        _matrix(view)
    with right:
        _map(view)


def _matrix(view: View) -> None:
    cell, H = view.whole.cell, view.whole.hidden_size
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.segmented_control("Weights", MATRICES,
                                    key="matrix", persist_state="session", required=True)
        gates = probe.GATE_NAMES[cell]
        gate = 0
        if len(gates) > 1 and name != "W_hy":
            gate = gates.index(st.segmented_control(
                "Gate", gates, key=f"weights_{cell}", required=True, default=gates[0]))
        first = 0
        if H > SHOWN_UNITS:
            first = int(st.number_input("From unit", 0, H - 1, 0, step=SHOWN_UNITS,
                                        key=f"from_{H}", width=130))
    shown = slice(first, first + SHOWN_UNITS)
    W = getattr(view.model, name).detach().numpy()
    block = W if name == "W_hy" else W[:, gate * H : (gate + 1) * H]
    labels = view.vocab.labels
    units = [str(k) for k in range(H)][shown]
    if name == "W_xh":
        part, rows, columns, titles = block[:, shown], labels, units, ("letter", "to hidden unit")
    elif name == "W_hh":
        part, rows, columns, titles = (block[shown, shown], units, units,
                                       ("from hidden unit", "to hidden unit"))
    else:
        part, rows, columns, titles = (block[shown].T, labels, units,
                                       ("to symbol", "from hidden unit"))
    plot(charts_inside.weights(part, rows, columns, titles), "matrix_plot", f"The weights {name}")
    if not part.any():
        said(f"{name}: all zero here, for these units are silent.")
        return
    i, j = np.unravel_index(np.abs(part).argmax(), part.shape)
    what = {"W_xh": "what each letter adds to each unit's sum",
            "W_hh": "what each unit adds to each unit's next sum",
            "W_hy": "what each unit adds to each symbol's score"}[name]
    of = f", gate {gates[gate]}" if len(gates) > 1 and name != "W_hy" else ""
    said(f"{name}{of}: {what}. The largest here is {part[i, j]:+.2f}, {titles[0]} {rows[i]} "
         f"{titles[1]} {columns[j]}; the mean size is {np.abs(part).mean():.2f}.")
    order = np.argsort(-np.abs(part), axis=None)[:50]
    cells = [np.unravel_index(k, part.shape) for k in order]
    twin([titles[0], titles[1], "weight"],
         [[rows[r], columns[c], f"{part[r, c]:+.3f}"] for r, c in cells], "matrix_twin",
         "The largest weights of this picture", numeric=(2,))


def _map(view: View) -> None:
    """Where the letters' output vectors stand, on axes that hold for all moments."""
    run, V = view.kept.run, len(view.vocab)
    study = session.study((view.kept.token, run.kept_step, len(run.moments), "map"),
                          lambda: _map_parts(view))
    if study.result is None:
        st.progress(study.share, "Drawing the map…")
        return
    places, share = study.result[:-1], study.result[-1, 0]
    here = [moment.step for moment in run.moments].index(view.moment.step)
    vowels = probe.vowels(view.vocab)
    edge = float(np.abs(places).max()) or 1.0
    placed = places[here]
    plot(charts_inside.letter_map(placed, view.vocab.labels, vowels, edge, share),
         "letter_map", "The symbols by their output vectors, vowels in colour")
    others = range(1, V)
    words = ("Symbols that stand together are predicted in like places. The axes are those along "
             "which the last moment's vectors spread most, and stay the same.")
    if 2 <= len(vowels) < V - 1:
        flat, whole = (probe.gathering(vectors, vowels, others) for vectors in (
            placed, probe.output_vectors(view.whole)))
        words += (f" On this map vowels (in colour) stand {flat:.2f} times as far from each other "
                  "as letters do on average: "
                  f"{'they gather' if flat < GATHERED else 'they do not gather'}. The map is flat; "
                  f"in all {view.whole.hidden_size} dimensions it is {whole:.2f} times.")
    said(words)
    rows = [[label, f"{x:+.2f}", f"{y:+.2f}"]
            for label, (x, y) in zip(view.vocab.labels, placed.tolist(), strict=True)]
    twin(["symbol", "axis 1", "axis 2"], rows, "map_twin", "The map as figures", numeric=(1, 2))


def _map_parts(view: View) -> Iterator[tuple[float, np.ndarray]]:
    """All moments' places, and below them the shares: (S + 1, V, 2)."""
    run, V = view.kept.run, len(view.vocab)
    vectors = [probe.output_vectors(rebuild(run.config, V, moment.weights))
               for moment in run.moments]
    places, share = probe.letter_map(vectors)
    last = np.zeros((1, V, 2))
    last[0, 0] = share
    yield 1.0, np.concatenate([places, last])
