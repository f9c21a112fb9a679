"""A lesson on the page: its steps with their code, and its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import streamlit as st

from dino.lessons import looking_back
from dino.lessons.checking import code_of
from dino.lessons.figures import Figures
from dino.lessons.lesson import QUESTIONS, Lesson, Question
from dino.pages.learn.asked_again import draw_asked_again
from dino.pages.learn.asking import draw_ask, is_open
from dino.pages.learn.contents import minutes_words, progress_words
from dino.pages.learn.own_words import draw_words
from dino.pages.learn.panel_table import draw_panel
from dino.pages.learn.path import after_lessons, draw_button
from dino.pages.learn.projector import is_on
from dino.pages.learn.reveal import draw_reveal
from dino.pages.learn.stage import Stage, lesson_title
from dino.pages.learn.told import draw_evidence
from dino.source import statement
from dino.ui import learner, state
from dino.ui.bring_up import bring_up
from dino.ui.component import component, draw_styles
from dino.ui.language import put, say, say_plural
from dino.ui.typed_numbers import empty_box
from dino.ui.widgets import run_to_end

HERE = Path(__file__).parent
BESIDE = (*QUESTIONS, "read", "reveal")  # kinds of steps that a panel may stay beside
LABEL = 120  # letters of the text above a piece of code, to be the label of its box
HTML = '<div class="dino-code own-keys"></div>'


def draw_lesson(lesson: Lesson, open_part: Callable[[str], None]) -> None:
    """Draw a lesson. open_part: opens the lesson with a key."""
    st.subheader(lesson_title(lesson), anchor=False)
    with st.container(key="lesson_about"):
        st.markdown(f"**{put(lesson.question)}**")
        st.caption(f"{minutes_words(lesson)} {progress_words(lesson)}")
        _draw_undo(lesson)
    figures = Figures(lesson)
    for numbers in groups(lesson):
        _draw_group([Stage(lesson, lesson.steps[i - 1], i, figures) for i in numbers])
    if lesson.evidence and learner.progress().is_done(lesson):
        draw_evidence(Stage(lesson, lesson.steps[-1], len(lesson.steps), figures), lesson)
    if not is_on():
        draw_asked_again(lesson)
    _draw_end(lesson, open_part)


def groups(lesson: Lesson) -> Iterator[range]:
    """The numbers of the steps that are drawn together: a panel that stays in view, and the steps
    beside it; each other step by itself.
    """
    number, steps = 1, lesson.steps
    while number <= len(steps):
        end = number + 1
        if steps[number - 1].beside:
            while end <= len(steps) and not steps[end - 1].panel and steps[end - 1].kind in BESIDE:
                end += 1
        yield range(number, end)
        number = end


def _draw_group(stages: list[Stage]) -> None:
    """Draw one step, or a panel and the steps that it stays beside."""
    if len(stages) == 1:
        _draw_numbered(stages[0])
        return
    name = f"{stages[0].lesson.key}_{stages[0].number}"
    draw_styles(HERE / "beside.css")
    with st.container(key=f"beside_rows_{name}"):
        with st.container(key=f"beside_panel_{name}"):
            _draw_numbered(stages[0])
        with st.container(key=f"beside_asks_{name}"):
            for stage in stages[1:]:
                _draw_numbered(stage)


def _draw_numbered(stage: Stage) -> None:
    with st.container(key=f"step_{stage.lesson.key}_{stage.number}"):
        draw_step(stage)


def draw_step(stage: Stage) -> None:
    """Draw one step. If it waits for a bet, say only that."""
    step = stage.step
    if not is_open(stage):
        if is_on() or not _is_below_a_lock(stage):
            st.caption(f":material/lock: {_wait_words(stage)}")
        return
    if step.kind == "reveal":
        draw_reveal(stage)
        return
    if step.kind not in ("words", "code"):
        stage.draw_text(step.text)
    if step.panel:
        with _panel_box(stage):
            stage.figures.add(step, draw_panel(stage))
    if isinstance(step, Question) and step.items:
        draw_ask(stage)
    elif step.kind == "code":
        draw_code(stage)
    elif step.kind == "words":
        draw_words(stage)


def _panel_box(stage: Stage) -> AbstractContextManager[object]:
    """What a step's panel is drawn in: a box that stays in view, if it has to."""
    if not stage.step.beside:
        return nullcontext()
    return st.container(key=f"beside_stays_{stage.lesson.key}_{stage.number}")


def _is_below_a_lock(stage: Stage) -> bool:
    """Whether the step right above also waits, and so says what to do."""
    above = stage.lesson.steps[: stage.number - 1][-1:]
    return any(not is_open(stage._replace(step=step)) for step in above)


def _wait_words(stage: Stage) -> str:
    """Say what to do before a step opens."""
    if any(stage.lesson.questions[name].kind == "bet" for name in stage.step.of):
        return say("Place your bet above, or skip it, to open this.")
    return say("Answer the question above, or skip it, to open this.")


def _left_words(lesson: Lesson) -> str:
    """Say what is left until a lesson is done, or that it is done; '' for one without questions."""
    known = learner.progress()
    done, count = known.settled(lesson)
    if not count:
        return ""
    if known.is_done(lesson) and done < count:
        return say(
            "This lesson counts as done: a link says so, or you did it when its questions were "
            "others. Some of its questions are open."
        )
    if known.is_done(lesson):
        return f":material/check_circle: {say('This lesson is done.')}"
    if done < count:
        return say_plural(
            "One question of this lesson is unanswered. Answer it or skip it.",
            "{count} questions of this lesson are unanswered. Answer them or skip them.",
            count - done,
        )
    return say_plural(
        "Run the part below your bet to see the result. Then this lesson is done.",
        "Run the parts below your {count} bets to see the results. Then this lesson is done.",
        known.awaited(lesson),
    )


