"""The concept test: the same ten questions twice. After the second time it shows what is right."""

from __future__ import annotations

import streamlit as st

from dino.lessons.concept_test import (
    AFTER,
    BEFORE,
    ITEMS,
    KEY,
    NAMES,
    VERSION,
    are_right,
    change_sentences,
    item_of,
    keep_rounds,
    wrong_beliefs,
)
from dino.lessons.item import Item
from dino.locale.sentences import Refusal
from dino.ui import learner, state
from dino.ui.bring_up import bring_up
from dino.ui.language import put, say
from dino.ui.table import draw_table
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end

BOX = "concept_test"  # the key of its refusal
ICONS = {True: ":material/check:", False: ":material/close:"}  # of a right and a wrong answer


def test_words() -> str:
    """Say how far the learner is; '' if not begun."""
    rounds = learner.rounds()
    if rounds.over > AFTER:
        return say("Both rounds are done.")
    if rounds.over:
        return say("The first round is done.")
    return ""


def draw_concept_test() -> None:
    """Draw the questions of the next round, or both rounds with the right answers."""
    test, over = learner.test(), learner.rounds().over
    st.subheader(test.title, anchor=False)
    st.markdown(f"**{test.question}**")
    if over > AFTER:
        _draw_results()
        return
    st.markdown(_round_words(over))
    if learner.rounds().version != VERSION:
        st.caption(
            say(
                "The test has other questions now. These are the ones that you answered the first "
                "time, so that both rounds can be compared."
            )
        )
    for number in range(ITEMS):
        _draw_question(over, number)
    st.button(
        say("Keep my second answers") if over else say("Keep my first answers"),
        key=f"end_{KEY}_{over}",
        type="primary",
        icon=":material/check:",
        on_click=_end,
        args=(over,),
    )
    box, why = state.LEARN_REFUSAL.get()
    if why and box == BOX:
        show_text(put(why))


def _round_words(over: int) -> str:
    """Say what to do in this round."""
    if not over:
        return say(
            "Answer before the first lesson, and guess where you are not sure. The page shows the "
            "right answers when you have answered a second time, after the lessons."
        )
    asking = [it for it in learner.all_lessons().values() if it.questions]
    if all(map(learner.progress().is_done, asking)):
        return say(
            "Your first answers are kept, and you have done all lessons. Answer the same "
            "questions once more. Then the page shows both rounds and the right answers."
        )
    return say(
        "Your first answers are kept. Do the lessons, then answer the same questions once more. "
        "After that, the page shows both rounds and the right answers."
    )


def _draw_question(over: int, number: int) -> None:
    """Draw one question and its choices, with the answer that was given before a reload."""
    test = learner.test()
    step, item = test.steps[number], item_of(test, number)
    box, given = _box(over, number), learner.rounds().answers[over][number]
    if given and box.get() is None:
        box.correct(given)
    texts = {choice.name: plain_text(choice.text) for choice in item.choices}
    with st.container(border=True, key=f"question_{over}_{number}"):
        st.radio(
            say("{number} · {question}", number=number + 1, question=plain_text(step.text)),
            list(texts),
            index=None,
            format_func=lambda name: texts.get(name, ""),
            key=box.key,
            on_change=_keep,
            args=(over, number),
            persist_state="session",
        )


def _box(over: int, number: int) -> state.Value[str | None]:
    return state.answer_of(KEY, NAMES[over], number)


def plain_text(template: str) -> str:
    """A text of the test without figures: its double braces belong to formulas."""
    return template.format()


@run_to_end
def _keep(over: int, number: int) -> None:
    """Callback: keep an answer in the browser before all are given."""
    name = _box(over, number).get()
    rounds = learner.rounds()
    if name is not None and rounds.over == over:
        learner.keep(keep_rounds(learner.progress(), rounds.with_answer(number, name)))
        state.LEARN_REFUSAL.set(("", ""))


@run_to_end
def _end(over: int) -> None:
    """Callback: end this round, if it has all answers."""
    rounds = learner.rounds()
    if rounds.over != over:  # this was already done
        return
    try:
        ended = rounds.ended()
    except Refusal as refusal:
        state.LEARN_REFUSAL.set((BOX, refusal.sentence))
        return
    state.LEARN_REFUSAL.set(("", ""))
    learner.keep(keep_rounds(learner.progress(), ended))
    if over == BEFORE:
        state.LESSON.set("")
        state.ROUND_KEPT.set(True)
        bring_up("learn")
    else:
        bring_up(f"part_{KEY}")  # to the comparison of both rounds


def _draw_results() -> None:
    """Draw both rounds side by side, what changed, and a reply to each wrong answer."""
    test, rows = learner.test(), learner.rounds().rows()
    marks = [are_right(test, row) for row in rows]
    for words in change_sentences(*marks):
        st.markdown(put(words))
    draw_table(
        [say("question"), say("before the lessons"), say("after them")],
        [
            [str(i + 1), *(say("right") if mark[i] else say("wrong") for mark in marks)]
            for i in range(ITEMS)
        ],
        "concept_test_rounds",
        say("Your answers in both rounds"),
    )
    for number in range(ITEMS):
        item = item_of(test, number)
        with st.container(border=True, key=f"result_{number}"):
            question = plain_text(test.steps[number].text)
            st.markdown(
                "**" + say("{number} · {question}", number=number + 1, question=question) + "**"
            )
            _draw_answers(number, item, [row[number] for row in rows])


def _draw_answers(number: int, item: Item, answers: list[str]) -> None:
    """Say what was answered, whether it is right, the reply to each belief behind a wrong answer,
    and why the right answer is right.
    """
    texts = {choice.name: plain_text(choice.text) for choice in item.choices}
    before, after = answers
    if before == after:
        lines = [(after, say("Both times: {answer}", answer=texts[after]))]
    else:
        lines = [
            (before, say("Before: {answer}", answer=texts[before])),
            (after, say("After: {answer}", answer=texts[after])),
        ]
    right = str(item.right)
    for name, words in lines:
        st.markdown(f"{ICONS[name == right]} {words}")
        for wrong in wrong_beliefs(learner.test(), number, [name]):
            st.markdown(plain_text(wrong.reply))
    if right not in answers:
        st.markdown(say("Right answer: {answer}", answer=texts[right]))
    st.markdown(plain_text(learner.test().steps[number].because))
