"""The rows of a name's heatmap: which symbols have one, and what of each probability is the
network's where it writes together with counting.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dino.charts.base import MOST_ROWS, TEXT, Part, Put
from dino.locale.sentences import Sentence, sentence
from dino.mix import Mix


def most_probable(
    probs: np.ndarray, ids: np.ndarray, labels: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, Sequence[str]]:
    """The same with fewer rows, if there are too many to read: the symbols taken, the most probable
    of the others, and a last row with the sum of the rest.
    """
    V = len(labels)
    if V <= MOST_ROWS:
        return probs, ids, labels
    drawn = _drawn_rows(probs, ids)
    rest = np.setdiff1d(np.arange(V), drawn)
    rows = np.concatenate([probs[:, drawn], probs[:, rest].sum(1, keepdims=True)], axis=1)
    places = np.where(ids >= 0, np.searchsorted(drawn, ids), -1)
    return rows, places, [*(labels[v] for v in drawn), f"+{len(rest)}"]


def _drawn_rows(probs: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """The symbols that have a row of their own, if there are too many of them."""
    order = np.argsort(-probs.max(0), kind="stable")
    taken = np.unique(ids[ids >= 0])
    free = max(0, MOST_ROWS - 1 - len(taken))
    others = np.setdiff1d(order[:MOST_ROWS], taken, assume_unique=True)
    return np.union1d(taken, others[:free])


def rows_left_out(V: int) -> Sentence | None:
    """What `probabilities` draws of V symbols, as a sentence; None if it draws them all."""
    if V <= MOST_ROWS:
        return None
    return sentence(
        "Of the {symbols} symbols, the {rows} most likely here have a row each. The row +{rest} "
        "is all the others together.",
        symbols=V,
        rest=V - MOST_ROWS + 1,
        rows=MOST_ROWS - 1,
    )


def merged_parts(
    probs: np.ndarray, parts: np.ndarray, ids: np.ndarray, labels: Sequence[str]
) -> np.ndarray:
    """The network's parts by the rows that `most_probable` makes. (T, V), (T, V) -> (T, rows)"""
    if len(labels) <= MOST_ROWS:
        return parts
    drawn = _drawn_rows(probs, ids)
    rest = np.setdiff1d(np.arange(len(labels)), drawn)
    of_rest = (probs * parts)[:, rest].sum(1) / np.maximum(probs[:, rest].sum(1), 1e-300)
    return np.concatenate([parts[:, drawn], of_rest[:, None]], axis=1)


def parts_of_taken(from_network: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Which part of the probability of each symbol taken is the network's. (T, V), (T,) -> (T,)"""
    found: np.ndarray = from_network[np.arange(len(ids)), ids]
    return found


def network_row(parts: np.ndarray, symbols: Sequence[str], at: float, put: Put) -> Part:
    """A row of numbers in a heatmap: the network's part of each symbol taken, in percent.

    parts (T,): as `parts_of_taken` gives them; symbols (T,): those taken; at: the row
    """
    percents = (100 * parts).tolist()
    about = [
        sentence(
            "{percent:.0f} % of the probability of {symbol} came from the network",
            percent=percent,
            symbol=head,
        )
        for percent, head in zip(percents, symbols, strict=True)
    ]
    return {
        "type": "scatter",
        "mode": "text",
        "x": list(range(len(parts))),
        "y": [at] * len(parts),
        "text": [str(round(percent)) for percent in percents],
        "textfont": {"size": 10, "color": TEXT},
        "hovertext": [put(words) for words in about],
        "hoverinfo": "text",
    }


def with_part(words: Sentence, part: float) -> Sentence:
    """The words of a cell, with the network's part of its probability."""
    return sentence("{p}, {percent:.0f} % of it from the network", p=words, percent=100 * part)


def heard_part(words: Sentence, part: float) -> Sentence:
    """What is heard of a letter, with the network's part of its probability."""
    return sentence(
        "{letter} Of its probability, {percent:.0f} % came from the network.",
        letter=words,
        percent=100 * part,
    )


def network_sentences(from_network: np.ndarray, ids: np.ndarray, given: int) -> list[Sentence]:
    """Say how much of the letters' probabilities was the network's. (T, V), (T,)

    given: how many of the first letters were not chosen.
    """
    parts = parts_of_taken(from_network, ids)[given:]
    return [
        sentence(
            "On average, {percent:.0f} % of the probability of the letters written came from the "
            "network.",
            percent=100 * float(parts.mean()),
        ),
        sentence("The row % has this percentage for each letter."),
    ]


def mixed_sentence(mix: Mix) -> Sentence:
    """Say what each probability is a mixture of."""
    if not mix.share:
        return sentence(
            "Each probability is that of counting {partner}, without the network.",
            partner=Sentence(mix.partner),
        )
    return sentence(
        "Each probability is {share:g} · that of the network + {rest:g} · that of counting "
        "{partner}.",
        share=mix.share,
        rest=round(1 - mix.share, 3),
        partner=Sentence(mix.partner),
    )
