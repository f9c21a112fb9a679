"""What a lesson is called on the page: lessons and reading screens are counted apart."""

from __future__ import annotations

from dino.lessons.lesson import Lesson
from dino.ui import learnt
from dino.ui.language import say


def lesson_title(lesson: Lesson) -> str:
    """The title of a lesson after its number; that of a reading screen after R1 for the first."""
    if any(lesson.asking()):
        return say("{number} · {title}", number=lesson.number, title=lesson.title)
    reading = [it.key for it in learnt.all_lessons().values() if not any(it.asking())]
    return say("R{number} · {title}", number=reading.index(lesson.key) + 1, title=lesson.title)
