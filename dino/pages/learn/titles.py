"""What a lesson is called on the page: by its number, or by its title alone if it only is read."""

from __future__ import annotations

from dino.lessons.lesson import Lesson
from dino.ui.language import say


def lesson_title(lesson: Lesson) -> str:
    """The title of a lesson, after its number; a reading screen has none."""
    if not any(lesson.asking()):
        return lesson.title
    return say("{number} · {title}", number=lesson.number, title=lesson.title)
