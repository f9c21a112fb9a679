"""Inside, weights: the matrices as pictures, and the map of the letters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import streamlit as st

from dino import anatomy
from dino.charts import weights as charts_weights
from dino.pages.inside.view import View, network_at
from dino.ui import measurements
from dino.ui.plot import plot
from dino.ui.table import draw_twin
from dino.ui.text import show_text

SHOWN_UNITS = 96  # of a weight matrix at once
LISTED = 50  # weights in the table of the largest
MEANINGS = {
    "W_xh": "what each letter adds to each unit's sum",
    "W_hh": "what each unit adds to each unit's next sum",
    "W_hy": "what each unit adds to each symbol's score",
}


def draw_weights(view: View) -> None:
    """A weight matrix as a picture, and the map of the letters."""
    left, right = st.columns([5, 4], gap="medium")
    with left:
        _draw_matrix(view)
    with right:
        _draw_map(view)


class _Block(NamedTuple):
    """The part of a weight matrix that is shown: one gate's, of some units."""

    title: str
    weights: np.ndarray  # (R, C)
    rows: list[str]
    columns: list[str]
    sides: tuple[str, str]  # what a row and a column are


def _draw_matrix(view: View) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.segmented_control(
            "Weights", list(MEANINGS), key="matrix", persist_state="session", required=True
        )
        name = chosen or "W_hh"
        gate = _draw_gate_box(view.config.cell, name)
        first = _draw_unit_box(view.config.hidden_size)
    block = _block(view, name, gate, slice(first, first + SHOWN_UNITS))
    W = block.weights
    plot(
        charts_weights.weights(W, block.rows, block.columns, block.sides),
        "matrix_plot",
        f"The weights {name}",
    )
    if not W.any():
        show_text(f"{name}: all zero here, for these units are silent.")
        return
    i, j = np.unravel_index(np.abs(W).argmax(), W.shape)
    show_text(
        f"{block.title}: {MEANINGS[name]}. The largest here is {W[i, j]:+.2f}, "
        f"{block.sides[0]} {block.rows[i]} {block.sides[1]} {block.columns[j]}; the mean size is "
        f"{np.abs(W).mean():.2f}."
    )
    _draw_largest(block)


def _draw_gate_box(cell: str, name: str) -> int:
    """Draw the box; return the number of the gate whose block is shown (W_hy has one block)."""
    gates = anatomy.GATE_NAMES[cell]
    if len(gates) == 1 or name == "W_hy":
        return 0
    chosen = st.segmented_control(
        "Block", gates, key=f"weights_{cell}", required=True, default=gates[0]
    )
    return gates.index(chosen)


def _draw_unit_box(hidden_size: int) -> int:
    """Draw the box, if there is no room for all units; return the first unit that is shown."""
    if hidden_size <= SHOWN_UNITS:
        return 0
    chosen = st.number_input(
        "From unit", 0, hidden_size - 1, 0, step=SHOWN_UNITS, key=f"from_{hidden_size}", width=130
    )
    return int(chosen)


def _block(view: View, name: str, gate: int, shown: slice) -> _Block:
    cell, H, labels = view.config.cell, view.config.hidden_size, view.vocab.labels
    W = getattr(view.model, name).detach().numpy()
    units = [str(k) for k in range(H)][shown]
    if name == "W_hy":
        return _Block(name, W[shown].T, labels, units, ("to symbol", "from hidden unit"))
    gates = anatomy.GATE_NAMES[cell]
    title = f"{name}, {anatomy.block_title(gates[gate])}" if len(gates) > 1 else name
    W = W[:, gate * H : (gate + 1) * H]
    if name == "W_xh":
        return _Block(title, W[:, shown], labels, units, ("letter", "to hidden unit"))
    return _Block(title, W[shown, shown], units, units, ("from hidden unit", "to hidden unit"))


def _draw_largest(block: _Block) -> None:
    W, rows = block.weights, []
    for flat in np.argsort(-np.abs(W), axis=None)[:LISTED]:
        r, c = np.unravel_index(flat, W.shape)
        rows.append([block.rows[r], block.columns[c], f"{W[r, c]:+.3f}"])
    draw_twin(
        [*block.sides, "weight"],
        rows,
        "matrix_twin",
        "The largest weights of this picture",
        numeric=(2,),
    )


def _draw_map(view: View) -> None:
    """The letters' output vectors, on axes that are the same at all moments."""
    run, labels = view.entry.run, view.vocab.labels
    measurement = measurements.measure(
        (view.entry.token, run.kept_step, len(run.moments), "map"), lambda: _all_places(view)
    )
    if measurement.result is None:
        st.progress(measurement.share, "Drawing the map…")
        return
    places, share = measurement.result[:-1], measurement.result[-1, 0]  # (S, V, 2), (2,)
    now = places[[moment.step for moment in run.moments].index(view.moment.step)]
    edge = float(np.abs(places).max()) or 1.0
    vowels = anatomy.vowels(view.vocab)
    plot(
        charts_weights.letter_map(now, labels, vowels, edge, share),
        "letter_map",
        "The symbols by their output vectors, vowels in colour",
    )
    show_text(
        "Symbols that are near each other are predicted in similar places. The axes are those "
        "along which the last moment's vectors spread most, and stay the same."
        + _vowel_words(view, now, vowels)
    )
    rows = [
        [label, f"{x:+.2f}", f"{y:+.2f}"]
        for label, (x, y) in zip(labels, now.tolist(), strict=True)
    ]
    draw_twin(
        ["symbol", "axis 1", "axis 2"], rows, "map_twin", "The map as figures", numeric=(1, 2)
    )


def _vowel_words(view: View, places: np.ndarray, vowels: list[int]) -> str:
    """Whether the vowels cluster; empty if the list has too few vowels or other letters."""
    letters = range(1, len(view.vocab))
    if not 2 <= len(vowels) < len(letters):
        return ""
    on_map = anatomy.clustering(places, vowels, letters)
    in_all = anatomy.clustering(anatomy.output_vectors(view.intact_model), vowels, letters)
    named = " ".join(view.vocab.labels[i] for i in vowels)
    return vowel_sentences(named, len(vowels), on_map, in_all, view.config.hidden_size)


def vowel_sentences(
    named: str, count: int, on_map: anatomy.Clustering, in_all: anatomy.Clustering, size: int
) -> str:
    """What the map shows of the vowels, and what all dimensions show, each beside chance.

    named: the vowels; count: how many; size: how many dimensions there are.
    """
    groups = f"random groups of {count} letters"
    return (
        f" Vowels ({named}) are in colour. On this map their mean distance from each other is "
        f"{on_map.ratio:.2f} times that of all letters; {_chance_words(on_map, groups)}. "
        f"In all {size} dimensions it is {in_all.ratio:.2f} times; {_chance_words(in_all, groups)}."
    )


def _chance_words(found: anatomy.Clustering, groups: str) -> str:
    """What chance gives, and whether that decides."""
    share = 100 * found.as_near
    near = f"{share:.0f} %" if share >= 1 else "fewer than 1 %"
    verdict = "they cluster" if found.is_clear else "too close to call"
    return f"{near} of {groups} are at least as near: {verdict}"


def _all_places(view: View) -> Iterator[tuple[float, np.ndarray]]:
    """Every symbol's place at every moment; the last row has each axis's share. (S + 1, V, 2)"""
    networks = [network_at(view.entry, moment) for moment in view.entry.run.moments]
    places, share = anatomy.letter_map([anatomy.output_vectors(model) for model in networks])
    last = np.zeros((1, len(view.vocab), 2))
    last[0, 0] = share
    yield 1.0, np.concatenate([places, last])
