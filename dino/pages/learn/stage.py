"""What a part of a lesson is drawn with: its lesson, its step, and the known figures."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from dino.config import Config
from dino.lessons.figures import Figures
from dino.lessons.lengths import minutes_of
from dino.lessons.lesson import Lesson, Question, Step
from dino.lessons.reading import fields_of
from dino.locale.sentences import Sentence
from dino.ui import learner
from dino.ui.language import put, say, say_plural


class Stage(NamedTuple):
    """One step of a lesson as it is drawn. number: its number, from 1."""

    lesson: Lesson
    step: Step
    number: int
    figures: Figures

    @property
    def config(self) -> Config:
        """The recipe of its runs."""
        return self.lesson.config(self.step)

    def key(self, name: str) -> str:
        """The key of a widget of this step."""
        return f"learn_{self.lesson.key}_{self.number}_{name}"

    @property
    def question(self) -> Question:
        """The step as a question, with the learner's answer. Raises KeyError for other steps."""
        return learner.progress().question(self.lesson, self.step.name)

    def knows(self, term: str) -> bool:
        """Whether this lesson or one before it explains a term of the glossary."""
        path = list(learner.all_lessons().values())
        until = next((i for i, it in enumerate(path) if it.key == self.lesson.key), len(path))
        return any(term in it.defines for it in path[: until + 1])

    def words(self, text: str) -> str | None:
        """A text of the lesson with its figures filled in; None while one is unknown."""
        found = self.figures.all_of(fields_of(text))
        return None if found is None else put(Sentence(text, found)) if text else ""

    def draw_text(self, text: str) -> bool:
        """Draw a text of the lesson if its figures are known. Return whether they are."""
        words = self.words(text)
        if words:
            st.markdown(words)
        return words is not None


def lesson_title(lesson: Lesson) -> str:
    """A lesson's number and title. The reading screens count from R1."""
    if lesson.questions:
        return say("{number} · {title}", number=lesson.number, title=lesson.title)
    reading = [it.key for it in learner.all_lessons().values() if not it.questions]
    return say("R{number} · {title}", number=reading.index(lesson.key) + 1, title=lesson.title)


def range_words(lesson: Lesson) -> str:
    """The minutes that a lesson takes, at least and at most."""
    least, most = minutes_of(lesson)
    if least == most:
        return say_plural("{count} minute", "{count} minutes", most)
    return say("{least} to {most} minutes", least=least, most=most)
