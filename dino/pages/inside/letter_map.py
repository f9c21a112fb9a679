"""Inside, weights: the map of the letters, and whether the vowels cluster on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import streamlit as st

from dino import anatomy
from dino.charts import inside as charts
from dino.clustering import Clustering, clustering_in_parts, vowels_of
from dino.locale.sentences import Sentence, Text, comma_list, sentence
from dino.pages.inside.view import ONE_NETWORK, View, network_at
from dino.parts import report_progress, until_result
from dino.ui import measurements
from dino.ui.language import put, say, say_number
from dino.ui.plot import plot
from dino.ui.table import draw_twin
from dino.ui.text import draw_lines


def draw_map(view: View) -> None:
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
        charts.letter_map(now, labels, vowels, edge, share, put),
        "letter_map",
        put(charts.map_alt(vowels)),
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
            "They cluster there. Fewer than 1 % of random groups of {count} letters are at "
            "least as close together (permutation test).",
            count=count,
        )
    if found.is_clear:
        return sentence(
            "They cluster there. Only {percent:.0f} % of random groups of {count} letters "
            "are at least as close together (permutation test).",
            percent=percent,
            count=count,
        )
    return sentence(
        "It is not clear whether they cluster there. In a permutation test, {percent:.0f} "
        "% of random groups of {count} letters are at least as close together.",
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
