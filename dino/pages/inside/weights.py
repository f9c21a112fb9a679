"""Inside, weights: the matrices as pictures, and the map of the letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st

from dino import anatomy
from dino.charts import inside as charts_weights
from dino.clustering import Clustering, clustering_in_parts, vowels_of
from dino.config import Config
from dino.locale.sentences import Sentence, Text, comma_list, mark, sentence
from dino.pages.inside.view import ONE_NETWORK, View, network_at
from dino.parts import report_progress, until_result
from dino.setting import Setting
from dino.ui import measurements, state
from dino.ui.language import put, say, say_number
from dino.ui.number_box import draw_number
from dino.ui.plot import plot
from dino.ui.table import draw_twin
from dino.ui.text import draw_lines, show_text
from dino.ui.typed_numbers import NumberBox

SHOWN_UNITS = 96  # of a weight matrix at one time
LISTED = 50  # weights in the table of the largest ones
MATRICES = ("W_xh", "W_hh", "W_hy")
STATE_GATES = ("r", "f")  # these gates only multiply what comes from the previous state


def draw_weights(view: View) -> None:
    """Draw a weight matrix as a picture, and the map of the letters."""
    left, right = st.columns([5, 4], gap="medium")
    with left:
        _draw_matrix(view)
    with right:
        _draw_map(view)


class Block(NamedTuple):
    """The part of a weight matrix that is shown: one gate's, for some units."""

    title: Text
    weights: np.ndarray  # (R, C)
    rows: list[str]
    columns: list[str]
    sides: tuple[str, str]  # the titles of rows and columns


def _draw_matrix(view: View) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.segmented_control(
            say("Weights"), MATRICES, key=state.MATRIX.key, persist_state="session", required=True
        )
        name = chosen or "W_hh"
        gate = _draw_gate_box(view.config.cell, name)
        first = _draw_unit_box(view.config.hidden_size)
    block = _block(view, name, gate, slice(first, first + SHOWN_UNITS))
    if not has_effect(view.config, name, gate):
        show_text(put(_no_effect_sentence(block.title)))
        return
    shown = range(first, min(first + SHOWN_UNITS, view.config.hidden_size))
    plot(
        charts_weights.weights(block.weights, block.rows, block.columns, block.sides),
        "matrix_plot",
        put(charts_weights.weights_alt(block.title, shown, view.config.hidden_size)),
    )
    lines = matrix_sentences(name, block, is_silent=set(shown) <= set(view.silent))
    if not block.weights.any():
        show_text("\n".join(map(put, lines)))
        return
    draw_lines(lines[:1], more=lines[1:])
    _draw_largest(block)


def has_effect(config: Config, name: str, gate: int) -> bool:
    """Whether a block of a matrix can change a prediction of this recipe.

    With a memory of one letter, the state is zero before every letter. So W_hh, and the gates that
    only multiply the state, have no effect and no gradient.
    """
    is_of_state = name == "W_hh"
    if name == "W_xh":
        is_of_state = anatomy.GATE_NAMES[config.cell][gate] in STATE_GATES
    return config.context != 1 or not is_of_state


def _no_effect_sentence(title: Text) -> Sentence:
    return sentence(
        "{matrix} has no effect here, because the state is zero before every letter.", matrix=title
    )


def matrix_sentences(name: str, block: Block, is_silent: bool) -> list[Sentence]:
    """Say what a matrix does, its largest weight, and how large its weights are on average.

    is_silent: whether all shown units are silent.
    """
    found, W = [_meaning(name, block.title)], block.weights
    if not W.any() and is_silent:
        return [*found, sentence("All weights shown are zero because these units are silent.")]
    if not W.any():
        return [*found, sentence("All weights shown are zero.")]
    i, j = np.unravel_index(np.abs(W).argmax(), W.shape)
    return [
        *found,
        _largest(name, block.rows[int(i)], block.columns[int(j)], float(W[i, j])),
        sentence("The mean absolute weight is {mean:.2f}.", mean=float(np.abs(W).mean())),
    ]


def _meaning(name: str, title: Text) -> Sentence:
    if name == "W_xh":
        return sentence("{matrix}: what each letter adds to each unit's sum.", matrix=title)
    if name == "W_hh":
        return sentence(
            "{matrix}: how much each unit counts in each unit's next sum.", matrix=title
        )
    return sentence(
        "{matrix}: how much each unit counts in each symbol's logit (score).", matrix=title
    )


