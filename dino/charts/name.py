"""A name as it is written: letter by letter, one draw of a symbol, whole names by probability.

Letter by letter, probabilities, hidden units and surprise have the same columns. `put` puts a
figure's words into the language of its page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dino.charts.base import (
    CHOSEN,
    DIVERGING,
    GROUND,
    MOST_ROWS,
    NEUTRAL,
    SEQUENTIAL,
    SMALL,
    TEXT,
    Figure,
    Part,
    Put,
    axis,
    escape,
    heads,
    labelled_axis,
    letter_figure,
    letter_heat,
    make_figure,
    numbers,
    outline,
)
from dino.charts.name_rows import (
    heard_part,
    merged_parts,
    most_probable,
    network_row,
    parts_of_taken,
    with_part,
)
from dino.charts.walk import Walk, letter_walk
from dino.locale.sentences import Sentence, join_sentences, number_sentence, sentence

ROW = 17  # pixels of a symbol's row
NAMED = 3  # symbols that are named at each letter
DRAW_HEIGHT = 120  # pixels
LEAST_LABELLED = 0.03  # the length of an interval that has room for its symbol
DRAW_MARGIN = {"l": 14, "r": 14, "t": 4, "b": 26}
NAME_ROW = 40  # pixels of a name
NAMES_MARGIN = {"l": 16, "r": 24, "t": 8, "b": 44}


def probabilities(
    probs: np.ndarray,
    ids: np.ndarray,
    labels: Sequence[str],
    prefixes: Sequence[str],
    put: Put,
    *,
    at: int | None = None,
    from_network: np.ndarray | None = None,
) -> Figure:
    """The probability of every symbol at every letter, the chosen ones outlined.

    probs (T, V); ids (T,): the symbols taken, −1 for none yet; labels (V,): their names
    prefixes (T,): what was written before each; at: a column to mark. Of more than `MOST_ROWS`
    symbols, only the most probable have their own row. from_network (T, V): which part of each
    probability is the network's; a last row then has it of the symbols taken.
    """
    taken = None if from_network is None else parts_of_taken(from_network, ids)
    parts = None if from_network is None else merged_parts(probs, from_network, ids, labels)
    probs, ids, labels = most_probable(probs, ids, labels)
    V = len(labels)
    hover = _hover(probs, parts, labels, prefixes, put)
    cells = letter_heat(probs.T, SEQUENTIAL, 0, hover, "p", size=max(160, ROW * V))
    boxes = [
        outline(t - 0.5, t + 0.5, i - 0.5, i + 0.5) for t, i in enumerate(ids.tolist()) if i >= 0
    ]
    if at is not None:
        column = outline(at - 0.5, at + 0.5, -0.5, V - 0.5)
        column["line"] = {**column["line"], "dash": "dot"}
        boxes.append(column)
    below = [] if taken is None else [network_row(taken, heads(ids, labels), V, put)]
    heads_of_rows = [*map(escape, labels), *["%"] * len(below)]
    count = len(heads_of_rows)
    rows = labelled_axis("", heads_of_rows, range=[count - 0.5, -0.5])
    return letter_figure([cells, *below], rows, ids, labels, ROW * count + 34, shapes=boxes)


def _hover(
    probs: np.ndarray,
    parts: np.ndarray | None,
    labels: Sequence[str],
    prefixes: Sequence[str],
    put: Put,
) -> list[list[str]]:
    """What is said at each cell. probs, parts (T, V): probabilities, which part is the network's"""
    start = put(sentence("start"))
    given = [escape(prefix) or start for prefix in prefixes]
    hover = []
    for v, label in enumerate(map(escape, labels)):
        words = [_probability(label, *it) for it in zip(given, probs[:, v].tolist(), strict=True)]
        if parts is not None:
            words = [with_part(*it) for it in zip(words, parts[:, v].tolist(), strict=True)]
        hover.append([put(it) for it in words])
    return hover


def probabilities_alt(V: int) -> Sentence:
    """What this picture shows of V symbols, for people who do not see it."""
    if V <= MOST_ROWS:
        return sentence("Probability of every symbol at every letter, the chosen ones outlined")
    return sentence(
        "Probability of the most likely symbols at every letter, the chosen ones outlined"
    )


