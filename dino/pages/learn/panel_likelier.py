"""A name of the learner's beside the greedy one: which does the network write more probably?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import streamlit as st

from dino.charts import name as chart
from dino.lessons.lesson import Value
from dino.locale.sentences import Sentence, sentence
from dino.pages.learn.network import Network, draw_network
from dino.pages.learn.stage import Stage
from dino.pages.learn.typed_name import draw_name_box
from dino.ui import measurements
from dino.ui.language import put, say
from dino.ui.plot import plot
from dino.ui.text import show_text

if TYPE_CHECKING:
    from dino.lessons.figures_writing import Likely, Searched


def draw_likelier(stage: Stage) -> Mapping[str, Value]:
    """The probabilities of the greedy name, of one that the learner types, and, where that is
    wanted, of the most likely one that a search finds.
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
    typed = draw_name_box(stage, vocab, say("A name that may be likelier"), "")
    own = Likely(typed, name_log_p(model, vocab, typed, config.context)) if typed else None
    shows = st.toggle(
        say("Show what a search finds"), key=stage.key("search"), persist_state="session"
    )
    found = searched.found if shows else None
    _draw_names(stage, searched.greedy, own, found)
    for words in likelier_sentences(searched, own, found):
        show_text(put(words))
    return likelier_figures(searched) if shows else {}  # the learner looks for one first


def _searched(network: Network) -> Searched | None:
    """What greedy writing and a search find; None while they do."""

    def parts() -> Iterator[tuple[float, Searched | None]]:
        from dino.lessons.figures_writing import greedy_and_search

        yield from greedy_and_search(network.model, network.vocab, network.config.context)

    result: Searched | None = measurements.measure(("learn_likelier", *network.key), parts).result
    return result


def _draw_names(stage: Stage, greedy: Likely, own: Likely | None, found: Likely | None) -> None:
    named = ((say("greedy"), greedy), (say("yours"), own), (say("found"), found))
    rows = [(words, *it) for words, it in named if it is not None]
    alt = say("The probability of each name, on a logarithmic axis")
    plot(chart.likely_names(rows, 0, put), stage.key("likely"), alt)


def likelier_sentences(
    searched: Searched, own: Likely | None, found: Likely | None
) -> list[Sentence]:
    """The greedy name's probability; whether the learner's, and the found one, are likelier."""
    greedy = searched.greedy
    if searched.ended:
        said = sentence(
            "Greedy writing gives {name}. Drawn at temperature 1, it comes once in {one_in:,.0f} "
            "names.",
            name=greedy.name,
            one_in=math.exp(-greedy.log_p),
        )
    else:
        said = sentence(
            "Greedy writing does not end: it was cut after {letters} letters, which begin one in "
            "{one_in:,.0f} names.",
            letters=len(greedy.name),
            one_in=math.exp(-greedy.log_p),
        )
    lines = [said]
    if own is not None:
        lines.append(own_sentence(greedy, own))
    if found is not None:
        lines.append(
            sentence(
                "A search that keeps several beginnings at each length finds {name}, "
                "{times:.3g} times as likely as the greedy one.",
                name=found.name,
                times=math.exp(found.log_p - greedy.log_p),
            )
        )
        if searched.empty > found.log_p:
            lines.append(
                sentence(
                    "Likelier than any of them is the end mark at once, with no letter: one in "
                    "{one_in:,.0f}. One factor alone can be larger than a product of many.",
                    one_in=math.exp(-searched.empty),
                )
            )
    return lines


def own_sentence(greedy: Likely, own: Likely) -> Sentence:
    """Whether the learner's name is likelier than the greedy one."""
    if own.name == greedy.name:
        return sentence("{name} is the greedy name itself. Try another one.", name=own.name)
    times = math.exp(own.log_p - greedy.log_p)
    if times > 1:
        return sentence(
            "Likelier than greedy: yes. {name} is {times:.3g} times as likely.",
            name=own.name,
            times=times,
        )
    return sentence(
        "Likelier than greedy: no. {name} has only {times:.2g} times its probability.",
        name=own.name,
        times=times,
    )