def _largest(name: str, row: str, column: str, weight: float) -> Sentence:
    fields = {"weight": weight, "row": row, "column": column}
    if name == "W_xh":
        return sentence(
            "The weight farthest from 0 here is {weight:+.2f}, from letter {row} to hidden unit "
            "{column}.",
            **fields,
        )
    if name == "W_hh":
        return sentence(
            "The weight farthest from 0 here is {weight:+.2f}, from hidden unit {row} to hidden "
            "unit {column}.",
            **fields,
        )
    return sentence(
        "The weight farthest from 0 here is {weight:+.2f}, from hidden unit {column} to symbol "
        "{row}.",
        **fields,
    )


def _draw_gate_box(cell: str, name: str) -> int:
    """Draw the box. Return the number of the gate whose block is shown; W_hy has one block."""
    gates = anatomy.GATE_NAMES[cell]
    if len(gates) == 1 or name == "W_hy":
        return 0
    chosen = st.segmented_control(
        say("Block"),
        gates,
        format_func=lambda name: put(anatomy.BLOCK_TITLES[name]),
        key=f"weights_{cell}",
        required=True,
        default=gates[0],
    )
    return gates.index(chosen)


def _draw_unit_box(hidden_size: int) -> int:
    """Draw the box if there is no room for all units. Return the first unit that is shown."""
    if hidden_size <= SHOWN_UNITS:
        return 0
    first = Setting(int, mark("From unit"), "", low=0, high=hidden_size - 1)
    box = NumberBox(state.Value(f"from_{hidden_size}", 0), first)
    return int(draw_number(box, step=SHOWN_UNITS, width=130))


def _block(view: View, name: str, gate: int, shown: slice) -> Block:
    cell, H, labels = view.config.cell, view.config.hidden_size, view.vocab.labels
    W = getattr(view.model, name).detach().numpy()
    units = [str(k) for k in range(H)][shown]
    letter, unit_from, unit_to = say("letter"), say("from hidden unit"), say("to hidden unit")
    if name == "W_hy":
        return Block(name, W[shown].T, labels, units, (say("to symbol"), unit_from))
    gates = anatomy.GATE_NAMES[cell]
    title: Text = name
    if len(gates) > 1:
        block = anatomy.BLOCK_TITLES[gates[gate]]
        title = sentence("{matrix}, {block}", matrix=name, block=put(block))
    W = W[:, gate * H : (gate + 1) * H]
    if name == "W_xh":
        return Block(title, W[:, shown], labels, units, (letter, unit_to))
    return Block(title, W[shown, shown], units, units, (unit_from, unit_to))


def _draw_largest(block: Block) -> None:
    W, rows = block.weights, []
    for flat in np.argsort(-np.abs(W), axis=None)[:LISTED]:
        r, c = np.unravel_index(flat, W.shape)
        rows.append([block.rows[r], block.columns[c], say_number(float(W[r, c]), "+.3f")])
    draw_twin(
        [*block.sides, say("weight")],
        rows,
        "matrix_twin",
        say("The largest weights of this picture"),
        numeric=(2,),
    )


def _draw_map(view: View) -> None:
    """Draw the letters' output vectors, on axes that are the same at all moments."""
    run, labels = view.entry.run, view.vocab.labels
    measurement = measurements.measure(
        (view.entry.token, run.kept_step, len(run.moments), "map"), lambda: _all_places(view)
    )
    if measurement.result is None:
        st.progress(measurement.share, say("Drawing the map…"))
        return
    places, share = measurement.result[:-1], measurement.result[-1, 0]  # (S, V, 2), (2,)
    now = places[[moment.step for moment in run.moments].index(view.moment.step)]
    edge = float(np.abs(places).max()) or 1.0
    vowels = vowels_of(view.vocab)
    plot(
        charts_weights.letter_map(now, labels, vowels, edge, share, put),
        "letter_map",
        put(charts_weights.map_alt(vowels)),
    )
    similar, *how = map_sentences(view.config.hidden_size)
    of_vowels = _vowel_sentences(view, now, vowels)  # the first says which they are
    draw_lines([similar, *of_vowels[:1]], more=[*how, *of_vowels[1:]])
    rows = [
        [label, say_number(x, "+.2f"), say_number(y, "+.2f")]
        for label, (x, y) in zip(labels, now.tolist(), strict=True)
    ]
    draw_twin(
        [say("symbol"), say("axis 1"), say("axis 2")],
        rows,
        "map_twin",
        say("The map as numbers"),
        numeric=(1, 2),
    )


