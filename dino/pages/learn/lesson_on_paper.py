"""A lesson on paper, for a class without a server: its texts, pictures that need no training, boxes
for answers; after them the results, the reasons and the solutions.
"""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from dino.lessons.chips import round_of
from dino.lessons.figures import Figures
from dino.lessons.item import Item
from dino.lessons.learner_report import plain
from dino.lessons.lesson import Lesson, Question, Step
from dino.lessons.teaching import answer_words, chips_answer, question_words
from dino.pages.learn.network import draw_prepared_curves
from dino.pages.learn.panel_table import draw_panel
from dino.pages.learn.stage import Stage, lesson_title
from dino.ui import learner, state
from dino.ui.language import language, put, say

# Pictures that need no training.
PICTURES = (
    *("arrangements", "one_hot", "two_units", "one_unit", "axis", "batches", "one_step"),
    *("regularised", "memory_curves"),
)
BOX, LINE = "☐", "_" * 12


def draw_paper_choice() -> None:
    """Draw the choice of the lesson, and the switch of its results. Neither is printed."""
    lessons = learner.all_lessons()
    titles = {key: lesson_title(it) for key, it in lessons.items()}
    if state.PAPER_LESSON.get() not in titles:
        state.PAPER_LESSON.correct(next(iter(titles)))
    st.selectbox(
        say("Lesson"),
        list(titles),
        format_func=lambda key: titles.get(key, ""),
        key=state.PAPER_LESSON.key,
        persist_state="session",
        width=360,
    )
    st.toggle(say("With results and reasons"), key=state.SOLUTION.key, persist_state="session")


def draw_lesson_on_paper() -> None:
    """Draw the chosen lesson, then its results if they are wanted."""
    lesson = learner.all_lessons()[state.PAPER_LESSON.get()]
    figures = Figures(lesson)
    st.markdown(f"#### {lesson_title(lesson)}")
    st.markdown(f"**{put(lesson.question)}**")
    for number, step in enumerate(lesson.steps, 1):
        _draw_step(Stage(lesson, step, number, figures))
    if lesson.questions and state.SOLUTION.get():
        st.markdown(f"#### {say('Results and reasons')}")
        for question in lesson.questions.values():
            _draw_result(lesson, question, figures)


def _draw_step(stage: Stage) -> None:
    """Draw a step as students get it. What a bet opens is among the results."""
    step = stage.step
    if step.kind in ("reveal", "code"):
        return
    _draw_words(stage, step.text)
    is_untrained = step.panel == "strip" and step.options.get("network") == "untrained"
    if step.panel in PICTURES or is_untrained:
        draw_panel(stage)
    elif step.panel == "run" and state.SOLUTION.get():
        draw_prepared_curves(stage.config, stage.key("paper"))
    if isinstance(step, Question):
        st.markdown("\n\n".join(_boxes(stage, step)))
    elif step.kind == "words":
        st.markdown(LINE * 5)


def _boxes(stage: Stage, question: Question) -> Iterator[str]:
    """A box for each choice, or a line for a number."""
    for item in question.items:
        text = _known(stage.lesson, stage.figures, item.text)
        if item.choices:
            choices = [_known(stage.lesson, stage.figures, it.text) for it in item.choices]
            yield f"{text}\n\n" + "  \n".join(f"{BOX} {it}" for it in choices)
        else:
            yield f"{text} {LINE} {item.unit}".strip()
    if not question.items:  # chips
        yield f"**{round_of(question).start}…** {LINE * 5}"


def _draw_result(lesson: Lesson, question: Question, figures: Figures) -> None:
    """Draw what is right, why, and the way to it; of a run the range that every seed gives."""
    for item in question.items:
        asked = put(question_words(question, item, figures))
        st.markdown(f"{asked} → **{put(answer_words(lesson, item, figures))}**")
    if not question.items:
        st.markdown(f"{round_of(question).start}… → **{chips_answer(question)}**")
    told: list[Question | Item] = [question, *question.items]
    for text in (words for it in told for words in (it.because, it.solution) if words):
        st.markdown(_known(lesson, figures, text))
    for step in _reveals(lesson, question):
        for text in (step.text, *step.more):
            words = Stage(lesson, step, 0, figures).words(text)
            if words:
                st.markdown(words)


def _reveals(lesson: Lesson, question: Question) -> Iterator[Step]:
    """The steps that show this question's result last."""
    for step in lesson.steps:
        if step.kind == "reveal" and step.of[-1] == question.name:
            yield step


def _draw_words(stage: Stage, text: str) -> None:
    if text:
        st.markdown(_known(stage.lesson, stage.figures, text))


def _known(lesson: Lesson, figures: Figures, text: str) -> str:
    """A text with its figures; as plain text with … for a figure that only a run gives."""
    words = Stage(lesson, lesson.steps[0], 0, figures).words(text)
    return plain(text, figures, language()) if words is None else words