def _probability(symbol: str, start: str, p: float) -> Sentence:
    if p < 0.01:
        return sentence("p({symbol} | {start}) = {p:.2g}", symbol=symbol, start=start, p=p)
    return sentence("p({symbol} | {start}) = {p:.2f}", symbol=symbol, start=start, p=p)


def letters_walk(
    probs: np.ndarray,
    ids: np.ndarray,
    labels: Sequence[str],
    put: Put,
    given: int = 0,
    from_network: np.ndarray | None = None,
) -> Walk:
    """How this picture is heard. given: how many of the first symbols were not chosen."""
    _, taken, _ = most_probable(probs, ids, labels)
    letters = [
        _letter(t, row, labels, int(i), t < given)
        for t, (row, i) in enumerate(zip(probs, ids, strict=True))
    ]
    if from_network is not None:
        parts = parts_of_taken(from_network, ids).tolist()
        letters = [heard_part(*it) for it in zip(letters, parts, strict=True)]
    return letter_walk(letters, taken.tolist(), put)


def _letter(t: int, probs: np.ndarray, labels: Sequence[str], taken: int, given: bool) -> Sentence:
    """Which symbol was taken, and which were the most likely."""
    top = np.argsort(-probs, kind="stable")[:NAMED]
    pairs = [sentence("{symbol} {p:.2f}", symbol=labels[i], p=float(probs[i])) for i in top]
    likely = sentence("Most likely: {symbols}.", symbols=join_sentences(pairs, "; "))
    if taken < 0:
        return sentence("Letter {number}. {likely}", number=t + 1, likely=likely)
    fields = {"number": t + 1, "symbol": labels[taken], "p": float(probs[taken]), "likely": likely}
    if given:
        return sentence("Letter {number}: {symbol} was given, p = {p:.2f}. {likely}", **fields)
    return sentence("Letter {number}: {symbol} was taken, p = {p:.2f}. {likely}", **fields)


def hidden_states(states: np.ndarray, ids: np.ndarray, labels: Sequence[str], put: Put) -> Figure:
    """The hidden state before every letter: units top to bottom, letters left to right.

    states (T, H) in −1 … 1; ids (T,); labels (V,).
    """
    H = states.shape[1]
    size = int(np.clip(4 * H, 100, 360))
    cells = letter_heat(states.T, DIVERGING, -1, [heads(ids, labels)] * H, "h", size=size)
    # There may be thousands of cells: the browser puts each one's numbers into the sentence.
    cells["hovertemplate"] = put(
        sentence(
            "unit {unit} before {head}: {value}", unit="%{y}", head="%{text}", value="%{z:+.2f}"
        )
    )
    cells["hovertemplate"] += "<extra></extra>"
    rows = axis(put(sentence("hidden unit")), range=[H - 0.5, -0.5], showgrid=False)
    if H < 8:
        rows["dtick"] = 1
    return letter_figure([cells], rows, ids, labels, size + 34)


def surprise(bits: np.ndarray, ids: np.ndarray, labels: Sequence[str], put: Put) -> Figure:
    """−log2 p of every chosen letter, in bits. (T,), (T,), (V,)"""
    columns = zip(heads(ids, labels), bits.tolist(), strict=True)
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(range(len(ids))),
        "y": numbers(bits),
        "line": {"color": CHOSEN, "width": 2},
        "marker": {"size": 7},
        "text": [put(sentence("{head}: {b:.2f} bits", head=head, b=b)) for head, b in columns],
        "hoverinfo": "text",
    }
    high = max(5.0, float(bits[np.isfinite(bits)].max(initial=0))) * 1.1
    return letter_figure([line], axis(put(sentence("bits")), range=[-0.3, high]), ids, labels, 160)


