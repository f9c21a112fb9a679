"""A question of a lesson: a task is judged at once, a bet is judged by its reveal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from dino.lessons.grids import GRIDS
from dino.lessons.item import Item
from dino.lessons.judging import check_answers, is_answer, judge_question
from dino.lessons.lesson import Answer, Question
from dino.lessons.panels import ON_CHART
from dino.lessons.progress import MOST_TRIES
from dino.locale.sentences import Refusal, Text, mark
from dino.pages.learn.answer_boxes import Dragged, draw_cells, draw_drag
from dino.pages.learn.network import dragged_curves, dragged_sentences
from dino.pages.learn.stage import Stage
from dino.pages.learn.told import bold, draw_told, has_solution, right_words, was_wrong_often
from dino.setting import Setting
from dino.ui import learner, state
from dino.ui.language import put, say, say_plural
from dino.ui.number_box import draw_number, draw_refusals
from dino.ui.text import show_text
from dino.ui.typed_numbers import NumberBox, typed
from dino.ui.widgets import run_to_end

# Fewer letters in all choices of one of several items fit on one line.
IN_A_LINE = 100


def is_open(stage: Stage) -> bool:
    """Whether every question that a step waits for is settled, or the step has an answer: it may
    be from a time when the lesson's order was another.
    """
    known = learner.progress()
    if known.answers.get((stage.lesson.key, stage.step.name)) is not None:
        return True
    return all(known.question(stage.lesson, name).is_settled for name in stage.step.of)


def draw_ask(stage: Stage) -> None:
    """Draw a question's boxes and buttons; for a task also what the last try was."""
    question = stage.question
    is_bet, is_over = question.kind == "bet", question.is_settled
    with st.container(border=True, key=stage.key("ask")):
        st.caption(say("Your bet") if is_bet else say("Your turn"))
        if not is_over:
            _take_draft(stage)
        for item, box in _boxes(stage):
            draw_item(stage, item, box, is_over)
        if not is_over:
            _keep_draft(stage)
        if question.is_skipped:
            st.caption(say("You skipped this."))
        elif not is_over:
            _draw_buttons(stage, is_bet)
        draw_refusal(stage)
        if question.is_answered:
            if is_bet:
                st.caption(say("Your bet is placed. You can no longer change it."))
            else:
                _draw_try(stage, judge_question(question, stage.figures))
        if not is_bet:
            draw_told(stage, question)


def _boxes(stage: Stage) -> list[tuple[Item, state.Value[Any]]]:
    """Each item of the question with the box for its answer."""
    key, name = stage.lesson.key, stage.step.name
    return [(item, state.answer_of(key, name, i)) for i, item in enumerate(stage.question.items)]


def _take_draft(stage: Stage) -> None:
    """Put what was chosen before a reload into the empty boxes."""
    draft = learner.progress().drafts.get((stage.lesson.key, stage.step.name), ())
    for (item, box), value in zip(_boxes(stage), draft, strict=False):
        if value is not None and _is_to_fill(item, box):
            box.correct(value)


def _is_to_fill(item: Item, box: state.Value[Any]) -> bool:
    """Whether a box should get an earlier answer: it is empty, and the learner did not empty it.

    A box with a refused text also counts as set by the learner.
    """
    return box.get() is None and not (item.is_number and box.is_set())


def _keep_draft(stage: Stage) -> None:
    """Keep what is chosen but not placed, for a reload."""
    held = [(item, box.get()) for item, box in _boxes(stage)]
    draft = tuple(value if is_answer(item, value) else None for item, value in held)
    changed = learner.progress().with_draft(stage.lesson, stage.step.name, draft)
    if changed != learner.progress():
        learner.keep(changed)


def draw_item(stage: Stage, item: Item, box: state.Value[Any], is_over: bool) -> None:
    """Draw the box of one answer. After a reload it holds the answer again."""
    if item.answer is not None and is_over:
        # Set it even if it is equal: if the browser was still sending the number when the button
        # was pressed, it shows the number before.
        box.set(item.answer)
    elif item.answer is not None and _is_to_fill(item, box):
        box.correct(item.answer)
    label = stage.words(item.text) or say("Your answer")
    if item.choices:
        texts = {choice.name: stage.words(choice.text) or "" for choice in item.choices}
        st.radio(
            label,
            list(texts),
            index=None,
            format_func=lambda name: texts.get(name, ""),
            key=box.key,
            disabled=is_over,
            horizontal=len(stage.question.items) > 1 and sum(map(len, texts.values())) < IN_A_LINE,
            label_visibility="visible" if item.text else "collapsed",
            persist_state="session",
        )
        return
    if item.grid:
        draw_cells(GRIDS[item.grid](), box, label, is_over)
        return
    _draw_number(stage, item, box, label, is_over)


