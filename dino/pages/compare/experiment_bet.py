"""The bet on a new experiment: placed, or skipped, before it starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

import streamlit as st

from dino.experiments.bet import DIFFERENCE, SPREAD, Bet, bet_sentence, make_bet
from dino.experiments.plan import Plan
from dino.locale.sentences import Refusal
from dino.pages.compare.experiment_pictures import draw_bet_picture
from dino.ui import state
from dino.ui.language import put, say
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end

BOXES: tuple[state.Value[Any], ...]  # in the order of a bet's own fields
BOXES = (state.BET_LOWER, state.BET_HIGHER, state.BET_DIFFERENCE, state.BET_SPREAD)


def bet_on(plan: Plan) -> tuple[Plan, Bet | None] | None:
    """The bet on this plan, or that it was skipped; None where it is yet to be placed."""
    found = state.BET.get()
    return found if found is not None and found[0] == plan else None


def draw_bet(plan: Plan) -> None:
    """The bet's boxes and its picture until it is skipped. Both stay where they are once it is
    placed: nothing moves.
    """
    levels, placed = plan.level_sentences(), bet_on(plan)
    st.markdown(f"**{say('Your bet')}**")
    if placed is not None and placed[1] is None:
        show_text(say("You skipped the bet."))
        return
    bet = placed[1] if placed is not None else None
    _fill_boxes(len(levels), bet)
    _draw_boxes([put(level) for level in levels], bet is not None)
    try:
        draw_bet_picture(bet or _bet_of_boxes(len(levels)), levels)
    except Refusal as refusal:
        show_text(put(refusal.sentence))
    if bet is not None:
        show_text(put(bet_sentence(bet, levels)))
        return
    with st.container(horizontal=True):
        st.button(say("Place the bet"), key="place_bet", on_click=_place, args=(plan,))
        st.button(say("Skip it"), key="skip_bet", on_click=_skip, args=(plan,), type="tertiary")


def _fill_boxes(levels: int, bet: Bet | None) -> None:
    """Have a placed bet in its boxes; without one, two of this number of levels."""
    state.set_first(*BOXES)
    if bet is not None:
        state.correct_all({box.key: it for box, it in zip(BOXES, astuple(bet), strict=True)})
    for box, first in ((state.BET_LOWER, 0), (state.BET_HIGHER, 1)):
        if box.get() not in range(levels):
            box.correct(first)


def _bet_of_boxes(levels: int) -> Bet:
    """The bet that the boxes hold. Raises Refusal where they hold none."""
    return make_bet(levels, *(box.get() for box in BOXES))


def _draw_boxes(levels: Sequence[str], is_placed: bool) -> None:
    """Which level has the lower loss, by how much, and the spread of that."""
    with st.container(horizontal=True):
        boxes = ((state.BET_LOWER, say("Lower loss")), (state.BET_HIGHER, say("Higher loss")))
        for (bet_level, label), (other, _) in zip(boxes, boxes[::-1], strict=True):
            st.selectbox(
                label,
                range(len(levels)),
                format_func=lambda i: levels[i],
                key=bet_level.key,
                disabled=is_placed,
                on_change=_keep_apart,
                args=(bet_level, other, len(levels)),
                persist_state="session",
            )
        inputs = (
            (state.BET_DIFFERENCE, say("Difference (nats)"), 0.0, DIFFERENCE.help),
            (state.BET_SPREAD, say("Spread (nats)"), 0.001, SPREAD.help),
        )
        for number, label, least, about in inputs:
            st.number_input(
                label,
                least,
                5.0,
                step=0.01,
                format="%.3f",
                key=number.key,
                disabled=is_placed,
                help=put(about),
                persist_state="session",
            )


@run_to_end
def _keep_apart(changed: state.Value[int], other: state.Value[int], count: int) -> None:
    """Callback: a bet is on two levels, so the other box goes to another one than this."""
    state.EXPERIMENT_REFUSAL.set("")
    if changed.get() == other.get():
        other.set(next(level for level in range(count) if level != changed.get()))


@run_to_end
def _place(plan: Plan) -> None:
    """Callback: note the bet."""
    state.EXPERIMENT_REFUSAL.set("")
    try:
        state.BET.set((plan, _bet_of_boxes(len(plan.level_sentences()))))
    except Refusal:
        pass  # the page says why


@run_to_end
def _skip(plan: Plan) -> None:
    """Callback: no bet on this plan."""
    state.EXPERIMENT_REFUSAL.set("")
    state.BET.set((plan, None))