def stretches(
    edges: np.ndarray,
    labels: Sequence[str],
    hover: Sequence[str],
    chosen: int,
    draw: float,
    put: Put,
) -> Figure:
    """The interval of [0, 1) that belongs to each symbol, and the draw above its interval.

    edges (V + 1,): where the intervals begin, and the end of the last; labels, hover (V,): their
    names, and texts about them, shown as typed; chosen: the symbol taken; draw: NaN for none, put:
    puts it into words.
    """
    data = [_stretch_bars(edges, labels, hover, chosen)]
    if np.isfinite(draw):
        data += _draw_mark(draw, f"{put(number_sentence(draw, '.4f'))} → {escape(labels[chosen])}")
    columns = axis(range=[0, 1], tickvals=[0, 0.25, 0.5, 0.75, 1], fixedrange=True, showgrid=False)
    rows = axis(range=[-0.6, 1.35], visible=False, fixedrange=True)
    return make_figure(data, DRAW_HEIGHT, DRAW_MARGIN, xaxis=columns, yaxis=rows, barmode="overlay")


def _stretch_bars(
    edges: np.ndarray, labels: Sequence[str], hover: Sequence[str], chosen: int
) -> Part:
    lengths = np.diff(edges)
    is_chosen = np.arange(len(labels)) == chosen
    pairs = zip(labels, lengths.tolist(), strict=True)
    return {
        "type": "bar",
        "orientation": "h",
        "x": numbers(lengths),
        "base": numbers(edges[:-1]),
        "y": [0] * len(labels),
        "width": 1,
        "marker": {
            "color": [CHOSEN if taken else NEUTRAL for taken in is_chosen],
            "line": {"color": GROUND, "width": 1},
        },
        "text": [escape(label) if length >= LEAST_LABELLED else "" for label, length in pairs],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "constraintext": "none",
        "textfont": {"size": 14, "color": [GROUND if taken else TEXT for taken in is_chosen]},
        "hovertext": [escape(text) for text in hover],
        "hoverinfo": "text",
    }


def _draw_mark(draw: float, text: str) -> list[Part]:
    """A line through the bar at the draw, and above it a text: the number and its symbol."""
    side = "right" if draw < 0.1 else "left" if draw > 0.9 else "center"
    line = {"type": "scatter", "mode": "lines", "x": [draw] * 2, "y": [-0.5, 0.75]}
    head = {"type": "scatter", "mode": "markers+text", "x": [draw], "y": [0.75]}
    return [
        {**line, "line": {"color": TEXT, "width": 2}, "hoverinfo": "skip"},
        {
            **head,
            "marker": {"symbol": "triangle-down", "size": 11, "color": TEXT},
            "text": [text],
            "textposition": f"top {side}",
            "textfont": {"size": 13, "color": TEXT},
            "hoverinfo": "skip",
        },
    ]


def likely_names(names: Sequence[tuple[str, str, float]], chosen: int, put: Put) -> Figure:
    """A line for each name, with a point at its probability.

    names: for each its words, the name as typed, and ln p; chosen: which of them is compared with
    """
    count = len(names)
    powers = [log_p / math.log(10) for *_, log_p in names]
    low, high = min(powers), max(powers)
    room = 0.25 * (high - low) + 0.4
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": [round(power, 4) for power in powers],
        "y": [count - 1 - i for i in range(count)],
        "marker": {"size": 13, "color": [CHOSEN if i == chosen else NEUTRAL for i in range(count)]},
        "hoverinfo": "text",
        "text": [
            put(sentence("{name}: p = {p:.2g}", name=escape(name), p=math.exp(log_p)))
            for _, name, log_p in names
        ],
    }
    labels = [
        {
            "xref": "paper",
            "x": 0,
            "xanchor": "left",
            "y": count - 1 - i + 0.36,
            "showarrow": False,
            "text": f"{escape(words)}: {escape(name)}",
            "font": {**SMALL, "color": TEXT},
        }
        for i, (words, name, _) in enumerate(names)
    ]
    title = put(sentence("probability of the whole name (power of ten)"))
    x = axis(title, range=[low - room, high + room], fixedrange=True)
    y = axis("", range=[-0.5, count - 0.3], fixedrange=True, showticklabels=False, showgrid=False)
    height = count * NAME_ROW + NAMES_MARGIN["t"] + NAMES_MARGIN["b"]
    return make_figure([points], height, NAMES_MARGIN, xaxis=x, yaxis=y, annotations=labels)
