"""Writing in a lesson: one draw on the symbols' stretches of [0, 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import streamlit as st

from dino.charts import name as draw_chart
from dino.lessons.lesson import Value
from dino.locale.sentences import Sentence, sentence
from dino.pages.learn.network import Network, draw_network
from dino.pages.learn.stage import Stage
from dino.pages.learn.typed_name import draw_name_box
from dino.ui.language import language, put, say
from dino.ui.plot import plot
from dino.ui.text import show_text

START, DRAW = "sau", 0.5
MOST_K = 10


class Cut(NamedTuple):
    """How [0, 1) is cut at one letter: the draw, the temperature, and of how many symbols."""

    draw: float
    temperature: float
    top_k: int


def draw_stretch(stage: Stage) -> Mapping[str, Value]:
    """The stretch that each symbol owns after a start, and where a draw falls.

    Its option: controls, which of 'temperature' and 'top_k' may be set, besides the draw.
    """
    network = draw_network(stage)
    if network is None:
        return {}
    vocab = network.vocab
    first = START if set(START) <= set(vocab.index) else ""
    start = draw_name_box(stage, vocab, say("The letters so far"), first)
    cut = _draw_controls(stage)
    _draw_cut(stage, network, start, cut)
    return {}


def _draw_controls(stage: Stage) -> Cut:
    """The sliders of the draw, and of what the step's options name."""
    controls = stage.step.options.get("controls", [])
    temperature, top_k = 1.0, 0
    with st.container(horizontal=True):
        draw = st.slider(
            say("The draw"),
            *(0.0, 0.999, DRAW, 0.001),
            format=_shape("%.3f"),
            key=stage.key("draw"),
            persist_state="session",
            width=260,
        )
        if "temperature" in controls:
            temperature = st.slider(
                say("Temperature"),
                *(0.05, 3.0, 1.0, 0.05),
                format=_shape("%.2f"),
                key=stage.key("temperature"),
                persist_state="session",
                width=260,
            )
        if "top_k" in controls:
            top_k = st.slider(
                say("Only the top (0: all symbols)"),
                *(0, MOST_K, 0),
                key=stage.key("top_k"),
                persist_state="session",
                width=260,
            )
    return Cut(draw, temperature, top_k)


def _shape(of_points: str) -> str:
    """How a slider writes its number: with a decimal comma the browser does it, as it can."""
    return "localized" if language().separators[0] == "," else of_points


def _draw_cut(stage: Stage, network: Network, start: str, cut: Cut) -> None:
    from dino.anatomy import read
    from dino.sample import choose, probabilities, stretches

    labels = network.vocab.labels
    logits = read(network.model, network.vocab, start, network.config.context).logits[-1]
    probs = probabilities(logits, cut.temperature, cut.top_k)
    edges = stretches(probs)
    taken = int(choose(probs[None], np.array([cut.draw]))[0])
    hover = [
        put(sentence("{symbol}: p = {p:.4f}", symbol=label, p=p))
        for label, p in zip(labels, probs.tolist(), strict=True)
    ]
    figure = draw_chart.stretches(edges, labels, hover, taken, cut.draw, put)
    words = cut_sentences(labels, probs, taken, cut)
    plot(figure, stage.key("stretch"), put(words[0]))
    show_text(" ".join(map(put, words)))


def cut_sentences(labels: list[str], probs: np.ndarray, taken: int, cut: Cut) -> list[Sentence]:
    """Where the draw fell, and which symbol has the longest stretch. probs (V,)"""
    from dino.sample import stretches

    edges, best = stretches(probs), int(probs.argmax())
    return [
        sentence(
            "The draw {draw:.3f} falls on the stretch of {symbol}, from {low:.3f} to {high:.3f}.",
            draw=cut.draw,
            symbol=labels[taken],
            low=float(edges[taken]),
            high=float(edges[taken + 1]),
        ),
        sentence(
            "The longest stretch is that of {symbol}: p = {p:.3f} at temperature {temperature:g}.",
            symbol=labels[best],
            p=float(probs[best]),
            temperature=cut.temperature,
        ),
    ]
