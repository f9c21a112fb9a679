"""Inside, the names that a moment writes; one is picked, and its picture is beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from dino.charts.name_rows import mixed_sentence
from dino.jobs.name_writing import write_together
from dino.metrics import name_kind
from dino.mix import Mix, mix_of
from dino.pages.inside.moments import take_other_draws
from dino.pages.inside.picked_name import draw_picked_name
from dino.pages.inside.view import View, draws_of
from dino.parts import report_progress
from dino.sample import Trace
from dino.ui import measurements, settings, state
from dino.ui.language import put, say
from dino.ui.mix_controls import draw_mix
from dino.ui.server import jobs
from dino.ui.table import draw_table

if TYPE_CHECKING:
    from dino.jobs import Measurement


def draw_names(view: View, folds: bool = False) -> None:
    """Draw the names of this moment, and what is behind every letter of the picked one.

    folds: whether the sentences about the pictures are folded.
    """
    if not folds:
        view = _mixed(view)
    names, picture = st.columns([1, 3], gap="medium")
    with names:
        _draw_table(view)
    with picture:
        draw_picked_name(view, folds)


def _mixed(view: View) -> View:
    """The same view with names written together with counting, if the visitor wants that; the
    control, and what it changes.
    """
    draw_mix()
    mix = mix_of(settings.writing_settings().mix)
    if mix is None:
        return view
    key = ("mixed", *view.key, view.silent, view.context, view.seed, mix.text)
    names = measurements.measure(key, lambda: _write_together(view, mix))
    measurements.forget_others("mixed", key)
    _draw_mixed_words(mix, names)
    return view if names.result is None else replace(view, mixed=names.result)


def _draw_mixed_words(mix: Mix, names: Measurement) -> None:
    """Say what writes the names: network and counting, or for now the network."""
    if names.failed:
        st.caption(
            say(
                "These names could not be written together with counting. The network writes them "
                "without counting."
            )
        )
        return
    both = say(
        "On this tab, network and counting write the names together. The moments and all other "
        "tabs show the network without counting."
    )
    st.caption(f"{put(mixed_sentence(mix))} {both}")
    if names.result is None:
        st.caption(
            say("The letters are being counted. For now, the network writes without counting.")
        )


def _write_together(view: View, mix: Mix) -> Iterator[tuple[float, tuple[Trace, ...] | None]]:
    work = write_together(
        view.model, view.corpus, draws_of(view.seed), mix, jobs().counts, context=view.context
    )
    traces = yield from report_progress(work, (0.0, None))
    yield 1.0, tuple(traces)


def _draw_table(view: View) -> None:
    """Draw the names, which every moment writes from the same draws; a click picks one."""
    rows = []
    for trace in view.traces:
        name = trace.name if trace.finished else f"{trace.name}…"
        rows.append([name or say("(empty)"), put(name_kind(trace, view.corpus))])
    with st.container(horizontal=True, vertical_alignment="center"):
        title = f"**{say('Names from the same random draws')}**"
        st.markdown(title, width="content", help=_draws_help())
        st.button(
            say("New random draws"),
            icon=":material/casino:",
            key="other",
            on_click=take_other_draws,
            type="tertiary",
        )
    draw_table(
        [say("name"), say("kind")],
        rows,
        "morph",
        say("Names written from the same random draws. Click one"),
        names=(0,),
        selected=view.picked,
        on_row=state.INSIDE_NAME.set,
        fluid=True,
    )


def _draws_help() -> str:
    draw = say(
        "A draw is a random number between 0 and 1. Each symbol has a stretch as long as its "
        "probability. The symbol on whose stretch the draw falls is written."
    )
    same = say("The draws stay the same, so these names change only when their probabilities do.")
    return f"{draw} {same}"
