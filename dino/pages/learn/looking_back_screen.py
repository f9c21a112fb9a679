"""The closing page of the lessons: what was bet, how often that was right, what surprised."""

from __future__ import annotations

import streamlit as st

from dino.lessons.figures import Figures
from dino.lessons.learner_report import asked_in as question_in
from dino.lessons.learner_report import plain
from dino.lessons.lesson import Question
from dino.lessons.looking_back import Bet, bets, judged_again, second_answers, surprising
from dino.locale.sentences import mark
from dino.pages.learn.stage import lesson_title
from dino.pages.learn.told import ended
from dino.ui import learner
from dino.ui.language import language, put, say, say_number, say_plural
from dino.ui.table import draw_table
from dino.ui.text import show_text

TITLE = mark("Looking back")
ABOUT = mark("Your bets beside their results: how many were right, and which surprised you.")
MOST = 3  # surprises that are told in words


def draw_looking_back() -> None:
    """Draw the sentence of how many bets were right, the surprises, and the table of all bets."""
    st.subheader(put(TITLE), anchor=False)
    found = list(bets(learner.progress(), learner.all_lessons()))
    if not found:
        st.markdown(say("Here are your bets with their results, once you have placed some."))
        return
    right = sum(not it.surprise for it in found)
    st.markdown(
        say_plural(
            "You have placed {count} bet whose result is known. Right, or as near as runs with "
            "other seeds are: {right}.",
            "You have placed {count} bets whose results are known. Right, or as near as runs with "
            "other seeds are: {right}.",
            len(found),
            right=right,
        )
    )
    _draw_surprises(surprising(found)[:MOST])
    _draw_table(found)


def _draw_surprises(found: list[Bet]) -> None:
    """Draw the most surprising bets, each with what was answered the second time."""
    if not found:
        return
    st.markdown(f"#### {say('What surprised you most')}")
    for bet in found:
        question = _in_words(bet)
        with st.container(border=True, key=f"surprise_{'_'.join(bet.key)}"):
            st.caption(lesson_title(bet.lesson))
            show_text(question_in(question.text))
            for item in question.items:
                bet_words, result = put(item.answer_words), put(item.result_words)
                words = say("Bet: {bet}. Result: {result}.", bet=bet_words, result=result)
                show_text(f"{ended(item.text)} {words}".strip())
            if again := _again_words(bet):
                show_text(say("Asked once more: {answer}", answer=again))


def _again_words(bet: Bet) -> str:
    """Say how the second answer came out; '' if the bet was not asked once more."""
    given = second_answers(learner.progress(), learner.all_lessons())
    if bet.key not in given:
        return ""
    answers = given[bet.key]
    if answers is None:
        return say("skipped")
    return say("right") if judged_again(bet, answers).is_right else say("wrong")


def _draw_table(found: list[Bet]) -> None:
    rows = []
    for bet in found:
        for item in _in_words(bet).items:
            judged = say("right") if item.is_right else put(item.off_words) or say("wrong")
            is_part = len(bet.question.items) > 1 and item.text and not item.text.endswith("?")
            answer = put(item.answer_words)
            answer = f"{item.text}: {answer}" if is_part else answer
            words = [judged, answer, put(item.result_words)]
            rows.append([say_number(bet.lesson.number), *words])
    draw_table(
        [say("lesson"), say("off by"), say("your bet"), say("result")],
        rows,
        "looking_back_bets",
        say("All bets whose results are known"),
        numeric=[0],
    )


def _in_words(bet: Bet) -> Question:
    figures = Figures(bet.lesson)
    return bet.question.with_words(lambda text: plain(text, figures, language()))
