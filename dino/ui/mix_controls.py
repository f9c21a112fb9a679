"""Together with counting: with what a network writes, and how much of the mixture is its own.

The setting `mix` holds both as one text. Each of the two controls has its own key.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from dino.charts.name_rows import parts_of_taken
from dino.config import Writing
from dino.mix import PARTNERS, Mix, mix_of, read_mix
from dino.ui import session, settings, state
from dino.ui.language import language, put, say
from dino.ui.widgets import run_to_end

STEP = 0.05  # of the share


def draw_mix(on_change: Callable[[], None] | None = None) -> None:
    """Draw the controls, folded. on_change: called after the setting has changed."""
    _agree()
    setting = Writing.settings()["mix"]
    box = st.popover(put(setting.label), icon=":material/join_inner:", key="mix_box")
    with box, session.whole_part("mix"):
        st.selectbox(
            say("With what"),
            ["", *PARTNERS],
            format_func=_partner_words,
            key=state.MIX_WITH.key,
            persist_state="session",
            on_change=_take,
            args=(on_change,),
            help=put(setting.help),
        )
        if state.MIX_WITH.get():
            _draw_share(on_change)


def _partner_words(partner: str) -> str:
    return put(partner) if partner else say("the network without counting")


def _draw_share(on_change: Callable[[], None] | None) -> None:
    st.slider(
        say("Share of the network"),
        0.0,
        1.0,
        step=STEP,
        format="localized" if language().separators[0] == "," else None,
        key=state.MIX_SHARE.key,
        persist_state="session",
        on_change=_take,
        args=(on_change,),
        help=say(
            "λ in p = λ · p of the network + (1 − λ) · p of counting. At 1, the network writes "
            "without counting. At 0, counting writes without the network."
        ),
    )


def _agree() -> None:
    """Make controls and setting agree: what changed last counts.

    A link or a button changes the setting. The controls are ahead of it if Streamlit dropped their
    callback.
    """
    state.set_first(state.MIX_WITH, state.MIX_SHARE)
    mix, said = settings.writing_settings().mix, _of_controls()
    if mix != state.MIX_SHOWN.get() or said is None:
        shown = Mix.from_text(mix) if mix else None
        state.MIX_WITH.set(shown.partner if shown else "")
        state.MIX_SHARE.set(shown.share if shown else state.MIX_SHARE.first)
        state.MIX_SHOWN.set(mix)
    elif said != mix:
        _take()


def _of_controls() -> str | None:
    """What the controls say, as the setting has it; None for what only a browser can send."""
    partner = state.MIX_WITH.get()
    try:
        return read_mix(partner and Mix(partner, round(state.MIX_SHARE.get(), 3)).text)
    except (TypeError, ValueError):
        return None


@run_to_end
def _take(on_change: Callable[[], None] | None = None) -> None:
    """Callback of both controls: set what they say."""
    mix = _of_controls()
    if mix is None:
        return
    state.set_all({"mix": mix})
    state.MIX_SHOWN.set(mix)
    if on_change is not None:
        on_change()


def mix_words(text: str) -> str:
    """A mixture in a few words: 0.5 network + 0.5 counting sixes."""
    if (mix := mix_of(text)) is None:
        return say("the network without counting")
    if not mix.share:
        return say("counting {partner} without the network", partner=put(mix.partner))
    return say(
        "{share:g} network + {rest:g} counting {partner}",
        share=mix.share,
        rest=round(1 - mix.share, 3),
        partner=put(mix.partner),
    )


def share_cells(from_network: np.ndarray | None, ids: np.ndarray) -> list[list[str]]:
    """What a table adds to the row of each letter: the network's share of its probability; nothing
    if it has all. (T, V), (T,)
    """
    if from_network is None:
        return [[] for _ in ids]
    parts = parts_of_taken(from_network, ids).tolist()
    return [[say("{percent:.0f} %", percent=100 * part)] for part in parts]


def share_head(from_network: np.ndarray | None) -> list[str]:
    """The head of that column."""
    return [] if from_network is None else [say("from the network")]