def _draw_number(
    stage: Stage, item: Item, box: state.Value[Any], label: str, is_over: bool
) -> None:
    """Draw the box of a number, or the line that one drags."""
    step, shape = 10.0**-item.digits, f"%.{item.digits}f"
    on_chart = item.drag and ON_CHART.get(str(item.right)) == "x"
    if on_chart:
        curves = dragged_curves(stage.config) if is_over else []
        said = " ".join(map(put, dragged_sentences(curves)))
        draw_drag(item, box, label, is_over, Dragged(curves, said))
    elif item.drag:
        if box.get() is None:
            box.set(item.low)
        st.slider(
            f"{label} ({put(item.unit)})" if item.unit else label,
            item.low,
            item.high,
            step=step,
            format=shape,
            key=box.key,
            disabled=is_over,
            persist_state="session",
        )
        return
    if item.text and not on_chart:  # the box is narrow and would cut a longer label
        st.markdown(label)
    number = _number_box(item, box)
    with st.container(horizontal=True, vertical_alignment="center"):
        # a width that leaves room for the unit on a phone
        draw_number(number, label, step=step, disabled=is_over, shows=False, says=False, width=170)
        if item.unit:
            st.markdown(put(item.unit), width="content")
        if item.digits:
            words = say_plural("{count} decimal", "{count} decimals", item.digits)
            st.caption(words, width="content")
    draw_refusals(number)


def _number_box(item: Item, box: state.Value[Any]) -> NumberBox:
    """The box of a typed answer. A refused text is not an answer."""
    kind = float if item.digits else int
    setting = Setting(kind, mark("The answer"), "", low=item.low, high=item.high)
    return NumberBox(box, setting, may_be_empty=True)


def says_why(boxes: Sequence[tuple[Item, state.Value[Any]]]) -> bool:
    """Whether a box already says why its text is refused."""
    return any(item.is_number and typed(_number_box(item, box)).why for item, box in boxes)


def _draw_buttons(stage: Stage, is_bet: bool) -> None:
    with st.container(horizontal=True):
        st.button(
            say("Place the bet") if is_bet else say("Check"),
            key=stage.key("place"),
            type="primary",
            on_click=_place,
            args=(stage,),
        )
        draw_skip(stage)


def draw_skip(stage: Stage) -> None:
    """Draw the button that skips a question."""
    st.button(
        say("Skip this"), key=stage.key("skip"), type="tertiary", on_click=_skip, args=(stage,)
    )


@run_to_end
def _place(stage: Stage) -> None:
    """Callback: take the answers in the boxes. A task is judged at once."""
    question = stage.question
    try:
        values = check_answers(question, [box.get() for _, box in _boxes(stage)])
    except Refusal as refusal:
        refuse(stage, "" if says_why(_boxes(stage)) else refusal.sentence)
        return
    refuse(stage, "")
    answer = Answer(values, min(MOST_TRIES, 1 + question.tries))
    if question.kind == "task":
        found = judge_question(question.with_answer(answer), stage.figures)
        answer = replace(answer, is_right=all(it.is_right for it in found.items))
    learner.keep(learner.progress().with_answer(stage.lesson, question.name, answer))


@run_to_end
def _skip(stage: Stage) -> None:
    """Callback: skip this question."""
    refuse(stage, "")
    skipped = replace(stage.question.answer or Answer(None), values=None)
    learner.keep(learner.progress().with_answer(stage.lesson, stage.step.name, skipped))


def refuse(stage: Stage, why: Text) -> None:
    """Note why a question's answer was not taken, to be said below it; '' for nothing."""
    state.LEARN_REFUSAL.set((stage.key("ask"), why))


def draw_refusal(stage: Stage) -> None:
    """If the last answer was not taken, say why."""
    box, why = state.LEARN_REFUSAL.get()
    if why and box == stage.key("ask"):
        show_text(put(why))


def _draw_try(stage: Stage, question: Question) -> None:
    """Say whether the last try at a task was right, with a reply to each wrong answer."""
    if question.results is None:
        return
    if question.is_right:
        shown = question.with_words(lambda text: stage.words(text) or "")
        st.success(right_words(shown), icon=":material/check:")
        return
    wrong = [it for it in question.items if not it.is_right]
    if len(question.items) > 1:
        st.warning(
            say_plural(
                "One answer is not right yet.", "{count} answers are not right yet.", len(wrong)
            ),
            icon=":material/edit:",
        )
        for item in wrong:
            draw_reply(stage, item)
    else:  # as a box, which a screen reader announces like that of a right answer
        st.warning(_reply_words(stage, question.items[0]), icon=":material/edit:")


def draw_reply(stage: Stage, item: Item) -> None:
    """Reply to a wrong answer: to the belief behind it, if the lesson lists one."""
    st.markdown(_reply_words(stage, item))


def _reply_words(stage: Stage, item: Item) -> str:
    reply = stage.words(item.belief.reply) if item.belief is not None else None
    label = bold(stage.words(item.text) or "")
    words = reply or _not_it(stage, item)
    if item.is_coarse and not reply:
        words = say("With so few decimals this could be another number. Give all of them.")
    return f"{label} {words}" if label else words


def _not_it(stage: Stage, item: Item) -> str:
    """The reply to a wrong answer without a known belief; for cells, how many are wrong."""
    if item.grid:
        pairs = zip(str(item.answer), str(item.result), strict=True)
        return say_plural(
            "One cell is not right yet.",
            "{count} cells are not right yet.",
            sum(here != there for here, there in pairs),
        )
    if has_solution(stage.question) and was_wrong_often(stage.question):
        return say("That is not right. Compare your way with the worked solution below.")
    return say("That is not right. Look at the part above again, and try once more.")
