"""Inside, gradient: how far back training can look, in this run and in the visitor's others."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import streamlit as st

from dino import anatomy
from dino.charts import memory as charts_memory
from dino.config import GATES
from dino.jobs import RunEntry
from dino.model import CharRNN, rebuild
from dino.pages.inside.start_box import draw_start_box, fill_start_box
from dino.pages.inside.view import View
from dino.ui import measurements, run_titles, state
from dino.ui.plot import plot
from dino.ui.table import draw_table, draw_twin
from dino.ui.text import quoted_start, show_text

OVERLAID = 4  # runs in one picture
ENDS = {"h": "", "c": ", cell state c"}  # of a line's name
AN_EXAMPLE_OF = {"rnn": "a vanilla RNN", "gru": "a GRU", "lstm": "an LSTM"}

Norms = dict[str, np.ndarray]  # by the name of a state or a line, for j = 0, 1, … letters back
Models = list[tuple[RunEntry, CharRNN]]


def draw_gradient(view: View) -> None:
    """How much each earlier state could change one loss, in this run and in others."""
    fill_start_box(view, state.GRADIENT_NAME, max(view.corpus.val[:40], key=len))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=260):
            name = draw_start_box(view, state.GRADIENT_NAME, "A name")
        place = _draw_place_slider(name) if name else 0
    if name is None:
        return
    own = anatomy.gradient_through_time(view.model, view.vocab, name, place, view.context)
    lines, models = _lines(view, own, name, place)
    if not any((norms > 0).any() for norms in lines.values()):
        show_text("No state can change this loss: with all units silent, nothing flows back.")
        return
    left, right = st.columns([5, 4], gap="medium")
    with left:
        _draw_lines(lines, models)
        _draw_words(view, own, name, place, lines)
        _draw_twin(lines)
    with right:
        _draw_factors(models, name[:place], lines)
        _draw_missing(models)


def _draw_place_slider(name: str) -> int:
    """Draw the slider; return the position in the name whose loss is used."""
    chosen = state.GRADIENT_PLACE.get()
    place = len(name) if chosen is None else min(int(chosen), len(name))
    state.GRADIENT_PLACE.set(place)
    st.slider(
        "Which letter's loss",
        0,
        len(name),
        key="grad_place",
        persist_state="session",
        width=260,
        help="Counted from 0; the last is the end mark.",
    )
    return place


def _lines(view: View, own: Norms, name: str, place: int) -> tuple[Norms, Models]:
    """A line for this moment and for every other run that can read the name; their networks."""
    lines = _titled(view.entry, own)
    models = [(view.entry, view.model)]
    for entry in _overlaid(view):
        vocab, config = entry.corpus.vocab, entry.run.config
        model = rebuild(config, len(vocab), entry.run.weights)
        try:
            norms = anatomy.gradient_through_time(model, vocab, name, place, config.context)
        except ValueError:
            continue  # it learned from a list that lacks one of these letters
        models.append((entry, model))
        lines |= _titled(entry, norms)
    return lines, models


def _titled(entry: RunEntry, norms: Norms) -> Norms:
    """The norms of a run's states h and c by the names of their lines."""
    return {f"{run_titles.short(entry)}{ENDS[part]}": values for part, values in norms.items()}


def _overlaid(view: View) -> list[RunEntry]:
    """As many other runs as the figure has room for: the latest of each other cell first."""
    cells, first, rest = {view.config.cell}, [], []
    for entry in view.others:
        cell = entry.run.config.cell
        if cell in cells:
            rest.append(entry)
        else:
            first.append(entry)
            cells.add(cell)
    return (first + rest)[: OVERLAID - 1]


def _draw_lines(lines: Norms, models: Models) -> None:
    has_c = any(entry.run.config.cell == "lstm" for entry, _ in models)
    plot(
        charts_memory.gradient(lines, "(h or c)" if has_c else "h"),
        "gradient",
        "Size of the gradient by letters back",
    )


def _draw_words(view: View, own: Norms, name: str, place: int, lines: Norms) -> None:
    """What happens to the gradient on its way back, here and in the other runs."""
    symbols = [*(view.vocab.labels[i] for i in view.vocab.encode(name)), "⏎"]
    where = f"the loss at {symbols[place]} after {quoted_start(name[:place])}"
    show_text(f"{run_titles.short(view.entry)}, {where}: {_decay_words(own)}")
    comparison = _comparison_words(lines)
    if comparison:
        show_text(comparison)


