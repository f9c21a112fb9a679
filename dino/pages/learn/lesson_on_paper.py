"""Lessons on paper, for a class without a server: texts, pictures that need no training, boxes for
answers; after them what the answers open, the results, the reasons and the solutions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import streamlit as st

from dino.lessons.chips import round_of
from dino.lessons.figures import Figures
from dino.lessons.grids import GRIDS
from dino.lessons.item import Item
from dino.lessons.learner_report import plain
from dino.lessons.lesson import Lesson, Question, Step
from dino.lessons.teaching import answer_words, chips_answer, question_words
from dino.pages.learn.network import draw_prepared_curves, prepared_run
from dino.pages.learn.panel_experiment import draw_prepared_experiment, prepared_figures
from dino.pages.learn.panel_table import draw_both_axes, draw_panel
from dino.pages.learn.stage import Stage, lesson_title
from dino.ui import learner, state
from dino.ui.language import language, put, say, say_number
from dino.ui.printing import PAGE
from dino.ui.table import draw_table
from dino.ui.text import show_text

# Pictures that need no training.
PICTURES = (
    *("arrangements", "one_hot", "two_units", "one_unit", "one_step", "regularised"),
    "memory_curves",
)
AXIS = "axis"  # whose picture one turns: paper has it both ways
LINK = "compare"  # a panel that is only a link
EXPERIMENT = "experiment"  # whose results were measured in advance
ALL = "all"  # the choice of all lessons
BOX, LINE = "☐", r"\_" * 12  # escaped, because a line of only underscores would be a rule


def draw_paper_choice() -> None:
    """Draw the choice of the lesson, and the switch of its results. Neither is printed."""
    lessons = learner.all_lessons()
    titles = {**{key: lesson_title(it) for key, it in lessons.items()}, ALL: say("All lessons")}
    draw_lesson_box(titles, state.PAPER_LESSON)
    st.toggle(say("With results and reasons"), key=state.SOLUTION.key, persist_state="session")


def draw_lesson_box(titles: Mapping[str, str], chosen: state.Value[str]) -> str:
    """Draw a box to choose a lesson by its title, the first one at first; return its key."""
    if chosen.get() not in titles:
        chosen.correct(next(iter(titles)))
    return st.selectbox(
        say("Lesson"),
        list(titles),
        format_func=lambda key: titles.get(key, ""),
        key=chosen.key,
        persist_state="session",
        width=360,
    )


def draw_lessons_on_paper() -> None:
    """Draw the chosen lesson or all, each from a new page on, with its results if they are
    wanted.
    """
    show_text(
        say(
            "Where a text says to press a button or to train, look at the picture, or ask for the "
            "result."
        )
    )
    lessons, chosen = learner.all_lessons(), state.PAPER_LESSON.get()
    for lesson in lessons.values() if chosen == ALL else [lessons[chosen]]:
        with st.container(key=f"{PAGE}_{lesson.key}"):
            _draw_lesson(lesson)


def _draw_lesson(lesson: Lesson) -> None:
    figures = Figures(lesson)
    stages = [Stage(lesson, it, i, figures) for i, it in enumerate(lesson.steps, 1)]
    st.markdown(f"#### {lesson_title(lesson)}")
    st.markdown(f"**{put(lesson.question)}**")
    for stage in stages:
        if stage.step.kind not in ("reveal", "code") and not _is_opened(stage):
            _draw_step(stage)
    if lesson.questions and state.SOLUTION.get():
        st.markdown(f"#### {say('Results and reasons')}")
        for stage in stages:
            if stage.step.panel == EXPERIMENT:
                figures.add(stage.step, prepared_figures(stage))
        for question in lesson.questions.values():
            _draw_result(lesson, question, figures)
            for stage in stages:
                if _is_opened(stage) and stage.step.of[-1] == question.name:
                    _draw_step(stage)
        _draw_models(stages)


def _is_opened(stage: Stage) -> bool:
    """Whether a step to read is opened by answers and may tell them. A text before another question
    is read for that question.
    """
    step, later = stage.step, stage.lesson.steps[stage.number :]
    is_for_later = not step.panel and any(isinstance(it, Question) for it in later)
    return step.kind == "read" and bool(step.of) and not is_for_later


def _draw_step(stage: Stage) -> None:
    """Draw a step to read or to answer. A text on a picture that paper cannot have is left out,
    unless the lesson begins with it.
    """
    step = stage.step
    is_untrained = step.panel == "strip" and step.options.get("network") == "untrained"
    is_drawn = step.panel in (*PICTURES, AXIS) or is_untrained
    has_curves = step.panel == "run" and _has_curves(stage)
    is_there = not step.panel or step.panel == LINK or is_drawn or has_curves
    if is_there or step.kind != "read" or stage.number == 1:
        _draw_words(stage, step.text)
    if step.panel == AXIS:
        draw_both_axes(stage)
    elif is_drawn:
        draw_panel(stage)
    elif has_curves:
        draw_prepared_curves(stage.config, stage.key("paper"))
    elif step.panel == EXPERIMENT and state.SOLUTION.get():
        draw_prepared_experiment(stage)
    if isinstance(step, Question):
        _draw_boxes(stage, step)
    elif step.kind == "words":
        st.markdown("  \n".join([LINE * 5] * 3))


def _has_curves(stage: Stage) -> bool:
    return state.SOLUTION.get() and prepared_run(stage.config) is not None


def _draw_models(stages: list[Stage]) -> None:
    """Draw the model sentences beside what they answer."""
    for stage in stages:
        if stage.step.kind == "words" and stage.step.model:
            text, model = (stage.words(it) for it in (stage.step.text, stage.step.model))
            if text and model:
                st.markdown(f"{text.strip()} → *{model.strip()}*")


def _draw_boxes(stage: Stage, question: Question) -> None:
    """Draw boxes for choices, lines for numbers, and tables whose cells are to be marked."""
    for number, item in enumerate(question.items):
        if item.grid:
            _draw_grid(stage, number, item)
    st.markdown("\n\n".join(_boxes(stage, question)))


def _draw_grid(stage: Stage, number: int, item: Item) -> None:
    grid = GRIDS[item.grid]()
    columns = [say_number(i) for i in range(1, 1 + len(grid.cells[0]))]
    rows = [[head, *cells] for head, cells in zip(grid.heads, grid.cells, strict=True)]
    key, caption = stage.key(f"grid_{number}"), say("Mark cells of this table")
    draw_table([say("name"), *columns], rows, key, caption)


def _boxes(stage: Stage, question: Question) -> Iterator[str]:
    """A box for each choice, or a line for a number."""
    for item in question.items:
        text = _known(stage.lesson, stage.figures, item.text)
        if item.grid:
            continue
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
