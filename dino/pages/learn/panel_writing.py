"""Writing in lessons: one draw on the symbols' stretches, and a name beside the greedy one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import streamlit as st

from dino.charts import name as chart
from dino.charts import name as draw_chart
from dino.lessons.item import Value
from dino.locale.sentences import Sentence, sentence
from dino.pages.learn.network import Network, draw_name_box, draw_network
from dino.pages.learn.stage import Stage
from dino.ui import measurements
from dino.ui.language import language, put, say
from dino.ui.plot import plot
from dino.ui.text import show_text

if TYPE_CHECKING:
    from dino.lessons.figures_writing import Likely, NameSearch

START, DRAW = "sau", 0.5
MOST_K = 10


class Cut(NamedTuple):
    """How [0, 1) is cut at one letter: the draw, the temperature, and the number of symbols."""

    draw: float
    temperature: float
    top_k: int


def draw_stretch(stage: Stage) -> Mapping[str, Value]:
    """Draw the stretch of each symbol after a start, and where a draw falls.

    Its option: controls, which of 'temperature' and 'top_k' can be set besides the draw.
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
    """Draw the sliders: the draw, and those that the step's options name."""
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
                say("Top k (0: all symbols)"),
                *(0, MOST_K, 0),
                key=stage.key("top_k"),
                persist_state="session",
                width=260,
            )
    return Cut(draw, temperature, top_k)


def _shape(of_points: str) -> str:
    """The format of a slider's numbers. For a decimal comma, the browser chooses it."""
    return "localized" if language().separators[0] == "," else of_points


def _draw_cut(stage: Stage, network: Network, start: str, cut: Cut) -> None:
    from dino.anatomy import read_name
    from dino.sample import choose, probabilities, stretches

    labels = network.vocab.labels
    logits = read_name(network.model, network.vocab, start, network.config.context).logits[-1]
    probs = probabilities(logits, cut.temperature, cut.top_k)
    edges = stretches(probs)
    taken = int(choose(probs[None], np.array([cut.draw]))[0])
    hover = [
        put(sentence("{symbol}: p = {p:.4f}", symbol=label, p=p))
        for label, p in zip(labels, probs.tolist(), strict=True)
    ]
    figure = draw_chart.stretches(edges, labels, hover, taken, cut.draw, put)
    words = cut_sentences(labels, probs, taken, cut)
    alt = say("The stretch of each symbol, and the draw that fell on one")
    plot(figure, stage.key("stretch"), alt)
    show_text(" ".join(map(put, words)))


def cut_sentences(labels: list[str], probs: np.ndarray, taken: int, cut: Cut) -> list[Sentence]:
    """Say where the draw fell, and which symbol has the longest stretch. probs (V,)."""
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
        _longest_sentence(labels[best], float(probs[best]), cut),
    ]


def _longest_sentence(symbol: str, p: float, cut: Cut) -> Sentence:
    """Say which symbol has the longest stretch, at another temperature also at which."""
    if cut.temperature == 1:
        return sentence("{symbol} has the longest stretch: p = {p:.3f}.", symbol=symbol, p=p)
    return sentence(
        "{symbol} has the longest stretch: p = {p:.3f} at temperature {temperature:g}.",
        symbol=symbol,
        p=p,
        temperature=cut.temperature,
    )


def draw_likelier(stage: Stage) -> Mapping[str, Value]:
    """Draw the probabilities of the greedy name and of one that the learner types.

    If the learner asks for it, also that of the most likely name that a search finds.
    """
    network = draw_network(stage)
    if network is None:
        return {}
    searched = _searched(network)
    if searched is None:
        st.progress(0.0, say("Searching…"))
        return {}
    from dino.lessons.figures_writing import Likely, likelier_figures, name_log_p

    model, vocab, _, config = network
    typed = draw_name_box(stage, vocab, say("A name that may be more likely"), "")
    own = Likely(typed, name_log_p(model, vocab, typed, config.context)) if typed else None
    shows = st.toggle(
        say("Show what a search finds"), key=stage.key("search"), persist_state="session"
    )
    found = searched.found if shows else None
    _draw_names(stage, searched.greedy, own, found)
    for words in likelier_sentences(searched, own, found):
        show_text(put(words))
    return likelier_figures(searched) if shows else {}  # the learner should first look for one


def _searched(network: Network) -> NameSearch | None:
    """The results of greedy decoding and of a search; None while they are computed."""

    def parts() -> Iterator[tuple[float, NameSearch | None]]:
        from dino.lessons.figures_writing import greedy_and_search

        yield from greedy_and_search(network.model, network.vocab, network.config.context)

    result: NameSearch | None = measurements.measure(("learn_likelier", *network.key), parts).result
    return result


def _draw_names(stage: Stage, greedy: Likely, own: Likely | None, found: Likely | None) -> None:
    named = ((say("greedy"), greedy), (say("yours"), own), (say("found"), found))
    rows = [(words, *it) for words, it in named if it is not None]
    alt = say("The probability of each name, on a logarithmic axis")
    plot(chart.likely_names(rows, 0, put), stage.key("likely"), alt)


def likelier_sentences(
    searched: NameSearch, own: Likely | None, found: Likely | None
) -> list[Sentence]:
    """Say the greedy name's probability, and whether the learner's or the found one is likelier."""
    greedy = searched.greedy
    if searched.ended:
        said = sentence(
            "Greedy writing gives {name}. If each symbol is drawn, it comes once in {one_in:,.0f} "
            "names.",
            name=greedy.name,
            one_in=math.exp(-greedy.log_p),
        )
    else:
        said = sentence(
            "Greedy writing does not end. It was cut off after {letters} letters. Drawn at "
            "temperature 1, one in {one_in:,.0f} names begins with them.",
            letters=len(greedy.name),
            one_in=math.exp(-greedy.log_p),
        )
    lines = [said]
    if own is not None:
        lines.append(own_sentence(greedy, own))
    if found is not None:
        lines.append(
            sentence(
                "A search that keeps several beginnings at each length finds {name}, which is "
                "{times:.3g} times as likely as the greedy name.",
                name=found.name,
                times=math.exp(found.log_p - greedy.log_p),
            )
        )
        if searched.empty > found.log_p:
            lines.append(
                sentence(
                    "The empty name, only the end mark, is more likely than all of them. One name "
                    "in {one_in:,.0f} is empty. One factor can exceed a product of many.",
                    one_in=math.exp(-searched.empty),
                )
            )
    return lines


def own_sentence(greedy: Likely, own: Likely) -> Sentence:
    """Say whether the learner's name is likelier than the greedy one."""
    if own.name == greedy.name:
        return sentence("{name} is the greedy name itself. Try a different one.", name=own.name)
    times = math.exp(own.log_p - greedy.log_p)
    if times > 1:
        return sentence(
            "Yes, {name} is {times:.3g} times as likely as the greedy name.",
            name=own.name,
            times=times,
        )
    return sentence(
        "No, {name} is not more likely than the greedy name. It has only {times:.2g} times its "
        "probability.",
        name=own.name,
        times=times,
    )