def map_sentences(size: int) -> list[Sentence]:
    """Say what the map shows. size: how many dimensions the output vectors have."""
    found = [
        sentence("Symbols with similar output vectors are predicted in similar contexts."),
        sentence(
            "Each symbol is placed by its output vector, which is its column of W_hy minus the "
            "mean column."
        ),
    ]
    if size > 2:
        found.append(
            sentence(
                "The map shows 2 of {size} dimensions, those along which the last moment's "
                "vectors vary most (principal components).",
                size=size,
            )
        )
    return [*found, sentence("The axes are the same at every moment.")]


def _vowel_sentences(view: View, places: np.ndarray, vowels: list[int]) -> list[Text]:
    """Say whether the vowels cluster; nothing if the list has too few vowels or too few other
    letters.
    """
    if not 2 <= len(vowels) < len(view.vocab) - 1:
        return []
    run, named = view.entry.run, [view.vocab.labels[i] for i in vowels]
    measurement = measurements.measure(
        (*view.key, run.kept_step, len(run.moments), "vowels"),
        lambda: _measure_clustering(view, places, vowels),
        patience=0.02,  # the bundled lists take this long
    )
    if measurement.result is None:
        return [_named_sentence(named), sentence("Measuring whether they cluster…")]
    on_map, in_all = measurement.result
    return vowel_sentences(named, on_map, in_all, view.config.hidden_size)


def _measure_clustering(
    view: View, places: np.ndarray, vowels: Sequence[int]
) -> Iterator[tuple[float, tuple[Clustering, Clustering] | None]]:
    """Measure how near the vowels are to one another, on the map and in all dimensions."""
    found: list[Clustering] = []
    for vectors in (places, anatomy.output_vectors(view.intact_model)):
        parts = clustering_in_parts(vectors, vowels, range(1, len(view.vocab)))
        work = until_result(result for _, result in parts)
        found.append((yield from report_progress(work, (len(found) / 2, None))))
    yield 1.0, (found[0], found[1])


def vowel_sentences(
    vowels: Sequence[str], on_map: Clustering, in_all: Clustering, size: int
) -> list[Text]:
    """Say what the map shows of the vowels, and what all dimensions show, each beside chance.

    size: the number of dimensions.
    """
    found: list[Text] = [
        _named_sentence(vowels),
        sentence(
            "On this map the mean distance between vowels is {ratio:.2f} times that between all "
            "letters.",
            ratio=on_map.ratio,
        ),
        _chance_sentence(on_map, len(vowels)),
    ]
    if size > 2:
        found += [
            sentence(
                "In all {size} dimensions the distance between vowels is {ratio:.2f} times that "
                "between all letters.",
                size=size,
                ratio=in_all.ratio,
            ),
            _chance_sentence(in_all, len(vowels)),
        ]
    return [*found, ONE_NETWORK]


def _named_sentence(vowels: Sequence[str]) -> Sentence:
    return sentence("The vowels are in colour: {vowels}.", vowels=comma_list(vowels))


def _chance_sentence(found: Clustering, count: int) -> Sentence:
    """Say what chance gives (a permutation test), and whether the result is clear."""
    percent = 100 * found.as_near
    if found.is_clear and percent < 1:
        return sentence(
            "They cluster there: fewer than 1 % of random groups of {count} letters are at "
            "least as close together (permutation test).",
            count=count,
        )
    if found.is_clear:
        return sentence(
            "They cluster there: only {percent:.0f} % of random groups of {count} letters are "
            "at least as close together (permutation test).",
            percent=percent,
            count=count,
        )
    return sentence(
        "It is not clear whether they cluster there: {percent:.0f} % of random groups of "
        "{count} letters are at least as close together (permutation test).",
        percent=percent,
        count=count,
    )


def _all_places(view: View) -> Iterator[tuple[float, np.ndarray | None]]:
    """Every symbol's place at every moment; the last row has each axis's share. (S + 1, V, 2)"""
    yield 0.0, None  # the page's script stops here
    vectors = [anatomy.output_vectors(network_at(view.entry, it)) for it in view.entry.run.moments]
    places, share = anatomy.letter_map(vectors)
    last = np.pad(np.array(share)[None, None], ((0, 0), (0, len(view.vocab) - 1), (0, 0)))
    yield 1.0, np.concatenate([places, last])