def _draw_twin(lines: Norms) -> None:
    rows = []
    for j in range(max(map(len, lines.values()))):
        sizes = [f"{norms[j]:.3g}" if j < len(norms) else "" for norms in lines.values()]
        rows.append([str(j), *sizes])
    draw_twin(
        ["j", *lines],
        rows,
        "gradient_twin",
        "Size of the gradient by letters back",
        numeric=tuple(range(len(lines) + 1)),
    )


def _decay_words(own: Norms) -> str:
    norms, what = (own["c"], "the cell state c") if "c" in own else (own["h"], "h")
    if not _has_factor(norms):
        return "no earlier state can change it."
    factor = _factor(norms)
    return (
        f"from the last state to the first, the gradient with respect to {what} is multiplied by "
        f"{factor:.2f} a letter (geometric mean): {norms[0]:.2g} at the last, {norms[-1]:.2g} at "
        "the first. Compare slopes, not heights: the states of two networks have different units."
    )


def _has_factor(norms: np.ndarray) -> bool:
    """Whether a factor can be computed: at least two norms, and the first and last are not 0."""
    return len(norms) > 1 and norms[0] > 0 and norms[-1] > 0


def _factor(norms: np.ndarray) -> float:
    """By how much a gradient is multiplied per letter back: the geometric mean."""
    return float((norms[-1] / norms[0]) ** (1 / (len(norms) - 1)))


def _comparison_words(lines: Norms) -> str:
    """In which run the loss reaches furthest back; empty where there is nothing to compare."""
    factors = {name: _factor(norms) for name, norms in lines.items() if _has_factor(norms)}
    if len(factors) < 2:
        return ""
    least, most = min(factors, key=factors.__getitem__), max(factors, key=factors.__getitem__)
    return (
        f"Of these lines it keeps most from letter to letter in {most} ({factors[most]:.2f}), "
        f"least in {least} ({factors[least]:.2f}). That is these weights on this name; another "
        "name, or longer training, may turn the order round."
    )


def _draw_factors(models: Models, read: str, lines: Norms) -> None:
    """What multiplies the gradient from letter to letter: as the weights say, and as measured."""
    rows = []
    for entry, model in models:
        name = run_titles.short(entry)
        norms = lines[f"{name}{ENDS['c']}" if model.cell == "lstm" else name]
        measured = f"{_factor(norms):.2f}" if _has_factor(norms) else "–"
        rows.append([name, _direct_text(entry, model, read), measured, _clipped_text(entry)])
    draw_table(
        ["run", "by its weights", "measured", "updates clipped"],
        rows,
        "radii",
        "What the gradient is multiplied by for each letter back, and the share of clipped updates",
        numeric=(2, 3),
    )
    st.caption(
        "By its weights: for a vanilla RNN the spectral radius, the largest |eigenvalue| of W_hh. "
        "Without tanh the gradient would in the long run be multiplied by about this a letter; "
        "tanh lessens it, by how much depends on the name. For a GRU the mean update gate z, for "
        "an LSTM the mean forget gate f, on the letters that it read: the factor of the direct "
        "path along the state. Clipped: the share of this run's updates whose gradient was longer "
        "than the limit."
    )


def _direct_text(entry: RunEntry, model: CharRNN, read: str) -> str:
    """The factor that the weights give; … while it is computed in the background."""
    run = entry.run
    # The sum distinguishes networks of the same weights with different silent units.
    total = float(model.W_hh.detach().abs().sum())
    measurement = measurements.measure(
        ("factor", entry.token, id(run.weights), run.kept_step, total, read),
        lambda: _direct_factor(entry, model, read),
    )
    if measurement.result is None:
        return "–" if measurement.done else "…"
    words = {"rnn": "radius", "gru": "z, mean", "lstm": "f, mean"}[model.cell]
    return f"{words} {measurement.result[0]:.2f}"


def _direct_factor(
    entry: RunEntry, model: CharRNN, read: str
) -> Iterator[tuple[float, np.ndarray | None]]:
    if model.cell == "rnn":
        yield 1.0, np.array([anatomy.spectral_radius(model)])
    elif not read:
        yield 1.0, None
    else:
        context = entry.run.config.context
        yield 1.0, np.array([anatomy.mean_gate(model, entry.corpus.vocab, read, context)[1]])


def _clipped_text(entry: RunEntry) -> str:
    run = entry.run
    return f"{100 * run.clipped / run.step:.0f} %" if run.config.clip_norm else "off"


def _draw_missing(models: Models) -> None:
    """Which other cells the visitor could train for this picture."""
    cells = {entry.run.config.cell for entry, _ in models}
    missing = [AN_EXAMPLE_OF[cell] for cell in GATES if cell not in cells]
    if missing:
        st.caption(
            f"Train {' and '.join(missing)} on the same list in the Lab to lay it over this one."
        )
