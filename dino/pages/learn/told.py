"""What is told after an answer: the answer itself, why it is right, the way to it, what it rests
on.
"""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from dino.lessons.lesson import Lesson, Question
from dino.locale.sentences import Sentence, mark
from dino.pages.learn.stage import Stage
from dino.ui.language import put, say, say_plural

PATIENT = 2  # wrong tries; after these the way to the answer is shown
KINDS = {
    "closed form": mark("a formula"),
    "source": mark("a publication"),
    "ablation": mark("runs with one thing changed"),
}


def bold(words: str) -> str:
    """A text of a lesson in bold; unchanged if parts of it are bold already."""
    return f"**{words}**" if words and "**" not in words else words


def draw_told(stage: Stage, question: Question) -> None:
    """After a try at a task, draw what it is time to tell."""
    if question.is_skipped:
        _draw_answers(stage, question)
    if question.is_settled:
        draw_because(stage, question)
    is_open = question.is_skipped or was_wrong_often(question)
    if is_open or question.is_settled:
        draw_solution(stage, question, is_open)


def was_wrong_often(question: Question) -> bool:
    """Whether it is time to show the way to the answer, although no answer is right yet."""
    return not question.is_right and question.tries >= PATIENT


def has_solution(question: Question) -> bool:
    """Whether the lesson tells the way to the answer, of the whole question or of an item."""
    return bool(question.solution) or any(it.solution for it in question.items)


def _draw_answers(stage: Stage, question: Question) -> None:
    """Draw the right answers of a skipped task."""
    for item in question.with_words(lambda text: stage.words(text) or "").items:
        value = item.meant(item.right, stage.figures.value)
        if value is not None and value != "":
            label = f"{bold(item.text)} " if item.text else ""
            st.markdown(label + say("The answer: {answer}.", answer=put(item.words(value))))


def draw_because(stage: Stage, question: Question) -> None:
    """Draw why the right answers are right."""
    for words in _told(stage, question, "because"):
        st.markdown(words)


def draw_solution(stage: Stage, question: Question, is_open: bool) -> None:
    """Draw the way to the answer, folded unless it is open."""
    found = list(_told(stage, question, "solution"))
    if not found:
        return
    if is_open:
        box = st.container(border=True, key=stage.key(f"solution_{question.name}"))
        box.caption(say("Worked solution"))
    else:
        box = st.expander(say("Worked solution"), icon=":material/calculate:")
    for words in found:
        box.markdown(words)


def _told(stage: Stage, question: Question, name: str) -> Iterator[str]:
    """A kind of text of the question and of its items, each if it has one whose figures are known.

    An item's text begins with what the item asks.
    """
    own = stage.words(getattr(question, name))
    if own:
        yield own
    for item in question.items:
        words = stage.words(getattr(item, name))
        if words:
            yield f"{bold(ended(stage.words(item.text) or ''))} {words}".strip()


def ended(text: str) -> str:
    """A text that ends as a sentence does; '' for none."""
    return f"{text}." if text and text[-1] not in ".?!:…" else text


def right_words(question: Question) -> str:
    """Say that a task is right; of answers with fewer decimals also the answers with all."""
    exact = [
        (f"{it.text}: " if it.text else "") + put(it.result_words)
        for it in question.items
        if it.is_rounded
    ]
    if not exact:
        return say_plural("Right.", "Right, after {count} tries.", question.tries)
    return say_plural(
        "Right; more exactly {numbers}.",
        "Right, after {count} tries; more exactly {numbers}.",
        question.tries,
        numbers="; ".join(exact),
    )


def draw_evidence(stage: Stage, lesson: Lesson) -> None:
    """Draw what the lesson's reasons rest on, folded."""
    with st.expander(say("How do we know?"), icon=":material/fact_check:"):
        for it in lesson.evidence.values():
            words = f"{stage.words(it.text)} ({put(Sentence(KINDS[it.kind]))})"
            st.markdown(f"- {words}" + (f" `{it.command}`" if it.command else ""))
