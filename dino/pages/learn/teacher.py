"""The teacher's sheet, to print: a plan for one class, an assignment, an exercise on paper."""

from __future__ import annotations

import logging

import streamlit as st

from dino.lessons.chips import round_of
from dino.lessons.figures import Figures
from dino.lessons.figures_cell import Exercise, exercise, parts_of_sums
from dino.lessons.item import Item
from dino.lessons.lesson import Lesson, Question
from dino.lessons.teaching import (
    ClassPlan,
    LessonNote,
    PlanPart,
    Sheet,
    answer_words,
    chips_answer,
    filled,
    question_words,
    teachers_sheet,
)
from dino.locale.sentences import Refusal, mark
from dino.pages.learn.lesson_on_paper import (
    draw_lesson_box,
    draw_lessons_on_paper,
    draw_paper_choice,
)
from dino.pages.learn.panel_cell import START, draw_exercise
from dino.pages.learn.stage import lesson_title, range_words
from dino.pages.learn.teacher_course import draw_aims, draw_assignment, draw_course, draw_links
from dino.pages.learn.teacher_words import filled_words, link_to, linked, listed, title_of
from dino.ui import learner, state
from dino.ui.language import language, put, say, say_number, say_plural
from dino.ui.printing import PRINTED, draw_print_button
from dino.ui.table import draw_table
from dino.ui.text import show_text

log = logging.getLogger(__name__)

# The parts besides the plans. Plans are named by their minutes.
NOTES, PAPER, ASSIGNMENT, COURSE, LESSONS = "notes", "paper", "assignment", "course", "lessons"
HARD = {1: mark("easy"), 2: mark("medium"), 3: mark("hard")}
DIGITS = ".2f"


def draw_teacher() -> None:
    """Draw the chosen part of the sheet, in a container that prints without the page."""
    try:
        sheet = teachers_sheet(language().code)
    except Refusal as refusal:
        log.warning("%s", refusal)
        show_text(say("The teacher's sheet is left out because its file has a mistake."))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = _draw_choice(sheet)
        draw_print_button()
    if chosen == PAPER:
        draw_solution_switch()
    elif chosen == LESSONS:
        draw_paper_choice()
    with st.container(key=PRINTED):
        _draw_part_of(sheet, chosen)


def _draw_part_of(sheet: Sheet, chosen: str) -> None:
    """Draw one part under its title. What students get has its own title."""
    titles = {PAPER: say("A network by hand"), LESSONS: say("Lessons on paper")}
    st.subheader(titles.get(chosen, sheet.title), anchor=False)
    plan = next((it for it in sheet.plans if str(it.minutes) == chosen), None)
    if plan is not None:
        _draw_plan(sheet, plan)
    elif chosen == NOTES:
        _draw_notes(sheet)
    elif chosen == PAPER:
        draw_paper(sheet)
    elif chosen == COURSE:
        draw_course(sheet)
    elif chosen == LESSONS:
        draw_lessons_on_paper()
    else:
        draw_assignment(sheet)


def _draw_choice(sheet: Sheet) -> str:
    """Draw the choice of the part that is shown and printed."""
    texts = {str(it.minutes): _minutes(it.minutes) for it in sheet.plans}
    texts[NOTES] = say("Notes on a lesson")
    texts |= {PAPER: say("Exercise on paper"), LESSONS: say("Lessons on paper")}
    texts |= {ASSIGNMENT: say("Assignment"), COURSE: say("Course")}
    if state.TEACHER_PART.get() not in texts:
        state.TEACHER_PART.correct(next(iter(texts)))
    chosen = st.segmented_control(
        say("Part of the sheet"),
        list(texts),
        format_func=lambda key: texts.get(key, ""),
        key=state.TEACHER_PART.key,
        required=True,
        persist_state="session",
        label_visibility="collapsed",
        wrap=True,
    )
    return str(chosen)


def _minutes(count: int) -> str:
    return say_plural("{count} minute", "{count} minutes", count)


# ---- a plan


def _draw_plan(sheet: Sheet, plan: ClassPlan) -> None:
    st.markdown(f"#### {plan.title}")
    st.markdown(f"{plan.goal}\n\n{linked(sheet.about)}")
    _draw_overview(sheet, plan)
    st.markdown(listed(say("Prepare"), list(map(linked, plan.prepare))))
    st.markdown(sheet.after_a_bet)
    for part in plan.parts:
        _draw_part(sheet, part)
    draw_links(plan.lessons)


def _lesson_of(part: PlanPart) -> Lesson | None:
    return learner.all_lessons().get(part.lesson or "")


def _title(part: PlanPart) -> str:
    lesson = _lesson_of(part)
    if lesson is None:
        return part.title or str(part.lesson)
    return lesson_title(lesson)


def _draw_overview(sheet: Sheet, plan: ClassPlan) -> None:
    """Draw the plan as a table: from which minute on, what, how hard."""
    rows, begin = [], 0
    for part in plan.parts:
        note = sheet.notes.get(part.lesson or "")
        hard = put(HARD[note.hard]) if note is not None else ""
        rows.append([say_number(begin), say_number(part.minutes), _title(part), hard])
        begin += part.minutes
    draw_table(
        [say("from minute"), say("minutes"), say("part"), say("difficulty")],
        rows,
        "teacher_plan",
        say("The plan of {count} minutes", count=plan.minutes),
        numeric=[0, 1],
        less=[3],
    )


