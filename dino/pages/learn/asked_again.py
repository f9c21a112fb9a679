"""The most surprising bet of the lesson two before this one, asked once more below its steps."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dino.lessons.figures import Figures
from dino.lessons.judging import check_answers
from dino.lessons.lesson import Lesson
from dino.lessons.looking_back import Bet, asked_in, judged_again, second_answers, with_second
from dino.locale.sentences import Refusal
from dino.pages.learn.asking import draw_item, draw_refusal, refuse, says_why
from dino.pages.learn.reveal import outcome_sentence
from dino.pages.learn.stage import Stage, lesson_title
from dino.pages.learn.told import bold, draw_because
from dino.ui import learner, state
from dino.ui.language import put, say
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end


def draw_asked_again(lesson: Lesson) -> None:
    """Draw the bet with boxes for a second answer, or how the second answer came out."""
    bet = asked_in(learner.progress(), learner.all_lessons(), lesson.key)
    if bet is None:
        return
    given = second_answers(learner.progress(), learner.all_lessons())
    if bet.key in given and given[bet.key] is None:
        return
    stage = _stage(bet)
    with st.container(border=True, key="asked_again"):
        st.caption(say("Once more, from {title}", title=lesson_title(bet.lesson)))
        stage.draw_text(bet.question.text)
        answers = given.get(bet.key)
        if answers is None:
            _draw_boxes(stage, bet)
        else:
            _draw_outcome(stage, bet, answers)


def _stage(bet: Bet) -> Stage:
    steps = bet.lesson.steps
    number = next(i for i, it in enumerate(steps, 1) if it.name == bet.question.name)
    return Stage(bet.lesson, steps[number - 1], number, Figures(bet.lesson))


def _box(bet: Bet, item: int) -> state.Value[object]:
    return state.answer_of(f"again_{bet.lesson.key}", bet.question.name, item)


def _draw_boxes(stage: Stage, bet: Bet) -> None:
    for i, item in enumerate(bet.question.items):
        draw_item(stage, replace(item, answer=None), _box(bet, i), is_over=False)
    with st.container(horizontal=True):
        st.button(
            say("Answer"), key="again_place", type="primary", on_click=_place, args=(stage, bet)
        )
        st.button(say("Skip this"), key="again_skip", type="tertiary", on_click=_skip, args=(bet,))
    draw_refusal(stage)
    st.caption(say("Your first answer stays as it is."))


def _draw_outcome(stage: Stage, bet: Bet, answers: tuple[str | float, ...]) -> None:
    """Draw both answers beside the result, and the reason."""
    question = bet.question.with_words(lambda text: stage.words(text) or "")
    again = judged_again(bet._replace(question=question), answers)
    for first, item in zip(question.items, again.items, strict=True):
        if item.text:
            st.markdown(bold(item.text))
        show_text(put(outcome_sentence(item)))
        show_text(say("Your first bet: {bet}", bet=put(first.answer_words)))
    draw_because(stage, bet.question)


@run_to_end
def _place(stage: Stage, bet: Bet) -> None:
    """Callback: keep the answers in the boxes as second ones."""
    boxes = [_box(bet, i) for i in range(len(bet.question.items))]
    try:
        answers = check_answers(bet.question, [box.get() for box in boxes])
    except Refusal as refusal:
        held = list(zip(bet.question.items, boxes, strict=True))
        refuse(stage, "" if says_why(held) else refusal.sentence)
        return
    refuse(stage, "")
    learner.keep(with_second(learner.progress(), bet.key, answers))


@run_to_end
def _skip(bet: Bet) -> None:
    """Callback: skip the second time."""
    learner.keep(with_second(learner.progress(), bet.key, None))
