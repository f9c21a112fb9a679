"""A lesson on paper, for a class without a server: its texts, pictures that need no training, boxes
for answers; after them the results, the reasons and the solutions.
"""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from dino.lessons.figures import Figures
from dino.lessons.item import Item
from dino.lessons.learner_report import plain
from dino.lessons.lesson import Lesson, Question, Step
from dino.lessons.teaching import answer_words, question_words
from dino.pages.learn.panel_table import draw_panel
from dino.pages.learn.stage import Stage, lesson_title
from dino.ui import learner, state
from dino.ui.language import language, put, say

# Pictures that are the same for everybody and need no training.
PICTURES = ("arrangements", "one_hot", "two_units", "one_unit", "axis", "regularised")
BOX, LINE = "☐", "_" * 12


def draw_lessons_on_paper() -> None:
    """Draw the choice of a lesson, and the lesson as it is printed."""
    lessons = learner.all_lessons()
    titles = {key: lesson_title(it) for key, it in lessons.items()}
    if state.PAPER_LESSON.get() not in titles:
        state.PAPER_LESSON.correct(next(iter(titles)))
    key = st.selectbox(
        say("Lesson"),
        list(titles),
        format_func=lambda key: titles.get(key, ""),
        key=state.PAPER_LESSON.key,
        persist_state="session",
        width=360,
    )
    draw_on_paper(lessons[key])


def draw_on_paper(lesson: Lesson) -> None:
    """Draw a lesson, then its results."""
    figures = Figures(lesson)
    st.markdown(f"#### {lesson_title(lesson)}")
    st.markdown(f"**{put(lesson.question)}**")
    for number, step in enumerate(lesson.steps, 1):
        _draw_step(Stage(lesson, step, number, figures))
    if lesson.questions:
        st.markdown(f"#### {say('Results and reasons')}")
        for question in lesson.questions.values():
            _draw_result(lesson, question, figures)


def _draw_step(stage: Stage) -> None:
    """Draw a step as students get it. What a bet opens is among the results."""
    step = stage.step
    if step.kind in ("reveal", "code"):
        return
    _draw_words(stage, step.text)
    if step.panel in PICTURES:
        draw_panel(stage)
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
    if not question.items:
        yield LINE * 5


def _draw_result(lesson: Lesson, question: Question, figures: Figures) -> None:
    """Draw what is right, why, and the way to it; of a run the range that every seed gives."""
    for item in question.items:
        asked = put(question_words(question, item, figures))
        st.markdown(f"{asked} → **{put(answer_words(lesson, item, figures))}**")
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