def _draw_part(sheet: Sheet, part: PlanPart) -> None:
    """Draw one part: what to do; for a lesson, what to stress, to expect and to answer."""
    lesson, title = _lesson_of(part), _title(part)
    if lesson is not None:
        title = link_to(lesson)
    st.markdown(f"##### {title} ({_minutes(part.minutes)})")
    st.markdown(linked(part.do))
    if part.tells:
        told = ", ".join(map(title_of, part.tells))
        st.markdown(say("This takes the place of: {lessons}", lessons=told))
    if lesson is not None:
        draw_aims(lesson.key)
        _draw_note(sheet.notes[lesson.key], lesson)
        _draw_expected(lesson)


def _draw_note(note: LessonNote, lesson: Lesson) -> None:
    def words(text: str) -> str:
        return filled_words(text, lesson)

    st.markdown(f"**{say('Stress')}.** {words(note.stress)}")
    if note.prepare:
        st.markdown(f"**{say('Prepare')}.** {words(note.prepare)}")
    asked = [f"*{words(ask)}* {words(answer)}" for ask, answer in note.questions]
    if asked:
        st.markdown(listed(say("Students will ask"), asked))


def _draw_expected(lesson: Lesson) -> None:
    """Draw the questions of a lesson with their answers, and the beliefs behind the wrong ones."""
    figures = Figures(lesson)
    lines = [
        _expected_line(lesson, question, item, figures)
        for question in lesson.questions.values()
        for item in question.items
    ]
    lines += [
        f"{say('Bet')}: {round_of(it).start}… → **{chips_answer(it)}**"
        for it in lesson.questions.values()
        if not it.items
    ]
    if lines:
        st.markdown(listed(say("Questions of the lesson, and what to expect"), lines))


def _expected_line(lesson: Lesson, question: Question, item: Item, figures: Figures) -> str:
    kind = say("Bet") if question.kind == "bet" else say("Task")
    asked, answer = question_words(question, item, figures), answer_words(lesson, item, figures)
    line = f"{kind}: {put(asked)} → **{put(answer)}**"
    if not item.beliefs:
        return line
    beliefs = "; ".join(f"*{belief}*" for belief in item.beliefs)
    return f"{line}\n    - {say('Beliefs behind wrong answers: {beliefs}', beliefs=beliefs)}"


# ---- the note on one lesson


def _draw_notes(sheet: Sheet) -> None:
    """Draw the note on a chosen lesson, even if it is in no plan."""
    lessons = [it for it in learner.all_lessons().values() if it.key in sheet.notes]
    titles = {it.key: lesson_title(it) for it in lessons}
    key = draw_lesson_box(titles, state.TEACHER_LESSON)
    lesson = learner.all_lessons()[key]
    note = sheet.notes[key]
    st.markdown(f"##### {link_to(lesson)} ({range_words(lesson)}, {put(HARD[note.hard])})")
    draw_aims(key)
    _draw_note(note, lesson)
    _draw_expected(lesson)


def draw_solution_switch() -> None:
    """Draw the switch of the exercise's solution. It does not print, so no sheet hints at it."""
    st.toggle(say("With the solution"), key=state.SOLUTION.key, persist_state="session")


def draw_paper(sheet: Sheet) -> None:
    """Draw the exercise; if chosen, with its solution below."""
    found = exercise()
    st.markdown(put(filled(sheet.paper)))
    draw_exercise("paper_{}".format)
    inputs = [letter or START for letter in found.inputs]
    st.caption(
        say(
            "The inputs in order: {inputs}. {start} is not a letter.",
            inputs=", ".join(inputs),
            start=START,
        )
    )
    if state.SOLUTION.get():
        st.markdown(f"##### {say('Solution')}")
        _draw_states(found, inputs)
        _draw_outputs(found, inputs)


def _draw_states(found: Exercise, inputs: list[str]) -> None:
    """Draw each sum with its parts, and the state, its tanh: one row per input and unit."""
    rows = [
        [letter, say_number(j + 1), *(say_number(it, DIGITS) for it in numbers)]
        for t, letter in enumerate(inputs)
        for j, numbers in enumerate(parts_of_sums(found)[t].tolist())
    ]
    draw_table(
        [say("input"), say("unit"), "x W_xh", "h W_hh", "b_h", say("sum"), say("h, its tanh")],
        rows,
        "paper_states",
        say("The sums with their parts, and the states, which are tanh of the sums"),
        numeric=range(1, 7),
    )


def _draw_outputs(found: Exercise, inputs: list[str]) -> None:
    """Draw the scores and the probabilities after each input."""
    draw_table(
        [
            say("input"),
            *(say("score of {symbol}", symbol=it) for it in found.symbols),
            *(say("p of {symbol}", symbol=it) for it in found.symbols),
        ],
        [
            [letter, *(say_number(it, DIGITS) for it in (*scores.tolist(), *probs.tolist()))]
            for letter, scores, probs in zip(inputs, found.logits, found.probs, strict=True)
        ],
        "paper_outputs",
        say("Scores, and the probabilities that softmax gives"),
        numeric=range(1, 1 + 2 * len(found.symbols)),
    )
