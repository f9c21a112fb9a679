"""The bet on a new experiment: placed, or skipped, before it starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

import streamlit as st

from dino.experiments.bet import DIFFERENCE, SPREAD, Bet, bet_sentence, make_bet
from dino.experiments.plan import Plan
from dino.locale.sentences import Refusal, Sentence, Text, sentence
from dino.pages.compare.experiment_pictures import draw_bet_picture
from dino.setting import Setting
from dino.ui import state
from dino.ui.language import put, say
from dino.ui.number_box import draw_number
from dino.ui.text import show_text
from dino.ui.typed_numbers import NumberBox, typed
from dino.ui.widgets import run_to_end

BOXES: tuple[state.Value[Any], ...]  # in the order of a bet's fields
BOXES = (state.BET_LOWER, state.BET_HIGHER, state.BET_DIFFERENCE, state.BET_SPREAD)
NUMBERS = tuple(
    NumberBox(value, setting, may_be_empty=True)
    for value, setting in ((state.BET_DIFFERENCE, DIFFERENCE), (state.BET_SPREAD, SPREAD))
)


def bet_on(plan: Plan) -> tuple[Plan, Bet | None] | None:
    """The plan with the bet on it, or with None if it was skipped; None if neither happened."""
    found = state.BET.get()
    return found if found is not None and found[0] == plan else None


def draw_bet(plan: Plan) -> None:
    """Draw the bet's boxes and its picture, unless it was skipped.

    A placed bet keeps both, so nothing moves.
    """
    levels, placed = plan.level_sentences(), bet_on(plan)
    st.markdown(f"**{say('Your bet')}**")
    if placed is not None and placed[1] is None:
        show_text(say("You skipped the bet."))
        return
    bet = placed[1] if placed is not None else None
    _fill_boxes(len(levels), bet)
    _draw_boxes([put(level) for level in levels], bet is not None)
    found = bet or _bet_of_boxes(len(levels))
    if isinstance(found, Bet):
        draw_bet_picture(found, levels)
    else:
        show_text(put(found))
    if bet is not None:
        show_text(put(bet_sentence(bet, levels)))
        return
    with st.container(horizontal=True):
        st.button(
            say("Place the bet"),
            key="place_bet",
            on_click=_place,
            args=(plan,),
            disabled=not isinstance(found, Bet),
        )
        st.button(say("Skip it"), key="skip_bet", on_click=_skip, args=(plan,), type="tertiary")


def _fill_boxes(levels: int, bet: Bet | None) -> None:
    """Put a placed bet into its boxes; without one, two of the levels. levels: their number."""
    state.set_first(*BOXES)
    if bet is not None:
        state.correct_all({box.key: it for box, it in zip(BOXES, astuple(bet), strict=True)})
    for box, first in ((state.BET_LOWER, 0), (state.BET_HIGHER, 1)):
        if box.get() not in range(levels):
            box.correct(first)


def _bet_of_boxes(levels: int) -> Bet | Text:
    """The bet in the boxes, or why they hold none."""
    for box in NUMBERS:
        if box.value.get() is None:
            return typed(box).why or _missing(box.setting)
    try:
        return make_bet(levels, *(box.get() for box in BOXES))
    except Refusal as refusal:
        return refusal.sentence


def _missing(setting: Setting) -> Sentence:
    return sentence(
        "{name} must be {rule}. Type it first.", name=Sentence(setting.label), rule=setting.rule()
    )


def _draw_boxes(levels: Sequence[str], is_placed: bool) -> None:
    """Draw the boxes: which level has the lower loss, by how much, and the spread of that."""
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
        labels = (say("Difference (nats)"), say("Spread (nats)"))
        for box, label in zip(NUMBERS, labels, strict=True):
            help = put(box.setting.help)
            draw_number(box, label, help=help, step=0.01, disabled=is_placed, says=False)


@run_to_end
def _keep_apart(changed: state.Value[int], other: state.Value[int], count: int) -> None:
    """Callback: a bet needs two levels. If both boxes have the same one, move the other box."""
    state.EXPERIMENT_REFUSAL.set("")
    if changed.get() == other.get():
        other.set(next(level for level in range(count) if level != changed.get()))


@run_to_end
def _place(plan: Plan) -> None:
    """Callback: place the bet."""
    state.EXPERIMENT_REFUSAL.set("")
    bet = _bet_of_boxes(len(plan.level_sentences()))
    if isinstance(bet, Bet):  # else the page says why
        state.BET.set((plan, bet))


@run_to_end
def _skip(plan: Plan) -> None:
    """Callback: skip the bet on this plan."""
    state.EXPERIMENT_REFUSAL.set("")
    state.BET.set((plan, None))
