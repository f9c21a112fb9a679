"""A bet over its result: the bet, the result, how far off it was, and the belief behind it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dino.charts.bet_axis import guesses, guesses_walk
from dino.lessons.item import Item
from dino.lessons.judging import judge_question
from dino.lessons.learner_report import plain
from dino.lessons.lesson import Question
from dino.locale.sentences import Sentence, sentence
from dino.pages.learn.asking import draw_reply
from dino.pages.learn.stage import Stage
from dino.pages.learn.told import bold, draw_because, draw_solution
from dino.ui import learner
from dino.ui.language import language, put, say
from dino.ui.plot import plot
from dino.ui.text import show_text


def draw_reveal(stage: Stage) -> None:
    """Draw the bets of the step beside their results, and then the step's text."""
    asked = [_judged(stage, name) for name in stage.step.of]
    with st.container(border=True, key=stage.key("reveal")):
        if all(_draw_bet(stage, it) for it in asked) and stage.draw_text(stage.step.text):
            for text in stage.step.more:
                stage.draw_text(text)
            for question in asked:
                draw_because(stage, question)
                draw_solution(stage, question, is_open=False)
                if question.is_answered and question.results is not None:
                    learner.note_result(stage.lesson, question.name, question.results)
        else:
            st.caption(
                say(
                    "A part above has no result yet. Run it or switch it on, and wait until it "
                    "ends."
                )
            )


def _judged(stage: Stage, name: str) -> Question:
    """A bet with the learner's answer and, if it is known, its result."""
    return judge_question(learner.progress().question(stage.lesson, name), stage.figures)


def _draw_bet(stage: Stage, question: Question) -> bool:
    """Draw one bet beside its result. Return whether the result is known.

    A skipped bet is not drawn: the step's text says the result.
    """
    if not question.is_answered:
        return True
    if question.results is None:
        return False
    shown = question.with_words(lambda text: stage.words(text) or "")
    _draw_guesses(stage, shown)
    for item in shown.items:
        if item.text:
            st.markdown(bold(item.text))
        show_text(put(outcome_sentence(item)))
        if item.belief is not None:
            draw_reply(stage, replace(item, text=""))
    return True


def _draw_guesses(stage: Stage, question: Question) -> None:
    """Draw the picture of the bets that are numbers."""
    items = [it for it in question.items if it.off is not None]
    rows = [
        (plain(it.text, stage.figures, language()), float(it.answer or 0), float(it.result or 0))
        for it in items
    ]
    if rows:
        figure = guesses(rows, question.items[0].unit, language().put)
        outcomes = [outcome_sentence(it) for it in items]
        bets = [sentence("Your bet: {bet}.", bet=it.number(float(it.answer or 0))) for it in items]
        words = list(zip(bets, outcomes, strict=True))
        walk = guesses_walk(rows, words, language().put)
        alt = " ".join(map(put, outcomes))
        plot(figure, stage.key(f"guess_{question.name}"), alt, walk=walk)


def outcome_sentence(item: Item) -> Sentence:
    """Say a bet beside its result, and how far off it was."""
    if item.off is None:
        bet, result = item.answer_words, item.result_words
        if item.is_right:
            return sentence("You bet: {bet}. That is the result.", bet=bet)
        return sentence("You bet: {bet}. The result: {result}.", bet=bet, result=result)
    numbers = {
        "bet": item.number(float(item.answer or 0)),
        "result": item.number(float(item.result or 0)),
        "off": item.number(abs(item.off)),
    }
    if item.is_rounded:
        return sentence("You bet {bet}. Right; more exactly {result}.", **numbers)
    if item.is_right:
        return sentence("You bet {bet}, and the result is also {result}.", **numbers)
    if item.off > 0:
        return sentence(
            "You bet {bet}. The result is {result}, so you were {off} above it.", **numbers
        )
    return sentence("You bet {bet}. The result is {result}, so you were {off} below it.", **numbers)