def _draw_end(lesson: Lesson, open_part: Callable[[str], None]) -> None:
    """Draw what is left to do, and the ways on."""
    words = _left_words(lesson)
    with st.container(key="lesson_end"):
        if words:
            st.caption(words)
        with st.container(horizontal=True):
            _draw_ways(lesson, open_part)
        if state.AGAIN_ASKED.get() == lesson.key and learner.progress().settled(lesson)[0]:
            _draw_again(lesson)


def _draw_ways(lesson: Lesson, open_part: Callable[[str], None]) -> None:
    """Draw the buttons for what comes next and for answering this lesson again.

    After the last reading screen that is looking back, and after the last lesson too, unless the
    second round of the concept test comes first.
    """
    keys = list(learner.all_lessons())
    following = keys[keys.index(lesson.key) + 1 :][:1]
    ends = {keys[-1]: looking_back.KEY, learner.asking()[-1].key: after_lessons()}
    if lesson.key in ends:
        draw_button(ends[lesson.key], f"on_{lesson.key}", open_part)
    for key in following:
        st.button(
            _next_words(learner.all_lessons()[key]),
            key=f"next_{lesson.key}",
            icon=":material/arrow_forward:",
            on_click=open_part,
            args=(key,),
        )
    if learner.progress().settled(lesson)[0]:
        st.button(
            say("Answer its questions again"),
            key=f"again_{lesson.key}",
            icon=":material/replay:",
            type="tertiary",
            on_click=_ask,
            args=(lesson.key,),
        )


def _next_words(lesson: Lesson) -> str:
    if lesson.questions:
        return say("Next lesson: {title}", title=lesson.title)
    return say("To read: {title}", title=lesson.title)


def _draw_again(lesson: Lesson) -> None:
    """Ask before its answers are removed, so that one careless click does no harm."""
    with st.container(border=True, key="again_question"):
        st.markdown(
            say_plural(
                "Answer this lesson again? This removes your answer and the lesson's tick, but "
                "keeps your own sentences.",
                "Answer this lesson again? This removes your {count} answers and the lesson's "
                "tick, but keeps your own sentences.",
                learner.progress().settled(lesson)[0],
            )
        )
        with st.container(horizontal=True):
            st.button(
                say("Yes, answer it again"),
                key=f"again_sure_{lesson.key}",
                icon=":material/replay:",
                on_click=_begin_again,
                args=(lesson.key,),
            )
            st.button(say("No"), key="again_no", type="primary", on_click=_ask, args=("",))


def _draw_undo(lesson: Lesson) -> None:
    """After the removal: draw the way back to the removed answers."""
    if state.ANSWERED_BEFORE.get()[0] != lesson.key:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="again_undo"):
        st.caption(say("Your earlier answers are kept until you reload or close this page."))
        st.button(
            say("Undo"),
            key=f"undo_again_{lesson.key}",
            icon=":material/undo:",
            on_click=_undo,
            args=(lesson.key,),
        )


@run_to_end
def _ask(key: str) -> None:
    """Callback: ask whether to answer this lesson again; '' stops asking."""
    state.AGAIN_ASKED.set(key)


@run_to_end
def _begin_again(key: str) -> None:
    """Callback: remove the answers to a lesson, and empty their boxes."""
    if state.AGAIN_ASKED.get() != key:  # a second click, or a callback that ran again
        return
    lesson, known = learner.all_lessons()[key], learner.progress()
    for name, question in lesson.questions.items():
        for i in range(len(question.items)):
            empty_box(state.answer_of(key, name, i))
    changed = {
        state.PROGRESS.key: looking_back.without_second(known.without_answers(lesson), lesson),
        state.ANSWERED_BEFORE.key: (key, known.only(lesson)),
        state.AGAIN_ASKED.key: "",
    }
    state.set_all(changed)
    bring_up("learn")


@run_to_end
def _undo(key: str) -> None:
    """Callback: put the earlier answers of the lesson back."""
    of, before = state.ANSWERED_BEFORE.get()
    if of == key:
        rest = learner.progress().without_answers(learner.all_lessons()[key])
        learner.keep_with(before.merged(rest), state.ANSWERED_BEFORE, ("", None))


def draw_code(stage: Stage) -> None:
    """Draw a function as it runs, folded, with the relevant statement marked; below it, its
    place.
    """
    text = (stage.words(stage.step.text) or "").strip()
    is_label = text and "\n" not in text and len(text) < LABEL
    label = text.rstrip(":.") if is_label else say("The code")
    with st.expander(label, icon=":material/code:"):
        if not is_label:
            st.markdown(text)
        _draw_function(stage)


def _draw_function(stage: Stage) -> None:
    found = code_of(stage.step)
    lines = statement(found)
    file = stage.step.source.split(".")
    place = "/".join(file[:2]) + ".py · " + ".".join(file[2:])
    data = {"lines": list(found.lines), "first": lines[0], "last": lines[-1], "label": place}
    # A list, because Streamlit imports pandas to look for tables in a dictionary.
    component("code_view", HTML, HERE)(key=stage.key("code"), data=[data])
    st.caption(_place_words(lines, f"`{place}`"))


def _place_words(lines: range, place: str) -> str:
    """Say which lines are marked, and in which function."""
    if len(lines) == 1:
        return say(
            "Line {number} of this function computes it. This is the app's own code, from {place}.",
            number=lines[0] + 1,
            place=place,
        )
    return say(
        "The statement in lines {first} to {last} of this function computes it. This is the app's "
        "own code, from {place}.",
        first=lines[0] + 1,
        last=lines[-1] + 1,
        place=place,
    )
