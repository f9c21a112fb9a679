"""A bet laid over its result: what was bet, what came out, how far off, and which belief it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from dino.charts.bet import guesses, guesses_walk
from dino.lessons.judging import Judged, judge, number_of
from dino.lessons.lesson import Item, Step, Value
from dino.locale.sentences import Sentence, sentence
from dino.pages.learn.asking import answer_to, bold, draw_reply
from dino.pages.learn.stage import Stage
from dino.ui import learner
from dino.ui.language import language, put, say
from dino.ui.plot import plot
from dino.ui.text import show_text

if TYPE_CHECKING:
    from collections.abc import Sequence


def draw_reveal(stage: Stage) -> None:
    """The bets that the step is of, beside their results, and then its text."""
    asked = [it for it in map(stage.lesson.step, stage.step.of) if it is not None]
    with st.container(border=True, key=stage.key("reveal")):
        if all(_draw_bet(stage, it) for it in asked) and stage.draw_text(stage.step.text):
            for text in stage.step.more:
                stage.draw_text(text)
            for step in asked:
                _note_result(stage, step)
        else:
            st.caption(say("The result comes from the part above: run it first."))


def _judged(stage: Stage, asked: Step) -> list[Judged] | None:
    """The answers to a bet; [] of one that was skipped, None while its result is not there."""
    answer = answer_to(stage, asked.name)
    if answer is None or answer.values is None:
        return []
    return judge(asked, answer.values, stage.figures)


def _note_result(stage: Stage, asked: Step) -> None:
    """Keep what a bet was on, now that its reveal is shown; of one that was skipped nothing."""
    answer, found = answer_to(stage, asked.name), _judged(stage, asked)
    if found is not None and answer is not None and answer.values is not None:
        learner.note_result(stage.lesson, asked.name, [it.right for it in found])


def _draw_bet(stage: Stage, asked: Step) -> bool:
    """One bet beside its result; whether the result is there. Of one that was skipped only the
    text says what came out.
    """
    found = _judged(stage, asked)
    if not found:
        return found is not None
    asked = replace(asked, items=tuple(_worded(stage, item) for item in asked.items))
    _draw_guesses(stage, asked, found)
    for item, judged in zip(asked.items, found, strict=True):
        if item.text:
            st.markdown(bold(item.text))
        show_text(put(outcome_sentence(item, judged)))
        if not judged.is_right and judged.wrong is not None:
            draw_reply(stage, replace(item, text=""), judged)
    return True


def _worded(stage: Stage, item: Item) -> Item:
    """The item with the figures in its texts."""
    choices = tuple(replace(it, text=stage.words(it.text) or "") for it in item.choices)
    return replace(item, text=stage.words(item.text) or "", choices=choices)


def _draw_guesses(stage: Stage, asked: Step, found: Sequence[Judged]) -> None:
    """The picture of the bets that are numbers."""
    pairs = [it for it in zip(asked.items, found, strict=True) if it[1].off is not None]
    rows = [(item.text, float(it.answer), float(it.right)) for item, it in pairs]
    if rows:
        figure = guesses(rows, asked.items[0].unit, language().put)
        outcomes = [outcome_sentence(*pair) for pair in pairs]
        bets = [
            sentence("Your bet: {bet}.", bet=number_of(item, float(it.answer)))
            for item, it in pairs
        ]
        words = list(zip(bets, outcomes, strict=True))
        walk = guesses_walk(rows, words, language().put)
        alt = " ".join(map(put, outcomes))
        plot(figure, stage.key(f"guess_{asked.name}"), alt, walk=walk)


def outcome_sentence(item: Item, judged: Judged) -> Sentence:
    """A bet beside its result, and how far off it was."""
    if judged.off is None:
        bet, result = choice_text(item, judged.answer), choice_text(item, judged.right)
        if judged.is_right:
            return sentence("You bet: {bet}. That is the result.", bet=bet)
        return sentence("You bet: {bet}. The result: {result}.", bet=bet, result=result)
    numbers = {
        "bet": number_of(item, float(judged.answer)),
        "result": number_of(item, float(judged.right)),
        "off": number_of(item, abs(judged.off)),
    }
    if judged.is_right:
        return sentence("You bet {bet}; the result is {result}: both are the same.", **numbers)
    if judged.off > 0:
        return sentence(
            "You bet {bet}; the result is {result}: you were {off} above it.", **numbers
        )
    return sentence("You bet {bet}; the result is {result}: you were {off} below it.", **numbers)


def choice_text(item: Item, name: Value) -> str:
    """What a learner reads for a choice."""
    return next((it.text for it in item.choices if it.name == name), str(name))
